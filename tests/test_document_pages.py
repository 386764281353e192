"""What is read of PDF and DOCX documents: headings, paragraphs, lists and tables, in order."""

from typing import Any

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Pt

from ingest.parse_child import parse
from ingest.parse_contract import Limits, Parsed
from tests.made_files import docx_of, pdf

LIMITS = Limits()


def words_of(content: str | bytes, suffix: str) -> str:
    return parse(content.encode() if isinstance(content, str) else content, suffix, LIMITS).text


def lines(*texts: str, size: float = 10, top: float = 700, step: float = 12) -> list[tuple[float, float, str]]:
    return [(size, top - n * step, text) for n, text in enumerate(texts)]


def test_a_pdf_has_its_headings_by_size_its_paragraphs_by_distance_and_its_items_by_mark() -> None:
    page = [
        (20.0, 760.0, "Learning plan"),
        *lines(
            "The first paragraph goes on for",
            "a second line of text that is state-of-the-",
            "art and uncom-",
            "mon too.",
        ),
        *lines("Another paragraph stands apart.", top=640),
        (14.0, 600.0, "Next steps"),
        *lines("\\225 one thing", "that goes on", "\\225 another thing", top=580),
    ]
    parsed = parse(pdf(page, title="Metadata"), ".pdf", LIMITS)
    assert parsed.title == "Metadata"
    assert parsed.text == (
        "# Learning plan\n\nThe first paragraph goes on for a second line of text that is state-of-the-art and "
        "uncommon too.\n\nAnother paragraph stands apart.\n\n## Next steps\n\n- one thing that goes on\n- another thing\n"
    )


def test_running_heads_and_page_numbers_of_a_pdf_are_left_out() -> None:
    pages = [
        [(10.0, 770.0, "The running head"), *lines(f"Text of page {w}."), (10.0, 30.0, str(n))]
        for n, w in enumerate("abcd")
    ]
    pages[0].append((10.0, 20.0, "iv"))
    text = words_of(pdf(*pages), ".pdf")
    assert "running" not in text
    assert text.startswith("## Page 1\n\nText of page a.\n\n## Page 2\n")


def test_a_sentence_goes_on_over_the_end_of_a_page() -> None:
    pages = [[(20.0, 760.0, "Top"), *lines("This sentence goes", "on and")], lines("on over the page.")]
    assert words_of(pdf(*pages), ".pdf") == "# Top\n\nThis sentence goes on and on over the page.\n"


def word_document(document: Any) -> None:
    document.core_properties.title, document.core_properties.author = "Metadata", "Cara"
    document.add_heading("The title", 0)
    document.add_heading("Part", 1)
    paragraph = document.add_paragraph("Shown ")
    paragraph.add_run("secret").font.hidden = True
    paragraph.add_run("secret").font.size = Pt(1)
    paragraph.add_run("words")
    deleted = "<w:del {}><w:r><w:t>secret</w:t></w:r></w:del>".format(nsdecls("w"))
    inserted = '<w:ins {}><w:r><w:t xml:space="preserve"> put in</w:t></w:r></w:ins>'.format(nsdecls("w"))
    for change in (deleted, inserted):
        paragraph._p.append(parse_xml(change))
    for url in ("https://example.org/a", "javascript:alert(1)"):
        relation = document.part.relate_to(url, "http://x/hyperlink", is_external=True)
        link = f'<w:hyperlink {nsdecls("w", "r")} r:id="{relation}"><w:r><w:t> link </w:t></w:r></w:hyperlink>'
        paragraph._p.append(parse_xml(link))
    for text, style in (
        ("one", "List Bullet"),
        ("two", "List Bullet"),
        ("first", "List Number"),
        ("second", "List Number"),
    ):
        document.add_paragraph(text, style=style)
    table = document.add_table(2, 2)
    for n, cell in enumerate(table._cells):
        cell.text = f"cell|{n}"
    document.add_heading("Deeper", 2)
    document.add_paragraph("# no heading")


def test_a_word_document_has_its_headings_lists_tables_and_links_and_no_hidden_or_deleted_text() -> None:
    assert parse(docx_of(word_document), ".docx", LIMITS) == Parsed(
        "# The title\n\n## Part\n\nShown words put in [link](https://example.org/a) link\n\n- one\n- two\n1. first\n"
        "2. second\n\n| cell\\|0 | cell\\|1 |\n| --- | --- |\n| cell\\|2 | cell\\|3 |\n\n### Deeper\n\n\\# no heading\n",
        "Metadata",
        "Cara",
    )

"""Sections and blocks of Markdown, as exact places in the text."""

import pytest
from hypothesis import given

from ingest.markdown import outline
from ingest.text import normalise
from tests.documents import markdown_documents

PAGE = """# A title

Before any section.

## Numbers

- Learn **algebra**.
  - Vectors first.
- Learn statistics.

| Week | Topic |
|------|-------|
| 1    | Sums  |

### Deeper

> Someone said so.

## Numbers

```python
# not a heading
```

1. First step.
2. Second step.
"""


def texts(section_id: str) -> list[str]:
    return [PAGE[b.start : b.end] for b in outline(PAGE, "page").blocks[section_id]]


def test_sections_have_paths_and_ids_and_a_repeated_heading_is_told_apart() -> None:
    found = outline(PAGE, "page")
    assert found.title == "A title"
    assert [(s.section_id, s.heading_path) for s in found.sections] == [
        ("page#overview", ("A title",)),
        ("page#numbers", ("A title", "Numbers")),
        ("page#deeper", ("A title", "Numbers", "Deeper")),
        ("page#numbers-2", ("A title", "Numbers")),
    ]


def test_a_section_is_the_text_between_two_headings() -> None:
    overview = outline(PAGE, "page").sections[0]
    assert PAGE[overview.start : overview.end] == "\nBefore any section.\n\n"


def test_blocks_are_whole_items_tables_quotations_and_code() -> None:
    assert texts("page#numbers") == [
        "- Learn **algebra**.\n  - Vectors first.",
        "- Learn statistics.",
        "| Week | Topic |\n|------|-------|\n| 1    | Sums  |",
    ]
    assert texts("page#deeper") == ["> Someone said so."]
    assert texts("page#numbers-2") == ["```python\n# not a heading\n```", "1. First step.", "2. Second step."]


def test_the_body_of_a_block_skips_its_list_mark() -> None:
    bodies = [PAGE[b.body : b.end] for b in outline(PAGE, "page").blocks["page#numbers-2"]]
    assert bodies[1:] == ["First step.", "Second step."]


def test_a_text_without_a_heading_is_one_overview() -> None:
    found = outline("Only words.\n", "note")
    assert found.title is None
    assert [(s.section_id, s.heading_path, s.start, s.end) for s in found.sections] == [
        ("note#overview", ("Overview",), 0, 12)
    ]


def test_a_heading_underlined_with_equal_signs_is_a_heading() -> None:
    text = "Title\n=====\n\nWords.\n"
    [section] = outline(text, "page").sections
    assert outline(text, "page").title == "Title"
    assert text[section.start : section.end] == "\nWords.\n"


def test_raw_html_and_references_are_text_and_not_lost() -> None:
    text = "<div>\nwords\n</div>\n\n[name]: https://example.org\n"
    [section] = outline(text, "page").sections
    kept = "".join(text[b.start : b.end] for b in outline(text, "page").blocks[section.section_id])
    assert "words" in kept
    assert "https://example.org" in kept


@pytest.mark.parametrize("text", ["", "\n", "#\n", "# \n## \n"])
def test_a_page_without_words_has_no_block(text: str) -> None:
    assert not any(outline(text, "page").blocks.values())


def test_deep_nesting_is_read_without_running_out_of_stack() -> None:
    text = normalise("> " * 3000 + "deep\n\n" + "\n".join("  " * n + "- item" for n in range(300)))
    assert any(outline(text, "page").blocks.values())


@given(markdown_documents)
def test_sections_and_blocks_are_in_order_apart_and_inside(markdown: str) -> None:
    text = normalise(markdown)
    found = outline(text, "page")
    assert len({s.section_id for s in found.sections}) == len(found.sections)
    assert set(found.blocks) == {s.section_id for s in found.sections}
    place = 0
    for section in found.sections:
        assert place <= section.start <= section.end <= len(text)
        assert section.heading_path
        assert all(section.heading_path)
        inner = section.start
        for block in found.blocks[section.section_id]:
            assert inner <= block.start <= block.body < block.end <= section.end
            assert text[block.start : block.end].strip()
            inner = block.end
        place = section.end


@given(markdown_documents)
def test_every_letter_is_in_a_heading_or_in_a_block(markdown: str) -> None:
    text = normalise(markdown)
    found = outline(text, "page")
    in_section = {i for s in found.sections for i in range(s.start, s.end)}
    in_block = {i for blocks in found.blocks.values() for b in blocks for i in range(b.body, b.end)}
    lost = "".join(c for i, c in enumerate(text) if c.isalpha() and i in in_section - in_block)
    assert lost == ""

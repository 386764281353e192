"""Whatever a file holds, its passages are exact spans of its text, and its shown words are all there."""

import contextlib
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import DocumentError
from ingest.parse_child import parse
from ingest.parse_contract import Limits
from ingest.parsers import source_of
from ingest.records import Source
from ingest.split import split
from ingest.text import normalise
from tests.documents import markdown_documents

LIMITS = Limits()


def assert_exact(source: Source) -> None:
    """Everything that a citation rests on."""
    assert source.text == normalise(source.text)
    sections = {s.section_id: s for s in source.sections}
    assert len(sections) == len(source.sections)
    for passage in split(source, lambda text: len(text.split())):
        section = sections[passage.section_id]
        assert source.text[passage.start : passage.end] == passage.text
        assert section.start <= passage.start < passage.end <= section.end
        assert all(passage.start <= start < end <= passage.end for start, end in passage.sentences)


@given(markdown_documents, st.sampled_from([".md", ".txt", ".html"]))
def test_passages_of_any_text_are_exact_spans_of_it(text: str, suffix: str) -> None:
    content = (text + " word").encode(errors="replace")
    assert_exact(source_of(Path("a" + suffix), parse(content, suffix, LIMITS)))


TAGS = [
    "p",
    "div",
    "h1",
    "h3",
    "ul",
    "ol",
    "li",
    "table",
    "tr",
    "td",
    "pre",
    "code",
    "b",
    "a href='https://e.org/x'",
    "br",
]
HIDERS = ["p hidden", "div style='display:none'", "script", "span aria-hidden=true", "template", "noscript"]
seen = st.integers(1, 9).map(lambda n: f" seen{n} ")
secrets = st.integers(1, 9).map(lambda n: f"<b>secret{n}</b> and x")
shown = st.recursive(
    seen,
    lambda inner: st.builds(
        lambda t, parts: f"<{t}>{''.join(parts)}</{t.split()[0]}>", st.sampled_from(TAGS), st.lists(inner, max_size=4)
    ),
)
hidden = st.builds(lambda t, body: f"<{t}>{body}</{t.split()[0]}>", st.sampled_from(HIDERS), secrets)


@given(st.lists(shown | hidden, min_size=1, max_size=8))
def test_every_shown_word_of_a_page_is_read_once_and_no_hidden_one(parts: list[str]) -> None:
    page = "".join(parts) + "<p>end"
    source = source_of(Path("a.html"), parse(page.encode(), ".html", LIMITS))
    assert_exact(source)
    assert "secret" not in source.text
    assert [
        w for w in source.text.replace("`", " ").replace("[", " ").replace("]", " ").split() if w.startswith("seen")
    ] == [w for w in page.replace("<", " <").replace(">", "> ").split() if w.startswith("seen")]


@given(st.binary(max_size=400))
def test_any_bytes_are_read_as_exact_text_or_refused(data: bytes) -> None:
    for suffix in (".txt", ".md", ".html"):
        with contextlib.suppress(DocumentError):
            assert_exact(source_of(Path("a" + suffix), parse(data, suffix, LIMITS)))

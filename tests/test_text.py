"""Cleaning: what is dropped, what is kept, and that a clean text stays as it is."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.text import clean, normalise, one_line, plain
from tests.documents import markdown_documents

ANYTHING = st.text(st.characters(codec=None), max_size=200) | markdown_documents
HIDDEN_OR_CONTROL = ("Cc", "Cs")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("a\r\nb\rc", "a\nb\nc"),
        ("a\u2028b\u2029c\x85d", "a\nb\nc\nd"),
        ("nul\x00bell\x07escape\x1b[31m", "nulbellescape[31m"),
        ("\ufeffbom", "bom"),
        ("zero\u200bwidth\u2060joined\u00ad", "zerowidthjoined"),
        ("over\u202eride\u2066isolate", "overrideisolate"),
        ("tag\U000e0041\U000e007f", "tag"),
        ("lone\ud800surrogate\udfff", "lonesurrogate"),
        ("e\u0301", "é"),
        ("tab\tstays", "tab\tstays"),
        ("emoji 🙂 and עברית stay", "emoji 🙂 and עברית stay"),
        ("", ""),
    ],
)
def test_clean_drops_what_hides_or_controls_and_nothing_else(raw: str, expected: str) -> None:
    assert clean(raw) == expected


def test_clean_takes_down_a_pile_of_combining_marks() -> None:
    assert len(clean("a" + "\u0316" * 100_000)) <= 6
    assert clean("a\u0316\u0317") == "a\u0316\u0317"


@given(ANYTHING)
def test_a_clean_text_is_clean_already(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(ANYTHING)
def test_a_clean_text_has_no_control_and_can_be_written(text: str) -> None:
    cleaned = clean(text)
    assert not [c for c in cleaned if unicodedata.category(c) in HIDDEN_OR_CONTROL and c not in "\n\t"]
    assert unicodedata.is_normalized("NFC", cleaned)
    assert cleaned.encode("utf-8").decode("utf-8") == cleaned


@given(ANYTHING)
def test_a_normalised_document_is_normalised_already(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(ANYTHING)
def test_a_normalised_document_is_empty_or_ends_with_one_line_end(text: str) -> None:
    found = normalise(text)
    assert found == "" or (found.endswith("\n") and found.strip() and not found.startswith("\n"))
    assert not found.endswith("\n\n")
    assert not any(line.endswith((" ", "\t")) for line in found.split("\n"))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("seen <!-- hidden --> seen", "seen  seen\n"),
        ("seen <!-- hidden\nover lines --> seen", "seen  seen\n"),
        ("seen <!-- never closed", "seen\n"),
        ("<!<!-- a -->-- put together -->", "-- put together -->\n"),
        ("  \n\t\n", ""),
        ("\n\n# Title  \n\ntext\t\n\n\n", "# Title\n\ntext\n"),
        ("    code stays indented", "    code stays indented\n"),
    ],
)
def test_normalise_drops_comments_and_outer_blanks(raw: str, expected: str) -> None:
    assert normalise(raw) == expected


@given(
    st.lists(
        st.sampled_from(["<!", "<!<!-- x -->-- y -->", "--", "-->", "<!--", "x", " ", "\u200b", "\x00", "-", ">", "<"]),
        max_size=14,
    )
)
def test_no_comment_survives_however_it_is_put_together(parts: list[str]) -> None:
    assert "<!--" not in normalise("".join(parts))


@given(ANYTHING)
def test_one_line_has_one_space_between_words(text: str) -> None:
    line = one_line(text)
    assert line == " ".join(line.split())


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("**Read** the [book](https://example.org/a_(b)) _twice_.", "Read the book twice."),
        ("- one\n- two", "one two"),
        ("1. `code` stays", "code stays"),
        ("> quoted\n> words", "quoted words"),
        ("![picture](x.png) and [a [b] c](u)", "picture and a [b] c"),
        ("2 * 3 = 6", "2 * 3 = 6"),
        ("snake_case", "snake_case"),
    ],
)
def test_plain_is_what_a_reader_hears(markdown: str, expected: str) -> None:
    assert plain(markdown) == expected


@pytest.mark.parametrize("run", ["[", "](", "*", "`", "<!--", "_ ", " \t", "a\u0301", "[](", "![[", "<!"])
def test_a_long_run_of_one_mark_is_read_in_one_go(run: str) -> None:
    text = run * 20_000
    assert len(plain(normalise(text))) <= len(text)

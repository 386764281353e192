"""Files made to hang, grow, crash or deceive a reader: refused with the reason, or read, in bounded time and memory."""

import math
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.errors import DocumentError
from ingest.parse_child import parse
from ingest.parse_contract import Limits
from ingest.parsers import source_of
from tests.made_files import (
    WORD_MAIN,
    docx_of,
    encrypted_pdf,
    pdf,
    pdf_of_streams,
    pdf_that_inflates,
    put,
    read_document,
    with_declared_size,
    with_part,
    word_xml,
)

MANY = 4_000
MAX_SECONDS = 10  # of processor time, for what takes less than one
WORDS = docx_of(lambda document: document.add_paragraph("Some words."))
SHOW = "BT /F1 12 Tf 1 0 0 1 72 700 Tm (words) Tj ET"
HUGE = (" ".join(["9" * 40] * 6) + " cm ") * 9
OUTSIDE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
LAUGHS = (
    "<!DOCTYPE x [<!ENTITY a0 'ha'>" + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 9)) + "]>"
)


def why_refused(content: bytes | str, suffix: str, limits: Limits = Limits()) -> str:  # noqa: B008 - frozen
    with pytest.raises(DocumentError) as caught:
        parse(content.encode() if isinstance(content, str) else content, suffix, limits)
    return str(caught.value)


@pytest.mark.parametrize(
    ("suffix", "content", "reason"),
    [
        (".txt", " \n\t\n", "holds no words: give a file with text in it"),
        (".txt", "\N{GRINNING FACE}" * 9, "holds no words: give a file with text in it"),
        (".txt", "\u202e\u200b\ufeff", "holds no words: give a file with text in it"),
        (".txt", bytes(range(256)) * 9, "holds binary data, not text: give the file the extension of what it is"),
        (".html", "<p hidden>words", "holds no words: give a file with text in it"),
        (".pdf", b"hello", "is not a PDF: give the file the extension of what it is"),
        (".pdf", encrypted_pdf("secret"), "is encrypted: save a copy without a password"),
        (".pdf", pdf_of_streams([b"0 0 m"]), "has no text: it is probably a scan, so run text recognition (OCR) on it"),
        (".pdf", pdf_of_streams([b"["] * 1, kids="2 0 R 2 0 R"), "is damaged (PdfReadError: Detected cyclic page"),
        (".pdf", pdf_of_streams([b"[" * 200_000]), "is nested too deeply: save it in a simpler form"),
        (".pdf", pdf([(9, 9, "words")])[:150], "is damaged (PdfStreamError: Stream has ended unexpectedly): open it"),
        (".pdf", pdf_that_inflates(100_000_000), "unpacks to more than a PDF of words does: print it to a new PDF"),
        (".docx", b"hello", "is not a DOCX: give the file the extension of what it is"),
        (".docx", WORDS[:-50], "is a damaged DOCX (BadZipFile): save it again with a word processor"),
        (".docx", bytes.fromhex("d0cf11e0a1b11ae1"), "is encrypted, or an old DOC: save it as DOCX without a password"),
        (".docx", with_part(WORDS, WORD_MAIN, word_xml("&e;", OUTSIDE)), "declares XML entities, which no DOCX does:"),
        (
            ".docx",
            with_part(WORDS, "word/styles.xml", word_xml("&a8;", LAUGHS)),
            "declares XML entities, which no DOCX",
        ),
        (
            ".docx",
            with_part(WORDS, WORD_MAIN, word_xml("&e;", OUTSIDE).decode().encode("utf-16")),
            "declares XML entities, which no DOCX does:",
        ),
        (
            ".docx",
            with_part(WORDS, WORD_MAIN, word_xml("<w:p>" * 100_000)),
            "is damaged (XMLSyntaxError: Excessive depth",
        ),
    ],
)
def test_a_faulty_file_is_refused_with_cause_and_remedy(suffix: str, content: bytes | str, reason: str) -> None:
    assert why_refused(content, suffix).startswith(reason)


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = with_part(WORDS, "word/media/picture.bin", b"\0" * 50_000_000)
    assert len(bomb) < 100_000
    limits = Limits(max_unpacked_bytes=2**20)
    start = time.process_time()
    assert why_refused(bomb, ".docx", limits) == "unpacks to more than 1 MiB: take its pictures out, or split it"
    assert time.process_time() - start < 0.5


def test_an_archive_that_lies_about_its_size_is_refused() -> None:
    name = "word/media/picture.bin"
    bomb = with_declared_size(with_part(WORDS, name, b"\0" * 50_000_000), name, 1000)
    start = time.process_time()
    assert why_refused(bomb, ".docx", Limits(max_unpacked_bytes=2**20)).startswith("is a damaged DOCX (BadZipFile): ")
    assert time.process_time() - start < 0.5
    boaster = with_declared_size(with_part(WORDS, name, b"small"), name, 2**31)
    assert why_refused(boaster, ".docx").startswith("unpacks to more than 200 MiB: ")


@pytest.mark.parametrize(
    ("suffix", "content", "expected"),
    [
        (".txt", "nul\0 bytes", "nul bytes\n"),
        (".txt", "abc \u202edef\u202c \u2066ghi\u2069", "abc def ghi\n"),
        (".html", "<p>abc \u202edef&#8238;&#x200b;</p>", "abc def\n"),
        (".html", "<p>x &e; &#0; &#xD800; &#1114112;</p>", None),
        (".html", OUTSIDE + "<p>words &e;</p>", None),
        (".pdf", encrypted_pdf(""), "Secret words.\n"),
        (".pdf", pdf_of_streams([f"/Me Do {SHOW} /Me Do".encode()]), None),
        (".pdf", pdf_of_streams([f"{HUGE} {SHOW}".encode()]), "words\n"),
    ],
)
def test_an_odd_file_is_read(suffix: str, content: bytes | str, expected: str | None) -> None:
    text = parse(content.encode() if isinstance(content, str) else content, suffix, Limits()).text
    assert "root:" not in text
    assert text.strip() if expected is None else text == expected


def test_a_pdf_whose_parts_lead_back_to_it_is_read_once() -> None:
    content = pdf([(12, 700, "Some words.")])
    looping = content.replace(b"/Root 1 0 R", b"/Root 1 0 R /Prev %d" % content.rindex(b"xref\n0"))
    assert parse(looping, ".pdf", Limits()).text == "Some words.\n"


HOSTILE: dict[str, tuple[str, Callable[[int], str]]] = {
    "nested elements": (".html", lambda n: "<div>" * n + "deep words" + "</div>" * n),
    "nested lists": (".html", lambda n: "<ul><li>" * n + "deep words"),
    "nested tables": (".html", lambda n: "<table><tr><td>" * n + "deep words"),
    "nested code": (".html", lambda n: "<code>x" * n),
    "nested links": (".html", lambda n: "<a href=http://x.y>x" * n),
    "nested headings": (".html", lambda n: "<h1>x" * n),
    "empty blocks in a heading": (".html", lambda n: "<h1><p>" * n + "words"),
    "open tags": (".html", lambda n: "words" + "<a" * 20 * n),
    "open comments": (".html", lambda n: "words" + "<!--" * 20 * n),
    "open sections": (".html", lambda n: "words" + "<![CDATA[" * 20 * n),
    "attributes": (".html", lambda n: f"<p {'x=1 ' * 20 * n}>words"),
    "a style": (".html", lambda n: f'<p style="font-size:{"0" * 20 * n}1px">words'),
    "styles": (".html", lambda n: f'<p style="{"font-size:0" * 20 * n}">words'),
    "columns": (".html", lambda n: "<table><tr>" + "<td>a" * n),
    "headings": (".html", lambda n: "<h2>a</h2><p>b</p>" * (n // 4)),
    "quotations": (".md", lambda n: "words\n\n" + "> " * 20 * n + "a"),
    "list marks": (".md", lambda n: "words\n\n" + "- " * 5 * n + "a"),
    "deeper lists": (".md", lambda n: "\n".join("  " * i + "- a" for i in range(n // 20))),
    "brackets": (".md", lambda n: "[" * 5 * n + "words"),
    "picture brackets": (".md", lambda n: "![" * n + "words"),
    "open links": (".md", lambda n: "[a](<b" * 5 * n),
    "references": (".md", lambda n: "[a]: u\n" * 5 * n + "\nwords"),
    "stress": (".md", lambda n: "*a_ " * 5 * n),
    "strong stress": (".md", lambda n: "a**b" * 5 * n),
    "backticks": (".md", lambda n: "".join("e" + "`" * i for i in range(math.isqrt(20 * n) * 2))),
    "raw tags": (".md", lambda n: "words\n\n" + "<div>\n\n" * n),
    "front matter": (".md", lambda n: "---\na: b\n" + "c: d\n" * 5 * n),
    "table cells": (".md", lambda n: "|a" * 60 + "\n" + "|-" * 60 + "\n" + "|a\n" * (n // 10)),
    "same headings": (".txt", lambda n: "# a\nb\n" * 3 * n),
    "blanks": (".txt", lambda n: "a" + " " * 20 * n + "b"),
    "marks": (".txt", lambda n: "a" + "\u0301\u0323" * 20 * n + "\u05b0\u0591" * 20 * n),
    "one word": (".txt", lambda n: "a" * 100 * n),
    "no tokens": (".txt", lambda n: "a\n\n" + "\u2603\n\n" * n),
    "items": (".txt", lambda n: "- a\n" * n),
    "link ends": (".txt", lambda n: "words" + "](" * 20 * n + "![" * 20 * n),
    "open words of links": (".txt", lambda n: "- [a" * 20 * n + "]:"),
}


@pytest.mark.parametrize("fault", HOSTILE)
def test_a_long_run_of_one_construct_is_read_in_bounded_time(fault: str) -> None:
    suffix, make = HOSTILE[fault]
    content = make(MANY).encode()
    start = time.process_time()
    source = source_of(Path("a" + suffix), parse(content, suffix, Limits()))
    assert time.process_time() - start < MAX_SECONDS
    assert source.text.strip()


def test_a_million_nested_elements_are_read_or_refused_within_the_limits(tmp_path: Path) -> None:
    path = put(tmp_path, "deep.html", "<b>" * 1_000_000 + "deep words")
    limits = Limits(timeout_seconds=5, max_memory_bytes=2**30)
    start = time.monotonic()
    outcome = ""
    try:
        outcome = read_document(path, limits).text
    except DocumentError as error:
        outcome = str(error).partition(" to read:")[0]
    assert outcome in (
        "deep words\n",
        "deep.html takes more than 5 seconds",
        "deep.html needs more than 1,024 MiB of memory",
    )
    assert time.monotonic() - start < 30


def test_a_file_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    path = put(tmp_path, "slow.html", "<b>x" * 200_000 + "</i>" * 200_000)
    start = time.monotonic()
    with pytest.raises(DocumentError, match=r"^slow\.html takes more than 1 seconds to read: split it"):
        read_document(path, Limits(timeout_seconds=1))
    assert time.monotonic() - start < 7


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("big.html", b"<p>x</p>" * 200_000),
        ("big.docx", with_part(WORDS, WORD_MAIN, word_xml("<w:p><w:r><w:t>word</w:t></w:r></w:p>" * 400_000))),
        ("big.txt", b"a b\n\n" * 500_000),
    ],
)
def test_a_file_that_needs_too_much_memory_is_given_up(tmp_path: Path, name: str, content: bytes) -> None:
    path = put(tmp_path, name, content)
    with pytest.raises(DocumentError, match=rf"^{name} needs more than 150 MiB of memory to read: split it$"):
        read_document(path, Limits(max_memory_bytes=150 * 2**20))


def test_a_file_above_the_size_limit_is_not_read(tmp_path: Path) -> None:
    limits = Limits(max_input_bytes=2**20)
    assert read_document(put(tmp_path, "a.txt", "word " * (2**20 // 5)), limits)
    with pytest.raises(DocumentError, match=r"^a\.txt is larger than 1 MiB: split it$"):
        read_document(put(tmp_path, "a.txt", "w" * (2**20 + 1)), limits)
    assert why_refused("w" * (2**20 + 1), ".txt", limits) == "is larger than 1 MiB: split it"


@pytest.mark.parametrize(
    ("suffix", "content"),
    [
        (".txt", "word " * 100),
        (".md", "word " * 100),
        (".html", "<p>" + "word " * 100),
        (".html", "<p>word</p>" * 50),
        (".pdf", pdf([(12, 700, "word " * 30)], [(12, 700, "word " * 30)])),
        (".docx", docx_of(lambda document: [document.add_paragraph("word " * 10) for _ in range(10)])),
    ],
)
def test_more_text_than_the_limit_is_refused(suffix: str, content: str | bytes) -> None:
    expected = "gives more than 200 characters of text: split it into smaller files"
    assert why_refused(content, suffix, Limits(max_output_chars=200)) == expected


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"^a\.md is empty: give a file with text in it$"):
        read_document(put(tmp_path, "a.md", b""))


@pytest.mark.parametrize("name", ["a.exe", "a", "a.md.zip", ".md"])
def test_another_kind_of_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(DocumentError, match=r"is of a kind that cannot be read: give one of \.md, \.markdown, "):
        read_document(put(tmp_path, name, "words"))


def test_what_is_no_regular_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "folder.md").mkdir()
    (tmp_path / "device.txt").symlink_to("/dev/zero")
    for name in ("pipe.txt", "folder.md", "device.txt"):
        with pytest.raises(DocumentError, match=rf"^{name} (is not a regular file: give|cannot be opened \(Is a dir)"):
            read_document(tmp_path / name)
    for name in ("missing.txt", "n\0l.txt", "x" * 300 + ".txt"):
        with pytest.raises(DocumentError, match=r"cannot be opened \(.+\): check its path and permissions$"):
            read_document(tmp_path / name)


def test_a_crash_of_the_parser_is_contained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "sitecustomize.py", "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(DocumentError, match=r"^a\.txt crashed its parser \(-11\): save it again, or in another form$"):
        read_document(put(tmp_path, "a.txt", "words"))


@pytest.mark.parametrize("answer", ["", "{", "[]", '{"text": 1}', '{"other": "x"}', "null"])
def test_an_answer_that_is_none_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    put(tmp_path, "sitecustomize.py", f"import os; os.write(1, {answer.encode()!r}); os._exit(0)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(DocumentError, match=r"^a\.txt crashed its parser"):
        read_document(put(tmp_path, "a.txt", "words"))


def test_a_file_name_cannot_deceive_in_a_message(tmp_path: Path) -> None:
    with pytest.raises(DocumentError) as caught:
        read_document(tmp_path / "a\x1b[31m\u202efdp.txt")
    assert str(caught.value).startswith("a[31mfdp.txt cannot be opened")

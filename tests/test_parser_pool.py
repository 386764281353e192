"""Parsers that outlive a file: what a killed, a hanging, a greedy or a used-up one costs, and who reads the next file."""

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ingest import parse_contract
from ingest.document_store import DocumentStore
from ingest.documents import ingest_documents
from ingest.errors import DocumentError
from ingest.parse_contract import Limits
from ingest.parser_pool import Parser, ParserPool
from tests.made_files import put


@pytest.fixture
def parser() -> Iterator[Parser]:
    with closing(Parser(Limits())) as opened:
        yield opened


def text_of(data: bytes, parser: Parser) -> str:
    return parser.read(data, ".txt", "a.txt").text


def process_of(parser: Parser) -> int:
    assert parser._process is not None
    return parser._process.pid


def test_one_process_reads_file_after_file(parser: Parser) -> None:
    seen = set()
    for n in range(3):
        for suffix, content in ((".md", f"# Words {n}"), (".txt", f"# Words {n}"), (".html", f"<h1>Words {n}</h1>")):
            assert parser.read(content.encode(), suffix, "a" + suffix).text == f"# Words {n}\n"
            seen.add(process_of(parser))
    assert len(seen) == 1


def test_a_refused_file_leaves_the_process_to_the_next(parser: Parser) -> None:
    assert parser.read(b"words", ".txt", "a.txt").text == "words\n"
    before = process_of(parser)
    with pytest.raises(DocumentError, match=r"^b\.docx is not a DOCX: "):
        parser.read(b"words", ".docx", "b.docx")
    assert parser.read(b"more words", ".txt", "c.txt").text == "more words\n"
    assert process_of(parser) == before


def test_a_process_that_was_killed_between_two_files_costs_none(parser: Parser) -> None:
    parser.read(b"words", ".txt", "a.txt")
    before = process_of(parser)
    os.kill(before, signal.SIGKILL)
    os.waitid(os.P_PID, before, os.WEXITED | os.WNOWAIT)
    assert parser.read(b"words", ".txt", "b.txt").text == "words\n"
    assert process_of(parser) != before


@pytest.fixture
def children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Children that do what a file tells them, such as to die."""
    put(tmp_path, "sitecustomize.py", HOOK)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


# The module runs as __main__, so its decoder is what can be reached: every text file passes through it.
HOOK = """
import sys
if "ingest.parse_child" in sys.orig_argv:
    import os
    import ingest.parse_text as parse_text
    real = parse_text.decode
    kept = []
    def decode(data):
        text = real(data)
        if "DIE" in text:
            os.kill(os.getpid(), 9)
        if "ABORT" in text:
            os.abort()
        if "HANG" in text:
            while True:
                pass
        if "KEEP" in text:
            kept.append(bytearray(b"x" * 100 * 2**20))
        if "NEED" in text:
            bytearray(b"x" * 100 * 2**20)
        return text.replace("WHO", str(os.getpid()))
    parse_text.decode = decode
"""


@pytest.mark.usefixtures("children")
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("DIE", "needs more than 2,048 MiB of memory to read: split it"),
        ("ABORT", "crashed its parser (-6): save it again, or in another form"),
        ("HANG", "takes more than 3 seconds to read: split it, or save it in a simpler form"),
    ],
)
def test_a_parser_that_fails_costs_one_file(tmp_path: Path, fault: str, reason: str) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    for n in range(12):
        put(folder, f"{n:02}.txt", fault if n == 5 else f"words {n}")
    store = DocumentStore(tmp_path / "documents")
    summary = ingest_documents([folder], store, lambda _path, _reason: None, Limits(timeout_seconds=3))
    assert summary.failed == ((folder / "05.txt", f"05.txt {reason}"),)
    assert [s.text for s in store.all()] == [f"words {n}\n" for n in range(12) if n != 5]
    assert summary.added == tuple(f"doc-{n:02}" for n in range(12) if n != 5)


@pytest.mark.usefixtures("children")
def test_what_a_file_leaves_in_memory_takes_none_from_the_next() -> None:
    limits = Limits(max_memory_bytes=350 * 2**20)
    with closing(Parser(limits)) as parser:
        kept = parser.read(b"KEEP WHO", ".txt", "a.txt").text
        needing = parser.read(b"NEED WHO", ".txt", "b.txt").text
        assert kept.split()[1] != needing.split()[1]


@pytest.mark.usefixtures("children")
def test_a_process_ends_after_so_many_files() -> None:
    with closing(Parser(Limits())) as parser:
        count = parse_contract.FILES_PER_CHILD + 1
        seen = [parser.read(b"WHO", ".txt", "a.txt").text for _ in range(count)]
    assert len(set(seen[:-1])) == 1
    assert seen[-1] != seen[0]


@pytest.mark.usefixtures("children")
def test_a_pool_uses_several_processes_and_keeps_the_order_of_files() -> None:
    with ParserPool(Limits(), size=2) as pool:
        found = list(pool.in_order(text_of, [b"WHO %d" % n for n in range(60)]))
        started = {parser._process.pid for parser in pool._parsers if parser._process}
    assert [str(text).split()[1] for _, text in found] == [str(n) for n in range(60)]
    assert {str(text).split()[0] for _, text in found} == {str(pid) for pid in started}
    for pid in started:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


@pytest.mark.usefixtures("children")
def test_leaving_a_pool_early_ends_a_parser_that_hangs() -> None:
    with ParserPool(Limits(), size=1) as pool:
        done = pool.in_order(text_of, [b"words", b"HANG", b"words"])
        assert next(done) == (b"words", "words\n")
    assert all(parser._process is None for parser in pool._parsers)

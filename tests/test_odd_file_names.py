"""File names made by bad luck or malice: each such file is told, the others go on, and no name reaches a terminal raw."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ingest.document_store import DocumentStore
from ingest.documents import ingest_documents
from ingest.text import escaped
from tests.made_files import put

# The command line as it is, but that no index is built of what was added.
WITHOUT_INDEX = """
from types import SimpleNamespace
from assistant import cli, wiring
manifest = SimpleNamespace(source_count=0, passage_count=0, entry_count=0)
wiring.build_index = lambda *_: SimpleNamespace(manifest=manifest, embedded=0, is_new=True)
cli.main()
"""
LATIN = b"caf\xe9.md"
ESC = "red\x1b[31m\u202e.md"
LINE = "two\nlines.md"


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """A folder with good files between a link to itself and names that hold no text, or more than text."""
    folder = tmp_path / "notes"
    folder.mkdir()
    put(folder, "a.md", "# First\n\nWords of the first.")
    (folder / "loop.md").symlink_to("loop.md")
    for number, name in enumerate((LATIN, ESC.encode(), LINE.encode())):
        with open(os.fsencode(folder) + b"/" + name, "wb") as file:  # noqa: PTH123 - a name of bytes
            file.write(b"Words of number %d." % number)
    put(folder, "z.md", "# Last\n\nWords of the last.")
    return folder


def test_a_name_is_escaped_where_it_is_no_printable_text() -> None:
    assert escaped("a b é 中.md") == "a b é 中.md"
    assert escaped(os.fsdecode(LATIN)) == "caf\\xe9.md"
    assert escaped(ESC) == "red\\x1b[31m\\u202e.md"
    assert escaped("\n\u2028\U000e0041\x9b") == "\\x0a\\u2028\\U000e0041\\x9b"


def test_odd_names_stop_no_other_file_and_leave_nothing_half_written(notes: Path, tmp_path: Path) -> None:
    store = DocumentStore(tmp_path / "documents")
    summary = ingest_documents([notes], store, lambda _path, _reason: None)
    [(failed, reason)] = summary.failed
    assert failed.name == "loop.md"
    assert re.search(r"loop\.md (is a link that leads back to itself|cannot be opened \(Too many levels)", reason)
    assert {s.title for s in store.all()} == {"First", "Last", "caf", "red[31m", "two lines"}
    assert len(summary.added) == 5
    assert all(path.suffix == ".json" for path in store.folder.iterdir())
    assert ingest_documents([notes], store, lambda _path, _reason: None).unchanged == 5
    for path in store.folder.iterdir():
        value = json.loads(path.read_bytes())
        assert value["origin"].isprintable()
        assert value["source"]["title"].isprintable()


def test_the_command_shows_names_escaped_and_reports_them_as_json(notes: Path, tmp_path: Path) -> None:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ROADMAP_")},
        "ROADMAP_DATA_DIR": str(tmp_path / "data"),
        "COLUMNS": "300",
    }
    command = [sys.executable, "-c", WITHOUT_INDEX, "ingest", str(notes), "--json", "--verbose"]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, check=False)
    told, report = done.stderr.decode(), json.loads(done.stdout)
    assert done.returncode == 1
    assert "Traceback" not in told
    assert b"\x1b" not in done.stderr + done.stdout
    assert b"\xe2\x80\xae" not in done.stderr + done.stdout
    for name in ("a.md", "caf\\xe9.md", "red\\x1b[31m\\u202e.md", "two\\x0alines.md", "z.md"):
        assert f"added {notes}/{name}" in told.splitlines()
    assert [refused["path"] for refused in report["refused"]] == [f"{notes}/loop.md"]
    assert (report["added"], report["unchanged"]) == (5, 0)
    assert "5 of your documents in the library (5 read, 0 unchanged, 1 refused; " in told
    quiet = subprocess.run(
        command[:-2], env=environment, cwd=tmp_path, capture_output=True, check=False
    ).stderr.decode()
    first, second, *_ = quiet.splitlines()
    assert first.startswith(f"refused {notes}/loop.md: ")
    assert second.startswith("5 of your documents in the library (0 read, 5 unchanged, 1 refused; ")
    assert "added" not in quiet

"""Only what changed is read: which files a second ingest opens, and what is stored meanwhile."""

import json
import os
import shutil
import threading
from pathlib import Path

import pytest

from ingest import document_store, documents
from ingest.document_store import Additions, DocumentStore
from ingest.documents import Summary, ingest_documents
from ingest.parse_contract import PARSER_VERSION, Limits
from ingest.parser_pool import Parser
from ingest.parsers import read_content
from tests.made_files import put

OLD_MARK = {"parser_version": PARSER_VERSION, "sha256": "", "size_bytes": 1, "modified_ns": 0, "changed_ns": 0}


@pytest.fixture
def store(tmp_path: Path) -> DocumentStore:
    return DocumentStore(tmp_path / "documents")


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """Three notes that are older than the clock of any file system is coarse."""
    folder = tmp_path / "notes"
    folder.mkdir()
    for name in "abc":
        put(folder, f"{name}.md", f"# Note {name}\n\nSome words.")
    return folder


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files whose bytes were read, in no order."""
    names: list[str] = []

    def read(path: Path, *more: object) -> bytes:
        names.append(path.name)
        return read_content(path, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(documents, "read_content", read)
    return names


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that a parser got, in no order."""
    names: list[str] = []
    real = Parser.read

    def read(self: Parser, data: bytes, suffix: str, name: str) -> object:
        names.append(name)
        return real(self, data, suffix, name)

    monkeypatch.setattr(Parser, "read", read)
    return names


def settle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every file be older than the clock of any file system is coarse."""
    monkeypatch.setattr("ingest.remembered.SETTLING_NS", -1)


def add(store: DocumentStore, *paths: Path) -> Summary:
    return ingest_documents(paths, store, lambda _path, _reason: None)


def stored(store: DocumentStore) -> dict[str, tuple[int, bytes]]:
    return {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in sorted(store.folder.iterdir())}


def test_unchanged_files_are_neither_opened_nor_stored_again(
    store: DocumentStore, notes: Path, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(monkeypatch)
    first = add(store, notes)
    before = stored(store)
    assert (sorted(opened), first.unchanged) == (["a.md", "b.md", "c.md"], 0)
    opened.clear()
    again = add(DocumentStore(store.folder), notes)
    assert (opened, again, again.unchanged) == ([], first, 3)
    assert stored(store) == before


def test_a_file_so_young_that_a_change_could_go_unseen_is_opened_but_not_parsed(
    store: DocumentStore, notes: Path, opened: list[str], parsed: list[str]
) -> None:
    add(store, notes)
    opened.clear()
    parsed.clear()
    assert add(store, notes).unchanged == 3
    assert (sorted(opened), parsed) == (["a.md", "b.md", "c.md"], [])


def test_a_changed_file_alone_is_read_though_its_size_and_time_are_the_same(
    store: DocumentStore, notes: Path, parsed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(monkeypatch)
    add(store, notes)
    parsed.clear()
    status = (notes / "b.md").stat()
    put(notes, "b.md", "# Note b\n\nSame words.")
    os.utime(notes / "b.md", ns=(status.st_atime_ns, status.st_mtime_ns))
    assert add(store, notes).unchanged == 2
    assert parsed == ["b.md"]
    assert "Same words." in {s.source_id: s.text for s in store.all()}["doc-b"]


def test_a_touched_file_is_not_parsed_again(
    store: DocumentStore, notes: Path, parsed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(monkeypatch)
    add(store, notes)
    parsed.clear()
    (notes / "a.md").touch()
    assert (add(store, notes).unchanged, parsed) == (3, [])


def test_what_another_version_of_the_parsers_read_is_read_again(
    store: DocumentStore, notes: Path, parsed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    add(store, notes)
    parsed.clear()
    monkeypatch.setattr(document_store, "PARSER_VERSION", PARSER_VERSION + 1)
    assert add(store, notes).unchanged == 0
    assert sorted(parsed) == ["a.md", "b.md", "c.md"]


@pytest.mark.parametrize("damage", ["cut", "other text"])
def test_a_stored_document_that_is_damaged_is_read_again(store: DocumentStore, notes: Path, damage: str) -> None:
    add(store, notes)
    path = store.folder / "doc-a.json"
    value = json.loads(path.read_text())
    if damage == "cut":
        path.write_text(path.read_text()[:50])
    else:
        path.write_text(json.dumps({**value, "source": {**value["source"], "text": "x"}}))
    assert add(DocumentStore(store.folder), notes).unchanged == 2
    assert [s.text for s in store.all()] == [f"# Note {name}\n\nSome words.\n" for name in "abc"]
    assert store.problems() == []


@pytest.mark.parametrize("mark", [None, {"size": 1}, OLD_MARK, []], ids=["none", "wrong", "old", "list"])
def test_a_document_whose_mark_this_version_cannot_read_is_read_once_more_and_keeps_its_id(
    store: DocumentStore, notes: Path, parsed: list[str], mark: object
) -> None:
    (notes / "x").mkdir()
    put(notes / "x", "a.md", "Other words.")
    add(store, notes)
    store.remove("doc-a")
    path = store.folder / "doc-a-2.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "file": mark}))
    parsed.clear()
    for _ in range(2):
        assert add(store, notes / "x").added == ("doc-a-2",)
    assert parsed == ["a.md"]


def test_a_file_that_changes_while_it_is_read_is_read_again(
    store: DocumentStore, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(monkeypatch)

    def read(path: Path, limits: Limits) -> bytes:
        data = read_content(path, limits)
        put(notes, path.name, "Changed words.")
        return data

    with monkeypatch.context() as patched:
        patched.setattr(documents, "read_content", read)
        add(store, notes / "b.md")
    add(store, notes / "b.md")
    assert [s.text for s in store.all()] == ["Changed words.\n"]


def test_files_of_the_same_text_are_one_document_and_stored_once_however_often_they_are_added(
    store: DocumentStore, notes: Path
) -> None:
    for name in ("a copy.md", "twin.md"):
        shutil.copy(notes / "a.md", notes / name)
    first = add(store, notes)
    before = stored(store)
    assert list(before) == ["doc-a-copy.json", "doc-b.json", "doc-c.json"]
    for _ in range(2):
        assert add(store, notes) == first
        assert stored(store) == before


def test_the_text_of_a_file_whose_twin_changed_stays(store: DocumentStore, notes: Path) -> None:
    shutil.copy(notes / "b.md", notes / "a.md")
    add(store, notes / "b.md")
    put(notes, "b.md", "Changed words.")
    assert len(add(store, notes).added) == 3
    before = stored(store)
    assert [s.text for s in store.all()][:2] == ["# Note b\n\nSome words.\n", "Changed words.\n"]
    put(notes, "a.md", "Changed words.")
    shutil.copy(notes / "b.md", notes / "twin.md")
    assert len(add(store, notes).added) == 2
    assert len(stored(store)) == len(before) - 1


def test_one_thread_alone_uses_what_the_store_knows(
    store: DocumentStore, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: set[str] = set()
    real = Additions.__getattribute__

    def watched(self: Additions, name: str) -> object:
        threads.add(threading.current_thread().name)
        return real(self, name)

    monkeypatch.setattr(Additions, "__getattribute__", watched)
    for _ in range(2):
        add(store, notes)
    assert threads == {threading.current_thread().name}


def test_more_documents_than_one_batch_are_all_stored(store: DocumentStore, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    count = 2 * document_store.BATCH + 3
    for n in range(count):
        put(folder, f"{n:03}.txt", f"words {n}")
    assert len(add(store, folder).added) == count
    assert [s.text for s in store.all()] == [f"words {n}\n" for n in range(count)]

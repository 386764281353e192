"""The documents that a user adds: which files are taken, where their texts are kept, what a bad one does."""

import json
import logging
import os
import stat
from pathlib import Path

import pytest

from ingest.documents import DocumentStore, Summary, collect, ingest_documents
from ingest.errors import DocumentError, RoadmapError
from ingest.parse_contract import Parsed
from ingest.parsers import source_of
from ingest.records import Source
from tests.made_files import docx_of, encrypted_pdf, pdf, put


def document(name: str, text: str = "# Title\n\n## Part\n\nWords.") -> Source:
    return source_of(Path(name), Parsed(text))


def add(store: DocumentStore, source: Source, origin: str) -> str:
    with store.adding() as additions:
        return additions.add(source, origin)


@pytest.fixture
def store(tmp_path: Path) -> DocumentStore:
    return DocumentStore(tmp_path / "data" / "documents")


def test_what_is_added_is_there_for_the_next_process(store: DocumentStore) -> None:
    for name, text in {"b.md": "# Title\n\nWords.", "a.md": "other words"}.items():
        add(store, document(name, text), f"/{name}")
    assert DocumentStore(store.folder).all() == [document("a.md", "other words"), document("b.md", "# Title\n\nWords.")]
    assert store.problems() == []


def test_a_store_without_a_folder_is_empty(store: DocumentStore) -> None:
    assert store.all() == []
    assert not store.folder.exists()


def test_the_same_file_takes_its_own_place_though_its_text_changed(store: DocumentStore) -> None:
    add(store, document("a.md", "old words"), "/a.md")
    add(store, document("a.md", "new words"), "/a.md")
    assert [(s.source_id, s.text) for s in store.all()] == [("doc-a", "new words\n")]


def test_the_same_text_takes_its_own_place_though_the_file_moved(store: DocumentStore) -> None:
    add(store, document("a.md"), "/a.md")
    assert add(store, document("b.md"), "/elsewhere/b.md") == "doc-a"
    [moved] = store.all()
    assert [s.section_id for s in moved.sections] == ["doc-a#overview", "doc-a#part"]
    add(store, document("b.md", "changed words"), "/elsewhere/b.md")
    assert [(s.source_id, s.text) for s in store.all()] == [("doc-a", "changed words\n")]


def test_another_file_of_the_same_name_gets_another_id(store: DocumentStore) -> None:
    texts = [f"words {n}\n\n## Part\n\nx\n" for n in range(3)]
    ids = [add(store, document("a.md", text), f"/{n}/a.md") for n, text in enumerate(texts)]
    assert ids == ["doc-a", "doc-a-2", "doc-a-3"]
    sources = store.all()
    assert [(s.source_id, s.text) for s in sources] == list(zip(ids, texts, strict=True))
    assert [s.section_id for s in sources[2].sections] == ["doc-a-3#overview", "doc-a-3#part"]


def test_a_file_that_becomes_the_same_as_another_leaves_one_document(store: DocumentStore) -> None:
    add(store, document("a.md", "first"), "/a.md")
    add(store, document("b.md", "second"), "/b.md")
    add(store, document("b.md", "first"), "/b.md")
    assert [(s.source_id, s.text) for s in store.all()] == [("doc-b", "first\n")]


def test_two_stores_of_one_folder_see_what_the_other_added(store: DocumentStore) -> None:
    other = DocumentStore(store.folder)
    add(store, document("a.md", "first"), "/1/a.md")
    assert add(other, document("a.md", "second"), "/2/a.md") == "doc-a-2"
    assert add(store, document("a.md", "changed"), "/2/a.md") == "doc-a-2"


def test_a_removed_document_is_gone_and_an_unknown_one_is_named(store: DocumentStore) -> None:
    add(store, document("a.md"), "/a.md")
    store.remove("doc-a")
    assert store.all() == []
    for unknown in ("doc-a", "../documents/doc-a", "/etc/passwd", ""):
        with pytest.raises(DocumentError, match="no document has the id"):
            store.remove(unknown)


def damage(value: dict[str, object]) -> dict[str, bytes]:
    source = value["source"]
    assert isinstance(source, dict)
    changed = {
        "text": {**value, "source": {**source, "text": "tampered"}},
        "id": {**value, "source": {**source, "source_id": "doc-b"}},
        "kind": {**value, "source": {**source, "kind": "roadmap"}},
        "title": {**value, "source": {**source, "title": 7}},
        "missing": {"source": source},
        "list": [],
    }
    whole = json.dumps(value).encode()
    broken = {"empty": b"", "cut": whole[:-9], "nul": b"\0" * 99, "latin": b'"\xff"', "deep": b"[" * 100_000}
    return {**{name: json.dumps(v).encode() for name, v in changed.items()}, **broken}


def test_a_damaged_file_is_reported_and_the_others_are_read(
    store: DocumentStore, caplog: pytest.LogCaptureFixture
) -> None:
    add(store, document("a.md", "first"), "/a.md")
    kept = document("b.md", "second")
    add(store, kept, "/b.md")
    path = store.folder / "doc-a.json"
    for name, content in damage(json.loads(path.read_text())).items():
        path.write_bytes(content)
        with caplog.at_level(logging.WARNING):
            assert store.all() == [kept], name
        [problem] = store.problems()
        assert problem.startswith("the stored document doc-a.json is damaged (")
        assert problem.endswith("): ingest its file again, or remove doc-a")
        assert problem in caplog.text
    add(store, document("a.md", "third"), "/a.md")
    assert [s.text for s in store.all()] == ["third\n", "second\n"]
    path.write_bytes(b"")
    store.remove("doc-a")
    assert store.problems() == []


@pytest.mark.parametrize("step", ["write", "sync"])
def test_a_write_that_fails_keeps_what_was_there(
    store: DocumentStore, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    old = document("a.md", "old")
    add(store, old, "/a.md")

    def full_disk(place: Path | int, *_text: str, **_how: str) -> None:
        if isinstance(place, Path):
            place.touch()
        raise OSError(28, "No space left on device")

    if step == "write":
        monkeypatch.setattr(Path, "write_text", full_disk)
    else:
        monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(RoadmapError, match=r"cannot write to .+ \(No space left on device\): free space"):
        add(store, document("a.md", "new"), "/a.md")
    assert store.all() == [old]
    assert [path.name for path in store.folder.iterdir()] == ["doc-a.json"]


def test_a_folder_gives_its_files_sorted_without_hidden_ones_and_links_that_leave(tmp_path: Path) -> None:
    folder = tmp_path / "notes"
    (folder / "sub" / ".git").mkdir(parents=True)
    outside = put(tmp_path, "outside.md", "x")
    for name in ("b.md", "a.txt", "sub/c.PDF", ".hidden.md", "sub/.git/d.md", "picture.png", "noext"):
        put(folder, name, "x")
    (folder / "leaves.md").symlink_to(outside)
    (folder / "stays.md").symlink_to(folder / "b.md")
    (folder / "loop").symlink_to(folder)
    (folder / "nowhere.md").symlink_to(folder / "gone.md")
    told: dict[str, str] = {}
    found = collect([folder], lambda path, reason: told.update({path.name: reason}))
    assert [str(path.relative_to(folder)) for path in found] == ["a.txt", "b.md", "sub/c.PDF"]
    assert sorted(told) == ["leaves.md", "noext", "nowhere.md", "picture.png"]
    assert told["leaves.md"] == "leaves.md is a link that leads out of its folder: give the file itself"
    assert told["picture.png"].startswith("picture.png is of a kind that cannot be read: give one of .md")
    assert "cannot be opened (No such file or directory)" in told["nowhere.md"]


def test_named_files_are_taken_once_though_hidden_or_linked(tmp_path: Path) -> None:
    hidden = put(tmp_path, ".notes.md", "x")
    link = tmp_path / "link.md"
    link.symlink_to(hidden)
    told: list[str] = []
    given = [link, hidden, tmp_path / "missing.md", tmp_path / "n\0l.md"]
    assert collect(given, lambda _path, reason: told.append(reason)) == [link]
    assert [reason.rpartition(": ")[2] for reason in told] == ["check its path and permissions"] * 2


def test_a_folder_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    closed = tmp_path / "closed"
    closed.mkdir()
    closed.chmod(0)
    told: list[str] = []
    assert collect([tmp_path], lambda _path, reason: told.append(reason)) == []
    closed.chmod(stat.S_IRWXU)
    assert len(told) == 1


def test_a_bad_file_is_reported_with_its_reason_and_never_stops_the_others(
    tmp_path: Path, store: DocumentStore
) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    for name, content in {
        "a.pdf": encrypted_pdf("secret"),
        "b.md": b"# Words\n\nSome.",
        "c.docx": b"no archive",
        "d.txt": b"",
        "e.docx": docx_of(lambda d: d.add_paragraph("Words in a document.")),
        "f.png": b"picture",
        "g.pdf": pdf([(12, 700, "Words on a page.")]),
    }.items():
        put(folder, name, content)
    told: list[tuple[str, str | None]] = []
    summary = ingest_documents([folder], store, lambda path, reason: told.append((path.name, reason)))
    reasons = dict(told)
    assert [name for name, reason in told if reason is None] == ["b.md", "e.docx", "g.pdf"]
    assert reasons["a.pdf"] == "a.pdf is encrypted: save a copy without a password"
    assert reasons["c.docx"] == "c.docx is not a DOCX: give the file the extension of what it is"
    assert reasons["d.txt"] == "d.txt is empty: give a file with text in it"
    assert summary == Summary(
        added=("doc-b", "doc-e", "doc-g"),
        failed=tuple((folder / name, str(reasons[name])) for name in ("f.png", "a.pdf", "c.docx", "d.txt")),
    )
    assert [s.source_id for s in store.all()] == list(summary.added)


def test_a_folder_that_is_added_again_changes_nothing(tmp_path: Path, store: DocumentStore) -> None:
    folder = tmp_path / "notes"
    (folder / "x").mkdir(parents=True)
    put(folder, "a.md", "one\n")
    put(folder / "x", "a.md", "two\n")
    first = ingest_documents([folder], store, lambda _path, _reason: None)
    before = store.all()
    again = ingest_documents([folder, folder / "a.md"], store, lambda _path, _reason: None)
    assert first == again == Summary(("doc-a", "doc-a-2"), ())
    assert store.all() == before

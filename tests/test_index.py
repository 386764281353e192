"""Building aside and swapping: what is embedded, what is refused, who may write, and what a reader sees."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ingest.build import build, probe
from ingest.encoder import Advance
from ingest.errors import IndexStateError, RoadmapError
from ingest.index import VECTORS_FILE, LocalIndex, Scope, open_index
from ingest.lexical import terms
from ingest.manifest import MANIFEST_FILE, read_manifest, write_manifest
from ingest.split import SPLITTER_VERSION
from ingest.workspace import BusyError, Workspace
from tests.fakes import WordsEncoder, library_of, numbered_pages

CHECKOUT = Path(__file__).parents[1]
PAGES = numbered_pages(6)
REMEDY = "run 'roadmap ingest"


def build_pages(workspace: Workspace, pages: dict[str, str], encoder: WordsEncoder | None = None) -> int:
    """Build and return how many texts were embedded."""
    with workspace.writer():
        return build(workspace, library_of(pages), encoder or WordsEncoder()).embedded


def texts_of(index: LocalIndex) -> list[str]:
    return [source.text for source in index.sources.values()]


def assert_answers(index: LocalIndex, pages: dict[str, str]) -> None:
    """Both legs find, in each page, exactly what is there, once."""
    assert list(index.sources) == list(pages)
    assert len(index.passages) == 2 * len(pages)
    found = index.lexical_search(terms("step 3"), 10)
    assert index.passages[found[0][0]].source_id == "page-3"
    entries = index.dense_search(WordsEncoder().encode(["weeks"]), len(index.entries))
    assert len({entry.entry_id for entry, _ in entries}) == len(entries) == len(index.entries)
    assert [s for _, s in entries] == sorted((s for _, s in entries), reverse=True)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with an index of six pages; read it only."""
    folder = tmp_path_factory.mktemp("small")
    build_pages(Workspace(folder), PAGES)
    return folder


@pytest.fixture
def workspace(small: Path, tmp_path: Path) -> Workspace:
    """A copy of the small data folder."""
    shutil.copytree(small, tmp_path / "data")
    return Workspace(tmp_path / "data")


def current(workspace: Workspace) -> Path:
    folder = workspace.current_folder()
    assert folder is not None
    return folder


def test_a_built_index_opens_and_answers_by_both_legs(small: Path) -> None:
    index = Workspace(small).open_current()
    assert_answers(index, PAGES)
    assert (index.manifest.source_count, index.manifest.passage_count) == (6, 12)
    assert index.manifest.entry_count == len(index.entries)


def test_a_scope_keeps_both_legs_inside(small: Path) -> None:
    index = Workspace(small).open_current()
    scope = Scope(sources=("page-2",))
    assert {e.passage_id.split("#")[0] for e, _ in index.dense_search(WordsEncoder().encode(["weeks"]), 50, scope)} == {
        "page-2"
    }
    assert {i.split("#")[0] for i, _ in index.lexical_search(terms("edition weeks"), 50, scope)} == {"page-2"}
    for nothing in (Scope(kinds=("roadmap",)), Scope(sources=("absent",)), Scope(sources=())):
        assert index.dense_search(WordsEncoder().encode(["weeks"]), 50, nothing) == []
        assert index.lexical_search(terms("weeks"), 50, nothing) == []


def test_the_vectors_of_sentences_are_those_of_their_texts(small: Path) -> None:
    index = Workspace(small).open_current()
    for passage in index.passages.values():
        rows = index.sentence_vectors(passage.passage_id)
        texts = [index.sources[passage.source_id].text[start:end] for start, end in passage.sentences]
        np.testing.assert_allclose(rows, WordsEncoder().encode(texts), atol=1e-6)


def test_an_unchanged_library_is_not_built_again(workspace: Workspace) -> None:
    before = current(workspace)
    encoder = WordsEncoder()
    assert build_pages(workspace, PAGES, encoder) == 0
    assert encoder.encoded == []
    assert current(workspace) == before


def test_a_changed_page_has_only_its_changed_texts_embedded(workspace: Workspace) -> None:
    encoder = WordsEncoder()
    changed = {**PAGES, "page-3": PAGES["page-3"].replace("step 3 takes 3 weeks", "step 3 takes 30 months")}
    embedded = build_pages(workspace, changed, encoder)
    assert embedded == len(encoder.encoded) == 2  # the sentence, and the passage that holds it
    assert all("30 months" in text for text in encoder.encoded)
    index = workspace.open_current()
    assert_answers(index, changed)
    vectors = np.load(current(workspace) / VECTORS_FILE)
    np.testing.assert_allclose(vectors, WordsEncoder().encode([e.text for e in index.entries]), atol=1e-6)


def test_an_added_and_a_removed_page_come_and_go(workspace: Workspace) -> None:
    pages = {name: page for name, page in numbered_pages(7).items() if name != "page-0"}
    build_pages(workspace, pages)
    assert_answers(workspace.open_current(), pages)


def test_an_empty_library_makes_an_index_that_finds_nothing(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    build_pages(workspace, {})
    index = workspace.open_current()
    assert index.dense_search(WordsEncoder().encode(["weeks"]), 5) == []
    assert index.lexical_search(["week"], 5) == []


class FailingEncoder(WordsEncoder):
    """Fails when it is asked for vectors."""

    def encode(
        self, texts: object, advance: Advance | None = None
    ) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        raise RuntimeError("the model broke")


def test_a_failed_build_leaves_the_old_index_and_no_rubbish(workspace: Workspace) -> None:
    before = current(workspace)
    with pytest.raises(RuntimeError, match="the model broke"):
        build_pages(workspace, numbered_pages(6, "second"), FailingEncoder())
    assert current(workspace) == before
    assert [folder.name for folder in before.parent.iterdir()] == [before.name]
    assert_answers(workspace.open_current(), PAGES)
    build_pages(workspace, numbered_pages(6, "second"))
    assert_answers(workspace.open_current(), numbered_pages(6, "second"))


def test_what_a_killed_build_left_is_swept_by_the_next(workspace: Workspace) -> None:
    indexes = current(workspace).parent
    shutil.copytree(current(workspace), indexes / ".building-0123456789ab")
    (indexes / ".building-0123456789ab" / MANIFEST_FILE).unlink()
    shutil.copytree(current(workspace), indexes / "neverpointedto")
    (workspace.folder / "current.new").write_text("neverpoin")
    build_pages(workspace, numbered_pages(6, "second"))
    assert not (workspace.folder / "current.new").exists()
    assert current(workspace) in set(indexes.iterdir())
    assert len(list(indexes.iterdir())) <= 2
    assert_answers(workspace.open_current(), numbered_pages(6, "second"))


@pytest.mark.parametrize(
    "change",
    [{"model_hash": "other"}, {"splitter_version": SPLITTER_VERSION + 1}, {"format_version": 0}],
    ids=["model", "splitter", "format"],
)
def test_an_index_of_another_model_or_version_is_refused_and_built_anew(
    workspace: Workspace, change: dict[str, int]
) -> None:
    folder = current(workspace)
    write_manifest(folder, replace(read_manifest(folder), **change))  # type: ignore[arg-type]
    with pytest.raises(IndexStateError, match=REMEDY):
        read_manifest(folder).refuse_unlike("twelve-words", "words", SPLITTER_VERSION)
    embedded = build_pages(workspace, PAGES)
    assert current(workspace) != folder
    assert (embedded > 0) == ("model_hash" in change), "vectors of the same model are used again"
    read_manifest(current(workspace)).refuse_unlike("twelve-words", "words", SPLITTER_VERSION)


def flip(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    for place in range(len(raw) // 2, len(raw), max(1, len(raw) // 7)):
        raw[place] ^= 0xFF
    path.write_bytes(raw)


def halve(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


DAMAGES: dict[str, Callable[[Path], object]] = {
    "flipped": flip,
    "halved": halve,
    "emptied": lambda path: path.write_bytes(b""),
    "missing": Path.unlink,
    "overwritten": lambda path: path.write_bytes(b"x" * 4096 + path.read_bytes()[4096:]),
}


def test_vectors_that_were_damaged_are_not_used_again(workspace: Workspace) -> None:
    flip(current(workspace) / VECTORS_FILE)
    assert build_pages(workspace, PAGES) > 0
    assert_answers(workspace.open_current(), PAGES)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_refused_with_the_remedy_and_mended_by_the_next_build(
    data_dir: Path, tmp_path: Path, damage: str
) -> None:
    original = current(Workspace(data_dir))
    shutil.copytree(original, tmp_path / "index")
    files = [path.relative_to(original) for path in original.rglob("*") if path.is_file()]
    assert len(files) >= 16, "both engines' own files are among them"
    for name in files:
        DAMAGES[damage](tmp_path / "index" / name)
        with pytest.raises(IndexStateError, match=REMEDY):
            open_index(tmp_path / "index")
        shutil.copy(original / name, tmp_path / "index" / name)
    probe(tmp_path / "index")  # whole again


def test_a_probe_imports_nothing_of_the_folder_where_the_program_runs(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "random.py").write_text("raise ImportError('a file of the user')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    probe(current(Workspace(data_dir)))


def test_a_probe_whose_process_dies_of_a_signal_is_an_error_with_the_remedy(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / MANIFEST_FILE)  # the probe waits there until it is killed

    def kill() -> None:
        while not (found := _children_with(str(tmp_path))):
            pass
        os.kill(found, 9)

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(IndexStateError, match=r"ended with -9.*run 'roadmap ingest --force'"):
        probe(tmp_path)
    killer.join()


def _children_with(argument: str) -> int:
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if f"ingest.probe\0{argument}" in (folder / "cmdline").read_text():
                return int(folder.name)
    return 0


def test_a_pointer_that_leads_nowhere_is_no_index_and_is_mended(workspace: Workspace) -> None:
    for pointer in (b"", b"\n", b"absent\n", b"../../etc\n", b"\xff\xfe", b"a\x00b\n"):
        (workspace.folder / "current").write_bytes(pointer)
        with pytest.raises(IndexStateError, match=REMEDY):
            workspace.open_current()
    build_pages(workspace, PAGES)
    assert_answers(workspace.open_current(), PAGES)


def test_no_data_folder_is_no_index_and_nothing_is_written_by_looking(tmp_path: Path) -> None:
    with pytest.raises(IndexStateError, match=REMEDY):
        Workspace(tmp_path / "absent").open_current()
    assert not (tmp_path / "absent").exists()


HOLD_THE_LOCK = """
import sys
from pathlib import Path
from ingest.workspace import Workspace
with Workspace(Path(sys.argv[1])).writer():
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other_writer(workspace: Workspace) -> Iterator["subprocess.Popen[str]"]:
    """Another process that holds the writer's lock until it is told to end."""
    command = [sys.executable, "-c", HOLD_THE_LOCK, str(workspace.folder)]
    with subprocess.Popen(command, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_writer_is_refused_while_readers_go_on(
    workspace: Workspace, other_writer: "subprocess.Popen[str]"
) -> None:
    with pytest.raises(BusyError, match="try again when it has ended"):
        build_pages(workspace, numbered_pages(6, "second"))
    assert_answers(workspace.open_current(), PAGES)
    other_writer.communicate("")
    build_pages(workspace, numbered_pages(6, "second"))
    assert_answers(workspace.open_current(), numbered_pages(6, "second"))


def test_the_lock_of_a_killed_writer_is_free(workspace: Workspace, other_writer: "subprocess.Popen[str]") -> None:
    other_writer.kill()
    other_writer.wait()
    build_pages(workspace, PAGES)
    assert_answers(workspace.open_current(), PAGES)


def test_a_reader_during_builds_sees_one_edition_or_the_other_and_never_a_mix(workspace: Workspace) -> None:
    editions = [numbered_pages(6, edition) for edition in ("first", "second", "third")]
    known = [texts_of(LibraryTexts(pages)) for pages in editions]  # type: ignore[arg-type]
    seen: set[int] = set()
    stop = threading.Event()
    problems: list[BaseException] = []

    def read() -> None:
        try:
            while not stop.is_set():
                index = workspace.open_current()
                edition = known.index(texts_of(index))
                assert_answers(index, editions[edition])
                seen.add(edition)
        except BaseException as error:  # noqa: BLE001 - told in the test's own thread
            problems.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for pages in editions[1:]:
        build_pages(workspace, pages)
    stop.set()
    reader.join()
    assert problems == []
    assert seen
    assert texts_of(workspace.open_current()) == known[-1]


class LibraryTexts:
    """The sources of a library in the shape of an index."""

    def __init__(self, pages: dict[str, str]) -> None:
        self.sources = {source.source_id: source for source in library_of(pages).sources}


def test_an_opened_index_answers_on_after_the_next_build(workspace: Workspace) -> None:
    opened = workspace.open_current()
    build_pages(workspace, numbered_pages(6, "second"))
    assert_answers(opened, PAGES)


@pytest.mark.parametrize("place", ["data", "data/indexes"])
def test_a_file_in_the_way_of_a_folder_is_told_with_the_remedy(tmp_path: Path, place: str) -> None:
    (tmp_path / place).parent.mkdir(exist_ok=True)
    (tmp_path / place).write_text("in the way")
    with pytest.raises(RoadmapError, match=r"cannot write to the data folder .*ROADMAP_DATA_DIR"):
        build_pages(Workspace(tmp_path / "data"), PAGES)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_data_folder_is_told_with_the_remedy(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(RoadmapError, match=r"cannot write to the data folder .*ROADMAP_DATA_DIR"):
            build_pages(Workspace(tmp_path), PAGES)
    finally:
        tmp_path.chmod(0o700)

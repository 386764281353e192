"""What is remembered of files holds until they change, however the change hides."""

import os
import shutil
import time
from contextlib import suppress
from pathlib import Path

import pytest

from assistant.currency import look_at_index
from assistant.settings import Settings
from assistant.wiring import build_index, ensure_index
from ingest.errors import RoadmapError
from ingest.remembered import REMEMBERED_FILE, SETTLING_NS, Look, Remembered, file_sha256, look_at
from ingest.shipped import default_corpus


@pytest.fixture(autouse=True)
def _settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of a moment ago count as old, so that no test waits for seconds; one test looks at that itself."""
    monkeypatch.setattr("ingest.remembered.SETTLING_NS", -1)


def test_a_look_tells_a_change_of_the_same_length_whose_time_was_set_back(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text("one", encoding="utf-8")
    before, times = look_at([path]), path.stat()
    time.sleep(0.02)  # more than a tick of the file system's clock
    path.write_text("two", encoding="utf-8")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert path.stat().st_mtime_ns == times.st_mtime_ns
    assert look_at([path]) != before


def test_a_look_tells_new_and_missing_files_and_marks(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.touch()
    looks = [look_at([one]), look_at([one, two]), look_at([one], "mark"), look_at([])]
    two.touch()
    looks.append(look_at([one, two]))
    assert len({look.digest for look in looks}) == len(looks)
    assert look_at([two, one, one]) == look_at([one, two])


def test_nothing_is_kept_of_files_that_changed_a_moment_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.remembered.SETTLING_NS", SETTLING_NS)
    path = tmp_path / "file"
    path.touch()
    look = look_at([path])
    assert not look.is_settled
    Remembered(tmp_path).keep("key", look, "value")
    assert Remembered(tmp_path).recall("key", look) is None


def test_hashes_are_those_of_the_bytes_and_read_once(tmp_path: Path) -> None:
    path = tmp_path / "weights"
    path.write_bytes(b"first")
    remembered = Remembered(tmp_path)
    assert remembered.sha256(path) == file_sha256(path)
    kept = (tmp_path / REMEMBERED_FILE).read_text(encoding="utf-8")
    assert remembered.sha256(path) == file_sha256(path)
    assert (tmp_path / REMEMBERED_FILE).read_text(encoding="utf-8") == kept
    time.sleep(0.02)
    path.write_bytes(b"other")
    assert remembered.sha256(path) == file_sha256(path)


@pytest.mark.parametrize("content", ["", "[]", '{"key": 1}', '{"key": {"look": 1, "value": 2}}', "\x00", "{" * 2000])
def test_a_file_that_makes_no_sense_remembers_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / REMEMBERED_FILE).write_text(content, encoding="utf-8")
    look = Look("digest", is_settled=True)
    assert Remembered(tmp_path).recall("key", look) is None
    Remembered(tmp_path).keep("key", look, "value")
    assert Remembered(tmp_path).recall("key", look) == "value"


def test_a_folder_that_is_not_there_remembers_nothing(tmp_path: Path) -> None:
    look = Look("digest", is_settled=True)
    for remembered in (Remembered(tmp_path / "absent"), Remembered(None)):
        remembered.keep("key", look, "value")
        assert remembered.recall("key", look) is None


def test_what_a_killed_process_left_is_taken_away_in_time(tmp_path: Path) -> None:
    draft = tmp_path / f"{REMEMBERED_FILE}.new"
    draft.write_text("half", encoding="utf-8")
    look = Look("digest", is_settled=True)
    Remembered(tmp_path).keep("key", look, "value")
    assert Remembered(tmp_path).recall("key", look) is None, "it may be another process at work"
    os.utime(draft, (0, 0))
    Remembered(tmp_path).keep("key", look, "value")
    assert Remembered(tmp_path).recall("key", look) == "value"
    assert not draft.exists()


def test_an_index_is_current_until_a_page_a_document_or_the_model_changes(data_dir: Path, tmp_path: Path) -> None:
    corpus, data = tmp_path / "corpus", tmp_path / "data"
    shutil.copytree(default_corpus(), corpus)
    shutil.copytree(data_dir, data)
    settings = Settings.load(data_dir=data, corpus_dir=corpus)
    ensure_index(settings)
    assert look_at_index(settings).is_known
    assert not look_at_index(Settings.load(data_dir=data, corpus_dir=corpus, embedding_model="other/model")).is_known
    page = corpus / "roadmaps" / "noyan.md"
    text = page.read_text(encoding="utf-8")
    time.sleep(0.02)
    page.write_text(text.replace("the", "teh", 1), encoding="utf-8")
    assert not look_at_index(settings).is_known
    page.write_text(text, encoding="utf-8")
    ensure_index(settings)
    assert look_at_index(settings).is_known
    (data / "documents").mkdir()
    (data / "documents" / "own.json").write_text("{}", encoding="utf-8")
    assert not look_at_index(settings).is_known


def test_the_folder_of_the_index_stays_when_only_the_look_changed(data_dir: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(data_dir, data)
    settings = Settings.load(data_dir=data)
    before = look_at_index(settings).folder
    ensure_index(settings)
    assert look_at_index(settings).folder == before
    assert not build_index(settings).is_new


def test_an_index_that_was_just_built_is_known(data_dir: Path, tmp_path: Path) -> None:
    shutil.copytree(data_dir / "models", tmp_path / "models")
    settings = Settings.load(data_dir=tmp_path, corpus_dir=Path(__file__).parent / "fixtures" / "library")
    ensure_index(settings)
    assert look_at_index(settings).is_known


@pytest.mark.parametrize("end", [KeyboardInterrupt, RoadmapError], ids=["killed", "failed"])
def test_while_the_model_is_not_exported_an_index_is_not_known(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: type[BaseException]
) -> None:
    data = tmp_path / "data"
    shutil.copytree(data_dir, data, ignore=shutil.ignore_patterns("models", "remembered.json"))
    settings = Settings.load(data_dir=data)

    def stops(*_: object) -> None:
        raise end

    with monkeypatch.context() as patch:
        patch.setattr("assistant.wiring._export", stops)
        with suppress(KeyboardInterrupt):
            ensure_index(settings)
    assert not look_at_index(settings).is_known, "each later question would load the model itself"

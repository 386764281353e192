"""The bench of adding files: the files that it makes, and the baseline that it is held against."""

from pathlib import Path

import chromadb
import pytest
from langchain_text_splitters import RecursiveCharacterTextSplitter

from evals import bench_ingest, bench_langchain
from evals.bench_timing import Finished
from ingest.errors import RoadmapError


def test_the_notes_are_the_same_in_every_run_and_differ_from_each_other(tmp_path: Path) -> None:
    for name in ("once", "again"):
        bench_ingest.write_notes(tmp_path / name, files=40)
    once, again = (
        {p.name: p.read_text(encoding="utf-8") for p in (tmp_path / name).iterdir()} for name in ("once", "again")
    )
    assert once == again
    assert len(set(once.values())) == 40
    words = [len(text.split()) for text in once.values()]
    assert 150 < sum(words) / len(words) < 260
    assert min(words) > 80
    assert max(words) < 400
    assert all(text.startswith("# Note ") for text in once.values())


class Lengths:
    """Embeds a text as its length."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [[float(len(text)), 1.0] for text in texts]


def test_the_baseline_stores_every_chunk_of_every_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench_ingest.write_notes(tmp_path / "notes", files=7)
    monkeypatch.setattr(bench_langchain, "embeddings", lambda _model: Lengths())
    monkeypatch.setattr(bench_langchain, "BATCH", 5)
    bench_langchain.main(tmp_path / "notes", tmp_path / "chroma")
    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
    chunks = [c for p in sorted((tmp_path / "notes").iterdir()) for c in splitter.split_text(p.read_text())]
    stored = chromadb.PersistentClient(str(tmp_path / "chroma")).get_collection("langchain").get()
    assert sorted(stored["documents"]) == sorted(chunks)


def test_files_a_second_are_told_beside_the_baseline_and_unchanged_ones_in_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    commands: list[list[str]] = []

    def run(command: list[str], environment: dict[str, str] | None = None) -> Finished:
        commands.append(command)
        if environment:
            Path(environment["ROADMAP_DATA_DIR"]).mkdir(exist_ok=True)
        return Finished(seconds={0: 9.0, 1: 2.0, 2: 0.5, 3: 8.0}[len(commands) - 1], peak_mib=1.0, output="")

    monkeypatch.setattr(bench_ingest, "finished", run)
    added, again = bench_ingest.measure(files=16, repeats=1, is_single_precision=True)
    assert (added.ours.median, added.ratio) == (8.0, 4.0)
    assert (again.ours.values, again.ours.unit, again.baseline) == ((0.5,), "s", None)
    assert ["get_capabilities" in command[2] for command in commands] == [True, True, False, False]
    assert commands[1][3:-1] == commands[2][3:-1] == ["ingest"]


def test_a_command_that_fails_is_told_with_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(RoadmapError, match="No such option"):
        bench_ingest._roadmap(tmp_path, ["--no-such-option"], bench_ingest.ROADMAP)

"""The benches: the files that they make, the baseline that they are held against, and what is no measurement."""

import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import chromadb
import pytest
from langchain_text_splitters import RecursiveCharacterTextSplitter

from evals import bench_ingest, bench_langchain
from evals.bench_clients import _ask
from evals.bench_timing import BenchError, seconds_of
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
    monkeypatch.setattr(bench_langchain, "embeddings", Lengths)
    monkeypatch.setattr(bench_langchain, "BATCH", 5)
    bench_langchain.build(tmp_path / "chroma", tmp_path / "notes")
    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
    chunks = [c for p in sorted((tmp_path / "notes").iterdir()) for c in splitter.split_text(p.read_text())]
    stored = chromadb.PersistentClient(str(tmp_path / "chroma")).get_collection("langchain").get()
    assert sorted(stored["documents"]) == sorted(chunks)
    nearest = bench_langchain.ask(tmp_path / "chroma", max(chunks, key=len)).split("\n\n")[0]
    assert max(chunks, key=len).startswith(nearest)


def test_files_a_second_are_told_beside_the_baseline_and_unchanged_ones_in_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    commands: list[list[str]] = []

    def run(command: list[str], environment: dict[str, str] | None = None) -> float:
        commands.append(command)
        if environment:
            Path(environment["ROADMAP_DATA_DIR"]).mkdir(exist_ok=True)
        return [9.0, 2.0, 0.5, 8.0][len(commands) - 1]

    monkeypatch.setattr(bench_ingest, "seconds_of", run)
    added, again = bench_ingest.measure(files=16, repeats=1, is_single_precision=True)
    assert (added.ours.median, added.ratio) == (8.0, 4.0)
    assert (again.ours.values, again.ours.unit, again.baseline) == ((0.5,), "s", None)
    assert ["get_capabilities" in command[3] for command in commands] == [True, True, False, False]
    assert commands[1][4:-1] == commands[2][4:-1] == ["ingest"]


def test_a_command_that_fails_is_told_with_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(RoadmapError, match="No such option"):
        bench_ingest._roadmap(tmp_path, ["--no-such-option"], bench_ingest.ROADMAP)


def test_a_command_that_writes_much_to_either_pipe_ends() -> None:
    assert seconds_of([sys.executable, "-c", "import sys; sys.stderr.write('x' * 500_000); print('y' * 500_000)"]) > 0


def test_what_is_no_answer_is_no_fast_one() -> None:
    class Refusing(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(503)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(BenchError, match="503"):
            _ask(server.server_port, ["?"], 2)
        server.shutdown()

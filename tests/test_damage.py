"""A damaged index gives the same answers as a whole one, or is refused and built again: no crash, no other answer."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from assistant.settings import Settings
from assistant.wiring import Service
from ingest.index import LocalIndex, Scope
from ingest.workspace import Workspace
from tests.fakes import WordsEncoder
from tests.killed_builds import build_edition

CHECKOUT = Path(__file__).parents[1]
ROADMAP = Path(sys.executable).with_name("roadmap")
QUESTION = {"question": "how many weeks does the ML fundamentals module take?"}
SCOPED = {**QUESTION, "sources": ["mrcloudchase"], "kinds": ["roadmap"]}


def flip_database(data_dir: Path, place: float = 0.5) -> None:
    """Flip one byte of Chroma's database, at a share of its length."""
    (database,) = data_dir.glob("indexes/*/chroma/chroma.sqlite3")
    raw = bytearray(database.read_bytes())
    raw[int(place * len(raw))] ^= 0xFF
    database.write_bytes(raw)


@pytest.fixture
def damaged(data_dir: Path, tmp_path: Path) -> Path:
    """A copy of the data folder whose index has one flipped byte in Chroma's database."""
    current = Workspace(data_dir).current_folder()
    assert current is not None
    folder = tmp_path / "damaged"
    shutil.copytree(current, folder / "indexes" / current.name)
    shutil.copy(data_dir / "current", folder)
    flip_database(folder)
    return folder


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork")
def test_a_flipped_byte_anywhere_in_an_index_is_refused_or_changes_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.flipped_indexes", str(tmp_path)]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["whole"] == "same"
    ends: dict[str, dict[str, int]] = report["ends"]
    assert {"chroma/chroma.sqlite3", "manifest.json", "vectors.npy", "current"} <= ends.keys()
    assert any(name.endswith("data_level0.bin") for name in ends), "Chroma stored a graph"
    assert {name: end for name, end in ends.items() if not end.keys() <= {"refused", "same"}} == {}
    unsure = {"current", "manifest.json"}  # white space may change there
    assert all(end.keys() == {"refused"} for name, end in ends.items() if name not in unsure), ends


@pytest.fixture
def address(damaged: Path) -> Iterator[str]:
    """The whole application, as `roadmap serve` starts it over the damaged index, without the library at hand."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    environment = {**os.environ, "ROADMAP_DATA_DIR": str(damaged), "ROADMAP_CORPUS_DIR": str(damaged / "absent")}
    with subprocess.Popen(
        [str(ROADMAP), "serve", "--port", port], env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stderr is not None
            for line in process.stderr:
                if "serving on" in line:
                    break
                assert "Traceback" not in line
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def test_the_application_starts_on_a_damaged_index_and_says_that_it_is_not_ready(address: str) -> None:
    with httpx.Client(base_url=address, timeout=60, trust_env=False) as client:
        assert client.get("/healthz").status_code == 200
        answers = [
            client.get("/readyz"),
            client.get("/v1/sources"),
            client.get("/v1/search", params={"q": "algebra", "sources": "noyan", "kinds": "roadmap"}),
            client.post("/v1/answer", json=QUESTION),
            client.post("/v1/answer", json=SCOPED),
        ]
    assert [answer.status_code for answer in answers] == [503] * len(answers)
    assert all("the library's index is not available" in answer.json()["detail"] for answer in answers)


@pytest.mark.slow
def test_a_question_on_a_damaged_index_is_answered_after_it_was_built_again_with_a_message(damaged: Path) -> None:
    def ask() -> "subprocess.CompletedProcess[str]":
        environment = {**os.environ, "ROADMAP_DATA_DIR": str(damaged)}
        command = [str(ROADMAP), "ask", QUESTION["question"], "--json", "--source", "mrcloudchase"]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    done = ask()
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["citations"]
    assert done.stderr.strip() == (
        "the index's file chroma/chroma.sqlite3 is missing or damaged: it is built again now"
    )
    again = ask()
    assert json.loads(again.stdout)["citations"] == json.loads(done.stdout)["citations"]
    assert again.stderr == ""


def test_an_index_that_is_damaged_while_it_is_open_answers_on_with_the_same_results(
    data_dir: Path, damaged: Path, built_index: LocalIndex
) -> None:
    shutil.rmtree(damaged)
    shutil.copytree(data_dir, damaged)
    service = Service(Settings.load(data_dir=damaged))
    index = service.chain.index
    flip_database(damaged)
    (pointed,) = damaged.glob("indexes/*")
    pointed.rename(damaged / "indexes" / "other")
    (damaged / "current").write_text("other\n")
    vector = service.encoder.encode([QUESTION["question"]])
    scope = Scope(("mrcloudchase",), ("roadmap",))
    assert service.chain.index is index, "what does not open is not taken over"
    assert index.dense_search(vector, 20, scope) == built_index.dense_search(vector, 20, scope)


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """An index of two hundred made pages."""
    workspace = Workspace(tmp_path_factory.mktemp("words"))
    build_edition(workspace, 0)
    return workspace


@pytest.mark.parametrize("scope", [Scope(), Scope(sources=("page-3", "page-5")), Scope(kinds=("roadmap",))], ids=str)
def test_where_chroma_fails_the_vectors_in_memory_give_the_same(
    words: Workspace, scope: Scope, caplog: pytest.LogCaptureFixture
) -> None:
    index = words.open_current()
    vector = WordsEncoder().encode(["step 7 takes 7 weeks of data"])
    size = len(index.entries)
    before = index.dense_search(vector, size, scope)
    assert index._store is not None
    index._store._collection = None  # whatever then happens inside is Chroma's failure
    after = index.dense_search(vector, size, scope)
    assert "searched without Chroma" in caplog.text
    assert {e.entry_id for e, _ in after} == {e.entry_id for e, _ in before}
    assert [s for _, s in after] == pytest.approx([s for _, s in before], abs=1e-5)

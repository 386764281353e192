"""A question from the shell: without torch, and by a running server of the same data folder where there is one."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from assistant.records import Question
from assistant.running import ask_running, local_socket, socket_path
from assistant.settings import Settings
from assistant.wiring import FOR_ONE_QUESTION, Service
from ingest.index import LocalIndex, Scope, open_index
from ingest.remembered import SETTLING_NS
from ingest.workspace import Workspace
from tests.serving import served

ASKED = "How many weeks does the ML fundamentals module take?"
ASK = """
import sys
sys.argv = ["roadmap", "ask", sys.argv[1], "--json", *sys.argv[2:]]
from assistant.cli import main
try:
    main()
except SystemExit as end:
    if end.code:
        raise
heavy = "torch sentence_transformers transformers chromadb bm25s scipy sklearn langchain_core langsmith pandas gradio"
sys.stderr.write("loaded: " + " ".join(name for name in heavy.split() if name in sys.modules) + "\\n")
sys.stderr.write("alone\\n" if "assistant.chain" in sys.modules else "by the server\\n")
"""


def ask(data_dir: Path, question: str, *options: str, **environment: str) -> tuple[dict[str, Any], list[str]]:
    """The answer of a fresh `roadmap ask`, and its last two lines: what it loaded, and who answered."""
    done = subprocess.run(
        [sys.executable, "-c", ASK, question, *options],
        env={**os.environ, "ROADMAP_DATA_DIR": str(data_dir), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout), done.stderr.splitlines()[-2:]


def without_times(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "timings_ms"}


@pytest.fixture(scope="module")
def own_dir(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of these tests' own: a server that is killed leaves its socket in it."""
    folder = tmp_path_factory.mktemp("own") / "data"
    shutil.copytree(data_dir, folder)
    time.sleep(1.1 * SETTLING_NS / 1e9)  # nothing is remembered of files that are younger
    return folder


@pytest.fixture(scope="module")
def server(own_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator["subprocess.Popen[bytes]"]:
    """`roadmap serve` over the data folder, ready."""
    with ready_server(own_dir, tmp_path_factory.mktemp("server") / "log") as process:
        yield process


@contextmanager
def ready_server(data_dir: Path, log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """`roadmap serve` over a data folder, once it has answered."""
    command = [sys.executable, "-c", "from assistant.cli import main; main()", "serve", "--port", "0"]
    environment = {**os.environ, "ROADMAP_DATA_DIR": str(data_dir)}
    with log.open("wb") as written:
        process = subprocess.Popen(command, env=environment, stderr=written, stdout=written)
    for _ in range(600):
        if ask_running(Settings.load(data_dir=data_dir), {"question": ASKED}):
            break
        assert process.poll() is None, log.read_text(encoding="utf-8")
        time.sleep(0.1)
    yield process
    if process.poll() is None:
        process.kill()
        process.wait()


def test_a_question_loads_no_torch_nor_what_only_many_questions_need(data_dir: Path) -> None:
    answer, (loaded, who) = ask(data_dir, ASKED)
    assert answer["citations"]
    assert (loaded, who) == ("loaded: ", "alone")


def test_what_is_loaded_for_one_question_answers_as_what_is_loaded_for_many(data_dir: Path) -> None:
    one, many = Service(Settings.load(data_dir=data_dir), FOR_ONE_QUESTION), Service(Settings.load(data_dir=data_dir))
    for text in (ASKED, "what is machne learning?", "compare noyan and mynter on deep learning", "xylophone repair"):
        ours, theirs = one.chain.invoke(Question(text)), many.chain.invoke(Question(text))
        assert (ours.answer, ours.citations, ours.follow_ups) == (theirs.answer, theirs.citations, theirs.follow_ups)


@pytest.mark.parametrize("scope", [Scope(), Scope(sources=("noyan", "mynter")), Scope(kinds=("resource",)), Scope(())])
def test_without_chroma_the_nearest_entries_are_the_same(data_dir: Path, built_index: LocalIndex, scope: Scope) -> None:
    folder = Workspace(data_dir).current_folder()
    assert folder is not None
    exact = open_index(folder, with_chroma=False)
    for passage_id in list(exact.passages)[::40]:
        vector = exact.sentence_vectors(passage_id)[:1]
        ours, theirs = exact.dense_search(vector, 20, scope), built_index.dense_search(vector, 20, scope)
        assert [round(s, 4) for _, s in ours] == pytest.approx([s for _, s in theirs], abs=2e-4)
        assert all(scope.admits(exact.passages[entry.passage_id]) for entry, _ in ours)
        assert bool(ours) == (scope.sources != ())


def test_a_running_server_answers_for_the_shell_with_the_same_words(
    own_dir: Path, server: "subprocess.Popen[bytes]"
) -> None:
    there, (loaded, who) = ask(own_dir, ASKED)
    assert (loaded, who) == ("loaded: ", "by the server")
    here = Service(Settings.load(data_dir=own_dir), FOR_ONE_QUESTION).chain.invoke(Question(ASKED))
    again = ask_running(Settings.load(data_dir=own_dir), {"question": ASKED})
    assert again is not None
    assert (again.answer, again.citations, again.follow_ups) == (here.answer, here.citations, here.follow_ups)
    assert [type(each) for each in again.considered] == [type(each) for each in here.considered]
    assert there["answer"] == here.answer


def test_a_server_of_other_settings_or_another_folder_is_not_asked(
    own_dir: Path, server: "subprocess.Popen[bytes]", tmp_path: Path
) -> None:
    body = {"question": ASKED}
    assert ask_running(Settings.load(data_dir=own_dir), body) is not None
    assert ask_running(Settings.load(data_dir=own_dir, chat_model="openai:other"), body) is None
    assert ask_running(Settings.load(data_dir=tmp_path), body) is None


def test_what_the_server_refuses_is_refused_in_the_words_of_the_shell(
    own_dir: Path, server: "subprocess.Popen[bytes]"
) -> None:
    with pytest.raises(subprocess.CalledProcessError) as caught:
        ask(own_dir, ASKED, "--source", "nobody")
    assert "unknown source 'nobody': 'roadmap search' shows the ids" in caught.value.stderr


def test_the_socket_is_the_owners_alone_and_a_dead_servers_is_no_hindrance(
    own_dir: Path, server: "subprocess.Popen[bytes]"
) -> None:
    path = socket_path(Settings.load(data_dir=own_dir))
    assert path.stat().st_mode & 0o077 == 0
    server.send_signal(signal.SIGKILL)
    server.wait()
    assert path.exists(), "as a killed process leaves it"
    _, (_, who) = ask(own_dir, ASKED)
    assert who == "alone"


def test_a_server_that_answers_to_other_names_answers_the_shell_and_keeps_its_socket(
    data_dir: Path, tmp_path: Path
) -> None:
    shutil.copytree(data_dir, tmp_path / "data")
    named: dict[str, Any] = {"allowed_hosts": ("roadmap.example",), "host": "::"}
    settings = Settings.load(data_dir=tmp_path / "data", **named)
    with local_socket(settings) as beside, served(settings.data_dir, beside=beside, **named):
        with local_socket(settings) as second:
            assert second == []
        answer = ask_running(settings, {"question": ASKED})
        assert answer
        assert answer.citations
    assert not socket_path(settings).exists()


def test_a_server_that_is_still_starting_keeps_its_socket(tmp_path: Path) -> None:
    settings = Settings.load(data_dir=tmp_path)
    with local_socket(settings) as first:
        assert len(first) == 1
        with local_socket(settings) as second:
            assert second == []
        assert socket_path(settings).exists()


def test_who_cannot_listen_takes_no_ones_socket_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings.load(data_dir=tmp_path)
    with local_socket(settings), monkeypatch.context() as patch:
        patch.setattr("assistant.running._is_alive", lambda _: False)
        patch.setattr(Path, "unlink", lambda *_, **__: patch.undo())  # as if the other had begun to listen just now
        with local_socket(settings) as second:
            assert second == []
        assert socket_path(settings).exists()


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="the system does not tell what a process has loaded")
def test_a_server_keeps_nothing_of_what_its_first_start_builds_with(data_dir: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(data_dir, data, ignore=shutil.ignore_patterns("models", "remembered.json", "*.sock"))
    with ready_server(data, tmp_path / "log") as process:
        loaded = Path(f"/proc/{process.pid}/maps").read_text(encoding="utf-8")
    assert list(data.glob("models/*/export.json")), "it exported the model"
    assert "onnxruntime" in loaded
    assert "torch" not in loaded

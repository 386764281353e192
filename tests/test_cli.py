"""The command line, as a person runs it: answers on standard output, one clear message for each fault."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.conftest import SMALL_LIBRARY
from tests.made_files import put

ROADMAP = Path(sys.executable).with_name("roadmap")
WEEKS = "How many weeks does the ML fundamentals module take?"
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def roadmap(data_dir: Path, tmp_path: Path) -> Run:
    """Runs `roadmap` with arguments, over the index of the shipped library unless told otherwise."""

    def run(*arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ROADMAP_")}
        environment = {**kept, "COLUMNS": "300", "ROADMAP_DATA_DIR": str(data_dir), **variables}
        command = [str(ROADMAP), *arguments]
        done = subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False
        )
        assert "Traceback" not in done.stdout + done.stderr
        return done

    return run


def assert_refused(done: "subprocess.CompletedProcess[str]", told: str, code: int = 1) -> None:
    """One message on standard error, nothing on standard output."""
    assert done.returncode == code, done
    assert told in done.stderr
    assert done.stdout == ""
    if code == 1:
        assert done.stderr.startswith("error: ")
        assert len(done.stderr.strip().splitlines()) == 1


def test_it_answers_in_json_and_tells_why_beside_it(roadmap: Run) -> None:
    done = roadmap("ask", WEEKS, "--json", "--why", "--source", "mrcloudchase")
    assert done.returncode == 0
    answer = json.loads(done.stdout)
    assert not answer["abstained"]
    assert {c["source_id"] for c in answer["citations"]} == {"mrcloudchase"}
    assert answer["answer"].count("[1]") == 1
    for part in ("understood:", "rank", "dense", "lexical", "chance", "answered"):
        assert part in done.stderr


def test_it_answers_in_words_with_the_sources_below(roadmap: Run) -> None:
    done = roadmap("ask", WEEKS)
    assert done.returncode == 0
    assert "weeks" in done.stdout.split("[1]")[0]
    assert "mrcloudchase" in done.stdout.rpartition("[1]")[2]
    assert done.stderr == ""


def test_it_searches(roadmap: Run) -> None:
    done = roadmap("search", "linear algebra", "-k", "3", "--json", "--kind", "resource")
    results = json.loads(done.stdout)["results"]
    assert [r["rank"] for r in results] == [1, 2, 3]
    assert {r["kind"] for r in results} == {"resource"}


def test_ingest_of_an_unchanged_library_does_nothing(roadmap: Run) -> None:
    done = roadmap("ingest")
    assert done.returncode == 0
    assert done.stderr.strip().splitlines()[-1].startswith("up to date: ")


def test_ingest_of_the_same_files_again_does_nothing_though_two_have_the_same_text(
    roadmap: Run, data_dir: Path, tmp_path: Path
) -> None:
    shutil.copytree(data_dir / "models", tmp_path / "data" / "models")
    for name in ("alpha.txt", "twin.txt"):
        put(tmp_path, name, "Words of a learner.")
    variables = {"ROADMAP_DATA_DIR": "data", "ROADMAP_CORPUS_DIR": str(SMALL_LIBRARY)}
    told = [roadmap("ingest", "alpha.txt", "twin.txt", **variables).stderr for _ in range(2)]
    assert [lines.strip().splitlines()[-1].partition(" 16 sources")[0] for lines in told] == ["indexed", "up to date:"]


def test_doctor_finds_all_well(roadmap: Run) -> None:
    done = roadmap("doctor")
    assert done.returncode == 0, done.stdout
    assert "FAULT" not in done.stdout
    for what in ("python", "torch", "data folder", "corpus", "embedding model", "index"):
        assert f"ok   {what}: " in done.stdout


@pytest.mark.parametrize(
    ("variables", "what", "remedy"),
    [
        ({"ROADMAP_PORT": "abc"}, "settings", "ROADMAP_PORT"),
        ({"ROADMAP_EMBEDDING_MODEL": "/no/such/model"}, "embedding model", "correct ROADMAP_EMBEDDING_MODEL"),
        ({"ROADMAP_CORPUS_DIR": "/no/such/corpus"}, "corpus", "give the folder"),
        ({"ROADMAP_DATA_DIR": "empty"}, "index", "run 'roadmap ingest'"),
        ({"ROADMAP_ALLOWED_HOSTS": '["a.example"'}, "settings", "ROADMAP_ALLOWED_HOSTS: write names with commas"),
        ({"ROADMAP_CHAT_MODLE": "openai:x"}, "settings", "did you mean ROADMAP_CHAT_MODEL?"),
        ({"ROADMAP_CHAT_MODEL": "clippy:97"}, "chat model", "ROADMAP_CHAT_MODEL may name"),
    ],
    ids=["setting", "model", "corpus", "index", "list", "unknown setting", "chat model"],
)
def test_doctor_names_the_fault_and_its_remedy(roadmap: Run, variables: dict[str, str], what: str, remedy: str) -> None:
    done = roadmap("doctor", "--json", **variables)
    assert done.returncode == 1
    [fault] = [f for f in json.loads(done.stdout) if not f["is_well"] and f["what"] == what]
    assert remedy in fault["remedy"]


def test_it_tells_its_version_and_its_commands(roadmap: Run) -> None:
    assert roadmap("--version").stdout.strip() == version("roadmap-assistant")
    told = roadmap("--help").stdout
    for command in ("ask", "search", "ingest", "serve", "doctor", "corpus", "compare", "plan"):
        assert f"{command} " in told


@pytest.mark.parametrize("question", ["", " \u200b\n"], ids=["empty", "blank"])
def test_a_blank_question_is_refused(roadmap: Run, question: str) -> None:
    assert_refused(roadmap("ask", question), "the question is empty")


def test_a_question_that_is_too_long_is_refused(roadmap: Run) -> None:
    assert_refused(roadmap("ask", "x" * 2001), "2001 characters: ask in at most 2000")


@pytest.mark.parametrize("arguments", [["ask", "what?", "--loud"], ["dance"], ["ask"], ["search", "x", "-k", "0"]])
def test_an_unknown_option_or_command_ends_with_two(roadmap: Run, arguments: list[str]) -> None:
    assert_refused(roadmap(*arguments), "Usage: roadmap", code=2)


@pytest.mark.parametrize(
    ("option", "told"), [("--source", "unknown source 'nobody'"), ("--kind", "unknown kind 'nobody'")]
)
def test_an_unknown_source_or_kind_is_refused(roadmap: Run, option: str, told: str) -> None:
    assert_refused(roadmap("ask", "what is ML?", option, "nobody"), told)


@pytest.mark.parametrize(
    ("command", "variables", "told"),
    [
        (["ask", "what is ML?"], {"ROADMAP_PORT": "abc"}, "ROADMAP_PORT: "),
        (["ingest"], {"ROADMAP_ALLOWED_HOSTS": '["a.example"'}, "ROADMAP_ALLOWED_HOSTS: write names with commas"),
        (["serve"], {"ROADMAP_PROT": "8000"}, "there is no setting ROADMAP_PROT: did you mean ROADMAP_PORT?"),
    ],
)
def test_a_wrong_setting_is_told_with_its_name(
    roadmap: Run, command: list[str], variables: dict[str, str], told: str
) -> None:
    assert_refused(roadmap(*command, **variables), told)


def test_a_settings_file_of_another_encoding_is_read_or_refused(roadmap: Run, tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("ROADMAP_PORT=abc\r\n".encode("utf-16"))
    assert_refused(roadmap("serve"), "ROADMAP_PORT: ")
    (tmp_path / ".env").write_bytes("ROADMAP_CORPUS_DIR=/büro\n".encode("latin-1"))
    assert_refused(roadmap("serve"), ".env is not UTF-8 text: save it as UTF-8")


def test_a_missing_model_and_a_data_folder_that_is_a_file_are_told(roadmap: Run, tmp_path: Path) -> None:
    assert_refused(roadmap("ask", "what is ML?", ROADMAP_EMBEDDING_MODEL="/no/such/model"), "no model folder")
    (tmp_path / "file").touch()
    assert_refused(roadmap("ingest", ROADMAP_DATA_DIR="file"), "ROADMAP_DATA_DIR")


def test_a_reader_that_has_had_enough_is_no_error(data_dir: Path) -> None:
    command = f"'{ROADMAP}' --help | head -1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr

"""`roadmap serve` as a process: it claims its port first, tells when it answers, and is one process."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from subprocess import PIPE

import httpx
import pytest

from assistant.listening import ListenError, address_of, listen
from ingest.workspace import LOCK, Workspace
from ui.app import STARTUP_FAILURE, create_app

ROADMAP = Path(sys.executable).with_name("roadmap")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An environment without settings, with a data folder that is not there yet and a folder for temporary files."""
    (tmp_path / "temporary").mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ROADMAP_", "GRADIO_"))}
    return {
        **kept,
        "COLUMNS": "300",
        "ROADMAP_DATA_DIR": str(tmp_path / "data"),
        "TMPDIR": str(tmp_path / "temporary"),
    }


@pytest.fixture
def busy() -> Iterator[int]:
    """A port that something listens on."""
    with listen("127.0.0.1", 0) as listener:
        yield listener.getsockname()[1]


def refused(environment: dict[str, str], *arguments: str, **variables: str) -> str:
    """The one message with which `roadmap serve` ends, having read and made nothing."""
    command = [str(ROADMAP), "serve", *arguments]
    done = subprocess.run(command, env={**environment, **variables}, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done
    assert done.stdout == ""
    [told] = done.stderr.splitlines()
    assert told.startswith("error: ")
    assert not Path(environment["ROADMAP_DATA_DIR"]).exists()
    return told


def until(lines: Iterable[str], beginning: str) -> list[str]:
    """The lines up to the one that begins so; all of them when none does."""
    found = []
    for line in lines:
        found.append(line)
        if line.startswith(beginning):
            break
    return found


def test_a_busy_port_is_told_at_once_with_what_to_do(environment: dict[str, str], busy: int) -> None:
    told = refused(environment, "--port", str(busy))
    assert f"port {busy} of 127.0.0.1 is in use" in told
    assert "--port" in told


def test_an_address_of_another_machine_is_told(environment: dict[str, str]) -> None:
    assert "'192.0.2.1' is no address of this machine" in refused(environment, "--host", "192.0.2.1", "--port", "0")


@pytest.mark.parametrize("workers", ["2", "0", "many"])
def test_several_workers_are_refused(environment: dict[str, str], workers: str) -> None:
    assert f"WEB_CONCURRENCY is {workers!r}" in refused(environment, "--port", "0", WEB_CONCURRENCY=workers)


def test_a_port_has_one_server() -> None:
    with listen("127.0.0.1", 0) as listener, pytest.raises(ListenError, match="is in use"):
        listen("127.0.0.1", listener.getsockname()[1])


@pytest.mark.parametrize("host", ["no such host", "x" * 70 + ".example", "999.1.1.1"])
def test_what_is_no_address_is_told(host: str) -> None:
    with pytest.raises(ListenError, match="--host"):
        listen(host, 0)


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 on this machine")
def test_an_address_with_colons_is_written_as_browsers_take_it() -> None:
    with listen("::1", 0) as listener:
        assert address_of(listener) == f"http://[::1]:{listener.getsockname()[1]}"


@pytest.mark.slow
def test_it_tells_its_port_once_it_answers_and_leaves_no_file_behind(
    environment: dict[str, str], data_dir: Path
) -> None:
    temporary = Path(environment["TMPDIR"])
    command = [str(ROADMAP), "serve", "--port", "0"]
    variables = {**environment, "ROADMAP_DATA_DIR": str(data_dir)}
    with subprocess.Popen(command, env=variables, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr
        try:
            *before, told = until(server.stderr, "serving on ")
            assert httpx.get(f"{told.split()[2]}/healthz").json() == {"status": "alive"}
            assert any("startup complete" in line for line in before)
            [folder] = temporary.glob("roadmap-chat-*")
            assert folder.stat().st_mode & 0o777 == 0o700
            assert [path for path in folder.rglob("*") if path.is_file()] == []
            server.send_signal(signal.SIGTERM)
            assert "Traceback" not in server.stderr.read()
        finally:
            server.kill()
    assert list(temporary.iterdir()) == []


def test_without_index_and_library_it_starts_not_ready_and_says_why_once(
    environment: dict[str, str], tmp_path: Path
) -> None:
    variables = {**environment, "ROADMAP_CORPUS_DIR": str(tmp_path / "nothing")}
    (tmp_path / "random.py").write_text("raise ImportError('a file of the user')")  # no child process may import it
    command = [str(ROADMAP), "serve", "--port", "0"]
    with subprocess.Popen(command, env=variables, cwd=tmp_path, stderr=PIPE, text=True) as server:
        assert server.stderr
        try:
            *before, told = until(server.stderr, "serving on ")
            assert told.startswith("serving on "), before
            assert sum("no such folder" in line for line in before) == 1, before
            ready = httpx.get(f"{told.split()[2]}/readyz")
            assert ready.status_code == 503
            assert "run 'roadmap ingest'" in ready.json()["detail"]
        finally:
            server.kill()


def test_what_ends_the_server_ends_its_first_build_too(environment: dict[str, str]) -> None:
    workspace = Workspace(Path(environment["ROADMAP_DATA_DIR"]))
    with subprocess.Popen([str(ROADMAP), "serve", "--port", "0"], env=environment, stderr=PIPE) as server:
        try:
            for _ in range(2000):
                if (workspace.folder / LOCK).exists():
                    break
                time.sleep(0.01)
            assert server.poll() is None, "the build has begun"
            server.send_signal(signal.SIGTERM)
            server.wait(20)
        finally:
            server.kill()
        with workspace.writer():
            assert workspace.current_folder() is None


def test_the_application_does_not_start_in_one_of_several_processes(environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "uvicorn", "ui.app:create_app", "--factory", "--workers", "2", "--port", "0"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert "start it with 'roadmap serve'" in done.stderr
    assert "startup complete" not in done.stderr
    assert "Traceback" not in done.stderr


def test_the_application_does_not_start_under_a_server_of_several_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVER_SOFTWARE", "gunicorn/23.0.0")
    with pytest.raises(SystemExit) as end:
        create_app()
    assert end.value.code == STARTUP_FAILURE

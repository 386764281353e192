"""What a start costs: a question from the shell, the same by a LangChain script, a server, and its memory."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from evals.bench_ingest import LANGCHAIN
from evals.bench_timing import BenchError, Measured, Row, interleaved, resident_mib, seconds_of
from ingest.remembered import SETTLING_NS

QUESTION = "How long does it take to become a machine learning engineer?"
READY_SECONDS = 120
WARMING_QUESTIONS = (
    QUESTION,
    "what is machne learning?",
    "is a phd needed",
    "compare noyan and mynter",
    "10 hours a week?",
)
ROADMAP = (sys.executable, "-P", "-c", "from assistant.cli import main; main()")


def measure(repeats: int) -> list[Row]:
    """Measure over a copy of the current index, which is built first where there is none; nothing else is kept."""
    with tempfile.TemporaryDirectory() as place:
        environment = _data_folder(Path(place))
        store = _langchain_store(Path(place))
        ask = [*ROADMAP, "ask", QUESTION]
        time.sleep(SETTLING_NS / 1e9)  # nothing is remembered of files that are younger
        seconds_of(ask, environment)  # remembers that the index is current
        works = {
            "roadmap ask": lambda: seconds_of(ask, environment),
            "LangChain script": lambda: seconds_of([*LANGCHAIN, "ask", str(store), QUESTION]),
        }
        seconds = interleaved(repeats, works)
        served = [_serve(environment, ask) for _ in range(repeats)]
    ready, memory, beside = zip(*served, strict=True)
    baseline = Measured("LangChain script", "s", seconds["LangChain script"])
    return [
        Row(Measured("roadmap ask", "s", seconds["roadmap ask"]), baseline),
        Row(Measured("roadmap ask, a server running", "s", beside), baseline),
        Row(Measured("roadmap serve, until ready", "s", ready), baseline),
        Row(Measured("memory of a server after 50 answers", "MiB", memory)),
    ]


def _data_folder(place: Path) -> dict[str, str]:
    """Environment of a data folder of its own, with the index and the exported model of the configured one."""
    from assistant.settings import Settings
    from assistant.wiring import ensure_index

    settings = Settings.load()
    ensure_index(settings)
    folder = place / "data"
    shutil.copytree(settings.data_dir, folder, ignore=shutil.ignore_patterns("*.sock", "remembered.json"))
    return {"ROADMAP_DATA_DIR": str(folder)}


def _langchain_store(place: Path) -> Path:
    """The folder of a LangChain store of the library's texts."""
    from assistant.settings import Settings
    from assistant.wiring import read_library

    texts = place / "library"
    texts.mkdir()
    for source in read_library(Settings.load()).sources:
        (texts / f"{source.source_id}.md").write_text(source.text, encoding="utf-8")
    seconds_of([*LANGCHAIN, "build", str(place / "store"), str(texts)])
    return place / "store"


def _serve(environment: dict[str, str], ask: Sequence[str]) -> tuple[float, float, float]:
    """Seconds until a server is ready, MiB that it holds after fifty answers, seconds of a question beside it."""
    with a_server(environment) as server:
        for number in range(50):
            _ask(f"http://127.0.0.1:{server.port}/v1/answer", WARMING_QUESTIONS[number % len(WARMING_QUESTIONS)])
        return server.ready_seconds, resident_mib(server.pid), seconds_of(ask, environment)


@dataclass(frozen=True, slots=True)
class Server:
    """A server on loopback, and how long it took until it was ready."""

    pid: int
    port: int
    ready_seconds: float


@contextmanager
def a_server(environment: dict[str, str] | None = None) -> Iterator[Server]:
    """Yield a ready `roadmap serve`. Raises BenchError when it does not get ready."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    begin = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*ROADMAP, "serve", "--port", str(port)],
        env={**os.environ, "ROADMAP_REQUESTS_PER_MINUTE": "1000000", **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _await(f"http://127.0.0.1:{port}/readyz", process)
        yield Server(process.pid, port, time.perf_counter() - begin)
    finally:
        process.terminate()
        process.wait()


def _await(address: str, process: "subprocess.Popen[bytes]") -> None:
    end = time.perf_counter() + READY_SECONDS
    while time.perf_counter() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=READY_SECONDS):  # noqa: S310 - our own server
                return
        except OSError:
            time.sleep(0.01)
    raise BenchError("the server did not get ready: run 'roadmap serve' to see why")


def _ask(address: str, question: str) -> None:
    request = urllib.request.Request(  # noqa: S310 - our own server
        address, json.dumps({"question": question}).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=READY_SECONDS) as response:  # noqa: S310
        response.read()

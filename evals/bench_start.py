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

from evals.bench_timing import BenchError, Measured, Row, finished, interleaved, resident_mib

QUESTION = "How long does it take to become a machine learning engineer?"
READY_SECONDS = 120
WARMING_QUESTIONS = (
    QUESTION,
    "what is machne learning?",
    "is a phd needed",
    "compare noyan and mynter",
    "10 hours a week?",
)
ROADMAP = (sys.executable, "-c", "from assistant.cli import main; main()")
# What the LangChain tutorial does in a process of its own; `build` stores what `ask` opens.
SCRIPT = '''
import sys
from pathlib import Path
from langchain_core.embeddings import Embeddings
from sentence_transformers import SentenceTransformer

class HuggingFaceEmbeddings(Embeddings):
    """As langchain-huggingface has it."""
    def __init__(self, model):
        self.client = SentenceTransformer(model, device="cpu")
    def embed_documents(self, texts):
        return self.client.encode(texts, show_progress_bar=False).tolist()
    def embed_query(self, text):
        return self.embed_documents([text])[0]

import chromadb
folder, model, what, question = sys.argv[1:]
embeddings = HuggingFaceEmbeddings(model)
client = chromadb.PersistentClient(folder)
if what == "build":
    from langchain_text_splitters import RecursiveCharacterTextSplitter
    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
    texts = splitter.split_text(Path(question).read_text(encoding="utf-8"))
    collection = client.create_collection("langchain", embedding_function=None)
    collection.add(ids=[str(n) for n in range(len(texts))], documents=texts, embeddings=embeddings.embed_documents(texts))
else:
    found = client.get_collection("langchain", embedding_function=None).query(
        query_embeddings=[embeddings.embed_query(question)], n_results=4)
    print("\\n\\n".join(found["documents"][0]))
'''


def measure(repeats: int) -> list[Row]:
    """Measure over a copy of the current index, which is built first where there is none; nothing else is kept."""
    with tempfile.TemporaryDirectory() as place:
        environment = _data_folder(Path(place))
        script = _script(Path(place))
        ask = [*ROADMAP, "ask", QUESTION]
        finished(ask, environment)  # remembers that the index is current
        time.sleep(4)  # it remembers nothing of files that are younger than that
        finished(ask, environment)
        works = {
            "roadmap ask": lambda: finished(ask, environment).seconds,
            "LangChain script": lambda: finished([*script, "ask", QUESTION]).seconds,
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


def _script(place: Path) -> list[str]:
    """The command of the LangChain script over a store of the library's texts."""
    from assistant.settings import Settings
    from assistant.wiring import read_library
    from ingest.weights import BUNDLED_MODEL, model_folder

    texts = place / "library.txt"
    texts.write_text("\n\n".join(s.text for s in read_library(Settings.load()).sources), encoding="utf-8")
    (place / "script.py").write_text(SCRIPT, encoding="utf-8")
    command = [sys.executable, str(place / "script.py"), str(place / "store"), str(model_folder(BUNDLED_MODEL))]
    finished([*command, "build", str(texts)])
    return command


def _serve(environment: dict[str, str], ask: Sequence[str]) -> tuple[float, float, float]:
    """Seconds until a server is ready, MiB that it holds after fifty answers, seconds of a question beside it."""
    with a_server(environment) as server:
        for number in range(50):
            _ask(f"http://127.0.0.1:{server.port}/v1/answer", WARMING_QUESTIONS[number % len(WARMING_QUESTIONS)])
        return server.ready_seconds, resident_mib(server.pid), finished(ask, environment).seconds


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

"""Shared fixtures, and the rule that no test reaches beyond this machine."""

import os
import socket
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from filelock import FileLock

from assistant.runnable import RunnableChain
from assistant.settings import Settings
from assistant.wiring import build_index, make_chain, make_chat, make_encoder
from ingest.build import write_index
from ingest.corpus import load
from ingest.encoder import SentenceEncoder
from ingest.index import LocalIndex, open_index
from ingest.workspace import Workspace
from tests.chat_servers import ChatServer, serving
from tests.fakes import WordsEncoder
from tests.generating import KEY

for _name in [name for name in os.environ if name.upper().startswith("ROADMAP_")]:
    del os.environ[_name]  # tests run with the defaults, whatever is set here

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["ANONYMIZED_TELEMETRY"] = "False"

# No deadline: other work on the machine would fail a test now and then. The same examples in every run.
hypothesis.settings.register_profile("here", deadline=None, derandomize=True, max_examples=100)
hypothesis.settings.load_profile("here")

SMALL_LIBRARY = Path(__file__).parent / "fixtures" / "library"
LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")


class NetworkRefusedError(RuntimeError):
    """A test tried to reach beyond this machine."""


def _refuse_beyond_loopback(address: Any) -> None:
    if isinstance(address, tuple) and not str(address[0]).startswith(LOOPBACK):
        raise NetworkRefusedError(f"a test tried to connect to {address[0]}")


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def guarded(self: socket.socket, address: Any) -> None:
        _refuse_beyond_loopback(address)
        connect(self, address)

    def guarded_ex(self: socket.socket, address: Any) -> int:
        _refuse_beyond_loopback(address)
        return connect_ex(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded_ex)


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A data folder that holds an index of the whole shipped corpus; read it, do not write to it.

    Processes that run tests side by side share it: the first one builds, the others find it up to date.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    with FileLock(shared / "library.lock"):
        build_index(Settings.load(data_dir=shared / "library"))
    return shared / "library"


@pytest.fixture(scope="session")
def encoder(data_dir: Path) -> SentenceEncoder:
    """The bundled model, exported as the product exports it."""
    return make_encoder(Settings.load(data_dir=data_dir))


@pytest.fixture(scope="session")
def built_index(data_dir: Path) -> LocalIndex:
    """The opened index of the whole shipped corpus."""
    return Workspace(data_dir).open_current()


@pytest.fixture(scope="session")
def small_index(tmp_path_factory: pytest.TempPathFactory) -> LocalIndex:
    """The opened index of the small library of the tests, by an encoder that counts words; a dozen short pages."""
    folder = tmp_path_factory.mktemp("small")
    write_index(folder, load(SMALL_LIBRARY), WordsEncoder())
    return open_index(folder)


@pytest.fixture(scope="session")
def chain(built_index: LocalIndex, encoder: SentenceEncoder) -> RunnableChain:
    """The shipped assistant over the shipped corpus."""
    return make_chain(built_index, encoder)


@pytest.fixture(scope="module")
def server() -> Iterator[ChatServer]:
    with serving() as running:
        yield running


@pytest.fixture(scope="module")
def writing(server: ChatServer, built_index: LocalIndex, encoder: SentenceEncoder) -> RunnableChain:
    """The assistant with the scripted server as its model, for up to five seconds an answer."""
    options = Settings.load(
        chat_model="openai:scripted", chat_base_url=server.base_url, chat_api_key=KEY, chat_timeout_seconds=3.0
    )
    part = make_chat(options)
    assert part is not None
    return make_chain(built_index, encoder, chat=replace(part, answer_seconds=5.0, rewrite_seconds=1.0))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where a browser is required, a browser test that was skipped has failed."""
    report = yield
    is_required = os.environ.get("TESTS_REQUIRE_BROWSER") and item.get_closest_marker("browser")
    if report.skipped and is_required:
        report.outcome = "failed"
        report.longrepr = "a browser is required here, but this test was skipped: install Chromium"
    return report

"""Attacks on the served application: slow, endless and forged requests, work that nobody waits for."""

import asyncio
import json
import select
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI

from assistant import server
from assistant.api import server_sent
from assistant.chain import Call, Event
from assistant.records import Question
from assistant.settings import Settings
from assistant.stop import Stop
from assistant.wiring import Service
from tests.chat_servers import ChatServer, Handler, says
from tests.generating import ASKED as GENERATED
from tests.serving import Stuck, chat_says, served, typed
from ui.door import JOIN, STREAM

ASKED = {"question": "How many weeks does the ML fundamentals module take?"}
HALF = b"POST /v1/answer HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"
NO_INDEX = "roadmap ingest"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The application without an index."""
    with served(tmp_path_factory.mktemp("nothing")) as found:
        yield found


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=60) as found:
        yield found


def connected(address: str) -> socket.socket:
    place = urlsplit(address)
    return socket.create_connection((place.hostname or "", place.port or 0), timeout=30)


def read_to_the_end(connection: socket.socket) -> bytes:
    """What the server says until it closes the connection."""
    received = b""
    while chunk := connection.recv(65_536):
        received += chunk
    return received


def status_of(response: bytes) -> int:
    return int(response.split(b" ", 2)[1])


def test_slow_bodies_lock_nobody_out(tmp_path: Path) -> None:
    with served(tmp_path, max_concurrency=2) as address, ExitStack() as slow:
        for _ in range(8):
            slow.enter_context(connected(address)).sendall(HALF)
        with httpx.Client(base_url=address, timeout=30) as client:
            for _ in range(3):
                assert NO_INDEX in client.post("/v1/answer", json=ASKED).json()["detail"]


def test_a_body_that_does_not_come_is_refused_when_its_time_is_over(tmp_path: Path) -> None:
    with served(tmp_path, request_timeout_seconds=0.3) as address, connected(address) as slow:
        slow.sendall(HALF)
        told = read_to_the_end(slow)
    assert status_of(told) == 408
    assert b"not whole within 0.3 seconds" in told


@pytest.mark.parametrize("path", ["/v1/answer", "/gradio_api/queue/join", "/v1/plan"])
def test_an_endless_body_is_answered_and_the_connection_closed(address: str, path: str) -> None:
    chunk = b"2000\r\n" + b"x" * 0x2000 + b"\r\n"
    with connected(address) as endless:
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
        endless.sendall(head.encode() + b"Content-Type: application/json\r\n\r\n")
        told, sent = b"", 0
        while sent < 100_000_000 and not told:
            if select.select([endless], [], [], 0)[0]:
                told = endless.recv(65_536)
            else:
                endless.sendall(chunk)
                sent += len(chunk)
        assert status_of(told) == 413
        assert b"connection: close" in told.lower()
        with pytest.raises(ConnectionError):
            endless.sendall(chunk * 20_000)


def test_a_body_announced_as_too_large_is_not_waited_for(address: str) -> None:
    with connected(address) as large:
        large.sendall(HALF.replace(b"50", b"999999999"))
        assert status_of(large.recv(65_536)) == 413


@pytest.mark.parametrize("is_second", [False, True])
def test_half_sent_headers_end(address: str, monkeypatch: pytest.MonkeyPatch, is_second: bool) -> None:
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.3)
    with connected(address) as slow:
        if is_second:
            slow.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert status_of(slow.recv(65_536)) == 200
        slow.sendall(b"GET /healthz HTTP/1.1\r\nHost: local")
        told = read_to_the_end(slow)
    assert status_of(told) == 408
    assert b"the headers were not whole" in told


def test_headers_that_drip_in_are_not_waited_for_longer(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.3)
    with connected(address) as slow:
        slow.sendall(b"GET /healthz HTTP/1.1\r\n")
        for n in range(1000):
            if select.select([slow], [], [], 0.02)[0]:
                break
            slow.sendall(b"X-%d: x\r\n" % n)
        assert status_of(slow.recv(65_536)) == 408


@pytest.mark.parametrize("lines", [1, 2000])
def test_large_headers_are_refused_however_they_come(address: str, lines: int) -> None:
    line = b"X-Large: " + b"x" * (200_000 // lines) + b"\r\n"
    with connected(address) as large:
        large.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + line * lines + b"\r\n")
        assert status_of(large.recv(65_536)) == 431


def test_an_answer_that_is_not_read_is_not_kept(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "UNREAD_SECONDS", 0.2)
    dropped = threading.Event()
    lost = server.Protocol.connection_lost

    def seen(protocol: server.Protocol, error: Exception | None) -> None:
        lost(protocol, error)
        dropped.set()

    monkeypatch.setattr(server.Protocol, "connection_lost", seen)
    with connected(address) as deaf:
        deaf.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 1000)
        assert dropped.wait(60), "the server still waits"


def test_a_forged_address_of_the_client_changes_nothing(tmp_path: Path) -> None:
    with served(tmp_path, requests_per_minute=3) as address, httpx.Client(base_url=address) as client:
        statuses = [client.get("/docs", headers={"X-Forwarded-For": f"10.0.0.{n}"}).status_code for n in range(5)]
        assert statuses == [200, 200, 200, 429, 429]
        assert client.get("/readyz").status_code == client.get("/sources/noyan").status_code == 429


def test_a_proxy_that_a_setting_names_tells_its_clients_apart(tmp_path: Path) -> None:
    proxies = ("127.0.0.0/8",)
    with (
        served(tmp_path, requests_per_minute=1, trusted_proxies=proxies) as address,
        httpx.Client(base_url=address) as client,
    ):
        statuses = [client.get("/docs", headers={"X-Forwarded-For": f"10.0.0.{n % 2}"}).status_code for n in range(4)]
        assert statuses == [200, 200, 429, 429]


@pytest.mark.parametrize(("host", "named"), [("fd00::1", "[fd00::1]:8000"), ("192.0.2.1", "192.0.2.1"), ("::", "[::]")])
def test_the_address_that_is_bound_is_answered_to_as_browsers_write_it(tmp_path: Path, host: str, named: str) -> None:
    with served(tmp_path, host=host, allowed_hosts=("roadmap.example",)) as address:
        assert httpx.get(f"{address}/healthz", headers={"Host": named}).status_code == 200
        assert httpx.get(f"{address}/healthz", headers={"Host": "[fd00::2]"}).status_code == 400


@pytest.mark.parametrize("path", ["/", "/config", "/gradio_api/startup-events", "/docs"])
def test_no_header_names_this_server_but_host(client: httpx.Client, path: str) -> None:
    forged = ("X-Forwarded-Host", "X-Gradio-Server", "Forwarded", "X-Forwarded-Server", "X-Original-Host")
    response = client.get(path, headers=dict.fromkeys(forged, "http://evil.example"))
    assert "evil.example" not in response.text + str(response.headers)


SLOW = [
    ("POST", "/v1/answer", ASKED),
    ("GET", "/v1/search?q=python", None),
    ("POST", "/v1/compare", {"topic": "python"}),
    ("POST", "/v1/plan", {}),
    ("GET", "/v1/sources", None),
    ("GET", "/v1/sources/noyan", None),
    ("GET", "/sources/noyan", None),
    ("GET", "/readyz", None),
]


def test_no_route_waits_for_a_worker_past_its_deadline(tmp_path: Path) -> None:
    stuck = Stuck()
    with served(tmp_path, stuck, request_timeout_seconds=0.3) as address, httpx.Client(base_url=address) as client:
        for method, path, body in SLOW:
            response = client.request(method, path, json=body)
            assert response.status_code == 504, path
            assert "no answer within 0.3 seconds" in response.json()["detail"]
        assert client.get("/healthz").status_code == 200
        stuck.released.set()
        assert NO_INDEX in client.get("/readyz").json()["detail"], "what was late holds no worker"


@pytest.mark.parametrize("has_left", [True, False], ids=["reader left", "late"])
def test_work_stops_when_nobody_waits_for_it(data_dir: Path, has_left: bool) -> None:
    begun, ended = threading.Event(), threading.Event()

    def prepare(app: FastAPI) -> None:
        def search(question: Question, limit: int, stop: Stop) -> None:
            begun.set()
            while not stop.is_set():
                ended.wait(0.01)
            ended.set()

        app.state.service.search = search

    with served(data_dir, prepare, request_timeout_seconds=60 if has_left else 2) as address:
        with connected(address) as reader:
            reader.sendall(b"GET /v1/search?q=python HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert begun.wait(20)
            if not has_left:
                assert status_of(reader.recv(65_536)) == 504
        assert ended.wait(20), "the work goes on"


def test_a_turn_of_the_chat_has_the_same_deadline(data_dir: Path) -> None:
    stuck = Stuck()
    with (
        served(data_dir, stuck, request_timeout_seconds=1) as address,
        httpx.Client(base_url=address, timeout=30) as client,
    ):
        assert "No answer within 1 seconds" in chat_says(client, "what is machine learning?")
        stuck.released.set()


@pytest.mark.parametrize("has_left", [True, False], ids=["page left", "read to the end"])
def test_a_turn_of_the_chat_stops_when_its_page_leaves_and_not_before(data_dir: Path, has_left: bool) -> None:
    stops, begun, ended = list[Stop](), threading.Event(), threading.Event()

    def prepare(app: FastAPI) -> None:
        chain = app.state.service.chain
        events = chain.events

        def slow(question: Question, stop: Stop, call: Call, wait: Call) -> Iterator[Event]:
            stops.append(stop)
            begun.set()
            call(ended.wait, 20 if has_left else 0.1)
            yield from events(question, Stop(), call, wait)

        chain.events = slow

    with served(data_dir, prepare) as address, httpx.Client(base_url=address, timeout=30) as client:
        assert client.post(JOIN, json=typed()).status_code == 200
        with client.stream("GET", STREAM, params={"session_hash": "typed"}) as stream:
            lines = stream.iter_lines()
            assert any("process_generating" in line for line in lines), "the question is not shown"
            assert begun.wait(10)
            if not has_left:
                assert "process_completed" in "".join(lines)
        [stop] = stops
        assert super(Stop, stop).wait(10) if has_left else not stop.is_set()
        ended.set()


def test_what_waits_for_the_chat_model_holds_no_worker(data_dir: Path, server: ChatServer) -> None:
    arrived, released = threading.Semaphore(0), threading.Event()

    def waits(handler: Handler, body: dict[str, Any]) -> None:
        arrived.release()
        released.wait(30)
        says("NO_ANSWER")(handler, body)

    server.script = waits
    named: dict[str, Any] = {"chat_model": "openai:scripted", "chat_base_url": server.base_url, "workers": 2}
    asked = {"question": GENERATED, "mode": "generative"}
    with (
        served(data_dir, **named) as address,
        httpx.Client(base_url=address, timeout=20) as client,
        ThreadPoolExecutor(6) as readers,
    ):
        try:
            answers = [readers.submit(client.post, "/v1/answer", json=asked) for _ in range(2)]
            answers += [readers.submit(client.post, "/v1/answer", json={**asked, "stream": True}) for _ in range(2)]
            turn = readers.submit(chat_says, client, GENERATED)
            assert all(arrived.acquire(timeout=10) for _ in range(5)), "some wait for a worker"
            assert client.get("/readyz", timeout=10).json()["status"] == "ready"
        finally:
            released.set()
        assert all("the chat model found no answer" in answer.result().text for answer in answers)
        assert "process_completed" in turn.result()


def test_a_stream_that_is_late_ends_with_an_error(data_dir: Path) -> None:
    service = Service(Settings.load(data_dir=data_dir))

    async def events() -> list[str]:
        return [event async for event in server_sent(service, Question("what is machine learning?"), Stop(0.0))]

    assert asyncio.run(events()) == [
        'event: error\ndata: {"detail": "no answer within 0 seconds: ask a shorter question, or try again later"}\n\n'
    ]
    service.close()


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", "/v1/answer", "POST"),
        ("DELETE", "/v1/sources", "GET"),
        ("POST", "/v1/sources/noyan", "GET"),
        ("PUT", "/v1/plan", "POST"),
        ("POST", "/v1/search", "GET"),
        ("POST", "/healthz", "GET"),
        ("DELETE", "/readyz", "GET"),
        ("POST", "/docs", "GET"),
        ("POST", "/openapi.json", "GET, HEAD"),
        ("POST", "/sources/noyan", "GET"),
        ("POST", "/ui/chat.css", "GET, HEAD"),
        ("GET", "/gradio_api/queue/join", "POST"),
        ("BREW", "/v1/compare", "POST"),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(client: httpx.Client, method: str, path: str, allow: str) -> None:
    response = client.request(method, path)
    assert response.status_code == 405
    assert response.headers["allow"] == allow
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "told"),
    [
        ("GET", "/v1/search?q=a&q=b", None, 422, "'q' is given more than once"),
        ("GET", "/v1/search?q=a&k=3&k=4", None, 422, "'k' is given more than once"),
        ("GET", "/sources/noyan?start=1&start=2", None, 422, "'start' is given more than once"),
        ("GET", "/v1/search?q=a&kind=roadmap", None, 422, "unknown parameter 'kind'"),
        ("GET", "/v1/sources?kind=roadmap", None, 422, "unknown parameter 'kind'"),
        ("GET", "/v1/search?q=a&kinds=book", None, 422, "kinds"),
        ("GET", "/v1/search?q=a" + "&sources=noyan" * 501, None, 422, "sources"),
        ("GET", "/v1/search?q=a" + "&kinds=roadmap" * 4, None, 422, "kinds"),
        ("POST", "/v1/answer", {**ASKED, "sources": ["noyan"] * 501}, 422, "sources"),
        ("POST", "/v1/answer", {**ASKED, "sources": ["x" * 201]}, 422, "sources"),
        ("POST", "/v1/answer", {**ASKED, "stream": "yes"}, 422, "stream"),
        ("POST", "/v1/answer", {**ASKED, "\ud800": 1}, 422, "unicode"),
        ("POST", "/v1/compare", {"topic": "python", "sources": ["noyan"] * 51}, 422, "sources"),
        ("POST", "/v1/plan", {"known": ["python"] * 201}, 422, "known"),
        ("POST", "/v1/plan", {"known": ["x" * 201]}, 422, "known"),
        ("POST", "/v1/plan", {"start": 0.0}, 422, "such as 2027-01-31"),
        ("POST", "/v1/plan", {"target": 1e18}, 422, "such as 2027-01-31"),
        ("POST", "/v1/plan", {"hours_per_week": "10"}, 422, "hours_per_week"),
        ("POST", "/v1/plan", {"hours_per_week": True}, 422, "hours_per_week"),
        ("GET", "/gradio_api/queue/data", None, 422, "reload the page"),
        ("GET", "/gradio_api/upload", None, 404, "Not Found"),
        ("GET", "/no-such-page", None, 404, "Not Found"),
        ("GET", "/ui/no-such-file", None, 404, "Not Found"),
    ],
)
def test_what_would_be_passed_over_in_silence_is_refused_as_a_problem(
    client: httpx.Client, method: str, path: str, body: object, status: int, told: str
) -> None:
    content = None if body is None else json.dumps(body)
    response = client.request(method, path, content=content, headers={"content-type": "application/json"})
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert told in response.json()["detail"]
    assert response.headers["x-content-type-options"] == "nosniff"


def test_a_fault_of_ours_in_the_viewer_is_logged_and_no_503(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object) -> None:
        raise KeyError("a fault of ours")

    monkeypatch.setattr("ui.viewer.find_source", fails)
    response = client.get("/sources/noyan")
    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert "a fault of ours" not in response.text
    assert "a fault of ours" in caplog.text


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonx"])
def test_a_body_that_is_not_announced_as_json_is_not_read(client: httpx.Client, content_type: str) -> None:
    response = client.post("/v1/answer", content=json.dumps(ASKED), headers={"content-type": content_type})
    assert response.status_code == 415
    assert response.headers["content-type"] == "application/problem+json"

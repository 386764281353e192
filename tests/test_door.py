"""The door before Gradio: the served application hears what its page sends, and never a file or an address."""

import asyncio
import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import gradio as gr
import httpx
import pytest
from fastapi import FastAPI
from gradio.context import LocalContext
from gradio.exceptions import InvalidPathError

from tests import serving
from tests.serving import ASK, LOAD, typed
from ui.door import JOIN, event_form

PROBLEM = "application/problem+json"
SECRET = "the secret of this test"


class Served:
    """The whole application, as it is served."""

    def __init__(self, app: Any, address: str) -> None:
        self.blocks: gr.Blocks = app.router.routes[-1].app.get_blocks()
        self.client = httpx.Client(base_url=address, timeout=60)

    def join(self, message: Any, **headers: str) -> httpx.Response:
        """Set off an event."""
        content = message if isinstance(message, bytes) else json.dumps(message).encode()
        return self.client.post(JOIN, content=content, headers={"content-type": "application/json", **headers})

    def told(self, session: str) -> list[dict[str, Any]]:
        """The messages of a session, to the end of its stream."""
        lines = self.client.get("/gradio_api/queue/data", params={"session_hash": session}).text.splitlines()
        return [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The application on a loopback port; it has no library, which these tests do not need."""
    apps: list[FastAPI] = []
    with serving.served(tmp_path_factory.mktemp("empty"), apps.append) as address:
        found = Served(apps[0], address)
        with closing(found.client):
            yield found


@pytest.fixture
def hits() -> Iterator[tuple[str, list[str]]]:
    """The address of a server on this machine, and the paths that it was asked for."""
    asked: list[str] = []

    class Counter(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Counter) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/secret.txt", asked
        server.shutdown()
        thread.join(10)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file that nobody outside may have."""
    path = tmp_path / "secret.txt"
    path.write_text(SECRET)
    return path


def file_at(path: str | Path, **more: Any) -> dict[str, Any]:
    """A value that Gradio takes for a file."""
    return {"path": str(path), "meta": {"_type": "gradio.FileData"}, **more}


def assert_refused(response: httpx.Response, status: int = 422) -> None:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == PROBLEM
    assert response.headers["x-frame-options"] == "SAMEORIGIN"
    assert response.json()["detail"]


def kept() -> list[str]:
    """The texts of the files that Gradio has copied."""
    return [path.read_text() for path in Path(os.environ["GRADIO_TEMP_DIR"]).rglob("*") if path.is_file()]


PLACES: dict[str, Callable[[Any], Any]] = {
    "the value": lambda file: typed(file),
    "in a list": lambda file: typed([file]),
    "in lists and objects": lambda file: typed([[{"a": [{"b": file}]}]]),
    "in a choice": lambda file: typed(data=["what?", [file], [], None]),
    "instead of a choice": lambda file: typed(data=["what?", [], file, None]),
    "the state": lambda file: typed(data=["what?", [], [], file]),
    "one value more": lambda file: typed(data=["what?", [], [], None, file]),
    "of another event": lambda file: typed(data=[file], fn_index=LOAD),
    "event_data": lambda file: typed(event_data=file),
    "in event_data": lambda file: typed(event_data={"question": file}),
    "beside event_data": lambda file: typed(event_data={"question": "what?", "also": file}),
    "session_hash": lambda file: typed(session_hash=file),
    "trigger_id": lambda file: typed(trigger_id=file),
    "a field more": lambda file: typed(event_id=file),
    "data": lambda file: typed(data=file),
    "the body": lambda file: file,
}


@pytest.mark.parametrize("place", PLACES)
def test_a_file_is_refused_wherever_it_stands_and_never_copied(served: Served, secret: Path, place: str) -> None:
    assert_refused(served.join(PLACES[place](file_at(secret))))
    assert_refused(served.join(PLACES[place](file_at(secret, url=str(secret), is_stream=True, orig_name="x.svg"))))
    assert SECRET not in kept()


@pytest.mark.parametrize("place", PLACES)
def test_a_web_address_is_refused_wherever_it_stands_and_never_asked(
    served: Served, hits: tuple[str, list[str]], place: str
) -> None:
    address, asked = hits
    assert_refused(served.join(PLACES[place](file_at(address))))
    assert_refused(served.join(PLACES[place](file_at("x", url=address))))
    assert asked == []


def test_files_that_never_end_are_not_read(served: Served, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for path in ("/dev/zero", "/dev/stdin", fifo):
        assert_refused(served.join(typed(file_at(path))))
    assert served.client.get("/healthz").json() == {"status": "alive"}
    with pytest.raises(OSError, match="No such device or address"):  # nobody reads it
        os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)


@pytest.mark.parametrize("value", [1, True, None, 0.5, {}, {"a": "b"}, [], ["a"], [[]]], ids=repr)
def test_each_value_of_each_event_has_its_type(served: Served, value: Any) -> None:
    for number, event in served.blocks.fns.items():
        well = [None if c.stateful else [] if isinstance(c, gr.CheckboxGroup) else "what?" for c in event.inputs]
        for place, good in enumerate(well):
            if type(value) is type(good):
                continue
            assert_refused(served.join(typed(data=[*well[:place], value, *well[place + 1 :]], fn_index=number)))


@pytest.mark.parametrize("number", [-1, 2, 10**30, "0", 0.0, True, None, [], {}, "x" * 1000], ids=lambda n: repr(n)[:9])
def test_an_event_that_the_page_does_not_have_is_refused(served: Served, number: Any) -> None:
    response = served.join(typed(fn_index=number))
    assert_refused(response)
    assert len(response.text) < 400
    without = typed()
    del without["fn_index"]
    assert_refused(served.join(without))


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"{", b'{"data": NaN}', b"\xff", b"[" * 100_000, json.dumps(typed("x\ud800")).encode()],
    ids=["empty", "null", "a list", "cut", "not a number", "not utf-8", "deep", "half a character"],
)
def test_what_is_no_message_is_refused(served: Served, body: bytes) -> None:
    assert_refused(served.join(body))


def test_gradio_reads_what_was_checked_and_not_what_was_sent(served: Served, secret: Path) -> None:
    file = json.dumps(file_at(secret))
    twice = f'{{"data": ["what?", [], [], {file}], "data": [], "fn_index": 0, "fn_index": 1, "session_hash": "twice"}}'
    assert served.join(twice.encode()).status_code == 200
    assert served.told("twice")[-2]["success"]
    assert SECRET not in kept()


def test_what_the_page_sends_is_heard(served: Served) -> None:
    [(loads, _)] = served.blocks.fns[LOAD].targets
    opened: dict[str, Any] = {
        "data": [],
        "event_data": None,
        "fn_index": LOAD,
        "trigger_id": loads,
        "session_hash": "page",
    }
    assert served.join(opened).status_code == 200
    assert served.told("page")[-2]["success"]
    clicks = [trigger for trigger, event in served.blocks.fns[ASK].targets if event == "click"]
    for sent in (
        typed("how long does it take?"),
        typed("", event_data={"question": "what is ML?"}, trigger_id=clicks[0]),
        typed("what is http://127.0.0.1/ or /etc/passwd?", data=["what?", ["roadmap"], [], None]),
    ):
        assert served.join({**sent, "session_hash": "page"}).status_code == 200
        assert "index is not available" in json.dumps(served.told("page"))


def test_without_the_door_gradio_refuses_files_as_well(served: Served, secret: Path) -> None:
    async def pass_by() -> None:
        LocalContext.blocks.set(served.blocks)
        await served.blocks.preprocess_data(served.blocks.fns[ASK], [file_at(secret), [], [], None], None)

    with pytest.raises(InvalidPathError):
        asyncio.run(pass_by())
    assert SECRET not in kept()


def test_an_event_with_a_new_kind_of_value_needs_a_form() -> None:
    async def build() -> gr.Blocks:
        with gr.Blocks() as blocks:
            box, choice, files, picture = gr.Textbox(), gr.CheckboxGroup(), gr.File(), gr.Image()
            for values in ([box, choice], [files], [picture], [box, files]):
                box.submit(print, values, None)
        return blocks

    text, *others = asyncio.run(build()).fns.values()
    form = event_form(0, text)
    assert form.model_validate_json('{"data": ["a", ["b"]], "fn_index": 0, "session_hash": "s"}')
    for other in others:
        with pytest.raises(TypeError, match="the door knows no form"):
            event_form(1, other)


ROUTES = [
    ("GET", "/config"),
    ("GET", "/login"),
    ("GET", "/monitoring"),
    ("GET", "/pwa_icon/100000"),
    ("GET", "/svelte/x"),
    ("GET", "/nowhere"),
    ("GET", "//gradio_api/queue/data"),
    ("GET", "/gradio_api/info"),
    ("GET", "/gradio_api/heartbeat/"),
    ("GET", "/gradio_api/heartbeat/a/b"),
    ("GET", "/gradio_api/startup-events"),
    ("GET", "/gradio_api/deep_link?session_hash=a"),
    ("GET", "/gradio_api/file=/etc/passwd"),
    ("GET", "/gradio_api/proxy=http://127.0.0.1/"),
    ("POST", "/gradio_api/queue/join/"),
    ("POST", "/gradio_api/call/hear"),
    ("POST", "/gradio_api/run/hear"),
    ("POST", "/gradio_api/api/hear"),
    ("POST", "/gradio_api/cancel"),
    ("POST", "/gradio_api/reset"),
    ("POST", "/gradio_api/upload"),
    ("POST", "/gradio_api/component_server"),
    ("POST", "/gradio_api/process_recording"),
    ("POST", "/gradio_api/stream/a"),
    ("POST", "/gradio_api/vibe-edit"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_routes_that_the_page_does_not_need_are_shut(served: Served, secret: Path, method: str, path: str) -> None:
    content = json.dumps(typed(file_at(secret))).encode() if method == "POST" else b""
    headers = {"content-type": "application/json"}
    assert_refused(served.client.request(method, path, content=content, headers=headers), 404)
    assert SECRET not in kept()


def test_a_wrong_method_is_told_the_right_ones(served: Served) -> None:
    response = served.client.get(JOIN)
    assert_refused(response, 405)
    assert response.headers["allow"] == "POST"


@pytest.mark.parametrize("session", [None, "", "x" * 65])
def test_a_stream_belongs_to_a_session(served: Served, session: str | None) -> None:
    assert_refused(served.client.get("/gradio_api/queue/data", params={"session_hash": session} if session else {}))
    assert_refused(served.client.get(f"/gradio_api/heartbeat/{session or ('y' * 65)}"))


@pytest.mark.parametrize("query", ["?page=x", "?deep_link=x", "?deep_link=../../x&page=y", "?__theme=dark"])
def test_the_page_opens_whatever_is_asked_of_it(served: Served, query: str) -> None:
    assert served.client.get(f"/{query}").text == served.client.get("/").text


@pytest.mark.parametrize("name", ["x-forwarded-host", "x-gradio-server", "forwarded", "x-forwarded-proto"])
def test_no_header_tells_the_page_where_it_stands(served: Served, name: str) -> None:
    plain = served.client.get("/").text
    for value in ("evil.example", "http://evil.example", "host=evil.example;proto=https", "https"):
        assert served.client.get("/", headers={name: value}).text == plain


def test_the_folder_of_files_is_private_and_holds_none(served: Served) -> None:
    folder = Path(served.blocks.GRADIO_CACHE)
    assert folder == Path(os.environ["GRADIO_TEMP_DIR"])
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [path for path in folder.rglob("*") if not path.is_dir()] == []

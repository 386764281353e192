"""The door before Gradio's routes: lets in what the page sends, in the form that its events declare, and nothing else.

Gradio looks for files and web addresses in whatever stands where text belongs, and serves far more than this page needs.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import parse_qs, urlencode
from weakref import WeakKeyDictionary

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError, create_model
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from assistant.problems import QuestionError, problem
from assistant.stop import Stop

if TYPE_CHECKING:
    from gradio.blocks import Block, BlockFunction, Blocks

JOIN = "/gradio_api/queue/join"
STREAM = "/gradio_api/queue/data"
HEARTBEAT = "/gradio_api/heartbeat/"
# What the page asks for. Uploads, files, proxies, states by link, streams of media and editing tools stay shut.
PAGES: Mapping[str, tuple[str, ...]] = {
    "/": ("GET", "HEAD"),
    "/favicon.ico": ("GET",),
    "/manifest.json": ("GET",),
    "/robots.txt": ("GET",),
    "/theme.css": ("GET",),
    JOIN: ("POST",),
    STREAM: ("GET",),
}
FOLDERS = ("/assets/", "/static/")
LENGTH_HEADERS = (b"content-length", b"transfer-encoding")
MAX_CHOSEN = 100  # boxes of one group that can be ticked
SessionHash = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=64)]
SESSION = TypeAdapter[str](SessionHash)


class Numbered(BaseModel):
    """The part of a message that tells its event."""

    model_config = ConfigDict(strict=True)
    fn_index: int


class Clicked(BaseModel):
    """What a button inside our HTML tells: the question that it asks."""

    model_config = ConfigDict(strict=True, extra="forbid")
    question: str


class Joined(BaseModel):
    """What the page sends to set off an event; each event adds its number, its triggers and its values."""

    model_config = ConfigDict(strict=True, extra="forbid")
    session_hash: SessionHash
    event_data: Clicked | None = None


class Door:
    """Passes on what the page of `blocks` sends; answers everything else with a problem.

    A question and the stream that brings its answer are two requests: when the stream's reader goes, the work stops.
    """

    def __init__(self, app: ASGIApp, blocks: "Blocks") -> None:
        self.app = app
        self.forms = {number: event_form(number, event) for number, event in blocks.fns.items()}
        self._turns = WeakKeyDictionary[Stop, str]()  # what is being answered, and whose page waits for it

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or refuse."""
        if scope["type"] != "http":
            await WebSocketClose()(scope, receive, send)
            return
        methods = methods_of(scope["path"])
        if scope["method"] not in methods:
            await _shut(methods)(scope, receive, send)
            return
        try:
            query, body = self._checked(scope), await self._rewritten(scope, receive)
        except ValidationError as error:
            await _unreadable(error)(scope, receive, send)
            return
        except QuestionError as error:
            await problem(error.status, str(error))(scope, receive, send)
            return
        headers = scope["headers"]
        if body is not None:
            headers = [(name, value) for name, value in headers if name not in LENGTH_HEADERS]
            headers.append((b"content-length", str(len(body)).encode()))
            receive = _having(body, receive)
        try:
            await self.app({**scope, "headers": headers, "query_string": query}, receive, send)
        finally:
            if scope["path"] == STREAM and scope["state"]["stop"].is_set():  # its page has gone, or its time is over
                self._stop_turns(parse_qs(query.decode())["session_hash"][-1])

    def _stop_turns(self, session: str) -> None:
        for turn in [turn for turn, whose in self._turns.items() if whose == session]:
            turn.set()

    def _checked(self, scope: Scope) -> bytes:
        """The query string that passes: the session of a stream, and nothing anywhere else."""
        path: str = scope["path"]
        if path.startswith(HEARTBEAT):
            SESSION.validate_python(path.removeprefix(HEARTBEAT))
        if path != STREAM:
            return b""
        given = parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [""])
        return urlencode({"session_hash": SESSION.validate_python(given[-1])}).encode()

    async def _rewritten(self, scope: Scope, receive: Receive) -> bytes | None:
        """The body anew from what was understood of it, so that Gradio sees what was checked; None for no body."""
        if scope["path"] != JOIN:
            return None
        body = await Request(scope, receive).body()
        number = Numbered.model_validate_json(body).fn_index
        if number not in self.forms:
            raise QuestionError("fn_index: the page has no such event: reload it and ask again")
        form = self.forms[number].model_validate_json(body)
        self._turns[scope["state"]["stop"]] = form.session_hash
        return form.model_dump_json().encode()


def methods_of(path: str) -> tuple[str, ...]:
    """The methods that a path of Gradio's answers to; none where it is shut."""
    session = path.removeprefix(HEARTBEAT)
    if path.startswith(FOLDERS) or (session not in ("", path) and "/" not in session):
        return ("GET",)
    return PAGES.get(path, ())


def event_form(number: int, event: "BlockFunction") -> type[Joined]:
    """The form of what may be sent to set off an event.

    Raises TypeError when the event takes a value of which no form is known: a file, for instance.
    """
    triggers = [trigger for trigger, _ in event.targets]
    values: Any = tuple(_value_form(component) for component in event.inputs)
    fields: dict[str, Any] = {
        "fn_index": Literal[number],
        "trigger_id": (Literal[(*triggers, None)], None),
        "data": tuple[values],  # all of them, in order
    }
    return create_model(f"Event{number}", __base__=Joined, **fields)


def _value_form(component: "Block") -> Any:
    """The type of a component's value: text, a list of texts, or nothing where the server keeps it."""
    if component.stateful:
        return None
    # What has a model of its own holds files, or could.
    schema: Mapping[str, Any] = {} if getattr(component, "data_model", None) else component.api_info()
    if schema.get("type") == "string":
        return str
    if schema.get("type") == "array" and schema.get("items", {}).get("type") == "string":
        return Annotated[list[str], Field(max_length=MAX_CHOSEN)]
    raise TypeError(f"the door knows no form for what a {type(component).__name__} sends: add one to {__name__}")


def _shut(methods: Sequence[str]) -> Response:
    if not methods:
        return problem(404, "Not Found")
    return problem(405, f"use {' or '.join(methods)}", {"Allow": ", ".join(methods)})


def _unreadable(error: ValidationError) -> Response:
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "message"
    return problem(422, f"{where}: {first['msg']}: reload the page and ask again")


def _having(body: bytes, receive: Receive) -> Receive:
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def having() -> Message:
        return messages.pop() if messages else await receive()

    return having

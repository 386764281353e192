"""A deadline for every request: for its body, for its answer, and for the work behind it, which stops with it."""

import asyncio
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.limits import ENDLESS, TooLargeError, is_among, read_body
from assistant.problems import problem
from assistant.stop import Stop

GRACE_SECONDS = 5.0  # that an answer that has begun gets to end by its own last word
DISCARD_SECONDS = 1.0  # for reading on after a refusal, so that a client that still sends hears of it
DISCARD_BYTES = 4_000_000
CLOSE = {"Connection": "close"}


class Deadline:
    """Reads the body, then lets the application answer, both within `seconds`; work stops when its reader goes.

    The application finds its `Stop` as `stop` in the state of the request.
    """

    def __init__(self, app: ASGIApp, seconds: float, max_body_bytes: int) -> None:
        self.app = app
        self.seconds = seconds
        self.max_body_bytes = max_body_bytes
        self._abandoned: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or say why not: 408, 413, 504."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        stop = Stop(self.seconds)
        try:
            async with asyncio.timeout(self.seconds):
                body = await read_body(scope, receive, self.max_body_bytes)
        except TooLargeError:
            detail = f"the body is larger than {self.max_body_bytes} bytes: send less, such as less history"
            await _refuse_and_close(413, detail, scope, receive, send)
            return
        except TimeoutError:
            detail = f"the request was not whole within {self.seconds:g} seconds: send it at once"
            await _refuse_and_close(408, detail, scope, receive, send)
            return
        if body is not None:
            exchange = _Exchange(body, receive, send, stop)
            inner: Scope = {**scope, "state": {**scope.get("state", {}), "stop": stop}}
            await self._answer(inner, exchange, stop)

    async def _answer(self, scope: Scope, exchange: "_Exchange", stop: Stop) -> None:
        seconds = None if is_among(scope["path"], ENDLESS) else stop.remaining_seconds()
        answering = asyncio.ensure_future(self.app(scope, exchange.receive, exchange.send))
        leaving = asyncio.ensure_future(exchange.wait_until_left())
        both: set[asyncio.Task[Any]] = {answering, leaving}
        try:
            await asyncio.wait(both, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if exchange.has_begun and not exchange.has_left:
                await asyncio.wait(both, timeout=GRACE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            if not answering.done():  # it may be waiting for a thread: it is not waited for
                self._abandon(answering, stop)
        if answering.done():
            await answering
        elif not (exchange.has_begun or exchange.has_left):
            await exchange.end_with(504, str(stop.error()), scope)
        exchange.is_over = True  # an answer cut off in the middle: the server closes the connection

    def _abandon(self, answering: asyncio.Task[None], stop: Stop) -> None:
        stop.set()
        answering.cancel()
        self._abandoned.add(answering)
        answering.add_done_callback(self._forget)

    def _forget(self, answering: asyncio.Task[None]) -> None:
        self._abandoned.discard(answering)
        if not answering.cancelled():
            answering.exception()  # nobody is left to hear of it


class _Exchange:
    """The two directions of one request whose body is whole."""

    def __init__(self, body: bytes, receive: Receive, send: Send, stop: Stop) -> None:
        self.has_begun = False
        self.has_left = False
        self.is_over = False
        self._is_complete = False
        self._body: bytes | None = body
        self._receive = receive
        self._send = send
        self._stop = stop
        self._left = asyncio.Event()

    async def receive(self) -> Message:
        """The body, once; then nothing until the client goes away."""
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Pass on, unless the answer is over."""
        if self.is_over:
            return
        self.has_begun = True
        self._is_complete = message["type"] == "http.response.body" and not message.get("more_body", False)
        await self._send(message)

    async def wait_until_left(self) -> None:
        """Return when the client has gone before its answer was complete."""
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.has_left = not self._is_complete
        if self.has_left:
            self._stop.set()  # before the application can hear of it
        self._left.set()
        if self._is_complete:
            await asyncio.Event().wait()  # what the application does after its answer is its own affair

    async def end_with(self, status: int, detail: str, scope: Scope) -> None:
        """Answer in the application's stead."""
        self.is_over = True
        await problem(status, detail)(scope, self._receive, self._send)


async def _refuse_and_close(status: int, detail: str, scope: Scope, receive: Receive, send: Send) -> None:
    """Send the whole problem, read on for a moment, and close: a closed socket would swallow the answer."""
    held: Message | None = None

    async def hold_the_end(message: Message) -> None:
        nonlocal held
        if message["type"] == "http.response.body":
            held = {**message, "body": b""}
            message = {**message, "more_body": True}
        await send(message)

    await problem(status, detail, CLOSE)(scope, receive, hold_the_end)
    try:
        async with asyncio.timeout(DISCARD_SECONDS):
            await _discard(receive)
    except TimeoutError:
        pass
    if held is not None:
        await send(held)


async def _discard(receive: Receive) -> None:
    read = 0
    while read < DISCARD_BYTES:
        message = await receive()
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return
        read += len(message.get("body", b""))

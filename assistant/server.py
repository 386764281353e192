"""How the application is served: uvicorn with h11, whose limits hold before a request reaches the application."""

import asyncio
import sys
from http import HTTPStatus
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from assistant.problems import problem
from assistant.settings import Settings

MAX_HEAD_BYTES = 30_000  # request line and headers
PIECE_BYTES = 8_192  # fed at once: h11 looks at the size between two pieces
HEAD_SECONDS = 10.0  # from a request's first byte, or the connection's start, to the end of its headers
UNREAD_SECONDS = 30.0  # that an answer may wait for a client which does not read
IDLE_SECONDS = 5  # that a connection is kept for a next request


def options(settings: Settings) -> dict[str, Any]:
    """Return the options of `uvicorn.Config` but for the socket. Forwarded headers are the application's affair: see `guard`."""
    return {
        "log_level": settings.log_level,
        "http": Protocol,
        "ws": "none",
        "h11_max_incomplete_event_size": MAX_HEAD_BYTES,
        "proxy_headers": False,
        "server_header": False,
        "timeout_keep_alive": IDLE_SECONDS,
        "timeout_graceful_shutdown": 10,
    }


class Protocol(H11Protocol):
    """Closes connections whose request does not begin, or whose answer is not read, and says what was wrong."""

    head_timer: asyncio.TimerHandle | None = None
    unread_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Await the first request's headers."""
        super().connection_made(transport)
        self.head_timer = self.loop.call_later(HEAD_SECONDS, self._end_half_a_head)

    def data_received(self, data: bytes) -> None:
        """Read in pieces, and watch whether a request has begun without an end of its headers."""
        for begin in range(0, len(data), PIECE_BYTES):
            if self.transport.is_closing():
                return
            super().data_received(data[begin : begin + PIECE_BYTES])
        if self.conn.their_state is not h11.IDLE:
            self._cancel_head_timer()
        elif self.head_timer is None:
            self.head_timer = self.loop.call_later(HEAD_SECONDS, self._end_half_a_head)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timers."""
        self._cancel_head_timer()
        self._cancel_unread_timer()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Give the client time to read."""
        super().pause_writing()
        self.unread_timer = self.loop.call_later(UNREAD_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """Stop waiting for it."""
        super().resume_writing()
        self._cancel_unread_timer()

    def send_400_response(self, msg: str) -> None:
        """Refuse a request that is no HTTP, with the status that fits, as a problem; then close."""
        error = sys.exception()  # h11's, which uvicorn is handling
        self._refuse(int(getattr(error, "error_status_hint", 400)), msg)

    def _end_half_a_head(self) -> None:
        self.head_timer = None
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self._refuse(408, f"the headers were not whole within {HEAD_SECONDS:g} seconds: send them at once")

    def _refuse(self, status: int, detail: str) -> None:
        answer = problem(status, detail, {"Connection": "close", "X-Content-Type-Options": "nosniff"})
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            for event in (
                h11.Response(status_code=status, headers=answer.raw_headers, reason=HTTPStatus(status).phrase.encode()),
                h11.Data(data=bytes(answer.body)),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _cancel_head_timer(self) -> None:
        if self.head_timer is not None:
            self.head_timer.cancel()
            self.head_timer = None

    def _cancel_unread_timer(self) -> None:
        if self.unread_timer is not None:
            self.unread_timer.cancel()
            self.unread_timer = None

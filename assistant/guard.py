"""What stands before every route, whoever brought it: headers, problems, proxies, hosts, rates, methods, deadlines."""

import json
import logging
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import BaseRoute, Match, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from assistant.deadline import Deadline
from assistant.limits import Busy, TokenBucket
from assistant.problems import MEDIA_TYPE, problem
from assistant.settings import Settings

log = logging.getLogger("roadmap")
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; "
    "frame-ancestors 'self'; form-action 'self'"
)
SECURITY_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
]
# What a proxy may have set, and what libraries build addresses of; the Host header alone names this server.
FORWARDING = ("forwarded", "x-forwarded-", "x-gradio-")
FILE_METHODS = ("GET", "HEAD")
METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE")
PROBLEM_BYTES = 65_536  # of an error that is not a problem yet; more is cut off


def install_guard(app: FastAPI, settings: Settings) -> None:
    """Put the guards before `app`; the outermost is added last."""
    app.add_middleware(Busy, max_concurrency=settings.max_concurrency)
    app.add_middleware(Deadline, seconds=settings.request_timeout_seconds, max_body_bytes=settings.max_body_bytes)
    app.add_middleware(Methods, routes=app.routes)
    app.add_middleware(TokenBucket, per_minute=settings.requests_per_minute)
    if "*" not in settings.allowed_hosts:
        hosts = [*settings.allowed_hosts, settings.host_in_addresses]
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False)
    app.add_middleware(NoForwarding)
    app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(settings.trusted_proxies))
    app.add_middleware(Problems)
    app.add_middleware(SecurityHeaders)


class SecurityHeaders:
    """Adds headers that keep a page from loading or embedding what is not ours."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with headers on the way back."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", []), *SECURITY_HEADERS]}
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)


class NoForwarding:
    """Drops the headers by which a client could say that it is another, or that this server is."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on without them."""
        if scope["type"] == "http":
            kept = [(n, v) for n, v in scope["headers"] if not n.decode("latin-1").lower().startswith(FORWARDING)]
            scope = {**scope, "headers": kept}
        await self.app(scope, receive, send)


class Methods:
    """Answers 405 with Allow where a route has other methods, although the chat at the root takes what is left."""

    def __init__(self, app: ASGIApp, routes: Sequence[BaseRoute]) -> None:
        self.app = app
        self.routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or refuse."""
        if scope["type"] != "http" or takes(self.routes, scope) is not False:
            await self.app(scope, receive, send)
            return
        allow = ", ".join(method for method in METHODS if takes(self.routes, {**scope, "method": method}))
        await problem(405, f"{scope['method'][:20]} is not possible here: use {allow}", {"Allow": allow})(
            scope, receive, send
        )


def takes(routes: Iterable[BaseRoute], scope: Scope) -> bool | None:
    """Whether a route takes the method of a request; None when no route but what is mounted at the root is there."""
    found: bool | None = None
    for route in routes:
        match, _ = route.matches(scope)
        if match is Match.FULL and isinstance(route, Mount):
            return scope["method"] in FILE_METHODS if isinstance(route.app, StaticFiles) else found
        if match is Match.FULL:
            return True
        if match is Match.PARTIAL:
            found = False
    return found


class Problems:
    """Makes every error a problem, also those of libraries and those that nobody caught; pages stay pages."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; what an error says is held until it is whole."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            answer = _Answer(scope, receive, send)
            try:
                await self.app(scope, receive, answer.send)
            except Exception as error:  # whatever it is: the client gets one message, the log the cause
                log.error("unexpected error", exc_info=error)
                if not answer.has_begun:
                    await problem(500, "something went wrong here; it was logged")(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})  # no route speaks it


class _Answer:
    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.has_begun = False
        self._scope = scope
        self._receive = receive
        self._send = send
        self._error: Message | None = None
        self._told = bytearray()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_raw_error(message):
            self._error = message
        elif self._error is None:
            self.has_begun = True
            await self._send(message)
        elif message["type"] == "http.response.body":
            self._told += message.get("body", b"")[: PROBLEM_BYTES - len(self._told)]
            if not message.get("more_body", False):
                await self._tell(self._error)

    async def _tell(self, error: Message) -> None:
        self.has_begun = True
        kept = {n: v for n, v in Headers(raw=error["headers"]).items() if not n.startswith("content-")}
        status = error["status"]
        await problem(status, _detail(bytes(self._told), status), kept)(self._scope, self._receive, self._send)


def _is_raw_error(message: Message) -> bool:
    media_type = Headers(raw=message.get("headers", [])).get("content-type", "")
    return message["status"] >= 400 and not media_type.startswith((MEDIA_TYPE, "text/html"))


def _detail(body: bytes, status: int) -> str:
    """What an error says, in a line: a FastAPI error's `detail`, or a plain text."""
    text = body.decode("utf-8", "replace")
    try:
        told: Any = json.loads(text)
    except ValueError:
        told = text
    detail = told.get("detail") if isinstance(told, dict) else told
    return detail if isinstance(detail, str) and detail.strip() else HTTPStatus(status).phrase

"""What stands before every route: hosts, sizes, rates, concurrency and headers."""

import time
from collections import OrderedDict
from typing import Any

from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.problems import problem
from assistant.settings import Settings

LIMITED = ("/v1/", "/gradio_api/")  # where questions come in: the API's routes and the chat's
MAX_CLIENTS = 10_000  # token buckets kept; the longest unseen is forgotten first
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


def install_guard(app: FastAPI, settings: Settings) -> None:
    """Put the guards before `app`; the outermost is added last."""
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes)
    app.add_middleware(Busy, max_concurrency=settings.max_concurrency)
    app.add_middleware(TokenBucket, per_minute=settings.requests_per_minute)
    if "*" not in settings.allowed_hosts:
        hosts = [*settings.allowed_hosts, settings.host]
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False)
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


class BodyLimit:
    """Refuses bodies above `max_bytes`, also those that do not say their length."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self.app = app
        self.max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the whole small body first, then pass it on."""
        if scope["type"] != "http" or not scope["path"].startswith(LIMITED) or scope["method"] in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        body = b""
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            if len(body) > self.max_bytes:
                detail = f"the body is larger than {self.max_bytes} bytes: send less history"
                await problem(413, detail)(scope, receive, send)
                return
            if not message.get("more_body", False):
                break
        await self.app(scope, _replay(body, receive), send)


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def replay() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


class Busy:
    """Answers 503 with Retry-After when more than `max_concurrency` API requests are under way."""

    def __init__(self, app: ASGIApp, max_concurrency: int) -> None:
        self.app = app
        self.max_concurrency = max_concurrency
        self.under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the request for as long as it lasts."""
        if scope["type"] != "http" or not scope["path"].startswith("/v1/"):
            await self.app(scope, receive, send)
            return
        if self.under_way >= self.max_concurrency:
            await problem(503, "too many questions at once: try again shortly", {"Retry-After": "1"})(
                scope, receive, send
            )
            return
        self.under_way += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self.under_way -= 1


class TokenBucket:
    """Lets each client ask `per_minute` API requests a minute, in bursts of up to a minute's worth."""

    def __init__(self, app: ASGIApp, per_minute: int) -> None:
        self.app = app
        self.per_minute = per_minute
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a token, or answer 429 with the seconds until there is one."""
        if scope["type"] == "http" and scope["path"].startswith(LIMITED) and not self._take(scope):
            wait = str(max(1, round(60 / self.per_minute)))
            detail = f"more than {self.per_minute} requests a minute: wait {wait} s"
            await problem(429, detail, {"Retry-After": wait})(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _take(self, scope: Any) -> bool:
        client = scope.get("client")
        name = client[0] if client else "unknown"
        now = time.monotonic()
        tokens, seen = self._buckets.pop(name, (float(self.per_minute), now))
        tokens = min(float(self.per_minute), tokens + (now - seen) * self.per_minute / 60)
        self._buckets[name] = (tokens - 1 if tokens >= 1 else tokens, now)
        while len(self._buckets) > MAX_CLIENTS:
            self._buckets.popitem(last=False)
        return tokens >= 1

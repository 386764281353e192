"""How much clients may ask: bodies, rates, and requests at once. Everything is limited, but for what is named here."""

import ipaddress
import time
from collections import OrderedDict

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.problems import problem

MAX_CLIENTS = 10_000  # token buckets kept; the longest unseen is forgotten first
MAX_OPEN_PAGES = 500  # streams of chat pages that are open at once; each costs a connection and no worker
IPV6_CLIENT_BITS = 64  # one subscriber has at least a network of this size (RFC 6177)

# Not counted: path, or folder with a slash at its end -> why.
FREE = {
    "/healthz": "whether the process is alive is asked often, costs nothing, and must not fail under load",
    "/ui/": "small files of our pages, which a browser keeps",
    "/static/": "the chat's own files, of which one page takes a hundred",
    "/assets/": "the chat's own files, of which one page takes a hundred",
    "/theme.css": "a file of the chat",
    "/favicon.ico": "a file of the chat",
    "/manifest.json": "a file of the chat",
    "/robots.txt": "a file of the chat",
}
# Rated, and counted apart from work: they wait, and do nothing.
WAITING = {
    "/gradio_api/heartbeat/": "tells the server that a page is open, for as long as it is",
    "/gradio_api/queue/data": "brings a page the answer for which the queue has a worker",
}
# Without a deadline.
ENDLESS = {"/gradio_api/heartbeat/": WAITING["/gradio_api/heartbeat/"]}


def is_among(path: str, places: dict[str, str]) -> bool:
    """Whether a path is one of `places`, or in a folder of theirs."""
    return path in places or any(place.endswith("/") and path.startswith(place) for place in places)


class TooLargeError(Exception):
    """A body is larger than what is taken."""


async def read_body(scope: Scope, receive: Receive, max_bytes: int) -> bytes | None:
    """Return the whole body; None when the client goes away before. Raises TooLargeError as soon as that is clear."""
    told = Headers(scope=scope).get("content-length", "")
    if told.isdecimal() and int(told) > max_bytes:
        raise TooLargeError
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > max_bytes:
            raise TooLargeError
        if not message.get("more_body", False):
            return bytes(body)


class Busy:
    """Answers 503 with Retry-After when more than `max_concurrency` requests, or too many pages, are under way.

    A request counts once its whole body is here, until it is answered or left; the pool of workers bounds what it leaves.
    """

    def __init__(self, app: ASGIApp, max_concurrency: int) -> None:
        self.app = app
        self._most = {"work": max_concurrency, "waiting": MAX_OPEN_PAGES}
        self._under_way = {"work": 0, "waiting": 0}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the request for as long as it lasts."""
        if scope["type"] != "http" or is_among(scope["path"], FREE):
            await self.app(scope, receive, send)
            return
        kind = "waiting" if is_among(scope["path"], WAITING) else "work"
        if self._under_way[kind] >= self._most[kind]:
            await problem(503, "too many questions at once: try again shortly", {"Retry-After": "1"})(
                scope, receive, send
            )
            return
        self._under_way[kind] += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self._under_way[kind] -= 1


class TokenBucket:
    """Lets each client ask `per_minute` requests a minute, in bursts of up to a minute's worth."""

    def __init__(self, app: ASGIApp, per_minute: int) -> None:
        self.app = app
        self.per_minute = per_minute
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a token, or answer 429 with the seconds until there is one."""
        if scope["type"] == "http" and not is_among(scope["path"], FREE) and not self._take(client_of(scope)):
            wait = str(max(1, round(60 / self.per_minute)))
            detail = f"more than {self.per_minute} requests a minute: wait {wait} s"
            await problem(429, detail, {"Retry-After": wait})(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _take(self, client: str) -> bool:
        now = time.monotonic()
        tokens, seen = self._buckets.pop(client, (float(self.per_minute), now))
        tokens = min(float(self.per_minute), tokens + (now - seen) * self.per_minute / 60)
        self._buckets[client] = (tokens - 1 if tokens >= 1 else tokens, now)
        while len(self._buckets) > MAX_CLIENTS:
            self._buckets.popitem(last=False)
        return tokens >= 1


def client_of(scope: Scope) -> str:
    """Who asks: the address of the socket's peer; of IPv6 the subscriber's network."""
    client = scope.get("client")
    if not client:
        return "unknown"
    try:
        address = ipaddress.ip_address(client[0])
    except ValueError:
        return str(client[0])
    if address.version == 6:
        return str(ipaddress.ip_network((int(address), IPV6_CLIENT_BITS), strict=False))
    return str(address)

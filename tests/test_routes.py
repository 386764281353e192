"""Every route that the served application has, whoever brought it, is limited, late, capped and refused alike."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from assistant.guard import METHODS, SECURITY_HEADERS, NoForwarding, SecurityHeaders
from assistant.limits import Busy
from assistant.settings import Settings
from ui.app import create_app
from ui.door import methods_of

# The routes that are not counted, each with its reason.
FREE = {
    "/healthz": "alive or not is asked often, costs nothing, and must not fail under load",
    "/ui/{path}": "our pages' files",
    "/static/{path:path}": "the chat's files",
    "/assets/{path:path}": "the chat's files",
    "/theme.css": "a file of the chat",
    "/favicon.ico": "a file of the chat",
    "/manifest.json": "a file of the chat",
    "/robots.txt": "a file of the chat",
}
ENDLESS = {"/gradio_api/heartbeat/{session_hash}": "is open for as long as its page"}
MAX_BODY_BYTES = 1000
Check = Callable[[httpx.AsyncClient, str, str, set[str]], Coroutine[Any, Any, list[str]]]


class Hang:
    """Stands in place of every route and never answers."""

    def __init__(self, app: object) -> None:
        pass

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.Event().wait()


def walked(routes: Iterable[BaseRoute], prefix: str = "") -> Iterator[tuple[str, set[str]]]:
    """Yield the path and the methods of each route, of mounted and included ones too."""
    for route in routes:
        found: Any = route
        if isinstance(route, Mount) and isinstance(route.app, StaticFiles):
            yield f"{prefix}{route.path}/{{path}}", {"GET", "HEAD"}
        elif isinstance(route, Mount):
            yield from walked(route.routes, prefix + route.path)
        elif hasattr(route, "effective_route_contexts"):  # a router that FastAPI includes
            for context in found.effective_route_contexts():
                yield prefix + context.path, set(context.methods)
        else:
            yield prefix + found.path, set(found.methods)


def known_routes(app: FastAPI) -> dict[str, set[str]]:
    """All paths, and the methods of each."""
    known: dict[str, set[str]] = {}
    for path, methods in walked(app.routes):
        known.setdefault(path, set()).update(methods)
    return known


async def faults(app: FastAPI) -> list[str]:
    """Return what is wrong with the routes of an application in which one request a minute is allowed."""
    guards: list[object] = [guard.cls for guard in app.user_middleware]
    found = [] if guards[0] is SecurityHeaders else ["something stands before the guards"]
    found += await faults_by(has_methods, app)
    app.user_middleware.insert(guards.index(Busy) + 1, Middleware(Hang))
    app.middleware_stack = None  # it is built anew
    return found + await faults_by(is_capped_and_rated, app) + await faults_by(is_late, app)


async def faults_by(check: Check, app: FastAPI) -> list[str]:
    """Return what one check says of every route; each route is asked by another client."""
    found = []
    for number, (path, methods) in enumerate(sorted(known_routes(app).items())):
        place = path.replace(":path}", "}").replace("{", "").replace("}", "")
        client = f"{len(check.__name__)}.0.{number // 250}.{number % 250}"
        transport = httpx.ASGITransport(app, client=(client, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as asking:
            found += [f"{path}: {fault}" for fault in await check(asking, path, place, methods)]
    return found


def looks_alike(response: httpx.Response) -> list[str]:
    """Every refusal is a problem, and every response has the headers."""
    headers = {name.decode(): value.decode() for name, value in SECURITY_HEADERS}
    found = [] if headers.items() <= dict(response.headers).items() else ["lacks security headers"]
    is_problem = response.headers.get("content-type") == "application/problem+json"
    return found + ([] if is_problem else [f"{response.status_code} is no problem"])


async def is_capped_and_rated(client: httpx.AsyncClient, path: str, place: str, methods: set[str]) -> list[str]:
    """A large body is refused, and a second request is one too many."""
    method = min(methods)
    first = await client.request(method, place, content=b"x" * (MAX_BODY_BYTES + 1))
    second = await client.request(method, place, content=b"x" * (MAX_BODY_BYTES + 1))
    found = looks_alike(first) + looks_alike(second)
    if first.status_code != 413:
        found.append(f"takes a body of any size ({first.status_code})")
    if second.status_code != (413 if path in FREE else 429):
        found.append(f"is not rated as it should be ({second.status_code})")
    return found


async def is_late(client: httpx.AsyncClient, path: str, place: str, methods: set[str]) -> list[str]:
    """What does not answer is answered in its stead."""
    try:
        async with asyncio.timeout(0.3 if path in ENDLESS else 5):
            response = await client.request(min(methods), place)
    except TimeoutError:
        return [] if path in ENDLESS else ["has no deadline"]
    return looks_alike(response) + ([] if response.status_code == 504 else [f"is not late ({response.status_code})"])


async def has_methods(client: httpx.AsyncClient, path: str, place: str, methods: set[str]) -> list[str]:
    """Another method is refused, with those that there are; what the chat has shut is not found by any."""
    other = next(method for method in METHODS if method not in methods | {"OPTIONS"})
    response = await client.request(other, place)
    if response.status_code == 404 and is_of_the_chat(path):
        return looks_alike(response) + ([f"is shut, but {methods_of(place)}"] if methods_of(place) else [])
    found = [] if response.status_code == 405 else [f"takes {other} ({response.status_code})"]
    allowed = set(response.headers.get("allow", "").split(", "))
    return looks_alike(response) + found + ([] if allowed & methods else [f"allows {allowed}, has {methods}"])


def is_of_the_chat(path: str) -> bool:
    """Whether Gradio brought the route."""
    return not path.startswith(("/v1", "/ui", "/sources", "/docs", "/openapi.json", "/healthz", "/readyz", "/rogue"))


def audited(tmp_path: Path, change: Callable[[FastAPI], object]) -> list[str]:
    """The faults of the application, once it is changed."""
    settings = Settings.load(
        data_dir=tmp_path, requests_per_minute=1, max_body_bytes=MAX_BODY_BYTES, request_timeout_seconds=0.02
    )

    async def audit() -> list[str]:
        app = create_app(settings)
        change(app)
        return await faults(app)

    return asyncio.run(audit())


def test_every_route_is_guarded(tmp_path: Path) -> None:
    walked_paths = set[str]()
    assert audited(tmp_path, lambda app: walked_paths.update(known_routes(app))) == []
    assert {
        "/v1/answer", "/v1/plan", "/readyz", "/docs", "/openapi.json", "/sources/{source_id}", "/ui/{path}", "/",
        "/config", "/gradio_api/queue/join", "/gradio_api/queue/data", "/gradio_api/upload", "/monitoring",
    } <= walked_paths  # fmt: skip
    assert len(walked_paths) > 40


def test_a_new_route_is_guarded_without_being_named(tmp_path: Path) -> None:
    assert audited(tmp_path, lambda app: add_first(app, "/rogue/{name}")) == []


@pytest.mark.parametrize("path", ["/static/rogue", "/gradio_api/heartbeat/rogue/more", "/ui/rogue"])
def test_a_new_route_in_a_place_that_is_exempt_is_found(tmp_path: Path, path: str) -> None:
    found = audited(tmp_path, lambda app: add_first(app, path))
    assert found
    assert all(fault.startswith(f"{path}: ") for fault in found)


def test_what_is_put_before_the_guards_is_found(tmp_path: Path) -> None:
    assert audited(tmp_path, lambda app: app.add_middleware(NoForwarding)) == ["something stands before the guards"]


def add_first(app: FastAPI, path: str) -> None:
    """Add a route that the chat at the root does not hide."""

    async def rogue() -> str:
        return "here"

    app.add_api_route(path, rogue, methods=["GET"])
    app.router.routes.insert(0, app.router.routes.pop())


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("CRITICAL")

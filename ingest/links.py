"""Ask the network, politely, whether the addresses of the corpus still answer. Reads no page's content."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import httpx

from ingest.corpus_models import Resource, Structure
from ingest.errors import RoadmapError

USER_AGENT = "roadmap-assistant (link check of a reading list; one request at a time per host)"
MAX_REDIRECTS = 5
GONE = (404, 410)
HEAD_UNTRUSTED = (403, 404, 405, 501)  # servers that know only GET answer HEAD with one of these
SEVERITY: tuple[Literal["live", "moved", "dead"], ...] = ("live", "moved", "dead")


class LinkState(StrEnum):
    """What came of asking: `moved` answered after a redirect; `unreachable` says nothing of the page."""

    LIVE = "live"
    MOVED = "moved"
    DEAD = "dead"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Link:
    """One address and the pages that carry it; `stated` is what those pages say became of it."""

    url: str
    pages: tuple[str, ...]
    stated: Literal["live", "moved", "dead"] = "live"


@dataclass(frozen=True, slots=True)
class LinkReport:
    """What one address answered; `final_url` where redirects led, None when there was none."""

    link: Link
    state: LinkState
    status_code: int | None
    final_url: str | None
    reason: str

    @property
    def is_undeclared(self) -> bool:
        """Whether the address is dead though a page still sends readers there as if it were live."""
        return self.state is LinkState.DEAD and self.link.stated == "live"


@dataclass(frozen=True, slots=True)
class Manners:
    """How to ask: seconds until an address counts as unreachable, requests at once, pause per host."""

    timeout_seconds: float = 10.0
    concurrency: int = 8
    host_pause_seconds: float = 0.5  # untuned


def links_of(structure: Structure) -> tuple[Link, ...]:
    """Return every address of the library's roadmaps and resources once, in order of first use."""
    pages: dict[str, list[str]] = {}
    stated: dict[str, Literal["live", "moved", "dead"]] = {}
    for page, url, state in _addresses(structure):
        pages.setdefault(url, [])
        if page not in pages[url]:
            pages[url].append(page)
        stated[url] = min(stated.get(url, state), state, key=SEVERITY.index)
    return tuple(Link(url, tuple(names), stated[url]) for url, names in pages.items())


def check_links(
    links: Sequence[Link], manners: Manners = Manners(), advance: Callable[[LinkReport], None] = lambda _report: None
) -> tuple[LinkReport, ...]:
    """Ask for every link and return the reports in the same order; `advance` hears of each as it comes.

    HEAD first, GET where HEAD is not to be trusted; up to five redirects; one request at a time per host.
    """
    return asyncio.run(_check_all(links, manners, advance))


def _addresses(structure: Structure) -> Iterator[tuple[str, str, Literal["live", "moved", "dead"]]]:
    for roadmap in structure.roadmaps.values():
        hrefs = (link.href for link in roadmap.links if link.href.startswith(("http://", "https://")))
        yield from ((f"roadmaps/{roadmap.id}.md", url, "live") for url in (roadmap.url, *hrefs))
    for resource in structure.resources.values():
        yield from ((f"resources/{resource.id}.md", url, resource.status.state) for url in _recommended(resource))
        if resource.status.url:
            yield f"resources/{resource.id}.md", resource.status.url, "live"


def _recommended(resource: Resource) -> Iterable[str]:
    return dict.fromkeys([resource.url, *(by.url for by in resource.recommended_by if by.url)])


async def _check_all(
    links: Sequence[Link], manners: Manners, advance: Callable[[LinkReport], None]
) -> tuple[LinkReport, ...]:
    async with _client(manners) as client:
        visitor = _Visitor(client, manners)

        async def visit(link: Link) -> LinkReport:
            report = await visitor.report(link)
            advance(report)
            return report

        return tuple(await asyncio.gather(*(visit(link) for link in links)))


def _client(manners: Manners) -> httpx.AsyncClient:
    try:
        return httpx.AsyncClient(headers={"User-Agent": USER_AGENT}, timeout=manners.timeout_seconds)
    except (ImportError, ValueError, httpx.InvalidURL) as error:
        raise RoadmapError(
            "the proxy that HTTP_PROXY, HTTPS_PROXY or ALL_PROXY names cannot be used: give an http address, or unset it"
        ) from error


class _Visitor:
    """Follows addresses through one client, and keeps to the manners across all of them."""

    def __init__(self, client: httpx.AsyncClient, manners: Manners) -> None:
        self._client = client
        self._manners = manners
        self._slots = asyncio.Semaphore(manners.concurrency)
        self._hosts: dict[bytes, asyncio.Lock] = {}

    async def report(self, link: Link) -> LinkReport:
        """Follow `link` to its end. Never raises for what a server does."""
        url, final_url = link.url, None
        for _ in range(MAX_REDIRECTS + 1):
            try:
                response = await self._ask(httpx.URL(url))
            except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
                return LinkReport(link, LinkState.UNREACHABLE, None, final_url, self._reason(error))
            if response.next_request is None:
                return _judge(link, response.status_code, final_url)
            url = final_url = str(response.next_request.url)
        reason = f"more than {MAX_REDIRECTS} redirects"
        return LinkReport(link, LinkState.UNREACHABLE, response.status_code, final_url, reason)

    async def _ask(self, url: httpx.URL) -> httpx.Response:
        response = await self._request("HEAD", url)
        return await self._request("GET", url) if response.status_code in HEAD_UNTRUSTED else response

    async def _request(self, method: str, url: httpx.URL) -> httpx.Response:
        async with self._hosts.setdefault(url.netloc, asyncio.Lock()):
            try:
                # Only the head of the answer is read: leaving the stream drops the connection.
                async with (
                    self._slots,
                    asyncio.timeout(self._manners.timeout_seconds),
                    self._client.stream(method, url) as response,
                ):
                    return response
            finally:
                await asyncio.sleep(self._manners.host_pause_seconds)

    def _reason(self, error: Exception) -> str:
        if isinstance(error, TimeoutError | httpx.TimeoutException):
            return f"no answer within {self._manners.timeout_seconds:g} seconds"
        return str(error) or type(error).__name__


def _judge(link: Link, status_code: int, final_url: str | None) -> LinkReport:
    if status_code in GONE:
        return LinkReport(link, LinkState.DEAD, status_code, final_url, f"answers {status_code}")
    if 200 <= status_code < 300:
        if final_url is None:
            return LinkReport(link, LinkState.LIVE, status_code, None, "answers")
        return LinkReport(link, LinkState.MOVED, status_code, final_url, f"redirects to {final_url}")
    return LinkReport(link, LinkState.UNREACHABLE, status_code, final_url, f"answers {status_code} to this program")

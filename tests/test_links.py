"""The links command and its core, against real servers on this machine that behave well and badly."""

import json
import re
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from assistant.corpus_cli import app
from ingest.corpus import load
from ingest.corpus_models import Structure
from ingest.errors import RoadmapError
from ingest.links import Link, LinkReport, LinkState, Manners, check_links, links_of

TINY = Path(__file__).parent / "data" / "tiny_corpus"


class Site:
    """What a test server was asked, how many requests it held at once, and when `/slow` may answer."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.agents: set[str] = set()
        self.at_once = 0
        self.most_at_once = 0
        self.release = threading.Event()
        self._lock = threading.Lock()

    @contextmanager
    def asking(self, method: str, path: str, agent: str) -> Iterator[None]:
        with self._lock:
            self.asked.append((method, path))
            self.agents.add(agent)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        yield
        with self._lock:
            self.at_once -= 1


FIXED = {
    "/gone": (410, None),
    "/missing": (404, None),
    "/guarded": (403, None),
    "/broken": (500, None),
    "/to-missing": (301, "/missing"),
    "/to-nowhere": (301, "ftp://example.org/file"),
}


def answer(method: str, path: str) -> tuple[int, str | None]:
    """The status and redirect for a path; `/hop/3` redirects three times."""
    if path.startswith("/hop/") and path != "/hop/0":
        return 302, f"/hop/{int(path.removeprefix('/hop/')) - 1}"
    if method == "HEAD" and path in ("/get-only", "/wrong-head"):
        return (405 if path == "/get-only" else 404), None
    return FIXED.get(path, (200, None))


def handler_of(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            path = re.sub(r"^http://[^/]+", "", self.path)  # a proxy is asked for whole addresses
            with site.asking(self.command, path, self.headers["User-Agent"]):
                if path == "/slow":
                    site.release.wait(20)
                elif path.startswith("/page"):
                    time.sleep(0.02)
                status, location = answer(self.command, path)
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            self.do_HEAD()

        def log_message(self, *arguments: object) -> None:
            pass

    return Handler


@contextmanager
def serving(site: Site) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(site))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        site.release.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Site:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    return Site()


@pytest.fixture
def address(site: Site) -> Iterator[str]:
    with serving(site) as base:
        yield base


def ask(*urls: str, timeout_seconds: float = 5, concurrency: int = 8) -> list[LinkReport]:
    links = [Link(url, ("resources/x.md",)) for url in urls]
    return list(check_links(links, Manners(timeout_seconds, concurrency, host_pause_seconds=0)))


def closed_port() -> str:
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.server_close()
    return f"http://127.0.0.1:{server.server_port}/"


def test_an_address_that_answers_is_live_and_is_asked_once_by_head(site: Site, address: str) -> None:
    (report,) = ask(f"{address}/fine")

    assert (report.state, report.status_code, report.final_url) == (LinkState.LIVE, 200, None)
    assert site.asked == [("HEAD", "/fine")]
    assert all(agent.startswith("roadmap-assistant ") for agent in site.agents)


@pytest.mark.parametrize("path", ["/get-only", "/wrong-head"])
def test_a_server_that_knows_only_get_is_asked_again_before_it_is_judged(site: Site, address: str, path: str) -> None:
    (report,) = ask(address + path)

    assert report.state is LinkState.LIVE
    assert site.asked == [("HEAD", path), ("GET", path)]


@pytest.mark.parametrize(("path", "code"), [("/missing", 404), ("/gone", 410)])
def test_missing_and_gone_pages_are_dead(address: str, path: str, code: int) -> None:
    (report,) = ask(address + path)

    assert (report.state, report.status_code) == (LinkState.DEAD, code)


@pytest.mark.parametrize(("path", "code"), [("/guarded", 403), ("/broken", 500)])
def test_a_server_that_refuses_programs_or_fails_says_nothing_of_the_page(address: str, path: str, code: int) -> None:
    (report,) = ask(address + path)

    assert (report.state, report.status_code) == (LinkState.UNREACHABLE, code)
    assert str(code) in report.reason


def test_five_redirects_are_followed_and_reported_as_moved_and_a_sixth_is_not(site: Site, address: str) -> None:
    five, six = ask(f"{address}/hop/5", f"{address}/hop/6")

    assert (five.state, five.final_url) == (LinkState.MOVED, f"{address}/hop/0")
    assert (six.state, six.reason) == (LinkState.UNREACHABLE, "more than 5 redirects")


def test_a_redirect_to_a_missing_page_is_dead_and_one_to_another_protocol_is_unreachable(address: str) -> None:
    missing, strange = ask(f"{address}/to-missing", f"{address}/to-nowhere")

    assert (missing.state, missing.final_url) == (LinkState.DEAD, f"{address}/missing")
    assert (strange.state, strange.final_url) == (LinkState.UNREACHABLE, "ftp://example.org/file")


def test_silence_and_refusal_are_unreachable_within_the_time_given(address: str) -> None:
    begin = time.monotonic()
    slow, refused = ask(f"{address}/slow", closed_port(), timeout_seconds=0.3)

    assert time.monotonic() - begin < 5
    assert (slow.state, slow.reason) == (LinkState.UNREACHABLE, "no answer within 0.3 seconds")
    assert (refused.state, refused.status_code) == (LinkState.UNREACHABLE, None)
    assert refused.reason


def test_a_host_is_asked_one_request_at_a_time_and_hosts_side_by_side(site: Site, address: str) -> None:
    ask(*(f"{address}/page{n}" for n in range(8)))
    assert site.most_at_once == 1

    other = Site()
    with serving(other) as neighbor:
        waiting = [Link(f"{base}/slow", ()) for base in (address, neighbor)]
        thread = threading.Thread(target=check_links, args=(waiting, Manners(10, 2, 0)))
        thread.start()
        deadline = time.monotonic() + 10
        while (site.at_once, other.at_once) != (1, 1) and time.monotonic() < deadline:
            time.sleep(0.01)
        both = (site.at_once, other.at_once)
        site.release.set()
        other.release.set()
        thread.join()
    assert both == (1, 1)


def test_no_more_requests_run_at_once_than_allowed(site: Site, address: str) -> None:
    other = Site()
    with serving(other) as neighbor:
        links = [Link(f"{base}/slow", ()) for base in (address, neighbor)]
        thread = threading.Thread(target=check_links, args=(links, Manners(10, 1, 0)))
        thread.start()
        time.sleep(0.3)
        held = site.at_once + other.at_once
        site.release.set()
        other.release.set()
        thread.join()
    assert held == 1
    assert len(site.asked) == len(other.asked) == 1


def test_reports_come_in_the_order_of_the_links_and_each_is_announced(address: str) -> None:
    heard: list[str] = []
    links = [Link(f"{address}/{name}", ()) for name in ("hop/3", "b", "a")]

    reports = check_links(links, Manners(5, 8, 0), lambda report: heard.append(report.link.url))

    assert [report.link for report in reports] == links
    assert sorted(heard) == sorted(link.url for link in links)


def test_links_are_every_address_of_roadmaps_and_resources_once_with_what_pages_say_of_them() -> None:
    links = {link.url: link for link in links_of(load(TINY).structure)}

    assert set(links) == {
        "https://alpha.example.org/path",
        "https://chat.example.org/alpha",
        "https://beta.example.org/",
        "https://matrix.example.org/",
        "https://books.example.org/python",
        "https://shop.example.org/python",
    }
    assert links["https://books.example.org/python"].stated == "moved"
    assert links["https://shop.example.org/python"].stated == "live"
    assert links["https://matrix.example.org/"].pages == ("resources/matrix-course.md",)


def test_an_address_that_one_page_calls_dead_and_another_live_counts_as_live() -> None:
    structure = load(TINY).structure
    book = structure.resources["python-book"]
    other = book.model_copy(update={"id": "other", "status": type(book.status)(state="live")})

    links = links_of(Structure(resources={"python-book": book, "other": other}))

    assert links[0].stated == "live"
    assert links[0].pages == ("resources/python-book.md", "resources/other.md")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "200"})


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def served_corpus(tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small corpus, with the test server standing in as proxy for all of its hosts."""
    corpus = Path(shutil.copytree(TINY, tmp_path / "corpus"))
    for path in corpus.glob("r*/*.md"):
        edit(path, "https://", "http://")
    monkeypatch.setenv("HTTP_PROXY", address)
    return corpus


def test_the_links_command_lists_every_address_and_succeeds_when_none_died_unsaid(served_corpus: Path) -> None:
    edit(
        served_corpus / "resources" / "python-book.md",
        "http://books.example.org/python",
        "http://books.example.org/gone",
    )

    result = run("links", "--corpus", served_corpus)

    assert result.exit_code == 0
    assert "6 addresses: 5 live, 0 moved, 1 dead, 0 unreachable" in result.stderr
    assert "answers 410; the page says moved" in result.stdout


def test_the_links_command_fails_for_a_death_that_the_page_does_not_tell(served_corpus: Path) -> None:
    edit(
        served_corpus / "resources" / "matrix-course.md", "http://matrix.example.org/", "http://matrix.example.org/gone"
    )

    result = run("links", "--json", "--only", "dead", "--corpus", served_corpus)

    assert result.exit_code == 1
    assert json.loads(result.stdout) == [
        {
            "url": "http://matrix.example.org/gone",
            "pages": ["resources/matrix-course.md"],
            "stated": "live",
            "state": "dead",
            "status_code": 410,
            "final_url": None,
            "reason": "answers 410",
        }
    ]
    assert "resources/matrix-course.md: http://matrix.example.org/gone is dead: say so under status:" in result.stderr


def test_the_links_command_does_not_pass_when_the_network_is_away(
    served_corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", closed_port())

    result = run("links", "--corpus", served_corpus)

    assert result.exit_code == 1
    assert "no address could be reached: check this machine's network" in result.stderr


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "socks://127.0.0.1:9", "::no address::"])
def test_a_proxy_that_cannot_be_used_is_told(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(RoadmapError, match="ALL_PROXY names cannot be used: give an http address, or unset it"):
        check_links((Link("http://127.0.0.1:9/", ("page",)),), Manners(1, 1, 0))

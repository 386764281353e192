"""The web chat in Chromium: asked, read and checked as a visitor does, by mouse and by keyboard."""

import os
import re
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from assistant.server import options
from assistant.settings import Settings
from ingest.index import LocalIndex

CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
]
COURSE = "which linear algebra course should I do?"
WEATHER = "what's the weather in Oslo?"
SECONDS = 1000
# What Gradio's own client says of a stream that is cut off because its page is left.
LEFT = re.compile(
    r"signal is aborted without reason|Unexpected error Connection errored out|BodyStreamBuffer was aborted"
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
]


class Server(uvicorn.Server):
    """A server in a thread of this process."""

    def install_signal_handlers(self) -> None:
        """Signals belong to the test run."""

    def address(self) -> str:
        """The address, once the server listens."""
        for _ in range(1200):
            if self.started:
                return f"http://127.0.0.1:{self.servers[0].sockets[0].getsockname()[1]}"
            time.sleep(0.05)
        raise TimeoutError("the server did not start")


def serve(data_dir: Path) -> Iterator[str]:
    """Serve the whole application over a data folder; yields its address."""
    before = os.environ.get("ROADMAP_DATA_DIR")
    os.environ["ROADMAP_DATA_DIR"] = str(data_dir)
    wished = {**options(Settings.load()), "port": 0, "log_level": "warning"}
    server = Server(uvicorn.Config("ui.app:create_app", factory=True, **wished))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server.address()
    finally:
        server.should_exit = True
        server.force_exit = True
        thread.join(30)
        os.environ.pop("ROADMAP_DATA_DIR")
        if before is not None:
            os.environ["ROADMAP_DATA_DIR"] = before


@pytest.fixture(scope="module")
def address(data_dir: Path) -> Iterator[str]:
    """The address of the application over the shipped library."""
    yield from serve(data_dir)


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The chat, open on a wide screen; fails when the page reports an error or asks another host."""
    yield from open_page(browser, address, 1400, 900)


@pytest.fixture
def narrow_page(browser: Browser, address: str) -> Iterator[Page]:
    """The chat, open on a phone."""
    yield from open_page(browser, address, 380, 780)


def open_page(browser: Browser, address: str, width: int, height: int) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": width, "height": height}, base_url=address)
    page = context.new_page()
    page.set_default_timeout(60 * SECONDS)
    expect.set_options(timeout=60 * SECONDS)
    foreign: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: None if is_ours(request.url, address) else foreign.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto("/")
    expect(page.locator(".welcome h1")).to_be_visible()
    yield page
    context.close()
    assert foreign == []
    assert [error for error in errors if not LEFT.search(error)] == []


def is_ours(url: str, address: str) -> bool:
    """Whether a request goes to the server itself."""
    return url.startswith((f"{address}/", "data:", "blob:"))


def ask(page: Page, question: str) -> None:
    """Type a question, send it with Enter and wait for its whole answer."""
    box = page.get_by_role("textbox", name="Your question")
    box.fill(question)
    box.press("Enter")
    expect(page.locator("#live .asked")).to_have_text(question)
    expect(page.locator("#live .why")).to_be_attached()


def api_answer(address: str, question: str) -> dict[str, Any]:
    """What the API answers."""
    answer: dict[str, Any] = httpx.post(f"{address}/v1/answer", json={"question": question}, timeout=60).json()
    return answer


def rendered(quote: str) -> str:
    """The words of a quote: link texts without addresses."""
    return re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", quote)


def letters(text: str) -> str:
    """Text without white space, for comparing what is written with what is rendered."""
    return "".join(text.split())


def test_an_answer_appears_with_the_citations_of_the_api(page: Page, address: str) -> None:
    told = api_answer(address, COURSE)
    ask(page, COURSE)
    marks = page.locator("#live .prose .mark").all_inner_texts()
    assert marks == [str(c["number"]) for c in told["citations"]]
    assert page.locator("#live .source-entry").count() == len({c["source_id"] for c in told["citations"]})
    assert page.locator("#live").get_attribute("aria-live") == "polite"
    assert page.locator("#live").get_attribute("aria-busy") == "false"


def test_each_citation_opens_its_source_with_exactly_its_quote_highlighted(
    page: Page, address: str, built_index: LocalIndex
) -> None:
    told = api_answer(address, COURSE)
    ask(page, COURSE)
    assert told["citations"]
    for citation in told["citations"]:
        page.locator(f"#live .prose [data-mark='1-{citation['number']}']").click()
        expect(page.locator(f"#live .prose [data-mark='1-{citation['number']}'][data-current]")).to_be_attached()
        expect(page.locator("#viewer h1")).to_have_text(citation["title"])
        expect(page.locator("#viewer #quote")).to_be_in_viewport()
        text = built_index.sources[citation["source_id"]].text
        assert text[citation["start"] : citation["end"]] == citation["quote"]
        marked = "".join(page.locator("#viewer mark").all_inner_texts())
        assert letters(marked) == letters(rendered(citation["quote"]))


def test_a_source_entry_opens_the_viewer_and_escape_returns_to_it(page: Page) -> None:
    ask(page, COURSE)
    entry = page.locator("#live .places .mark").first
    entry.click()
    expect(page.locator("#viewer #quote")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#viewer")).to_be_hidden()
    expect(entry).to_be_focused()


def test_the_viewer_offers_the_original_safely_and_a_link_that_works_without_scripts(
    page: Page, browser: Browser, address: str
) -> None:
    ask(page, COURSE)
    page.locator("#live .prose .mark").first.click()
    original = page.locator("#viewer .actions a")
    assert original.get_attribute("rel") == "noopener noreferrer nofollow"
    assert (original.get_attribute("href") or "").startswith("https://")
    shared = page.locator("#viewer [data-copy-link]").get_attribute("data-copy") or ""
    marked = page.locator("#viewer mark").all_inner_texts()
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(shared)
    assert plain.locator("mark").all_inner_texts() == marked
    expect(plain.locator("#quote")).to_be_in_viewport()
    context.close()


def test_an_abstention_is_calm_cites_nothing_and_offers_what_is_near(page: Page) -> None:
    ask(page, WEATHER)
    expect(page.locator("#live .abstained")).to_contain_text("does not answer")
    assert page.locator("#live .prose").count() == 0
    assert page.locator("#live .sources").count() == 0
    page.locator("#live .nearest a").first.click()
    expect(page.locator("#viewer #quote")).to_be_in_viewport()


def test_a_follow_up_is_understood_from_what_was_said(page: Page) -> None:
    ask(page, COURSE)
    ask(page, "what about probability?")
    expect(page.locator("#live .heard")).to_contain_text("probability")
    expect(page.locator("#live .heard")).to_contain_text("course")
    expect(page.locator("#past .asked")).to_have_text([COURSE])


def test_buttons_ask_and_a_new_chat_begins_anew(page: Page) -> None:
    example = page.locator(".example").first
    question = example.get_attribute("data-ask") or ""
    example.click()
    expect(page.locator("#live .asked")).to_have_text(question)
    chip = page.locator("#live .chip").first
    following = chip.inner_text()
    chip.click()
    expect(page.locator("#live .asked")).to_have_text(following)
    expect(page.locator("#past .asked")).to_have_text([question])
    page.get_by_role("link", name="New chat").click()
    expect(page.locator(".welcome")).to_be_visible()
    expect(page.locator(".exchange")).to_have_count(0)


def test_a_new_chat_while_an_answer_comes_stays_new(page: Page) -> None:
    page.locator(".example").first.click()
    expect(page.locator("#live .asked")).to_be_visible()
    page.get_by_role("link", name="New chat").click()
    expect(page.locator(".welcome")).to_be_visible()
    page.wait_for_timeout(1 * SECONDS)
    expect(page.locator(".exchange")).to_have_count(0)
    ask(page, COURSE)
    expect(page.locator(".asked")).to_have_count(1)


def test_everything_is_reached_by_keyboard(page: Page) -> None:
    expect(page.get_by_role("textbox", name="Your question")).to_be_focused()
    page.keyboard.type(COURSE)
    page.keyboard.press("Enter")
    expect(page.locator("#live .why")).to_be_attached()
    for _ in range(40):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.matches('#live .prose .mark')"):
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.locator("#viewer #quote")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#viewer")).to_be_hidden()
    assert page.evaluate("document.activeElement.matches('#live .prose .mark')")


def test_options_limit_the_answer(page: Page) -> None:
    page.get_by_role("button", name="Options").click()
    page.get_by_label("Merve Noyan").check()
    page.get_by_label("Roadmap", exact=True).check()
    ask(page, "what do I need to know about feature engineering?")
    assert page.locator("#live .source-title").all_inner_texts() == ["Machine Learning Engineer Roadmap"]


@pytest.mark.parametrize(("typed", "told"), [("   ", "empty"), ("word " * 500, "2500 characters")])
def test_a_question_that_cannot_be_asked_gets_one_clear_message(page: Page, typed: str, told: str) -> None:
    box = page.get_by_role("textbox", name="Your question")
    box.fill(typed)
    box.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text(told)
    expect(page.locator(".welcome")).to_be_visible()
    expect(box).to_have_value(typed)


def test_a_phone_shows_everything_without_scrolling_sideways(narrow_page: Page) -> None:
    ask(narrow_page, COURSE)
    narrow_page.locator("#live summary").click()
    assert sideways(narrow_page) == 0
    narrow_page.locator("#live .prose .mark").first.click()
    expect(narrow_page.locator("#viewer #quote")).to_be_in_viewport()
    box = narrow_page.locator("#viewer").bounding_box()
    assert box is not None
    assert (box["x"], box["width"]) == (0, 380)
    assert sideways(narrow_page) == 0


def sideways(page: Page) -> int:
    """How many pixels the page is wider than the screen."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def test_a_new_answer_is_shown_from_its_beginning(narrow_page: Page) -> None:
    ask(narrow_page, COURSE)
    ask(narrow_page, WEATHER)
    narrow_page.wait_for_timeout(1200)
    place = narrow_page.locator("#live .asked").bounding_box()
    assert place is not None
    assert 0 <= place["y"] < 100


def test_without_an_index_the_page_opens_and_says_what_is_missing(browser: Browser, tmp_path: Path) -> None:
    for address in serve(tmp_path):
        for page in open_page(browser, address, 1400, 900):
            box = page.get_by_role("textbox", name="Your question")
            box.fill(COURSE)
            box.press("Enter")
            expect(page.get_by_role("alert")).to_contain_text("index is not available")
            assert str(tmp_path) not in page.content()
        assert httpx.get(f"{address}/sources/noyan").status_code == 503


def test_the_routes_of_the_api_and_the_viewer_stand_beside_the_chat(address: str) -> None:
    for path in ("/", "/healthz", "/readyz", "/docs", "/openapi.json", "/v1/sources", "/sources/noyan"):
        assert httpx.get(address + path).status_code == 200, path
    unknown = httpx.get(f"{address}/sources/..%2F..%2Fetc")
    assert unknown.status_code == 404
    assert httpx.get(f"{address}/sources/<script>").text.count("<script>") == 0


def test_the_chat_refuses_bodies_above_the_limit(address: str) -> None:
    body = b'{"data": ["' + b"x" * 300_000 + b'"]}'
    reply = httpx.post(f"{address}/gradio_api/queue/join", content=body, headers={"content-type": "application/json"})
    assert reply.status_code == 413


def test_a_source_page_may_load_only_our_own_style_and_script(address: str) -> None:
    policies = httpx.get(f"{address}/sources/noyan").headers.get_list("content-security-policy")
    assert any("default-src 'none'" in policy and "script-src 'self';" in policy for policy in policies)

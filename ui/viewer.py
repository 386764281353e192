"""The source viewer: one plain page per source, with a quoted span highlighted. Works without scripts."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from fastapi.responses import HTMLResponse

from assistant.api_models import MAX_NAME_CHARS, SectionModel, SourceModel
from assistant.problems import QuestionError, RoadmapError, public_message, status_of
from assistant.wiring import Service
from ui.assets import Assets
from ui.markup import Span, escape, markdown, marked_markdown, outside_link, web_address

MAX_SHOWN_CHARS = 120_000  # of a longer source, what surrounds the quote is shown
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'"
)
PAGE = {"content": {"text/html": {"schema": {"type": "string"}}}}
NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"description": "a page that says so", **PAGE}}
Mark = Annotated[str, Query(max_length=MAX_NAME_CHARS)]
KINDS = {"roadmap": "Roadmap", "resource": "Resource", "document": "Your document"}


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a source that is shown: `text` begins at offset `start` of the whole."""

    text: str
    start: int
    is_whole: bool


def add_viewer(app: FastAPI, service: Service, assets: Assets) -> None:
    """Add `GET /sources/{source_id}` to `app`: a source as a page, with `text[start:end]` highlighted."""

    def shown(source_id: str, start: str, end: str, passage: str) -> HTMLResponse:
        try:
            source, names = find_source(service, source_id)
            span = find_passage(service, source_id, passage) or read_span(start, end, len(source.text))
        except RoadmapError as error:
            return _respond(error_page(public_message(error), assets), status_of(error))
        is_lost = bool(start or end or passage) and span is None
        return _respond(page(source.title, source_html(source, names, span, is_lost), assets), 200)

    @app.get(
        "/sources/{source_id}",
        response_class=HTMLResponse,
        responses=NOT_FOUND,
        tags=["library"],
        summary="Read one source as a page",
    )
    async def view(
        request: Request, source_id: str, start: Mark = "", end: Mark = "", passage: Mark = ""
    ) -> HTMLResponse:
        return await service.workers.run(request.state.stop, shown, source_id, start, end, passage)


def find_source(service: Service, source_id: str) -> tuple[SourceModel, dict[str, str]]:
    """Return a source and the names of those who recommend it, by id. Raises QuestionError when unknown."""
    sources = service.chain.index.sources
    found = sources.get(source_id)
    if found is None:
        raise QuestionError("The library has no source of this name.", 404)
    names = {i: sources[i].author or sources[i].title for i in found.recommended_by if i in sources}
    return SourceModel.model_validate(asdict(found)), names


def find_passage(service: Service, source_id: str, passage_id: str) -> Span | None:
    """Return the span of a passage of a source; None when there is no such passage in it."""
    passage = service.chain.index.passages.get(passage_id)
    return (passage.start, passage.end) if passage and passage.source_id == source_id else None


def read_span(start: str, end: str, length: int) -> Span | None:
    """Return the span that an address names; None when it names none inside a text of `length` characters."""
    if not all(number.isascii() and number.isdigit() and len(number) < 12 for number in (start, end)):
        return None
    span = int(start), int(end)
    return span if span[0] < span[1] <= length else None


def source_html(source: SourceModel, names: Mapping[str, str], span: Span | None, is_lost: bool = False) -> str:
    """Return the page's `<main>`: what the source is, its sections, and its text with the span marked."""
    window = _window(source.text, span)
    here = _section_at(source.sections, span[0]) if span else None
    return f"""<main class="source" aria-labelledby="source-title">
<header class="source-head">
<p class="eyebrow">{_eyebrow(source, names)}</p>
<h1 id="source-title" tabindex="-1">{escape(source.title)}</h1>
{_actions(source)}
</header>
{_place(here, source.title)}{'<p class="aside">The address names a passage that this source does not have.</p>' if is_lost else ""}
{_sections(source.sections, window)}
{"" if window.is_whole else '<p class="aside">This source is long: the part around the quotation is shown.</p>'}
<article class="source-text">{_text(source, window, span)}</article>
{f'<footer class="aside">{escape(source.licence)}</footer>' if source.licence else ""}
</main>"""


def page(title: str, main: str, assets: Assets) -> str:
    """Return a whole HTML page around `main`."""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(title)} · Roadmap Assistant</title>
{assets.tags()}
</head>
<body class="plain-page">
<nav class="page-top" aria-label="Site"><a href="/">Roadmap Assistant</a></nav>
{main}
</body>
</html>
"""


def error_page(message: str, assets: Assets) -> str:
    """Return a page that says one thing."""
    return page("Not available", f'<main class="source"><h1>Not available</h1><p>{escape(message)}</p></main>', assets)


def _respond(content: str, status: int) -> HTMLResponse:
    return HTMLResponse(content, status, {"Content-Security-Policy": PAGE_POLICY})


def _eyebrow(source: SourceModel, names: Mapping[str, str]) -> str:
    parts = [KINDS.get(source.kind, source.kind)]
    if source.author:
        parts.append(f"by {source.author}")
    if source.recommended_by:
        parts.append("recommended by " + ", ".join(names.get(i, i) for i in source.recommended_by))
    return " · ".join(escape(part) for part in parts)


def _actions(source: SourceModel) -> str:
    original = outside_link(source.url, "Open original ↗", "action") if source.url and web_address(source.url) else ""
    return (
        '<p class="actions"><button type="button" class="action" data-copy-link hidden>Copy link</button>'
        f"{original}</p>"
    )


def _place(section: SectionModel | None, title: str) -> str:
    if section is None:
        return ""
    path = " › ".join(escape(heading) for heading in section.heading_path if heading != title)
    return f'<p class="place"><a href="#quote">Jump to the quoted passage</a>{f" in {path}" if path else ""}</p>'


def _sections(sections: list[SectionModel], window: Window) -> str:
    shown = [s for s in sections[1:] if window.start < s.start <= window.start + len(window.text)]
    if not shown:
        return ""
    items = "".join(f'<li><a href="#{_anchor(s)}">{escape(s.heading_path[-1])}</a></li>' for s in shown)
    return f'<details class="contents"><summary>Sections ({len(shown)})</summary><ol>{items}</ol></details>'


def _anchor(section: SectionModel) -> str:
    return escape("section-" + section.section_id.rpartition("#")[2])


def _anchors(sections: list[SectionModel], window: Window) -> dict[int, str]:
    """Ids by the number of the line that follows a heading."""
    inside = [s for s in sections[1:] if 0 < s.start - window.start <= len(window.text)]
    return {window.text.count("\n", 0, s.start - window.start): _anchor(s) for s in inside}


def _section_at(sections: list[SectionModel], offset: int) -> SectionModel | None:
    return next((s for s in sections if s.start <= offset < s.end), None)


def _window(text: str, span: Span | None) -> Window:
    if len(text) <= MAX_SHOWN_CHARS:
        return Window(text, 0, True)
    start, end = span or (0, 0)
    end = min(end, start + MAX_SHOWN_CHARS // 2)
    first = text.rfind("\n", 0, max(0, start - MAX_SHOWN_CHARS // 4)) + 1
    last = text.find("\n", end + MAX_SHOWN_CHARS // 4)
    return Window(text[first : last if last >= 0 else len(text)][: MAX_SHOWN_CHARS * 2], first, False)


def _text(source: SourceModel, window: Window, span: Span | None) -> str:
    anchors = _anchors(source.sections, window)
    if span is None:
        shown = markdown(window.text, anchors)
    else:
        inside = (span[0] - window.start, min(span[1] - window.start, len(window.text)))
        shown = marked_markdown(window.text, inside, anchors)
    return shown.removeprefix(f"<h2>{escape(source.title)}</h2>")  # the page's own heading says it

"""Print a comparison of roadmaps in a terminal. Knows no service."""

from collections.abc import Iterable

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from assistant.compare import Comparison, View
from assistant.plan_formats import marks
from ingest.text import plain

MAX_RESOURCES = 4


def comparison(console: Console, found: Comparison) -> None:
    """Print the count of verdicts, one row per roadmap, and the quotes behind the numbers that are shown."""
    console.print(escape(found.agreement), soft_wrap=True)
    table = Table("roadmap", "verdict", "place", "resources", show_lines=True)
    for view in found.views:
        cells = (_verdict(view, found), _places(view, found), _resources(view))
        table.add_row(escape(view.author), *(escape("\n".join(cell)) for cell in cells))
    console.print(table)
    shown = {number for view in found.views for number in _numbers(view)}
    for c in found.citations:
        if c.number in shown:
            line = f"[{c.number}] {c.title} › {c.section} ({c.source_id}, {c.start}–{c.end}): “{plain(c.quote)}”"
            console.print(line, style="dim", markup=False, highlight=False, soft_wrap=True)


def _verdict(view: View, found: Comparison) -> Iterable[str]:
    if not view.holdings:
        return ["silent"]
    if view.holdings[0].is_direct:
        own = view.holdings[0]
        return [f"{own.verdict}: {own.note}{marks([own.citation])}"]
    near = [f"on {h.on}: {h.verdict}{marks([h.citation])}" for h in view.holdings]
    return [f"silent on {found.name}", *near]


def _places(view: View, found: Comparison) -> Iterable[str]:
    for place in view.places:
        on = "" if place.on == found.name else f", on {place.on}"
        time = f", {place.duration}" if place.duration else ""
        numbers = [n for n in (place.citation, place.duration_citation) if n]
        yield f"{place.number} of {place.count}: {place.stage}{on}{time}{marks(dict.fromkeys(numbers))}"


def _resources(view: View) -> Iterable[str]:
    for resource in view.resources[:MAX_RESOURCES]:
        yield f"{resource.title}{marks([resource.citation])}"
    if len(view.resources) > MAX_RESOURCES:
        yield f"and {len(view.resources) - MAX_RESOURCES} more (--json shows all)"


def _numbers(view: View) -> Iterable[int]:
    yield from (h.citation for h in view.holdings)
    for place in view.places:
        yield from (n for n in (place.citation, place.duration_citation) if n)
    yield from (r.citation for r in view.resources[:MAX_RESOURCES])

"""Show the numbers and the link reports of the corpus as tables in a terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from ingest.corpus_stats import Statistics
from ingest.links import LinkReport, LinkState

SHOWN = 12  # lines of a table that ranks; the JSON output has them all
COLOURS = {
    LinkState.DEAD: "red",
    LinkState.UNREACHABLE: "yellow",
    LinkState.MOVED: "cyan",
    LinkState.LIVE: "green",
}


def show_statistics(statistics: Statistics, console: Console) -> None:
    """Print every table of the statistics, widest view first."""
    for table in (
        _totals(statistics),
        _coverage(statistics),
        _formats(statistics),
        _topics(statistics),
        _sections(statistics),
    ):
        console.print(table)
    names = statistics.topics_without_stance
    console.print(
        f"{len(names)} topics on which no roadmap holds a stance: {', '.join(names) or 'none'}", soft_wrap=True
    )


def show_links(reports: Sequence[LinkReport], console: Console) -> None:
    """Print one line per report, the worst first."""
    table = Table(title="Addresses")
    for name in ("state", "address", "page", "what happened"):
        table.add_column(name, overflow="fold")  # whole addresses, however narrow the terminal
    for report in sorted(reports, key=lambda r: (list(COLOURS).index(r.state), r.link.pages, r.link.url)):
        state = f"[{COLOURS[report.state]}]{report.state}[/]"
        stated = "" if report.link.stated == "live" else f"; the page says {report.link.stated}"
        table.add_row(state, report.link.url, "\n".join(report.link.pages), report.reason + stated)
    console.print(table)


def _totals(statistics: Statistics) -> Table:
    table = Table("roadmaps", "resources", "topics", "sections", "words", "questions", title="The library")
    table.add_row(
        *(
            f"{count:,}"
            for count in (
                statistics.roadmap_count,
                statistics.resource_count,
                statistics.topic_count,
                statistics.section_count,
                statistics.word_count,
                statistics.question_count,
            )
        )
    )
    return table


def _coverage(statistics: Statistics) -> Table:
    table = _numbers("", [row.roadmap_id for row in statistics.coverage], "What each roadmap's page holds")
    for name in ("sections", "words", "questions", "stages", "estimates", "stances", "times", "resources"):
        table.add_row(name, *(f"{getattr(row, name):,}" for row in statistics.coverage))
    return table


def _formats(statistics: Statistics) -> Table:
    roadmaps = [row.roadmap_id for row in statistics.coverage]
    table = _numbers("format", ("all", *roadmaps), "Resources by format, and by roadmap that recommends them")
    for row in statistics.formats:
        table.add_row(row.format, str(row.total), *(str(row.by_roadmap[name] or "") for name in roadmaps))
    table.add_section()
    table.add_row("all", str(statistics.resource_count), *(str(row.resources) for row in statistics.coverage))
    return table


def _topics(statistics: Statistics) -> Table:
    table = Table("topic", "stances", "roadmaps", title="Topics on which most roadmaps hold a stance")
    for row in statistics.topics[:SHOWN]:
        table.add_row(row.topic_id, str(len(row.roadmaps)), ", ".join(row.roadmaps))
    return table


def _sections(statistics: Statistics) -> Table:
    table = _numbers("section", ("questions", "words"), "Sections with the fewest questions")
    for row in statistics.sections[:SHOWN]:
        table.add_row(row.section_id, str(row.questions), str(row.words))
    return table


def _numbers(label: str, names: Sequence[str], title: str) -> Table:
    table = Table(label, title=title)
    for name in names:
        table.add_column(name, justify="right")
    return table

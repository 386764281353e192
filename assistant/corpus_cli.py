"""`roadmap corpus`: check, count, and extend the library; nothing is loaded before a command runs."""

import contextlib
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from assistant.output import json_text
from ingest.errors import CorpusError, RoadmapError

if TYPE_CHECKING:
    from ingest.corpus import Library
    from ingest.links import Link, LinkReport, Manners

app = typer.Typer(
    no_args_is_help=True,
    help="Check, count and extend the library of roadmaps and resources (for its maintainers).",
)

CorpusFolder = Annotated[
    Path | None,
    typer.Option("--corpus", help="Folder with roadmaps/, resources/ and topics.yaml; the installed one by default."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on standard output, for programs.")]


@app.command()
def check(corpus: CorpusFolder = None, as_json: AsJson = False) -> None:
    """Read every page and test it against the rules and against the other pages.

    Prints one line of counts when all is well. Otherwise prints every
    problem on standard error, one a line with file, key and remedy,
    and exits with 1. Needs no network.
    """
    problems: list[str] = []
    counts = {"roadmaps": 0, "resources": 0, "topics": 0}
    try:
        structure = _load(corpus).structure
        counts = {name: len(getattr(structure, name)) for name in counts}
    except CorpusError as error:
        problems = error.problems
    if as_json:
        _print_json({**counts, "problems": problems})
    for problem in problems:
        typer.echo(problem, err=True)
    if problems:
        raise typer.Exit(1)
    if not as_json:
        typer.echo(f"{', '.join(f'{count} {name}' for name, count in counts.items())}: no problems")


@app.command()
def stats(corpus: CorpusFolder = None, as_json: AsJson = False) -> None:
    """Count what the library holds, and show where it is thin.

    Sources, sections, words and questions; what each roadmap's page
    holds; resources by format; topics with the most and with no stance;
    sections with the fewest questions.
    """
    from ingest.corpus_stats import measure

    with _problems_on_stderr():
        library = _load(corpus)
        statistics = measure(library.structure, library.sources)
    if as_json:
        _print_json(asdict(statistics))
        return
    from rich.console import Console

    from assistant.corpus_tables import show_statistics

    show_statistics(statistics, Console())


@app.command()
def links(
    corpus: CorpusFolder = None,
    timeout_seconds: Annotated[
        float, typer.Option(min=0.1, max=300, help="How long one request may take before it counts as unreachable.")
    ] = 10,
    concurrency: Annotated[int, typer.Option(min=1, max=64, help="Requests at once; one at a time per host.")] = 8,
    only: Annotated[
        Literal["live", "moved", "dead", "unreachable", "all"],
        typer.Option(help="Print only the addresses in this state."),
    ] = "all",
    as_json: AsJson = False,
) -> None:
    """Ask for every address of roadmaps and resources over the network, politely.

    Follows up to five redirects and reports them as moved; 404 and 410
    are dead; whatever else does not answer is unreachable.

    Exits with 1 when an address is dead whose page does not say that it
    is dead or moved, and when nothing could be reached at all.
    """
    from ingest.links import LinkState, Manners, links_of

    with _problems_on_stderr():
        found = links_of(_load(corpus).structure)
    reports = _ask(found, Manners(timeout_seconds, concurrency))
    shown = [report for report in reports if only in ("all", report.state)]
    if as_json:
        _print_json([_as_row(report) for report in shown])
    else:
        _show(shown)
    counts = [f"{sum(r.state is state for r in reports)} {state}" for state in LinkState]
    typer.echo(f"{len(reports)} addresses: {', '.join(counts)}", err=True)
    undeclared = [report for report in reports if report.is_undeclared]
    for report in undeclared:
        typer.echo(f"{', '.join(report.link.pages)}: {report.link.url} is dead: say so under status:", err=True)
    is_cut_off = bool(reports) and all(report.status_code is None for report in reports)
    if is_cut_off:
        typer.echo("no address could be reached: check this machine's network", err=True)
    if undeclared or is_cut_off:
        raise typer.Exit(1)


@app.command()
def new(
    kind: Annotated[Literal["resource", "roadmap"], typer.Argument(help="What the page describes.")],
    page_id: Annotated[
        str, typer.Argument(metavar="ID", help="Its id and file name: lower-case words joined by hyphens.")
    ],
    corpus: CorpusFolder = None,
) -> None:
    """Begin a page: front matter with guidance in comments, and FILL IN wherever you write."""
    from ingest.corpus import default_corpus
    from ingest.skeletons import PageKind, write_page

    with _problems_on_stderr():
        path = write_page(corpus or default_corpus(), PageKind(kind), page_id, date.today())
    typer.echo(f"{path}: write wherever it says FILL IN, then run 'roadmap corpus check'")


@app.command()
def schema(
    corpus: CorpusFolder = None,
    write: Annotated[bool, typer.Option("--write", help="Write the schemas instead of comparing them.")] = False,
) -> None:
    """Compare the JSON Schemas that editors use with the models; with --write, bring them up to date.

    Exits with 1 when a schema is missing or out of date.
    """
    from ingest.corpus import default_corpus
    from ingest.schemas import FOLDER, stale_schemas, write_schemas

    folder = corpus or default_corpus()
    if write:
        with _problems_on_stderr():
            for path in write_schemas(folder):
                typer.echo(str(path))
        return
    stale = stale_schemas(folder)
    for name in stale:
        typer.echo(f"{FOLDER}/{name}: is not what the models say: run 'roadmap corpus schema --write'", err=True)
    if stale:
        raise typer.Exit(1)
    typer.echo("the schemas match the models")


def _load(corpus: Path | None) -> "Library":
    from ingest.corpus import default_corpus, load

    return load(corpus or default_corpus())


@contextlib.contextmanager
def _problems_on_stderr() -> Iterator[None]:
    try:
        yield
    except RoadmapError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


def _ask(found: "tuple[Link, ...]", manners: "Manners") -> "tuple[LinkReport, ...]":
    from rich.console import Console
    from rich.progress import Progress

    from ingest.links import check_links

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("asking", total=len(found))
        return check_links(found, manners, lambda _report: progress.advance(task))


def _show(reports: "list[LinkReport]") -> None:
    from rich.console import Console

    from assistant.corpus_tables import show_links

    show_links(reports, Console())


def _as_row(report: "LinkReport") -> dict[str, object]:
    row = asdict(report)
    return {**row.pop("link"), **row}


def _print_json(value: object) -> None:
    typer.echo(json_text(value))

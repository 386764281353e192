"""The commands `roadmap compare` and `roadmap plan`; `assistant.cli` registers them."""

import json
import os
import sys
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.output import json_text
from ingest.corpus_models import Profile
from ingest.errors import RoadmapError

if TYPE_CHECKING:
    from assistant.plan_formats import PlanFormat
    from assistant.plan_records import Plan
    from ingest.index import Index

DATE_FORMATS = ["%Y-%m-%d"]


def compare(
    topic: Annotated[str, typer.Argument(help="A topic by any of its names, such as 'deep learning'.")],
    source: Annotated[list[str] | None, typer.Option("--source", "-s", help="This roadmap alone; repeatable.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Lay the roadmaps side by side on one topic: verdict, place, time and resources, each cited."""
    from rich.console import Console

    from assistant import show_plans
    from assistant.compare import compare as compared
    from assistant.topics import find_topic

    index = _index()
    found = compared(find_topic(topic, index.structure).id, index, source)
    if as_json:
        _print(json_text(asdict(found)) + "\n")
    else:
        show_plans.comparison(Console(), found)


def plan(
    background: Annotated[Profile, typer.Option(help="What you come with.")] = Profile.BEGINNER,
    hours: Annotated[int, typer.Option(help="Hours a week, 1 to 80.")] = 10,
    start: Annotated[datetime | None, typer.Option(formats=DATE_FORMATS, help="First day; gives dates.")] = None,
    target: Annotated[datetime | None, typer.Option(formats=DATE_FORMATS, help="Day to be done by.")] = None,
    know: Annotated[list[str] | None, typer.Option(help="A topic you know already; repeatable.")] = None,
    roadmap: Annotated[str | None, typer.Option(help="Follow this roadmap alone; none merges all.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Write Markdown.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Write CSV.")] = False,
    as_ics: Annotated[bool, typer.Option("--ics", help="Write a calendar; starts today unless --start.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write instead of the terminal.")
    ] = None,
) -> None:
    """Make a study plan: stages in the order that prerequisites ask for, with cited times and resources."""
    from assistant.plan import PlanError
    from assistant.plan import plan as planned
    from assistant.plan_formats import PlanFormat
    from assistant.plan_records import PlanRequest, with_start
    from assistant.topics import find_topic

    wished = {
        PlanFormat.JSON: as_json,
        PlanFormat.MARKDOWN: as_markdown,
        PlanFormat.CSV: as_csv,
        PlanFormat.ICS: as_ics,
    }
    formats = [name for name, is_wished in wished.items() if is_wished]
    if len(formats) > 1:
        raise PlanError("more than one format: give one of --json, --markdown, --csv and --ics")
    index = _index()
    known = tuple(find_topic(k, index.structure).id for k in know or ())
    first, last = start.date() if start else None, target.date() if target else None
    request = PlanRequest(background, hours, first, last, known, roadmap)
    made = planned(with_start(request, needs_dates=PlanFormat.ICS in formats, today=date.today()), index)
    _hand_out(made, formats[0] if formats else None, output)


def _hand_out(made: "Plan", wished: "PlanFormat | None", output: Path | None) -> None:
    from rich.console import Console
    from rich.markdown import Markdown

    from assistant.plan_formats import PlanFormat, to_markdown, written

    if wished is None and output is None and sys.stdout.isatty():
        Console().print(Markdown(to_markdown(made)))
        return
    content = written(made, wished or PlanFormat.MARKDOWN)
    if output is None:
        _print(json_text(json.loads(content)) + "\n" if wished is PlanFormat.JSON else content.decode())
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else type(error).__name__
        raise RoadmapError(f"cannot write {output} ({reason}): give another --output") from error
    typer.echo(f"wrote {output}", err=True)


def _print(text: str) -> None:
    sys.stdout.write(text)


def _index() -> "Index":
    from rich.console import Console

    from assistant import show
    from assistant.settings import Settings
    from assistant.wiring import FOR_ONE_QUESTION, Service, ensure_index

    settings = Settings.load()
    with show.progress(Console(stderr=True)) as progress:
        ensure_index(settings, progress)
    return Service(settings, FOR_ONE_QUESTION).chain.index

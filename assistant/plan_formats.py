"""Write a study plan as Markdown, CSV or iCalendar. Knows no index."""

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from assistant.durations import duration_text
from assistant.plan_records import NO_TIME, Cited, Plan, PlanStage
from ingest.corpus_models import Duration
from ingest.errors import RoadmapError
from ingest.text import one_line, plain

if TYPE_CHECKING:
    from icalendar import Event

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")  # what spreadsheets take for a formula


class PlanFormat(StrEnum):
    """How a plan can be handed out."""

    JSON = "json"
    MARKDOWN = "markdown"
    CSV = "csv"
    ICS = "ics"


MEDIA_TYPES = {
    PlanFormat.JSON: "application/json",
    PlanFormat.MARKDOWN: "text/markdown; charset=utf-8",
    PlanFormat.CSV: "text/csv; charset=utf-8; header=present",
    PlanFormat.ICS: "text/calendar; charset=utf-8",
}


class PlanFormatError(RoadmapError):
    """A plan cannot be written in the wished format; the message says why and what to do."""


def written(plan: Plan, wished: PlanFormat) -> bytes:
    """Return the plan in a format, as UTF-8. Raises PlanFormatError as `to_ics` does."""
    if wished is PlanFormat.ICS:
        return to_ics(plan)
    if wished is PlanFormat.MARKDOWN:
        return to_markdown(plan).encode()
    if wished is PlanFormat.CSV:
        return to_csv(plan).encode()
    return (json.dumps(asdict(plan), indent=2, ensure_ascii=False, default=str) + "\n").encode()


def to_markdown(plan: Plan) -> str:
    """Return the plan as Markdown with `[n]` marks and the quotes behind them."""
    request = plan.request
    wishes = [f"for {request.background.value}" if request.background != "other" else "for any background"]
    wishes.append(f"{request.hours_per_week} hours a week")
    wishes += [f"from {request.start}"] if request.start else []
    wishes += [f"until {request.target}"] if request.target else []
    parts = [f"# {plan.title}", ", ".join(wishes).capitalize() + "."]
    parts += [_stage_markdown(stage) for stage in plan.stages]
    parts += ["## In total", "\n".join(f"- {line}" for line in totals(plan))]
    parts += ["## Sources", "\n".join(_source_lines(plan))]
    return "\n\n".join(parts) + "\n"


def totals(plan: Plan) -> list[str]:
    """Return the sums, the roadmaps' own estimates, the word on the target date and the notes, each marked."""
    if plan.total is None:
        lines = [f"Sum of cited times: none, since {NO_TIME} for any of the {plan.untimed} stages to do."]
    else:
        rest = f"; {NO_TIME} for the other {plan.untimed} stages to do" if plan.untimed else ""
        lines = [f"Sum of cited times: {plan.total.text}{marks(plan.total.citations)}{rest}."]
    lines += [marked(c) for c in plan.comparison]
    lines += [marked(plan.target)] if plan.target else []
    return lines + [marked(note) for note in plan.notes]


def stage_time(stage: PlanStage) -> str:
    """Return the cited weeks of a stage, or the plain words that there are none."""
    if stage.status == "already known":
        return "skipped: already known"
    return f"{stage.weeks.text}{marks(stage.weeks.citations)}" if stage.weeks else NO_TIME


def marks(numbers: Iterable[int]) -> str:
    """Return ` [1] [2]`, with a leading blank; empty for no numbers."""
    return "".join(f" [{n}]" for n in numbers)


def marked(cited: Cited) -> str:
    """Return a statement with its marks."""
    return f"{cited.text}{marks(cited.citations)}"


def to_csv(plan: Plan) -> str:
    """Return one row per stage (RFC 4180); no cell can be taken for a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    columns = "stage,name,topics,status,minimum weeks,maximum weeks,time,after,resources,start,end,sources"
    writer.writerow(columns.split(","))
    for stage in plan.stages:
        writer.writerow([safe_cell(str(value)) for value in _row(stage, plan)])
    return out.getvalue()


def safe_cell(text: str) -> str:
    """Return `text` so that a spreadsheet shows it: an apostrophe goes before what would start a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_STARTS) else text


def to_ics(plan: Plan) -> bytes:
    """Return a calendar with one all-day event per dated stage, checked by reading it back (RFC 5545).

    Raises PlanFormatError when no stage has a date.
    """
    from icalendar import Calendar, Event

    dated = [stage for stage in plan.stages if stage.start and stage.end and stage.weeks]
    if not dated:
        raise PlanFormatError(
            "no stage of this plan has a date and a cited time, so its calendar would be empty: "
            "give a start date, merge all roadmaps, or take another format"
        )
    calendar = Calendar()
    calendar.add("prodid", "-//Roadmap Assistant//Study plan//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", plan.title)
    for stage in dated:
        event = Event()
        _fill(event, stage, plan)
        calendar.add_component(event)
    written: bytes = calendar.to_ical()
    read = Calendar.from_ical(written)
    if len(read.walk("VEVENT")) != len(dated) or any(component.errors for component in read.walk()):
        raise PlanFormatError("the calendar did not read back as written: use another format and report this")
    return written


def _fill(event: "Event", stage: PlanStage, plan: Plan) -> None:
    if stage.start is None or stage.end is None or stage.weeks is None:
        raise ValueError(f"stage {stage.number} has no dates")
    span = Duration(minimum=stage.weeks.minimum, maximum=stage.weeks.maximum, unit="weeks")
    event.add("uid", f"{uuid5(NAMESPACE_URL, f'{plan.title}/{stage.number}/{stage.name}/{stage.start}')}@roadmap")
    # The same plan gives the same file, so the stamp is the plan's own start.
    event.add("dtstamp", datetime.combine(plan.request.start or stage.start, time(), UTC))
    event.add("dtstart", stage.start)
    event.add("dtend", stage.end + timedelta(days=1))  # RFC 5545: the end is exclusive
    event.add("summary", f"{stage.number}. {stage.name} ({duration_text(span)})")
    event.add("description", "\n".join([f"Time: {stage.weeks.text}", *_quoted(stage, plan)]))


def _stage_markdown(stage: PlanStage) -> str:
    lines = [f"## {stage.number}. {stage.name}", f"Time: {stage_time(stage)}."]
    if stage.start and stage.end:
        lines[-1] += f" Dates: {stage.start} to {stage.end}."
    if stage.hint:
        lines.append(f"Hint: {stage.hint}.")
    items = [marked(what) for what in stage.what]
    items += [f"Comes after {marked(after)}" for after in stage.after]
    items += [f"Another time: {marked(other)}" for other in stage.other_times]
    for resource in stage.resources:
        by = "; ".join(marked(c) for c in resource.recommended_by)
        items.append(f"Resource: [{resource.title}]({resource.url}), recommended by {by}")
    return "\n\n".join([*lines, "\n".join(f"- {item}" for item in items)]).strip()


def _source_lines(plan: Plan) -> Iterable[str]:
    for c in plan.citations:
        yield f"- [{c.number}] {c.title} › {c.section} ({c.source_id}, {c.start}–{c.end}): “{plain(c.quote)}”"


def _row(stage: PlanStage, plan: Plan) -> Iterable[object]:
    yield stage.number
    yield stage.name
    yield "; ".join(stage.topics)
    yield stage.status
    yield f"{stage.weeks.minimum:g}" if stage.weeks else ""
    yield f"{stage.weeks.maximum:g}" if stage.weeks else ""
    yield stage.weeks.text if stage.weeks else "" if stage.status == "already known" else NO_TIME
    yield "; ".join(a.text for a in stage.after)
    yield "; ".join(f"{r.title} <{r.url}>" for r in stage.resources)
    yield stage.start or ""
    yield stage.end or ""
    yield "; ".join(_quoted(stage, plan))


def _quoted(stage: PlanStage, plan: Plan) -> Iterable[str]:
    numbers = stage.weeks.citations if stage.weeks else tuple(n for what in stage.what for n in what.citations)
    by_number = {c.number: c for c in plan.citations}
    for number in numbers:
        c = by_number[number]
        yield f"{c.source_id} {c.start}-{c.end}: {one_line(c.quote)}"

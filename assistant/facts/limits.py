"""Say whether a time is enough for something of known length: yes, no, perhaps, or that it depends. Sees no library."""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.durations import CALENDAR_WEEKS, UnitError, duration_text, in_unit
from assistant.facts.phrases import capitalised, joined
from assistant.facts.times import amount, as_duration, pace_of, paced, spoken
from assistant.understanding.request import Quantity, Request
from ingest.corpus_models import Duration


@dataclass(frozen=True, slots=True)
class Held:
    """A time that something takes; `told` is who says so of what: `that Alder estimates for complete beginners`."""

    duration: Duration
    told: str


def judged(limit: Quantity, held: Sequence[Held], request: Request, working: str = "") -> str | None:
    """Return in one sentence whether `limit` is enough; None where units have no fixed relation.

    `working` shows how what is held was computed. A question whether it is too little is answered the other way round.
    """
    if not held:
        return None
    by_verdict: dict[str, list[str]] = {}
    try:
        for one in held:
            verdict, said = _verdict(limit, one, pace_of(request))
            by_verdict.setdefault(verdict, []).append(said)
        given = _converted(limit, held, request)
    except UnitError:
        return None
    verb = {"yes": "is enough", "no": "is", "perhaps": "lies"}
    clauses = [f"{verb[verdict]} {joined(said)}" for verdict, said in by_verdict.items()]
    openings = {"yes": "No", "no": "Yes", "perhaps": "Perhaps"} if request.is_negated else {}
    opening = "That depends" if len(by_verdict) > 1 else openings.get(next(iter(by_verdict)), next(iter(by_verdict)))
    shown = f" ({working})" if working else ""
    return f"{capitalised(opening)}: {spoken(limit)}{given} {', but '.join(clauses)}{shown}."


def _verdict(limit: Quantity, held: Held, hours_per_week: float | None) -> tuple[str, str]:
    """Whether a limit is enough, and of what it is or falls short."""
    needed, note = _at_pace(limit, held.duration, hours_per_week)
    unit = needed.unit
    given = in_unit(as_duration(limit), unit)
    what = f"the {duration_text(needed)}{note} {held.told}"
    if given.minimum >= needed.maximum:
        return "yes", f"for {what}"
    if given.maximum < needed.minimum:
        least = "" if needed.minimum == needed.maximum else "at least "
        return "no", f"{least}{amount(needed.minimum - given.maximum, unit)} short of {what}"
    return "perhaps", f"within {what}"


def _at_pace(limit: Quantity, duration: Duration, hours_per_week: float | None) -> tuple[Duration, str]:
    """Hours of study as weeks, where the limit is calendar time and a pace is given."""
    if limit.unit in CALENDAR_WEEKS and duration.unit not in CALENDAR_WEEKS and hours_per_week:
        return paced(duration, hours_per_week), f" at {hours_per_week:g} hours a week"
    return duration, ""


def _converted(limit: Quantity, held: Sequence[Held], request: Request) -> str:
    """The limit in the unit of what it is held against, where that is another one, in parentheses."""
    unit = _at_pace(limit, held[0].duration, pace_of(request))[0].unit
    given = as_duration(limit)
    return "" if given.unit == unit else f" ({duration_text(in_unit(given, unit))})"

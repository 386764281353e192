"""Say times: sums with their terms, in the unit and at the pace that is asked for, and against a limit. Sees no library."""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.citations import Quote
from assistant.durations import (
    CALENDAR_WEEKS,
    UnitError,
    alike,
    difference,
    duration_text,
    in_unit,
    longest,
    number_text,
    range_text,
    relation,
    shortest,
    terms_text,
    total,
)
from assistant.facts.phrases import joined, number_word
from assistant.understanding.request import Frame, Measure, Operation, Quantity, Request, Role
from ingest.corpus_models import Duration, Unit


@dataclass(frozen=True, slots=True)
class Term:
    """Something of known length, and the sentence that gives it."""

    name: str
    duration: Duration
    quote: Quote


@dataclass(frozen=True, slots=True)
class Figure:
    """A time as an answer gives it: `14–18 weeks`, `at least 14 weeks`; `working` shows how it was computed, or is empty."""

    text: str
    working: str
    pace: str = ""

    def in_sentence(self, subject: str, verb: str, together: str = "") -> str:
        """The sentence that says so of a subject; `together` stands before or behind, where several are meant."""
        behind = f" {together}" if self.pace and together else ""
        before = f"{together.capitalize()} " if together and not self.pace else ""
        working = f" ({self.working})" if self.working else ""
        return f"{self.pace}{before}{subject} {verb} {self.text}{behind}{working}."


PLAIN = Request(Frame.SUM)  # asks for no unit, pace or end


def figure(durations: Sequence[Duration], request: Request = PLAIN) -> Figure | None:
    """Add up times as the request asks for them; None where units have no fixed relation."""
    try:
        whole = total(durations)
        shown, pace = _as_asked(whole, request)
    except UnitError:
        return None
    added = terms_text(durations) if len(durations) > 1 else ""
    note = relation({shown.unit, whole.unit, *(d.unit for d in durations)})
    text, sum_of_all = _ends(shown, request), duration_text(whole)
    if text == sum_of_all:
        working = added
    elif added:
        working = f"{added} = {sum_of_all}"
    else:
        working = sum_of_all if shown != whole or len(request.ends) == 1 else ""
    return Figure(text, "; ".join(filter(None, (working, note))), pace)


def pace_of(request: Request) -> float | None:
    """Hours a week that the question gives."""
    return next((q.maximum for q in request.of(Role.PACE)), None)


def limit_of(request: Request) -> Quantity | None:
    """The time that somebody has."""
    return next(iter(request.of(Role.LIMIT)), None)


def as_duration(quantity: Quantity) -> Duration:
    """A time that the question gives as a range; it must have a unit."""
    return Duration.model_validate({"minimum": quantity.minimum, "maximum": quantity.maximum, "unit": quantity.unit})


def paced(duration: Duration, hours_per_week: float) -> Duration:
    """Study time as weeks, or calendar time as hours, at so many hours a week."""
    if duration.unit in CALENDAR_WEEKS:
        weeks = in_unit(duration, "weeks")
        return Duration(minimum=weeks.minimum * hours_per_week, maximum=weeks.maximum * hours_per_week, unit="hours")
    hours = in_unit(duration, "hours")
    return Duration(minimum=hours.minimum / hours_per_week, maximum=hours.maximum / hours_per_week, unit="weeks")


def _as_asked(whole: Duration, request: Request) -> tuple[Duration, str]:
    """A time in the unit and at the pace that are asked for, and the words that open the sentence."""
    pace = pace_of(request)
    if pace:
        return paced(whole, pace), f"At {number_text(pace)} hours a week, "
    return (in_unit(whole, request.unit) if request.unit else whole), ""


def _ends(shown: Duration, request: Request) -> str:
    """A range, or the ends, the width or the middle of it that are asked for."""
    if shown.minimum == shown.maximum:
        return duration_text(shown)
    low, high = amount(shown.minimum, shown.unit), amount(shown.maximum, shown.unit)
    apart = amount(shown.maximum - shown.minimum, shown.unit)
    if request.operation is Operation.MIDPOINT:
        middle = amount((shown.minimum + shown.maximum) / 2, shown.unit)
        return f"{middle}, halfway between {number_text(shown.minimum)} and {high}"
    if request.operation is Operation.SPREAD:
        return f"{duration_text(shown)}, {apart} from end to end"
    if set(request.ends) == {"least", "most"}:
        return f"{low} at the least and {high} at the most"
    return (
        {"least": f"at least {low}", "most": f"at most {high}"}[request.ends[0]]
        if request.ends
        else duration_text(shown)
    )


def amount(number: float, unit: Unit) -> str:
    """One figure with its unit: `1 week`, `4.5 months`."""
    return duration_text(Duration(minimum=number, maximum=number, unit=unit))


def spoken(quantity: Quantity) -> str:
    """A time that the question gives, in words: `six months`, `half a year`, `6–8 weeks`."""
    unit = str(quantity.unit)
    if quantity.minimum != quantity.maximum:
        return f"{number_text(quantity.minimum)}–{number_text(quantity.maximum)} {unit}"
    if quantity.minimum == 0.5:
        return f"half {'an' if unit == 'hours' else 'a'} {unit.removesuffix('s')}"
    return f"{number_word(quantity.minimum)} {unit.removesuffix('s') if quantity.minimum == 1 else unit}"


def extreme(found: Sequence[Term], measure: Measure) -> tuple[str, list[Term]]:
    """Which is the shortest (`least`) or the longest (`most`), in a sentence. Raises UnitError."""
    durations = [t.duration for t in found]
    places = shortest(durations) if measure == "least" else longest(durations)
    best = [found[n] for n in places]
    word = "shortest" if measure == "least" else "longest"
    names = joined([t.name for t in best])
    verb, each = ("is", "") if len(best) == 1 else ("are", " each")
    return f"The {word} {verb} {names}, at {duration_text(best[0].duration)}{each}.", best


def widest(found: Sequence[Term], measure: Measure) -> tuple[str, list[Term]]:
    """Which has the narrowest (`least`) or the widest (`most`) range, in a sentence. Raises UnitError."""
    same = alike([t.duration for t in found])
    widths = [d.maximum - d.minimum for d in same]
    width = min(widths) if measure == "least" else max(widths)
    best = [t for t, w in zip(found, widths, strict=True) if w == width]
    ranges = joined([f"{t.name} ({duration_text(t.duration)})" for t in best])
    verb = "has" if len(best) == 1 else "have"
    word = "narrowest" if measure == "least" else "widest"
    return f"{ranges} {verb} the {word} range, {amount(width, same[0].unit)} from end to end.", best


def compared(first: Term, second: Term, request: Request) -> str:
    """By how much one takes longer than the other, at the one end that is asked for or at both. Raises UnitError."""
    same = dict(zip((first.name, second.name), alike([first.duration, second.duration]), strict=True))
    if len(request.ends) == 1:
        return _at_one_end(same, request.ends[0])
    place = longest(list(same.values()))[0]
    more, less = (first, second) if place == 0 else (second, first)
    a, b = same[more.name], same[less.name]
    if a == b:
        return f"{more.name} and {less.name} take equally long, {duration_text(a)} each."
    if a.minimum < b.minimum:
        fewer, further = amount(b.minimum - a.minimum, a.unit), amount(a.maximum - b.maximum, a.unit)
        both = f"{more.name} takes {duration_text(a)} and {less.name} {duration_text(b)}"
        return f"{both}: {fewer} less at the least, {further} more at the most."
    gap = duration_text(difference(a, b))
    return f"{more.name} takes {gap} more than {less.name} ({range_text(a)} against {duration_text(b)})."


def _at_one_end(same: dict[str, Duration], end: Measure) -> str:
    ends = {name: d.minimum if end == "least" else d.maximum for name, d in same.items()}
    (more, high), (less, low) = sorted(ends.items(), key=lambda item: -item[1])
    unit = next(iter(same.values())).unit
    if high == low:
        return f"At the {end}, {more} and {less} take equally long, {amount(high, unit)} each."
    gap = amount(high - low, unit)
    return f"At the {end}, {more} takes {gap} more than {less} ({number_text(high)} against {amount(low, unit)})."

"""Arithmetic over ranges of time, with the units and the terms kept in view. Knows no source."""

from collections.abc import Collection, Sequence

from ingest.corpus_models import Duration, Unit

# Calendar time and study time never mix: how many hours a week holds is the learner's choice.
WORK_MINUTES: dict[Unit, float] = {"minutes": 1, "hours": 60}
CALENDAR_WEEKS: dict[Unit, float] = {"days": 1 / 7, "weeks": 1, "months": 52 / 12, "years": 52}


class UnitError(ValueError):
    """Two units have no fixed relation, such as hours and weeks."""


def in_unit(duration: Duration, unit: Unit) -> Duration:
    """Return `duration` in `unit` (1 month = 52/12 weeks). Raises UnitError between study and calendar time."""
    if duration.unit == unit:
        return duration
    for table in (WORK_MINUTES, CALENDAR_WEEKS):
        if duration.unit in table and unit in table:
            factor = table[duration.unit] / table[unit]
            return Duration(minimum=duration.minimum * factor, maximum=duration.maximum * factor, unit=unit)
    raise UnitError(f"{duration.unit} cannot be turned into {unit}: no number of hours a week is given")


def alike(durations: Sequence[Duration]) -> list[Duration]:
    """Return `durations` in one unit: their own where they share it, else minutes or weeks. Raises UnitError."""
    units = {d.unit for d in durations}
    if len(units) < 2:
        return list(durations)
    unit: Unit = "minutes" if units <= set(WORK_MINUTES) else "weeks"
    return [in_unit(d, unit) for d in durations]


def total(durations: Sequence[Duration]) -> Duration:
    """Return the sum: least with least, most with most. Raises ValueError when there is none, or UnitError."""
    if not durations:
        raise ValueError("nothing to add")
    same = alike(durations)
    return Duration(minimum=sum(d.minimum for d in same), maximum=sum(d.maximum for d in same), unit=same[0].unit)


def hull(durations: Sequence[Duration]) -> Duration:
    """Return the range from the least minimum to the greatest maximum. Raises as `total` does."""
    if not durations:
        raise ValueError("nothing to span")
    same = alike(durations)
    return Duration(minimum=min(d.minimum for d in same), maximum=max(d.maximum for d in same), unit=same[0].unit)


def shortest(durations: Sequence[Duration]) -> list[int]:
    """Return the places of the shortest, by minimum and then maximum; several when they are equal."""
    keys = [(d.minimum, d.maximum) for d in alike(durations)]
    return [n for n, key in enumerate(keys) if key == min(keys)]


def longest(durations: Sequence[Duration]) -> list[int]:
    """Return the places of the longest, by maximum and then minimum; several when they are equal."""
    keys = [(d.maximum, d.minimum) for d in alike(durations)]
    return [n for n, key in enumerate(keys) if key == max(keys)]


def difference(longer: Duration, shorter: Duration) -> Duration:
    """Return how much more `longer` takes, its least against the other's least and most against most.

    The two figures are put in order, and are never negative. Raises UnitError.
    """
    a, b = alike([longer, shorter])
    ends = sorted((abs(a.minimum - b.minimum), abs(a.maximum - b.maximum)))
    return Duration(minimum=ends[0], maximum=ends[1], unit=a.unit)


def number_text(number: float) -> str:
    """Return a number with at most one decimal: `8`, `4.3`."""
    rounded = round(number, 1)
    return f"{rounded:.0f}" if rounded == int(rounded) else f"{rounded:.1f}"


def range_text(duration: Duration) -> str:
    """Return the figures without the unit: `8–10`, or `18` where both ends are equal."""
    low, high = number_text(duration.minimum), number_text(duration.maximum)
    return low if low == high else f"{low}–{high}"


def duration_text(duration: Duration) -> str:
    """Return figures and unit: `8–10 weeks`, `1 month`."""
    figures = range_text(duration)
    return f"{figures} {duration.unit.removesuffix('s') if figures == '1' else duration.unit}"


def sum_text(durations: Sequence[Duration]) -> str:
    """Return the sum with its terms, in one unit: `8–10 + 6–8 = 14–18 weeks`; a single term stands alone."""
    whole = total(durations)
    if len(durations) == 1:
        return duration_text(whole)
    note = relation({whole.unit, *(d.unit for d in durations)})
    return f"{terms_text(durations)} = {duration_text(whole)}{f' ({note})' if note else ''}"


def terms_text(durations: Sequence[Duration]) -> str:
    """Return the terms of a sum, in one unit: `8–10 + 6–8`."""
    return " + ".join(range_text(d) for d in alike(durations))


def relation(units: Collection[Unit]) -> str:
    """Return what is counted as what between weeks and longer units of calendar time; empty where everybody knows."""
    if not {"days", "weeks"} & set(units):
        return ""
    return "52 weeks to a year" if "years" in units else "52/12 weeks to a month" if "months" in units else ""

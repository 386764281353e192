"""Draw small plots as SVG text: bars with intervals, dots, a curve, a histogram. Colours come from the page's CSS."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

WIDTH = 760
LABELS = 216  # width left of the plot
FIGURES = 148  # width right of it
ROW = 26
AXIS = 28
HEIGHT = 300
MARGIN = 46
BINS = 36
TICKS = 6
DIFFERENCE_FIGURES = 206  # two signs more


@dataclass(frozen=True, slots=True)
class Bar:
    """A value with its interval; `group` chooses the colour, `a`, `b` or `c`."""

    label: str
    value: float
    low: float | None = None
    high: float | None = None
    group: str = "a"


@dataclass(frozen=True, slots=True)
class DotRow:
    """The values of one label, one per series; None leaves a dot out."""

    label: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Marker:
    """A place worth naming: on a curve a point, on a histogram a line at `x`."""

    label: str
    x: float
    y: float = 0.0


@dataclass(frozen=True, slots=True)
class Scale:
    """Turns values from `low` to `high` into places from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The place of `value`, to a tenth."""
        return round(self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start), 1)


def ticks(low: float, high: float) -> list[float]:
    """Return round values from `low` to `high`, about `TICKS` of them, 1, 2 or 5 times a power of ten apart."""
    rough = (high - low) / TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(times * power for times in (1, 2, 5, 10) if times * power >= rough * 0.99)
    first = math.ceil(low / step - 1e-9)
    return [round(n * step, 10) + 0.0 for n in range(first, math.floor(high / step + 1e-9) + 1)]


def bars(rows: Sequence[Bar], title: str, is_difference: bool = False) -> Markup:
    """Horizontal bars from zero with their intervals, values written at the right."""
    ends = [v for row in rows for v in (row.value, row.low, row.high) if v is not None]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    high = high if high > low else low + 1.0
    figures = WIDTH - (DIFFERENCE_FIGURES if is_difference else FIGURES)
    x = Scale(low, high, LABELS, figures)
    bottom = ROW * len(rows) + 4
    parts = _x_axis(x, bottom)
    for n, row in enumerate(rows):
        y = ROW * n + ROW / 2 + 4
        left, right = sorted((x(0.0), x(row.value)))
        parts.append(_label(row.label, y))
        parts.append(
            Markup('<rect class="bar {}" x="{}" y="{}" width="{}" height="12" rx="2"/>').format(
                row.group, left, y - 6, max(1.0, round(right - left, 1))
            )
        )
        if row.low is not None and row.high is not None:
            parts.append(_whisker(x(row.low), x(row.high), y))
        parts.append(_figure(_written(row, is_difference), figures + 12, y))
    parts.append(Markup('<line class="zero" x1="{0}" x2="{0}" y1="0" y2="{1}"/>').format(x(0.0), bottom))
    return _svg(parts, bottom + AXIS, title)


def dots(rows: Sequence[DotRow], title: str) -> Markup:
    """One line per label from 0 to 1, a dot per series: the first round, the second a diamond."""
    x = Scale(0.0, 1.0, LABELS, WIDTH - 24)
    bottom = ROW * len(rows) + 4
    parts = _x_axis(x, bottom)
    for n, row in enumerate(rows):
        y = ROW * n + ROW / 2 + 4
        parts.append(_label(row.label, y))
        known = [x(value) for value in row.values if value is not None]
        if len(known) > 1:
            parts.append(
                Markup('<line class="span" x1="{}" x2="{}" y1="{y}" y2="{y}"/>').format(min(known), max(known), y=y)
            )
        parts.extend(_dot(x(value), y, series) for series, value in enumerate(row.values) if value is not None)
    return _svg(parts, bottom + AXIS, title)


def curve(
    points: Sequence[tuple[float, float]], markers: Sequence[Marker], title: str, names: tuple[str, str]
) -> Markup:
    """A stepless line through `points`, x from 0 to 1, y from 0 up; `names` are of the x and the y axis."""
    top = max([0.1, *(y for _, y in points)])
    top = ticks(0.0, top)[-1] + (0.1 if ticks(0.0, top)[-1] < top else 0.0)
    x = Scale(0.0, 1.0, MARGIN + 14, WIDTH - 24)
    y = Scale(0.0, top, HEIGHT - MARGIN, 14)
    parts = _x_axis(x, HEIGHT - MARGIN)
    for tick in ticks(0.0, top):
        parts.append(Markup('<line class="grid" x1="{}" x2="{}" y1="{y}" y2="{y}"/>').format(x(0), x(1), y=y(tick)))
        parts.append(
            Markup('<text class="tick end" x="{}" y="{}">{}</text>').format(x(0) - 8, y(tick) + 4, _short(tick))
        )
    path = " ".join(f"{'L' if n else 'M'}{x(a)} {y(b)}" for n, (a, b) in enumerate(points))
    parts.append(Markup('<path class="line" d="{}"/>').format(path))
    for marker in markers:
        place = x(marker.x)
        side, gap = ("end", -10) if marker.x > 0.5 else ("start", 10)
        parts.append(Markup('<circle class="mark" cx="{}" cy="{}" r="5"/>').format(place, y(marker.y)))
        parts.append(
            Markup('<text class="note {}" x="{}" y="{}">{}</text>').format(
                side, place + gap, y(marker.y) - 9, marker.label
            )
        )
    middle = (x(0) + x(1)) / 2
    parts.append(Markup('<text class="axis" x="{}" y="{}">{}</text>').format(middle, HEIGHT - 8, names[0]))
    parts.append(
        Markup('<text class="axis" transform="translate(14 {}) rotate(-90)">{}</text>').format(y(top / 2), names[1])
    )
    return _svg(parts, HEIGHT, title)


def histogram(values: Sequence[float], markers: Sequence[Marker], title: str, name: str) -> Markup:
    """How many values fall where, from 0 to the 99th percentile; higher ones stand in the last bar."""
    ordered = sorted(values)
    far = ordered[min(len(ordered) - 1, math.ceil(0.99 * len(ordered)) - 1)]
    far = max([far * 1.05, *(marker.x * 1.1 for marker in markers)]) or 1.0
    counts = [0] * BINS
    for value in values:
        counts[min(BINS - 1, int(value / far * BINS))] += 1
    top = 22 + 18 * len(markers)
    x = Scale(0.0, far, 24, WIDTH - 24)
    y = Scale(0.0, max(counts), HEIGHT - MARGIN, top)
    parts = _x_axis(x, HEIGHT - MARGIN)
    for n, count in enumerate(counts):
        left, right = x(far * n / BINS), x(far * (n + 1) / BINS)
        if count:
            parts.append(
                Markup('<rect class="bar a" x="{}" y="{}" width="{}" height="{}"/>').format(
                    left + 1, y(count), round(right - left - 2, 1), round(y(0) - y(count), 1)
                )
            )
    for n, marker in enumerate(markers):
        line = 16 + 18 * n
        is_far = marker.x > far * 0.7
        parts.append(
            Markup('<line class="rule" x1="{x}" x2="{x}" y1="{}" y2="{}"/>').format(line - 10, y(0), x=x(marker.x))
        )
        parts.append(
            Markup('<text class="note {}" x="{}" y="{}">{}</text>').format(
                "end" if is_far else "start", x(marker.x) + (-6 if is_far else 6), line, marker.label
            )
        )
    parts.append(Markup('<text class="axis" x="{}" y="{}">{}</text>').format(WIDTH / 2, HEIGHT - 8, name))
    return _svg(parts, HEIGHT, title)


def _svg(parts: Sequence[Markup], height: float, title: str) -> Markup:
    return Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        WIDTH, round(height), title, Markup("").join(parts)
    )


def _x_axis(x: Scale, bottom: float) -> list[Markup]:
    parts = []
    for tick in ticks(x.low, x.high):
        parts.append(Markup('<line class="grid" x1="{x}" x2="{x}" y1="0" y2="{}"/>').format(bottom, x=x(tick)))
        parts.append(Markup('<text class="tick" x="{}" y="{}">{}</text>').format(x(tick), bottom + 17, _short(tick)))
    return parts


def _label(text: str, y: float) -> Markup:
    return Markup('<text class="label" x="{}" y="{}">{}</text>').format(LABELS - 10, y + 4, text)


def _figure(text: str, x: float, y: float) -> Markup:
    return Markup('<text class="figure" x="{}" y="{}">{}</text>').format(x, y + 4, text)


def _whisker(left: float, right: float, y: float) -> Markup:
    return Markup('<path class="whisker" d="M{0} {2}H{1}M{0} {3}V{4}M{1} {3}V{4}"/>').format(
        left, right, y, y - 4, y + 4
    )


def _dot(x: float, y: float, series: int) -> Markup:
    if series == 0:
        return Markup('<circle class="dot a" cx="{}" cy="{}" r="5.5"/>').format(x, y)
    return Markup('<path class="dot b" d="M{} {}l6.5 6.5l-6.5 6.5l-6.5 -6.5z"/>').format(x, y - 6.5)


def _written(row: Bar, is_difference: bool) -> str:
    sign = "+" if is_difference else ""
    if row.low is None or row.high is None:
        return f"{row.value:{sign}.3f}".replace("-", "−")
    joint = " to " if is_difference else "–"
    return f"{row.value:{sign}.3f} ({row.low:{sign}.2f}{joint}{row.high:{sign}.2f})".replace("-", "−")


def _short(value: float) -> str:
    return f"{value:g}".replace("-", "−")

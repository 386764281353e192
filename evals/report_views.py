"""What the report shows, prepared as plain records: headline, types, systems, risk, and the worst questions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evals.plots import Bar, DotRow, Marker
from evals.results import Result, SystemResult
from evals.significance import compare
from ingest.text import plain

PRODUCT = "product"
NDCG = "nDCG@10"
WORST = 10
WORST_UNANSWERABLE = 5
SHOWN = 8
NAMES = {
    "nDCG@10": "nDCG@10",
    "Recall@10": "recall@10",
    "MRR@10": "MRR@10",
    "Success@1": "right at first place",
    "Success@5": "right in the first five",
    "Nuggets@4": "nuggets in the first four passages",
    "pass": "answers that pass",
    "nuggets_in_text": "nuggets in the text",
    "nuggets_in_evidence": "nuggets in text or quotes",
    "citation_precision": "citation precision",
    "citation_recall": "citation recall",
    "cited_share": "sentences cited",
    "exact_quotes": "exact quotes",
    "false_refusal": "false refusals",
    "false_answer": "false answers",
    "abstention_precision": "abstention precision",
    "abstention_recall": "abstention recall",
    "abstention_f1": "abstention F1",
    "risk_area": "area under risk",
    "words": "mean words",
    "words_median": "median words",
    "p50_ms": "median ms",
    "p95_ms": "95th percentile ms",
    "embedding_p50_ms": "embedding, median ms",
    "times_embedding": "times embedding alone",
}
HEADLINE = (
    ("retrieval", ("nDCG@10", "Recall@10", "Success@5")),
    (
        "answers",
        ("pass", "citation_precision", "exact_quotes", "false_refusal", "false_answer", "words_median", "p50_ms"),
    ),
)
WHOLE = frozenset({"words", "words_median", "p50_ms", "p95_ms", "embedding_p50_ms"})
TURN_COLUMNS = ("pass", "nuggets_in_evidence", "citation_precision", "false_refusal")
TYPE_COLUMNS = ("nDCG@10", "Recall@10", "pass", "nuggets_in_evidence", "citation_precision", "false_refusal", "words")


@dataclass(frozen=True, slots=True)
class Tile:
    """One headline figure."""

    label: str
    value: str
    interval: str


@dataclass(frozen=True, slots=True)
class Row:
    """A labelled row of written figures."""

    label: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """A section that was retrieved, and its grade as written (`–`: not judged)."""

    section: str
    grade: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A question that went wrong, with what was found and said; `missed` are judged sections not retrieved."""

    question_id: str
    question_type: str
    question: str
    fault: str
    figures: str
    understood: str
    answer: str
    retrieved: tuple[Placed, ...]
    missed: tuple[Placed, ...]


def written(measure: str, value: float | None) -> str:
    """A figure as it is shown; `–` for none."""
    if value is None:
        return "–"
    if measure in WHOLE:
        return f"{value:.0f}"
    return f"{value:.1f}" if measure == "times_embedding" else f"{value:.3f}"


def named(measure: str) -> str:
    """A measure in words."""
    return NAMES.get(measure, measure)


def _interval(system: SystemResult, measure: str) -> str:
    if measure not in system.intervals:
        return ""
    low, high = system.intervals[measure]
    return f"{written(measure, low)} to {written(measure, high)}"


def main_system(result: Result) -> SystemResult:
    """The product's figures, or those of the first system where there is no product."""
    return result.systems.get(PRODUCT) or result.systems.get("clean") or next(iter(result.systems.values()))


def tiles(results: Mapping[str, Result]) -> list[Tile]:
    """The headline figures of the results there are."""
    return [
        Tile(named(m), written(m, system.measures[m]), _interval(system, m))
        for kind, measures in HEADLINE
        if kind in results
        for system in (main_system(results[kind]),)
        for m in measures
        if m in system.measures
    ]


def by_type(results: Mapping[str, Result]) -> dict[str, dict[str, float]]:
    """The product's measures of each type, retrieval and answers together, with the number of its questions as
    `count` and of those with judgements as `judged`."""
    joined: dict[str, dict[str, float]] = {}
    for kind in ("retrieval", "answers"):
        if kind in results:
            system = main_system(results[kind])
            counts: dict[str, float] = {}
            for detail in system.details.values():
                counts[detail.get("type", "")] = counts.get(detail.get("type", ""), 0) + 1
            for name, measures in system.by_type.items():
                joined.setdefault(name, {}).update(measures)
                joined[name]["count"] = counts.get(name, 0)
                joined[name].setdefault("judged", counts.get(name, 0))
    return dict(sorted(joined.items()))


def type_dots(types: Mapping[str, Mapping[str, float]]) -> list[DotRow]:
    """Retrieval and passing of each type, the worst in passing first."""
    order = sorted(types, key=lambda name: (types[name].get("pass", 0.0), name))
    return [
        DotRow(f"{name} ({types[name]['count']:.0f})", (types[name].get(NDCG), types[name].get("pass")))
        for name in order
    ]


def type_rows(types: Mapping[str, Mapping[str, float]]) -> list[Row]:
    """The figures of each type in `TYPE_COLUMNS`."""
    return [
        Row(name, (f"{m['count']:.0f}", *(written(c, m.get(c)) for c in TYPE_COLUMNS))) for name, m in types.items()
    ]


def system_bars(result: Result, measure: str = NDCG) -> list[Bar]:
    """Every system by one measure, best first; the product, its variants and the baselines are told apart."""
    shown = {name: system for name, system in result.systems.items() if measure in system.measures}
    order = sorted(shown, key=lambda name: -shown[name].measures[measure])
    bars = []
    for name in order:
        low, high = shown[name].intervals.get(measure, (None, None))
        bars.append(Bar(name, shown[name].measures[measure], low, high, _group(name)))
    return bars


def difference_bars(result: Result, measure: str = NDCG) -> list[Bar]:
    """What each part left out changes, the greatest loss first, with the interval of the paired difference."""
    product = result.systems.get(PRODUCT)
    if product is None:
        return []
    first = column(product, measure)
    bars = []
    for name, system in result.systems.items():
        if name != PRODUCT and not name.startswith("baseline"):
            one = compare(first, column(system, measure))
            bars.append(Bar(name, one.difference, one.low, one.high, "a"))
    return sorted(bars, key=lambda bar: bar.value)


def _group(name: str) -> str:
    if name == PRODUCT:
        return "a"
    return "c" if name.startswith("baseline") else "b"


def column(system: SystemResult, measure: str) -> dict[str, float]:
    """One measure of every question that has it."""
    return {question: row[measure] for question, row in system.per_question.items() if measure in row}


def risk(result: Result) -> tuple[list[tuple[float, float]], list[Marker]]:
    """The risk-coverage curve, and where the decision's threshold and answering everything stand on it."""
    points = result.notes.get("risk_coverage", [])
    line = [(p["coverage"], p["risk"]) for p in points]
    if not line:
        return [], []
    threshold = result.notes.get("threshold", 0.0)
    answered = [p for p in points if p["chance"] >= threshold]
    markers = [Marker(f"answering all: {line[-1][1]:.2f}", *line[-1])]
    if answered and len(answered) < len(points):
        here = answered[-1]
        text = f"as shipped: {here['risk']:.2f} of {here['coverage']:.0%}"
        markers.append(Marker(text, here["coverage"], here["risk"]))
    return line, markers


def failures(result: Result) -> list[Failure]:
    """The worst questions: answerable ones, fewest nuggets first (for retrieval alone, the lowest nDCG), then the
    unanswerable ones that were answered with the greatest certainty."""
    system = main_system(result)
    measure = "pass" if any("pass" in row for row in system.per_question.values()) else NDCG
    details = system.details

    def badness(name: str) -> tuple[float | str, ...]:
        row = system.per_question[name]
        return row[measure], row.get("nuggets_in_evidence", 0.0), row.get("citation_precision", 0.0), name

    wrong = [name for name, row in system.per_question.items() if row.get(measure, 1.0) < 1.0]
    answerable = sorted((name for name in wrong if details.get(name, {}).get("answerable", True)), key=badness)
    others = sorted(set(wrong) - set(answerable), key=lambda name: (-details[name].get("chance", 0.0), name))
    order = [*answerable[:WORST], *others[:WORST_UNANSWERABLE]]
    return [_failure(name, details.get(name, {}), system.per_question[name]) for name in order]


def _failure(name: str, detail: Mapping[str, Any], row: Mapping[str, float]) -> Failure:
    judged: dict[str, int] = detail.get("judged", {})
    retrieved: list[str] = detail.get("retrieved", [])
    understood = str(detail.get("understood", ""))
    asked = str(detail.get("question", name))
    return Failure(
        question_id=name,
        question_type=str(detail.get("type", "")),
        question=asked,
        fault=_fault(row),
        figures=_figures(detail, row),
        understood="" if understood == asked else understood,
        answer="\n".join(filter(None, (plain(line) for line in str(detail.get("answer", "")).splitlines()))),
        retrieved=tuple(Placed(s, str(judged.get(s, "–"))) for s in retrieved[:SHOWN]),
        missed=tuple(Placed(s, str(g)) for s, g in judged.items() if s not in retrieved[:SHOWN]),
    )


def _figures(detail: Mapping[str, Any], row: Mapping[str, float]) -> str:
    shown = [
        f"{named(m)} {written(m, row[m])}" for m in (NDCG, "nuggets_in_evidence", "citation_precision") if m in row
    ]
    if "chance" in detail:
        shown.append(f"chance {detail['chance']:.2f}")
    return ", ".join(shown)


def _fault(row: Mapping[str, float]) -> str:
    if row.get("false_refusal") == 1.0:
        return "refused, though the library answers"
    if row.get("false_answer") == 1.0:
        return "answered, though the library does not say"
    if "pass" not in row:
        return "the sections that answer stand too low"
    return "a nugget is missing" if row.get("nuggets_in_evidence", 0.0) < 1.0 else "no expected source is cited"

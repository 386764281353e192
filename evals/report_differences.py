"""What the report shows of two results of one kind: the change of each measure and of each question."""

from collections.abc import Sequence
from dataclasses import dataclass

from evals.answer_measures import LOWER_IS_BETTER
from evals.report_views import NDCG, Row, column, main_system, named, written
from evals.results import Result
from evals.significance import Comparison, compare

CHANGED = 40
BY_QUESTION = (NDCG, "pass", "nuggets_in_evidence")
SAME = 1e-9


@dataclass(frozen=True, slots=True)
class Change:
    """One question whose value differs between two results."""

    question_id: str
    question: str
    measure: str
    before: str
    after: str
    is_better: bool


@dataclass(frozen=True, slots=True)
class Differences:
    """All that differs between two results of one kind: by measure, and by question, largest first."""

    title: str
    rows: tuple[Row, ...]
    changes: tuple[Change, ...]
    left_out: int


def differences(before: Result, after: Result) -> Differences:
    """Compare the product in two results of one kind, measure by measure and question by question."""
    old, new = main_system(before), main_system(after)
    rows, changes = [], []
    for measure in [m for m in new.measures if m in old.measures]:
        first, second = column(old, measure), column(new, measure)
        cells = [written(measure, old.measures[measure]), written(measure, new.measures[measure])]
        rows.append(Row(named(measure), (*cells, *_compared(compare(first, second)))))
        if measure in BY_QUESTION:
            both = (
                (measure, question, value, second[question]) for question, value in first.items() if question in second
            )
            changes += [change for change in both if abs(change[3] - change[2]) > SAME]
    changes.sort(key=lambda c: (-abs(c[3] - c[2]), c[1], c[0]))
    shown = tuple(
        Change(
            question_id=question,
            question=str(new.details.get(question, {}).get("question", "")),
            measure=named(measure),
            before=written(measure, one),
            after=written(measure, two),
            is_better=(two > one) != (measure in LOWER_IS_BETTER),
        )
        for measure, question, one, two in changes[:CHANGED]
    )
    title = f"{before.kind}: {before.commit} of {before.created[:10]} → {after.commit} of {after.created[:10]}"
    return Differences(title, tuple(rows), shown, max(0, len(changes) - CHANGED))


def _compared(one: Comparison) -> Sequence[str]:
    if not one.count:
        return "–", "–", "–"
    cells = f"{one.difference:+.3f}", f"{one.low:+.3f} to {one.high:+.3f}", f"{one.p_value:.3f}"
    return tuple(cell.replace("-", "−") for cell in cells)

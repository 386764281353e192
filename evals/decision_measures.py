"""Measure the decision to answer or to abstain: abstention as a search for the unanswerable, and risk by coverage."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Abstention:
    """How well abstaining finds the unanswerable; a share of nothing is 0."""

    precision: float
    recall: float
    f1: float


def abstention(is_answerable: Sequence[bool], has_abstained: Sequence[bool]) -> Abstention:
    """Return precision, recall and F1 of abstaining, the unanswerable questions being what it should find."""
    right = sum(not a and b for a, b in zip(is_answerable, has_abstained, strict=True))
    abstained, unanswerable = sum(has_abstained), len(is_answerable) - sum(is_answerable)
    precision = right / abstained if abstained else 0.0
    recall = right / unanswerable if unanswerable else 0.0
    both = precision + recall
    return Abstention(precision, recall, 2 * precision * recall / both if both else 0.0)


@dataclass(frozen=True, slots=True)
class RiskPoint:
    """`risk`: share of wrong answers when the `coverage` share of questions with the highest chances is answered."""

    coverage: float
    risk: float
    chance: float


def risk_coverage(chances: Sequence[float], is_right: Sequence[bool]) -> list[RiskPoint]:
    """Return the curve from the most certain question to all, one point per distinct chance.

    `is_right` says whether the answer would pass if it were given; it is False for the
    unanswerable. Geifman and El-Yaniv 2017, section 2.
    """
    order = sorted(range(len(chances)), key=lambda i: -chances[i])
    if len(chances) != len(is_right):
        raise ValueError("give one truth per chance")
    points: list[RiskPoint] = []
    wrong = 0
    for place, i in enumerate(order, start=1):
        wrong += not is_right[i]
        point = RiskPoint(place / len(order), wrong / place, chances[i])
        if points and points[-1].chance == chances[i]:
            points[-1] = point
        else:
            points.append(point)
    return points


def area_under_risk(points: Sequence[RiskPoint]) -> float:
    """Mean risk over all coverages, 0 to 1, lower is better; NaN without points. A step per point."""
    if not points:
        return math.nan
    before = [0.0, *(point.coverage for point in points[:-1])]
    return sum((point.coverage - last) * point.risk for point, last in zip(points, before, strict=True))

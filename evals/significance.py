"""How sure a mean is: bootstrap intervals and a paired randomisation test. Knows only numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 5000  # the ends of a 95% interval then vary by about 2% of its width
SEED = 20261120
LEVEL = 0.95
EXACT_UP_TO = 12  # 2 ** 12 sign patterns are fewer than the resamples
Floats = np.ndarray[tuple[int], np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two systems on the same questions: `difference` is the second's mean minus the first's.

    `low` and `high` bound it at 95%; `p_value` is two-sided; `count` is the number of questions.
    """

    difference: float
    low: float
    high: float
    p_value: float
    count: int


def interval(values: Sequence[float], resamples: int = RESAMPLES, seed: int = SEED) -> tuple[float, float]:
    """Return the 95% percentile bootstrap interval of the mean (Efron 1979); (0, 0) without values."""
    if not len(values):
        return 0.0, 0.0
    data = np.asarray(values, dtype=np.float64)
    random = np.random.default_rng(seed)
    means = np.array([data[random.integers(0, len(data), len(data))].mean() for _ in range(resamples)])
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def intervals(scores: Mapping[str, Mapping[str, float]]) -> dict[str, tuple[float, float]]:
    """Return the interval of each measure over the questions that have it."""
    columns: dict[str, list[float]] = {}
    for row in scores.values():
        for name, value in row.items():
            columns.setdefault(name, []).append(value)
    return {name: interval(values) for name, values in columns.items()}


def randomisation_p(differences: Sequence[float], resamples: int = RESAMPLES, seed: int = SEED) -> float:
    """Return the two-sided p-value of the paired randomisation test (Smucker et al. 2007) on differences.

    Under the null either system could have got either score, so every sign pattern is as likely.
    Up to `EXACT_UP_TO` differences all patterns are tried; else `resamples` random ones, and the
    observed pattern counts as one of them, so that the value is never 0.
    """
    data = np.asarray(differences, dtype=np.float64)
    if not len(data):
        return 1.0
    observed = abs(data.sum())
    slack = 1e-9 * max(1.0, float(np.abs(data).sum()))  # sums in another order differ in the last bits
    if len(data) <= EXACT_UP_TO:
        patterns = (np.arange(2 ** len(data))[:, None] >> np.arange(len(data))) & 1
        sums = np.abs((1 - 2 * patterns) @ data)
        return float((sums >= observed - slack).mean())
    random = np.random.default_rng(seed)
    signs = random.integers(0, 2, (resamples, len(data)), dtype=np.int8) * 2 - 1
    extreme = int((np.abs(signs @ data) >= observed - slack).sum())
    return (extreme + 1) / (resamples + 1)


def compare(first: Mapping[str, float], second: Mapping[str, float]) -> Comparison:
    """Compare two systems by one measure, question by question; questions of only one are left out."""
    shared = [question for question in first if question in second]
    differences = [second[question] - first[question] for question in shared]
    if not differences:
        return Comparison(0.0, 0.0, 0.0, 1.0, 0)
    low, high = interval(differences)
    difference = float(np.mean(differences))
    return Comparison(difference, low, high, randomisation_p(differences), len(shared))

"""Tests of the intervals and the randomisation test: by hand, and against scipy."""

import numpy as np
import pytest
from scipy import stats

from evals.significance import compare, interval, intervals, randomisation_p


def test_the_interval_of_equal_values_is_that_value() -> None:
    assert interval([0.25] * 9) == (0.25, 0.25)


def test_the_interval_of_nothing_is_zero() -> None:
    assert interval([]) == (0.0, 0.0)


def test_the_interval_of_one_success_and_one_failure_spans_everything() -> None:
    # Of the four resamples of (0, 1) a quarter has mean 0 and a quarter mean 1: both beyond 2.5%.
    assert interval([0.0, 1.0]) == (0.0, 1.0)


def test_the_interval_agrees_with_scipys_percentile_bootstrap() -> None:
    values = np.random.default_rng(3).beta(2, 1, 150)
    theirs = stats.bootstrap((values,), np.mean, n_resamples=5000, method="percentile", rng=5).confidence_interval
    assert interval(values.tolist()) == pytest.approx((theirs.low, theirs.high), abs=0.004)


def test_the_same_values_have_the_same_interval_every_time() -> None:
    values = [0.1, 0.9, 0.4, 0.7]
    assert interval(values) == interval(values)


def test_intervals_are_of_the_questions_that_have_the_measure() -> None:
    assert intervals({"a": {"x": 1.0, "y": 0.5}, "b": {"x": 1.0}}) == {"x": (1.0, 1.0), "y": (0.5, 0.5)}


def test_three_wins_of_three_have_a_quarter_as_p_value() -> None:
    # Of eight sign patterns two, all plus and all minus, are as extreme.
    assert randomisation_p([1.0, 1.0, 1.0]) == 0.25


def test_unlike_differences_count_the_patterns_by_hand() -> None:
    # Sums of (±3, ±1): 4, 2, -2, -4; the observed 3 - 1 = 2 is reached by all four.
    assert randomisation_p([3.0, -1.0]) == 1.0


def test_no_difference_is_no_evidence() -> None:
    assert randomisation_p([0.0] * 40) == 1.0
    assert randomisation_p([]) == 1.0


@pytest.mark.parametrize("size", [10, 80])
def test_the_p_value_agrees_with_scipys_permutation_test(size: int) -> None:
    random = np.random.default_rng(size)
    first, second = random.random(size), random.random(size) + 0.08
    theirs = stats.permutation_test(
        (first, second),
        lambda a, b, axis=-1: np.mean(b - a, axis=axis),
        permutation_type="samples",
        n_resamples=20_000,
        vectorized=True,
        rng=1,
    )
    assert randomisation_p((second - first).tolist()) == pytest.approx(theirs.pvalue, abs=0.015)


def test_comparing_takes_the_second_minus_the_first_over_shared_questions() -> None:
    found = compare({"a": 0.0, "b": 0.5, "only": 1.0}, {"a": 1.0, "b": 0.5, "other": 0.0})
    assert (found.difference, found.count) == (0.5, 2)
    assert found.low <= 0.5 <= found.high


def test_comparing_what_shares_nothing_finds_nothing() -> None:
    assert compare({"a": 1.0}, {"b": 1.0}).count == 0

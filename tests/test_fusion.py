"""Fusion: both formulas by hand, ties, and legs that found nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.fusion import RRF_K, reciprocal_rank_fusion, weighted_fusion

names = st.sampled_from("abcdefgh")
scorings = st.dictionaries(names, st.floats(-5, 50, allow_nan=False), max_size=8)


def test_reciprocal_ranks_are_added_with_ranks_from_one() -> None:
    fused = reciprocal_rank_fusion([["a", "b"], ["b", "c"]])
    assert fused == {"a": 1 / 61, "b": 1 / 62 + 1 / 61, "c": 1 / 62}
    assert RRF_K == 60


def test_reciprocal_ranks_take_another_constant() -> None:
    assert reciprocal_rank_fusion([["a", "b"]], k=0) == {"a": 1.0, "b": 0.5}


def test_two_that_change_places_tie() -> None:
    fused = reciprocal_rank_fusion([["a", "b"], ["b", "a"]])
    assert fused["a"] == fused["b"]


@pytest.mark.parametrize("rankings", [[], [[]], [[], []]])
def test_no_ranking_gives_nothing(rankings: list[list[str]]) -> None:
    assert reciprocal_rank_fusion(rankings) == {}


def test_a_leg_that_found_nothing_leaves_the_order_of_the_other() -> None:
    fused = reciprocal_rank_fusion([["a", "b", "c"], []])
    assert sorted(fused, key=lambda name: -fused[name]) == ["a", "b", "c"]


@given(st.lists(st.lists(names, unique=True, max_size=8), max_size=3))
def test_to_be_first_everywhere_is_to_be_first(rankings: list[list[str]]) -> None:
    fused = reciprocal_rank_fusion([["first", *ranking] for ranking in [*rankings, []]])
    assert max(fused, key=lambda name: fused[name]) == "first"
    assert all(0 < score <= (len(rankings) + 1) / 61 + 1e-12 for score in fused.values())


def test_scores_are_scaled_from_nought_to_one_and_weighed() -> None:
    fused = weighted_fusion([{"a": 0.9, "b": 0.5, "c": 0.1}, {"b": 12.0, "d": 2.0}], [0.25, 0.75])
    assert fused == pytest.approx({"a": 0.25, "b": 0.125 + 0.75, "c": 0.0, "d": 0.0})


def test_equal_scores_of_a_leg_all_have_its_whole_weight() -> None:
    assert weighted_fusion([{"a": 3.0, "b": 3.0}, {"c": 1.0}], [0.4, 0.6]) == {"a": 0.4, "b": 0.4, "c": 0.6}


def test_an_empty_leg_adds_nothing() -> None:
    assert weighted_fusion([{}, {"a": 2.0, "b": 1.0}], [0.5, 0.5]) == {"a": 0.5, "b": 0.0}
    assert weighted_fusion([{}, {}], [0.5, 0.5]) == {}


def test_a_weight_for_each_leg_is_required() -> None:
    with pytest.raises(ValueError, match="shorter"):
        weighted_fusion([{"a": 1.0}, {"b": 1.0}], [1.0])


@given(scorings, scorings)
def test_fused_scores_lie_between_nought_and_the_sum_of_weights(one: dict[str, float], other: dict[str, float]) -> None:
    fused = weighted_fusion([one, other], [0.4, 0.6])
    assert set(fused) == set(one) | set(other)
    assert all(-1e-9 <= score <= 1 + 1e-9 for score in fused.values())


@given(scorings)
def test_one_leg_alone_keeps_its_order(scoring: dict[str, float]) -> None:
    fused = weighted_fusion([scoring], [1.0])
    for a in scoring:
        for b in scoring:
            assert scoring[a] <= scoring[b] or fused[a] >= fused[b]

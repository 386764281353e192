from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.durations import (
    UnitError,
    difference,
    duration_text,
    hull,
    in_unit,
    longest,
    number_text,
    shortest,
    sum_text,
    total,
)
from assistant.facts.times import PLAIN, Figure, figure
from assistant.understanding.request import Request
from ingest.corpus_models import Duration, Unit


def span(minimum: float, maximum: float, unit: Unit = "weeks") -> Duration:
    return Duration(minimum=minimum, maximum=maximum, unit=unit)


MODULES = [span(8, 10), span(6, 8), span(10, 12), span(6, 8), span(10, 14)]


def test_adds_least_with_least_and_most_with_most() -> None:
    assert total(MODULES) == span(40, 52)


def test_shows_the_terms_of_a_sum() -> None:
    assert sum_text(MODULES) == "8–10 + 6–8 + 10–12 + 6–8 + 10–14 = 40–52 weeks"


def test_a_single_term_stands_alone() -> None:
    assert sum_text([span(8, 10)]) == "8–10 weeks"


def test_a_month_is_52_twelfths_of_a_week() -> None:
    assert in_unit(span(18, 24, "months"), "weeks") == span(78, 104)
    assert in_unit(span(52, 52), "years") == span(1, 1, "years")


def test_mixed_units_are_added_in_weeks_and_the_conversion_is_said() -> None:
    assert total([span(3, 3, "months"), span(1, 2)]) == span(14, 15)
    assert sum_text([span(3, 3, "months"), span(1, 2)]) == "13 + 1–2 = 14–15 weeks (52/12 weeks to a month)"
    assert sum_text([span(1, 1, "years"), span(1, 1, "weeks")]) == "52 + 1 = 53 weeks (52 weeks to a year)"
    assert sum_text([span(7, 7, "days"), span(1, 2)]) == "1 + 1–2 = 2–3 weeks"


@pytest.mark.parametrize(
    ("request_", "text", "working"),
    [
        (PLAIN, "14–15 weeks", "13 + 1–2; 52/12 weeks to a month"),
        (replace(PLAIN, ends=("most",)), "at most 15 weeks", "13 + 1–2 = 14–15 weeks; 52/12 weeks to a month"),
        (replace(PLAIN, unit="days"), "98–105 days", "13 + 1–2 = 14–15 weeks; 52/12 weeks to a month"),
    ],
)
def test_an_answer_over_mixed_units_says_how_they_were_turned(request_: Request, text: str, working: str) -> None:
    assert figure([span(3, 3, "months"), span(1, 2)], request_) == Figure(text, working)


def test_hours_of_study_are_never_turned_into_weeks() -> None:
    with pytest.raises(UnitError, match="no number of hours a week"):
        in_unit(span(15, 15, "hours"), "weeks")
    with pytest.raises(UnitError):
        total([span(15, 15, "hours"), span(1, 1)])


def test_minutes_and_hours_are_added_in_minutes() -> None:
    assert total([span(2, 2, "hours"), span(12, 12, "minutes")]) == span(132, 132, "minutes")


def test_nothing_cannot_be_added_or_spanned() -> None:
    with pytest.raises(ValueError, match="nothing to add"):
        total([])
    with pytest.raises(ValueError, match="nothing to span"):
        hull([])


def test_finds_all_places_of_the_shortest_and_of_the_longest() -> None:
    assert shortest(MODULES) == [1, 3]
    assert longest(MODULES) == [4]


def test_the_hull_reaches_from_the_least_to_the_greatest() -> None:
    assert hull([span(8, 10), span(2, 3, "months")]) == span(8, 13)


def test_a_difference_sets_least_against_least_and_most_against_most() -> None:
    assert difference(span(18, 24, "months"), span(14, 18, "months")) == span(4, 6, "months")
    assert difference(span(6, 6, "months"), span(18, 18, "months")) == span(12, 12, "months")


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (span(8, 10), "8–10 weeks"),
        (span(18, 18, "months"), "18 months"),
        (span(1, 1, "months"), "1 month"),
        (span(0.5, 1, "months"), "0.5–1 months"),
        (span(52 / 12, 52 / 12), "4.3 weeks"),
    ],
)
def test_writes_figures_and_unit(duration: Duration, text: str) -> None:
    assert duration_text(duration) == text


def test_rounds_to_one_decimal_and_drops_a_zero() -> None:
    assert [number_text(n) for n in (3.0, 3.04, 3.25, 2.999)] == ["3", "3", "3.2", "3"]


spans = st.tuples(st.integers(0, 500), st.integers(0, 500)).map(lambda p: span(min(p), max(p)))


@given(st.lists(spans, min_size=1, max_size=6))
def test_a_sum_is_never_less_than_its_longest_term_and_does_not_depend_on_the_order(terms: list[Duration]) -> None:
    whole = total(terms)
    assert whole == total(terms[::-1])
    assert whole.maximum >= max(t.maximum for t in terms)
    assert whole.minimum >= max(t.minimum for t in terms)


@given(spans)
def test_weeks_to_months_and_back_is_the_same(duration: Duration) -> None:
    back = in_unit(in_unit(duration, "months"), "weeks")
    assert back.minimum == pytest.approx(duration.minimum)
    assert back.maximum == pytest.approx(duration.maximum)

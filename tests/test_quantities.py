"""The one grammar of numbers: figures, ranges, units, paces and places, as people type them."""

import pytest

from assistant.understanding.phrases import tokens_of
from assistant.understanding.quantities import quantities_in
from assistant.understanding.request import Quantity, Role
from ingest.corpus_models import Unit


def read(text: str) -> list[Quantity]:
    return [found.quantity for found in quantities_in(text, tokens_of(text))]


@pytest.mark.parametrize(
    ("text", "low", "high", "unit", "role"),
    [
        ("10-12 weeks", 10, 12, "weeks", Role.AMOUNT),
        ("ten to twelve weeks", 10, 12, "weeks", Role.AMOUNT),
        ("half a year", 0.5, 0.5, "years", Role.AMOUNT),
        ("a couple of weeks", 2, 2, "weeks", Role.AMOUNT),
        ("1.5 hours", 1.5, 1.5, "hours", Role.AMOUNT),
        ("twenty five weeks", 25, 25, "weeks", Role.AMOUNT),
        ("one and a half years", 1.5, 1.5, "years", Role.AMOUNT),
        ("a year and a half", 1.5, 1.5, "years", Role.AMOUNT),
        ("2 and a half to 3 months", 2.5, 3, "months", Role.AMOUNT),
        ("two hundred hours", 200, 200, "hours", Role.AMOUNT),
        ("one hundred and twenty hours", 120, 120, "hours", Role.AMOUNT),
        ("three hundred forty five days", 345, 345, "days", Role.AMOUNT),
        ("1,000 hours", 1000, 1000, "hours", Role.AMOUNT),
        ("in a single month", 1, 1, "months", Role.LIMIT),
        ("I have six months", 6, 6, "months", Role.LIMIT),
        ("it takes only 2 months", 2, 2, "months", Role.CLAIM),
        ("10 hours a week", 10, 10, "hours", Role.PACE),
        ("10h/week", 10, 10, "hours", Role.PACE),
        ("10 to 12 hours per week", 10, 12, "hours", Role.PACE),
        ("two hours every day", 14, 14, "hours", Role.PACE),
        ("2 hrs daily", 14, 14, "hours", Role.PACE),
        ("30 minutes a day", 3.5, 3.5, "hours", Role.PACE),
    ],
)
def test_times_are_read_with_unit_and_role(text: str, low: float, high: float, unit: Unit, role: Role) -> None:
    assert read(text) == [Quantity(low, high, unit, role)]


@pytest.mark.parametrize(
    ("text", "low", "high", "noun"),
    [
        ("module 3", 3, 3, "modul"),
        ("step #2", 2, 2, "step"),
        ("weeks 2-4", 2, 4, "week"),
        ("modules 1 through 3", 1, 3, "modul"),
        ("the second module", 2, 2, "modul"),
        ("the 3rd week", 3, 3, "week"),
        ("the first three steps", 1, 3, "step"),
        ("the last two modules", -2, -1, "modul"),
        ("the final stage", -1, -1, "stage"),
    ],
)
def test_places_are_read_with_what_they_place(text: str, low: float, high: float, noun: str) -> None:
    assert read(text) == [Quantity(low, high, None, Role.PLACE, noun)]


def test_places_go_on_in_a_list_up_to_the_first_that_is_none() -> None:
    assert [q.minimum for q in read("modules 1, 2 and 4 together")] == [1, 2, 4]
    assert read("module 3 and 4 weeks") == [
        Quantity(3, 3, None, Role.PLACE, "modul"),
        Quantity(4, 4, "weeks", Role.AMOUNT),
    ]


def test_a_number_of_things_is_a_count_and_an_age_no_time() -> None:
    assert read("the five modules") == [Quantity(5, 5, None, Role.COUNT, "modul")]
    assert read("I am 35 years old") == [Quantity(35, 35, None, Role.AMOUNT)]


@pytest.mark.parametrize("text", ["", "the second thing", "C++ and R", "٣ weeks ²", "9" * 400])
def test_what_is_no_quantity_is_left_alone(text: str) -> None:
    assert read(text) == []


def test_the_second_one_is_a_place_of_what_another_place_is() -> None:
    assert [(q.minimum, q.noun) for q in read("is the last module longer than the second one?")] == [
        (-1, "modul"),
        (2, "modul"),
    ]
    assert read("is the second one longer?") == []


def test_a_comma_between_places_is_no_part_of_a_number() -> None:
    assert [q.minimum for q in read("modules 1,2 and 3")] == [1, 2, 3]

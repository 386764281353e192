"""Sums, extremes, differences and limits over the times of the small library, with the terms shown."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.facts.sums import sums
from assistant.understanding.request import Frame, Learner, Operation, Quantity, Request, Role, Things
from ingest.corpus_models import Profile, Unit
from ingest.index import Index, Scope
from tests.computed import answered, first_of

MODULES = [(4, 6), (2, 3), (3, 4), (2, 6)]  # weeks, of Alder
ALL = "4–6 + 2–3 + 3–4 + 2–6"


def modules(*numbers: int, roadmaps: tuple[str, ...] = (), **more: Any) -> Request:
    """A request on Alder's modules of these numbers."""
    named = Things(stages=tuple(("alder", n - 1) for n in numbers), roadmaps=roadmaps)
    return Request(Frame.SUM, named=named, **more)


def resources(*ids: str, **more: Any) -> Request:
    return Request(Frame.SUM, named=Things(resources=ids), **more)


def people(*profiles: Profile, roadmaps: tuple[str, ...] = (), **more: Any) -> Request:
    """A request on estimates for kinds of learner."""
    learner = Learner(background=profiles)
    return Request(Frame.SUM, named=Things(roadmaps=roadmaps), learner=learner, **more)


def limit(number: float, unit: Unit, most: float | None = None) -> tuple[Quantity, ...]:
    return (Quantity(number, most or number, unit, Role.LIMIT),)


def pace(hours: float) -> tuple[Quantity, ...]:
    return (Quantity(hours, hours, "hours", Role.PACE),)


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (modules(1, 2), "Together Module 1 and Module 2 take 6–9 weeks (4–6 + 2–3)."),
        (modules(asks_all=True), f"Together Alder's four modules take 11–19 weeks ({ALL})."),
        (modules(1, 2, 3, 4), f"Together Alder's four modules take 11–19 weeks ({ALL})."),
        (modules(1, 2, 3), "Together Module 1, Module 2 and Module 3 take 9–13 weeks (4–6 + 2–3 + 3–4)."),
        (modules(1), "Module 1: Bee Biology takes 4–6 weeks."),
        (
            modules(1, 2, ends=("least",)),
            "Together Module 1 and Module 2 take at least 6 weeks (4–6 + 2–3 = 6–9 weeks).",
        ),
        (modules(1, 2, ends=("most",)), "Together Module 1 and Module 2 take at most 9 weeks (4–6 + 2–3 = 6–9 weeks)."),
        (
            modules(asks_all=True, ends=("least", "most")),
            f"Together Alder's four modules take 11 weeks at the least and 19 weeks at the most ({ALL} = 11–19 weeks).",
        ),
        (
            modules(asks_all=True, operation=Operation.SPREAD),
            f"Together Alder's four modules take 11–19 weeks, 8 weeks from end to end ({ALL} = 11–19 weeks).",
        ),
        (
            modules(asks_all=True, operation=Operation.MIDPOINT),
            f"Together Alder's four modules take 15 weeks, halfway between 11 and 19 weeks ({ALL} = 11–19 weeks).",
        ),
        (
            modules(asks_all=True, unit="months"),
            f"Together Alder's four modules take 2.5–4.4 months ({ALL} = 11–19 weeks; 52/12 weeks to a month).",
        ),
        (
            modules(1, 2, quantities=pace(8)),
            "At 8 hours a week, Module 1 and Module 2 take 48–72 hours together (4–6 + 2–3 = 6–9 weeks).",
        ),
        (
            modules(4, quantities=pace(5)),
            "At 5 hours a week, Module 4: Wintering takes 10–30 hours (2–6 weeks).",
        ),
        # What is left, what comes before, and what is left out.
        (modules(1, 2, operation=Operation.REMAINING), "Together Module 3 and Module 4 take 5–10 weeks (3–4 + 2–6)."),
        (modules(3, direction="before"), "Together Module 1 and Module 2 take 6–9 weeks (4–6 + 2–3)."),
        (modules(2, direction="after"), "Together Module 3 and Module 4 take 5–10 weeks (3–4 + 2–6)."),
        (
            modules(1, direction="after", quantities=(Quantity(2, 2, None, Role.COUNT, "modul"),)),
            "Together Module 2 and Module 3 take 5–7 weeks (2–3 + 3–4).",
        ),
        (
            modules(excluded=Things(stages=(("alder", 3),))),
            "Together Module 1, Module 2 and Module 3 take 9–13 weeks (4–6 + 2–3 + 3–4).",
        ),
        (
            modules(quantities=(Quantity(1, 2, None, Role.PLACE, "modul"),)),
            "Together Module 1 and Module 2 take 6–9 weeks (4–6 + 2–3).",
        ),
        (
            modules(quantities=(Quantity(-2, -1, None, Role.PLACE, "stage"),)),
            "Together Module 3 and Module 4 take 5–10 weeks (3–4 + 2–6).",
        ),
    ],
)
def test_a_sum_is_given_with_its_terms_as_it_is_asked_for(small_index: Index, request_: Request, said: str) -> None:
    assert first_of(sums, request_, small_index) == said


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (modules(operation=Operation.LEAST), "The shortest is Module 2: Building Hives, at 2–3 weeks."),
        (modules(operation=Operation.MOST), "The longest is Module 1: Bee Biology, at 4–6 weeks."),
        (
            modules(operation=Operation.SPREAD, ends=("most",)),
            "Module 4: Wintering (2–6 weeks) has the widest range, 4 weeks from end to end.",
        ),
        (
            modules(operation=Operation.SPREAD, ends=("least",)),
            "Module 2: Building Hives (2–3 weeks) and Module 3: Mite Control (3–4 weeks) have the narrowest range, 1 week"
            " from end to end.",
        ),
        (
            modules(1, 2, operation=Operation.DIFFERENCE),
            "Module 1: Bee Biology takes 2–3 weeks more than Module 2: Building Hives (4–6 against 2–3 weeks).",
        ),
        (
            modules(1, 2, operation=Operation.DIFFERENCE, ends=("most",)),
            "At the most, Module 1: Bee Biology takes 3 weeks more than Module 2: Building Hives (6 against 3 weeks).",
        ),
        (
            modules(1, 4, operation=Operation.DIFFERENCE, ends=("most",)),
            "At the most, Module 1: Bee Biology and Module 4: Wintering take equally long, 6 weeks each.",
        ),
        (
            modules(3, 4, operation=Operation.DIFFERENCE),
            "Module 4: Wintering takes 2–6 weeks and Module 3: Mite Control 3–4 weeks: 1 week less at the least, 2 weeks"
            " more at the most.",
        ),
        (
            modules(asks_all=True, operation=Operation.DIFFERENCE),  # of the longest and the shortest
            "Module 1: Bee Biology takes 2–3 weeks more than Module 2: Building Hives (4–6 against 2–3 weeks).",
        ),
    ],
)
def test_extremes_and_differences_of_stages(small_index: Index, request_: Request, said: str) -> None:
    assert first_of(sums, request_, small_index) == said


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (
            resources("biology-lectures", "joinery-course"),
            "Together Biology Lectures and Joinery Course take 265–315 hours (15 + 250–300).",
        ),
        (
            resources("swarm-school", "queen-academy", operation=Operation.DIFFERENCE),
            "Swarm School takes 1–2 weeks more than Queen Academy (6 against 4–5 weeks).",
        ),
        (resources("swarm-school", "queen-academy", operation=Operation.LEAST), "The shortest is Queen Academy, at 4–5 weeks."),
        (
            resources("biology-lectures", "joinery-course", quantities=pace(5)),
            "At 5 hours a week, Biology Lectures and Joinery Course take 53–63 weeks together (15 + 250–300 = 265–315"
            " hours).",
        ),
    ],
)  # fmt: skip
def test_the_lengths_of_resources_are_computed_with(small_index: Index, request_: Request, said: str) -> None:
    assert first_of(sums, request_, small_index) == said


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (
            modules(asks_all=True, quantities=limit(1, "years")),
            f"Yes: one year (52 weeks) is enough for the 11–19 weeks that Alder's four modules take together ({ALL}).",
        ),
        (
            modules(asks_all=True, quantities=limit(0.5, "months")),
            "No: half a month (2.2 weeks) is at least 8.8 weeks short of the 11–19 weeks that Alder's four modules take"
            f" together ({ALL}).",
        ),
        (
            modules(asks_all=True, quantities=limit(15, "weeks")),
            f"Perhaps: 15 weeks lies within the 11–19 weeks that Alder's four modules take together ({ALL}).",
        ),
        (
            modules(4, quantities=limit(1, "weeks")),
            "No: one week is at least 1 week short of the 2–6 weeks that Module 4: Wintering takes.",
        ),
        (
            modules(1, quantities=limit(10, "weeks"), is_negated=True),  # is it too little?
            "No: ten weeks is enough for the 4–6 weeks that Module 1: Bee Biology takes.",
        ),
        (
            people(Profile.BEGINNER, roadmaps=("alder",), quantities=limit(6, "months")),
            "No: six months is at least 2 months short of the 8–12 months that Alder estimates for complete beginners.",
        ),
        (
            people(Profile.BEGINNER, quantities=limit(6, "months")),
            "No: six months is at least 2 months short of the 8–12 months that Alder estimates for complete beginners and"
            " 12 months short of the 18 months that Cedar estimates for people who start from nothing.",
        ),
        (
            people(Profile.BEGINNER, quantities=limit(1, "years")),
            "That depends: one year (12 months) is enough for the 8–12 months that Alder estimates for complete beginners,"
            " but is 6 months short of the 18 months that Cedar estimates for people who start from nothing.",
        ),
        (
            people(Profile.DATA_SCIENTIST, quantities=limit(8, "weeks", 10)),
            "Perhaps: 8–10 weeks (1.8–2.3 months) lies within the 2 months that Cedar estimates for data scientists.",
        ),
    ],
)
def test_whether_a_time_is_enough_is_yes_no_or_perhaps(small_index: Index, request_: Request, said: str) -> None:
    assert first_of(sums, request_, small_index) == said


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (
            people(Profile.BEGINNER, Profile.SOFTWARE_ENGINEER, operation=Operation.DIFFERENCE),
            "Alder estimates 3–6 months less for software engineers than for complete beginners (5–6 against 8–12 months).",
        ),
        (
            people(Profile.DATA_SCIENTIST, operation=Operation.DIFFERENCE),  # what they save
            "Cedar estimates 16 months less for data scientists than for people who start from nothing (2 against 18"
            " months).",
        ),
        (
            people(Profile.BEGINNER, roadmaps=("alder", "cedar"), operation=Operation.DIFFERENCE),
            "Cedar estimates 6–10 months more than Alder: 18 months for people who start from nothing against 8–12 months"
            " for complete beginners.",
        ),
        (
            people(Profile.BEGINNER, Profile.SOFTWARE_ENGINEER, Profile.DATA_SCIENTIST, operation=Operation.LEAST),
            "The shortest is Cedar's estimate for data scientists, at 2 months.",
        ),
        (
            people(Profile.BEGINNER, operation=Operation.MOST),
            "The longest is Cedar's estimate for people who start from nothing, at 18 months.",
        ),
        (
            people(Profile.BEGINNER, roadmaps=("alder", "cedar"), asks_several=True),
            "The estimates differ: Alder estimates 8–12 months for complete beginners and Cedar 18 months for people who"
            " start from nothing.",
        ),
    ],
)
def test_estimates_are_computed_with(small_index: Index, request_: Request, said: str) -> None:
    assert first_of(sums, request_, small_index) == said


def test_a_sum_is_held_against_the_estimate_for_the_same_learner(small_index: Index) -> None:
    learner = Learner(background=(Profile.BEGINNER,))
    answer = answered(sums, modules(asks_all=True, learner=learner), small_index)
    assert answer is not None
    assert answer.answer.split("\n\n")[0] == (
        f"Together Alder's four modules take 2.5–4.4 months ({ALL} = 11–19 weeks; 52/12 weeks to a month)."
        " [1] [2] [3] [4] That is 5.5–7.6 months less than the 8–12 months that Alder estimates for complete beginners."
        " [5]"
    )


def test_each_term_is_listed_with_its_proof(small_index: Index) -> None:
    answer = answered(sums, modules(1, 3), small_index)
    assert answer is not None
    assert answer.answer == (
        "Together Module 1 and Module 3 take 7–10 weeks (4–6 + 3–4). [1] [2]\n\n"
        "- Module 1: Bee Biology, 4–6 weeks [1]\n- Module 3: Mite Control, 3–4 weeks [2]"
    )
    assert [c.quote.split(",")[0] for c in answer.citations] == [
        "Ada Alder gives Module 1",
        "Ada Alder gives Module 3",
    ]


@pytest.mark.parametrize(
    "request_",
    [
        Request(Frame.SUM),
        modules(1, 5),  # a stage of the plan, without a time
        modules(1, direction="before"),  # nothing is before it
        resources("swarm-school", "biology-lectures"),  # weeks and hours
        resources("swarm-school", "hive-handbook"),  # a book without a length
        resources("swarm-school"),
        modules(1, 2, unread=("exam", "price", "city")),
        modules(asks_all=True, quantities=(Quantity(7, 7, None, Role.COUNT, "modul"),)),  # there are four
        modules(quantities=(Quantity(5, 6, None, Role.PLACE, "modul"),)),
        modules(quantities=(Quantity(1, 2, None, Role.PLACE, "chapter"),)),
        modules(asks_all=True, quantities=limit(20, "hours")),  # of how many hours a week?
        Request(Frame.SUM, named=Things(stages=(("cedar", 0), ("cedar", 1)))),  # Cedar's steps have no time
        Request(Frame.SUM, named=Things(roadmaps=("birch",)), asks_all=True),
        people(Profile.MATHEMATICS, operation=Operation.DIFFERENCE),
        people(Profile.BEGINNER, roadmaps=("alder",)),  # what of it?
    ],
)
def test_no_sum_of_what_cannot_be_added(small_index: Index, request_: Request) -> None:
    assert answered(sums, request_, small_index) is None


def test_a_sum_keeps_to_the_scope(small_index: Index) -> None:
    request = modules(1, 2)
    assert first_of(sums, request, small_index, Scope(sources=("alder",))) is not None
    assert first_of(sums, request, small_index, Scope(sources=("cedar",))) is None
    assert first_of(sums, request, small_index, Scope(kinds=("resource",))) is None


@given(numbers=st.sets(st.integers(1, 4), min_size=2))
def test_the_total_is_the_sum_of_the_terms_that_are_shown(small_index: Index, numbers: set[int]) -> None:
    said = first_of(sums, modules(*numbers), small_index)
    shown = re.search(r"take (\d+)–(\d+) weeks \((.+)\)", said or "")
    assert shown
    terms = [tuple(map(int, term.split("–"))) for term in shown[3].split(" + ")]
    assert terms == [MODULES[n - 1] for n in sorted(numbers)]
    assert (int(shown[1]), int(shown[2])) == (sum(low for low, _ in terms), sum(high for _, high in terms))


@given(weeks=st.integers(1, 30))
def test_a_limit_is_enough_only_from_the_maximum_on(small_index: Index, weeks: int) -> None:
    said = str(first_of(sums, modules(1, 2, quantities=limit(weeks, "weeks")), small_index))
    assert said.startswith("Yes: " if weeks >= 9 else "Perhaps: " if weeks >= 6 else "No: ")
    short = re.search(r"at least (\d+) weeks? short", said)
    assert (int(short[1]) if short else 0) == max(0, 6 - weeks)

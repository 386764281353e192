"""Counts of what the roadmaps of the small library list, and what stands in a place of a list."""

from typing import Any

import pytest

from assistant.facts.count import count
from assistant.facts.records import Facts
from assistant.understanding.request import Frame, Operation, Quantity, Request, Role, Things
from ingest.index import Index, Scope
from tests.computed import answered, first_of


def of(*lists: tuple[str, str], roadmaps: tuple[str, ...] = ("alder",), **more: Any) -> Request:
    """A request on lists that are named."""
    return Request(Frame.COUNT, named=Things(lists=lists, roadmaps=roadmaps), **more)


def place(first: float, last: float | None = None, noun: str = "") -> tuple[Quantity, ...]:
    return (Quantity(first, first if last is None else last, None, Role.PLACE, noun),)


MODULES, GEAR, STEPS = ("alder", "modules"), ("alder", "pieces of gear"), ("birch", "steps")
TOOLS, CLOTHING = ("alder", "tools"), ("alder", "pieces of clothing")


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (of(MODULES), "Alder lists four modules: bee biology, building hives, mite control and wintering."),
        (of(CLOTHING), "Alder lists two pieces of clothing: veil and gloves (a pair of gloves counts as one)."),
        (
            of(GEAR),
            "Alder lists five pieces of gear (3 + 2): three tools (smoker, hive tool and bee brush) and two pieces of"
            " clothing (veil and gloves; a pair of gloves counts as one).",
        ),
        (of(GEAR, TOOLS), "Alder lists three tools: smoker, hive tool and bee brush."),  # the part is meant
        (of(GEAR, excluded=Things(lists=(CLOTHING,))), "Alder lists three tools: smoker, hive tool and bee brush."),
        (
            of(TOOLS, CLOTHING, operation=Operation.DIFFERENCE),
            "Alder lists three tools (smoker, hive tool and bee brush) and two pieces of clothing (veil and gloves; a pair"
            " of gloves counts as one): a difference of one (3 − 2).",
        ),
        (
            of(MODULES, ("cedar", "steps"), roadmaps=("alder", "cedar"), operation=Operation.SUM),
            "Alder lists four modules (bee biology, building hives, mite control and wintering) and Cedar four steps"
            " (forage plants, bee biology, woodwork and queen rearing): eight in all (4 + 4).",
        ),
        (
            of(MODULES, STEPS, ("cedar", "steps"), roadmaps=()),  # not added unless that is asked for
            "Alder lists four modules (bee biology, building hives, mite control and wintering), Birch four steps"
            " (woodwork, hives, catching a swarm and mite control) and Cedar four steps (forage plants, bee biology,"
            " woodwork and queen rearing).",
        ),
        (of(MODULES, quantities=place(2)), "The second of Alder's four modules is building hives."),
        (of(MODULES, quantities=place(-1)), "The last of Alder's four modules is wintering."),
        (of(MODULES, quantities=place(1, 2, "modul")),
         "The first and second of Alder's four modules are bee biology and building hives."),
        (of(MODULES, quantities=place(-2, -1)), "The third and last of Alder's four modules are mite control and wintering."),
    ],
)  # fmt: skip
def test_what_is_listed_is_counted_and_named(small_index: Index, request_: Request, said: str) -> None:
    assert first_of(count, request_, small_index) == said


def test_a_count_of_a_named_roadmap_with_no_word_left_is_sure(small_index: Index) -> None:
    facts = Facts(small_index)
    for request, is_sure in (
        (of(MODULES), True),
        (of(MODULES, unread=("teacher",)), False),
        (of(STEPS, roadmaps=()), False),
    ):
        fact = count(request, facts)
        assert fact is not None
        assert fact.is_sure is is_sure


def test_a_list_is_proved_by_the_sentences_that_name_all_its_items(small_index: Index) -> None:
    answer = answered(count, of(GEAR), small_index)
    assert answer is not None
    assert [c.quote for c in answer.citations] == [
        "Ada Alder names a smoker, a hive tool and a bee brush as the tools to own.",
        "Ada Alder names a veil and gloves as the clothing to own; the [Gear List](https://example.org/gear-list) has prices.",
    ]


@pytest.mark.parametrize(
    "request_",
    [
        of(),
        of(("alder", "courses")),
        of(STEPS, roadmaps=("alder",)),
        of(MODULES, quantities=place(5)),  # there are four
        of(MODULES, quantities=place(2, noun="lesson")),
        of(MODULES, STEPS, roadmaps=("alder", "birch"), quantities=place(2)),
        of(MODULES, unread=("teacher", "exam")),
        of(GEAR, excluded=Things(lists=(GEAR,))),
    ],
)
def test_nothing_is_counted_where_a_slot_is_missing(small_index: Index, request_: Request) -> None:
    assert answered(count, request_, small_index) is None


def test_a_count_keeps_to_the_scope(small_index: Index) -> None:
    request = of(MODULES, STEPS, roadmaps=())
    said = "Birch lists four steps: woodwork, hives, catching a swarm and mite control."
    assert first_of(count, request, small_index, Scope(sources=("birch",))) == said
    assert first_of(count, request, small_index, Scope(kinds=("resource",))) is None

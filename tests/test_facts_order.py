"""What the roadmaps of the small library put before and after things."""

from typing import Any

import pytest

from assistant.facts.order import order
from assistant.understanding.request import Frame, Request, Things
from ingest.index import Index, Scope
from tests.computed import answered, first_of, proofs_of_first


def of(
    direction: str | None,
    topics: tuple[str, ...] = (),
    resources: tuple[str, ...] = (),
    stages: tuple[tuple[str, int], ...] = (),
    roadmaps: tuple[str, ...] = (),
    **more: Any,
) -> Request:
    """A request on what comes before or after something."""
    named = Things(topics=topics, resources=resources, stages=stages, roadmaps=roadmaps)
    return Request(Frame.ORDER, named=named, direction=direction, **more)  # type: ignore[arg-type]  # or none


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (
            of("after", ("biology",)),
            "After bee biology, Alder goes on to Module 2: Building Hives, and Cedar to Step 3: woodwork, if hives are not"
            " bought.",
        ),
        (of("after", ("woodwork",), roadmaps=("birch",)), "After woodwork, Birch goes on to hives."),
        (of("after", ("hives",), roadmaps=("birch",)), "After hives, Birch goes on to “Catch a swarm”."),
        # What a roadmap asks for first goes before the stage that stands there.
        (
            of("before", ("hives",)),
            "Before hives, Alder has Module 1: Bee Biology, Birch asks for woodwork, and Cedar has Step 2: bee biology.",
        ),
        (of("before", resources=("mite-counter",)),
         "Before Mite Counter, Alder has Module 2: Building Hives, and Birch has “Catch a swarm”."),
        (of("after", resources=("biology-lectures",), roadmaps=("alder",)),
         "After Biology Lectures, Alder goes on to Module 2: Building Hives."),
        (of("after", stages=(("alder", 1),)), "After Module 2, Alder goes on to Module 3: Mite Control."),
        (of("before", stages=(("alder", 1),)), "Before Module 2, Alder has Module 1: Bee Biology."),
        (of("after", stages=(("alder", 0), ("alder", 1))), "After Module 2, Alder goes on to Module 3: Mite Control."),
        (of("after", stages=(("alder", 4),)), "After week 1, Alder goes on to weeks 2-4: A hive of your own."),
        (of("after", stages=(("birch", 2),)), "After “Catch a swarm”, Birch goes on to mite control."),
    ],
)  # fmt: skip
def test_the_neighbour_in_each_roadmap_is_named(small_index: Index, request_: Request, said: str) -> None:
    assert first_of(order, request_, small_index) == said


def test_each_roadmap_is_cited_and_quoted(small_index: Index) -> None:
    assert proofs_of_first(order, of("before", ("hives",)), small_index) == ["alder", "birch", "cedar"]
    answer = answered(order, of("before", ("hives",), roadmaps=("birch",)), small_index)
    assert answer is not None
    assert answer.answer == (
        "Before hives, Birch asks for woodwork. [1]\n\n- Bo Birch wants woodwork before hives, because hives are"
        " required and are built, not bought; the [Joinery Course](https://example.org/joinery-course) is enough for"
        " that. [1]"
    )


def test_what_the_one_next_stage_lists_is_told_too(small_index: Index) -> None:
    answer = answered(order, of("after", stages=(("alder", 4),)), small_index)
    assert answer is not None
    assert "Alder lists two tasks of weeks 2-4: choose a site and set up a stand. [2] [3]" in answer.answer


@pytest.mark.parametrize(
    "request_",
    [
        of(None, ("biology",)),
        of("after"),
        of("after", ("biology", "woodwork")),
        of("after", ("mead",)),  # no stage has it
        of("before", ("forage",)),  # the first step
        of("after", stages=(("alder", 3),)),  # the last module; the plan is another list
        of("after", stages=(("alder", 0), ("birch", 0))),
        of("after", ("biology",), unread=("lunch", "break")),
        of("after", resources=("mite-counter", "hive-handbook")),
    ],
)
def test_no_order_is_told_where_the_roadmaps_have_none(small_index: Index, request_: Request) -> None:
    assert answered(order, request_, small_index) is None


def test_an_order_keeps_to_the_scope(small_index: Index) -> None:
    request = of("after", ("biology",))
    said = "After bee biology, Alder goes on to Module 2: Building Hives."
    assert first_of(order, request, small_index, Scope(sources=("alder",))) == said
    assert first_of(order, request, small_index, Scope(kinds=("resource",))) is None

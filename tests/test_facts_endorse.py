"""Whether a roadmap of the small library points to a resource."""

from typing import Any

import pytest

from assistant.facts.endorse import endorse
from assistant.understanding.request import Frame, Request, Things
from ingest.index import Index, Scope
from tests.computed import answered, first_of


def of(roadmap: str, *resources: str, topics: tuple[str, ...] = (), **more: Any) -> Request:
    """A request whether a roadmap points to resources."""
    named = Things(topics=topics, resources=resources, roadmaps=(roadmap,) if roadmap else ())
    return Request(Frame.FIND, named=named, **more)


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (of("alder", "hive-handbook"), "Alder points to Hive Handbook."),
        (of("cedar", "biology-lectures", topics=("biology",)), "Cedar points to Biology Lectures."),
        # Of the three of one provider, the roadmap points to two.
        (of("cedar", "biology-lectures", "swarm-school", "queen-academy"), "Cedar points to Biology Lectures and Queen Academy."),
        (of("birch", "bee-podcast"), "Birch's roadmap does not name Bee Podcast, but Cedar points to it."),
        (of("cedar", "mite-counter"), "Cedar's roadmap does not name Mite Counter, but Alder and Birch point to it."),
    ],
)  # fmt: skip
def test_whether_a_roadmap_points_to_a_resource_is_told(small_index: Index, request_: Request, said: str) -> None:
    assert first_of(endorse, request_, small_index) == said


def test_the_sentence_that_points_to_it_is_shown(small_index: Index) -> None:
    answer = answered(endorse, of("birch", "swarm-school"), small_index)
    assert answer is not None
    assert answer.answer == (
        "Birch points to Swarm School. [1]\n\n- Bo Birch recommends catching swarms, since swarms are free bees;"
        " [Swarm School](https://example.org/swarm-school) shows how. [1]"
    )


@pytest.mark.parametrize(
    "request_",
    [
        of("alder"),
        of("", "hive-handbook"),
        of("alder", "hive-handbook", topics=("mead",)),  # what it points to is about something else
        of("alder", "hive-handbook", is_negated=True),
        of("alder", "hive-handbook", unread=("tutor", "homework")),
    ],
)
def test_nothing_is_told_for_another_question(small_index: Index, request_: Request) -> None:
    assert answered(endorse, request_, small_index) is None


def test_what_is_told_keeps_to_the_scope(small_index: Index) -> None:
    elsewhere = of("birch", "bee-podcast")
    assert first_of(endorse, elsewhere, small_index, Scope(sources=("birch",))) is None, "its proof is out of the scope"
    assert first_of(endorse, of("birch", "swarm-school"), small_index, Scope(sources=("birch",))) is not None
    assert first_of(endorse, of("birch", "swarm-school"), small_index, Scope(kinds=("resource",))) is None

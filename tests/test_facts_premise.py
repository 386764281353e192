"""What questions take for granted of the small library's roadmaps, and what these hold instead."""

from typing import Any

import pytest

from assistant.facts.premise import premise
from assistant.facts.records import Facts
from assistant.understanding.frames import Guess
from assistant.understanding.naming import Namer
from assistant.understanding.reader import Reader
from assistant.understanding.request import Frame, Learner, Quantity, Request, Role, Things
from assistant.vocabulary import read_vocabulary
from ingest.corpus_models import Profile, Unit
from ingest.index import Index, LocalIndex, Scope
from tests.computed import answered, first_of


def of(
    roadmap: str = "",
    topics: tuple[str, ...] = (),
    resources: tuple[str, ...] = (),
    stages: tuple[tuple[str, int], ...] = (),
    lists: tuple[tuple[str, str], ...] = (),
    **more: Any,
) -> Request:
    """A request that claims something of a roadmap."""
    roadmaps = (roadmap,) if roadmap else ()
    named = Things(topics=topics, resources=resources, roadmaps=roadmaps, stages=stages, lists=lists)
    return Request(Frame.PREMISE, named=named, **more)


def claim(least: float, most: float, unit: Unit) -> tuple[Quantity, ...]:
    return (Quantity(least, most, unit, Role.CLAIM),)


def modules(number: int) -> tuple[Quantity, ...]:
    return (Quantity(number, number, None, Role.COUNT, "modul"),)


BEGINNER = Learner(background=(Profile.BEGINNER,))


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (of("birch", ("langstroth",)), "Birch does not recommend Langstroth, but advises against it."),
        (of("birch", ("queen-rearing",)), "Birch does not recommend queen rearing, but finds it overkill."),
        (of("cedar", ("swarms",)), "Cedar does not recommend swarms, but finds them optional."),
        (of("alder", ("langstroth",), is_negated=True), "Alder does not advise against Langstroth, but recommends it."),
        (of("alder", ("mead",), is_negated=True), "Alder does not advise against mead, but finds it optional."),
        (
            of("birch", ("langstroth",), unread=("oslo",)),
            "Birch does not recommend Langstroth, but advises against it.",
        ),
        (
            of(stages=(("alder", 0),), quantities=claim(2, 3, "weeks")),
            "Module 1: Bee Biology does not take 2–3 weeks: Alder gives it 4–6 weeks.",
        ),
        (
            of(stages=(("alder", 0),), quantities=claim(5, 5, "years")),
            "Module 1: Bee Biology does not take 5 years: Alder gives it 4–6 weeks.",
        ),
        (
            of("cedar", learner=BEGINNER, quantities=claim(3, 3, "months")),
            "Cedar does not estimate 3 months for people who start from nothing, but 18 months.",
        ),
        (
            of("alder", lists=(("alder", "modules"),), quantities=modules(7)),
            "Alder lists four modules, not seven.",
        ),
        (
            of("birch", resources=("bee-podcast",)),
            "Birch's roadmap does not name Bee Podcast, but Cedar points to it.",
        ),
    ],
)
def test_a_wrong_premise_is_corrected(small_index: Index, request_: Request, said: str) -> None:
    assert first_of(premise, request_, small_index) == said
    fact = premise(request_, Facts(small_index))
    assert fact is not None
    assert fact.is_sure


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Why does Alder have seven modules?", "Alder lists four modules, not seven."),
        ("Why does Alder have 3 stages?", "Alder lists four modules, not three."),
        ("Why does Alder have four modules?", None),
        ("Why do two modules of Alder take so long?", None),
        ("Why are three modules of Alder required?", None),
    ],
)
def test_a_number_is_corrected_as_it_is_read(small_index: LocalIndex, text: str, said: str | None) -> None:
    reader = Reader(Namer(read_vocabulary(small_index).names, small_index.structure))
    request = reader.read(text, lambda _: Guess(Frame.PREMISE, 1.0))
    assert first_of(premise, request, small_index) == said


def test_the_words_that_prove_a_correction_are_shown(small_index: Index) -> None:
    answer = answered(premise, of("birch", ("langstroth",)), small_index)
    assert answer is not None
    assert answer.answer == (
        "Birch does not recommend Langstroth, but advises against it. [1]\n\n- Bo Birch advises against Langstroth boxes, as"
        " a full one is too heavy for one person. [1]"
    )


@pytest.mark.parametrize(
    "request_",
    [
        of("birch", ("swarms",)),  # it does
        of("birch", ("langstroth",), is_negated=True),
        of("", ("langstroth",)),  # who?
        of("birch", ("mead",)),  # Birch is silent
        of("birch", ("langstroth",), unread=("licence", "shop")),  # something else is asked
        of("birch", ("swarms", "langstroth")),  # which of the two is it said to recommend?
        of("birch", ("langstroth",), resources=("hive-handbook",)),  # a course that the roadmap names
        of("birch"),
        of("birch", resources=("swarm-school",)),
        of(stages=(("alder", 0),), quantities=claim(5, 5, "weeks")),
        of(stages=(("alder", 0),), quantities=claim(1, 1, "months")),  # 4.3 weeks
        of(stages=(("alder", 0),), quantities=claim(40, 40, "hours")),  # no hours a week are known
        of(stages=(("alder", 0), ("alder", 1)), quantities=claim(1, 1, "weeks")),
        of(stages=(("alder", 4),), quantities=claim(1, 1, "years")),  # it has no time
        of("cedar", quantities=claim(3, 3, "months")),  # for whom?
        of("", learner=BEGINNER, quantities=claim(3, 3, "months")),  # two roadmaps give a time
        of("alder", lists=(("alder", "modules"),), quantities=modules(4)),
        of("alder", lists=(("alder", "modules"),), quantities=modules(3), asks_necessity=True),  # three of the four
        of("alder", ("swarms",), lists=(("alder", "modules"),), quantities=modules(3)),
        of("alder", lists=(("alder", "modules"),), quantities=(Quantity(7, 7, None, Role.COUNT, "lesson"),)),
    ],
)
def test_what_holds_or_is_not_claimed_is_not_corrected(small_index: Index, request_: Request) -> None:
    assert answered(premise, request_, small_index) is None


def test_a_correction_keeps_to_the_scope(small_index: Index) -> None:
    request = of("birch", ("langstroth",))
    assert first_of(premise, request, small_index, Scope(sources=("birch",))) is not None
    assert first_of(premise, request, small_index, Scope(sources=("alder",))) is None
    assert first_of(premise, request, small_index, Scope(kinds=("resource",))) is None

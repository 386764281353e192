"""Whether a topic is needed or can be left out, from what the roadmaps of the small library hold."""

from typing import Any

import pytest

from assistant.facts.need import need
from assistant.understanding.request import Frame, Learner, Request, Things
from ingest.index import Index, Scope
from tests.computed import answered, first_of, proofs_of_first


def of(topic: str, **more: Any) -> Request:
    """A request on the need for one topic."""
    return Request(Frame.NEED, named=Things(topics=(topic,)), **more)


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        ("biology", "Yes: Alder, Birch and Cedar recommend bee biology."),
        ("smokers", "Yes: Alder recommends smokers."),
        ("mead", "Not necessarily: Alder and Cedar find mead optional."),
        ("propolis", "Not at first: Birch leaves propolis for later."),
        ("top-bar-hives", "No: Birch advises against top-bar hives."),
        ("langstroth", "The roadmaps differ: Alder recommends Langstroth, while Birch advises against it."),
        ("woodwork", "The roadmaps differ: Alder and Cedar find woodwork optional, while Birch recommends it."),
        (
            "queen-rearing",
            "The roadmaps differ: Alder leaves queen rearing for later, Birch finds it overkill, and Cedar recommends it.",
        ),
        ("swarms", "The roadmaps differ: Birch recommends swarms, while Cedar finds them optional."),
    ],
)
def test_the_need_for_a_topic_is_what_the_roadmaps_hold(small_index: Index, topic: str, said: str) -> None:
    assert first_of(need, of(topic), small_index) == said


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        ("biology", "No: Alder, Birch and Cedar recommend bee biology."),
        ("mead", "Yes, you can do without mead: Alder and Cedar find it optional."),
        ("propolis", "For now, yes: Birch leaves propolis for later."),
        ("top-bar-hives", "Yes: Birch advises against top-bar hives."),
        ("langstroth", "The roadmaps differ: Alder recommends Langstroth, while Birch advises against it."),
    ],
)
def test_whether_a_topic_can_be_left_out_is_answered_the_other_way_round(
    small_index: Index, topic: str, said: str
) -> None:
    assert first_of(need, of(topic, is_negated=True), small_index) == said


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        ("hives", "Yes: Alder and Birch recommend hives."),  # both mark it as required
        ("wintering", "Alder and Birch recommend wintering."),  # how strongly, the quotes tell
        (
            "mites",
            "Not strictly: Alder and Birch recommend mite control, but Alder does not mark it as required.",
        ),
        ("mead", "No: Alder and Cedar find mead optional."),
    ],
)
def test_what_is_recommended_is_not_called_required(small_index: Index, topic: str, said: str) -> None:
    assert first_of(need, of(topic, asks_necessity=True), small_index) == said


def test_only_the_roadmaps_that_are_named_are_asked(small_index: Index) -> None:
    named = Things(topics=("mites",), roadmaps=("alder",))
    request = Request(Frame.NEED, named=named, asks_necessity=True)
    said = "Not strictly: Alder recommends mite control, but does not mark it as required."
    assert first_of(need, request, small_index) == said
    rest = of("woodwork", excluded=Things(roadmaps=("birch",)))
    assert first_of(need, rest, small_index) == "Not necessarily: Alder and Cedar find woodwork optional."


def test_each_roadmap_is_cited_and_quoted(small_index: Index) -> None:
    assert proofs_of_first(need, of("langstroth"), small_index) == ["alder", "birch"]
    answer = answered(need, of("langstroth"), small_index)
    assert answer is not None
    assert answer.answer.split("\n\n")[1].split("\n") == [
        "- Ada Alder recommends Langstroth boxes, because every neighbour can lend parts of them. [1]",
        "- Bo Birch advises against Langstroth boxes, as a full one is too heavy for one person. [2]",
    ]


def test_a_narrower_topic_is_what_is_asked_about(small_index: Index) -> None:
    request = Request(Frame.NEED, named=Things(topics=("hives", "top-bar-hives")))
    assert first_of(need, request, small_index) == "No: Birch advises against top-bar hives."


@pytest.mark.parametrize(
    "request_",
    [
        of("beekeeping"),  # nobody judges it
        Request(Frame.NEED),
        Request(Frame.NEED, named=Things(topics=("mead", "mites"))),
        Request(Frame.NEED, named=Things(topics=("mites",), roadmaps=("cedar",))),  # Cedar is silent
        Request(Frame.NEED, named=Things(topics=("biology",), resources=("bee-podcast",))),
        of("biology", unread=("diploma",)),
        of("biology", learner=Learner(constraints=("no-degree",))),
        Request(Frame.NEED, named=Things(topics=("biology",), topic_names=("bee anatomy",))),  # in no proof
    ],
)
def test_no_need_is_told_of_anything_but_one_topic_that_is_judged(small_index: Index, request_: Request) -> None:
    assert answered(need, request_, small_index) is None


def test_the_name_by_which_a_topic_is_asked_for_must_be_proved(small_index: Index) -> None:
    named = Things(topics=("langstroth",), topic_names=("Langstroth boxes",))
    assert first_of(need, Request(Frame.NEED, named=named), small_index) is not None


def test_the_scope_is_kept(small_index: Index) -> None:
    assert first_of(need, of("mites"), small_index, Scope(sources=("birch",))) == "Yes: Birch recommends mite control."
    assert first_of(need, of("mites"), small_index, Scope(kinds=("resource",))) is None
    assert first_of(need, of("mites"), small_index, Scope(sources=("mite-counter",))) is None


def test_a_list_that_the_words_of_need_name_besides_changes_nothing(small_index: Index) -> None:
    roadmap = small_index.structure.roadmaps["alder"]
    request = Request(Frame.NEED, named=Things(topics=("smokers",), lists=(("alder", roadmap.lists[0].name),)))
    assert first_of(need, request, small_index) == "Yes: Alder recommends smokers."

"""What the roadmaps of the small library hold of a topic, side by side, and who points to a resource."""

from typing import Any

import pytest

from assistant.facts.compare import compare
from assistant.facts.endorse import endorse
from assistant.understanding.request import Frame, Learner, Request, Things
from ingest.corpus_models import Profile
from ingest.index import Index, Scope
from tests.computed import answered, first_of, proofs_of_first


def of(*topics: str, roadmaps: tuple[str, ...] = (), **more: Any) -> Request:
    """A request on what several roadmaps hold."""
    named = Things(topics=topics, roadmaps=roadmaps)
    return Request(Frame.COMPARE, named=named, asks_several=True, **more)


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        ("biology", "All three roadmaps recommend bee biology."),
        ("mites", "Two of the three roadmaps recommend mite control: Alder and Birch; Cedar takes no stand on it."),
        ("hives", "Two of the three roadmaps recommend hives: Alder and Birch; Cedar takes no stand on them."),
        ("mead", "Two of the three roadmaps find mead optional: Alder and Cedar; Birch takes no stand on it."),
        ("forage", "Only Cedar speaks of forage plants, and recommends them."),
        ("top-bar-hives", "Only Birch speaks of top-bar hives, and advises against them."),
        (
            "langstroth",
            "The roadmaps differ on Langstroth: Alder recommends it, while Birch advises against it;"
            " Cedar takes no stand on it.",
        ),
        (
            "queen-rearing",
            "The roadmaps differ on queen rearing: Alder leaves it for later, Birch finds it overkill, and Cedar"
            " recommends it.",
        ),
    ],
)
def test_the_roadmaps_views_are_counted_and_named(small_index: Index, topic: str, said: str) -> None:
    assert first_of(compare, of(topic), small_index) == said


def test_a_roadmap_that_mentions_a_topic_without_judging_it_speaks_of_it(small_index: Index) -> None:
    request = of("swarms", excluded=Things(roadmaps=("cedar",)))
    # Alder's plan has swarms, and no stance on them.
    assert first_of(compare, request, small_index) == "Birch recommends swarms; Alder takes no stand on them."


@pytest.mark.parametrize(
    ("roadmaps", "said"),
    [
        (
            ("alder", "birch"),
            "The roadmaps differ on Langstroth: Alder recommends it, while Birch advises against it.",
        ),
        (("birch", "cedar"), "Birch advises against Langstroth; Cedar takes no stand on it."),
    ],
)
def test_two_roadmaps_that_are_named_are_compared(small_index: Index, roadmaps: tuple[str, str], said: str) -> None:
    assert first_of(compare, of("langstroth", roadmaps=roadmaps), small_index) == said


def test_two_that_agree_are_both_named(small_index: Index) -> None:
    request = of("mites", roadmaps=("alder", "birch"))
    assert first_of(compare, request, small_index) == "Both Alder and Birch recommend mite control."


@pytest.mark.parametrize(
    ("left_out", "said"),
    [
        ("alder", "Both Birch and Cedar recommend bee biology."),
        ("cedar", "Both Alder and Birch recommend bee biology."),
    ],
)
def test_a_roadmap_that_is_left_out_is_not_counted(small_index: Index, left_out: str, said: str) -> None:
    request = of("biology", excluded=Things(roadmaps=(left_out,)))
    assert first_of(compare, request, small_index) == said


def test_nobody_besides_the_one_that_is_left_out(small_index: Index) -> None:
    request = of("forage", excluded=Things(roadmaps=("cedar",)))
    assert first_of(compare, request, small_index) == "Only Cedar speaks of forage plants, and recommends them."


def test_each_view_is_quoted_and_what_is_near_is_added_where_few_speak(small_index: Index) -> None:
    answer = answered(compare, of("top-bar-hives"), small_index)
    assert answer is not None
    assert answer.answer.split("\n\n")[1].split("\n") == [
        "- Bo Birch advises against top-bar hives, whose combs break in the sun. [1]",
        "- Ada Alder gives Module 2, building hives, 2-3 weeks and marks hives as required; the"
        " [Hive Handbook](https://example.org/hive-handbook) has the measures. [2]",
    ]
    assert proofs_of_first(compare, of("langstroth"), small_index) == ["alder", "birch"]


def test_several_topics_have_a_sentence_each(small_index: Index) -> None:
    answer = answered(compare, of("forage", "mead"), small_index)
    assert answer is not None
    assert answer.answer.startswith(
        "Only Cedar speaks of forage plants, and recommends them. [1] Two of the three roadmaps find mead optional:"
        " Alder and Cedar; Birch takes no stand on it. [2] [3]\n\n- Cy Cedar's step 1 is forage plants"
    )


def test_the_order_is_told_where_it_is_asked_for(small_index: Index) -> None:
    answer = answered(compare, of("woodwork", "hives", asks_order=True), small_index)
    assert answer is not None
    assert "Bo Birch wants woodwork before hives, because hives are required" in answer.answer
    assert "- Birch has it at stage 1 of 4: Woodwork [" in answer.answer


def test_what_is_required_is_told_where_it_is_asked_for(small_index: Index) -> None:
    sentence = "Ada Alder does not mark mite control as required, since some valleys have no mites."
    asked = answered(compare, of("mites", asks_necessity=True), small_index)
    unasked = answered(compare, of("mites"), small_index)
    assert asked is not None
    assert unasked is not None
    assert f"- {sentence}" in asked.answer
    assert sentence not in unasked.answer


@pytest.mark.parametrize(
    ("resource", "said"),
    [
        ("bee-podcast", "Only Cedar points to Bee Podcast."),
        ("mite-counter", "Alder and Birch, two of the three roadmaps, point to Mite Counter."),
    ],
)
def test_who_points_to_a_resource_is_told(small_index: Index, resource: str, said: str) -> None:
    request = Request(Frame.COMPARE, named=Things(resources=(resource,)), asks_several=True)
    assert first_of(compare, request, small_index) == said
    assert first_of(endorse, request, small_index) == said


@pytest.mark.parametrize(
    ("background", "roadmaps", "said"),
    [
        (
            (),
            (),
            "Alder estimates 8–12 months for complete beginners and 5–6 months for software engineers; Cedar 18 months"
            " for people who start from nothing and 2 months for data scientists; Birch gives no estimate.",
        ),
        (
            (Profile.BEGINNER,),
            ("alder", "cedar"),
            "The estimates differ: Alder estimates 8–12 months for complete beginners and Cedar 18 months for people who"
            " start from nothing.",
        ),
    ],
)
def test_the_estimates_of_several_roadmaps_stand_side_by_side(
    small_index: Index, background: tuple[Profile, ...], roadmaps: tuple[str, ...], said: str
) -> None:
    request = of(roadmaps=roadmaps, asks_time=True, learner=Learner(background=background))
    assert first_of(compare, request, small_index) == said


@pytest.mark.parametrize(
    "request_",
    [
        Request(Frame.COMPARE, named=Things(topics=("mites",))),  # of whom?
        Request(Frame.COMPARE, named=Things(topics=("mites",), roadmaps=("alder",))),
        of("beekeeping"),  # nobody judges it
        of("woodwork", "beekeeping"),
        of("mites", "mead", "forage", "biology"),
        of(),
        of("mites", unread=("price", "cloud", "rent")),
        of(roadmaps=("alder", "cedar")),  # of what?
        of(roadmaps=("alder", "birch"), asks_time=True),  # one gives times
    ],
)
def test_no_comparison_where_a_slot_is_missing(small_index: Index, request_: Request) -> None:
    assert answered(compare, request_, small_index) is None


def test_a_comparison_keeps_to_the_scope(small_index: Index) -> None:
    scope = Scope(sources=("alder", "birch"))
    assert first_of(compare, of("mites"), small_index, scope) == "Both Alder and Birch recommend mite control."
    assert first_of(compare, of("mites"), small_index, Scope(kinds=("resource",))) is None

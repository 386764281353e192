"""Short study plans over the small library."""

from typing import Any

import pytest

from assistant.facts.plan import plan
from assistant.understanding.request import Frame, Learner, Quantity, Request, Role, Things
from ingest.corpus_models import Profile
from ingest.index import Index, Scope
from tests.computed import answered, first_of


def of(*roadmaps: str, topics: tuple[str, ...] = (), **more: Any) -> Request:
    """A request for a plan."""
    return Request(Frame.PLAN, named=Things(topics=topics, roadmaps=roadmaps), **more)


def test_a_plan_names_the_stages_in_order_with_their_cited_times(small_index: Index) -> None:
    answer = answered(plan, of("alder"), small_index)
    assert answer is not None
    first, stages, length = answer.answer.split("\n\n")
    assert (
        first == "A plan after Alder's roadmap has six stages, and begins with Action plan, week 1: First visits. [1]"
    )
    assert [line.split(" [")[0] for line in stages.split("\n")] == [
        "1. Action plan, week 1: First visits",
        "2. Module 1: Bee Biology: 4–6 weeks",
        "3. Module 2: Building Hives: 2–3 weeks",
        "4. Module 3: Mite Control: 3–4 weeks",
        "5. Action plan, weeks 2-4: A hive of your own",
        "6. Module 4: Wintering: 2–6 weeks",
    ]
    assert length.startswith(
        "The cited times add up to 11–19 weeks; for the other two stages no source gives a time. ["
    )
    assert "Alder estimates 8–12 months for complete beginners. [" in length


def test_a_merged_plan_is_of_all_roadmaps(small_index: Index) -> None:
    said = first_of(plan, of(topics=("beekeeping",)), small_index)
    assert said is not None
    assert said == "A plan after the three roadmaps together has nine stages, and begins with First visits."
    answer = answered(plan, of(), small_index)
    assert answer is not None
    assert "\n3. Bee biology: 4–6 weeks (Alder) [" in answer.answer


def test_what_is_known_is_skipped(small_index: Index) -> None:
    learner = Learner(knows=("biology",))
    answer = answered(plan, of("alder", topics=("biology",), learner=learner), small_index)
    assert answer is not None
    assert ". Module 1: Bee Biology: skipped, already known\n" in answer.answer
    assert "add up to 7–13 weeks" in answer.answer


def test_a_roadmap_without_times_gives_a_plan_without(small_index: Index) -> None:
    answer = answered(plan, of("birch"), small_index)
    assert answer is not None
    assert answer.answer.endswith("\n\nFor these stages no source gives a time.")


@pytest.mark.parametrize(
    ("weeks", "said"),
    [
        (20, "Yes: 20 weeks is enough for the 11–19 weeks that the cited stages take."),
        (8, "No: eight weeks is at least 3 weeks short of the 11–19 weeks that the cited stages take."),
    ],
)
def test_a_deadline_is_held_against_the_cited_times(small_index: Index, weeks: int, said: str) -> None:
    answer = answered(plan, of("alder", quantities=(Quantity(weeks, weeks, "weeks", Role.LIMIT),)), small_index)
    assert answer is not None
    assert said in answer.answer


@pytest.mark.parametrize(
    "request_",
    [
        of("alder", "birch"),
        of(topics=("queen-rearing",)),  # a plan for a part
        Request(Frame.PLAN, named=Things(resources=("hive-handbook",))),
        of(learner=Learner(background=(Profile.BEGINNER, Profile.DATA_SCIENTIST))),
        of(excluded=Things(roadmaps=("birch",))),
        of(unread=("bread", "oven", "yeast")),
    ],
)
def test_no_plan_where_less_or_more_than_one_whole_is_asked_for(small_index: Index, request_: Request) -> None:
    assert answered(plan, request_, small_index) is None


@pytest.mark.parametrize("scope", [Scope(sources=("alder",)), Scope(kinds=("roadmap",))])
def test_a_scope_that_leaves_out_what_a_plan_needs_rules_it_out(small_index: Index, scope: Scope) -> None:
    assert first_of(plan, of("alder"), small_index, scope) is None

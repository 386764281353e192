"""How long one thing of the small library takes."""

from dataclasses import replace
from typing import Any

import pytest

from assistant.facts.answers import computed
from assistant.facts.duration import duration, timeless
from assistant.facts.records import Facts
from assistant.facts.rendering import rendered
from assistant.understanding.request import Frame, Learner, Quantity, Request, Role, Things
from ingest.corpus_models import Profile
from ingest.index import Index, Scope
from tests.computed import answered, first_of


def of(
    topics: tuple[str, ...] = (),
    resources: tuple[str, ...] = (),
    roadmaps: tuple[str, ...] = (),
    stages: tuple[tuple[str, int], ...] = (),
    **more: Any,
) -> Request:
    """A request on how long something takes."""
    named = Things(topics=topics, resources=resources, roadmaps=roadmaps, stages=stages)
    return Request(Frame.DURATION, named=named, **more)


WEEKS = Quantity(1, 1, "months", Role.LIMIT)
TEN_HOURS = Quantity(10, 10, "hours", Role.PACE)


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (of(stages=(("alder", 2),)), "Module 3: Mite Control takes 3–4 weeks."),
        (of(topics=("wintering",)), "Module 4: Wintering takes 2–6 weeks."),  # Birch has it too, without a time
        (of(stages=(("alder", 2),), ends=("most",)), "Module 3: Mite Control takes at most 4 weeks (3–4 weeks)."),
        (
            of(stages=(("alder", 3),), unit="months"),
            "Module 4: Wintering takes 0.5–1.4 months (2–6 weeks; 52/12 weeks to a month).",
        ),
        (
            of(stages=(("alder", 3),), quantities=(WEEKS,)),
            "Perhaps: one month (4.3 weeks) lies within the 2–6 weeks that Module 4: Wintering takes.",
        ),
        (of(resources=("joinery-course",)), "Joinery Course takes 250–300 hours."),
        (
            of(resources=("joinery-course",), quantities=(TEN_HOURS,)),
            "At 10 hours a week, Joinery Course takes 25–30 weeks (250–300 hours).",
        ),
        (
            of(
                resources=("joinery-course",),
                quantities=(TEN_HOURS, Quantity(6, 6, "months", Role.LIMIT)),
            ),
            "Perhaps: six months (26 weeks) lies within the 25–30 weeks at 10 hours a week that Joinery Course takes.",
        ),
        (
            of(roadmaps=("alder",), learner=Learner(background=(Profile.BEGINNER,))),
            "Alder estimates 8–12 months for complete beginners.",
        ),
        (
            of(roadmaps=("alder",)),
            "Alder estimates 8–12 months for complete beginners and 5–6 months for software engineers.",
        ),
        (
            of(learner=Learner(background=(Profile.BEGINNER,))),
            "Alder estimates 8–12 months for complete beginners and Cedar 18 months for people who start from nothing.",
        ),
        (
            of(roadmaps=("birch", "cedar"), learner=Learner(background=(Profile.DATA_SCIENTIST,))),
            "Cedar estimates 2 months for data scientists.",
        ),
        (
            of(roadmaps=("cedar",), unit="years", learner=Learner(background=(Profile.BEGINNER,))),
            "Cedar estimates 1.5 years (18 months) for people who start from nothing.",
        ),
    ],
)
def test_the_time_of_one_thing_is_told(small_index: Index, request_: Request, said: str) -> None:
    assert first_of(duration, request_, small_index) == said


def test_hours_a_week_do_not_scale_an_estimate_that_names_none(small_index: Index) -> None:
    learner = Learner(background=(Profile.BEGINNER,))
    answer = answered(duration, of(roadmaps=("alder",), learner=learner, quantities=(TEN_HOURS,)), small_index)
    assert answer is not None
    assert answer.answer == (
        "Alder estimates 8–12 months for complete beginners. [1] It does not state hours a week, so it is not scaled. [1]"
    )


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"topics": ("woodwork",)},
        {"learner": Learner(background=(Profile.BEGINNER,))},
        {"unread": ("exam", "fee", "oslo")},
    ],
)
@pytest.mark.parametrize("frame", [Frame.DURATION, Frame.SUM])
def test_a_roadmap_that_states_no_time_says_so(small_index: Index, frame: Frame, more: dict[str, Any]) -> None:
    request = replace(of(roadmaps=("birch",), asks_time=True, **more), frame=frame)
    fact = computed(request, Facts(small_index))
    assert fact is not None
    assert fact.is_sure
    answer = rendered(fact, "How long?", small_index)
    assert answer.answer == answer.reason == "Birch's roadmap states no times."
    assert answer.abstained


@pytest.mark.parametrize(
    "request_",
    [
        of(roadmaps=("birch",)),  # no time is asked for
        of(roadmaps=("birch", "cedar"), asks_time=True),  # Cedar states times
        of(roadmaps=("birch",), resources=("joinery-course",), asks_time=True),  # which has a length of its own
        of(asks_time=True),
    ],
)
def test_nobody_is_said_to_be_silent_on_times_who_is_not(small_index: Index, request_: Request) -> None:
    assert answered(timeless, request_, small_index) is None


@pytest.mark.parametrize(
    "request_",
    [
        of(),
        of(topics=("mead",)),
        of(stages=(("alder", 4),)),  # a stage without a time
        of(stages=(("alder", 0), ("alder", 1))),  # a sum
        of(resources=("hive-handbook",)),
        of(resources=("swarm-school", "queen-academy")),
        of(roadmaps=("cedar",), topics=("woodwork",)),  # Cedar states times, but not of this
        of(stages=(("alder", 2),), unread=("exam", "fee")),
        of(learner=Learner(background=(Profile.MATHEMATICS,))),
        of(stages=(("alder", 2),), quantities=(Quantity(3, 3, "hours", Role.LIMIT),)),
    ],
)
def test_no_time_is_told_where_none_is_stated(small_index: Index, request_: Request) -> None:
    assert answered(duration, request_, small_index) is None


def test_a_time_keeps_to_the_scope(small_index: Index) -> None:
    course = of(resources=("joinery-course",))
    assert first_of(duration, course, small_index, Scope(kinds=("resource",))) == "Joinery Course takes 250–300 hours."
    assert first_of(duration, course, small_index, Scope(kinds=("roadmap",))) is None
    assert first_of(duration, of(stages=(("alder", 2),)), small_index, Scope(sources=("cedar",))) is None

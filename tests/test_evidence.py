"""Choosing sentences: what a reader can compute from made-up scores, passages, links and vectors."""

from collections.abc import Sequence

import numpy as np
import pytest

from assistant.evidence import ALIKE, FEATURES, FORM, LISTED_SHARE, LONG, NAMED, SHORT, SURE, Sentence, choose
from assistant.understanding.request import Frame
from ingest.records import Hit, Kind, Passage

A_LINK = "Take the [course](https://a.example.org/)."
A_LINK_AGAIN = "Many praise [it](https://a.example.org/)."
B_LINK = "The [book](https://b.example.org/) is next."


def said(
    text: str,
    score: float,
    passage: str,
    vector: Sequence[float],
    form: float = 0.0,
    source: str = "source",
    named: float = 0.0,
) -> Sentence:
    """A sentence that scores `score` in a passage of that name.

    `form` tells how well it fits what is asked, `named` whether it is of a roadmap that the question names.
    """
    span = (0, len(text))
    place = Passage(passage, source, f"{source}#section", Kind.ROADMAP, ("Title",), *span, text, (span,))
    features = [0.0] * len(FEATURES)
    features[FORM] = form
    features[NAMED] = named
    row = np.array(vector, dtype=np.float32)
    return Sentence(Hit(place, 1, 1.0), *span, text, tuple(features), score, row)


def unlike(*sentences: tuple[str, float, str]) -> list[Sentence]:
    """Sentences of (text, score, passage), no two of them alike."""
    rows = np.eye(len(sentences)).tolist()
    return [said(*sentence, row) for sentence, row in zip(sentences, rows, strict=True)]


def texts_of(chosen: Sequence[Sentence]) -> list[str]:
    return [sentence.text for sentence in chosen]


def words(count: int, word: str) -> str:
    return " ".join([word] * count)


def test_nothing_is_chosen_from_nothing() -> None:
    assert choose([]) == []
    assert choose([], Frame.FIND) == []


@pytest.mark.parametrize(
    ("lead", "order"),
    [
        (SURE, ["lead", "same place", "same place too", "elsewhere"]),  # .5 x .9 and .45 x .9 x .9 are above .35
        (SURE - 0.01, ["lead", "elsewhere", "same place", "same place too"]),  # .5 x .5 is below .35
    ],
    ids=["sure", "unsure"],
)
def test_a_sure_lead_keeps_to_its_passage_and_an_unsure_one_spreads(lead: float, order: list[str]) -> None:
    sentences = unlike(
        ("lead", lead, "here"),
        ("same place", 0.5, "here"),
        ("same place too", 0.45, "here"),
        ("elsewhere", 0.35, "there"),
    )
    assert texts_of(choose(sentences)) == order


def test_each_sentence_from_a_passage_lowers_the_worth_of_its_others_once_more() -> None:
    sentences = unlike(
        ("lead", 0.6, "here"),
        ("second", 0.58, "here"),  # .58 x .5 = .29
        ("third", 0.56, "here"),  # .56 x .5 = .28, and .14 once the second is taken
        ("elsewhere", 0.2, "there"),
    )
    assert texts_of(choose(sentences)) == ["lead", "second", "elsewhere", "third"]


def test_each_of_several_named_roadmaps_has_a_sentence_before_any_has_a_second() -> None:
    rows = np.eye(3).tolist()
    sentences = [
        said("one's first", 0.9, "a", rows[0], source="one"),
        said("one's second", 0.8, "b", rows[1], source="one"),
        said("other's", 0.2, "c", rows[2], source="other"),
    ]
    assert texts_of(choose(sentences)) == ["one's first", "one's second", "other's"]
    assert texts_of(choose(sentences, roadmaps=("one",))) == ["one's first", "one's second", "other's"]
    assert texts_of(choose(sentences, roadmaps=("one", "other"))) == ["one's first", "other's", "one's second"]


def test_the_one_roadmap_that_is_named_leads() -> None:
    rows = np.eye(3).tolist()
    sentences = [
        said("another's", 0.9, "a", rows[0], source="other"),
        said("what it recommends", 0.7, "b", rows[1], source="course", named=0.4),
        said("its own", 0.6, "c", rows[2], source="one", named=1.0),
    ]
    assert texts_of(choose(sentences, roadmaps=("one",))) == ["what it recommends", "another's", "its own"]
    assert texts_of(choose(sentences, roadmaps=("one", "two")))[0] == "another's"


def test_a_sentence_below_the_least_share_of_the_lead_is_left_out() -> None:
    least = SHORT.least_share * 0.5
    sentences = unlike(("lead", 0.5, "a"), ("just enough", least, "b"), ("too little", least - 0.001, "c"))
    assert texts_of(choose(sentences)) == ["lead", "just enough"]


@pytest.mark.parametrize(
    ("frame", "count"),
    [
        (Frame.FACT, SHORT.max_sentences),
        (Frame.FIND, SHORT.max_sentences),
        (Frame.PLAN, LONG.max_sentences),
        (Frame.COMPARE, LONG.max_sentences),
    ],
)
def test_no_more_sentences_are_chosen_than_the_budget_has(frame: Frame, count: int) -> None:
    sentences = unlike(*((f"sentence {n}", 0.9 - n / 100, f"passage {n}") for n in range(12)))
    assert texts_of(choose(sentences, frame)) == [f"sentence {n}" for n in range(count)]


def test_a_sentence_that_does_not_fit_is_passed_over_for_one_that_does() -> None:
    left = SHORT.max_words - 100
    sentences = unlike(
        (words(100, "lead"), 0.9, "a"),
        (words(left + 1, "long"), 0.8, "b"),
        (words(left, "fitting"), 0.7, "c"),
        ("more", 0.6, "d"),
    )
    assert texts_of(choose(sentences)) == [words(100, "lead"), words(left, "fitting")]
    assert len(choose(sentences, Frame.PLAN)) == 4, "a plan may be longer"


def test_the_lead_is_chosen_however_long_it_is() -> None:
    sentences = unlike((words(SHORT.max_words + 1, "lead"), 0.9, "a"), ("more", 0.8, "b"))
    assert choose(sentences) == sentences[:1]


def test_an_address_is_no_word_of_the_budget() -> None:
    link = f"[{words(SHORT.max_words - 1, 'lead')}](https://a.example.org/)"
    assert len(choose(unlike((link, 0.9, "a"), ("one", 0.8, "b")))) == 2


def test_where_resources_are_asked_for_a_link_not_shown_yet_comes_first() -> None:
    sentences = unlike((A_LINK, 0.9, "a"), (A_LINK_AGAIN, 0.6, "b"), ("No link.", 0.5, "c"), (B_LINK, 0.3, "d"))
    assert texts_of(choose(sentences, Frame.FIND)) == [A_LINK, B_LINK, A_LINK_AGAIN, "No link."]
    assert texts_of(choose(sentences)) == [A_LINK, A_LINK_AGAIN, "No link.", B_LINK]


def test_a_new_link_that_scores_little_waits_for_its_turn() -> None:
    little = LISTED_SHARE * 0.9 - 0.01
    sentences = unlike((A_LINK, 0.9, "a"), (A_LINK_AGAIN, 0.6, "b"), (B_LINK, little, "c"))
    assert texts_of(choose(sentences, Frame.FIND)) == [A_LINK, A_LINK_AGAIN, B_LINK]


@pytest.mark.parametrize(("score", "lead"), [(0.4, "in form"), (0.39, "best")], ids=["half as good", "less than half"])
def test_a_sentence_of_the_form_asked_for_leads_when_it_is_at_least_half_as_good(score: float, lead: str) -> None:
    sentences = [said("best", 0.8, "a", [1, 0]), said("in form", score, "b", [0, 1], form=1.0)]
    chosen = texts_of(choose(sentences, Frame.DURATION))
    assert chosen[0] == lead
    assert sorted(chosen) == ["best", "in form"]


def test_what_is_said_already_is_not_said_again() -> None:
    near, far = ALIKE + 0.01, ALIKE - 0.01
    sentences = [
        said("lead", 0.9, "a", [1, 0, 0]),
        said("lead", 0.8, "b", [0, 0, 1]),
        said("the lead in other words", 0.7, "c", [near, (1 - near**2) ** 0.5, 0]),
        said("much like the lead", 0.6, "d", [far, 0, (1 - far**2) ** 0.5]),
    ]
    assert texts_of(choose(sentences)) == ["lead", "much like the lead"]


def test_what_is_dropped_as_a_repeat_takes_nothing_of_the_budget() -> None:
    again = [said(words(30, "lead"), 0.8, f"passage {n}", [1, 0]) for n in range(9)]
    sentences = [said(words(30, "lead"), 0.9, "a", [1, 0]), *again, said("other", 0.5, "b", [0, 1])]
    assert texts_of(choose(sentences)) == [words(30, "lead"), "other"]

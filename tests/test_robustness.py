"""Perturbations are repeatable and do what they say; what they cost is measured against the clean form."""

import random

import pytest

from assistant.chain import AnswerChain
from evals import robustness
from evals.dataset import EvalQuestion, default_dataset, read_dataset
from evals.results import describe_dataset
from evals.retrieval_measures import NDCG

QUESTIONS = [q for q in read_dataset(default_dataset()) if q.type != "typo"]


def test_the_same_question_is_always_perturbed_alike_and_another_seed_differs() -> None:
    for name in robustness.PERTURBATIONS:
        first = [robustness.perturbed(q, name).text for q in QUESTIONS]
        assert first == [robustness.perturbed(q, name).text for q in QUESTIONS]
        if name != "no punctuation":  # which leaves nothing to chance
            assert first != [robustness.perturbed(q, name, seed=1).text for q in QUESTIONS]


def test_a_known_question_is_perturbed_as_on_every_machine() -> None:
    question = next(q for q in QUESTIONS if q.id == "fact-002")
    assert robustness.perturbed(question, "filler words").text == (
        "hello! self taught here. what general engineering habits (not ML) should i basically have down "
        "before the ML specific stuff please"
    )


def test_history_is_kept_as_it_was() -> None:
    question = next(q for q in QUESTIONS if q.history)
    assert robustness.perturbed(question, "typos").history == question.ask().history


def test_typos_slip_in_one_word_of_five_after_its_first_letter() -> None:
    for question in QUESTIONS:
        words = question.question.split(" ")
        slipped = robustness.perturbed(question, "typos").text.split(" ")
        changed = [(one, two) for one, two in zip(words, slipped, strict=True) if one != two]
        open_to_slips = sum(len(word) >= 4 and word.isalpha() for word in words)
        assert len(changed) == min(open_to_slips, max(1, round(len(words) / 5)))
        assert all(one[0] == two[0] and abs(len(one) - len(two)) <= 1 for one, two in changed)


def test_a_slip_never_gives_the_word_back() -> None:
    for seed in range(300):
        assert robustness._slip("book", random.Random(seed)) != "book"


def test_casing_changes_nothing_but_case() -> None:
    for question in QUESTIONS:
        text = robustness.perturbed(question, "casing").text
        assert text != question.question
        assert text.lower() == question.question.lower()


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("What's C++, really? (for me, a self-taught dev)", "What's C++ really for me a self-taught dev"),
        ("3.5 hours – enough?!", "3.5 hours enough"),
        ('scikit-learn vs. PyTorch: "which"', "scikit-learn vs PyTorch which"),
    ],
)
def test_punctuation_goes_but_not_inside_names(text: str, bare: str) -> None:
    assert robustness.without_punctuation(text, random.Random(0)) == bare


def test_filler_keeps_every_word_of_the_question_in_order() -> None:
    for question in QUESTIONS:
        noisy = iter(robustness.perturbed(question, "filler words").text.split())
        assert all(word in noisy for word in question.question.rstrip(" ?!.").split())


def test_a_drop_is_relative_to_the_clean_value() -> None:
    assert robustness.relative_drop(0.8, 0.6) == pytest.approx(0.25)
    assert robustness.relative_drop(0.5, 0.6) == pytest.approx(-0.2)
    assert robustness.relative_drop(0.0, 0.3) == 0.0


def test_every_form_of_the_same_clean_questions_is_measured(chain: AnswerChain) -> None:
    asked: list[EvalQuestion] = read_dataset(default_dataset())[::40]
    done: list[int] = []
    info = describe_dataset(default_dataset(), "all", len(asked))
    result = robustness.run(chain, asked, info, done.append)
    assert sum(done) == robustness.asked(asked)
    assert list(result.systems) == ["clean", *robustness.PERTURBATIONS]
    clean = result.systems["clean"]
    for name in robustness.PERTURBATIONS:
        system = result.systems[name]
        assert system.per_question.keys() == clean.per_question.keys()
        for measure in ("pass", NDCG):
            value = system.measures[measure]
            lost = robustness.relative_drop(clean.measures[measure], value)
            assert system.measures[f"drop {measure}"] == pytest.approx(lost, abs=1e-4)
            assert result.notes["compared with clean"][name][measure]["difference"] == pytest.approx(
                value - clean.measures[measure], abs=2e-4
            )
    assert clean.measures[NDCG] > 0.5

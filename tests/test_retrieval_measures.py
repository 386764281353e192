"""Tests of the retrieval measures: by hand, and against ir-measures and scikit-learn on random runs."""

import math

import ir_measures
import numpy as np
import pytest
from ir_measures import RR, R, Success, nDCG
from sklearn.metrics import ndcg_score

from evals.results import ResultError
from evals.retrieval_measures import NAMES, averages, averages_by, score
from evals.runs import Judgements, Run, ranked

WORKED: Judgements = {"q": {"a": 3, "b": 2, "c": 1}}


def _run(*names: str) -> Run:
    return {"q": ranked([(name, 1.0 - n / 100) for n, name in enumerate(names)])}


def test_a_case_worked_by_hand() -> None:
    found = score(_run("x", "b", "c", "a"), WORKED, relevant_from=2)["q"]
    gained = 2 / math.log2(3) + 1 / math.log2(4) + 3 / math.log2(5)
    ideal = 3 / math.log2(2) + 2 / math.log2(3) + 1 / math.log2(4)
    assert found["nDCG@10"] == pytest.approx(gained / ideal)
    assert found["MRR@10"] == 0.5
    assert found["Recall@5"] == 1.0
    assert (found["Success@1"], found["Success@3"], found["Success@5"]) == (0.0, 1.0, 1.0)


def test_a_section_that_is_only_related_is_no_success() -> None:
    assert score(_run("c"), WORKED, relevant_from=2)["q"]["Success@1"] == 0.0
    assert score(_run("c"), WORKED, relevant_from=1)["q"]["Success@1"] == 1.0


def test_depth_cuts_off_what_comes_later() -> None:
    found = score(_run(*"uvwxy", "a", *"defg", "b"), WORKED, relevant_from=2)["q"]
    assert (found["Recall@5"], found["Recall@10"], found["Recall@20"]) == (0.0, 0.5, 1.0)
    assert found["MRR@10"] == pytest.approx(1 / 6)


def test_a_question_without_a_result_scores_zero_and_still_counts() -> None:
    judgements = {**WORKED, "lost": {"a": 3}, "empty": {"a": 3}}
    scores = score({**_run("a", "b", "c"), "empty": {}}, judgements)
    assert set(scores["lost"].values()) == set(scores["empty"].values()) == {0.0}
    assert averages(scores)["nDCG@10"] == pytest.approx(1 / 3)


def test_results_of_questions_that_nobody_judged_are_left_out() -> None:
    assert list(score({**_run("a"), "other": {"a": 1.0}}, WORKED)) == ["q"]


def test_without_judgements_there_is_nothing_to_score() -> None:
    with pytest.raises(ResultError, match="no judgements"):
        score(_run("a"), {})


def test_agrees_with_ir_measures_on_random_runs() -> None:
    run, judgements = _random()
    scores = averages(score(run, judgements, relevant_from=2))
    relevant = {"rel": 2}
    theirs = {
        "nDCG@10": nDCG @ 10,
        "Recall@5": R(**relevant) @ 5,
        "Recall@10": R(**relevant) @ 10,
        "Recall@20": R(**relevant) @ 20,
        "MRR@10": RR(**relevant) @ 10,
        "Success@1": Success(**relevant) @ 1,
        "Success@3": Success(**relevant) @ 3,
        "Success@5": Success(**relevant) @ 5,
    }
    assert set(theirs) == set(NAMES)
    means = ir_measures.calc_aggregate(list(theirs.values()), judgements, run)
    assert scores == pytest.approx({name: means[measure] for name, measure in theirs.items()})


def test_ndcg_agrees_with_scikit_learn_on_random_runs() -> None:
    run, judgements = _random()
    scores = score(run, judgements)
    for question, grades in judgements.items():
        names = sorted({*grades, *run[question]})
        truth = [[grades.get(name, 0) for name in names]]
        placed = [[run[question].get(name, -1.0) for name in names]]
        assert scores[question]["nDCG@10"] == pytest.approx(ndcg_score(truth, placed, k=10))


def test_recall_and_rank_agree_with_plain_counting_on_random_runs() -> None:
    run, judgements = _random()
    scores = score(run, judgements, relevant_from=2)
    for question, grades in judgements.items():
        wanted = {name for name, grade in grades.items() if grade >= 2}
        order = sorted(run[question], key=lambda name: -run[question][name])
        first = next((n for n, name in enumerate(order[:10], start=1) if name in wanted), math.inf)
        expected = len(wanted & set(order[:5])) / len(wanted) if wanted else 0.0
        assert scores[question]["Recall@5"] == pytest.approx(expected)
        assert scores[question]["MRR@10"] == pytest.approx(1 / first)
        assert scores[question]["Success@3"] == float(first <= 3)


def test_means_by_type_are_means_of_that_type() -> None:
    scores = {"a": {"x": 1.0}, "b": {"x": 0.0}, "c": {"x": 0.5}}
    types = {"a": "fact", "b": "fact", "c": "plan"}
    assert averages_by(scores, types) == {"fact": {"x": 0.5}, "plan": {"x": 0.5}}


def _random() -> tuple[Run, Judgements]:
    random = np.random.default_rng(11)
    names = [f"d{n}" for n in range(60)]
    run: Run = {}
    judgements: Judgements = {}
    for n in range(40):
        order = random.permutation(names)[:30]
        run[f"q{n}"] = ranked(
            [(str(name), float(s)) for name, s in zip(order, sorted(random.random(30))[::-1], strict=True)]
        )
        judged = random.permutation(names)[: random.integers(2, 12)]
        judgements[f"q{n}"] = {str(name): int(random.integers(1, 4)) for name in judged}
    return run, judgements

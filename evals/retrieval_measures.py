"""Score a run against judgements by ir-measures: nDCG, recall, reciprocal rank, success; per question and on average."""

from collections.abc import Mapping

import ir_measures
from ir_measures import RR, R, Success, nDCG

from evals.results import ResultError
from evals.runs import Judgements, Run

NDCG = "nDCG@10"  # graded: Järvelin and Kekäläinen 2002, gain = grade, discount log2(rank + 1)
NAMES = (NDCG, "Recall@5", "Recall@10", "Recall@20", "MRR@10", "Success@1", "Success@3", "Success@5")
ANSWERS_PARTLY = 2  # our own questions: a section that is only related (grade 1) is no success
RELEVANT = 1  # BEIR


def score(run: Run, judgements: Judgements, relevant_from: int = RELEVANT) -> dict[str, dict[str, float]]:
    """Return every measure of `NAMES` for every judged question, in order of `judgements`, each 0 to 1.

    A question without a result scores zero; results of unjudged questions are left out. Grades of at
    least `relevant_from` are relevant for all measures but nDCG, which reads the grades themselves.
    Recall of a question without a relevant document is zero. Raises ResultError without judgements.
    """
    if not judgements:
        raise ResultError("there are no judgements to score against: choose another --dataset or --half")
    measures = _measures(relevant_from)
    scores = {question: dict.fromkeys(NAMES, 0.0) for question in judgements}
    held = {question: found for question, found in run.items() if question in judgements and found}
    if held:
        for metric in ir_measures.iter_calc(list(measures), judgements, held):
            if metric.query_id in scores:
                scores[metric.query_id][measures[metric.measure]] = float(metric.value)
    return scores


def averages(scores: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Return the mean of each measure over the questions that have it, in order of first mention."""
    columns: dict[str, list[float]] = {}
    for row in scores.values():
        for name, value in row.items():
            columns.setdefault(name, []).append(value)
    return {name: sum(values) / len(values) for name, values in columns.items()}


def averages_by(scores: Mapping[str, Mapping[str, float]], group_of: Mapping[str, str]) -> dict[str, dict[str, float]]:
    """Return `averages` of each group of questions, groups in alphabetical order."""
    groups: dict[str, dict[str, Mapping[str, float]]] = {}
    for question, row in scores.items():
        groups.setdefault(group_of[question], {})[question] = row
    return {group: averages(groups[group]) for group in sorted(groups)}


def _measures(relevant_from: int) -> "dict[ir_measures.Measure, str]":
    relevant = {"rel": relevant_from}
    return {
        nDCG @ 10: "nDCG@10",
        R(**relevant) @ 5: "Recall@5",
        R(**relevant) @ 10: "Recall@10",
        R(**relevant) @ 20: "Recall@20",
        RR(**relevant) @ 10: "MRR@10",
        Success(**relevant) @ 1: "Success@1",
        Success(**relevant) @ 3: "Success@3",
        Success(**relevant) @ 5: "Success@5",
    }

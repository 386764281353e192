"""The graded sentences: each question once, grades of 0 to 3, and none of a question that is tested."""

import json
from collections import Counter
from pathlib import Path

from evals.dataset import default_dataset, read_dataset

GRADES = Path(__file__).parents[1] / "evals" / "datasets" / "sentence_grades.jsonl"
GRADED = [json.loads(line) for line in GRADES.read_text(encoding="utf-8").splitlines()]


def same(text: str) -> str:
    return " ".join(text.lower().split())


def test_each_question_is_graded_once_and_none_is_tested() -> None:
    counts = Counter(same(graded["question"]) for graded in GRADED)
    assert max(counts.values()) == 1
    assert counts.keys().isdisjoint(same(question.question) for question in read_dataset(default_dataset()))


def test_grades_fit_what_is_said_of_the_question() -> None:
    for graded in GRADED:
        grades = graded["grades"].values()
        assert set(grades) <= {0, 1, 2, 3}, graded["question"]
        assert graded["answered"] in ("fully", "partly", "no")
        assert graded["answered"] == "no" or max(grades) >= 2, graded["question"]

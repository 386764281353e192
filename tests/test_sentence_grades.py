"""The graded sentences: each question once, grades of 0 to 3, and none of a question that is tested."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from evals.dataset import default_dataset, read_dataset

DATASETS = Path(__file__).parents[1] / "evals" / "datasets"


def read(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATASETS / name).read_text(encoding="utf-8").splitlines()]


GRADED, SECOND = read("sentence_grades.jsonl"), read("sentence_grades_second.jsonl")


def same(text: str) -> str:
    return " ".join(text.lower().split())


def test_each_question_is_graded_once_and_none_is_tested() -> None:
    counts = Counter(same(graded["question"]) for graded in GRADED)
    assert max(counts.values()) == 1
    assert counts.keys().isdisjoint(same(question.question) for question in read_dataset(default_dataset()))


def test_grades_fit_what_is_said_of_the_question() -> None:
    for graded in (*GRADED, *SECOND):
        grades = graded["grades"].values()
        assert set(grades) <= {0, 1, 2, 3}, graded["question"]
        assert graded["answered"] in ("fully", "partly", "no")
        assert graded["answered"] == "no" or max(grades) >= 2, graded["question"]


def test_the_second_reader_graded_the_same_sentences_and_mostly_found_the_same_ones_helpful() -> None:
    first = {graded["question"]: graded["grades"] for graded in GRADED}
    pairs = [
        (first[graded["question"]][sentence], grade)
        for graded in SECOND
        for sentence, grade in graded["grades"].items()
    ]
    assert len(pairs) >= 1900
    assert sum((a >= 2) == (b >= 2) for a, b in pairs) / len(pairs) > 0.95

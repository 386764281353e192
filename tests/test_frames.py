"""The examples that the choice of frames is fitted on, and how their slots are filled."""

import random
from collections import Counter
from pathlib import Path

import pytest

from assistant.understanding.request import Frame
from evals.dataset import DatasetError, default_dataset, read_dataset
from evals.frames import EXAMPLES, filled, read_examples
from ingest.index import LocalIndex

LEAST_OF_A_FRAME = 100


def test_each_frame_has_examples_enough_and_no_other_frame_stands_there() -> None:
    counts = Counter(example.frame for example in read_examples())
    assert set(counts) == {frame.value for frame in Frame}
    assert min(counts.values()) >= LEAST_OF_A_FRAME


def test_no_example_is_a_question_that_is_tested_or_stands_twice() -> None:
    texts = [" ".join(example.text.lower().split()) for example in read_examples()]
    assert len(texts) == len(set(texts))
    tested = {" ".join(question.question.lower().split()) for question in read_dataset(default_dataset())}
    assert tested.isdisjoint(texts)


def test_slots_are_filled_with_names_of_the_library_the_same_in_every_run(small_index: LocalIndex) -> None:
    structure = small_index.structure
    topics = {name for t in structure.topics.values() for name in (t.name.lower(), *t.aliases)}
    roadmaps = {name for r in structure.roadmaps.values() for name in (r.author.split()[-1], *r.aliases)}
    for seed in range(10):
        texts = [filled("{topic}|{roadmap}|{topic2}", structure, random.Random(seed)) for _ in range(2)]
        topic, roadmap, other = texts[0].split("|")
        assert {topic, other} <= topics
        assert roadmap in roadmaps
        assert texts[0] == texts[1]


def test_a_bad_line_is_named_with_its_number(tmp_path: Path) -> None:
    path = tmp_path / "examples.jsonl"
    path.write_text(EXAMPLES.read_text(encoding="utf-8").splitlines()[0] + '\n{"frame": "find"}\n', encoding="utf-8")
    with pytest.raises(DatasetError, match="line 2"):
        read_examples(path)

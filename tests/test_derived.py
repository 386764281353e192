"""What is derived from a library's data is made once, and never taken for another library's."""

from itertools import count as count_from

import pytest

from assistant.derived import KEPT, derived
from assistant.topics import UnknownNameError, find_topic
from ingest.corpus_models import Structure
from ingest.index import LocalIndex


def empty() -> Structure:
    return Structure(roadmaps={}, resources={}, topics={})


def test_it_is_made_once_for_each_structure_however_alike_two_are() -> None:
    numbers = count_from(1)
    count = derived(lambda _structure: next(numbers))
    first, second = empty(), empty()
    assert first == second
    assert [count(first), count(second), count(first), count(second)] == [1, 2, 1, 2]


def test_few_are_kept() -> None:
    numbers = count_from(1)
    count = derived(lambda _structure: next(numbers))
    structures = [empty() for _ in range(KEPT + 1)]
    for structure in structures:
        count(structure)
    assert count(structures[-1]) == KEPT + 1
    assert count(structures[0]) == KEPT + 2, "made again"


def test_a_topic_is_found_in_the_structure_that_has_it(built_index: LocalIndex) -> None:
    structure = built_index.structure
    fewer = Structure(
        roadmaps={}, resources={}, topics={n: t for n, t in structure.topics.items() if n != "deep-learning"}
    )
    assert find_topic("deep learning", structure).id == "deep-learning"
    for other in (empty(), fewer):
        with pytest.raises(UnknownNameError):
            find_topic("deep learning", other)

"""Keep what is derived from the library's data: it stays the same from question to question."""

from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

from ingest.corpus_models import Structure

Made = TypeVar("Made")

KEPT = 4  # structures: the one in use, the one before it, and those of tests


class _Same:
    """A structure that equals itself alone: comparing two by their content takes longer than deriving."""

    __slots__ = ("structure",)

    def __init__(self, structure: Structure) -> None:
        self.structure = structure

    def __hash__(self) -> int:
        return id(self.structure)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.structure is self.structure


def derived(make: Callable[[Structure], Made]) -> Callable[[Structure], Made]:
    """Call `make` once for each structure; what it returns is shared by all questions, so nobody may change it."""
    kept = lru_cache(maxsize=KEPT)(lambda same: make(same.structure))
    return lambda structure: kept(_Same(structure))

"""Find known phrases in a text by their stems: one table, one scan, the longest phrase first at each place."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import local
from typing import Generic, TypeVar

import Stemmer

TOKEN = re.compile(r"[^\W_]+(?:\+\+|#)?")
KEPT_WORDS = 50_000  # stems that are remembered
_threads = local()  # a stemmer keeps state, so each thread has its own
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Token:
    """A word or number of a text in lower case, its stem, and its span."""

    word: str
    stem: str
    start: int
    end: int


def tokens_of(text: str) -> tuple[Token, ...]:
    """Return every word and number of `text`, function words too; `C++` and `C#` are kept whole."""
    return tuple(Token(m.group().lower(), stem_of(m.group().lower()), m.start(), m.end()) for m in TOKEN.finditer(text))


@lru_cache(KEPT_WORDS)
def stem_of(word: str) -> str:
    """Return the Snowball stem of a lower-case word."""
    if not hasattr(_threads, "stemmer"):
        _threads.stemmer = Stemmer.Stemmer("english", 0)
    return str(_threads.stemmer.stemWord(word))


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """What a phrase stands for, and the tokens that it takes: `first` to `last`, inclusive."""

    value: T
    first: int
    last: int

    @property
    def places(self) -> range:
        """The places of its tokens."""
        return range(self.first, self.last + 1)


class PhraseTable(Generic[T]):
    """Phrases by their stems; a phrase may stand for several values, in the order in which they were given."""

    def __init__(self, phrases: Iterable[tuple[str, T]]) -> None:
        self._table: dict[tuple[str, ...], dict[T, None]] = {}
        for phrase, value in phrases:
            stems = tuple(token.stem for token in tokens_of(phrase))
            if stems:
                self._table.setdefault(stems, {})[value] = None
        # By the first stem, so that a word which begins no phrase costs one look.
        self._longest: dict[str, int] = {}
        for stems in self._table:
            self._longest[stems[0]] = max(len(stems), self._longest.get(stems[0], 0))

    def find(self, tokens: Sequence[Token]) -> list[Found[T]]:
        """Return what `tokens` name, in their order; phrases do not overlap, but one may have several values."""
        found: list[Found[T]] = []
        place = 0
        while place < len(tokens):
            longest = self._longest.get(tokens[place].stem, 0)
            for size in range(min(longest, len(tokens) - place), 0, -1):
                values = self._table.get(tuple(token.stem for token in tokens[place : place + size]))
                if values:
                    found += [Found(value, place, place + size - 1) for value in values]
                    place += size - 1
                    break
            place += 1
        return found


def table_of(named: Mapping[T, Iterable[str]]) -> PhraseTable[T]:
    """Return the table of values and the phrases that stand for each."""
    return PhraseTable((phrase, value) for value, phrases in named.items() for phrase in phrases)

"""Find known phrases in a text by their stems: one table, one scan, the longest phrase first at each place."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from assistant.vocabulary import TOKEN
from ingest.lexical import stem

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
    return tuple(Token(m.group().lower(), stem(m.group().lower()), m.start(), m.end()) for m in TOKEN.finditer(text))


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

"""Repair misspelt words against the library's own words and common English ones, by symspellpy; a right word stays."""

import math
from collections import Counter
from difflib import SequenceMatcher
from functools import cache, cached_property
from importlib.resources import files
from threading import Lock

from symspellpy import SymSpell, Verbosity

from assistant.vocabulary import WORD

MAX_EDITS = 2
MIN_CHARS = 4  # shorter words have too many neighbours
SWAPPED_CHARS = 3  # of these, only two letters that changed places are put back
TWO_EDITS_FROM_CHARS = 7  # two edits in a short word make another word, unless its letters only changed places
MIN_PART_CHARS = 3
# A known word with one of these before or after it is a word, though no list has it: `reranking`, `mathier`.
PREFIXES = ("re", "un", "non", "pre", "multi", "over", "hyper", "auto")
SUFFIXES = ("ier", "iest", "ish", "ness", "less", "wise", "able")
MIN_STEM_CHARS = 4
VOWELS = frozenset("aeiou")
NEGATIONS = ("'t", "’t")
RARE = 3  # a word that the library uses less often than this is no candidate unless it is close
COMMON = 4_000_000  # occurrences in the corpus of symspellpy's list: about its first 17,000 words
VERY_COMMON = 100_000_000  # about its first 600
# What makes a slip likely, in shares of common letters; untuned.
SAME_LETTERS = 0.15  # letters that changed places
SAME_START = 0.1  # slips seldom touch the first letter
PER_DECADE = 0.05  # for each ten times that a word is commoner


@cache
def english_words() -> dict[str, int]:
    """The 82,000 English words that symspellpy ships, and how often each occurs in the corpus that it counted."""
    path = files("symspellpy") / "frequency_dictionary_en_82_765.txt"
    lines = (line.split(" ", 1) for line in path.read_text(encoding="utf-8-sig").splitlines())
    return {word: int(count) for word, count in lines}


class Speller:
    """Knows the library's words by how often each occurs, and the common words of English."""

    def __init__(self, counts: Counter[str]) -> None:
        self._counts = counts
        english = english_words()
        self._own = {w for w, c in counts.items() if len(w) >= MIN_CHARS and (c >= RARE or w in english)}
        self._lock = Lock()

    def prepare(self) -> SymSpell:
        """Return the words by what they become with letters left out, made once."""
        with self._lock:
            return self._symspell

    @cached_property
    def _symspell(self) -> SymSpell:
        """Made at the first slip: it takes longer than a whole answer without one."""
        made = SymSpell(max_dictionary_edit_distance=MAX_EDITS, prefix_length=7)
        for word in self._own | {w for w, count in english_words().items() if count >= COMMON}:
            made.create_dictionary_entry(word, max(1, self._counts[word]))
        return made

    def repair(self, text: str) -> tuple[str, dict[str, str]]:
        """Return `text` with its misspelt words repaired, and what was typed for each repaired word."""
        corrections: dict[str, str] = {}
        pieces, end = [], 0
        for match in WORD.finditer(text):
            typed = match.group()
            if text[match.end() : match.end() + 2] in NEGATIONS:  # the first half of "needn't" is no word
                continue
            right = self._right_word(typed)
            if right != typed.lower():
                corrections[typed] = right
                pieces += [text[end : match.start()], right]
                end = match.end()
        return "".join([*pieces, text[end:]]), corrections

    def is_known(self, word: str) -> bool:
        """Whether `word`, lower case, is one of the library's or of English."""
        return word in self._counts or word in english_words()

    def _right_word(self, typed: str) -> str:
        word = typed.lower()
        if self._is_right(word) or self._is_right(word.removesuffix("s")) or self._is_built(word):
            return word
        if len(word) < MIN_CHARS:
            return _put_back(word) if typed.islower() else word
        # A document may hold any misspelling: its word is a name of its own unless it is next to one of the library's.
        is_foreign = self.is_known(word) or self.is_known(word.removesuffix("s"))
        found = self._nearest(word, allows_english=typed.islower() and not is_foreign)
        if found:
            return found
        return word if is_foreign else self._split(word) or word

    def _nearest(self, word: str, *, allows_english: bool) -> str | None:
        """The likeliest word among the closest; one that the library lacks counts as one edit further."""
        edits = MAX_EDITS if len(word) >= TWO_EDITS_FROM_CHARS and allows_english else 1
        found = self.prepare().lookup(word, Verbosity.ALL, max_edit_distance=MAX_EDITS if allows_english else 1)
        far = {
            str(item.term): item.distance + (item.term not in self._own)
            for item in found
            if _is_slip(word, str(item.term))
            and (item.distance <= edits or _is_mixed_up(word, str(item.term)))
            and (item.term in self._own or (allows_english and item.distance == 1 and word[0] == item.term[0]))
        }
        closest = min(far.values(), default=0)
        words = [term for term, distance in far.items() if distance == closest]
        return max(words, key=lambda term: (self._likeness(word, term), term), default=None)

    def _likeness(self, typed: str, term: str) -> float:
        """Share of letters in common (Ratcliff and Obershelp), with what else makes a slip likely."""
        commonness = math.log10(1 + self._counts[term]) + math.log10(1 + english_words().get(term, 0) / COMMON)
        same_letters = SAME_LETTERS * (sorted(typed) == sorted(term)) + SAME_START * (typed[0] == term[0])
        return SequenceMatcher(None, typed, term).ratio() + same_letters + PER_DECADE * commonness

    def _is_right(self, word: str) -> bool:
        return self._counts[word] > 0 or word in english_words()

    def _is_built(self, word: str) -> bool:
        stems = [word.removeprefix(p) for p in PREFIXES if word.startswith(p)]
        stems += [word.removesuffix(s) for s in SUFFIXES if word.endswith(s)]
        return any(len(stem) >= MIN_STEM_CHARS and stem in self._own for stem in stems)

    def _split(self, word: str) -> str | None:
        """Two words of the library that were typed as one; the commonest pair."""
        pairs = [
            (min(self._counts[word[:i]], self._counts[word[i:]]), i)
            for i in range(MIN_PART_CHARS, len(word) - MIN_PART_CHARS + 1)
            if self._counts[word[:i]] >= RARE and self._counts[word[i:]] >= RARE
        ]
        if not pairs:
            return None
        place = max(pairs)[1]
        return f"{word[:place]} {word[place:]}"


def _is_slip(typed: str, term: str) -> bool:
    """Whether `typed` can be a slip for `term`: in a short word, another consonant makes another word."""
    if len(typed) > MIN_CHARS or len(term) > len(typed) or sorted(typed) == sorted(term):
        return True
    other = [(a, b) for a, b in zip(typed, term, strict=False) if a != b]
    return len(typed) == len(term) and all({a, b} <= VOWELS for a, b in other)


def _is_mixed_up(typed: str, term: str) -> bool:
    """Whether `typed` has the letters of `term` in another order, the first in its place."""
    return len(typed) > MIN_CHARS and typed[0] == term[0] and sorted(typed) == sorted(term)


def _put_back(word: str) -> str:
    """A very common word of three letters of which two that stand together changed places, else `word`."""
    if len(word) != SWAPPED_CHARS:
        return word
    swapped = (word[1] + word[0] + word[2], word[0] + word[2] + word[1])
    english = english_words()
    best = max(swapped, key=lambda w: english.get(w, 0))
    return best if english.get(best, 0) >= VERY_COMMON else word

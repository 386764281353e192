"""Repair misspelt words against the library's own words, by symspellpy; a right word is never touched."""

from collections import Counter
from functools import cache
from importlib.resources import files

from symspellpy import SymSpell, Verbosity

from assistant.vocabulary import WORD

MAX_EDITS = 2
MIN_CHARS = 4  # shorter words have too many neighbours
TWO_EDITS_FROM_CHARS = 7  # two edits in a short word make another word
MIN_PART_CHARS = 3
NEGATIONS = ("'t", "’t")
RARE = 3  # a word that the library uses less often than this is no candidate unless it is close


@cache
def english_words() -> frozenset[str]:
    """The 82,000 English words that symspellpy ships."""
    path = files("symspellpy") / "frequency_dictionary_en_82_765.txt"
    return frozenset(line.split(" ", 1)[0] for line in path.read_text(encoding="utf-8-sig").splitlines())


class Speller:
    """Knows the library's words by how often each occurs."""

    def __init__(self, counts: Counter[str]) -> None:
        self._counts = counts
        self._symspell = SymSpell(max_dictionary_edit_distance=MAX_EDITS, prefix_length=7)
        for word, count in counts.items():
            if len(word) >= MIN_CHARS and (count >= RARE or word in english_words()):
                self._symspell.create_dictionary_entry(word, count)

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
        if len(word) < MIN_CHARS or self._is_right(word) or self._is_right(word.removesuffix("s")):
            return word
        # A document may hold any misspelling: its word is a name of its own unless it is next to one of the library's.
        is_foreign = self.is_known(word) or self.is_known(word.removesuffix("s"))
        edits = MAX_EDITS if len(word) >= TWO_EDITS_FROM_CHARS and not is_foreign else 1
        found = self._symspell.lookup(word, Verbosity.CLOSEST, max_edit_distance=edits)
        if found:
            return str(found[0].term)
        return word if is_foreign else self._split(word) or word

    def _is_right(self, word: str) -> bool:
        return self._counts[word] > 0 or word in english_words()

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

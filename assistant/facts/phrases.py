"""Say names, lists and numbers as they stand inside a sentence. Knows nothing of what is asked."""

import string
from collections import Counter
from collections.abc import Sequence
from weakref import WeakKeyDictionary

from ingest.corpus_models import Roadmap, Topic
from ingest.index import Index
from ingest.records import Kind
from ingest.text import plain

NUMBERS = "no one two three four five six seven eight nine ten eleven twelve".split()
ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()
EDGES = string.punctuation.replace("+", "").replace("#", "")  # around a word; C++ and C# keep theirs
_inner_words: WeakKeyDictionary[Index, Counter[str]] = WeakKeyDictionary()


def short_name(roadmap: Roadmap) -> str:
    """An author's last name, as answers name them."""
    return roadmap.author.split()[-1]


def joined(names: Sequence[str]) -> str:
    """Names as a sentence lists them: `a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def number_word(number: float) -> str:
    """A whole number up to twelve in letters, any other in figures."""
    if number == int(number):
        return NUMBERS[int(number)] if 0 <= number < len(NUMBERS) else str(int(number))
    return f"{number:g}"


def ordinal(place: int) -> str:
    """The word for a place, from 1: `second`, `13th`."""
    return ORDINALS[place - 1] if place <= len(ORDINALS) else f"{place}th"


def capitalised(text: str) -> str:
    """`text` as a sentence begins."""
    return f"{text[:1].upper()}{text[1:]}"


def uncapitalised(text: str) -> str:
    """A phrase that began a line as it stands inside a sentence; abbreviations such as `ML` stay."""
    return text if text[1:2].isupper() else f"{text[:1].lower()}{text[1:]}"


def all_of(roadmaps: Sequence[Roadmap]) -> str:
    """Every one of several roadmaps, as the subject of a sentence in the plural."""
    if len(roadmaps) == 2:
        return f"Both {joined([short_name(r) for r in roadmaps])}"
    return f"All {number_word(len(roadmaps))} roadmaps"


def share_of(count: int, size: int) -> str:
    """Some of the roadmaps, as the subject of a sentence."""
    return f"{capitalised(number_word(count))} of the {number_word(size)} roadmaps"


def topic_inside(topic: Topic, index: Index) -> str:
    """The topic's name inside a sentence: in small letters unless the library's own sentences write its first word large."""
    name, bracket, abbreviation = topic.name.partition(" (")
    first = name.split()[0]
    words = _words_of(index)
    is_common = name[1:] == name[1:].lower() and words[first.lower()] >= words[first]
    return f"{name.lower() if is_common else name}{bracket}{abbreviation}"


def pronoun(topic: Topic, index: Index) -> str:
    """`them` where the topic's name is a plural of a word that the library has, else `it`."""
    last = topic.name.split()[-1]
    words = _words_of(index)
    singular = last.removesuffix("s")
    return "them" if singular != last and words[singular] + words[singular.lower()] else "it"


def _words_of(index: Index) -> Counter[str]:
    """How often each word stands behind the first word of a sentence of the curated library, letters as written."""
    if index not in _inner_words:
        _inner_words[index] = Counter(
            word.strip(EDGES)
            for passage in index.passages.values()
            if passage.kind is not Kind.DOCUMENT
            for start, end in passage.sentences
            for word in plain(index.sources[passage.source_id].text[start:end]).split()[1:]
        )
    return _inner_words[index]

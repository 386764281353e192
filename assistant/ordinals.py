"""Read places in words as the numbers that roadmaps count by: `the second module` is module 2."""

import re
from collections.abc import Iterable, Mapping

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_ORDINAL = rf"{'|'.join(ORDINALS)}|\d{{1,2}}(?:st|nd|rd|th)"
_COUNTED = r"module|step|week|month|stage|phase|part|chapter|lesson|lecture|unit"
_PLACED = re.compile(
    rf"\b(?:the )?(?P<first>{_ORDINAL})(?:\s*(?:(?P<to>to|through|till|until|-|–)|and|&|,|or)\s*(?:the )?(?P<last>{_ORDINAL}))?"
    rf"\s+(?P<of>{_COUNTED})(?P<plural>s?)\b",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    rf"\b(?P<of>{_COUNTED})s?\s+(?P<first>\d{{1,2}})(?:\s*(?:-|–|to|and)\s*(?P<last>\d{{1,2}}))?\b(?!\.\d)",
    re.IGNORECASE,
)

Numbered = frozenset[tuple[str, int]]


def place_of(ordinal: str) -> int:
    """The place, from 1, that an ordinal in letters or digits stands for."""
    word = ordinal.lower()
    return ORDINALS.index(word) + 1 if word in ORDINALS else int(word[:-2])


def numbered_in(text: str) -> Numbered:
    """What a text numbers: `Weeks 2-4` gives the weeks 2, 3 and 4."""
    found = set()
    for match in _NUMBERED.finditer(text):
        first, last = int(match["first"]), int(match["last"] or match["first"])
        found |= {(match["of"].lower(), n) for n in range(first, last + 1)}
    return frozenset(found)


def with_numbers(text: str, numbered: Mapping[str, Numbered], roadmaps: Iterable[str]) -> str:
    """Write places as numbers where the `roadmaps`, or any roadmap when there are none, number such things so."""
    known = frozenset().union(*(numbered.get(r, frozenset()) for r in tuple(roadmaps) or numbered))

    def written(match: re.Match[str]) -> str:
        of, first = match["of"], place_of(match["first"])
        last = place_of(match["last"]) if match["last"] else first
        if not {(of.lower(), first), (of.lower(), last)} <= known:
            return match.group()
        if last == first:
            return f"{of} {first}"
        return f"{of}s {first}{'-' if match['to'] else ' and '}{last}"

    return _PLACED.sub(written, text)

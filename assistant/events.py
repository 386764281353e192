"""An answer as it becomes known: pieces of text, citations, and the whole at the end."""

from collections.abc import Iterator
from dataclasses import dataclass

from assistant.records import Answer, Citation


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the answer's text, in order."""

    text: str


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation, told as soon as its number occurs in the text."""

    citation: Citation


@dataclass(frozen=True, slots=True)
class Forgotten:
    """All that was told so far was reasoning: the answer begins anew, its citations at 1."""


@dataclass(frozen=True, slots=True)
class Done:
    """The whole answer; always the last event."""

    answer: Answer


Event = Token | Cited | Forgotten | Done


def as_events(answer: Answer) -> Iterator[Event]:
    """Yield an answer that is complete as events, word by word."""
    waiting = {f"[{c.number}]": c for c in answer.citations}
    for word in _words(answer.answer):
        yield Token(word)
        citation = waiting.pop(word.strip(), None)
        if citation:
            yield Cited(citation)
    for citation in waiting.values():
        yield Cited(citation)
    yield Done(answer)


def _words(text: str) -> Iterator[str]:
    """Pieces of `text` that end where a word does; joined they are `text`."""
    start = 0
    for place, character in enumerate(text):
        if character.isspace() and place > start and not text[start:place].isspace():
            yield text[start:place]
            start = place
    if start < len(text):
        yield text[start:]

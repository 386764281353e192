"""Cut a reply that arrives in pieces into sentences, each with the passages that it says it comes from."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from assistant.reply import Item, Signal
from ingest.sentences import sentence_spans
from ingest.text import clean

_MARK = r"\[\^?\d{1,3}(?:\s{0,3}[,;–-]\s{0,3}\d{1,3}|†[^\[\]\n]{0,40}){0,20}\](?!\()"
MARK = re.compile(rf"\s{{0,3}}{_MARK}")
MARKS_AFTER_STOP = re.compile(rf"([.!?…]+[\"'”’)]*)((?:\s{{0,3}}{_MARK})+)")
ITEM = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)])\s+")
NO_SENTENCE = re.compile(r"\s*(?:#{1,6}\s|```|---|\|)")


@dataclass(frozen=True, slots=True)
class Piece:
    """One sentence without its marks; `cited` are the numbers in them, in order.

    `opens_line` says that it begins a line, `is_item` that this line is an item of a list.
    """

    text: str
    cited: tuple[int, ...]
    opens_line: bool
    is_item: bool


def cut(chunks: Iterable[Item]) -> Iterator[Piece | Signal]:
    """Yield each sentence as soon as what follows shows that it is complete; the last one at the end.

    After `FORGET`, which is passed on, all begins anew.
    """
    line = _Line()
    waiting = ""
    for chunk in chunks:
        if isinstance(chunk, Signal):
            line, waiting = _Line(), ""
            yield chunk
            continue
        waiting += chunk
        while "\n" in waiting:
            whole, waiting = waiting.split("\n", 1)
            yield from line.pieces(whole)[0]
            line = _Line()
        pieces, waiting = line.pieces(waiting, is_open=True)
        yield from pieces
    yield from line.pieces(waiting)[0]


class _Line:
    """A line as far as it was read."""

    def __init__(self) -> None:
        self.is_item = False
        self.is_read = False

    def pieces(self, text: str, is_open: bool = False) -> tuple[list[Piece], str]:
        """Return the complete sentences of `text` and the rest; nothing is left of a line that is not open."""
        if not self.is_read:
            if NO_SENTENCE.match(text):
                return [], text if is_open else ""
            item = ITEM.match(text)
            if item and (not is_open or item.end() < len(text)):
                self.is_item = True
                text = text[item.end() :]
        moved = MARKS_AFTER_STOP.sub(r"\2\1", text.replace("【", "[").replace("】", "]"))
        spans = sentence_spans(moved, 0, len(moved))
        if is_open:
            rest = moved[spans[-1][0] :] if spans else moved
            if len(spans) < 2 or (rest.startswith("[") and "]" not in rest):
                return [], (f"- {text}" if self.is_item and not self.is_read else text)
            return self._all(moved, spans[:-1]), rest
        return self._all(moved, spans), ""

    def _all(self, text: str, spans: list[tuple[int, int]]) -> list[Piece]:
        return [piece for start, end in spans if (piece := self._piece(text[start:end])).text]

    def _piece(self, sentence: str) -> Piece:
        numbers = [int(n) for mark in MARK.findall(sentence) for n in re.findall(r"\d{1,3}", mark)]
        text = " ".join(clean(MARK.sub("", sentence)).split())
        opens, self.is_read = not self.is_read, True
        return Piece(text, tuple(dict.fromkeys(numbers)), opens, self.is_item)

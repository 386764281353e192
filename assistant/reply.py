"""Take off what models wrap their replies in: reasoning, end-of-turn tokens, code fences, JSON. Pure, over chunks."""

import json
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Any

from pydantic_core import from_json


class Signal(Enum):
    """What a stream of text says beside text."""

    FORGET = "all text until here was reasoning"


FORGET = Signal.FORGET
Item = str | Signal

# How models mark reasoning. Tags in capitals are matched as they stand, all others in any case.
REASONING = {
    "<think>": "</think>",
    "<thinking>": "</thinking>",
    "<thought>": "</thought>",
    "<reasoning>": "</reasoning>",
    "<seed:think>": "</seed:think>",
    "◁think▷": "◁/think▷",
    "[THINK]": "[/THINK]",
    "<|START_THINKING|>": "<|END_THINKING|>",
    "<|begin_of_thought|>": "<|end_of_thought|>",
    "<|channel|>analysis<|message|>": "<|end|>",
    "<|channel|>commentary<|message|>": "<|end|>",
}
# The model's turn ends here; what follows is written in another's name.
ENDS = (
    "<|im_end|>",
    "<|im_start|>",
    "<|eot_id|>",
    "<|eom_id|>",
    "<|endoftext|>",
    "<|end_of_text|>",
    "<|end_of_turn|>",
    "<end_of_turn>",
    "<|END_OF_TURN_TOKEN|>",
    "<|END_RESPONSE|>",
    "<|end|>",
    "<|return|>",
    "<|eot|>",
    "<|user|>",
    "<eos>",
    "</s>",
    "[INST]",
    "<｜end▁of▁sentence｜>",
)
# These open or close the answer itself.
FRAMES = (
    "<s>",
    "<bos>",
    "<|begin_of_text|>",
    "<|assistant|>",
    "<|im_start|>assistant",
    "<|start|>assistant",
    "<|start_header_id|>assistant<|end_header_id|>",
    "<start_of_turn>model",
    "<|channel|>final<|message|>",
    "<|START_RESPONSE|>",
    "[/INST]",
    "<answer>",
    "</answer>",
    "<final_answer>",
    "</final_answer>",
)
CLOSES = tuple(close for close in REASONING.values() if close not in ENDS)
TOKENS = (*REASONING, *CLOSES, *ENDS, *FRAMES)
STARTS = {token[0] for token in TOKENS}  # no letters
FENCE = "```"
FENCED_AS = ("json", "text", "markdown", "md")
ANSWER_KEYS = (
    "answer",
    "final_answer",
    "response",
    "reply",
    "output",
    "result",
    "text",
    "content",
    "message",
    "sentence",
)
ANSWER_LISTS = ("sentences", "answers", "items")


def unwrapped(chunks: Iterable[str]) -> Iterator[Item]:
    """Yield the text of a reply without its wrappers, the same however it is cut into chunks.

    `FORGET` follows when a tag that closes reasoning shows that the text before it was reasoning whose opening
    tag never came. What `chunks` raises is passed on, after the text of a wrapper that was still open.
    """
    return _unboxed(_said(chunks))


def whole(chunks: Iterable[str]) -> str:
    """Return the whole text of a reply without its wrappers."""
    text = ""
    for item in unwrapped(chunks):
        text = "" if isinstance(item, Signal) else text + item
    return text


def _said(chunks: Iterable[str]) -> Iterator[Item]:
    """Yield what is neither reasoning nor a token, up to the end of the model's turn."""
    reader = _Reader()
    for chunk in chunks:
        yield from reader.read(chunk)
        if reader.has_ended:
            return
    yield from reader.read("", is_last=True)


class _Reader:
    """A reply as far as it was searched for tokens."""

    def __init__(self) -> None:
        self.has_ended = False
        self._waiting = ""
        self._close = ""  # the tag that ends the reasoning under way
        self._has_text = False

    def read(self, chunk: str, is_last: bool = False) -> Iterator[Item]:
        """Yield what is certain by now."""
        self._waiting += chunk
        while self._waiting and not self.has_ended:
            place, token = _first((self._close,) if self._close else TOKENS, self._waiting)
            sure = len(self._waiting) if is_last else _sure(self._close, self._waiting)
            if not token or sure <= place:  # a longer token may begin where the first one does
                yield from self._take(self._waiting[:sure])
                self._waiting = self._waiting[sure:]
                return
            yield from self._take(self._waiting[:place])
            self._waiting = self._waiting[place + len(token) :]
            yield from self._meet(token)

    def _take(self, text: str) -> Iterator[Item]:
        if text and not self._close:
            self._has_text = self._has_text or not text.isspace()
            yield text

    def _meet(self, token: str) -> Iterator[Item]:
        if self._close:
            self._close = ""
        elif token in REASONING:
            self._close = REASONING[token]
        elif token in CLOSES:
            self._has_text = False
            yield FORGET
        elif token in ENDS:
            self.has_ended = self._has_text


def _first(tokens: Iterable[str], text: str) -> tuple[int, str]:
    """Return the place of the first token and the longest one that begins there; (len(text), "") without any."""
    if STARTS.isdisjoint(text):
        return len(text), ""
    lower = _lower(text)
    found = [(place, -len(t), t) for t in tokens if (place := (text if t.isupper() else lower).find(t)) >= 0]
    place, _, token = min(found, default=(len(text), 0, ""))
    return place, token


def _sure(close: str, text: str) -> int:
    """Return how many characters of `text` cannot belong to a token that is still coming."""
    tokens = (close,) if close else TOKENS
    longest = max(map(len, tokens))
    for start in range(max(0, len(text) - longest + 1), len(text)):
        if text[start] in STARTS:
            exact, lower = text[start:], _lower(text[start:])
            if any(len(t) > len(exact) and t.startswith(exact if t.isupper() else lower) for t in tokens):
                return start
    return len(text)


def _lower(text: str) -> str:
    """Return `text` in lower case and of the same length, so that places in it stay."""
    return "".join(low if len(low := c.lower()) == 1 else c for c in text)


def _unboxed(items: Iterable[Item]) -> Iterator[Item]:
    """Yield the items, where the text is one JSON value, or stands in a fence, what is inside."""
    held: str | None = ""  # the beginning, until it is plain; None from then on
    try:
        for item in items:
            if isinstance(item, Signal):
                held = ""
                yield item
            elif held is None:
                yield item
            else:
                held += item
                if _is_plain(held):
                    yield held
                    held = None
    except Exception:
        if held:
            yield _inside(held)
        raise
    if held:
        yield _inside(held)


def _is_plain(text: str) -> bool:
    """Whether a reply that begins so is neither JSON nor fenced JSON."""
    start = text.lstrip()
    if FENCE.startswith(start[: len(FENCE)]):
        _, line_end, start = start.partition("\n")
        start = start.lstrip()
        if not line_end:
            return False
    if start.startswith("["):
        start = start[1:].lstrip()
        return start[:1] not in ("", "{", '"')
    return start[:1] not in ("", "{")


def _inside(text: str) -> str:
    """Return what a fence and JSON hold; `text` itself where there is neither."""
    start = text.strip()
    if start.startswith(FENCE):
        start = start.strip("`")
        language = next((name for name in FENCED_AS if start.lower().startswith(name)), "")
        start = start[len(language) :].strip()
    if start[:1] not in ("{", "["):
        return start if start != text.strip() else text
    try:
        return _text_in(_parsed(start)) or text
    except (ValueError, RecursionError):
        return text


def _parsed(text: str) -> Any:
    """Return the JSON value at the beginning of `text`, as far as it came. Raises ValueError, RecursionError."""
    try:
        value, end = json.JSONDecoder(strict=False).raw_decode(text)
    except json.JSONDecodeError:
        return from_json(text, allow_partial="trailing-strings")
    if isinstance(value, list) and text[end:].strip(" \n`"):
        raise ValueError("a link, not a list")  # such as ["Attention"](https://…)
    return value


def _text_in(value: Any) -> str:
    """Return the answer in a JSON value, empty when none can be told."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "\n".join(text for part in value if (text := _text_in(part)))
    if isinstance(value, dict):
        known = next((value[key] for key in (*ANSWER_KEYS, *ANSWER_LISTS) if key in value), None)
        if known is None and len(value) == 1:
            known = next(iter(value.values()))
        return _text_in(known)
    return ""

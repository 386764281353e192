"""Let a chat model turn a follow-up into a question that stands alone, and take its word only when it fits."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.chat_model import Chat, ChatFaultError
from assistant.prompting import fill
from assistant.records import Turn
from assistant.reply import whole
from assistant.support import addresses, numbers
from ingest.lexical import terms
from ingest.text import one_line, plain

MAX_CHARS = 300
MAX_TURNS = 6
MAX_TURN_CHARS = 1500
LABEL = re.compile(r"^(?:(?:the )?(?:rewritten |standalone )?question(?: is)?|rewritten)\s*:\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Rewriter:
    """Rewrites follow-ups, each within `deadline_seconds`."""

    chat: Chat
    deadline_seconds: float

    def __call__(self, text: str, history: Sequence[Turn]) -> str | None:
        """Return the question as it stands alone; None when the model fails or does not keep to the subject."""
        turns = "\n".join(f"{turn.role}: {one_line(turn.content)[:MAX_TURN_CHARS]}" for turn in history[-MAX_TURNS:])
        try:
            prompt = fill("rewrite.md", {"history": turns, "question": text})
            reply = whole(self.chat.stream(prompt, self.deadline_seconds))
        except ChatFaultError:
            return None
        return checked(reply, text, history)


def checked(reply: str, text: str, history: Sequence[Turn]) -> str | None:
    """Return the rewritten question in `reply`, None when it may not be used.

    It may not be empty, longer than `MAX_CHARS`, or share no content word with the conversation; and
    it may bring no number or address that the conversation lacks.
    """
    question = LABEL.sub("", one_line(reply).strip("\"'`*“” ")).strip("\"'`*“” ")
    said = " ".join((text, *(turn.content for turn in history)))
    if not question or len(question) > MAX_CHARS or "<" in question:
        return None
    if not set(terms(question)) & set(terms(plain(said))):
        return None
    if numbers(question) - numbers(plain(said)) or addresses(question) - addresses(said):
        return None
    return question

"""The nouns of a conversation: what is asked, how it was understood, and the answer with its proof."""

from dataclasses import dataclass, field
from typing import Literal

from assistant.understanding.request import Frame, Request
from ingest.index import EVERYTHING, Scope

Mode = Literal["extractive", "generative"]
AskedMode = Literal["auto", "extractive", "generative"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier message of the conversation."""

    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Question:
    """What a person asked, with the turns before it, oldest first."""

    text: str
    history: tuple[Turn, ...] = ()
    scope: Scope = EVERYTHING
    mode: AskedMode = "auto"


@dataclass(frozen=True, slots=True)
class Understood:
    """A question that stands alone: `text` is what is shown and answered.

    `topics` are ids of the vocabulary; `sources` are roadmaps that the question names; `expansion`
    holds other names of the topics, for the lexical leg; `terms` are the stemmed content words;
    `corrections` maps what was typed to what was read; `context` is what a follow-up was asked
    after, empty for a question that stands alone; `unnamed` is what it points to that nothing names,
    such as `this course`; `searched` is the text with places as numbers and without the names of
    roadmaps, whose passages weigh more instead, and empty where that changes or leaves nothing;
    `request` is what the question was read into, once it was.
    """

    original: str
    text: str
    topics: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    expansion: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    corrections: dict[str, str] = field(default_factory=dict)
    context: str = ""
    is_follow_up: bool = False
    unnamed: str = ""
    searched: str = ""
    request: Request | None = None

    @property
    def frame(self) -> Frame:
        """What kind of answer is asked for; any fact as long as that was not read."""
        return self.request.frame if self.request else Frame.FACT


@dataclass(frozen=True, slots=True)
class Citation:
    """The proof of one statement: `quote` is the source's `text[start:end]`, to the character."""

    number: int
    passage_id: str
    source_id: str
    kind: str
    title: str
    section: str
    url: str | None
    recommended_by: tuple[str, ...]
    quote: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Considered:
    """A passage that was found but not used, and where each leg placed it."""

    passage_id: str
    source_id: str
    kind: str
    title: str
    section: str
    url: str | None
    text: str
    rank: int
    score: float
    similarity: float
    dense_rank: int | None
    lexical_rank: int | None
    rerank_rank: int | None


@dataclass(frozen=True, slots=True)
class Answer:
    """The one contract: what the chat, the CLI and the API all show.

    `answer` is Markdown with `[n]` marks; `citations` holds only those used, numbered from 1 in
    order of first use. When `abstained`, `reason` says why and `citations` is empty; else `reason`
    says why a chat model's prose was not given, or not all of it. `question` is the question as
    understood. `follow_ups` are questions that the library can answer.
    """

    answer: str
    citations: tuple[Citation, ...]
    abstained: bool
    reason: str | None
    mode: Mode
    question: str
    considered: tuple[Considered, ...] = ()
    follow_ups: tuple[str, ...] = ()
    timings_ms: dict[str, float] = field(default_factory=dict)

"""The chain: one LangChain Runnable from a question to an answer, streamed as events when asked."""

import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.runnables.config import run_in_executor

from assistant.calibration import Calibration
from assistant.compose import abstain, compose
from assistant.decide import Decision, decide
from assistant.evidence import Sentence, choose, score_sentences
from assistant.records import Answer, Citation, Question, Understood
from assistant.retrieval import Retrieved, Retriever
from assistant.understand import Understander
from ingest.index import Index

HITS = 12


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the answer's text, in order."""

    text: str


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation, told as soon as its number occurs in the text."""

    citation: Citation


@dataclass(frozen=True, slots=True)
class Done:
    """The whole answer; always the last event."""

    answer: Answer


Event = Token | Cited | Done


@dataclass(slots=True)
class Trace:
    """What each step found, for `why` and for the evals."""

    understood: Understood
    found: Retrieved
    sentences: list[Sentence]
    decision: Decision
    timings_ms: dict[str, float] = field(default_factory=dict)


class AnswerChain(Runnable[Question | str, Answer]):
    """Understand, retrieve, decide, answer. `invoke`, `batch`, `ainvoke` return an Answer; `events` streams."""

    def __init__(self, index: Index, understand: Understander, retriever: Retriever, calibration: Calibration) -> None:
        self.index = index
        self.understand = understand
        self.retriever = retriever
        self.calibration = calibration

    def invoke(self, input: Question | str, config: RunnableConfig | None = None, **kwargs: Any) -> Answer:  # noqa: A002, ARG002 - LangChain's names
        """Return the answer to a question."""
        question = Question(input) if isinstance(input, str) else input
        trace = self.trace(question)
        return self._answer(trace)

    def trace(self, question: Question) -> Trace:
        """Run the steps before the answer is written."""
        clock = _Clock()
        understood = self.understand(question)
        clock.lap("understand")
        found = self.retriever.retrieve(understood, HITS, question.scope)
        clock.lap("retrieve")
        sentences = score_sentences(understood, found, self.index, self.calibration.sentence)
        decision = decide(understood, found, sentences, self.index, self.calibration)
        clock.lap("decide")
        return Trace(understood, found, sentences, decision, clock.laps)

    def _answer(self, trace: Trace) -> Answer:
        clock = _Clock()
        if trace.decision.is_enough:
            answer = compose(trace.understood, choose(trace.sentences), trace.found, self.index)
        else:
            answer = abstain(trace.understood, trace.found, self.index)
        clock.lap("answer")
        timings = {**trace.timings_ms, **clock.laps}
        return replace(answer, timings_ms={**timings, "total": round(sum(timings.values()), 3)})

    def events(self, question: Question) -> Iterator[Event]:
        """Yield the answer piece by piece, each citation right after its first mark, and `Done` last."""
        yield from as_events(self.invoke(question))

    async def aevents(self, question: Question) -> AsyncIterator[Event]:
        """As `events`, with the work in another thread."""
        answer = await run_in_executor(None, self.invoke, question)
        for event in as_events(answer):
            yield event


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


class _Clock:
    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name] = round((now - self._last) * 1000, 3)
        self._last = now

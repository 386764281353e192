"""The chain from a question to an answer, streamed as events when asked. `runnable.py` makes it LangChain's."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from assistant.calibration import Calibration
from assistant.citations import considered
from assistant.compose import abstain, compose, suggestions, with_evidence
from assistant.decide import Decision, decide
from assistant.events import Cited as Cited
from assistant.events import Done as Done
from assistant.events import Event as Event
from assistant.events import Forgotten as Forgotten
from assistant.events import Token as Token
from assistant.events import as_events
from assistant.evidence import Sentence, choose, score_sentences
from assistant.facts.answers import computed
from assistant.facts.records import Fact, Facts
from assistant.facts.rendering import rendered
from assistant.generate import Task, Writer
from assistant.records import Answer, Question, Understood
from assistant.retrieval import Retrieved, Retriever
from assistant.shelves import read_shelves
from assistant.stop import Stop
from assistant.understand import Understander
from assistant.understanding.frames import shipped_frames
from assistant.understanding.naming import Namer
from assistant.understanding.reader import Reader
from assistant.understanding.request import Request
from ingest.encoder import Vector
from ingest.index import Index
from ingest.records import Kind

Call = Callable[..., Any]  # calls a function with its arguments, here or elsewhere
Run = Callable[..., Awaitable[Any]]
HITS = 12
LEAST_CONFIDENCE = 0.4  # in its frame, from which a question is answered by computing; untuned
NO_MODEL = "no chat model is configured (ROADMAP_CHAT_MODEL), so the library's own sentences are given"


@dataclass(slots=True)
class Trace:
    """What each step found, for `why` and for the evals."""

    understood: Understood
    found: Retrieved
    sentences: list[Sentence]
    decision: Decision
    fact: Fact | None = None  # what the roadmaps' data answer
    timings_ms: dict[str, float] = field(default_factory=dict)

    @property
    def given(self) -> Fact | None:
        """The computed answer that is given: it holds whatever was found, or the library answers the question."""
        return self.fact if self.fact and (self.fact.is_sure or self.decision.is_enough) else None


class AnswerChain:
    """Understand, retrieve, decide, answer. `invoke` returns an Answer; `events` streams."""

    def __init__(
        self,
        index: Index,
        understand: Understander,
        retriever: Retriever,
        calibration: Calibration,
        writer: Writer | None = None,
    ) -> None:
        self.index = index
        self.understand = understand
        self.retriever = retriever
        self.calibration = calibration
        self.writer = writer
        self._shelves = read_shelves(index)
        self._reader = Reader(Namer(understand.vocabulary.names, index.structure))
        self._frames = shipped_frames()

    def invoke(self, input: Question | str, config: Any = None, **kwargs: Any) -> Answer:  # noqa: A002, ARG002 - LangChain's names
        """Return the answer to a question. Raises LateError when a `stop` is given, and set between two steps."""
        question = Question(input) if isinstance(input, str) else input
        started = self._start(question, kwargs.get("stop") or Stop())
        return started if isinstance(started, Answer) else answer_of(started)

    def trace(self, question: Question, limit: int = HITS, stop: Stop | None = None) -> Trace:
        """Run the steps before the answer is written, with up to `limit` hits; between them, heed `stop`."""
        clock = _Clock(stop)
        understood = self.understand(question)
        clock.lap("understand")
        vector = self.retriever.vector(understood)
        request = self._read(understood, vector[0])
        understood = replace(understood, request=request)
        clock.lap("read")
        facts = Facts(self.index, question.scope)
        fact = computed(request, facts) if request.confidence >= LEAST_CONFIDENCE else None
        clock.lap("compute")
        for shelf in self._shelves.in_turn(understood, question.scope):
            found = replace(self.retriever, index=shelf).retrieve(understood, limit, question.scope, vector)
            clock.lap("retrieve")
            sentences = score_sentences(understood, found, shelf, self.calibration.sentence)
            clock.lap("score")
            decision = decide(understood, found, sentences, shelf, self.calibration)
            clock.lap("decide")
            is_sure = fact is not None and fact.is_sure
            if decision.is_enough or (is_sure and found.hits and found.hits[0].passage.kind is not Kind.DOCUMENT):
                break
        return Trace(understood, found, sentences, decision, fact, clock.laps)

    def _read(self, understood: Understood, vector: Vector) -> Request:
        """What the question asks, read into slots."""
        model_hash = self.index.manifest.model_hash
        return self._reader.read(understood.text, lambda held: self._frames.guess(held, vector, model_hash))

    def _answer(self, trace: Trace, stop: Stop) -> Answer:
        clock = _Clock(stop)
        asked = trace.understood
        if trace.given:
            answer = self._computed(trace.given, trace)
        elif trace.decision.is_enough:
            answer = compose(asked, choose(trace.sentences, asked.frame, asked.sources), trace.found, self.index)
        else:
            answer = abstain(trace.understood, trace.found, self.index, trace.decision.is_silent)
        clock.lap("answer")
        return _timed(answer, {**trace.timings_ms, **clock.laps})

    def _computed(self, fact: Fact, trace: Trace) -> Answer:
        """A computed answer, with found sentences below it where it may have some."""
        asked = trace.understood
        answer = rendered(fact, asked.text, self.index)
        if not fact.is_whole and not answer.abstained and trace.decision.is_enough:
            answer = with_evidence(answer, choose(trace.sentences, asked.frame, asked.sources), self.index)
        hits, used = trace.found.hits, {c.passage_id for c in answer.citations}
        return replace(
            answer,
            considered=considered(hits, answer.citations, self.index),
            follow_ups=suggestions(hits, self.index, used, asked.text),
        )

    def events(
        self, question: Question, stop: Stop | None = None, call: Call | None = None, wait: Call | None = None
    ) -> Iterator[Event]:
        """Yield the answer piece by piece, each citation right after its first mark, and `Done` last.

        What a chat model writes is yielded sentence by sentence, each once it is verified. `call` does the heavy
        work, such as in another thread, and `wait` what waits for the chat model. Raises LateError when `stop` is set
        between two steps.
        """
        stop, call = stop or Stop(), call or _directly
        started = call(self._start, question, stop)
        if isinstance(started, Answer):
            yield from as_events(started)
            return
        with _written_until_left(started, stop):
            while (written := (wait or call)(next, started, None)) is not None:
                yield written

    async def aevents(
        self, question: Question, stop: Stop | None = None, run: Run | None = None, wait: Run | None = None
    ) -> AsyncIterator[Event]:
        """As `events`, with the work in other threads; a chat model's request ends when the reader goes away."""
        stop, run = stop or Stop(), run or asyncio.to_thread
        started = await run(self._start, question, stop)
        if isinstance(started, Answer):
            for event in as_events(started):
                yield event
            return
        with _written_until_left(started, stop):
            while (written := await (wait or run)(next, started, None)) is not None:
                yield written

    def _start(self, question: Question, stop: Stop) -> Answer | Generator[Event]:
        """The answer, or the events of one that the chat model is yet to write."""
        trace = self.trace(question, stop=stop)
        # What is computed no model may say otherwise.
        if question.mode != "extractive" and self.writer and trace.decision.is_enough and not trace.given:
            return self._written(self.writer, trace, stop)
        answer = self._answer(trace, stop)
        if question.mode == "generative" and not self.writer and not answer.abstained:
            return replace(answer, reason=NO_MODEL)
        return answer

    def _written(self, writer: Writer, trace: Trace, stop: Stop) -> Generator[Event]:
        clock = _Clock(stop)
        task = Task(
            trace.understood,
            trace.found,
            choose(trace.sentences, trace.understood.frame, trace.understood.sources),
            extractive=lambda: self._answer(trace, stop),
            abstention=lambda: abstain(trace.understood, trace.found, self.index, trace.decision.is_silent),
        )
        for event in writer.write(task, stop):
            stop.check()
            if isinstance(event, Done):
                clock.lap("answer")
                yield Done(_timed(event.answer, {**trace.timings_ms, **clock.laps}))
            else:
                yield event


def _directly(function: Callable[..., Any], *args: Any) -> Any:
    return function(*args)


@contextlib.contextmanager
def _written_until_left(events: Generator[Event], stop: Stop) -> Iterator[None]:
    """End the chat model's request when no more of `events` is read."""
    try:
        yield
    finally:
        stop.set()
        with contextlib.suppress(ValueError):  # at work in its thread: `stop` ends it there
            events.close()


def answer_of(events: Iterable[Event]) -> Answer:
    """The answer at the end of `events`."""
    answer = None
    for event in events:
        answer = event.answer if isinstance(event, Done) else answer
    if answer is None:
        raise RuntimeError("the events ended without an answer")
    return answer


def _timed(answer: Answer, timings_ms: dict[str, float]) -> Answer:
    return replace(answer, timings_ms={**timings_ms, "total": round(sum(timings_ms.values()), 3)})


class _Clock:
    """Times the steps; between two of them, heeds `stop`."""

    def __init__(self, stop: Stop | None) -> None:
        self.laps: dict[str, float] = {}
        self._stop = stop or Stop()
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name] = round(self.laps.get(name, 0.0) + (now - self._last) * 1000, 3)
        self._last = now
        self._stop.check()

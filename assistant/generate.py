"""Write an answer with a chat model and show only those of its sentences that the library proves."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from assistant.chat_model import Chat, ChatFaultError
from assistant.citations import Citations, Quote, considered
from assistant.events import Cited, Done, Event, Forgotten, Token, as_events
from assistant.evidence import Sentence
from assistant.prompting import Prompt, fill
from assistant.proof import Proven, Prover
from assistant.prose import Piece, cut
from assistant.quoting import quoted
from assistant.records import Answer, Understood
from assistant.reply import Signal, unwrapped
from assistant.retrieval import Retrieved
from ingest.index import Index
from ingest.records import Passage

NO_ANSWER = "NO_ANSWER"
MAX_PASSAGES = 6
MAX_PASSAGE_CHARS = 10_000  # of all passages together; about 2,500 tokens
MAX_SENTENCES = 12
QUOTES_INSTEAD = "so the library's own sentences are given"


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be written: the question, what was found, and the two answers that need no model."""

    understood: Understood
    found: Retrieved
    chosen: Sequence[Sentence]
    extractive: Callable[[], Answer]
    abstention: Callable[[], Answer]


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes answers from an opened index, each within `deadline_seconds` of the model's time."""

    index: Index
    chat: Chat
    prover: Prover
    deadline_seconds: float

    def write(self, task: Task, stop: threading.Event | None = None) -> Iterator[Event]:
        """Yield the answer sentence by sentence, each once it is proved, and `Done` last; never raises for the model."""
        passages = given_passages(task)
        page = _Page(Citations(self.index), self.index)
        seen: list[str] = []
        reason = ""
        replies = self.chat.stream(prompt_of(task, passages, self.index), self.deadline_seconds, stop)
        try:
            for piece in cut(unwrapped(replies)):
                if isinstance(piece, Signal):
                    seen.clear()
                    if page.text:
                        yield Forgotten()
                    page = _Page(Citations(self.index), self.index)
                    continue
                # A full page is read on: that it was reasoning is told at its end.
                if page.is_full or piece.text.endswith(":") or piece.text in seen:
                    continue
                seen.append(piece.text)
                yield from page.add(piece, self.prover.prove(piece, passages))
        except ChatFaultError as fault:
            reason = "" if page.is_full else str(fault)
        finally:
            if hasattr(replies, "close"):
                replies.close()
        if not reason and not page.text and len(seen) == 1 and seen[0].strip(" .\"'`*") == NO_ANSWER:
            answer = task.abstention()
            told = "the chat model found no answer in the passages that were found"
            yield from as_events(replace(answer, mode="generative", reason=f"{answer.reason}; {told}"))
            return
        yield from self._end(task, page, reason)

    def _end(self, task: Task, page: "_Page", reason: str) -> Iterator[Event]:
        """Finish the page; with too little on it, the extractive answer follows, or stands alone."""
        too_little = not page.is_mostly_proven
        if too_little and not reason:
            what = "most of what the chat model wrote" if page.total else "what the chat model wrote"
            reason = f"{what} could not be verified in the library"
        if too_little and not page.text:
            yield from as_events(replace(task.extractive(), reason=f"{reason}, {QUOTES_INSTEAD}"))
            return
        extractive = task.extractive()
        yield from page.flush()
        if too_little:
            reason = f"{reason}, {QUOTES_INSTEAD} after the sentences that could be"
            yield from page.append(extractive)
        elif reason:
            reason = f"{reason}; what it had written until then was verified"
        used = page.citations.proved()
        answer = replace(
            extractive,
            answer=page.text,
            citations=used,
            mode="generative",
            reason=reason or None,
            considered=considered(task.found.hits, used, self.index),
        )
        yield Done(answer)


@dataclass(slots=True)
class _Page:
    """What is shown so far; a proven sentence waits while most of the model's sentences are not proven.

    Nothing is shown before the end when the reply does not begin as it was asked to, with a proven sentence that has
    its mark: it may be reasoning, and only its closing tag would tell. Reasoning that begins so is shown, and taken back.
    """

    citations: Citations
    index: Index
    text: str = ""
    total: int = 0
    proven: int = 0
    _waiting: list[tuple[Piece, Proven]] = field(default_factory=list)
    _told: set[int] = field(default_factory=set)
    _said: set[str] = field(default_factory=set)
    _in_list: bool = False
    _opens_line: bool = False

    @property
    def is_mostly_proven(self) -> bool:
        return self.proven > 0 and 2 * self.proven >= self.total

    @property
    def is_full(self) -> bool:
        return bool(self.text) and self.proven >= MAX_SENTENCES

    def add(self, piece: Piece, proven: Proven | None) -> Iterator[Event]:
        """Count a sentence and show it when it is proven and may be shown."""
        self.total += 1
        self._opens_line = self._opens_line or piece.opens_line
        if proven is None:
            return
        self.proven += 1
        if proven.text in self._said:  # two sentences may be proved by the same quotation
            return
        self._said.add(proven.text)
        self._waiting.append((replace(piece, opens_line=self._opens_line), proven))
        self._opens_line = False
        begins_as_asked = self.total == 1 and bool(piece.cited)
        if self.is_mostly_proven if self.text else begins_as_asked:
            yield from self.flush()

    def flush(self) -> Iterator[Event]:
        """Show what waits, `MAX_SENTENCES` at most."""
        waiting, self._waiting = self._waiting[:MAX_SENTENCES], []
        for piece, proven in waiting:
            yield from self._show(proven, piece.opens_line, piece.is_item)

    def append(self, extractive: Answer) -> Iterator[Event]:
        """Show the quotes of another answer that are not shown yet, as a list."""
        shown = {(c.source_id, c.start, c.end) for c in self.citations.all()}
        for citation in extractive.citations:
            if (citation.source_id, citation.start, citation.end) not in shown:
                quote = Quote(self.index.passages[citation.passage_id], citation.start, citation.end)
                yield from self._show(Proven(quoted(citation.quote, citation.kind), (quote,)), True, True)

    def _show(self, proven: Proven, opens_line: bool, is_item: bool) -> Iterator[Event]:
        cited = [self.citations.cite(quote) for quote in proven.quotes]
        lead = ""
        if opens_line or not self.text:
            between = "\n" if is_item and self._in_list else "\n\n"
            lead = (between if self.text else "") + ("- " if is_item else "")
            self._in_list = is_item
        elif self.text:
            lead = " "
        token = f"{lead}{proven.text} {''.join(f'[{c.number}]' for c in cited)}"
        self.text += token
        yield Token(token)
        for citation in cited:
            if citation.number not in self._told:
                self._told.add(citation.number)
                yield Cited(citation)


def given_passages(task: Task) -> tuple[Passage, ...]:
    """Return the passages that the model reads: those of the chosen sentences, then the best hits, as room allows."""
    wanted = [s.hit.passage for s in task.chosen] + [hit.passage for hit in task.found.hits]
    given: list[Passage] = []
    room = MAX_PASSAGE_CHARS
    for passage in {p.passage_id: p for p in wanted}.values():
        if len(given) < MAX_PASSAGES and len(passage.text) <= room:
            given.append(passage)
            room -= len(passage.text)
    return tuple(given)


def prompt_of(task: Task, passages: Sequence[Passage], index: Index) -> Prompt:
    """Return the prompt: passage [n] is `passages[n - 1]`."""
    numbered = "\n\n".join(
        f"[{n}] {index.sources[p.source_id].title}: {' > '.join(p.heading_path)}\n{p.text}"
        for n, p in enumerate(passages, start=1)
    )
    return fill("answer.md", {"passages": numbered, "question": task.understood.text})

"""Read a question: leave out courtesies, resolve a follow-up, repair spelling, expand aliases."""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.courtesies import without_courtesies
from assistant.followups import Standing, resolve, unnamed_in
from assistant.ordinals import with_numbers
from assistant.records import Question, Understood
from assistant.rewrite import Rewriter
from assistant.spelling import Speller
from assistant.vocabulary import Named, Vocabulary, words_of
from ingest.lexical import terms
from ingest.text import one_line


@dataclass(frozen=True, slots=True)
class Steps:
    """Which parts of understanding are done; the full product does all, ablations leave some out."""

    follow_ups: bool = True
    spelling: bool = True
    aliases: bool = True
    sources: bool = True


class Understander:
    """Understands questions with the library's vocabulary; with a `rewriter`, a chat model resolves follow-ups."""

    def __init__(self, vocabulary: Vocabulary, steps: Steps = Steps(), rewriter: Rewriter | None = None) -> None:
        self.vocabulary = vocabulary
        self._steps = steps
        self._speller = Speller(vocabulary.counts)
        self._rewriter = rewriter

    def prepare(self) -> None:
        """Make ready what only a misspelt question needs."""
        self._speller.prepare()

    def __call__(self, question: Question) -> Understood:
        """Return the question as it is searched and answered."""
        original = one_line(question.text)
        bare = without_courtesies(original)
        text, corrections = self._speller.repair(bare) if self._steps.spelling else (bare, {})
        resolved = self._standing(text, question) if self._steps.follow_ups else Standing(text)
        standing = resolved.text
        named = self.vocabulary.names.find(standing)
        topics = tuple(dict.fromkeys(n.name_id for n in named if n.kind == "topic"))
        sources = tuple(dict.fromkeys(n.name_id for n in named if n.kind == "roadmap"))
        searched = self._searched(standing, sources)
        return Understood(
            original=original,
            text=standing,
            topics=topics,
            sources=sources,
            expansion=self._expansion(standing, topics) if self._steps.aliases else (),
            terms=tuple(terms(searched or standing)),
            corrections=corrections,
            context=resolved.context,
            is_follow_up=bool(resolved.context) or standing != text,
            unnamed="" if question.history or any(n.kind != "topic" for n in named) else unnamed_in(standing),
            searched=searched,
        )

    def _standing(self, text: str, question: Question) -> Standing:
        """The question as it stands alone; by the rules when no chat model may be asked or its word does not fit."""
        if self._rewriter and question.history and question.mode != "extractive":
            rewritten = self._rewriter(text, question.history)
            if rewritten:
                return Standing(rewritten)
        return resolve(text, question.history, self.vocabulary)

    def _searched(self, standing: str, sources: tuple[str, ...]) -> str:
        """What is searched where it is not the question itself: places are numbers, and roadmaps' names are left out."""
        text = with_numbers(standing, self.vocabulary.numbered, sources)
        named = self.vocabulary.names.find(text)
        bare = _without_roadmaps(text, named) if self._steps.sources else ""
        return bare or (text if text != standing else "")

    def _expansion(self, text: str, topics: tuple[str, ...]) -> tuple[str, ...]:
        """Names of the topics that the text mentions by another name only."""
        words = set(words_of(text))
        names = (self.vocabulary.topic_names[topic] for topic in topics)
        return tuple(name for name in names if not set(words_of(name)) <= words)


def _without_roadmaps(text: str, named: Sequence[Named]) -> str:
    """The text without the names of roadmaps, which every sentence of theirs has; empty when no content is left."""
    spans = [(n.start, n.end) for n in named if n.kind == "roadmap"]
    for start, end in reversed(spans):
        text = f"{text[:start]}{text[end:]}"
    return one_line(text) if spans and terms(text) else ""

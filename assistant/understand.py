"""Read a question: clean it, resolve a follow-up, repair spelling, expand aliases, recognise the intent."""

from dataclasses import dataclass

from assistant.followups import resolve
from assistant.intents import intent_of
from assistant.records import Question, Understood
from assistant.spelling import Speller
from assistant.vocabulary import Vocabulary, words_of
from ingest.lexical import terms
from ingest.text import one_line


@dataclass(frozen=True, slots=True)
class Steps:
    """Which parts of understanding are done; the full product does all, ablations leave some out."""

    follow_ups: bool = True
    spelling: bool = True
    aliases: bool = True


class Understander:
    """Understands questions with the library's vocabulary alone."""

    def __init__(self, vocabulary: Vocabulary, steps: Steps = Steps()) -> None:
        self.vocabulary = vocabulary
        self._steps = steps
        self._speller = Speller(vocabulary.counts)

    def __call__(self, question: Question) -> Understood:
        """Return the question as it is searched and answered."""
        original = one_line(question.text)
        text, corrections = self._speller.repair(original) if self._steps.spelling else (original, {})
        standing = resolve(text, question.history, self.vocabulary) if self._steps.follow_ups else text
        named = self.vocabulary.names.find(standing)
        topics = tuple(dict.fromkeys(n.name_id for n in named if n.kind == "topic"))
        return Understood(
            original=original,
            text=standing,
            intent=intent_of(standing),
            topics=topics,
            sources=tuple(dict.fromkeys(n.name_id for n in named if n.kind == "roadmap")),
            expansion=self._expansion(standing, topics) if self._steps.aliases else (),
            terms=tuple(terms(standing)),
            corrections=corrections,
            is_follow_up=standing != text,
        )

    def _expansion(self, text: str, topics: tuple[str, ...]) -> tuple[str, ...]:
        """Names of the topics that the text mentions by another name only."""
        words = set(words_of(text))
        names = (self.vocabulary.topic_names[topic] for topic in topics)
        return tuple(name for name in names if not set(words_of(name)) <= words)

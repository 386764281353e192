"""What roadmaps hold of a topic, each stance with its proof, and how that is said."""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.citations import Quote
from assistant.compare import saying
from assistant.facts.library import text_of, within
from assistant.facts.phrases import joined, pronoun, short_name, topic_inside
from assistant.facts.records import Facts, Statement
from assistant.proofs import proofs_of
from ingest.corpus_models import Roadmap, Topic, Verdict

MAX_WORDS = 120  # of a computed answer with the sentences that it quotes


@dataclass(frozen=True, slots=True)
class Stated:
    """A roadmap's provable stance on a topic."""

    roadmap: Roadmap
    verdict: Verdict
    quote: Quote


def stated(roadmap: Roadmap, topic: Topic, facts: Facts) -> Stated | None:
    """What a roadmap holds of a topic, None when it is silent or nothing proves it."""
    stance = next((s for s in roadmap.stances if s.topic == topic.id), None)
    quote = within(proofs_of(facts.index).stance(roadmap.id, stance), facts) if stance else None
    return Stated(roadmap, stance.verdict, quote) if stance and quote else None


def views(found: Sequence[Stated], topic: Topic, facts: Facts, is_named: bool = False) -> str:
    """Who holds what, one clause a verdict, those of most roadmaps first; `is_named` when the topic was named before."""
    by_verdict: dict[Verdict, list[str]] = {}
    for one in found:
        by_verdict.setdefault(one.verdict, []).append(short_name(one.roadmap))
    name = pronoun(topic, facts.index) if is_named else topic_inside(topic, facts.index)
    clauses: list[str] = []
    for verdict, names in sorted(by_verdict.items(), key=lambda item: -len(item[1])):
        clauses.append(f"{joined(names)} {saying(verdict, len(names), name)}")
        name = pronoun(topic, facts.index)
    if len(clauses) < 3:
        return ", while ".join(clauses)
    return f"{', '.join(clauses[:-1])}, and {clauses[-1]}"


def quotation(roadmap: Roadmap, quote: Quote, facts: Facts) -> Statement:
    """What a roadmap says, word for word; its author is named before where the sentence itself does not."""
    author = short_name(roadmap)
    return Statement("" if author in text_of(quote, facts) else author, (quote,), is_item=True, is_quoted=True)


def quotations(found: Sequence[Stated], facts: Facts) -> list[Statement]:
    """What each roadmap says."""
    return [quotation(s.roadmap, s.quote, facts) for s in found]


def shortened(statements: Sequence[Statement], facts: Facts) -> tuple[Statement, ...]:
    """Say nothing twice, and leave out quoted items, the longest first, until it is short enough; one always stays."""
    kept = list(dict.fromkeys(statements))
    while sum(_size(s, facts) for s in kept) > MAX_WORDS:
        quoted = [s for s in kept if s.is_item and s.is_quoted]
        if len(quoted) < 2:
            break
        kept.remove(max(quoted, key=lambda s: _size(s, facts)))
    return tuple(kept)


def _size(statement: Statement, facts: Facts) -> int:
    """Words that are shown."""
    shown = statement.quotes if statement.is_quoted else ()
    return len(statement.text.split()) + sum(len(text_of(q, facts).split()) for q in shown)

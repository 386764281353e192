"""Lay several roadmaps side by side: what they hold of one to three topics, or who points to a resource."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.compare import SILENT, Comparison, saying
from assistant.compare import compare as seen_by_all
from assistant.facts.endorse import who_points
from assistant.facts.estimates import side_by_side
from assistant.facts.library import (
    FIELDS,
    is_read,
    quote_of,
    resources_named,
    roadmaps_asked,
    subjects,
    within,
)
from assistant.facts.phrases import all_of, joined, number_word, pronoun, share_of, short_name, topic_inside
from assistant.facts.records import Fact, Facts, Statement
from assistant.facts.stances import Stated, quotation, quotations, shortened, stated, views
from assistant.proofs import proofs_of
from assistant.understanding.request import Request
from ingest.corpus_models import Roadmap, Topic

MAX_TOPICS = 3
FEW = 2  # roadmaps that judge a topic itself, up to which those that speak of one beside it are shown too
NAMED = 2  # roadmaps without a stance that are called by name


@dataclass(frozen=True, slots=True)
class _Views:
    """One topic, the roadmaps asked, and the stances of those that judge it."""

    topic: Topic
    roadmaps: Sequence[Roadmap]
    found: Sequence[Stated]

    @property
    def silent(self) -> list[Roadmap]:
        """Those that do not judge the topic."""
        return [r for r in self.roadmaps if r not in [s.roadmap for s in self.found]]


def compare(request: Request, facts: Facts) -> Fact | None:
    """Return what several roadmaps hold of the topics, who points to the resource, or what they estimate.

    None where fewer than two roadmaps are asked, or where nobody judges one of the topics.
    """
    roadmaps = roadmaps_asked(request, facts)
    if not is_read(request) or not request.asks_several or len(roadmaps) < 2:
        return None
    topics = subjects(request, facts, FIELDS)
    if not topics:
        resources = resources_named(request, facts)
        if resources:
            return who_points(resources[0], roadmaps, facts) if len(resources) == 1 else None
        return side_by_side(request, roadmaps, facts)
    if len(topics) > MAX_TOPICS:
        return None
    seen = [_seen(facts.index.structure.topics[t], roadmaps, request, facts) for t in topics]
    return Fact(shortened(_statements(seen, request, facts), facts)) if all(v.found for v in seen) else None


def _seen(topic: Topic, roadmaps: Sequence[Roadmap], request: Request, facts: Facts) -> _Views:
    """Who judges a topic; where nobody does but the roadmaps that are left out, these too: nobody besides Noyan."""
    found = [s for r in roadmaps if (s := stated(r, topic, facts))]
    if found or not request.excluded.roadmaps:
        return _Views(topic, roadmaps, found)
    left_out = [facts.index.structure.roadmaps[r] for r in request.excluded.roadmaps]
    return _Views(topic, [*roadmaps, *left_out], [s for r in left_out if (s := stated(r, topic, facts))])


def _statements(seen: Sequence[_Views], request: Request, facts: Facts) -> list[Statement]:
    agreements = [Statement(_agreement(v, facts), tuple(s.quote for s in v.found)) for v in seen]
    orders = list(_orders([v.topic for v in seen], facts)) if request.asks_order else []
    items: list[Statement] = []
    for one in seen:
        items += quotations(one.found, facts)
        items += _necessities(one, facts) if request.asks_necessity else []
        if request.asks_order or len(one.found) <= FEW:
            known = seen_by_all(one.topic.id, facts.index, [r.id for r in one.roadmaps])
            items += _places(known, facts) if request.asks_order else []
            items += _nearby(known, facts) if len(one.found) <= FEW else []
    return [*agreements, *orders, *items]


def _agreement(seen: _Views, facts: Facts) -> str:
    """What the roadmaps hold, in one sentence."""
    found, silent, topic = seen.found, seen.silent, seen.topic
    name, it = topic_inside(topic, facts.index), pronoun(topic, facts.index)
    verdict, size = found[0].verdict, len(seen.roadmaps)
    names = joined([short_name(s.roadmap) for s in found])
    if len({s.verdict for s in found}) > 1:
        return f"The roadmaps differ on {name}: {views(found, topic, facts, is_named=True)}{_silence(silent, it)}."
    said = saying(verdict, len(found), name)
    if len(found) == 1 and size > 2:
        speaks = (
            "takes a stand on"
            if any(proofs_of(facts.index).mentions(r.id, topic.names) for r in silent)
            else "speaks of"
        )
        return f"Only {names} {speaks} {name}, and {saying(verdict, 1, it)}."
    if not silent:
        return f"{all_of(seen.roadmaps)} {said}."
    if size == 2:
        return f"{names} {said}{_silence(silent, it)}."
    return f"{share_of(len(found), size)} {said}: {names}{_silence(silent, it)}."


def _silence(silent: Sequence[Roadmap], it: str) -> str:
    """Who does not judge the topic, as the end of a sentence."""
    if not silent:
        return ""
    is_short = len(silent) <= NAMED
    names = joined([short_name(r) for r in silent]) if is_short else f"the other {number_word(len(silent))}"
    return f"; {names} {'takes' if len(silent) == 1 else 'take'} no stand on {it}"


def _orders(topics: Sequence[Topic], facts: Facts) -> Iterator[Statement]:
    """The sentences in which a roadmap puts one of the topics before another."""
    ids = {t.id for t in topics}
    pairs = ((t, p) for t in topics for p in t.prerequisites if p.topic in ids)
    quotes = (within(proofs_of(facts.index).prerequisite(t, p), facts) for t, p in pairs)
    yield from (Statement("", (q,), is_quoted=True) for q in dict.fromkeys(filter(None, quotes)))


def _necessities(seen: _Views, facts: Facts) -> Iterator[Statement]:
    """What the roadmaps say about whether the topic is required, beside what was quoted."""
    for one in seen.found:
        quote = within(proofs_of(facts.index).necessity(one.roadmap.id, seen.topic.id), facts)
        if quote and quote != one.quote:
            yield quotation(one.roadmap, quote, facts)


def _places(known: Comparison, facts: Facts) -> Iterator[Statement]:
    """Where the roadmaps that judge the topic have it."""
    for view in known.views:
        for place in view.places[:1] if view.verdict != SILENT else ():
            author = short_name(facts.index.structure.roadmaps[view.roadmap])
            said = f"{author} has it at stage {place.number} of {place.count}: {place.stage}"
            yield Statement(said, (quote_of(known.citations[place.citation - 1], facts),), is_item=True)


def _nearby(known: Comparison, facts: Facts) -> Iterator[Statement]:
    """What roadmaps that do not judge the topic say of one beside it."""
    by_name = {t.name: t for t in facts.index.structure.topics.values()}
    for view in known.views:
        near = view.holdings[0] if view.verdict == SILENT and view.holdings else None
        if near is not None and by_name[near.on].id not in FIELDS:
            quote = quote_of(known.citations[near.citation - 1], facts)
            yield quotation(facts.index.structure.roadmaps[view.roadmap], quote, facts)

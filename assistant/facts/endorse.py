"""Say whether a roadmap points to a resource, or who does."""

from collections.abc import Sequence

from assistant.facts.library import is_read, recommendation, resources_named, roadmaps_asked
from assistant.facts.phrases import all_of, joined, share_of, short_name, uncapitalised
from assistant.facts.records import Fact, Facts, Statement
from assistant.facts.stances import quotation, shortened
from assistant.understanding.request import Request
from assistant.vocabulary import words_of
from ingest.corpus_models import Resource, Roadmap
from ingest.text import plain

MAX_UNREAD_OF_ENDORSEMENT = 1  # `recommend for homework` is about something else; untuned
SHOWN = 3  # resources in one sentence


def endorse(request: Request, facts: Facts) -> Fact | None:
    """Return whether the one roadmap points to what is named, else who does; silence is not a no.

    None where no resource or no single roadmap is named, unless it is asked which roadmaps do.
    """
    named = resources_named(request, facts)
    if not named or not is_read(request, MAX_UNREAD_OF_ENDORSEMENT) or request.is_negated:
        return None
    roadmaps = roadmaps_asked(request, facts)
    if request.asks_several and len(named) == 1 and len(roadmaps) > 1:
        return who_points(named[0], roadmaps, facts)
    if len(request.named.roadmaps) != 1 or len(roadmaps) != 1:
        return None
    return _pointed_to(named, roadmaps[0], request, facts) or _silent_on(named, roadmaps[0], facts)


def _pointed_to(named: Sequence[Resource], roadmap: Roadmap, request: Request, facts: Facts) -> Fact | None:
    """The resources among those named that a roadmap points to, all of them about the topics asked for."""
    topics = set(request.named.topics)
    fitting = [r for r in named if topics <= set(r.topics)]
    found = [(r, quote) for r in fitting if (quote := recommendation(r, roadmap, facts))][:SHOWN]
    if not found:
        return None
    titles = joined([r.title for r, _ in found])
    said = Statement(f"{short_name(roadmap)} points to {titles}.", tuple(quote for _, quote in found))
    quotes = dict.fromkeys(quote for _, quote in found)
    return Fact((said, *(quotation(roadmap, q, facts) for q in quotes)))


def _silent_on(named: Sequence[Resource], roadmap: Roadmap, facts: Facts) -> Fact | None:
    """That a roadmap does not name a resource, and who points to it."""
    if len(named) != 1 or _is_in(roadmap, named[0], facts):
        return None
    structure = facts.index.structure
    found = [(r, quote) for r in structure.roadmaps.values() if (quote := recommendation(named[0], r, facts))]
    if not found:
        return None
    names = joined([short_name(r) for r, _ in found])
    who = f"{names} {'points' if len(found) == 1 else 'point'} to it"
    said = f"{short_name(roadmap)}'s roadmap does not name {named[0].title}, but {who}."
    items = [quotation(r, q, facts) for r, q in found]
    return Fact(shortened([Statement(said, tuple(q for _, q in found)), *items], facts))


def who_points(resource: Resource, roadmaps: Sequence[Roadmap], facts: Facts) -> Fact | None:
    """Return which of the roadmaps point to a resource, with the sentences that do; None when none does."""
    found = [(r, quote) for r in roadmaps if (quote := recommendation(resource, r, facts))]
    if not found:
        return None
    names = joined([short_name(r) for r, _ in found])
    if len(found) == 1:
        said = f"Only {names} points to {resource.title}."
    elif len(found) == len(roadmaps):
        said = f"{all_of(roadmaps)} point to {resource.title}."
    else:
        share = uncapitalised(share_of(len(found), len(roadmaps)))
        said = f"{names}, {share}, point to {resource.title}."
    items = [quotation(r, q, facts) for r, q in found]
    return Fact(shortened([Statement(said, tuple(q for _, q in found)), *items], facts))


def _is_in(roadmap: Roadmap, resource: Resource, facts: Facts) -> bool:
    """Whether the roadmap's page has any name or address of the resource."""
    text = facts.index.sources[roadmap.id].text
    words = f" {' '.join(words_of(plain(text)))} "
    return resource.url in text or any(f" {' '.join(words_of(n))} " in words for n in resource.names)

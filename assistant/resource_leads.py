"""Compose a lead on resources: whether a roadmap points to the one that the question asks about."""

import re
from collections.abc import Sequence

from assistant.asked import specific_topics, unaccounted
from assistant.citations import Quote
from assistant.leads import ASKS_WHETHER, MAX_LEFTOVER, Lead, admits_roadmaps, admitted, short_name
from assistant.proofs import proofs_of
from assistant.records import Understood
from assistant.topics import recommendations
from assistant.vocabulary import words_of
from ingest.corpus_models import Resource, Roadmap, Structure
from ingest.index import EVERYTHING, Index, Scope
from ingest.lexical import terms
from ingest.text import plain

POINTS = re.compile(
    r"\b(?:recommend\w*|suggest\w*|advis\w+|mention\w*|lists?|listed|names?|named|points? (?:\w+ )?to|links?|linked|likes?"
    r"|uses?|include\w*)\b",
    re.IGNORECASE,
)
DENIES = re.compile(r"n['’]t\b|\bnot\b|\bnever\b", re.IGNORECASE)
SHOWN = 3  # resources in one lead


def endorsement(understood: Understood, index: Index, scope: Scope = EVERYTHING) -> Lead | None:
    """Return whether the one roadmap of the question points to the resource, or to those of the provider, that it names.

    None for other questions. Where the roadmap does not name it, the lead says who does: silence is not a no.
    """
    text, structure = understood.text, index.structure
    if not admits_roadmaps(scope) or not ASKS_WHETHER.search(text) or not POINTS.search(text) or DENIES.search(text):
        return None
    roadmaps = admitted(understood, structure, scope)
    if len(understood.sources) != 1 or not roadmaps:
        return None
    roadmap = roadmaps[0]
    name, resources = _named(text, [roadmap.id], structure)
    others, elsewhere = _named(text, [r for r in structure.roadmaps if r != roadmap.id], structure)
    topics = set(specific_topics(understood, structure))
    known = set(terms(f"{name or others} point link"))
    if len(unaccounted(understood, structure, known)) > MAX_LEFTOVER:
        return None
    proved = [(r, quote) for r in resources if topics <= set(r.topics) and (quote := _proof(r, roadmap, index))]
    if proved:
        titles = " and ".join(resource.title for resource, _ in proved[:SHOWN])
        return Lead(f"Yes: {short_name(roadmap)} points to {titles}.", tuple(quote for _, quote in proved[:SHOWN]))
    if resources or len(elsewhere) != 1 or _is_in(roadmap, elsewhere[0], index):
        return None
    voices = [(r, quote) for r in structure.roadmaps.values() if (quote := _proof(elsewhere[0], r, index))]
    if not voices or (scope.sources is not None and not {r.id for r, _ in voices} <= set(scope.sources)):
        return None
    names = [short_name(r) for r, _ in voices]
    pointing = f"{names[0]} points" if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]} point"
    silent = f"{short_name(roadmap)}'s roadmap does not name {elsewhere[0].title}"
    return Lead(f"{silent}; {pointing} to it.", tuple(quote for _, quote in voices))


def _named(text: str, roadmaps: Sequence[str], structure: Structure) -> tuple[str, Sequence[Resource]]:
    """The longest name in `text` of what these roadmaps point to, also a provider's, and the resources of that name."""
    words = f" {' '.join(words_of(text))} "
    found: dict[str, list[Resource]] = {}
    for resource in structure.resources.values():
        if any(r.roadmap in roadmaps for r in recommendations(resource, structure)):
            for name in {*_names(resource), resource.provider}:
                if name and f" {' '.join(words_of(name))} " in words:
                    found.setdefault(name, []).append(resource)
    longest = max(found, key=lambda name: (len(name), name), default="")
    return longest, found.get(longest, [])


def _names(resource: Resource) -> tuple[str, ...]:
    return (resource.title, resource.id.replace("-", " "), *resource.aliases)


def _is_in(roadmap: Roadmap, resource: Resource, index: Index) -> bool:
    """Whether the roadmap's page has any name or address of the resource."""
    text = index.sources[roadmap.id].text
    words = f" {' '.join(words_of(plain(text)))} "
    return resource.url in text or any(f" {' '.join(words_of(name))} " in words for name in _names(resource))


def _proof(resource: Resource, roadmap: Roadmap, index: Index) -> Quote | None:
    for recommendation in recommendations(resource, index.structure):
        if recommendation.roadmap == roadmap.id:
            return proofs_of(index).recommendation(resource, recommendation)
    return None

"""Compose a lead on order: what the roadmaps put after or before something that the question names."""

import re
from collections.abc import Iterable, Sequence

from assistant.asked import resources_in, specific_topics
from assistant.compare import list_name
from assistant.leads import Lead, admits_roadmaps, admitted, name_in_text, short_name
from assistant.proofs import proofs_of
from assistant.records import Understood
from assistant.topics import topics_in
from ingest.corpus_models import Roadmap, Stage
from ingest.index import EVERYTHING, Index, Scope

DONE = r"(?:finish\w*|complet\w+|done(?: with)?|did|through|learn(?:ed|t)|know|passed|got through|over with)"
AFTER = re.compile(
    rf"\b(?:what|which|where|how|now)\b[^.?!]{{0,40}}\b(?:after|once i|next)\b|\b(?:what|which \w+) follows?\b"
    rf"|\b(?:after|{DONE})\b.{{0,80}}\b(?:next|what now|now what|then what|where now|continue|go on|move on|what (?:do|should) i)\b"
    r"|\bafter\b.{0,60}\bwhat\b",
    re.IGNORECASE,
)
BEFORE = re.compile(
    r"\b(?:what|which|anything|where|need|know|learn|required?|master)\b.{0,50}\b(?:before|prior to|ahead of)\b"
    r"|\bprereq\w*|\bbefore\b.{0,60}\b(?:what|need|should i)\b",
    re.IGNORECASE,
)
CUE = re.compile(r"\b(?:before|prior to|ahead of)\b", re.IGNORECASE)
SHOWN = 3  # roadmaps in one lead
NAMING_TOPICS = 2  # of a stage, which its author names first


def order_lead(understood: Understood, index: Index, scope: Scope = EVERYTHING) -> Lead | None:
    """Return what comes after or before the resource or topic of the question, per roadmap; None for other questions."""
    text = understood.text
    is_after = bool(AFTER.search(text))
    if not admits_roadmaps(scope) or is_after == bool(BEFORE.search(text)):
        return None
    resources = [r.id for r in resources_in(text, index.structure)][:1]
    topics = [] if resources else specific_topics(understood, index.structure)
    if len(resources) + len(topics) != 1:
        return None
    cue = CUE.search(text)
    if cue and not (resources_in(text[cue.end() :], index.structure) or topics_in(text[cue.end() :], index.structure)):
        return None  # `what about my maths before starting?`: something else comes before
    proofs = proofs_of(index)
    clauses, quotes = [], []
    for roadmap in admitted(understood, index.structure, scope):
        near = _neighbour(roadmap, resources, topics, 1 if is_after else -1)
        quote = proofs.stage(roadmap.id, near) if near else None
        if near and quote:
            clauses.append(f"{_plain_name(near)} ({short_name(roadmap)})")
            quotes.append(quote)
    if not clauses:
        return None
    structure = index.structure
    named = [name_in_text(structure.topics[t], quotes, index) for t in topics]
    subject = structure.resources[resources[0]].title if resources else named[0]
    places = "; ".join(clauses[:SHOWN])
    return Lead(
        f"{'After' if is_after else 'Before'} {subject}, in the roadmaps' order: {places}.", tuple(quotes[:SHOWN])
    )


def _neighbour(roadmap: Roadmap, resources: Sequence[str], topics: Sequence[str], step: int) -> Stage | None:
    """The stage of the same list after the last, or before the first, that has the thing."""
    held = [n for n, stage in enumerate(roadmap.stages) if _has(stage, resources, topics)]
    if not held:
        return None
    place = (held[-1] if step > 0 else held[0]) + step
    if not 0 <= place < len(roadmap.stages):
        return None
    near, own = roadmap.stages[place], roadmap.stages[place - step]
    return near if list_name(near) == list_name(own) else None


def _has(stage: Stage, resources: Iterable[str], topics: Iterable[str]) -> bool:
    return not set(resources).isdisjoint(stage.resources) or not set(topics).isdisjoint(stage.topics[:NAMING_TOPICS])


def _plain_name(stage: Stage) -> str:
    name = stage.name.split(": ", 1)[-1]
    return f"{name[:1].lower()}{name[1:]}" if name[1:].islower() else name

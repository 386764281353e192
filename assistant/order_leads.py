"""Compose a lead on order: what the roadmaps put after or before something that the question names."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.asked import resources_in, specific_topics
from assistant.compare import list_name
from assistant.leads import Lead, admits_roadmaps, admitted, joined, name_in_text, short_name
from assistant.ordinals import Numbered, numbered_in
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
    text = understood.searched or understood.text  # where places are numbers
    is_after = bool(AFTER.search(text))
    if not admits_roadmaps(scope) or is_after == bool(BEFORE.search(text)):
        return None
    numbered = numbered_in(text)
    resources = [] if numbered else [r.id for r in resources_in(text, index.structure)][:1]
    topics = [] if numbered or resources else specific_topics(understood, index.structure)
    if len(resources) + len(topics) + len(numbered) != 1:
        return None
    cue = CUE.search(text)
    after_cue = text[cue.end() :] if cue else text
    if not (
        numbered_in(after_cue) or resources_in(after_cue, index.structure) or topics_in(after_cue, index.structure)
    ):
        return None  # `what about my maths before starting?`: something else comes before
    proofs = proofs_of(index)
    clauses, quotes, listed = [], [], []
    for roadmap in admitted(understood, index.structure, scope):
        near = _neighbour(roadmap, _Subject(resources, topics, numbered), 1 if is_after else -1)
        quote = proofs.stage(roadmap.id, near) if near else None
        if near and quote:
            clauses.append(f"{_plain_name(near)} ({short_name(roadmap)})")
            quotes.append(quote)
            listed = [part for part in roadmap.lists if part.section == near.section and part.items]
    if not clauses:
        return None
    if len(clauses) == len(listed) == 1 and (named := proofs.listing(quotes[0].passage.source_id, listed[0])):
        clauses[0] += f": {joined(listed[0].items)}"
        quotes += [quote for quote in named if quote not in quotes]
    structure = index.structure
    names = [f"{of} {n}" for of, n in numbered] + [structure.resources[r].title for r in resources]
    names += [name_in_text(structure.topics[t], quotes, index) for t in topics]
    places = "; ".join(clauses[:SHOWN])
    shown = quotes[:SHOWN] if len(clauses) > 1 else quotes
    return Lead(f"{'After' if is_after else 'Before'} {names[0]}, in the roadmaps' order: {places}.", tuple(shown))


@dataclass(frozen=True, slots=True)
class _Subject:
    """What a stage is looked for by: a resource, a topic, or a number such as that of `week 1`."""

    resources: Sequence[str]
    topics: Sequence[str]
    numbered: Numbered

    def is_in(self, stage: Stage) -> bool:
        return (
            not set(self.resources).isdisjoint(stage.resources)
            or not set(self.topics).isdisjoint(stage.topics[:NAMING_TOPICS])
            or not self.numbered.isdisjoint(numbered_in(stage.name))
        )


def _neighbour(roadmap: Roadmap, subject: _Subject, step: int) -> Stage | None:
    """The stage of the same list after the last, or before the first, that has the thing."""
    held = [n for n, stage in enumerate(roadmap.stages) if subject.is_in(stage)]
    if not held:
        return None
    place = (held[-1] if step > 0 else held[0]) + step
    if not 0 <= place < len(roadmap.stages):
        return None
    near, own = roadmap.stages[place], roadmap.stages[place - step]
    return near if list_name(near) == list_name(own) else None


def _plain_name(stage: Stage) -> str:
    name = stage.name.split(": ", 1)[-1]
    return f"{name[:1].upper()}{name[1:]}"

"""Say what comes before or after a topic, a resource or a stage, in each roadmap."""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.citations import Quote
from assistant.compare import list_name
from assistant.facts.count import counted, listed
from assistant.facts.library import is_read, resources_named, roadmaps_asked, stages_of, subjects, within
from assistant.facts.phrases import joined, short_name, topic_inside
from assistant.facts.records import Fact, Facts, Statement
from assistant.facts.stances import quotation, shortened
from assistant.proofs import FIRST_TOPICS, proofs_of
from assistant.understanding.request import Direction, Request
from ingest.corpus_models import Roadmap, Stage

MAX_UNREAD_OF_ORDER = 1  # untuned
SHOWN = 3  # roadmaps in one answer


@dataclass(frozen=True, slots=True)
class _Near:
    """What a roadmap has on the asked side: a stage, or topics that it asks for first; `said` is how that is called."""

    roadmap: Roadmap
    said: str
    quotes: tuple[Quote, ...]
    stage: Stage | None = None


def order(request: Request, facts: Facts) -> Fact | None:
    """Return what the roadmaps put before or after the one thing that is named, else None."""
    direction = request.direction
    if direction is None or not is_read(request, MAX_UNREAD_OF_ORDER) or request.named.lists:
        return None
    subject = _subject(request, facts)
    if subject is None:
        return None
    found = [n for r in roadmaps_asked(request, facts) if (n := _near(r, request, facts))][:SHOWN]
    if not found:
        return None
    said = _after(subject, found) if direction == "after" else _before(subject, found)
    first = Statement(said, tuple(dict.fromkeys(q for n in found for q in n.quotes)))
    items = [quotation(n.roadmap, n.quotes[0], facts) for n in found]
    return Fact(shortened([first, *_contents(found, facts), *items], facts))


def _subject(request: Request, facts: Facts) -> str | None:
    """How the one thing is called inside a sentence, None where there is none or more than one."""
    named, structure = request.named, facts.index.structure
    if named.stages:
        owners = {name for name, _ in named.stages}
        stages = [s for r in structure.roadmaps.values() for s in stages_of(named.stages, r)]
        called = stages[-1 if request.direction == "after" else 0] if stages else None
        return _place_of(called) or _called(called, facts) if called and len(owners) == 1 else None
    if named.resources:
        resources = resources_named(request, facts)
        return resources[0].title if len(resources) == 1 else None
    topics = subjects(request, facts)
    return topic_inside(structure.topics[topics[0]], facts.index) if len(topics) == 1 else None


def _near(roadmap: Roadmap, request: Request, facts: Facts) -> _Near | None:
    """What a roadmap asks for first, where it says so, else its neighbouring stage."""
    proofs = proofs_of(facts.index)
    things = request.named
    if request.direction == "before" and not things.stages and not things.resources:
        (topic_id,) = subjects(request, facts)
        topic = facts.index.structure.topics[topic_id]
        own = [p for p in topic.prerequisites if p.roadmap == roadmap.id]
        proved = [(p, q) for p in own if (q := within(proofs.prerequisite(topic, p), facts))]
        if proved:
            names = [topic_inside(facts.index.structure.topics[p.topic], facts.index) for p, _ in proved]
            return _Near(roadmap, joined(names), tuple(dict.fromkeys(q for _, q in proved)))
    stage = _neighbour(roadmap, _holding(roadmap, request, facts), request.direction or "after")
    quote = within(proofs.stage(roadmap.id, stage), facts) if stage else None
    return _Near(roadmap, _called(stage, facts), (quote,), stage) if stage and quote else None


def _holding(roadmap: Roadmap, request: Request, facts: Facts) -> list[int]:
    """The places of the stages that have the thing."""
    named = request.named
    if named.stages:
        return sorted(place for owner, place in named.stages if owner == roadmap.id)
    topics = set() if named.resources else set(subjects(request, facts))
    return [
        n
        for n, stage in enumerate(roadmap.stages)
        if not set(named.resources).isdisjoint(stage.resources) or not topics.isdisjoint(stage.topics[:FIRST_TOPICS])
    ]


def _neighbour(roadmap: Roadmap, held: Sequence[int], direction: Direction) -> Stage | None:
    """The stage of the same list after the last, or before the first, that has the thing."""
    if not held:
        return None
    own = held[-1] if direction == "after" else held[0]
    place = own + 1 if direction == "after" else own - 1
    if not 0 <= place < len(roadmap.stages):
        return None
    near = roadmap.stages[place]
    return near if list_name(near) == list_name(roadmap.stages[own]) else None


def _place_of(stage: Stage) -> str:
    """What a stage of a numbered list is called by its place, such as `week 1`; empty for others."""
    return stage.name.partition(": ")[0].rpartition(", ")[2] if list_name(stage) else ""


def _called(stage: Stage, facts: Facts) -> str:
    """A stage inside a sentence: as the topic that it is named after, by place and name, or in quotation marks."""
    if list_name(stage):
        return f"{_place_of(stage)}: {stage.name.partition(': ')[2]}"
    topics = (facts.index.structure.topics[t] for t in stage.topics)
    topic = next((t for t in topics if t.name.lower() == stage.name.lower()), None)
    return topic_inside(topic, facts.index) if topic else f"“{stage.name}”"


def _after(subject: str, found: Sequence[_Near]) -> str:
    first, *others = found
    clauses = [f"{short_name(first.roadmap)} goes on to {first.said}"]
    clauses += [f"{short_name(n.roadmap)} to {n.said}" for n in others]
    return f"After {subject}, {_listed(clauses)}."


def _before(subject: str, found: Sequence[_Near]) -> str:
    verbs = ["has" if n.stage else "asks for" for n in found]
    told = ["for" if n and verb == verbs[n - 1] == "asks for" else verb for n, verb in enumerate(verbs)]
    clauses = [f"{short_name(n.roadmap)} {verb} {n.said}" for n, verb in zip(found, told, strict=True)]
    return f"Before {subject}, {_listed(clauses)}."


def _listed(clauses: Sequence[str]) -> str:
    return clauses[0] if len(clauses) == 1 else f"{', '.join(clauses[:-1])}, and {clauses[-1]}"


def _contents(found: Sequence[_Near], facts: Facts) -> list[Statement]:
    """What the one neighbouring stage lists, where its section has one list."""
    (roadmap, stage) = (found[0].roadmap, found[0].stage)
    if len(found) != 1 or stage is None:
        return []
    lists = [part for part in roadmap.lists if part.section == stage.section and part.items]
    one = counted(roadmap, lists[0], facts) if len(lists) == 1 else None
    return [Statement(listed(one), one.quotes)] if one else []

"""Which stages of known length a request means, and how they are called."""

from collections.abc import Sequence

from assistant.compare import list_name
from assistant.facts.library import roadmaps_asked, stages_of, within
from assistant.facts.phrases import joined, number_word, short_name
from assistant.facts.records import Facts
from assistant.facts.times import Term
from assistant.proofs import proofs_of
from assistant.understanding.request import Operation, Quantity, Request, Role
from ingest.corpus_models import Roadmap, Stage
from ingest.lexical import terms

CALLED = 3  # stages that a sentence calls by name


def stages_meant(request: Request, facts: Facts) -> tuple[Roadmap, list[Stage]] | None:
    """The one roadmap whose stages are asked about, and those of known length that are meant, in its order.

    None where no or several roadmaps are meant, or where one of the named stages has no time.
    """
    roadmaps = roadmaps_asked(request, facts)
    owners = {name for name, _ in request.named.stages}
    candidates = [r for r in roadmaps if (r.id in owners if owners else any(s.duration for s in r.stages))]
    if len(candidates) != 1:
        return None
    roadmap = candidates[0]
    timed = [s for s in roadmap.stages if s.duration]
    named = stages_of(request.named.stages, roadmap)
    if any(s not in timed for s in named):
        return None
    meant = _beside(named, timed, request) if named else _unnamed(timed, roadmap, request)
    out = stages_of(request.excluded.stages, roadmap)
    return roadmap, [s for s in meant if s not in out]


def _beside(named: Sequence[Stage], timed: Sequence[Stage], request: Request) -> list[Stage]:
    """The stages that are named, or those before, behind or beside them."""
    if request.operation is Operation.REMAINING and request.direction is None:
        return [s for s in timed if s not in named]
    if request.direction == "before":
        return list(timed[: timed.index(named[0])])
    if request.direction == "after":
        counts = request.of(Role.COUNT)
        behind = timed[timed.index(named[-1]) + 1 :]
        return list(behind[: int(counts[0].maximum)] if counts else behind)
    return list(named)


def _unnamed(timed: Sequence[Stage], roadmap: Roadmap, request: Request) -> list[Stage]:
    """The stages in the places that are asked for, else all where all are meant; empty for other questions."""
    words = _words_for(timed[0], roadmap)
    placed = [q for q in request.of(Role.PLACE) if not q.noun or q.noun in words]
    if placed:
        chosen = [timed[n] for n in sorted({n for q in placed for n in _places(q, len(timed))})]
        return [s for s in timed if s not in chosen] if request.operation is Operation.REMAINING else chosen
    if any(q.maximum != len(timed) for q in request.of(Role.COUNT)):
        return []
    if request.named.resources or request.named.topics:
        return []
    is_of_list = any(set(terms(name)) & words for owner, name in request.named.lists if owner == roadmap.id)
    operations = (Operation.LEAST, Operation.MOST, Operation.SPREAD)
    means_all = request.asks_all or is_of_list or bool(request.excluded.stages)
    is_extreme = request.operation in operations and not request.learner.background
    return list(timed) if means_all or is_extreme else []


def _places(quantity: Quantity, size: int) -> list[int]:
    """The places, from 0, that a quantity stands for in a list of `size`; none where one is beyond it."""
    places = range(int(quantity.minimum), int(quantity.maximum) + 1)
    found = [p - 1 if p > 0 else size + p for p in places if p]
    return found if all(0 <= p < size for p in found) else []


def _words_for(stage: Stage, roadmap: Roadmap) -> set[str]:
    """The stemmed words by which the stages of a list are called: modules, and what learners call them."""
    names = [list_name(stage), "stage"]
    for listing in roadmap.lists:
        if listing.section == stage.section and set(terms(list_name(stage))) & set(terms(listing.name)):
            names += [listing.name, *listing.aliases]
    return {t for name in names for t in terms(name)}


def stage_terms(roadmap: Roadmap, stages: Sequence[Stage], facts: Facts) -> list[Term]:
    """The times of stages with their proofs; those without a proof are left out."""
    proofs = proofs_of(facts.index)
    quotes = ((s, s.duration, within(proofs.stage_duration(roadmap.id, s), facts)) for s in stages)
    return [Term(s.name, duration, quote) for s, duration, quote in quotes if duration and quote]


def called(roadmap: Roadmap, stages: Sequence[Stage]) -> str:
    """Several stages as the subject of a sentence: `Module 1 and Module 2`, or how many of whom."""
    noun = f"{(list_name(stages[0]) or 'stage').lower()}s"
    timed = [s for s in roadmap.stages if s.duration]
    if len(stages) == len(timed):
        return f"{short_name(roadmap)}'s {number_word(len(stages))} {noun}"
    if len(stages) <= CALLED:
        return joined([s.name.split(": ", 1)[0] for s in stages])
    return f"these {number_word(len(stages))} {noun}"

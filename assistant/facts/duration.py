"""Say how long one thing takes: a stage, a resource, or a roadmap for one kind of learner."""

from collections.abc import Sequence
from dataclasses import replace

from assistant.durations import duration_text
from assistant.facts.estimates import Estimated, against, estimates_of, quotes_of, told, without
from assistant.facts.library import (
    FIELDS,
    is_read,
    resources_named,
    roadmaps_asked,
    stages_of,
    subjects,
    text_of,
    within,
)
from assistant.facts.limits import Held, judged
from assistant.facts.phrases import joined, short_name
from assistant.facts.records import Fact, Facts, Statement
from assistant.facts.times import PLAIN, Term, figure, limit_of, pace_of
from assistant.plan_words import pace_of as stated_pace
from assistant.proofs import FIRST_TOPICS, proofs_of
from assistant.understanding.request import Request
from ingest.corpus_models import Roadmap

MAX_UNREAD_OF_A_STAGE = 1  # `how long does the exam of module 2 take` is about something else; untuned


def duration(request: Request, facts: Facts) -> Fact | None:
    """Return how long the one thing that is named takes; None where several are, or nothing tells."""
    if not is_read(request, MAX_UNREAD_OF_A_STAGE):
        return None
    roadmaps = roadmaps_asked(request, facts)
    if len(request.named.resources) == 1 and not request.named.stages:
        return _of_resource(request, facts)
    terms = _of_stages(request, roadmaps, facts)
    if len(terms) == 1:
        return _of_one(terms[0], request)
    if terms or request.named.stages:
        return None
    if subjects(request, facts) or len(request.named.resources) > 1 or request.named.lists:
        return None
    is_of_a_whole = bool(request.named.roadmaps or request.learner.background)
    return _of_wholes(request, roadmaps, facts) if is_of_a_whole else None


def timeless(request: Request, facts: Facts) -> Fact | None:
    """Return that the named roadmaps state no time at all; what they point to may have a length of its own."""
    roadmaps = roadmaps_asked(request, facts) if request.named.roadmaps else []
    if not roadmaps or not request.asks_time or request.named.resources or any(r.gives_times for r in roadmaps):
        return None
    names = joined([f"{short_name(r)}'s" for r in roadmaps])
    states = "roadmap states" if len(roadmaps) == 1 else "roadmaps state"
    return Fact((Statement(f"{names} {states} no times."),), is_whole=True, is_sure=True)


def _of_resource(request: Request, facts: Facts) -> Fact | None:
    (resource,) = resources_named(request, facts)
    quote = within(proofs_of(facts.index).resource_duration(resource), facts)
    if resource.duration is None or quote is None or request.named.roadmaps:
        return None
    return _of_one(Term(resource.title, resource.duration, quote), request)


def _of_stages(request: Request, roadmaps: Sequence[Roadmap], facts: Facts) -> list[Term]:
    """The named stages of known length, else those that are about the one topic."""
    topics = [t for t in subjects(request, facts) if t not in FIELDS]  # the field is more than one stage
    proofs = proofs_of(facts.index)
    found = []
    for roadmap in roadmaps:
        stages = stages_of(request.named.stages, roadmap)
        if not request.named.stages and len(topics) == 1:
            stages = [s for s in roadmap.stages if topics[0] in s.topics[:FIRST_TOPICS]]
        for stage in stages:
            quote = within(proofs.stage_duration(roadmap.id, stage), facts)
            if stage.duration and quote:
                found.append(Term(stage.name, stage.duration, quote))
    return found


def _of_one(term: Term, request: Request) -> Fact | None:
    """The length of one thing, in the terms that are asked for, or against the time that somebody has."""
    limit = limit_of(request)
    if limit:
        said = judged(limit, [Held(term.duration, f"that {term.name} takes")], request)
        return Fact((Statement(said, (term.quote,)),), is_whole=True) if said else None
    whole = figure([term.duration], request)
    return Fact((Statement(whole.in_sentence(term.name, "takes"), (term.quote,)),), is_whole=True) if whole else None


def _of_wholes(request: Request, roadmaps: Sequence[Roadmap], facts: Facts) -> Fact | None:
    """What the roadmaps estimate for the kind of learner, or one roadmap for all kinds."""
    found = estimates_of(roadmaps, request.learner.background, facts)
    if not found:
        return None
    limit = limit_of(request)
    if limit and request.learner.background:
        return against(limit, found, request)
    if len(found) == 1:
        (one,) = found
        return Fact((Statement(_one_estimate(one, request), (one.quote,)), *_pace(one, request, facts)))
    silent = [r for r in roadmaps if r.id in request.named.roadmaps and not r.estimates]
    return Fact((Statement(f"{told(found)}{without(silent)}.", quotes_of(found)),))


def _one_estimate(one: Estimated, request: Request) -> str:
    """One estimate, in the unit that is asked for; hours a week do not scale it, since its author names none."""
    whole = figure([one.duration], replace(PLAIN, unit=request.unit, ends=request.ends))
    shown = whole.text if whole else duration_text(one.duration)
    working = f" ({whole.working})" if whole and whole.working else ""
    return f"{short_name(one.roadmap)} estimates {shown}{working} for {one.audience}."


def _pace(one: Estimated, request: Request, facts: Facts) -> list[Statement]:
    """What an estimate means at the hours a week that the question gives."""
    hours = pace_of(request)
    if not hours:
        return []
    return [Statement(stated_pace(text_of(one.quote, facts), one.estimate, round(hours)), (one.quote,))]

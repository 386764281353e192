"""Give a whole study plan in short: its stages in order, their cited times, and what the roadmaps estimate."""

from collections.abc import Iterator

from assistant.citations import Quote
from assistant.facts.estimates import estimates_of, told
from assistant.facts.library import FIELDS, GENERAL, is_read, quote_of, roadmaps_asked
from assistant.facts.limits import Held, judged
from assistant.facts.phrases import number_word, short_name
from assistant.facts.records import Fact, Facts, Statement
from assistant.facts.times import limit_of, pace_of
from assistant.plan import MAY_KNOW
from assistant.plan import plan as made_plan
from assistant.plan_records import DEFAULT_HOURS, MAX_HOURS, MIN_HOURS, NO_TIME, Plan, PlanRequest, PlanStage
from assistant.plan_words import span_text
from assistant.understanding.request import Request
from ingest.corpus_models import Duration, Profile

# What a plan for the whole may name, beside the field: it is no plan for one topic.
WHOLE = FIELDS | frozenset({"job-search", "programming", "career-change"})

MAX_UNREAD_OF_A_PLAN = 1  # a whole plan is long, where something else was asked; untuned


def plan(request: Request, facts: Facts) -> Fact | None:
    """Return a study plan after the one roadmap that is named, else merged from all; None where a part is asked for.

    None too where the scope leaves out a roadmap or the resources, which a plan needs.
    """
    if not is_read(request, MAX_UNREAD_OF_A_PLAN) or _is_limited(facts) or _is_of_a_part(request, facts):
        return None
    backgrounds, roadmaps = request.learner.background, request.named.roadmaps
    if len(backgrounds) > 1 or len(roadmaps) > 1 or request.excluded.roadmaps:
        return None
    made = made_plan(
        PlanRequest(
            background=backgrounds[0] if backgrounds else Profile.BEGINNER,
            hours_per_week=min(MAX_HOURS, max(MIN_HOURS, round(pace_of(request) or DEFAULT_HOURS))),
            known=request.learner.knows,
            roadmap=roadmaps[0] if roadmaps else None,
        ),
        facts.index,
    )
    statements = (_title(request, made, facts), *_stages(made, facts), *_length(request, made, facts))
    return Fact(statements)


def _is_limited(facts: Facts) -> bool:
    scope = facts.scope
    roadmaps = set(facts.index.structure.roadmaps)
    return scope.kinds is not None or (scope.sources is not None and not roadmaps <= set(scope.sources))


def _is_of_a_part(request: Request, facts: Facts) -> bool:
    """Whether a plan is asked for one topic, stage or resource rather than for the whole."""
    named = request.named
    may_know = {t for p in request.learner.background for t in MAY_KNOW.get(p, ())}
    passed = {*GENERAL, *WHOLE, *request.learner.knows, *may_know, *_roots(facts)}
    return bool(set(named.topics) - passed or named.stages or named.lists or named.resources)


def _roots(facts: Facts) -> set[str]:
    """The topics that all others are part of."""
    return {t.id for t in facts.index.structure.topics.values() if not t.parents}


def _title(request: Request, made: Plan, facts: Facts) -> Statement:
    """The first sentence, proved by what proves the first stage."""
    roadmaps = facts.index.structure.roadmaps
    count = number_word(len(made.stages))
    named = [roadmaps[r] for r in request.named.roadmaps]
    of = f"{short_name(named[0])}'s roadmap" if named else f"the {number_word(len(roadmaps))} roadmaps together"
    first = made.stages[0].name
    return Statement(
        f"A plan after {of} has {count} stages, and begins with {first}.", _proofs(made.stages[0], made, facts)
    )


def _stages(made: Plan, facts: Facts) -> Iterator[Statement]:
    for stage in made.stages:
        if stage.status == "already known":
            yield Statement(f"{stage.name}: skipped, already known", (), is_item=True, number=stage.number)
            continue
        known = f" ({stage.hint})" if stage.hint and stage.hint.startswith("already known") else ""
        time = f": {_by_name(stage.weeks.text, made, facts)}" if stage.weeks else ""
        proofs = _proofs(stage, made, facts)
        yield Statement(f"{stage.name}{known}{time}", proofs, is_item=True, number=stage.number)


def _by_name(times: str, made: Plan, facts: Facts) -> str:
    """Cited times with their authors' names instead of ids; without, where all are of the one roadmap."""
    for roadmap in facts.index.structure.roadmaps.values():
        times = times.replace(f" ({roadmap.id})", "" if made.request.roadmap else f" ({short_name(roadmap)})")
    return times


def _length(request: Request, made: Plan, facts: Facts) -> Iterator[Statement]:
    """How long it takes, as far as cited times tell, and whether the time that somebody has is enough."""
    if made.total is None:
        yield Statement(f"For these stages {NO_TIME}.")
    else:
        quotes = tuple(dict.fromkeys(quote_of(made.citations[n - 1], facts) for n in made.total.citations))
        untimed = f"; for the other {number_word(made.untimed)} stages {NO_TIME}" if made.untimed else ""
        yield Statement(f"The cited times add up to {span_text(made.total)}{untimed}.", quotes)
        limit = limit_of(request)
        whole = Duration(minimum=made.total.minimum, maximum=made.total.maximum, unit="weeks")
        said = judged(limit, [Held(whole, "that the cited stages take")], request) if limit else None
        if said:
            yield Statement(said, quotes)
    found = estimates_of(roadmaps_asked(request, facts), (made.request.background,), facts)
    if found:
        yield Statement(f"{told(found)}.", tuple(e.quote for e in found))


def _proofs(stage: PlanStage, made: Plan, facts: Facts) -> tuple[Quote, ...]:
    """What proves the time of a stage, else what a roadmap says of it."""
    numbers = stage.weeks.citations if stage.weeks else tuple(n for w in stage.what[:1] for n in w.citations)
    return tuple(quote_of(made.citations[n - 1], facts) for n in dict.fromkeys(numbers))

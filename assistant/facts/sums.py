"""Compute over times: sums, least and most, differences, spans and what remains, of stages, resources and estimates."""

from collections.abc import Sequence
from dataclasses import replace

from assistant.citations import Quote
from assistant.durations import CALENDAR_WEEKS, UnitError, difference, duration_text, in_unit, longest, shortest, total
from assistant.facts.estimates import Estimated, estimated_sum, estimates_of, side_by_side
from assistant.facts.library import is_read, resources_named, roadmaps_asked, within
from assistant.facts.limits import Held, judged
from assistant.facts.phrases import joined, short_name
from assistant.facts.records import Fact, Facts, Statement
from assistant.facts.stages import called, stage_terms, stages_meant
from assistant.facts.times import PLAIN, Term, compared, extreme, figure, limit_of, widest
from assistant.proofs import proofs_of
from assistant.understanding.request import Operation, Request
from ingest.corpus_models import Duration


def sums(request: Request, facts: Facts) -> Fact | None:
    """Return what is computed over the times that are asked about, with its terms; None where one of them is not known."""
    try:
        return _computed(request, facts) if is_read(request) else None
    except UnitError:  # weeks and hours
        return None


def _computed(request: Request, facts: Facts) -> Fact | None:
    roadmaps = roadmaps_asked(request, facts)
    if len(request.named.resources) > 1:
        return _of_resources(request, facts)
    meant = stages_meant(request, facts)
    if meant and meant[1]:
        roadmap, stages = meant
        found = stage_terms(roadmap, stages, facts)
        if len(found) < len(stages):
            return None
        if request.learner.background and len(found) > 1:
            givers = roadmaps if request.named.roadmaps else [roadmap]
            estimates = estimates_of(givers, request.learner.background, facts)
            return _against_estimates(found, called(roadmap, stages), estimates)
        name = called(roadmap, stages) if len(stages) > 1 else stages[0].name
        return _of_terms(found, name, request)
    if request.named.stages:
        return None
    return estimated_sum(request, roadmaps, facts) or side_by_side(request, roadmaps, facts)


def _of_resources(request: Request, facts: Facts) -> Fact | None:
    """What the lengths of the named resources amount to; None where one of them is not known."""
    proofs = proofs_of(facts.index)
    resources = resources_named(request, facts)
    quotes = ((r, r.duration, within(proofs.resource_duration(r), facts)) for r in resources)
    found = [Term(r.title, duration, quote) for r, duration, quote in quotes if duration and quote]
    return _of_terms(found, joined([t.name for t in found]), request) if len(found) == len(resources) else None


def _of_terms(found: Sequence[Term], name: str, request: Request) -> Fact | None:
    """The answer over terms that belong together under one `name`."""
    if limit_of(request):
        said, used = _limited(found, name, request), list(found)
    else:
        said, used = _compared(found, request) or _added(found, name, request)
    if said is None:
        return None
    items = _items(found) if len(found) > 1 and used == list(found) else []
    return Fact((Statement(said, _quotes(used)), *items), is_whole=True)


def _limited(found: Sequence[Term], name: str, request: Request) -> str | None:
    """Whether the time that somebody has is enough."""
    limit = limit_of(request)
    if limit is None:
        return None
    is_one = len(found) == 1
    whole = figure([t.duration for t in found])
    held = Held(total([t.duration for t in found]), f"that {name} {'takes' if is_one else 'take together'}")
    return judged(limit, [held], request, "" if is_one or whole is None else whole.working)


def _compared(found: Sequence[Term], request: Request) -> tuple[str, list[Term]] | None:
    """Which of several is the longest, or by how much; None where a sum is asked for."""
    if len(found) < 2:
        return None
    if request.operation is Operation.LEAST:
        return extreme(found, "least")
    if request.operation is Operation.MOST:
        return extreme(found, "most")
    if request.operation is Operation.SPREAD and len(request.ends) == 1:
        return widest(found, request.ends[0])
    if request.operation is Operation.DIFFERENCE:
        durations = [t.duration for t in found]
        pair = list(found) if len(found) == 2 else [found[longest(durations)[0]], found[shortest(durations)[0]]]
        return compared(pair[0], pair[1], request), pair
    return None


def _added(found: Sequence[Term], name: str, request: Request) -> tuple[str | None, list[Term]]:
    """The sum in the terms that are asked for."""
    whole = figure([t.duration for t in found], request)
    if whole is None:
        return None, []
    is_one = len(found) == 1
    return whole.in_sentence(name, "takes" if is_one else "take", "" if is_one else "together"), list(found)


def _against_estimates(found: Sequence[Term], name: str, estimates: Sequence[Estimated]) -> Fact | None:
    """A sum of stages beside what is estimated for the learners of the question."""
    whole = figure([t.duration for t in found], replace(PLAIN, unit="months" if _is_calendar(found) else None))
    if whole is None or not estimates:
        return None
    sum_of_all = total([t.duration for t in found])
    first = Statement(whole.in_sentence(name, "take", "together"), _quotes(found))
    gaps = [Statement(f"{_gap(sum_of_all, e)}.", (e.quote,)) for e in estimates]
    return Fact((first, *gaps, *_items(found)), is_whole=True)


def _gap(whole: Duration, estimated: Estimated) -> str:
    """How a sum stands to one estimate."""
    given = estimated.duration
    same = in_unit(whole, given.unit)
    estimate = f"the {duration_text(given)} that {short_name(estimated.roadmap)} estimates for {estimated.audience}"
    if same.maximum < given.minimum:
        return f"That is {duration_text(difference(given, same))} less than {estimate}"
    if same.minimum > given.maximum:
        return f"That is {duration_text(difference(given, same))} more than {estimate}"
    return f"That overlaps {estimate}"


def _is_calendar(found: Sequence[Term]) -> bool:
    return all(t.duration.unit in CALENDAR_WEEKS for t in found)


def _items(found: Sequence[Term]) -> list[Statement]:
    return [Statement(f"{t.name}, {duration_text(t.duration)}", (t.quote,), is_item=True) for t in found]


def _quotes(found: Sequence[Term]) -> tuple[Quote, ...]:
    return tuple(dict.fromkeys(t.quote for t in found))

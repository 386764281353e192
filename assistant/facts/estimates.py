"""Say what roadmaps estimate for the whole, for one kind of learner or another."""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.citations import Quote
from assistant.durations import difference, duration_text, range_text
from assistant.facts.library import subjects, within
from assistant.facts.limits import Held, judged
from assistant.facts.phrases import joined, short_name, uncapitalised
from assistant.facts.records import Fact, Facts, Statement
from assistant.facts.times import Term, extreme, limit_of, widest
from assistant.proofs import proofs_of
from assistant.understanding.request import Frame, Measure, Operation, Quantity, Request
from ingest.corpus_models import Duration, Estimate, Profile, Roadmap


@dataclass(frozen=True, slots=True)
class Estimated:
    """A roadmap's provable estimate for one kind of learner."""

    roadmap: Roadmap
    estimate: Estimate
    quote: Quote

    @property
    def audience(self) -> str:
        """Whom it is for, as it stands inside a sentence."""
        return uncapitalised(self.estimate.audience)

    @property
    def duration(self) -> Duration:
        """How long it takes them."""
        return self.estimate.duration


def estimates_of(roadmaps: Sequence[Roadmap], profiles: Sequence[Profile], facts: Facts) -> list[Estimated]:
    """The estimates for these learners, all for none, in the roadmaps' order."""
    proofs = proofs_of(facts.index)
    quotes = ((r, e, within(proofs.estimate(r.id, e), facts)) for r in roadmaps for e in r.estimates)
    return [Estimated(r, e, q) for r, e, q in quotes if q and (e.profile in profiles or not profiles)]


def told(found: Sequence[Estimated]) -> str:
    """Who estimates how much for whom, without a full stop."""
    by_author: dict[str, list[str]] = {}
    for one in found:
        by_author.setdefault(short_name(one.roadmap), []).append(f"{duration_text(one.duration)} for {one.audience}")
    first, *others = by_author.items()
    clauses = [f"{first[0]} estimates {joined(first[1])}", *(f"{author} {joined(said)}" for author, said in others)]
    return "; ".join(clauses) if any(len(said) > 1 for said in by_author.values()) else joined(clauses)


def without(silent: Sequence[Roadmap]) -> str:
    """Who gives no estimate, as the end of a sentence; empty for nobody."""
    names = [short_name(r) for r in silent]
    return f"; {joined(names)} {'gives' if len(names) == 1 else 'give'} no estimate" if names else ""


def against(limit: Quantity, found: Sequence[Estimated], request: Request) -> Fact | None:
    """Return whether the time that somebody has is enough for what is estimated; None where units do not compare."""
    held = [Held(e.duration, f"that {short_name(e.roadmap)} estimates for {e.audience}") for e in found]
    said = judged(limit, held, request)
    return Fact((Statement(said, quotes_of(found)),), is_whole=True) if said else None


def side_by_side(request: Request, roadmaps: Sequence[Roadmap], facts: Facts) -> Fact | None:
    """Return the estimates of several roadmaps; None where times are not asked for or fewer than two give any."""
    asks_time = request.asks_time or request.unit or request.frame in (Frame.SUM, Frame.DURATION)
    others = (subjects(request, facts), request.named.resources, request.named.stages, request.quantities)
    if not asks_time or not request.asks_several or any(others):
        return None
    found = estimates_of(roadmaps, request.learner.background, facts)
    giving = [r for r in roadmaps if any(one.roadmap is r for one in found)]
    if len(giving) < 2:
        return None
    silent = [r for r in roadmaps if r not in giving]
    said = told(found)
    if len(request.learner.background) == 1:
        is_same = len({(e.duration.minimum, e.duration.maximum, e.duration.unit) for e in found}) == 1
        said = f"The estimates {'agree' if is_same else 'differ'}: {said}"
    return Fact((Statement(f"{said}{without(silent)}.", quotes_of(found)),), is_whole=True)


def estimated_sum(request: Request, roadmaps: Sequence[Roadmap], facts: Facts) -> Fact | None:
    """Return what the estimates for the learners of the question amount to: enough, a difference, an extreme.

    Raises UnitError where they have no fixed relation.
    """
    profiles = request.learner.background
    limit = limit_of(request)
    found = estimates_of(roadmaps, profiles, facts)
    if limit and profiles and found:
        return against(limit, found, request)
    if request.operation is Operation.DIFFERENCE and profiles:
        return _difference(found, roadmaps, request, facts)
    return _extreme(found, request)


def _difference(found: Sequence[Estimated], roadmaps: Sequence[Roadmap], request: Request, facts: Facts) -> Fact | None:
    """By how much estimates differ: of two roadmaps for one kind of learner, else of one roadmap for two kinds."""
    profiles = request.learner.background
    if len(profiles) == 1 and len(request.named.roadmaps) == 2:
        return _apart(found) if len(found) == 2 else None
    # What somebody with a head start saves, those who begin have to spend.
    wanted = (*profiles, Profile.BEGINNER) if len(profiles) == 1 else profiles
    statements = []
    for roadmap in roadmaps:
        own = estimates_of([roadmap], wanted, facts)
        if len(own) == 2:
            more, less = sorted(own, key=lambda e: (e.duration.maximum, e.duration.minimum), reverse=True)
            gap = duration_text(difference(more.duration, less.duration))
            said = f"{short_name(roadmap)} estimates {gap} less for {less.audience} than for {more.audience}"
            figures = f"{range_text(less.duration)} against {duration_text(more.duration)}"
            statements.append(Statement(f"{said} ({figures}).", quotes_of([less, more])))
    return Fact(tuple(statements), is_whole=True) if statements else None


def _apart(found: Sequence[Estimated]) -> Fact:
    more, less = sorted(found, key=lambda e: (e.duration.maximum, e.duration.minimum), reverse=True)
    gap = difference(more.duration, less.duration)
    if gap.maximum == 0:
        return Fact((Statement(f"The estimates agree: {told(found)}.", quotes_of(found)),), is_whole=True)
    figures = f"{duration_text(more.duration)} for {more.audience} against {duration_text(less.duration)}"
    said = f"{short_name(more.roadmap)} estimates {duration_text(gap)} more than {short_name(less.roadmap)}"
    return Fact((Statement(f"{said}: {figures} for {less.audience}.", quotes_of([more, less])),), is_whole=True)


def _extreme(found: Sequence[Estimated], request: Request) -> Fact | None:
    """The shortest, longest, widest or narrowest of several estimates."""
    by_operation: dict[Operation | None, Measure] = {Operation.LEAST: "least", Operation.MOST: "most"}
    terms = [Term(f"{short_name(e.roadmap)}'s estimate for {e.audience}", e.duration, e.quote) for e in found]
    if len(terms) < 2:
        return None
    if request.operation in by_operation:
        said, best = extreme(terms, by_operation[request.operation])
    elif request.operation is Operation.SPREAD and len(request.ends) == 1:
        said, best = widest(terms, request.ends[0])
    else:
        return None
    return Fact((Statement(said, tuple(t.quote for t in best)),), is_whole=True)


def quotes_of(found: Sequence[Estimated]) -> tuple[Quote, ...]:
    """What proves the estimates, each sentence once."""
    return tuple(dict.fromkeys(e.quote for e in found))

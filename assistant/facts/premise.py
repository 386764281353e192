"""Correct what a question takes for granted of a roadmap: a stance, a time, a number of things, or that it names a resource."""

from collections.abc import Sequence

from assistant.citations import Quote
from assistant.compare import saying
from assistant.durations import UnitError, alike, duration_text
from assistant.facts.count import counted
from assistant.facts.endorse import endorse
from assistant.facts.estimates import estimates_of
from assistant.facts.library import is_read, roadmaps_asked, stages_of, subjects, within
from assistant.facts.phrases import number_word, pronoun, short_name, topic_inside
from assistant.facts.records import Fact, Facts, Statement
from assistant.facts.stances import stated
from assistant.facts.times import as_duration
from assistant.proofs import proofs_of
from assistant.understanding.request import Quantity, Request, Role
from ingest.corpus_models import Duration, Roadmap, Verdict

MAX_UNREAD_OF_A_STANCE = 1  # untuned


def premise(request: Request, facts: Facts) -> Fact | None:
    """Return what a roadmap holds instead of what the question claims, None where the claim holds or nothing is claimed.

    A time is corrected whatever else is asked, a number of things where nothing else is. A stance is, where the question
    is about one topic and hardly a word of it is left unread: of two topics it may hold one thing of each.
    """
    roadmaps = roadmaps_asked(request, facts)
    claims = request.of(Role.CLAIM)
    if claims:
        return _wrong_time(claims[0], request, roadmaps, facts)
    if len(request.named.roadmaps) != 1 or len(roadmaps) != 1:
        return None
    (roadmap,) = roadmaps
    return (
        _wrong_stance(request, roadmap, facts)
        or _wrong_number(request, roadmap, facts)
        or _unnamed_resource(request, roadmap, facts)
    )


def _wrong_stance(request: Request, roadmap: Roadmap, facts: Facts) -> Fact | None:
    """`is_negated` claims that the roadmap is against a topic, else that it is for it."""
    topics = subjects(request, facts)
    if len(topics) != 1 or request.named.resources or not is_read(request, MAX_UNREAD_OF_A_STANCE):
        return None
    topic = facts.index.structure.topics[topics[0]]
    found = stated(roadmap, topic, facts)
    if found is None:
        return None
    is_against = found.verdict is Verdict.ADVISES_AGAINST
    if is_against if request.is_negated else found.verdict is Verdict.RECOMMENDS:
        return None
    claim = "advise against" if request.is_negated else "recommend"
    view = saying(found.verdict, 1, pronoun(topic, facts.index))
    name = topic_inside(topic, facts.index)
    return _sure(f"{short_name(roadmap)} does not {claim} {name}, but {view}.", found.quote)


def _unnamed_resource(request: Request, roadmap: Roadmap, facts: Facts) -> Fact | None:
    """That the roadmap does not name the one resource."""
    is_about_one = len(request.named.resources) == 1 and not request.named.topics and not request.is_negated
    found = endorse(request, facts) if is_about_one else None
    points = within(found.statements[0].quotes[0], facts) if found else None
    if found is None or points is None or points.passage.source_id == roadmap.id:
        return None
    return Fact(found.statements, is_sure=True)


def _wrong_time(claim: Quantity, request: Request, roadmaps: Sequence[Roadmap], facts: Facts) -> Fact | None:
    """A time that is claimed of one stage, or of one roadmap for one kind of learner."""
    claimed = as_duration(claim)
    stages = [(r, s) for r in roadmaps for s in stages_of(request.named.stages, r)]
    if len(stages) == 1:
        roadmap, stage = stages[0]
        quote = within(proofs_of(facts.index).stage_duration(roadmap.id, stage), facts)
        if stage.duration is None or quote is None or not _is_apart(claimed, stage.duration):
            return None
        given = f"{short_name(roadmap)} gives it {duration_text(stage.duration)}"
        return _sure(f"{stage.name} does not take {duration_text(claimed)}: {given}.", quote)
    estimates = estimates_of(roadmaps, request.learner.background, facts)
    if stages or len(request.named.roadmaps) != 1 or not request.learner.background or len(estimates) != 1:
        return None
    (one,) = estimates
    if not _is_apart(claimed, one.duration):
        return None
    author, time = short_name(one.roadmap), duration_text(one.duration)
    return _sure(f"{author} does not estimate {duration_text(claimed)} for {one.audience}, but {time}.", one.quote)


def _wrong_number(request: Request, roadmap: Roadmap, facts: Facts) -> Fact | None:
    """A number of things that is claimed of one list; of three modules that are required there may be more."""
    lists = [part for part in roadmap.lists if (roadmap.id, part.name) in request.named.lists and part.items]
    counts = request.of(Role.COUNT)
    if len(lists) != 1 or len(counts) != 1 or len(request.quantities) > 1 or _asks_more(request, facts):
        return None
    one, (claim,) = counted(roadmap, lists[0], facts), counts
    is_range = claim.minimum != claim.maximum
    if one is None or not one.is_called(claim.noun) or is_range or claim.minimum == len(one.listing.items):
        return None
    said = f"{short_name(one.roadmap)} lists {one.count}, not {number_word(claim.minimum)}."
    return Fact((Statement(said, one.quotes),), is_whole=True, is_sure=True)


def _asks_more(request: Request, facts: Facts) -> bool:
    """Whether more is asked of a list than how many things it has."""
    more = (request.named.stages, request.named.resources, request.unread, subjects(request, facts), request.direction)
    return any(more) or request.asks_time or request.asks_necessity or request.operation is not None


def _is_apart(claimed: Duration, given: Duration) -> bool:
    """Whether two ranges of time have nothing in common; False for units that cannot be compared."""
    try:
        a, b = alike([claimed, given])
    except UnitError:
        return False
    return a.maximum < b.minimum or b.maximum < a.minimum


def _sure(said: str, quote: Quote) -> Fact:
    """A correction, and the words that prove it."""
    return Fact(
        (Statement(said, (quote,)), Statement("", (quote,), is_item=True, is_quoted=True)),
        is_sure=True,
    )

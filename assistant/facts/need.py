"""Say whether a topic is needed or can be left out: yes, no, or that the roadmaps differ."""

from collections.abc import Sequence

from assistant.citations import Quote
from assistant.facts.library import FIELDS, is_read, names_it, roadmaps_asked, subjects, text_of, within
from assistant.facts.phrases import pronoun, short_name, topic_inside
from assistant.facts.records import Fact, Facts, Statement
from assistant.facts.stances import Stated, quotations, shortened, stated, views
from assistant.proofs import proofs_of
from assistant.understanding.request import Request
from ingest.corpus_models import Necessity, Topic, Verdict

# Any word more may make the topic mean another thing: a calculus exam, a diploma in statistics. Untuned.
MAX_UNREAD_OF_NEED = 0
NEGATIONS = frozenset({"not", "no", "never", "without"})
REACH = 6  # words before `required` among which a negation is looked for


def need(request: Request, facts: Facts) -> Fact | None:
    """Return whether the roadmaps hold that the one topic is needed; None where none of them judges it."""
    topics = subjects(request, facts, FIELDS)
    others = (request.named.resources, request.named.stages, request.learner.constraints)
    if not is_read(request, MAX_UNREAD_OF_NEED) or len(topics) != 1 or any(others):
        return None
    topic = facts.index.structure.topics[topics[0]]
    found = [s for r in roadmaps_asked(request, facts) if (s := stated(r, topic, facts))]
    if not found or not _is_named_so(request, topic, found, facts):
        return None
    unmarked = [u for u in _unmarked(topic, found, facts) if request.asks_necessity]
    own = [(s.quote.start, s.quote.end) for s in found]
    more = [Stated(s.roadmap, s.verdict, q) for s, q in unmarked if (q.start, q.end) not in own]
    first = Statement(_verdict(request, topic, found, facts), tuple(s.quote for s in [*found, *more]))
    return Fact(shortened([first, *quotations([*found, *more], facts)], facts))


def _is_named_so(request: Request, topic: Topic, found: Sequence[Stated], facts: Facts) -> bool:
    """Whether a proof has the very words by which the question names the topic: a PhD is not any degree."""
    names = dict(zip(request.named.topics, request.named.topic_names, strict=False))
    name = names.get(topic.id)
    return name is None or any(names_it(s.quote, name, facts) for s in found)


def _verdict(request: Request, topic: Topic, found: Sequence[Stated], facts: Facts) -> str:
    """The whole answer in one sentence."""
    said = views(found, topic, facts)
    verdicts = {s.verdict for s in found}
    if len(verdicts) > 1:
        return f"The roadmaps differ: {said}."
    (verdict,) = verdicts
    name, it = topic_inside(topic, facts.index), pronoun(topic, facts.index)
    if request.is_negated:
        if verdict is Verdict.OPTIONAL:
            return f"Yes, you can do without {name}: {views(found, topic, facts, is_named=True)}."
        return f"{_on_leaving_out(verdict)}: {said}."
    if verdict is Verdict.RECOMMENDS and request.asks_necessity and not _is_required(topic, found):
        unmarked = _unmarked(topic, found, facts)
        if not unmarked:
            return f"{said}."  # how strongly, the sentences tell
        who = "" if len(found) == 1 else f"{short_name(unmarked[0][0].roadmap)} "
        return f"Not strictly: {said}, but {who}does not mark {it} as required."
    return f"{_on_learning(verdict, request)}: {said}."


def _on_learning(verdict: Verdict, request: Request) -> str:
    """How the answer to `is it needed?` begins."""
    if verdict is Verdict.OPTIONAL:
        return "No" if request.asks_necessity else "Not necessarily"
    if verdict is Verdict.DEFERS:
        return "Not at first"
    return "Yes" if verdict is Verdict.RECOMMENDS else "No"


def _on_leaving_out(verdict: Verdict) -> str:
    """How the answer to `can I skip it?` begins."""
    if verdict is Verdict.DEFERS:
        return "For now, yes"
    return "No" if verdict is Verdict.RECOMMENDS else "Yes"


def _is_required(topic: Topic, found: Sequence[Stated]) -> bool:
    return any(
        stage.necessity is Necessity.REQUIRED and topic.id in stage.topics for s in found for stage in s.roadmap.stages
    )


def _unmarked(topic: Topic, found: Sequence[Stated], facts: Facts) -> list[tuple[Stated, Quote]]:
    """The roadmaps that say that they do not mark the topic as required, with the sentence."""
    quotes = ((s, within(proofs_of(facts.index).necessity(s.roadmap.id, topic.id), facts)) for s in found)
    return [(s, q) for s, q in quotes if q and _denies_need(q, facts)]


def _denies_need(quote: Quote, facts: Facts) -> bool:
    """Whether a sentence of the library says that something is not required."""
    words = text_of(quote, facts).lower().split()
    places = [n for n, word in enumerate(words) if word.startswith("required")]
    return any(NEGATIONS & set(words[max(0, n - REACH) : n]) for n in places)

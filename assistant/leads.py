"""Compose a lead from the roadmaps' stated stances and figures: yes or no, they disagree, or the premise is wrong."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assistant.asked import number_in, profiles_in, specific_topics, unaccounted
from assistant.citations import Quote
from assistant.compare import saying
from assistant.durations import UnitError, alike, duration_text
from assistant.proofs import proofs_of, topic_names
from assistant.records import Understood
from ingest.corpus_models import Duration, Necessity, Profile, Roadmap, Stance, Structure, Topic, Verdict
from ingest.index import EVERYTHING, Index, Scope
from ingest.lexical import terms
from ingest.records import Kind
from ingest.text import plain

MAX_LEFTOVER = 1  # content words beside the topic that a question on the need for it may have; untuned
NEED = re.compile(
    r"\b(?:need(?:ed)?|necessary|require[sd]?|requirement|mandatory|must|have to|essential|important|matters?|optional|overkill"
    r"|worth (?:it|learning|studying|knowing)|should (?:i|we|one)|(?:can|could|may) i (?:skip|ignore|leave out)|bother|skip)\b",
    re.IGNORECASE,
)
SKIPPING = re.compile(r"\b(?:skip\w*|without|ignore|leave out|avoid|overkill|optional|bother|waste)\b", re.IGNORECASE)
REQUIRING = re.compile(
    r"\b(?:need\w*|necessary|requir\w+|mandatory|must|have to|essential|matters?|important)\b", re.IGNORECASE
)
NOT_REQUIRED = re.compile(r"\b(?:not|no|without)\b[^.]{0,40}\brequired\b", re.IGNORECASE)
ASKS_HOW = re.compile(
    r"\b(?:how|which|where|when|who|why|what|best|first|before|after|or|enough|without)\b|\bshould i use\b"
    r"|\b(?:finish|complete|all of|whole|entire|every(?:thing)?|rest of)\b",
    re.IGNORECASE,
)  # in which way or how much of it, rather than whether
ASKS_WHETHER = re.compile(
    r"^\W*(?:so |and |but |then |well )*(?:does|do|did|is|are|was|has|have|will|would|what|whether)\b", re.IGNORECASE
)
FOR_IT = re.compile(
    r"\b(?:recommend\w*|suggest\w*|advis(?:e[sd]?|ing) (?!against)|requir\w+|insist\w*|loves?|prefers?|favou?rs?|endors\w+"
    r"|picks?|chooses?|chose|praises?|swears? by|wants? (?:me|us|you|everyone|people) to|tells? (?:me|us|you) to|says? to"
    r"|says? that (?:i|we|you) (?:need|should|must))\b",
    re.IGNORECASE,
)
AGAINST_IT = re.compile(
    r"\b(?:(?:is|are|was|argues?|speaks?|advis(?:e[sd]?|ing)|warns?) against|discourag\w+|rejects?|forbids?|hates?|bans?"
    r"|(?:not|never) to)\b",
    re.IGNORECASE,
)
DENIED = re.compile(r"(?:n['’]t|\bnot|\bnever)\s+(?:\S+\s+){0,2}$", re.IGNORECASE)  # `does not really` recommend
TURNED = re.compile(
    r"^\s+(?:(?:me|us|you|i|we|to|that|should)\s+)*(?:not|never|avoid\w*|skip\w*|ignor\w+)\b", re.IGNORECASE
)  # `recommends` not using
NUMBER = r"(\d{1,3}|one|two|three|four|five|six|seven|eight|nine|ten)"
STATED_TIME = re.compile(
    rf"\b(?:takes?|took|taking|lasts?|runs?|is|are|only|just|needs?|says?|said|estimates?|promis\w+|the)\s+(?:\w+\s+){{0,2}}?"
    rf"(?:{NUMBER}\s*(?:-|–|to)\s*)?{NUMBER}[\s-](hour|day|week|month|year)s?\b",
    re.IGNORECASE,
)
NO_CLAIM = re.compile(  # a bound or a part of the time: a longer whole may be meant
    r"\b(?:least|most|more|less|longer|shorter|fewer|under|over|up|above|below|first|last|next)\b", re.IGNORECASE
)
ASKS_ENOUGH = re.compile(r"\b(?:enough|within|finish\w*|realistic|possible|can i|could i|i have|if i)\b", re.IGNORECASE)
FIELDS = frozenset({"machine-learning", "data-science"})  # what a topic is needed for, where another one is named
DEGREES = frozenset(terms("degree diploma phd doctorate master bachelor"))  # in a field, not the field
NEGATIVE = (Verdict.ADVISES_AGAINST, Verdict.OPTIONAL, Verdict.DEFERS, Verdict.OVERKILL)
GENERAL = frozenset(
    "learning-path prerequisites time-commitment career role-definition learning-strategy job-titles".split()
)


@dataclass(frozen=True, slots=True)
class Lead:
    """A first line of our own, and the spans that prove it; `is_whole` when only its own sources may add to it."""

    text: str
    quotes: tuple[Quote, ...]
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class _Stated:
    """A roadmap's provable stance on a topic."""

    roadmap: Roadmap
    stance: Stance
    quote: Quote


def correction(understood: Understood, index: Index, scope: Scope = EVERYTHING) -> Lead | None:
    """Return what a roadmap holds instead of what the question takes for granted of it, else None."""
    if not admits_roadmaps(scope):
        return None
    return _wrong_stance(understood, index, scope) or _wrong_time(understood, index, scope)


def necessity(understood: Understood, index: Index, scope: Scope = EVERYTHING) -> Lead | None:
    """Return whether the roadmaps hold that the one topic of the question is needed, else None for other questions."""
    text, structure = understood.text, index.structure
    if not admits_roadmaps(scope) or not NEED.search(text) or ASKS_HOW.search(text):
        return None
    topics = specific_topics(understood, structure, FIELDS)
    others = unaccounted(understood, structure, set(terms("leave out")))
    if len(topics) != 1 or len(others) > MAX_LEFTOVER or others & DEGREES:
        return None
    topic = structure.topics[topics[0]]
    stated = [s for r in admitted(understood, structure, scope) if (s := _stated(r, topic, index))]
    if not any(_speaks_of(s.quote, understood, topic, index) for s in stated):
        return None
    name = name_in_text(topic, (s.quote for s in stated), index)
    opening = _opening(text, topic, stated)
    unmarked = () if opening or not REQUIRING.search(text) else _unmarked(stated, topic, index)
    opening = "Not marked as required:" if unmarked else opening
    return Lead(f"{opening} {_views(stated, name)}.".strip(), (*unmarked, *(s.quote for s in stated)))


def _speaks_of(quote: Quote, understood: Understood, topic: Topic, index: Index) -> bool:
    """Whether a sentence has the very word by which the question names the topic: a PhD is not any degree."""
    asked = set(terms(understood.text))
    names = {frozenset(terms(name)) for name in topic_names(topic)}
    used = [name for name in names if name and name <= asked]
    held = set(terms(plain(index.sources[quote.passage.source_id].text[quote.start : quote.end])))
    return any(name <= held for name in used)


def _opening(text: str, topic: Topic, stated: Sequence[_Stated]) -> str:
    """Yes, no, or that they differ; nothing where what they hold, said after it, is the plainer answer."""
    verdicts = {s.stance.verdict for s in stated}
    if len(verdicts) > 1:
        return "The roadmaps differ:"
    if SKIPPING.search(text):
        return "By the roadmaps:"
    (verdict,) = verdicts
    if verdict is Verdict.RECOMMENDS:
        required = any(
            stage.necessity is Necessity.REQUIRED and topic.id in stage.topics
            for s in stated
            for stage in s.roadmap.stages
        )
        return "Yes:" if required or not REQUIRING.search(text) else ""
    if verdict is Verdict.ADVISES_AGAINST:
        return "No:"
    return "" if verdict is Verdict.OPTIONAL else "Not at first:"


def _unmarked(stated: Sequence[_Stated], topic: Topic, index: Index) -> tuple[Quote, ...]:
    """The sentence, if any, in which one of the roadmaps says that it does not mark the topic as required."""
    quotes = (proofs_of(index).necessity(s.roadmap.id, topic.id) for s in stated)
    texts = ((q, index.sources[q.passage.source_id].text[q.start : q.end]) for q in quotes if q)
    return tuple(q for q, text in texts if NOT_REQUIRED.search(text))[:1]


def _views(stated: Sequence[_Stated], name: str) -> str:
    """Who holds what, in one clause a verdict."""
    by_verdict: dict[Verdict, list[str]] = {}
    for one in stated:
        by_verdict.setdefault(one.stance.verdict, []).append(short_name(one.roadmap))
    clauses: list[str] = []
    for verdict, names in sorted(by_verdict.items(), key=lambda item: -len(item[1])):
        said = saying(verdict.value, len(names))
        clauses.append(f"{joined(names)} {said if clauses else _named(said, name)}")
    return "; ".join(clauses)


def _named(said: str, name: str) -> str:
    """What is said of "it", with the topic's name."""
    return re.sub(r"\bit\b", name, said)


def name_in_text(topic: Topic, quotes: Iterable[Quote], index: Index) -> str:
    """The topic's name as it stands inside a sentence: in small letters where a quote writes it so."""
    small = re.compile(rf"(?<!\w){re.escape(topic.name.lower())}(?!\w)")  # `r` is in most words
    texts = (plain(index.sources[q.passage.source_id].text[q.start : q.end]) for q in quotes)
    return topic.name.lower() if any(small.search(text) for text in texts) else topic.name


def _wrong_stance(understood: Understood, index: Index, scope: Scope) -> Lead | None:
    text, structure = understood.text, index.structure
    claim = FOR_IT.search(text)
    claims_against = AGAINST_IT.search(text) or (claim and TURNED.search(text[claim.end() :]))
    is_denied = claim and DENIED.search(text[: claim.start()])
    if len(understood.sources) != 1 or not (claim or claims_against) or is_denied or ASKS_WHETHER.search(text):
        return None
    (roadmap,) = admitted(understood, structure, scope) or (None,)
    if roadmap is None:
        return None
    for topic_id in specific_topics(understood, structure):
        topic = structure.topics[topic_id]
        found = _stated(roadmap, topic, index)
        if found is None:
            continue
        is_against = found.stance.verdict is Verdict.ADVISES_AGAINST
        holds_otherwise = found.stance.verdict in NEGATIVE if not claims_against else not is_against
        if holds_otherwise:
            view = _named(saying(found.stance.verdict.value), name_in_text(topic, [found.quote], index))
            return Lead(f"The premise does not hold: {short_name(roadmap)} {view}.", (found.quote,))
    return None


def _wrong_time(understood: Understood, index: Index, scope: Scope) -> Lead | None:
    """Correct a time that the question states of a stage, or of a roadmap for one kind of reader."""
    claim = STATED_TIME.search(understood.text)
    if claim is None or NO_CLAIM.search(claim.group()) or ASKS_ENOUGH.search(understood.text):
        return None
    low, high = number_in(claim.group(1) or claim.group(2)), number_in(claim.group(2))
    if not low or not high or low > high:
        return None
    claimed = Duration.model_validate({"minimum": low, "maximum": high, "unit": f"{claim.group(3).lower()}s"})
    for author, name, duration, quote in _times(understood, index, scope):
        if _is_apart(claimed, duration):
            stated = f"for {name} {author} gives {duration_text(duration)}"
            return Lead(f"Not {duration_text(claimed)}: {stated}.", (quote,))
    return None


def _times(understood: Understood, index: Index, scope: Scope) -> Iterable[tuple[str, str, Duration, Quote]]:
    """The one stage that the question names, or the one estimate of the roadmap that it names, with its time."""
    proofs = proofs_of(index)
    roadmaps = admitted(understood, index.structure, scope)
    named = [
        (r, s) for r in roadmaps for s in r.stages
        if s.duration and re.search(rf"\b{re.escape(s.name.split(':')[0])}\b", understood.text, re.IGNORECASE)
    ]  # fmt: skip
    if len(named) == 1:
        roadmap, stage = named[0]
        quote = proofs.stage_duration(roadmap.id, stage)
        if stage.duration and quote:
            yield short_name(roadmap), stage.name, stage.duration, quote
        return
    profiles: Sequence[Profile] = profiles_in(understood.text)
    estimates = [(r, e) for r in roadmaps for e in r.estimates if e.profile in profiles]
    if len(understood.sources) == 1 and len(estimates) == 1:
        roadmap, estimate = estimates[0]
        quote = proofs.estimate(roadmap.id, estimate)
        if quote:
            audience = f"{estimate.audience[:1].lower()}{estimate.audience[1:]}"
            yield short_name(roadmap), audience, estimate.duration, quote


def _is_apart(claimed: Duration, stated: Duration) -> bool:
    """Whether two ranges of time have nothing in common; False for units that cannot be compared."""
    try:
        a, b = alike([claimed, stated])
    except UnitError:
        return False
    return a.maximum < b.minimum or b.maximum < a.minimum


def _stated(roadmap: Roadmap, topic: Topic, index: Index) -> _Stated | None:
    stance = next((s for s in roadmap.stances if s.topic == topic.id), None)
    quote = proofs_of(index).stance(roadmap.id, stance) if stance else None
    return _Stated(roadmap, stance, quote) if stance and quote else None


def admitted(understood: Understood, structure: Structure, scope: Scope) -> list[Roadmap]:
    """The roadmaps that the question names, else all, within the scope."""
    asked = understood.sources or tuple(structure.roadmaps)
    return [structure.roadmaps[r] for r in asked if scope.sources is None or r in scope.sources]


def admits_roadmaps(scope: Scope) -> bool:
    """Whether the scope leaves roadmaps in."""
    return scope.kinds is None or Kind.ROADMAP.value in scope.kinds


def short_name(roadmap: Roadmap) -> str:
    """An author's last name, as answers name them."""
    return roadmap.author.split()[-1]


def joined(names: Sequence[str]) -> str:
    """Names as a sentence lists them: `a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"

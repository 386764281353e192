"""Answer comparisons, whole plans and sums from structured data; None for every other question."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from assistant.asked import (
    BESIDES,
    GENERAL,
    MAX_LEFTOVER,
    NECESSITY,
    NOT_A_PLAN,
    ORDER,
    SEVERAL,
    SEVERAL_PERHAPS,
    VIEWS,
    WHOLE_PLAN,
    hours_in,
    known_in,
    profiles_in,
    resources_in,
    specific_topics,
    unaccounted,
)
from assistant.citations import Citations
from assistant.compare import SILENT, Comparison, View, compare, saying
from assistant.plan import MAY_KNOW, plan
from assistant.plan_formats import marks
from assistant.plan_records import DEFAULT_HOURS, MAX_HOURS, MIN_HOURS, NO_TIME, OwnEstimate, Plan, PlanRequest
from assistant.proofs import proofs_of, topic_names
from assistant.records import Answer, Citation, Intent, Understood
from assistant.renumber import renumbered
from assistant.sum_answers import sum_answer
from assistant.topics import recommendations, topics_in
from assistant.vocabulary import words_of
from ingest.corpus_models import Profile, Resource, Structure
from ingest.index import EVERYTHING, Index, Scope
from ingest.lexical import terms
from ingest.records import Kind
from ingest.text import plain

__all__ = ["comparison_answer", "plan_answer", "sum_answer"]

MAX_TOPICS = 3
MAX_LEFTOVER_PERHAPS = 2  # of the content words beside the topics, where only a pronoun stands for the roadmaps
MAX_WORDS = 165
FEW = 2  # roadmaps that speak of a topic itself, up to which those that speak of one beside it are shown too
COMPARING = (Intent.COMPARISON, Intent.RESOURCE, Intent.FACT, Intent.PLAN)
WHOLE = frozenset("machine-learning job-search programming self-study career-change data-science".split())


def comparison_answer(understood: Understood, index: Index, scope: Scope = EVERYTHING) -> Answer | None:
    """Return what several roadmaps hold of the question's topics or who recommends its resource, else None."""
    text = understood.text
    roadmaps = _roadmaps(understood, index.structure, scope)
    if understood.intent not in COMPARING or len(roadmaps) < 2 or not VIEWS.search(text):
        return None
    is_several = bool(SEVERAL.search(text)) or len(understood.sources) > 1 or _is_beside(understood)
    if not is_several and not SEVERAL_PERHAPS.search(text):
        return None
    resources = [r for r in resources_in(text, index.structure) if not _is_topic(r, text, index.structure)][:1]
    accounted = {t for r in resources for name in (r.title, r.provider, *r.aliases) for t in terms(name)}
    others = unaccounted(understood, index.structure, accounted)
    if len(others) > (MAX_LEFTOVER if is_several else MAX_LEFTOVER_PERHAPS):
        return None
    topics = specific_topics(understood, index.structure)
    if others and not is_several and set(topics) <= WHOLE:
        return None
    found = [compare(t, index, roadmaps) for t in topics[:MAX_TOPICS]]
    if _is_beside(understood) and not any(v.verdict != SILENT for c in found for v in c.views):
        found = [compare(c.topic, index) for c in found]  # nobody but the one that is named
    spoken = [c for c in found if any(v.verdict != SILENT for v in c.views)]
    if resources:
        return _recommended(resources[0], roadmaps, understood, index)
    if not spoken or len(spoken) < len(found) or len(topics) > MAX_TOPICS:
        return None
    return _compared(spoken, understood, index)


def plan_answer(understood: Understood, index: Index, scope: Scope = EVERYTHING) -> Answer | None:
    """Return a whole study plan in short when one is asked for, else None."""
    text = understood.text
    if not WHOLE_PLAN.search(text) or NOT_A_PLAN.search(text) or len(understood.sources) > 1:
        return None
    backgrounds = profiles_in(text)
    if len(backgrounds) > 1 or _is_limited(index.structure, scope) or _is_of_a_part(understood, index.structure):
        return None
    request = PlanRequest(
        background=backgrounds[0] if backgrounds else Profile.BEGINNER,
        hours_per_week=min(MAX_HOURS, max(MIN_HOURS, hours_in(text) or DEFAULT_HOURS)),
        known=known_in(understood, index.structure),
        roadmap=understood.sources[0] if understood.sources else None,
    )
    made = plan(request, index)
    lines = [f"{made.title}, in {len(made.stages)} stages:", "\n".join(_stage_lines(made)), _length(made)]
    return _answer("\n\n".join(lines), made.citations, understood)


def _is_of_a_part(understood: Understood, structure: Structure) -> bool:
    """Whether a plan is asked for one topic, or for something that the library does not teach."""
    passed = {*GENERAL, *WHOLE, *known_in(understood, structure)}
    passed.update(t for p in profiles_in(understood.text) for t in MAY_KNOW.get(p, ()))
    topics = [t for t in topics_in(understood.text, structure) if t not in ("learning-path", "time-commitment")]
    others = unaccounted(understood, structure, set())
    return any(t not in passed for t in topics) or (bool(others) if not topics else len(others) > MAX_LEFTOVER)


def _roadmaps(understood: Understood, structure: Structure, scope: Scope) -> list[str]:
    if scope.kinds is not None and Kind.ROADMAP.value not in scope.kinds:
        return []
    named = understood.sources
    asked = (
        [r for r in structure.roadmaps if r not in named]
        if _is_beside(understood)
        else named or tuple(structure.roadmaps)
    )
    return [r for r in structure.roadmaps if r in asked and (scope.sources is None or r in scope.sources)]


def _is_beside(understood: Understood) -> bool:
    """Whether the roadmap that is named is the one that is not asked about: `besides Noyan, who likes R?`."""
    return len(understood.sources) == 1 and bool(BESIDES.search(understood.text))


def _is_limited(structure: Structure, scope: Scope) -> bool:
    """Whether the scope leaves out a roadmap or the resources, which a plan needs."""
    return scope.kinds is not None or (scope.sources is not None and not set(structure.roadmaps) <= set(scope.sources))


def _is_topic(resource: Resource, text: str, structure: Structure) -> bool:
    """Whether what names a resource in the question names one of its topics too, such as PyTorch."""
    names = {words_of(name) for name in (resource.title, *resource.aliases, resource.id.replace("-", " "))}
    return any(words_of(n) in names for t in topics_in(text, structure) for n in topic_names(structure.topics[t]))


def _compared(found: Sequence[Comparison], understood: Understood, index: Index) -> Answer:
    citations: list[Citation] = []
    blocks: list[list[str]] = [_firsts(found, citations, index)] if ORDER.search(understood.text) else []
    for comparison in found:
        offset = len(citations)
        citations += [replace(c, number=c.number + offset) for c in comparison.citations]
        direct = [v for v in comparison.views if v.verdict != SILENT]
        lines = [f"{comparison.agreement}{marks(v.holdings[0].citation + offset for v in direct)}", ""]
        lines += [f"- {_view_line(v, citations, offset, bool(ORDER.search(understood.text)))}" for v in direct]
        if NECESSITY.search(understood.text):
            lines += _necessities(comparison, direct, citations, index)
        if len(direct) <= FEW:
            fields = {index.structure.topics[t].name for t in WHOLE}
            near = (
                v for v in comparison.views if v.verdict == SILENT and v.holdings and v.holdings[0].on not in fields
            )
            lines += [_near_line(v, citations, offset) for v in near]
        blocks.append(lines)
    _shorten(blocks)
    return _answer("\n\n".join("\n".join(block) for block in blocks if block), citations, understood)


def _firsts(found: Sequence[Comparison], citations: list[Citation], index: Index) -> list[str]:
    """Which of the topics comes first, where a roadmap states it; adds the citations to `citations`."""
    own = Citations(index)
    topics = {c.topic: index.structure.topics[c.topic] for c in found}
    pairs = [(t, p) for t in topics.values() for p in t.prerequisites if p.topic in topics]
    quotes = [(p.roadmap, q) for t, p in pairs if (q := proofs_of(index).prerequisite(t, p))]
    lines = dict.fromkeys(f"{_one_line(own.cite(quote))} [{own.cite(quote).number}]" for _, quote in quotes)
    citations += own.all()
    return list(lines)


def _shorten(blocks: Sequence[list[str]]) -> None:
    """Take quotes away, the longest first, until the answer is short enough; the marks stay."""
    while sum(len(plain(line).split()) for block in blocks for line in block) > MAX_WORDS:
        quoted = [(len(line), block, n) for block in blocks for n, line in enumerate(block) if _is_quoted(line)]
        if not quoted:
            return
        _, block, place = max(quoted, key=lambda item: item[0])
        line = block[place]
        block[place] = line.split(": ", 1)[0] + f" {_marks_of(line)}"


def _is_quoted(line: str) -> bool:
    return line.startswith("- ") and ": " in line


def _near_line(view: View, citations: Sequence[Citation], offset: int) -> str:
    """What a roadmap that is silent on the topic itself says on one beside it."""
    near = view.holdings[0]
    number = near.citation + offset
    on = near.on if any(letter.isupper() for letter in near.on[1:]) else near.on.lower()
    return f"- {view.author} speaks of {on}: {_one_line(citations[number - 1])} [{number}]"


def _view_line(view: View, citations: Sequence[Citation], offset: int, shows_order: bool) -> str:
    number = view.holdings[0].citation + offset
    line = f"{view.author} {saying(view.verdict)}: {_one_line(citations[number - 1])} [{number}]"
    if shows_order and view.places:
        place = view.places[0]
        line += f" Stage {place.number} of {place.count} there: {place.stage} [{place.citation + offset}]"
    return line


def _necessities(
    comparison: Comparison, views: Sequence[View], citations: list[Citation], index: Index
) -> Iterable[str]:
    """What the roadmaps say about whether the topic is required; adds the citations to `citations`."""
    own = Citations(index)
    for view in views:
        quote = proofs_of(index).necessity(view.roadmap, comparison.topic)
        stated = citations[view.holdings[0].citation - 1]
        if quote and own.cite(quote).quote != stated.quote:
            cited = replace(own.cite(quote), number=len(citations) + 1)
            citations.append(cited)
            yield f"- {view.author}: {_one_line(cited)} [{cited.number}]"


def _marks_of(line: str) -> str:
    found = re.findall(r"\[\d+\]", line)
    return found[0] if found else ""


def _recommended(resource: Resource, roadmaps: Sequence[str], understood: Understood, index: Index) -> Answer | None:
    citations = Citations(index)
    proofs = proofs_of(index)
    lines: dict[str, str] = {}
    numbers: dict[str, int] = {}
    for recommendation in recommendations(resource, index.structure):
        quote = proofs.recommendation(resource, recommendation)
        if recommendation.roadmap in roadmaps and recommendation.roadmap not in lines and quote:
            cited = citations.cite(quote)
            author = index.structure.roadmaps[recommendation.roadmap].author
            lines[recommendation.roadmap] = f"- {author}: {_one_line(cited)} [{cited.number}]"
            numbers[author] = cited.number
    if not lines:
        return None
    names = ", ".join(numbers)
    lead = f"{len(lines)} of {len(roadmaps)} roadmaps point to {resource.title}: {names}.{marks(numbers.values())}"
    return _answer(f"{lead}\n\n" + "\n".join(lines.values()), citations.all(), understood)


def _stage_lines(made: Plan) -> Iterable[str]:
    for stage in made.stages:
        if stage.status == "already known":
            yield f"{stage.number}. {stage.name}: skipped, already known"
        else:
            proof = stage.weeks.citations if stage.weeks else tuple(n for w in stage.what[:1] for n in w.citations)
            time = f": {stage.weeks.text}" if stage.weeks else ""
            known = f" ({stage.hint})" if stage.hint and stage.hint.startswith("already known") else ""
            yield f"{stage.number}. {stage.name}{known}{time}{marks(proof)}"


def _length(made: Plan) -> str:
    if made.total:
        text = f"The cited times add up to {made.total.text.split(' = ')[-1]}{marks(made.total.citations)}"
        text += f"; for the other {made.untimed} stages {NO_TIME}." if made.untimed else "."
    else:
        text = f"For these stages {NO_TIME}."
    return " ".join([text, *(_own(e) for e in made.estimates)])


def _own(estimate: OwnEstimate) -> str:
    pace = " full-time" if "full-time" in estimate.pace else " after work" if "after work" in estimate.pace else ""
    return f"{estimate.roadmap} itself estimates {estimate.text}{pace}. [{estimate.citation}]"


def _one_line(citation: Citation) -> str:
    return " ".join(citation.quote.split())


def _answer(text: str, citations: Sequence[Citation], understood: Understood) -> Answer:
    """An answer whose marks count from 1 in order of first use, with the citations used and no others."""
    text, used = renumbered(text, citations)
    return Answer(text, used, abstained=False, reason=None, mode="extractive", question=understood.text)

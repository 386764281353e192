"""Answer sums, extremes and differences of cited durations, with the terms shown; None for other questions."""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.asked import (
    MAX_LEFTOVER,
    hours_in,
    number_in,
    profile_words,
    profiles_in,
    resources_in,
    specific_topics,
    unaccounted,
)
from assistant.citations import Citations
from assistant.compare import list_name
from assistant.durations import (
    CALENDAR_WEEKS,
    CONVERSION,
    UnitError,
    alike,
    difference,
    duration_text,
    in_unit,
    longest,
    number_text,
    shortest,
    sum_text,
    total,
)
from assistant.plan_formats import marks
from assistant.proofs import proofs_of
from assistant.records import Answer, Understood
from assistant.renumber import renumbered
from assistant.sum_words import (
    ADDED,
    ASKED_UNIT,
    BACKGROUNDS,
    DIFFERENCE,
    ENOUGH,
    EXTREMES,
    HALFWAY,
    HOW_LONG,
    LEAST,
    LIMIT,
    LONGEST,
    MATCHING,
    MOST,
    NAMED_NUMBERS,
    NARROW,
    OPERATIONS,
    REST,
    SAVING,
    SHORTEST,
    SPREAD,
    SUM,
    TIME,
    UNITS,
    WITHOUT,
    chosen_stages,
)
from ingest.corpus_models import Duration, Estimate, Profile, Resource, Roadmap, Stage, Structure, Unit
from ingest.index import EVERYTHING, Index, Scope
from ingest.lexical import terms


@dataclass(frozen=True, slots=True)
class _Term:
    name: str
    duration: Duration
    citation: int


def sum_answer(understood: Understood, index: Index, scope: Scope = EVERYTHING) -> Answer | None:
    """Return a sum, shortest, longest or difference of stages' durations or of estimates, else None."""
    text = understood.text
    asks_enough = LIMIT.search(text) and ENOUGH.search(text)
    asks = any(o.search(text) for o in (*OPERATIONS, MATCHING, HOW_LONG)) or asks_enough or hours_in(text)
    if not TIME.search(text) or not asks:
        return None
    if scope.kinds is not None and "roadmap" not in scope.kinds:
        return None
    admitted = [r for r in index.structure.roadmaps.values() if scope.sources is None or r.id in scope.sources]
    named = [r for r in admitted if r.id in understood.sources] or (admitted if not understood.sources else [])
    timed = [r for r in named if any(s.duration for s in r.stages)]
    others = unaccounted(understood, index.structure, _named_words(text, index.structure) | profile_words(text))
    stages = chosen_stages(text, timed[0]) if len(timed) == 1 else []
    is_plain = bool(UNITS.search(text) and stages)
    if len(others) > (2 * MAX_LEFTOVER if is_plain else MAX_LEFTOVER):
        return None
    profiles = profiles_in(text) or (
        list(Profile) if BACKGROUNDS.search(text) and any(p.search(text) for p in EXTREMES) else []
    )
    if profiles:
        against = _against_estimates(understood, timed[0], stages, named, profiles, index) if len(stages) > 1 else None
        return against or _of_estimates(understood, named, profiles, index)
    resources = [r for r in resources_in(text, index.structure) if r.duration]
    if len(resources) > 1:
        return _of_resources(understood, resources, index)
    if stages:
        return _of_stages(understood, timed[0], stages, index)
    is_of_wholes = len(understood.sources) > 1 and not specific_topics(understood, index.structure)
    return _of_everybody(understood, named, index) if is_of_wholes else None


def _of_stages(understood: Understood, roadmap: Roadmap, stages: Sequence[Stage], index: Index) -> Answer | None:
    citations = Citations(index)
    found = _stage_terms(roadmap, stages, citations, index)
    if not found or len(found) < len(stages):
        return None
    try:
        lead = _stage_lead(understood.text, roadmap, found, stages)
    except UnitError:
        return None
    if lead is None:
        return None
    return _answer([lead, _listed(found)], citations, understood)


def _stage_terms(roadmap: Roadmap, stages: Sequence[Stage], citations: Citations, index: Index) -> list[_Term]:
    quotes = ((s, s.duration, proofs_of(index).stage_duration(roadmap.id, s)) for s in stages)
    return [_Term(s.name, duration, citations.cite(q).number) for s, duration, q in quotes if duration and q]


def _stage_lead(text: str, roadmap: Roadmap, found: Sequence[_Term], stages: Sequence[Stage]) -> str | None:
    proof = marks(t.citation for t in found)
    durations = [t.duration for t in found]
    whole = total(durations)
    if len(found) == 1:
        more = [*_in_other_terms(text, whole), *_against_limit(text, whole)]
        return f"{_one_sentence([f'{found[0].name} takes {duration_text(whole)}.', *more])}{proof}" if more else None
    asks_enough = bool(LIMIT.search(text) and ENOUGH.search(text))
    if SHORTEST.search(text) and LONGEST.search(text) and DIFFERENCE.search(text) and not ADDED.search(text):
        return _difference_line(found[longest(durations)[0]], found[shortest(durations)[0]])
    is_added = any(p.search(text) for p in (ADDED, NAMED_NUMBERS, HALFWAY))
    if not (asks_enough or is_added) and (lead := _extreme(text, found)):
        return lead
    asks_more = bool(REST.search(text) or WITHOUT.search(text))
    if DIFFERENCE.search(text) and len(found) == 2 and not ADDED.search(text) and not asks_more:
        return _difference_line(found[0], found[1])
    asks_sum = (
        SUM.search(text)
        or HALFWAY.search(text)
        or NAMED_NUMBERS.search(text)
        or LIMIT.search(text)
        or HOW_LONG.search(text)
    )
    if not (asks_sum or asks_more):
        return None
    more = [*_ends(text, whole), *_in_other_terms(text, whole), *_against_limit(text, whole)]
    return f"{_one_sentence([_sum_line(roadmap, stages, durations), *more])}{proof}"


def _sum_line(roadmap: Roadmap, stages: Sequence[Stage], durations: Sequence[Duration]) -> str:
    noun = f"{(list_name(stages[0]) or 'stage').lower()}s"
    return f"Together, these {len(stages)} {noun} of {roadmap.author} take {sum_text(durations)}."


def _extreme(text: str, found: Sequence[_Term]) -> str | None:
    """Which of the terms is the shortest, the longest, or has the widest or narrowest range, where the text asks."""
    durations = [t.duration for t in found]
    spread = SPREAD.search(text)
    if spread:
        is_least = bool(NARROW.search(text))
        widths = [d.maximum - d.minimum for d in alike(durations)]
        best = [t for t, w in zip(found, widths, strict=True) if w == (min if is_least else max)(widths)]
        width = f"{number_text((min if is_least else max)(widths))} {alike(durations)[0].unit}"
        ranges = " and ".join(f"{t.name} ({duration_text(t.duration)})" for t in best)
        word = "narrowest" if is_least else "widest"
        return f"The {word} of these ranges: {ranges}, {width} apart.{marks(t.citation for t in best)}"
    for pattern, places, word in ((SHORTEST, shortest, "shortest"), (LONGEST, longest, "longest")):
        if pattern.search(text):
            best = [found[n] for n in places(durations)]
            names = " and ".join(t.name for t in best)
            verb, each = ("are", " each") if len(best) > 1 else ("is", "")
            return f"The {word} of these {verb} {names}: {duration_text(best[0].duration)}{each}.{marks(t.citation for t in best)}"
    return None


def _one_sentence(lines: Sequence[str]) -> str:
    """Join lines that rest on the same citations, so that these stand once."""
    first, *others = (line.rstrip(".") for line in lines)
    return "; ".join([first, *(f"{line[:1].lower()}{line[1:]}" for line in others)]) + "."


def _ends(text: str, whole: Duration) -> list[str]:
    """The one end of a range that the question asks for, in words."""
    if whole.minimum == whole.maximum:
        return []
    unit, low, high = whole.unit, number_text(whole.minimum), number_text(whole.maximum)
    least = [f"{low} {unit} at the least"] if LEAST.search(text) else []
    most = [f"{high} {unit} at the most"] if MOST.search(text) else []
    half = (whole.minimum + whole.maximum) / 2
    middle = [f"{number_text(half)} {unit} halfway"] if HALFWAY.search(text) else []
    apart = f", {number_text(whole.maximum - whole.minimum)} {unit} apart" if least and most else ""
    ends = [*least, *most, *middle]
    return [f"That is {' and '.join(ends)}{apart}."] if ends else []


def _in_other_terms(text: str, whole: Duration) -> list[str]:
    """The sum in the unit that the question names, and in hours where it gives hours a week."""
    lines = []
    asked = ASKED_UNIT.search(text)
    if asked and asked.group(1).lower() != whole.unit.rstrip("s") and whole.unit in CALENDAR_WEEKS:
        unit: Unit = "years" if asked.group(1).lower() == "year" else "months"
        lines.append(f"In {unit}: {duration_text(in_unit(whole, unit))} ({CONVERSION}).")
    pace = hours_in(text)
    if pace and whole.unit in CALENDAR_WEEKS:
        weeks = in_unit(whole, "weeks")
        hours = Duration(minimum=weeks.minimum * pace, maximum=weeks.maximum * pace, unit="hours")
        lines.append(f"At {pace} hours a week, {duration_text(weeks)} are {duration_text(hours)}.")
    return lines


def _of_resources(understood: Understood, resources: Sequence[Resource], index: Index) -> Answer | None:
    """The lengths of the resources that the question names, added up or subtracted."""
    citations, proofs = Citations(index), proofs_of(index)
    found = [_Term(r.title, r.duration, citations.cite(q).number) for r in resources
             if r.duration and (q := proofs.resource_duration(r))]  # fmt: skip
    if len(found) < 2 or len(found) < len(resources):
        return None
    text = understood.text
    try:
        if DIFFERENCE.search(text) and len(found) == 2 and not ADDED.search(text):
            lead = _difference_line(found[0], found[1])
        elif SUM.search(text) or "+" in text:
            lead = f"Together, they take {sum_text([t.duration for t in found])}.{marks(t.citation for t in found)}"
        else:
            return None
    except UnitError:
        return None
    return _answer([lead, _listed(found)], citations, understood)


def _against_limit(text: str, whole: Duration) -> list[str]:
    """Say whether a time that the question names is enough."""
    limit = LIMIT.search(text)
    if not limit or not ENOUGH.search(text):
        return []
    word = (limit.group(1) or "a").lower()
    number = 0.5 if word == "half a" else 1 if word in ("a", "an") else number_in(word) or 1
    asked = Duration.model_validate(
        {"minimum": number, "maximum": number, "unit": limit.group(2).lower().rstrip("s") + "s"}
    )
    given, unit = in_unit(asked, whole.unit), whole.unit
    has = "" if asked.unit == unit else f" ({number_text(given.minimum)} {unit})"
    name = f"{duration_text(asked).capitalize()}{has}"
    if given.minimum >= whole.maximum:
        return [f"{name}: enough, even at the maximum of {number_text(whole.maximum)} {unit}."]
    if given.minimum < whole.minimum:
        lack = f"{number_text(whole.minimum - given.minimum)} {unit}"
        return [f"{name}: not enough, even at the minimum of {number_text(whole.minimum)} {unit}; short by {lack}."]
    lack = f"{number_text(whole.maximum - given.minimum)} {unit}"
    return [
        f"{name}: enough for the minimum, not for the maximum of {number_text(whole.maximum)} {unit}, short by {lack}."
    ]


def _against_estimates(
    understood: Understood,
    roadmap: Roadmap,
    stages: Sequence[Stage],
    named: Sequence[Roadmap],
    profiles: Sequence[Profile],
    index: Index,
) -> Answer | None:
    """The stages' sum beside the estimates for these readers: the roadmap's own, or those of the roadmaps that are named."""
    citations = Citations(index)
    found = _stage_terms(roadmap, stages, citations, index)
    if len(found) < len(stages):
        return None
    givers = named if understood.sources else [roadmap]
    estimates = [
        (r, e, proofs_of(index).estimate(r.id, e)) for r in givers for e in r.estimates if e.profile in profiles
    ]
    held = [_Term(_audience(r, e), e.duration, citations.cite(q).number) for r, e, q in estimates if q]
    if not held:
        return None
    whole = total([t.duration for t in found])
    proof = marks(t.citation for t in found)
    in_months = f"In months: {duration_text(in_unit(whole, 'months'))} ({CONVERSION})."
    lead = _one_sentence([_sum_line(roadmap, stages, [t.duration for t in found]), in_months]) + proof
    gaps = [_gap(in_unit(whole, t.duration.unit), t) for t in held]
    return _answer([lead, *gaps, _listed(found)], citations, understood)


def _gap(whole: Duration, estimate: _Term) -> str:
    """How the sum stands to one estimate."""
    given = estimate.duration
    gap = difference(given, whole)
    if whole.maximum < given.minimum or whole.minimum > given.maximum:
        said = f"the sum is {duration_text(gap)} {'less' if whole.maximum < given.minimum else 'more'}"
    else:
        said = "the two overlap"
    return f"- {estimate.name}: {duration_text(given)}, so {said}. [{estimate.citation}]"


def _audience(roadmap: Roadmap, estimate: Estimate) -> str:
    return f"{roadmap.author}, {estimate.audience[:1].lower()}{estimate.audience[1:]}"


def _of_estimates(
    understood: Understood, roadmaps: Sequence[Roadmap], profiles: Sequence[Profile], index: Index
) -> Answer | None:
    citations, text = Citations(index), understood.text
    wanted = _wanted(text, profiles)
    by_roadmap = _estimate_terms(roadmaps, wanted, citations, index)
    found = [term for terms_found in by_roadmap for term in terms_found]
    lines: list[str] = []
    for terms_found in by_roadmap:
        lines.append(_listed(terms_found))
        if len(wanted) == 2 and len(terms_found) == 2:
            lines.append(_difference_line(*terms_found))
    if not lines:
        return None
    is_of_two = len(by_roadmap) == 2 and len(understood.sources) == 2
    asks_apart = is_of_two and bool(DIFFERENCE.search(text))
    if len(wanted) == 1 and len(by_roadmap) > 1 and (is_of_two or MATCHING.search(text)):
        gap = [_difference_line(*found)] if asks_apart else []
        lead = _match_lead(roadmaps, wanted[0]) + marks(t.citation for t in found)
        return _answer([lead, *gap, *lines], citations, understood)
    limits = [line for t in found for line in _against_limit(text, t.duration)] if len(wanted) == 1 else []
    if limits:
        verdicts = [f"{t.name}: {v[:1].lower()}{v[1:]} [{t.citation}]" for t, v in zip(found, limits, strict=True)]
        return _answer([*verdicts, *lines], citations, understood)
    if len(wanted) == 2 and DIFFERENCE.search(text):
        return _answer(lines, citations, understood)
    extreme = _extreme(text, found) if len(found) > 1 else None
    return _answer([extreme, *lines], citations, understood) if extreme else None


def _of_everybody(understood: Understood, roadmaps: Sequence[Roadmap], index: Index) -> Answer | None:
    """Every estimate of several roadmaps side by side; None where fewer than two give any."""
    citations = Citations(index)
    found = [terms for p in Profile for terms in _estimate_terms(roadmaps, [p], citations, index)]
    giving = [r for r in roadmaps if r.estimates]
    silent = [r.author for r in roadmaps if not r.estimates]
    if len(giving) < 2:
        return None
    lead = f"{' and '.join(r.author for r in giving)} give these times for the whole"
    lead += f"; none: {', '.join(silent)}." if silent else "."
    return _answer([lead, *(_listed(terms) for terms in found)], citations, understood)


def _estimate_terms(
    roadmaps: Sequence[Roadmap], wanted: Sequence[Profile], citations: Citations, index: Index
) -> list[list[_Term]]:
    """The estimates for these readers, a list per roadmap that gives any; for two kinds of reader it has to give both."""
    found: list[list[_Term]] = []
    for roadmap in roadmaps:
        by_profile = {e.profile: e for e in roadmap.estimates}
        if len(wanted) == 2 and not set(wanted) <= set(by_profile):
            continue
        given = [by_profile[p] for p in wanted if p in by_profile]
        quotes = ((e, proofs_of(index).estimate(roadmap.id, e)) for e in given)
        held = [_Term(_audience(roadmap, e), e.duration, citations.cite(q).number) for e, q in quotes if q]
        found += [held] if held else []
    return found


def _wanted(text: str, profiles: Sequence[Profile]) -> list[Profile]:
    """The kinds of reader to compare; those who begin too, where it is asked what the others save."""
    is_saving = len(profiles) == 1 and bool(SAVING.search(text) and DIFFERENCE.search(text))
    return [p for p in Profile if p in profiles or (is_saving and p is Profile.BEGINNER)]


def _match_lead(roadmaps: Sequence[Roadmap], profile: Profile) -> str:
    estimates = [e.duration for r in roadmaps for e in r.estimates if e.profile is profile]
    same = len({(d.minimum, d.maximum, d.unit) for d in estimates}) == 1
    silent = len(roadmaps) - len(estimates)
    verdict = "agree" if same else "differ"
    return (
        f"The estimates {verdict}; {silent} of {len(roadmaps)} roadmaps give none."
        if silent
        else f"The estimates {verdict}."
    )


def _difference_line(a: _Term, b: _Term) -> str:
    more, less = (
        (a, b) if (a.duration.maximum, a.duration.minimum) >= (b.duration.maximum, b.duration.minimum) else (b, a)
    )
    gap = difference(more.duration, less.duration)
    terms_text = f"{duration_text(more.duration)} − {duration_text(less.duration)}"
    ends = abs(more.duration.minimum - less.duration.minimum), abs(more.duration.maximum - less.duration.maximum)
    is_range = ends[0] != ends[1] and more.duration.unit == less.duration.unit
    note = (
        f" (least against least {number_text(ends[0])} {gap.unit}, most against most {number_text(ends[1])} {gap.unit})"
        if is_range
        else ""
    )
    return f"The difference is {terms_text} = {duration_text(gap)}{note}.{marks((more.citation, less.citation))}"


def _listed(found: Sequence[_Term]) -> str:
    return "\n".join(f"- {t.name}: {duration_text(t.duration)} [{t.citation}]" for t in found)


def _named_words(text: str, structure: Structure) -> set[str]:
    """The words of stages of known length, and of the resources that the text names."""
    names = [n for r in structure.roadmaps.values() for s in r.stages if s.duration for n in (s.name, *s.aliases)]
    names += [n for r in resources_in(text, structure) for n in (r.title, r.provider, *r.aliases)]
    return {t for name in names for t in terms(name)}


def _answer(parts: Sequence[str], citations: Citations, understood: Understood) -> Answer:
    """Lists that follow each other become one."""
    text = ""
    for part in parts:
        is_more = part.startswith("- ") and text.rpartition("\n")[2].startswith("- ")
        text += ("\n" if is_more else "\n\n" if text else "") + part
    text, used = renumbered(text, citations.all())
    return Answer(text, used, abstained=False, reason=None, mode="extractive", question=understood.text)

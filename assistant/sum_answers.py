"""Answer sums, extremes and differences of cited durations, with the terms shown; None for other questions."""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.asked import MAX_LEFTOVER, hours_in, number_in, profile_words, profiles_in, resources_in, unaccounted
from assistant.citations import Citations
from assistant.compare import list_name
from assistant.durations import (
    CALENDAR_WEEKS,
    CONVERSION,
    UnitError,
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
    DIFFERENCE,
    ENOUGH,
    LEAST,
    LIMIT,
    LONGEST,
    MATCHING,
    MOST,
    NAMED_NUMBERS,
    OPERATIONS,
    SAVING,
    SHORTEST,
    SUM,
    TIME,
    UNITS,
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
    asks = any(o.search(text) for o in (*OPERATIONS, MATCHING)) or asks_enough or hours_in(text)
    if not TIME.search(text) or not asks:
        return None
    if scope.kinds is not None and "roadmap" not in scope.kinds:
        return None
    admitted = [r for r in index.structure.roadmaps.values() if scope.sources is None or r.id in scope.sources]
    named = [r for r in admitted if r.id in understood.sources] or (admitted if not understood.sources else [])
    timed = [r for r in named if any(s.duration for s in r.stages)]
    others = unaccounted(understood, index.structure, _named_words(text, index.structure) | profile_words(text))
    is_plain = bool(UNITS.search(text)) and len(timed) == 1 and bool(chosen_stages(text, timed[0]))
    if len(others) > (2 * MAX_LEFTOVER if is_plain else MAX_LEFTOVER):
        return None
    profiles = profiles_in(text)
    if profiles:
        return _of_estimates(understood, named, profiles, index)
    resources = [r for r in resources_in(text, index.structure) if r.duration]
    if len(resources) > 1:
        return _of_resources(understood, resources, index)
    return _of_stages(understood, timed[0], index) if len(timed) == 1 else None


def _of_stages(understood: Understood, roadmap: Roadmap, index: Index) -> Answer | None:
    stages = chosen_stages(understood.text, roadmap)
    citations, proofs = Citations(index), proofs_of(index)
    found = [_Term(s.name, s.duration, citations.cite(q).number) for s in stages
             if s.duration and (q := proofs.stage_duration(roadmap.id, s))]  # fmt: skip
    if not found or len(found) < len(stages):
        return None
    try:
        lead = _stage_lead(understood.text, roadmap, found, stages)
    except UnitError:
        return None
    if lead is None:
        return None
    return _answer([lead, _listed(found)], citations, understood)


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
    for pattern, places, word in ((SHORTEST, shortest, "shortest"), (LONGEST, longest, "longest")):
        if pattern.search(text) and not (asks_enough or ADDED.search(text) or NAMED_NUMBERS.search(text)):
            best = [found[n] for n in places(durations)]
            names = " and ".join(t.name for t in best)
            verb, each = ("are", " each") if len(best) > 1 else ("is", "")
            return f"The {word} of these {verb} {names}: {duration_text(best[0].duration)}{each}.{marks(t.citation for t in best)}"
    if DIFFERENCE.search(text) and len(found) == 2 and not ADDED.search(text):
        return _difference_line(found[0], found[1])
    if not SUM.search(text) and not NAMED_NUMBERS.search(text) and not LIMIT.search(text):
        return None
    noun = f"{(list_name(stages[0]) or 'stage').lower()}s"
    lead = f"Together, these {len(found)} {noun} of {roadmap.author} take {sum_text(durations)}."
    more = [*_ends(text, whole), *_in_other_terms(text, whole), *_against_limit(text, whole)]
    return f"{_one_sentence([lead, *more])}{proof}"


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
    apart = f", {number_text(whole.maximum - whole.minimum)} {unit} apart" if least and most else ""
    return [f"That is {' and '.join([*least, *most])}{apart}."] if least or most else []


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


def _of_estimates(
    understood: Understood, roadmaps: Sequence[Roadmap], profiles: Sequence[Profile], index: Index
) -> Answer | None:
    citations, proofs = Citations(index), proofs_of(index)
    text = understood.text
    wanted = _wanted(text, profiles)
    lines: list[str] = []
    terms_found: list[_Term] = []
    compared = 0
    for roadmap in roadmaps:
        found: list[_Term] = []
        by_profile: dict[Profile, Estimate] = {e.profile: e for e in roadmap.estimates}
        if len(wanted) == 2 and not set(wanted) <= set(by_profile):
            continue
        for profile in wanted:
            estimate = by_profile.get(profile)
            quote = proofs.estimate(roadmap.id, estimate) if estimate else None
            if estimate and quote:
                name = f"{roadmap.author}, {estimate.audience[:1].lower()}{estimate.audience[1:]}"
                found.append(_Term(name, estimate.duration, citations.cite(quote).number))
        lines += [_listed(found)] if found else []
        if len(wanted) == 2 and len(found) == 2:
            lines.append(_difference_line(*found))
        compared += bool(found)
        terms_found += found
    is_difference = len(wanted) == 2 and bool(DIFFERENCE.search(understood.text))
    asks_apart = compared == 2 and len(understood.sources) == 2 and bool(DIFFERENCE.search(understood.text))
    limits = [line for t in terms_found for line in _against_limit(text, t.duration)] if len(wanted) == 1 else []
    is_match = len(wanted) == 1 and compared > 1 and (asks_apart or bool(MATCHING.search(understood.text)))
    if not lines or not (is_difference or is_match or limits):
        return None
    if limits and not is_match:
        verdicts = [
            f"{t.name}: {v[:1].lower()}{v[1:]} [{t.citation}]" for t, v in zip(terms_found, limits, strict=True)
        ]
        return _answer([*verdicts, *lines], citations, understood)
    if is_match:
        lines.insert(0, _match_lead(roadmaps, wanted[0]) + marks(t.citation for t in terms_found))
        if asks_apart:
            lines.insert(1, _difference_line(*terms_found))
    return _answer(lines, citations, understood)


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
    names = [s.name for r in structure.roadmaps.values() for s in r.stages if s.duration]
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

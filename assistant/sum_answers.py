"""Answer sums, extremes and differences of cited durations, with the terms shown; None for other questions."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.asked import hours_in, is_about_more, number_in, profiles_in, resources_in
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
    range_text,
    shortest,
    sum_text,
    total,
)
from assistant.plan_formats import marks
from assistant.proofs import proofs_of
from assistant.records import Answer, Understood
from assistant.renumber import renumbered
from assistant.vocabulary import words_of
from ingest.corpus_models import Duration, Estimate, Profile, Resource, Roadmap, Stage, Structure, Unit
from ingest.index import EVERYTHING, Index, Scope
from ingest.lexical import terms

NUMBER = r"(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten)"
TIME = re.compile(
    r"\b(?:how long|how many (?:weeks|months|years)|time|times|durations?|lengths?|totals?|weeks?|months?|years?|takes?"
    r"|long|longe[rs]t?|short\w*|estimates?|quick\w*|fast\w*|slow\w*|hours?|hrs?)\b",
    re.IGNORECASE,
)
SUM = re.compile(
    r"\b(?:together|total|totals|add|adds|adding|added|sum|sums|altogether|combined|in all|one after (?:the other|another)|overall"
    r"|consecutively|in a row|back to back|enough|plus|all|every|entire|whole|both|first|last)\b",
    re.IGNORECASE,
)
ADDED = re.compile(
    r"\b(?:together|totals?|add(?:s|ed|ing)? up|sums?|altogether|combined|in all|overall|back to back|in a row|consecutively"
    r"|one after (?:the other|another)|(?:best|worst|shortest|longest|quickest|fastest|slowest) (?:case|total|scenario|sum))\b",
    re.IGNORECASE,
)
SHORTEST = re.compile(r"\b(?:shortest|quickest|fastest|least time|least long|takes? the least)\b", re.IGNORECASE)
LONGEST = re.compile(r"\b(?:longest|slowest|most time|takes? the most)\b", re.IGNORECASE)
DIFFERENCE = re.compile(
    r"\b(?:differ\w*|save[sd]?|saving|longer|shorter|faster|quicker|less|more|versus|vs|compar\w+|extra|gap|apart)\b",
    re.IGNORECASE,
)
MATCHING = re.compile(r"\b(?:match\w*|agree\w*|differ\w*|compar\w+|same|versus|vs|disagree\w*)\b", re.IGNORECASE)
ALL_OF = re.compile(
    rf"\b(?:all|every|each|the whole|entire|the|{NUMBER})\b[^.?!]{{0,14}}\b(?:modules|steps|stages)\b|\bevery module\b",
    re.I,
)
NAMED_NUMBERS = re.compile(
    rf"\b(?:modules?|steps?|stages?)\s+((?:{NUMBER}|,|\s|and|to|through|plus|&|-|–|\+)+)", re.IGNORECASE
)
EDGE = re.compile(rf"\b(first|last|final)\s+({NUMBER})\s+(?:modules|steps|stages)\b", re.IGNORECASE)
LIMIT = re.compile(
    rf"\b(?:(half a|a|an|{NUMBER})\s+(?:single |whole |full )?|single )(weeks?|months?|years?)\b", re.IGNORECASE
)
LEAST = re.compile(r"\b(?:min|minimum|least|shortest|lowest|best case|quickest|fastest|earliest)\b", re.IGNORECASE)
MOST = re.compile(r"\b(?:max|maximum|most|longest|highest|worst case|slowest|latest)\b", re.IGNORECASE)
ASKED_UNIT = re.compile(r"\b(?:in|how many) (month|year)s\b", re.IGNORECASE)
OPERATIONS = (SUM, SHORTEST, LONGEST, DIFFERENCE)


@dataclass(frozen=True, slots=True)
class _Term:
    name: str
    duration: Duration
    citation: int


def sum_answer(understood: Understood, index: Index, scope: Scope = EVERYTHING) -> Answer | None:
    """Return a sum, shortest, longest or difference of stages' durations or of estimates, else None."""
    text = understood.text
    if not TIME.search(text) or not any(o.search(text) for o in (*OPERATIONS, MATCHING)):
        return None
    if scope.kinds is not None and "roadmap" not in scope.kinds:
        return None
    if is_about_more(understood, index.structure, _named_words(text, index.structure)):
        return None
    admitted = [r for r in index.structure.roadmaps.values() if scope.sources is None or r.id in scope.sources]
    named = [r for r in admitted if r.id in understood.sources] or (admitted if not understood.sources else [])
    profiles = profiles_in(text)
    if profiles:
        return _of_estimates(understood, named, profiles, index)
    resources = [r for r in resources_in(text, index.structure) if r.duration]
    if len(resources) > 1:
        return _of_resources(understood, resources, index)
    timed = [r for r in named if any(s.duration for s in r.stages)]
    return _of_stages(understood, timed[0], index) if len(timed) == 1 else None


def _of_stages(understood: Understood, roadmap: Roadmap, index: Index) -> Answer | None:
    stages = _chosen(understood.text, roadmap)
    citations, proofs = Citations(index), proofs_of(index)
    found = [_Term(s.name, s.duration, citations.cite(q).number) for s in stages
             if s.duration and (q := proofs.stage_duration(roadmap.id, s))]  # fmt: skip
    if len(found) < 2 or len(found) < len(stages):
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
    for pattern, places, word in ((SHORTEST, shortest, "shortest"), (LONGEST, longest, "longest")):
        if pattern.search(text) and not ADDED.search(text):
            best = [found[n] for n in places(durations)]
            names = " and ".join(t.name for t in best)
            verb, each = ("are", " each") if len(best) > 1 else ("is", "")
            return f"The {word} of these {verb} {names}: {duration_text(best[0].duration)}{each}.{marks(t.citation for t in best)}"
    if DIFFERENCE.search(text) and len(found) == 2 and not ADDED.search(text):
        return _difference_line(found[0], found[1])
    if not SUM.search(text) and not NAMED_NUMBERS.search(text):
        return None
    whole = total(durations)
    noun = f"{(list_name(stages[0]) or 'stage').lower()}s"
    lead = f"Together, these {len(found)} {noun} of {roadmap.author} take {sum_text(durations)}.{proof}"
    return " ".join([lead, *_ends(text, whole), *_in_other_terms(text, whole), *_against_limit(text, whole)])


def _ends(text: str, whole: Duration) -> list[str]:
    """The one end of a range that the question asks for, in words."""
    if whole.minimum == whole.maximum:
        return []
    unit, low, high = whole.unit, number_text(whole.minimum), number_text(whole.maximum)
    least = [f"{low} {unit} at the least"] if LEAST.search(text) else []
    most = [f"{high} {unit} at the most"] if MOST.search(text) else []
    return [f"That is {' and '.join([*least, *most])}."] if least or most else []


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
    if not limit or not re.search(r"\b(?:enough|within|in|fit|suffice|make it|manage|finish)\b", text, re.IGNORECASE):
        return []
    word = (limit.group(1) or "a").lower()
    number = 0.5 if word == "half a" else 1 if word in ("a", "an") else number_in(word) or 1
    asked = Duration.model_validate(
        {"minimum": number, "maximum": number, "unit": limit.group(2).lower().rstrip("s") + "s"}
    )
    weeks, needed = in_unit(asked, "weeks"), in_unit(whole, "weeks")
    given = f"{duration_text(asked).capitalize()} has {number_text(weeks.minimum)} weeks"
    if weeks.minimum >= needed.maximum:
        return [f"{given}: enough, even at the maximum of {number_text(needed.maximum)} weeks."]
    if weeks.minimum < needed.minimum:
        return [f"{given}: not enough, even at the minimum of {number_text(needed.minimum)} weeks."]
    return [f"{given}: enough for the minimum, not for the maximum of {number_text(needed.maximum)} weeks."]


def _of_estimates(
    understood: Understood, roadmaps: Sequence[Roadmap], profiles: Sequence[Profile], index: Index
) -> Answer | None:
    citations, proofs = Citations(index), proofs_of(index)
    wanted = [p for p in Profile if p in profiles]
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
    asks_apart = compared == 2 and bool(DIFFERENCE.search(understood.text))
    is_match = len(wanted) == 1 and compared > 1 and (asks_apart or bool(MATCHING.search(understood.text)))
    if not lines or not (is_difference or is_match):
        return None
    if is_match:
        lines.insert(0, _match_lead(roadmaps, wanted[0]))
        if asks_apart:
            lines.insert(1, _difference_line(*terms_found))
    return _answer(lines, citations, understood)


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
    note = "" if range_text(gap) == number_text(gap.minimum) else " (least against least, most against most)"
    return f"The difference is {terms_text} = {duration_text(gap)}{note}.{marks((more.citation, less.citation))}"


def _listed(found: Sequence[_Term]) -> str:
    return "\n".join(f"- {t.name}: {duration_text(t.duration)} [{t.citation}]" for t in found)


def _chosen(text: str, roadmap: Roadmap) -> list[Stage]:
    """The stages of known length that the question means: by number, by place, by name, or all."""
    timed = [s for s in roadmap.stages if s.duration]
    edge = EDGE.search(text)
    if edge:
        count = number_in(edge.group(2)) or 0
        return timed[:count] if edge.group(1).lower() == "first" else timed[-count:]
    numbers = _numbers(text)
    if numbers:
        return [s for s in timed if _own_number(s) in numbers] if len(numbers) <= len(timed) else []
    by_name = [s for s in timed if _holds(text, s)]
    if len(by_name) >= 2:
        return by_name
    return (
        timed if ALL_OF.search(text) or re.search(r"\b(?:which|shortest|longest) module\b", text, re.IGNORECASE) else []
    )


def _numbers(text: str) -> set[int]:
    found: set[int] = set()
    for match in NAMED_NUMBERS.finditer(text):
        words = re.findall(rf"{NUMBER}|to|through|-|–", match.group(1), re.IGNORECASE)
        values = [number_in(w) for w in words]
        known = [v for v in values if v]
        if len(known) == 2 and None in values:
            found.update(range(min(known), max(known) + 1))
        else:
            found.update(known)
    return found


def _own_number(stage: Stage) -> int | None:
    match = re.match(r"\D*(\d+)\b", stage.name)
    return int(match.group(1)) if match and list_name(stage) else None


def _holds(text: str, stage: Stage) -> bool:
    """Whether the text has the stage's own name, without `Module 2:`."""
    name = words_of(stage.name.split(": ", 1)[-1])
    words = words_of(text)
    return any(words[n : n + len(name)] == name for n in range(len(words)))


def _named_words(text: str, structure: Structure) -> set[str]:
    """The words of stages of known length, and of the resources that the text names."""
    names = [s.name for r in structure.roadmaps.values() for s in r.stages if s.duration]
    names += [n for r in resources_in(text, structure) for n in (r.title, r.provider, *r.aliases)]
    return {t for name in names for t in terms(name)}


def _answer(parts: Sequence[str], citations: Citations, understood: Understood) -> Answer:

    text, used = renumbered("\n\n".join(parts), citations.all())
    return Answer(text, used, abstained=False, reason=None, mode="extractive", question=understood.text)

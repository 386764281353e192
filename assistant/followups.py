"""Turn a follow-up into a question that stands alone, from the turns before it, without a model."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.courtesies import without_courtesies
from assistant.records import Turn
from assistant.vocabulary import Named, Vocabulary
from ingest.lexical import terms
from ingest.text import one_line, plain

_BACKWARD = re.compile(
    r"\b(?:it|its|it's|that|those|these|them|they|their|theirs|he|him|his|she|her|hers|this|one|ones|same|there|then|two"
    r"|former|latter|first|second|third|last|next|other|others|both|either|else|too|instead|group|following|such|though|besides"
    r"|beforehand|afterwards?|similar|alike|lighter|easier|harder|cheaper|shorter|longer|simpler|deeper|says who|why)\b",
    re.IGNORECASE,
)
_PRONOUN = re.compile(
    r"\b(?:it|its|it's|that|those|these|them|they|their|he|him|his|she|her|hers|both|in there|(?:the )?other ones?)\b",
    re.IGNORECASE,
)
# `it` that stands for nothing before it, and `that` that joins clauses.
_EMPTY = re.compile(
    r"\b(?:is|was|isn't|would|will|does|make) it (?:be |still |really |even |all |too |sense |take |ok |okay |good |bad |hard |worth"
    r" |better |possible |necessary |enough |true |fine |realistic |normal )|\b(?:so|say|says|think|thinks|know|true|such|things?"
    r"|courses?|books?|tools?|skills?|topics?|someone|anything|something|everything) that\b",
    re.IGNORECASE,
)
# Words that add no subject to a question that points back.
_LIGHT = re.compile(
    r"\b(?:too|more|one|ones|some|something|anything|thing|things|find|found|want|wanna|really|already|still|also|just|even|bit|lot"
    r"|i'd|i'll|i've|rather|sooner|sort|kind)\b",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"^\s*(?:(?:fine|and|but|so|or|ok(?:ay)?|hmm*|hm|yeah|yes|right|then|also|cool|thanks|thank you|great|nice|got it|fine|alright"
    r"|aha|i see)\b[\s,.:;!…-]*)+",
    re.IGNORECASE,
)
_SWITCH = re.compile(
    r"^\s*(?:(?:new|different|another|other|next|unrelated|separate|quick)\s+(?:topic|question|subject|thing|one)"
    r"|let'?s (?:leave|drop|forget|change|switch|move)\b[^,.:;!?–—-]*|forget (?:it|that|about)\b[^,.:;!?–—-]*|anyway|by the way|btw"
    r"|(?:forget|enough (?:of|about)|leave) (?:about )?[\w' -]{2,30}?(?: (?:for (?:now|a (?:moment|sec\w*)|the moment)|aside))?"
    r"(?=[.,;:!–—])"
    r"|(?:changing|switching|change of) (?:the )?(?:topic|subject|gears)|something (?:else|different|completely different)"
    r"|on (?:another|a different) note|totally different)\b\s*[,.:;!?–—-]*\s*(?P<rest>\S.*)$",
    re.IGNORECASE,
)
_WHAT_ABOUT = re.compile(
    r"^(?:(?:what|how) (?:about|of)|same (?:for|with|question(?: for| about)?))\s+(?P<new>.+?)\s*\??$", re.IGNORECASE
)
_CORRECTION = re.compile(
    r"^(?:(?:no|nope|sorry|wait|actually|oops|wrong one|not that(?: one)?)\b[\s,.:;!…-]*)+"
    r"(?:(?:i )?(?:mean[t]?|asked (?:about|for)|was asking about)\s+)?"
    r"(?P<new>.+?)\s*\??$",
    re.IGNORECASE,
)
# `and for somebody who codes already?`: the question before, for another case.
_CASE = re.compile(r"^(?:even )?(?:for|with|without|as|if|when|in case)\b.+", re.IGNORECASE)
_LAST_CASE = re.compile(
    r"[\s,;–—-]+\b(?:for|with|without|as|if|when|in case)\b(?! (?:long|much|many|well|soon)\b)[^?]*", re.I
)
CASE_TERMS = 6  # a case of more content words is a question of its own
# What only its own page or board can mean by it; `this path` or `this job` may be the library's.
_UNNAMED = re.compile(
    r"\bthis (?:course|class|book|video|lecture|lesson|quiz|assignment|lab|speciali[sz]ation|bootcamp|notebook)\b",
    re.IGNORECASE,
)
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh")
_NUMBERED = re.compile(r"\b(?:module|step|week|stage|route|book|option|part)s?\s+(?P<number>\d+)\b", re.IGNORECASE)
_ORDINAL = re.compile(
    rf"\b(?P<ordinal>{'|'.join(_ORDINALS)}|next|following|previous|prior|(?:after|before) (?:it|that|this))\b"
    r"(?! (?:it|that|this)\b)",
    re.I,
)
# `the second one`, `the latter`, `the last`: of what the answer before has listed.
_PLACE = re.compile(
    rf"\bthe (?P<place>{'|'.join(_ORDINALS)}|last|former|latter) (?:one|of (?:them|those|these))\b"
    rf"|\bthe (?P<bare>{'|'.join(_ORDINALS)}|last|former|latter)(?=\s*(?:[?.,!]|$))"
    rf"|\bthe (?P<verb>{'|'.join(_ORDINALS)}|last|former|latter)(?= (?:is|isn't|was|do|does|has|takes?|costs?|covers?|stands?)\b)",
    re.IGNORECASE,
)
_BETWEEN_ITEMS = re.compile(r"[,;:]\s+(?:and |or |then )?|\s(?:and|or|then|followed by|as well as)\s", re.IGNORECASE)
MIN_LISTED = 2
# Asks for what another roadmap says beside what was said before.
_BOTH = re.compile(
    r"\b(?:(?:dis)?agree\w*|same|differ\w*|compar\w*|versus|vs|than|alike|similar\w*|unlike|contradict\w*)\b",
    re.IGNORECASE,
)
_ONE_THING = re.compile(r"\b(?:it|its|it's|that|this)\b", re.IGNORECASE)
_STEPS = {"next": 1, "following": 1, "after": 1, "previous": -1, "prior": -1, "before": -1}  # by the first word
_ASKING = re.compile(r"how\b", re.IGNORECASE)  # `how long` is a name of a topic, but no subject
_ADDED = re.compile(r" \([^()]*\)\?$")  # the subject of a question that was made to stand
SHORT_TERMS = 3  # a question with fewer content words than this leans on the one before it
LONG_TERMS = 8  # one with more stands alone, unless a pronoun points back
MAX_TURNS = 12
LEAD_CHARS = 240
MAX_LISTED = 5
MAX_WORDED = 7  # content words of a question before that is carried over as it is


@dataclass(frozen=True, slots=True)
class Standing:
    """A question that stands alone, and the `context` that it was asked in; empty when it needs none."""

    text: str
    context: str = ""


def resolve(text: str, history: Sequence[Turn], vocabulary: Vocabulary) -> Standing:
    """Return `text` as a question that stands alone; `text` itself when it does already."""
    standing, answer = "", ""
    for turn in history[-MAX_TURNS:]:
        if turn.role == "assistant":
            answer = one_line(plain(turn.content.split("\n\n", 1)[0]))[:LEAD_CHARS]
        else:
            standing = _resolve_one(without_courtesies(one_line(turn.content)), standing, answer, vocabulary).text
            answer = ""
    return _resolve_one(text, standing, answer, vocabulary)


def unnamed_in(text: str) -> str:
    """What a question without any turn before points to, such as `this course`; empty when it points to nothing."""
    found = _UNNAMED.search(text)
    return found.group().lower() if found else ""


def _resolve_one(text: str, before: str, answer: str, vocabulary: Vocabulary) -> Standing:
    switch = _SWITCH.match(text)
    if switch or not before:
        return Standing(switch["rest"] if switch else text)
    opened = _OPENING.sub("", text)
    stripped = opened or text
    other = _other_roadmap(stripped, before, vocabulary)
    counted = "" if other else _next_number(stripped, before)
    if counted:
        return Standing(counted)
    picked = _picked(stripped, answer, vocabulary)
    if picked:
        return Standing(picked, f"{before} {answer}")
    named = [n for n in vocabulary.names.find(stripped) if n.kind != "roadmap" and not _ASKING.match(stripped, n.start)]
    new = _WHAT_ABOUT.match(stripped) or _CORRECTION.match(stripped)
    alone = _roadmap_alone(stripped, vocabulary) if opened != text and not new else ""
    if alone:
        return Standing(_swap(before, alone, vocabulary), f"{before} {answer}")
    if new and len(terms(new["new"])) <= LONG_TERMS - SHORT_TERMS:
        return Standing(_swap(before, new["new"], vocabulary), f"{before} {answer}")
    if (opened != text or stripped.lower().startswith("even ")) and _is_case(stripped):
        case = stripped.rstrip(" ?.!")
        return Standing(f"{_LAST_CASE.sub('', before).rstrip(' ?.!')} {case}?", f"{before} {answer}")
    if not _leans(stripped, opened != text, named):
        return Standing(text)
    if other and not _BOTH.search(stripped):
        before, answer = _of_roadmap(before, other, vocabulary), answer if _PRONOUN.search(stripped) else ""
        answer = _of_roadmap(answer, "", vocabulary)
        if len(terms(before)) <= LONG_TERMS:
            return Standing(f"{stripped.rstrip(' ?.!')} ({before.rstrip(' ?.!')})?", f"{before} {answer}")
    subject = _subject(before, answer, vocabulary, known=stripped)
    return Standing(f"{stripped.rstrip(' ?.!')} ({subject})?" if subject else stripped, f"{before} {answer}")


def _is_case(stripped: str) -> bool:
    """Whether a follow-up gives only another case, such as another reader, for the question before it."""
    return bool(_CASE.match(stripped)) and len(terms(stripped)) <= CASE_TERMS and "," not in stripped


def _roadmap_alone(stripped: str, vocabulary: Vocabulary) -> str:
    """The roadmap that a follow-up opens with when it says hardly more: `and Noyan?`, `and Noyan, same number?`."""
    named = vocabulary.names.find(stripped)
    is_alone = len(named) == 1 and named[0].kind == "roadmap" and named[0].start == 0
    return stripped[: named[0].end] if is_alone and len(terms(stripped)) <= SHORT_TERMS else ""


def _other_roadmap(stripped: str, before: str, vocabulary: Vocabulary) -> str:
    """The one roadmap that a follow-up names where the question before it names another, or none at all."""
    new = [n for n in vocabulary.names.find(stripped) if n.kind == "roadmap"]
    old = {n.name_id for n in vocabulary.names.find(before) if n.kind == "roadmap"}
    return stripped[new[0].start : new[0].end] if len(new) == 1 and new[0].name_id not in old else ""


def _of_roadmap(before: str, other: str, vocabulary: Vocabulary) -> str:
    """The question before, asked of the `other` roadmap in the place of each that it names."""
    for name in reversed([n for n in vocabulary.names.find(before) if n.kind == "roadmap"]):
        before = f"{before[: name.start]}{other}{before[name.end :]}"
    return before


def _leans(stripped: str, has_opening: bool, named: Sequence[Named]) -> bool:
    """Whether the question cannot stand alone."""
    bare = _EMPTY.sub(" ", stripped)
    size = len(terms(_LIGHT.sub(" ", stripped) if _BACKWARD.search(bare) else stripped))
    if has_opening and size < LONG_TERMS:
        return True
    if _PRONOUN.search(bare):
        return size < LONG_TERMS if all(n.kind == "topic" for n in named) else size <= SHORT_TERMS
    if named:
        return False
    return size < SHORT_TERMS or (size < LONG_TERMS and bool(_BACKWARD.search(bare)))


def _swap(before: str, new: str, vocabulary: Vocabulary) -> str:
    """Ask the question before again, about `new` in the place of what is like it."""
    new = new.strip(" ?.!")
    kinds = {n.kind for n in vocabulary.names.find(new)}
    alike = [n for n in vocabulary.names.find(before) if n.kind in kinds]
    others = [n for n in vocabulary.names.find(before) if n.kind != "roadmap"] if "roadmap" not in kinds else []
    old = alike or others
    if not old:
        return f"{before.rstrip(' ?.!')} — {new}?"
    return f"{before[: old[-1].start]}{new}{before[old[-1].end :]}"


def _next_number(stripped: str, before: str) -> str | None:
    """`the second one?` after a question on module 1, or on the first module, asks the same of the second."""
    asked = _ORDINAL.search(stripped)
    if not asked or len(terms(stripped)) > SHORT_TERMS:
        return None
    counted, placed = _NUMBERED.search(before), _ORDINAL.search(before)
    word = asked["ordinal"].lower().split()[0]
    step = _STEPS.get(word)
    if counted:
        number = max(1, int(counted["number"]) + step) if step else _ORDINALS.index(word) + 1
        return f"{before[: counted.start('number')]}{number}{before[counted.end('number') :]}"
    if placed and placed["ordinal"].lower() in _ORDINALS:
        place = _ORDINALS.index(placed["ordinal"].lower()) + step if step else _ORDINALS.index(word)
        word = _ORDINALS[min(max(place, 0), len(_ORDINALS) - 1)]
        return f"{before[: placed.start()]}{word}{before[placed.end() :]}"
    return None


def _picked(stripped: str, answer: str, vocabulary: Vocabulary) -> str | None:
    """The follow-up with `the second one` replaced by the second of the names that the answer before lists."""
    place = _PLACE.search(stripped)
    if not place or len(terms(stripped)) > LONG_TERMS:
        return None
    listed = _listed(answer, vocabulary)
    word = next(w for w in (place["place"], place["bare"], place["verb"]) if w).lower()
    n = {"last": len(listed) - 1, "former": 0, "latter": 1}.get(word, _ORDINALS.index(word) if word in _ORDINALS else 0)
    if len(listed) < MIN_LISTED or not 0 <= n < len(listed):
        return None
    return f"{stripped[: place.start()]}{listed[n]}{stripped[place.end() :]}"


def _listed(answer: str, vocabulary: Vocabulary) -> list[str]:
    """The names of an enumeration, in its order: each item gives its first name of a topic or resource."""
    items = _BETWEEN_ITEMS.split(answer)
    found = [next((i[n.start : n.end] for n in vocabulary.names.find(i) if n.kind != "roadmap"), "") for i in items]
    return [name for name in found if name]


def _subject(before: str, answer: str, vocabulary: Vocabulary, known: str) -> str:
    """What the conversation is about: names in the question before, then those that its answer led with.

    A question before is taken by its words where they are few, or where it was made to stand and named nothing itself.
    """
    own = _ADDED.sub("", before)
    asked = [n for n in vocabulary.names.find(before) if not _ASKING.match(before, n.start)]
    is_named = own == before or any(n.start < len(own) for n in asked)
    is_worded = _says_what(own) and (not is_named or len(terms(own)) <= MAX_WORDED)
    told = vocabulary.names.find(answer)
    resources = list(dict.fromkeys(n.name_id for n in told if n.kind == "resource"))
    if len(resources) == 1 and _ONE_THING.search(known):
        is_worded = False
    topics = () if not is_named or any(n.kind != "roadmap" for n in asked) else ("topic",)
    names = [own.strip(" ?.!")] if is_worded else [before[n.start : n.end] for n in asked]
    names += [answer[n.start : n.end] for n in told if n.kind == "resource"][:2]
    names += [answer[n.start : n.end] for n in told if n.kind in topics][:MAX_LISTED]
    names += [answer[n.start : n.end] for n in told if n.kind == "roadmap"][:1]
    held = known.lower()
    unique = {name.lower(): name for name in reversed(names) if name.lower() not in held}
    kept = list(reversed(unique.values()))[: MAX_LISTED + 2]
    return ", ".join(kept) or ("" if names else before.strip(" ?.!"))


def _says_what(text: str) -> bool:
    """Whether a question has content words enough, and none that points back."""
    return len(terms(text)) >= SHORT_TERMS - 1 and not any(p.search(text) for p in (_PRONOUN, _BACKWARD, _ORDINAL))

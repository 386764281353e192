"""Turn a follow-up into a question that stands alone, from the turns before it, without a model."""

import re
from collections.abc import Sequence

from assistant.records import Turn
from assistant.vocabulary import Named, Vocabulary
from ingest.lexical import terms

_REFERS = re.compile(
    r"\b(?:it|its|it's|that|this|those|these|them|they|their|theirs|he|him|his|she|her|hers|one|ones|same|there|then"
    r"|former|latter|first|second|third|last|other|others|both|either|former|instead|else|too|also)\b",
    re.IGNORECASE,
)
_STRONG = re.compile(r"\b(?:it|its|it's|that|those|these|them|they|their|he|him|his|she|her|hers)\b", re.IGNORECASE)
_OPENING = re.compile(
    r"^\s*(?:and|but|so|or|ok(?:ay)?|hmm+|yeah|right|then|also|cool|thanks|great|nice|got it)\b[\s,.:;!…-]*",
    re.IGNORECASE,
)
_WHAT_ABOUT = re.compile(
    r"^(?:(?:what|how) (?:about|of)|what if (?:i(?:'m| am)|it(?:'s| is))|same (?:for|with|question(?: for| about)?))\s+(.+?)\s*\??$",
    re.IGNORECASE,
)
_INSTEAD = re.compile(
    r"^(?:no|nope|sorry|actually|i mean[t]?|rather|wait)\b[\s,.:;!…-]*(?:i mean[t]?\s+)?(.+?)\s*\??$", re.IGNORECASE
)
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": 5, "next": None}
_NUMBERED = re.compile(r"\b(module|step|week|stage|route|book|option|part)s?\s+(\d+)\b", re.IGNORECASE)
_ORDINAL = re.compile(
    r"\b(first|second|third|fourth|fifth|last|next)\b(?:\s+(?:one|module|step|stage|route|part))?", re.IGNORECASE
)
SHORT_TERMS = 3  # a question with fewer content words of its own than this leans on the one before
MAX_TURNS = 12


def resolve(text: str, history: Sequence[Turn], vocabulary: Vocabulary) -> str:
    """Return `text` as a question that stands alone; `text` itself when it does already."""
    standing = ""
    answer = ""
    for turn in history[-MAX_TURNS:]:
        if turn.role == "assistant":
            answer = turn.content
        else:
            standing = _resolve_one(turn.content, standing, answer, vocabulary)
            answer = ""
    return _resolve_one(text, standing, answer, vocabulary)


def _resolve_one(text: str, before: str, answer: str, vocabulary: Vocabulary) -> str:
    if not before:
        return text
    asked = text.strip()
    stripped = _OPENING.sub("", asked) or asked
    named = vocabulary.names.find(stripped)
    about = _WHAT_ABOUT.match(stripped) or _INSTEAD.match(stripped)
    if about and len(terms(about.group(1))) <= 2 * SHORT_TERMS:
        return _swap(before, about.group(1), vocabulary)
    numbered = _next_number(stripped, before)
    if numbered:
        return numbered
    if not _leans(stripped, asked, named):
        return text
    subject = _subject(before, answer, vocabulary, wants_answer=bool(_REFERS.search(stripped)))
    return f"{stripped.rstrip(' ?.!')} ({subject})?" if subject else text


def _leans(stripped: str, asked: str, named: Sequence[Named]) -> bool:
    """Whether the question cannot stand alone."""
    own = [n for n in named if n.kind != "roadmap"]
    if _STRONG.search(stripped) and not own:
        return True
    if stripped != asked and not own:
        return True
    if own:
        return bool(_STRONG.search(stripped)) and len(terms(stripped)) <= SHORT_TERMS
    return len(terms(stripped)) < SHORT_TERMS or bool(_REFERS.search(stripped) and len(terms(stripped)) <= SHORT_TERMS)


def _swap(before: str, new: str, vocabulary: Vocabulary) -> str:
    """Ask the question before again, about `new` in the place of what is like it."""
    new = new.strip(" ?.!")
    fresh = vocabulary.names.find(new)
    kinds = {n.kind for n in fresh}
    old = [n for n in vocabulary.names.find(before) if n.kind in kinds] or (
        [] if "roadmap" in kinds else [n for n in vocabulary.names.find(before) if n.kind != "roadmap"]
    )
    if not old:
        return f"{before.rstrip(' ?.!')} — {new}?"
    first = old[0]
    return f"{before[: first.start]}{new}{before[first.end :]}"


def _next_number(stripped: str, before: str) -> str | None:
    """`and the second one?` after a question on module 1 asks the same of module 2."""
    counted = _NUMBERED.search(before)
    ordinal = _ORDINAL.search(stripped)
    if not counted or not ordinal or len(terms(stripped)) > SHORT_TERMS:
        return None
    number = _ORDINALS[ordinal.group(1).lower()] or int(counted.group(2)) + 1
    return f"{before[: counted.start(2)]}{number}{before[counted.end(2) :]}"


def _subject(before: str, answer: str, vocabulary: Vocabulary, wants_answer: bool) -> str:
    """What the conversation is about: names in the question before, then those its answer led with."""
    names = [before[n.start : n.end] for n in vocabulary.names.find(before)]
    if wants_answer and answer:
        lead = answer.split("\n", 1)[0][:300]
        names += [lead[n.start : n.end] for n in vocabulary.names.find(lead) if n.kind != "topic"][:2]
    unique = list(dict.fromkeys(name.lower() for name in names))
    kept = [next(n for n in names if n.lower() == low) for low in unique][:4]
    return ", ".join(kept) or before.strip(" ?.!")

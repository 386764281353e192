"""Judge whether a written sentence is supported by the library's text. Knows no model, no index and no answer."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ingest.lexical import STOPWORDS, terms
from ingest.text import LINK, plain

# Measured with the bundled model: of the 42 faithful retellings in tests/data/paraphrases.yaml one has a
# cosine below .60 to its sentence (.57), the next .74, their median is .94; pairs of sentences drawn at
# random from the library have a median of .20 and a 99th percentile of .58.
MIN_SIMILARITY = 0.6
MIN_OVERLAP = 0.6  # least share of a claim's content words in the evidence; those retellings: .67 to 1
MAX_NEW_TERMS = 3  # a long sentence has room for a false clause within any share; those retellings: 0 to 3
WORDS_FOR_NUMBERS = {
    word: str(number)
    for number, word in enumerate(
        """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
        seventeen eighteen nineteen twenty""".split()
    )
} | {"thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "hundred": "100", "thousand": "1000", "dozen": "12"}
WORDS_FOR_NUMBERS |= {"couple": "couple", "half": "half", "twice": "2", "million": "1000000", "billion": "1000000000"}
UNITS = {"minute", "hour", "day", "week", "month", "year", "percent", "page", "dollar", "euro"}
SIGNS = {"%": "percent", "$": "dollar", "€": "euro"}
NUMBER = re.compile(r"(?<![\w.])([$€]?)(\d+(?:[.,]\d+)*)\s?(%|k\b|\+)?", re.IGNORECASE)
WORD = re.compile(r"[^\W\d_]+(?:['’][a-z]+)?")
TOKEN = re.compile(r"[^\W_]+(?:[+#]+|(?:[.'’&_/-][^\W_]+)*)")
ADDRESS = re.compile(
    r"""(?:\b[a-z][a-z0-9+.-]*:(?=[^\s])//[^\s<>()\[\]"'`]*|\b(?:javascript|data|mailto|vbscript|file|tel):\S+"""
    r"""|\bwww\.[^\s<>()\[\]"'`]+|[^\s<>()\[\]"'`]+@[^\s<>()\[\]"'`]+\.[a-z]{2,}"""
    r"""|\b(?:[a-z0-9][a-z0-9-]*\.)+[a-z]{2,}\b(?:/[^\s<>()\[\]"'`]*)?)""",
    re.IGNORECASE,
)
INSIDE = re.compile(r"[.'’&_/-]")
NEGATION = re.compile(
    r"\b(?:not|no|never|none|nothing|neither|nor|cannot|without|hardly|rarely|unnecessary|optional|skip|avoid|against"
    r"|ignore|unless|isn|aren|wasn|weren|don|doesn|didn|won|wouldn|shouldn|couldn|can|hasn|haven)(?:['’]t)?\b",
    re.IGNORECASE,
)
CAN = re.compile(r"\bcan\b(?!['’]t)|\b(?:won|don)\b(?!['’]t)|\bnot only\b|\bnot just\b", re.IGNORECASE)
CLAUSE = re.compile(
    r"[,;:()—–]|\b(?:but|and|though|although|while|because|since|so that|whereas|which)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Words:
    """What is known of the library's language, all in lower case.

    `ordinary` words occur somewhere without a capital; `people` are names of roadmaps and authors;
    `same` maps a name to the other names of the same topic (`ml`: `machine learning`).
    """

    ordinary: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    same: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a claim is held to: the quoted sentence, and the title, author and headings above it."""

    sentence: str
    above: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A written sentence without its marks; the facts are what must occur in the evidence to the letter."""

    text: str
    numbers: frozenset[str]
    addresses: frozenset[str]
    names: frozenset[str]
    terms: frozenset[str]


def read_claim(text: str, words: Words) -> Claim:
    """Return the facts of a sentence; `text` may hold Markdown links."""
    bare = ADDRESS.sub(" ", plain(text))
    return Claim(plain(text), numbers(bare), addresses(text), names(bare, words), frozenset(terms(bare)))


def fault(claim: Claim, evidence: Sequence[Evidence], similarity: float, words: Words) -> str | None:
    """Return why `evidence` does not support `claim`, None when it does.

    `similarity` is the cosine, -1 to 1, of the claim to the evidence. A name that only the question
    holds is no exception: else the model could confirm whatever the question supposes.
    """
    missing = missing_facts(claim, evidence, words)
    if missing:
        return f"{missing[0]} is not in the quote"
    if similarity < MIN_SIMILARITY:
        return "it says something else than the quote"
    read = " ".join(f"{plain(e.sentence)} {e.above}" for e in evidence)
    new = claim.terms - set(terms(read))
    if not claim.terms or len(new) > MAX_NEW_TERMS or 1 - len(new) / len(claim.terms) < MIN_OVERLAP:
        return "too much of it is not in the quote"
    if is_negated(claim.text, claim.terms) != any(is_negated(plain(e.sentence), claim.terms) for e in evidence):
        return "it denies what the quote says, or the other way round"
    return None


def missing_facts(claim: Claim, evidence: Sequence[Evidence], words: Words) -> list[str]:
    """Return the numbers (with units), addresses and names of `claim` that the evidence does not hold."""
    stated = {n for e in evidence for n in numbers(plain(e.sentence))}
    linked = {a for e in evidence for a in addresses(e.sentence)}
    read = " ".join(f"{plain(e.sentence)} {e.above}" for e in evidence)
    held = {t.lower() for t in tokens(read)}
    running = f" {' '.join(TOKEN.findall(read)).lower()} "
    unknown = {n for n in claim.names if not _known(n, held) and not _by_another_name(n, running, words)}
    return [*sorted(claim.numbers - stated), *sorted(claim.addresses - linked), *sorted(unknown)]


def numbers(text: str) -> frozenset[str]:
    """Return the numbers of `text` as digits, each with its unit when one follows: `3 month`, `10000`, `40 percent`."""
    found = {c for c in text if c.isnumeric() and not c.isdecimal()}  # such as ½ and ²
    pending: list[str] = []
    for token in _counted(text):
        if token in UNITS:
            found.update(f"{n} {token}" for n in pending)
            found.difference_update(pending)
            pending = []
        elif token[0].isdigit() or token in ("couple", "half"):
            found.add(token)
            pending.append(token)
        elif token not in ("to", "or", "and", "a", "of", "-"):
            pending = []
    return frozenset(found)


def _counted(text: str) -> list[str]:
    """The numbers, units and other words of `text`, in order, numbers as digits and units in the singular."""
    counted: list[str] = []
    for match in re.finditer(rf"{NUMBER.pattern}|{WORD.pattern}", text, re.IGNORECASE):
        sign, digits, suffix = match.group(1), match.group(2), match.group(3)
        if digits:
            value = re.sub(r",(?=\d{3})", "", digits)
            counted.append(f"{value}000" if (suffix or "").lower() == "k" else value)
            counted += [SIGNS[s] for s in (sign, suffix or "") if s in SIGNS]
            continue
        word = match.group().lower()
        singular = word.removesuffix("s")
        if word == "one":  # mostly a pronoun: a count only before a unit, where a digit would be written
            continue
        counted.append(WORDS_FOR_NUMBERS.get(word) or (singular if singular in UNITS else word))
    return counted


def addresses(text: str) -> frozenset[str]:
    """Return every web or mail address of `text`, link targets too, without scheme and outer marks, lower case."""
    targets = " ".join(LINK.findall(text))
    found = {match.group() for match in ADDRESS.finditer(f"{text} {targets}")}
    return frozenset(_address(a) for a in found)


def _address(address: str) -> str:
    bare = address.lower().rstrip(".,;:!?*_").rstrip("/")
    return re.sub(r"^https?://(?:www\.)?|^www\.", "", bare)


def tokens(text: str) -> list[str]:
    """Return the words and ids of `text` as typed; `scikit-learn` and its parts are both in it."""
    whole = [m.group() for m in TOKEN.finditer(text)]
    return [piece for token in whole for piece in dict.fromkeys((token, _singular(token), *INSIDE.split(token)))]


def _singular(token: str) -> str:
    return re.sub(r"['’]s$|(?<=[^s])s$", "", token)


def names(text: str, words: Words) -> frozenset[str]:
    """Return the names and ids of `text`: words with a capital or with letters and digits.

    The first word of the text, and one after a colon, is a name only when it is not ordinary.
    """
    found: set[str] = set()
    for match in TOKEN.finditer(text):
        word = match.group()
        is_mixed = any(c.isdigit() for c in word) and any(c.isalpha() for c in word)
        is_capital = any(c.isupper() for c in word) and word != "I"
        if _singular(word).lower() in words.people or is_mixed:
            found.add(word)
        if is_capital and not _opens_plainly(text[: match.start()], word, words):
            found.add(word)
    return frozenset(found)


def _opens_plainly(before: str, word: str, words: Words) -> bool:
    """Whether `word` has its capital only because something begins with it."""
    opens = not re.search(r"[^\s\"“‘'(*_-]", before) or before.rstrip()[-1:] in ":.!?"
    return opens and word[1:] == word[1:].lower() and _is_ordinary(word, words)


def _is_ordinary(token: str, words: Words) -> bool:
    parts = [p.lower() for p in INSIDE.split(token) if len(p) > 1]
    return all(p in words.ordinary or p in STOPWORDS for p in parts)


def _known(name: str, held: set[str]) -> bool:
    """Whether the evidence has `name` whole or, for a compound, each part of it."""
    if {name.lower(), _singular(name).lower()} & held:
        return True
    parts = [p for p in INSIDE.split(name) if p and p not in ("s", "t")]
    return len(parts) > 1 and all({p.lower(), _singular(p).lower()} & held for p in parts)


def _by_another_name(name: str, running: str, words: Words) -> bool:
    others = words.same.get(name.lower(), ()) or words.same.get(_singular(name).lower(), ())
    return any(f" {other} " in running for other in others)


def is_negated(text: str, about: frozenset[str]) -> bool:
    """Whether an odd number of denials stands in those clauses of `text` that speak of the terms `about`."""
    denials = 0
    for clause in CLAUSE.split(text):
        held = set(terms(clause))
        if held and len(held & about) >= len(held) / 2:
            denials += len(NEGATION.findall(CAN.sub(" ", clause)))
    return denials % 2 == 1

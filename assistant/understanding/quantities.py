"""The one grammar of numbers: figures, number words, ranges, units, places and paces. Knows no subject."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.understanding.phrases import Token
from assistant.understanding.request import Quantity, Role
from ingest.corpus_models import Unit

_SMALL = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen".split()
NUMBER_WORDS: dict[str, float] = {
    **{word: n for n, word in enumerate(_SMALL)},
    "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40,
    "fifty": 50, "sixty": 60, "hundred": 100, "half": 0.5, "couple": 2, "dozen": 12,
}  # fmt: skip
ORDINAL_WORDS = {
    word: n
    for n, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(), start=1
    )
}
FROM_THE_END = frozenset({"last", "final"})
_UNIT_NAMES: tuple[tuple[Unit, str], ...] = (
    ("minutes", "minute minutes min mins"),
    ("hours", "hour hours hr hrs h"),
    ("days", "day days d"),
    ("weeks", "week weeks wk wks w"),
    ("months", "month months mth mths mo mos"),
    ("years", "year years yr yrs y"),
)
UNITS: dict[str, Unit] = {name: unit for unit, names in _UNIT_NAMES for name in names.split()}
LONG_UNITS = frozenset(name for name in UNITS if len(name) > 2 or name in ("hr", "wk", "yr"))
PER = frozenset({"a", "an", "per", "each", "every"})
WEEKLY = {"weekly": "week", "daily": "day"}
DAYS_A_WEEK = 7
# Things that roadmaps number, by their stems.
NUMBERED = frozenset(
    "modul step week month stage phase part chapter lesson lectur unit section block topic point option chunk day".split()
)
PRONOUNS = frozenset({"one", "ones"})
AND_A_HALF = ("and", "a", "half")
HUNDRED = NUMBER_WORDS["hundred"]
THOUSANDS_DIGITS = 3
RANGING = frozenset({"to", "through", "till", "until", "or"})
FILLERS = frozenset({"full", "whole", "single", "entire", "more", "solid", "short", "of", "study", "good", "and"})
MAX_PLACE = 60  # a larger number beside `step` or `week` is no place
JOINING = frozenset({"and", "plus", "then", "or"})
# What stands before a time that somebody has, and before one that something is said to take.
_LIMITING = frozenset("in within have has had got get under by below inside give gives given".split())
_CLAIMING = frozenset("takes take took taking lasts last need needs requires require is are be spend".split())
LOOK_BACK = 3


@dataclass(frozen=True, slots=True)
class Read:
    """A quantity, and the tokens that it takes: `first` to `last`, inclusive."""

    quantity: Quantity
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Number:
    minimum: float
    maximum: float
    last: int  # place of its last token
    unit: str = ""  # glued to the figure, as in `10h`


def quantities_in(text: str, tokens: Sequence[Token]) -> list[Read]:
    """Return every quantity of `text`, in its order; `tokens` are its own."""
    found: list[Read] = []
    place = 0
    while place < len(tokens):
        read = _read(text, tokens, place)
        if read:
            found.append(read)
            place = read.last
            if read.quantity.role is Role.PLACE:
                more = _further_places(text, tokens, read)
                found += more
                place = more[-1].last if more else place
        place += 1
    return _with_nouns(found)


def _with_nouns(found: Sequence[Read]) -> list[Read]:
    """Let `the second one` place what another place of the text does; without such a one it is no place."""
    nouns = [read.quantity.noun for read in found if read.quantity.role is Role.PLACE and read.quantity.noun]
    kept = []
    for read in found:
        if read.quantity.role is Role.PLACE and not read.quantity.noun:
            if nouns:
                kept.append(replace(read, quantity=replace(read.quantity, noun=nouns[0])))
        else:
            kept.append(read)
    return kept


def _further_places(text: str, tokens: Sequence[Token], placed: Read) -> list[Read]:
    """The 2 and the 4 of `modules 1, 2 and 4`."""
    found: list[Read] = []
    place = placed.last + 1
    while place < len(tokens):
        at = place + 1 if tokens[place].word in JOINING and place + 1 < len(tokens) else place
        is_listed = at > place or "," in text[tokens[place - 1].end : tokens[place].start]
        number = _number(text, tokens, at) if is_listed else None
        after = number.last + 1 if number else at
        if number is None or number.unit or number.maximum > MAX_PLACE:
            break
        if after < len(tokens) and (tokens[after].word in UNITS or tokens[after].stem in NUMBERED):
            break
        found.append(
            Read(Quantity(number.minimum, number.maximum, None, Role.PLACE, placed.quantity.noun), place, number.last)
        )
        place = number.last + 1
    return found


def _read(text: str, tokens: Sequence[Token], place: int) -> Read | None:
    """The quantity that starts at a place, if one does."""
    if tokens[place].stem in NUMBERED and place + 1 < len(tokens):
        placed = _number(text, tokens, place + 1)
        if placed and not placed.unit and 0 < placed.maximum <= MAX_PLACE:
            after = placed.last + 1
            is_time = after < len(tokens) and tokens[after].word in LONG_UNITS
            if not is_time and _adjoins(text, tokens[place], tokens[place + 1]):
                quantity = Quantity(placed.minimum, placed.maximum, None, Role.PLACE, tokens[place].stem)
                return Read(quantity, place, placed.last)
    if tokens[place].word in FROM_THE_END or tokens[place].word in ORDINAL_WORDS or _ordinal(tokens[place].word):
        return _placed(text, tokens, place)
    number = _number(text, tokens, place)
    return _counted(tokens, place, number) if number else None


def _placed(text: str, tokens: Sequence[Token], place: int) -> Read | None:
    """`the second module`, `the last two steps`, `3rd week`; None where nothing that is numbered follows."""
    word = tokens[place].word
    size, end = 1, place
    more = _number(text, tokens, place + 1) if place + 1 < len(tokens) else None
    if more and tokens[more.last].word in PRONOUNS and not _is_numbered(tokens, more.last + 1):
        more = None  # `the second one`
    if more and not more.unit and more.minimum == more.maximum:
        size, end = int(more.maximum), more.last
    noun = end + 1
    is_pronoun = noun < len(tokens) and tokens[noun].word in PRONOUNS
    if noun < len(tokens) and tokens[noun].stem not in NUMBERED and not is_pronoun:
        noun += 1  # `the last big module`
    if size < 1 or not (_is_numbered(tokens, noun) or is_pronoun):
        return None
    if word in FROM_THE_END:
        ends = (-float(size), -1.0)
    else:
        first = ORDINAL_WORDS.get(word) or _ordinal(word)
        ends = (float(first), float(first + size - 1))
    return Read(Quantity(*ends, None, Role.PLACE, "" if is_pronoun else tokens[noun].stem), place, noun)


def _is_numbered(tokens: Sequence[Token], place: int) -> bool:
    """Whether a thing that roadmaps number stands at a place."""
    return place < len(tokens) and tokens[place].stem in NUMBERED


def _counted(tokens: Sequence[Token], place: int, number: _Number) -> Read | None:
    """A number with its unit, pace or noun."""
    end = number.last
    after = end + 1
    while after < len(tokens) and tokens[after].word in FILLERS and after - end < 3:
        after += 1
    unit = UNITS.get(number.unit)
    if unit is None and after < len(tokens) and tokens[after].word in UNITS:
        unit, end = UNITS[tokens[after].word], after
    if unit is not None:
        if _and_a_half(tokens, end + 1):  # `a year and a half`
            number, end = _Number(number.minimum + 0.5, number.maximum + 0.5, end), end + len(AND_A_HALF)
        pace = _pace(tokens, end, unit)
        if pace:
            factor, end = pace
            return Read(Quantity(number.minimum * factor, number.maximum * factor, "hours", Role.PACE), place, end)
        if end + 1 < len(tokens) and tokens[end + 1].word in ("old", "ago"):
            return Read(Quantity(number.minimum, number.maximum, None, Role.AMOUNT), place, end + 1)
        return Read(Quantity(number.minimum, number.maximum, unit, _role(tokens, place)), place, end)
    noun = ""
    if after < len(tokens) and tokens[after].stem in NUMBERED:
        noun, end = tokens[after].stem, after
    return Read(Quantity(number.minimum, number.maximum, None, Role.COUNT if noun else Role.AMOUNT, noun), place, end)


def _pace(tokens: Sequence[Token], unit_at: int, unit: Unit) -> tuple[float, int] | None:
    """The factor that turns the number into hours a week, and the last token of `hours a week`."""
    if unit not in ("hours", "minutes"):
        return None
    words = [token.word for token in tokens[unit_at + 1 : unit_at + 4]]
    every, end = "", unit_at
    if words and words[0] in WEEKLY:
        every, end = WEEKLY[words[0]], unit_at + 1
    elif len(words) > 1 and words[0] in PER:
        every, end = words[1], unit_at + 2
    elif words and UNITS.get(words[0]) in ("weeks", "days"):  # `10h/week`
        every, end = words[0], unit_at + 1
    of = UNITS.get(every)
    if of not in ("weeks", "days"):
        return None
    return (DAYS_A_WEEK if of == "days" else 1) / (60 if unit == "minutes" else 1), end


def _role(tokens: Sequence[Token], place: int) -> Role:
    """Whether a time is one that somebody has, one that something is said to take, or another."""
    for token in reversed(tokens[max(0, place - LOOK_BACK) : place]):
        if token.word in _LIMITING:
            return Role.LIMIT
        if token.word in _CLAIMING:
            return Role.CLAIM
    return Role.AMOUNT


def _number(text: str, tokens: Sequence[Token], place: int) -> _Number | None:
    """The number or range that starts at a place."""
    low = _single(text, tokens, place)
    if low is None or low.unit:
        return low
    after = low.last + 1
    if after >= len(tokens):
        return low
    between = text[tokens[low.last].end : tokens[after].start]
    if between.strip() in ("-", "–", "—"):
        high = _single(text, tokens, after)
    elif tokens[after].word in RANGING and after + 1 < len(tokens) and not between.strip():
        high = _single(text, tokens, after + 1)
    else:
        return low
    if high is None or high.minimum < low.minimum:
        return low
    return _Number(low.minimum, high.maximum, high.last, high.unit)


def _single(text: str, tokens: Sequence[Token], place: int) -> _Number | None:
    """The number, with `and a half` behind it, that starts at a place."""
    plain = _plain(text, tokens, place)
    if plain is None or plain.unit or not _and_a_half(tokens, plain.last + 1):
        return plain
    return _Number(plain.minimum + 0.5, plain.maximum + 0.5, plain.last + len(AND_A_HALF))


def _and_a_half(tokens: Sequence[Token], place: int) -> bool:
    return tuple(token.word for token in tokens[place : place + len(AND_A_HALF)]) == AND_A_HALF


def _plain(text: str, tokens: Sequence[Token], place: int) -> _Number | None:
    word = tokens[place].word
    if word in NUMBER_WORDS:
        return _in_words(tokens, place)
    if word in ("a", "an", "one") and place + 1 < len(tokens):
        after = place + 2 if tokens[place + 1].word in FILLERS and place + 2 < len(tokens) else place + 1
        if tokens[after].word in LONG_UNITS:
            before = tokens[place - 1].word if place else ""
            # `ten hours a week`: the week belongs to the hours.
            return None if UNITS.get(before) else _Number(1, 1, place)
    digits = "".join(c for c in word if c.isascii() and c.isdigit())
    if not digits or not word.startswith(digits) or len(digits) > 9:
        return None
    rest = word[len(digits) :]
    value, last = float(digits), place
    mark, more = _behind(text, tokens, place)
    if not rest and mark == ".":
        value, last = float(f"{digits}.{more}"), place + 1
    elif not rest and mark == "," and len(more) == THOUSANDS_DIGITS:
        value, last = float(digits + more), place + 1
    if rest and rest not in UNITS:
        return None
    return _Number(value, value, last, rest)


def _behind(text: str, tokens: Sequence[Token], place: int) -> tuple[str, str]:
    """The mark and the figures that follow a figure without a blank; empty where something else does."""
    if place + 1 == len(tokens) or not (tokens[place + 1].word.isascii() and tokens[place + 1].word.isdigit()):
        return "", ""
    return text[tokens[place].end : tokens[place + 1].start], tokens[place + 1].word


def _in_words(tokens: Sequence[Token], place: int) -> _Number:
    """`twenty five`, `two hundred and ten`, `half a year`, `a couple of weeks`."""
    value, last = NUMBER_WORDS[tokens[place].word], place
    words = [token.word for token in tokens[place + 1 : place + 3]]
    if value == NUMBER_WORDS["half"]:
        return _Number(value, value, place + (words[:1] in (["a"], ["an"])))
    if words[:1] == ["hundred"] and value < HUNDRED:
        value, last = HUNDRED * value, place + 1
        words = words[1:]
    joined = words[:1] == ["and"] and value >= HUNDRED
    more = NUMBER_WORDS.get(tokens[last + 1 + joined].word, 0.0) if last + 1 + joined < len(tokens) else 0.0
    room = HUNDRED if value >= HUNDRED else 10.0 if value >= NUMBER_WORDS["twenty"] else 0.0
    if 1 <= more < room:
        rest = _in_words(tokens, last + 1 + joined)
        return _Number(value + rest.minimum, value + rest.maximum, rest.last)
    return _Number(value, value, last)


def _ordinal(word: str) -> int:
    """The place that `3rd` stands for; 0 for another word."""
    digits = word[:-2]
    is_ordinal = word.endswith(("st", "nd", "rd", "th")) and digits.isascii() and digits.isdigit() and len(digits) < 3
    return int(digits) if is_ordinal else 0


def _adjoins(text: str, noun: Token, number: Token) -> bool:
    """Whether a number stands right behind the noun that it places."""
    return text[noun.end : number.start].strip() in ("", "#")

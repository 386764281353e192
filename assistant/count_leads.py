"""Compose a lead that counts what roadmaps list, with the terms of a sum or a difference, each list proved."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.asked import leftover, unaccounted
from assistant.citations import Quote
from assistant.evidence import Sentence
from assistant.leads import Lead, admits_roadmaps, admitted, joined, short_name
from assistant.ordinals import ORDINALS, place_of
from assistant.proofs import proofs_of
from assistant.records import Understood
from assistant.sum_words import ADDED, DIFFERENCE, WITHOUT
from ingest.corpus_models import Listing, Roadmap
from ingest.index import EVERYTHING, Index, Scope
from ingest.lexical import terms

COUNT = re.compile(
    r"\bhow many\b(?!\s+(?:\w+\s+)?(?:minutes?|hours?|hrs?|days?|weeks?|months?|years?|times?|people|words?|pages?)\b)"
    r"|\b(?:number|count) of\b|\bcount (?:\w+ )?(?:all|them|the|every|up)\b|^\W*count\b|\bcount\W*$",
    re.IGNORECASE,
)
WHICH = re.compile(
    r"^\W*(?:so |and |ok |please |can you |could you )*(?:list|name|enumerate|give|tell|show|what|which)\b"
    r"|\bwhat (?:are|were)\b|\bwhat (?:happens|does|do)\b",
    re.IGNORECASE,
)
NOT_WHICH = re.compile(
    r"\b(?:first|last|next|later|after|before|start|end|why|how|most|least|best|skip\w*|optional|need\w*|must|time|long)\b",
    re.IGNORECASE,
)
TIME_UNITS = re.compile(r"\b(?:minutes?|hours?|hrs?|days?|weeks?|months?|years?|time|long)\b", re.IGNORECASE)
WHOLE = re.compile(r"\b(?:all|altogether|together|total|totals|in all|overall|combined|every|added up|whole)\b", re.I)
NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
# `the third step`, `the 3rd step`, `step 3`, the last one; `the first three steps`.
_PLACE = re.compile(
    rf"\b(?:the (?:very )?)?(?P<end>first|last|final) (?P<count>\d{{1,2}}|{'|'.join(NUMBERS)}) (?P<many>[a-z]+)\b"
    rf"|\b(?:the (?:very )?)?(?P<place>{'|'.join(ORDINALS)}|last|final|\d{{1,2}}(?:st|nd|rd|th)) (?P<of>[a-z]+)\b"
    rf"|\b(?P<what>[a-z]+) (?:number |no\.? ?|#)?(?P<number>\d{{1,2}}|{'|'.join(NUMBERS)})\b",
    re.IGNORECASE,
)
NOT_WHAT = re.compile(r"\b(?:why|how|where|when|who|after|before|next|following|previous)\b", re.IGNORECASE)
WITHOUT_WORDS = "except excluding without leaving leave out apart other than skip drop not counting ignoring omit"
ONLY_SOME = re.compile(r"\b(?:before|after|between|until|up to)\b", re.IGNORECASE)
OF_ASKING = "happen contain action plan order by according"
MOST_LISTS = 5  # a question that fits more of them means none
MOST_ITEMS = 10  # that a lead names
READ = 3  # sentences, best first, of which one may be the list that is meant


@dataclass(frozen=True, slots=True)
class _Counted:
    """A list of a roadmap with the sentences that name its items."""

    roadmap: Roadmap
    listing: Listing
    quotes: tuple[Quote, ...]

    @property
    def key(self) -> tuple[str, str]:
        return self.roadmap.id, self.listing.name


def sure_count(understood: Understood, index: Index, scope: Scope = EVERYTHING) -> Lead | None:
    """Return what a named roadmap lists where a question names the list in full, whatever the evidence; else None.

    The question may ask how many there are or, of one list, which ones.
    """
    text = understood.text
    asks_which = bool(WHICH.search(text)) and not NOT_WHICH.search(text) and len(understood.sources) == 1
    found = _asked(understood, index, scope) if understood.sources and (COUNT.search(text) or asks_which) else None
    if (
        not found
        or not 0 < len(found.named) <= MOST_LISTS
        or (asks_which and len({c.listing.part_of or c.key for c in found.named}) > 1)
    ):
        return None
    unread = leftover(text, found.accounted | _known_of(understood, index))
    return None if unread else _lead(understood, found.named)


def place_lead(understood: Understood, index: Index, scope: Scope = EVERYTHING) -> Lead | None:
    """Return what stands in a place of the one list that a question names of a named roadmap; else None.

    `What is Noyan's second step?` asks for it; `how long is the second module?` asks for something of it.
    """
    text = understood.text
    if len(understood.sources) != 1 or NOT_WHAT.search(text) or TIME_UNITS.search(text):
        return None
    return next(filter(None, (_place(asked, understood, index, scope) for asked in _PLACE.finditer(text))), None)


def _place(asked: re.Match[str], understood: Understood, index: Index, scope: Scope) -> Lead | None:
    """What stands in the asked place of the list that the words beside it and the rest of the question name."""
    head = asked["many"] or asked["of"] or asked["what"]
    bare = f"{understood.text[: asked.start()]} {head} {understood.text[asked.end() :]}"
    found = _asked(replace(understood, text=bare), index, scope)
    if not found or len(found.named) != 1 or leftover(bare, found.accounted | _known_of(understood, index)):
        return None
    counted = found.named[0]
    items = counted.listing.items
    places = _places(asked, len(items))
    if not set(terms(head)) & _words(counted.listing) or not places or not set(places) <= set(range(len(items))):
        return None
    numbers = joined([str(n + 1) for n in places])
    said = f"Number{'s' * (len(places) > 1)} {numbers} of the {len(items)} {counted.listing.name}"
    shown = joined([items[n] for n in places])
    return Lead(f"{said} that {short_name(counted.roadmap)} lists: {shown}.", counted.quotes, is_whole=True)


def _places(asked: re.Match[str], size: int) -> range:
    """The places, from 0, in a list of `size`."""
    if asked["end"]:
        count = _number(asked["count"])
        return range(count) if asked["end"].lower() == "first" else range(size - count, size)
    if asked["number"]:
        place = _number(asked["number"])
    else:
        place = size if asked["place"].lower() in {"last", "final"} else place_of(asked["place"])
    return range(place - 1, place)


def _number(word: str) -> int:
    return int(word) if word.isdigit() else NUMBERS.index(word.lower()) + 1


def _known_of(understood: Understood, index: Index) -> set[str]:
    """The words that name the question's roadmaps, and those of asking for what is in a list."""
    roadmaps = [index.structure.roadmaps[r] for r in understood.sources]
    return {t for r in roadmaps for t in terms(f"{r.id} {r.author} {' '.join(r.aliases)} {OF_ASKING}")}


def count_lead(
    understood: Understood, sentences: Sequence[Sentence], index: Index, scope: Scope = EVERYTHING
) -> Lead | None:
    """Return how many things the roadmaps list of what is asked, None when no count is asked for.

    The lists are those that the question names, else the one that the best sentences tell of.
    """
    text = understood.text
    asks_count = bool(COUNT.search(text))
    adds = bool(ADDED.search(text) or "+" in text) and not TIME_UNITS.search(text)
    found = _asked(understood, index, scope) if asks_count or adds else None
    if found is None:
        return None
    if len(found.named) > MOST_LISTS:
        return None
    named = found.named if asks_count or len(found.named) > 1 else []
    if len(unaccounted(understood, index.structure, found.accounted)) > found.names:
        named = []
    if not named and asks_count:
        named = [
            p for c in _told(text, sentences, found.known) for p in _parts(c, found.known) if p.key not in found.out
        ]
    return _lead(understood, named) if named else None


@dataclass(frozen=True, slots=True)
class _Asked:
    """The lists that a question may mean.

    `named` are those it names, the parts of a larger one in its place; `accounted` are
    the words of the question that name them, what they list, or what it leaves `out`, and `names` how many name them.
    """

    known: list[_Counted]
    named: list[_Counted]
    out: set[tuple[str, str]]
    accounted: set[str]
    names: int


def _asked(understood: Understood, index: Index, scope: Scope) -> _Asked | None:
    """What a question asks to count; None where the scope has no roadmap, or only some items of a list are meant."""
    if not admits_roadmaps(scope):
        return None
    text = understood.text
    roadmaps = admitted(understood, index.structure, scope)
    known = [c for r in roadmaps for listing in r.lists if (c := _counted(r, listing, index))]
    left_out = [c for m in WITHOUT.finditer(text) for c in _named(m.group(), known)]
    out = {p.key for c in left_out for p in _parts(c, known)}
    found = [c for c in _named(WITHOUT.sub(" ", text), known) or _named(text, known) if c.key not in out]
    named = [p for c in found for p in _parts(c, known) if p.key not in out]
    words = {t for c in found for t in _fit(text, c.listing)}
    items = {t for c in found for item in c.listing.items for t in terms(item)}
    some = ONLY_SOME.search(text)
    if some and not any(some.group().lower() in c.listing.name for c in named):
        return None
    gone = {t for c in left_out for t in (*_fit(text, c.listing), *terms(WITHOUT_WORDS))}
    return _Asked(known, named, out, words | items | gone, len(words))


def _counted(roadmap: Roadmap, listing: Listing, index: Index) -> _Counted | None:
    """A list with its proofs; a larger one has those of its parts. None when it has none."""
    parts = [part for part in roadmap.lists if part.part_of == listing.name] or [listing]
    proofs = [proofs_of(index).listing(roadmap.id, part) for part in parts]
    quotes = tuple(dict.fromkeys(quote for proof in proofs for quote in proof))
    return _Counted(roadmap, listing, quotes) if all(proofs) else None


def _named(text: str, known: Sequence[_Counted]) -> list[_Counted]:
    """The lists that the text names: the most closely named ones, the parts of a larger one instead of it."""
    fits = {c.key: name for c in known if (name := _fit(text, c.listing))}
    return [c for c in known if c.key in fits and not _is_named_closer(c, fits)]


def _fit(text: str, listing: Listing) -> set[str]:
    """The words of the longest name of a list that the text holds whole; empty when it holds none."""
    asked = set(terms(text))
    names = (set(terms(name)) for name in (listing.name, *listing.aliases))
    return max((name for name in names if name <= asked), key=len, default=set())


def _is_named_closer(counted: _Counted, fits: Mapping[tuple[str, str], set[str]]) -> bool:
    """Whether the words that name a list name a part of it too, or belong to the longer name of another."""
    roadmap_id, name = counted.key
    is_whole = any(part.part_of == name and (roadmap_id, part.name) in fits for part in counted.roadmap.lists)
    return is_whole or any(key[0] == roadmap_id and fits[counted.key] < words for key, words in fits.items())


def _parts(counted: _Counted, known: Sequence[_Counted]) -> list[_Counted]:
    """The parts of a larger list, else the list alone."""
    parts = [c for c in known if c.roadmap is counted.roadmap and c.listing.part_of == counted.listing.name]
    return parts or [counted]


def _told(text: str, sentences: Sequence[Sentence], known: Sequence[_Counted]) -> list[_Counted]:
    """The list that one of the best sentences tells of; the larger one of its section where the text asks for all."""
    asked = set(terms(text))
    for sentence in sentences[:READ]:
        span = (sentence.hit.passage.passage_id, sentence.start, sentence.end)
        telling = [c for c in known if c.listing.items and span in map(_span, c.quotes)]
        if telling:
            best = max(telling, key=lambda c: len(asked & _words(c.listing)))
            place = (best.roadmap, best.listing.section)
            whole = [c for c in known if not c.listing.items and (c.roadmap, c.listing.section) == place]
            return whole if whole and WHOLE.search(text) else [best]
    return []


def _span(quote: Quote) -> tuple[str, int, int]:
    return quote.passage.passage_id, quote.start, quote.end


def _words(listing: Listing) -> set[str]:
    return {term for name in (listing.name, *listing.aliases) for term in terms(name)}


def _lead(understood: Understood, found: Sequence[_Counted]) -> Lead:
    text = understood.text
    is_one = len(found) == 1
    shows_items = sum(len(c.listing.items) for c in found) <= MOST_ITEMS
    names = [_name(c.listing, shows_items and not is_one, with_note=not is_one) for c in found]
    said = _said(found, names)
    counts = [len(c.listing.items) for c in found]
    if is_one:
        said += f": {joined(found[0].listing.items)}" if shows_items else ""
        said += f" ({found[0].listing.note})" if found[0].listing.note else ""
    elif len(found) == 2 and DIFFERENCE.search(text) and not ADDED.search(text):
        said += f": {max(counts)} − {min(counts)} = {max(counts) - min(counts)}"
    elif len({c.roadmap.id for c in found}) == 1 or (understood.sources and ADDED.search(text)):
        said += f": {' + '.join(map(str, counts))} = {sum(counts)}"
    quotes = tuple(dict.fromkeys(quote for c in found for quote in c.quotes))
    return Lead(f"{said}.", quotes, is_whole=bool(understood.sources))


def _name(listing: Listing, with_items: bool, with_note: bool) -> str:
    details = [joined(listing.items)] if with_items else []
    details += [listing.note] if listing.note and with_note else []
    shown = f" ({'; '.join(details)})" if details else ""
    return f"{len(listing.items)} {listing.name}{shown}"


def _said(found: Sequence[_Counted], names: Sequence[str]) -> str:
    """Who lists how many of what."""
    by_roadmap: dict[str, list[str]] = {}
    for counted, name in zip(found, names, strict=True):
        by_roadmap.setdefault(short_name(counted.roadmap), []).append(name)
    first, *others = (f"{author}{{}} {joined(listed)}" for author, listed in by_roadmap.items())
    return "; ".join([first.format(" lists"), *(other.format(":") for other in others)])

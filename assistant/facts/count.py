"""Count what roadmaps list, name it all, or say what stands in one place of a list; each list proved."""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.citations import Quote
from assistant.facts.library import is_read, roadmaps_asked, within
from assistant.facts.phrases import joined, number_word, ordinal, short_name
from assistant.facts.records import Fact, Facts, Statement
from assistant.proofs import proofs_of
from assistant.understanding.request import Operation, Quantity, Request, Role
from ingest.corpus_models import Listing, Roadmap
from ingest.lexical import terms

MAX_UNREAD_OF_COUNT = 1  # of a list that is named, a word more may mean some of its items only; untuned
MOST_LISTS = 5  # a question that fits more of them means none
MOST_ITEMS = 12  # that a sentence names


@dataclass(frozen=True, slots=True)
class Counted:
    """A list of a roadmap with the sentences that name its items."""

    roadmap: Roadmap
    listing: Listing
    quotes: tuple[Quote, ...]

    @property
    def key(self) -> tuple[str, str]:
        """Roadmap and name, as a request names it."""
        return self.roadmap.id, self.listing.name

    @property
    def count(self) -> str:
        """How many of what: `three tools`."""
        return f"{number_word(len(self.listing.items))} {self.listing.name}"

    def is_called(self, noun: str) -> bool:
        """Whether a stemmed noun is a word of one of the list's names."""
        return any(noun in terms(name) for name in (self.listing.name, *self.listing.aliases))


def count(request: Request, facts: Facts) -> Fact | None:
    """Return how many things the named lists have, with the things; or those in the places that are asked for."""
    if not is_read(request, MAX_UNREAD_OF_COUNT):
        return None
    known = [c for r in roadmaps_asked(request, facts) for listing in r.lists if (c := counted(r, listing, facts))]
    out = {key for c in known if c.key in request.excluded.lists for key in (c.key, *_part_keys(c))}
    named = [c for c in known if c.key in request.named.lists and c.key not in out and not _has_part_in(c, request)]
    parts = [p for c in named for p in _parts(c, known) if p.key not in out]
    if not 0 < len(parts) <= MOST_LISTS or len(parts) < len(named):
        return None
    is_of_one = bool(request.named.roadmaps)
    places = request.of(Role.PLACE)
    said = _placed(parts, places) if places else _counts(parts, named, request)
    if said is None:
        return None
    quotes = tuple(dict.fromkeys(quote for p in parts for quote in p.quotes))
    return Fact((Statement(said, quotes),), is_whole=is_of_one, is_sure=is_of_one and not request.unread)


def counted(roadmap: Roadmap, listing: Listing, facts: Facts) -> Counted | None:
    """A list with its proofs, None when it has none; a larger list has no items, and the proofs of its parts."""
    parts = [part for part in roadmap.lists if part.part_of == listing.name] or [listing]
    proofs = [
        [q for q in proofs_of(facts.index).listing(roadmap.id, part) if within(q, facts) is not None] for part in parts
    ]
    quotes = tuple(dict.fromkeys(quote for proof in proofs for quote in proof))
    return Counted(roadmap, listing, quotes) if all(proofs) else None


def listed(one: Counted) -> str:
    """The sentence that counts one list and names its items."""
    items = one.listing.items
    named = f": {joined(items)}" if len(items) <= MOST_ITEMS else ""
    note = f" ({one.listing.note})" if one.listing.note else ""
    return f"{short_name(one.roadmap)} lists {one.count}{named}{note}."


def _part_keys(one: Counted) -> list[tuple[str, str]]:
    return [(one.roadmap.id, part.name) for part in one.roadmap.lists if part.part_of == one.listing.name]


def _parts(one: Counted, known: Sequence[Counted]) -> list[Counted]:
    """The parts of a larger list, else the list alone."""
    return [c for c in known if c.key in _part_keys(one)] or [one]


def _has_part_in(one: Counted, request: Request) -> bool:
    """Whether a part of a larger list is named too: then the part is meant."""
    return any(key in request.named.lists for key in _part_keys(one))


def _counts(parts: Sequence[Counted], named: Sequence[Counted], request: Request) -> str | None:
    """How many, with the terms of a sum or a difference; None where a claimed number has another unit than a list."""
    if len(parts) == 1:
        return listed(parts[0])
    sizes = [len(p.listing.items) for p in parts]
    shows_items = sum(sizes) <= MOST_ITEMS
    by_author: dict[str, list[str]] = {}
    for part in parts:
        by_author.setdefault(short_name(part.roadmap), []).append(_detailed(part, shows_items))
    first, *others = by_author.items()
    said = joined([f"{first[0]} lists {joined(first[1])}", *(f"{author} {joined(names)}" for author, names in others)])
    terms_text = " + ".join(map(str, sizes))
    if len(named) == 1 and not named[0].listing.items:  # of a larger list
        total = f"{number_word(sum(sizes))} {named[0].listing.name}"
        return f"{first[0]} lists {total} ({terms_text}): {joined(first[1])}."
    if request.operation is Operation.DIFFERENCE and len(parts) == 2:
        gap = max(sizes) - min(sizes)
        return f"{said}: a difference of {number_word(gap)} ({max(sizes)} − {min(sizes)})."
    if len(by_author) == 1 or request.operation is Operation.SUM:
        return f"{said}: {number_word(sum(sizes))} in all ({terms_text})."
    return f"{said}."


def _detailed(part: Counted, shows_items: bool) -> str:
    """How many of what, with the items and how they are counted."""
    details = [joined(part.listing.items)] if shows_items else []
    details += [part.listing.note] if part.listing.note else []
    return f"{part.count} ({'; '.join(details)})" if details else part.count


def _placed(parts: Sequence[Counted], places: Sequence[Quantity]) -> str | None:
    """What stands in the places of the one list; None where the list has no such place."""
    if len(parts) != 1 or len(places) != 1:
        return None
    (one,), (place,) = parts, places
    items = one.listing.items
    numbers = [n for n in range(int(place.minimum), int(place.maximum) + 1) if n]
    chosen = [n if n > 0 else len(items) + n + 1 for n in numbers]
    if (place.noun and not one.is_called(place.noun)) or not chosen or not all(0 < n <= len(items) for n in chosen):
        return None
    which = joined([_ordinal(n, len(items), place) for n in chosen])
    verb = "is" if len(chosen) == 1 else "are"
    named = joined([items[n - 1] for n in chosen])
    return f"The {which} of {short_name(one.roadmap)}'s {one.count} {verb} {named}."


def _ordinal(place: int, size: int, asked: Quantity) -> str:
    """A place in words; the last one is called so where it was asked for from the end."""
    return "last" if place == size and asked.maximum < 0 else ordinal(place)

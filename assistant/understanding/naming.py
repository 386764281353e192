"""Find what a question names: topics, resources, roadmaps, and the stages and lists of roadmaps."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.understanding.lexicon import lexicon
from assistant.understanding.phrases import Found, PhraseTable, Token, tokens_of
from assistant.understanding.quantities import NUMBERED, Read
from assistant.understanding.request import Role, Things
from assistant.vocabulary import Named, Names
from ingest.corpus_models import Roadmap, Stage, Structure
from ingest.lexical import terms

StageKey = tuple[str, int]  # roadmap id, place in its stages
ListKey = tuple[str, str]  # roadmap id, name of the list
LEAST_STAGES = 2  # named by a word of theirs only, without `module` or the roadmap's name, that are taken for stages


@dataclass(frozen=True, slots=True)
class Naming:
    """What a text names, each with the places of the tokens that name it."""

    topics: tuple[Found[str], ...]
    topic_names: tuple[str, ...]  # the words of the text for each of `topics`
    resources: tuple[Found[str], ...]
    roadmaps: tuple[Found[str], ...]
    stages: tuple[Found[StageKey], ...]
    lists: tuple[tuple[ListKey, frozenset[int]], ...]

    def without_topics_in(self, places: set[int]) -> "Naming":
        """The naming without topics whose words tell of the learner: `backend dev`."""
        kept = [(f, n) for f, n in zip(self.topics, self.topic_names, strict=True) if not places & set(f.places)]
        return replace(self, topics=tuple(f for f, _ in kept), topic_names=tuple(n for _, n in kept))

    def things(self, places: Iterable[int] | None = None) -> Things:
        """What is named, of all tokens or of those in `places`."""
        inside = None if places is None else set(places)

        def kept(found: Iterable[Found[str]]) -> tuple[str, ...]:
            return tuple(dict.fromkeys(f.value for f in found if inside is None or inside.issuperset(f.places)))

        topics = kept(self.topics)
        called = {f.value: name for f, name in zip(self.topics, self.topic_names, strict=True)}
        return Things(
            topics=topics,
            topic_names=tuple(called[topic] for topic in topics),
            resources=kept(self.resources),
            roadmaps=kept(self.roadmaps),
            stages=tuple(dict.fromkeys(f.value for f in self.stages if inside is None or inside.issuperset(f.places))),
            lists=tuple(dict.fromkeys(key for key, at in self.lists if inside is None or inside.issuperset(at))),
        )


class Namer:
    """Knows every name of the library's things."""

    def __init__(self, names: Names, structure: Structure) -> None:
        self._names = names
        self._asking = lexicon().asking
        self._structure = structure
        topics = ((name, t.id) for t in structure.topics.values() for name in t.names)
        self._topics = PhraseTable(topics)
        self._stages = PhraseTable(
            (name, (roadmap.id, place))
            for roadmap in structure.roadmaps.values()
            for place, stage in enumerate(roadmap.stages)
            for name in (_bare_name(stage), *stage.aliases)
        )

        self._list_names = {
            (roadmap.id, listing.name): [
                words for name in (listing.name, *listing.aliases) if (words := frozenset(terms(name)))
            ]
            for roadmap in structure.roadmaps.values()
            for listing in roadmap.lists
        }

    def known(self, text: str) -> list[Named]:
        """Return the topics, resources and roadmaps that `text` names, the longest name first at each place."""
        return self._names.find(text)

    def find(self, text: str, tokens: Sequence[Token], read: Sequence[Read], known: Sequence[Named]) -> Naming:
        """Return what `text` names; `tokens`, `read` and `known` are its tokens, quantities and known names."""
        roadmaps = tuple(_found(n, tokens) for n in known if n.kind == "roadmap")
        stages = self._stages_in(tokens, read, {r.value for r in roadmaps})
        taken = {place for found in roadmaps for place in found.places}
        taken |= {place for found in stages for place in found.places}
        topics = tuple(f for f in self._topics.find(tokens) if not taken & set(f.places))
        about = {place for found in topics for place in found.places}
        linked = (_found(n, tokens) for n in known if n.kind == "resource")
        resources = tuple(f for f in linked if not self._only_asks(f, tokens, about))
        called = tuple(text[tokens[f.first].start : tokens[f.last].end] for f in topics)
        return Naming(
            topics, called, resources, roadmaps, stages, tuple(self._lists_in(tokens, {r.value for r in roadmaps}))
        )

    def _only_asks(self, found: Found[str], tokens: Sequence[Token], about: set[int]) -> bool:
        """Whether a resource is named by words of asking about a topic alone: `must I learn C++?` is no course's name."""
        beside = [tokens[place] for place in found.places if place not in about]
        return len(beside) not in (0, len(found.places)) and all(token.stem in self._asking for token in beside)

    def _stages_in(
        self, tokens: Sequence[Token], read: Sequence[Read], roadmaps: set[str]
    ) -> tuple[Found[StageKey], ...]:
        placed = [f for r in read for f in self._placed(r, roadmaps)]
        taken = {place for found in placed for place in found.places}
        nouns = {token.stem for token in tokens} & NUMBERED
        called = [f for f in self._stages.find(tokens) if not taken & set(f.places)]
        count = {f.value[0]: len({g.value for g in called if g.value[0] == f.value[0]}) for f in called}
        kept = [
            f
            for f in called
            if (not roadmaps or f.value[0] in roadmaps)
            and (self._noun(f.value) in nouns or count[f.value[0]] >= LEAST_STAGES)
        ]
        return tuple(sorted((*placed, *kept), key=lambda f: f.first))

    def _placed(self, read: Read, roadmaps: set[str]) -> list[Found[StageKey]]:
        """The stages that `module 3` or `the last two modules` stand for."""
        quantity = read.quantity
        if quantity.role is not Role.PLACE:
            return []
        found: list[Found[StageKey]] = []
        for roadmap in self._structure.roadmaps.values():
            if roadmaps and roadmap.id not in roadmaps:
                continue
            listed = [n for n in range(len(roadmap.stages)) if self._noun((roadmap.id, n)) == quantity.noun]
            first, last = int(quantity.minimum), int(quantity.maximum)
            if first < 0:
                chosen = listed[len(listed) + first : len(listed) + last + 1] if -first <= len(listed) else []
            else:
                chosen = [n for n in listed if _numbers(roadmap.stages[n]) & set(range(first, last + 1))]
            found += [Found((roadmap.id, n), read.first, read.last) for n in chosen]
        return found

    def _noun(self, key: StageKey) -> str:
        """The stem by which the stages of one list are called, such as `modul`; empty when there is none."""
        roadmap_id, place = key
        return _noun_of(self._structure.roadmaps[roadmap_id].stages[place])

    def _lists_in(self, tokens: Sequence[Token], roadmaps: set[str]) -> Iterable[tuple[ListKey, frozenset[int]]]:
        """The lists that have a name whose content words all stand in the text; the longest names of each roadmap only."""
        at: dict[str, int] = {}
        for place, token in enumerate(tokens):
            at.setdefault(token.stem, place)
        for roadmap in self._structure.roadmaps.values():
            if roadmaps and roadmap.id not in roadmaps:
                continue
            fits = {}
            for listing in roadmap.lists:
                names = self._list_names[roadmap.id, listing.name]
                best = max((n for n in names if n <= at.keys()), key=len, default=frozenset())
                if best:
                    fits[listing.name] = best
            yield from (
                ((roadmap.id, name), frozenset(at[stem] for stem in words))
                for name, words in fits.items()
                if not _is_named_closer(roadmap, name, fits)
            )


def _is_named_closer(roadmap: Roadmap, name: str, fits: Mapping[str, frozenset[str]]) -> bool:
    """Whether the words that name a list name a part of it too, or belong to the longer name of another."""
    is_whole = any(part.part_of == name and part.name in fits for part in roadmap.lists)
    return is_whole or any(fits[name] < words for words in fits.values())


def _bare_name(stage: Stage) -> str:
    """The name without `Module 2:`."""
    return stage.name.split(": ", 1)[-1]


def _noun_of(stage: Stage) -> str:
    tokens = tokens_of(stage.name.split(":", 1)[0])
    nouns = [token.stem for token in tokens if token.stem in NUMBERED]
    return nouns[-1] if nouns and ":" in stage.name else ""


def _numbers(stage: Stage) -> set[int]:
    """The numbers in `Weeks 2-4: …`; a part such as 4.1 has none of its own."""
    head = stage.name.split(":", 1)[0] if ":" in stage.name else ""
    if "." in head:
        return set()
    found = [int(token.word) for token in tokens_of(head) if token.word.isdigit()]
    return set(range(found[0], found[-1] + 1)) if found else set()


def _found(named: Named, tokens: Sequence[Token]) -> Found[str]:
    inside = [n for n, token in enumerate(tokens) if named.start <= token.start and token.end <= named.end]
    return Found(named.name_id, inside[0], inside[-1])

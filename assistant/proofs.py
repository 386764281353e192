"""Find the sentence of a section that proves a structured datum; none is better than one that does not fit."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from weakref import WeakKeyDictionary

from assistant.citations import Quote
from ingest.corpus_models import (
    Duration,
    Estimate,
    Listing,
    Prerequisite,
    Recommendation,
    Resource,
    Stage,
    Stance,
    Time,
    Topic,
)
from ingest.figures import states
from ingest.index import Index
from ingest.lexical import terms
from ingest.records import Kind, Passage
from ingest.text import plain

ORDER = re.compile(
    r"\b(?:order|runs? from|goes? from|steps?|stages?|modules?|parts?|weeks?|months?|first|second|third|next|then|last"
    r"|later|after|before|once|start\w*)\b",
    re.IGNORECASE,
)
NECESSITY = re.compile(r"\b(?:required|optional|a must|skip|if needed|if necessary)\b", re.IGNORECASE)
OVERVIEWS = ("overview", "summary")
LEAST_SHARE = 0.4  # of a datum's content words that a sentence which does not name its subject must hold
LEAST_WORDS = 2
NAMES_KEPT = 4096  # whose words are kept; the library has half as many
FIRST_TOPICS = 2  # of a stage, which its author names first
# What naming the subject counts beside 1 for holding all words of the datum; untuned. A stage has many topics.
TOPIC_WEIGHT, STAGE_WEIGHT = 0.7, 0.4
_opened: "WeakKeyDictionary[Index, Proofs]" = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class _Sentence:
    quote: Quote
    text: str
    words: tuple[str, ...]  # stemmed content words, in order


def proofs_of(index: Index) -> "Proofs":
    """Return the proofs of an opened index, collected once for as long as it is open."""
    if index not in _opened:
        _opened[index] = Proofs(index)
    return _opened[index]


class Proofs:
    """The library's sentences by section, and the choice among them; users' documents prove no datum."""

    def __init__(self, index: Index) -> None:
        self._structure = index.structure
        self._sections: dict[str, list[_Sentence]] = {}
        self._sources: dict[str, list[_Sentence]] = {}
        for passage in index.passages.values():
            if passage.kind is not Kind.DOCUMENT:
                sentences = list(_sentences(passage, index))
                self._sections.setdefault(passage.section_id, []).extend(sentences)
                self._sources.setdefault(passage.source_id, []).extend(sentences)

    def mentions(self, source_id: str, names: Iterable[str]) -> bool:
        """Whether one sentence of a source has every content word of one of the names."""
        wanted = [words for name in names if (words := frozenset(_name_terms(name)))]
        return any(name.issubset(s.words) for s in self._sources.get(source_id, ()) for name in wanted)

    def stance(self, roadmap_id: str, stance: Stance) -> Quote | None:
        """The sentence that states what a roadmap holds of a topic."""
        topic = self._structure.topics[stance.topic]
        about = terms(f"{topic.name} {stance.note}")
        return self._best(roadmap_id, (stance.section,), about, lambda s: TOPIC_WEIGHT * _named(s, topic.names))

    def stage(self, roadmap_id: str, stage: Stage) -> Quote | None:
        """The sentence that tells of a stage: of its section, else where the roadmap gives its order."""
        found = self._telling(roadmap_id, stage, stage.topics[:FIRST_TOPICS])
        return found or self._placing(roadmap_id, stage) or self._telling(roadmap_id, stage, stage.topics)

    def order(self, roadmap_id: str, stage: Stage) -> Quote | None:
        """The sentence that places a stage among the others, else the one that tells of it."""
        return self._placing(roadmap_id, stage) or self.stage(roadmap_id, stage)

    def _telling(self, roadmap_id: str, stage: Stage, topic_ids: Sequence[str]) -> Quote | None:
        topics = [self._structure.topics[t] for t in topic_ids]
        names = [name for topic in topics for name in topic.names]
        about = [*terms(stage.name), *(w for t in topics for w in terms(t.name))]
        return self._best(roadmap_id, (stage.section,), about, lambda s: STAGE_WEIGHT * _named(s, names))

    def _placing(self, roadmap_id: str, stage: Stage) -> Quote | None:
        about = [w for w in terms(stage.name) if w not in ("step", "modul")]

        def places(sentence: _Sentence) -> float:
            return float(bool(ORDER.search(sentence.text))) * _share(sentence, about)

        found = max(self._all(roadmap_id, (*OVERVIEWS, stage.section)), key=places, default=None)
        return found.quote if found is not None and places(found) >= LEAST_SHARE else None

    def necessity(self, roadmap_id: str, topic_id: str) -> Quote | None:
        """The sentence that names a topic and says whether a roadmap requires it."""
        roadmap, topic = self._structure.roadmaps[roadmap_id], self._structure.topics[topic_id]
        sections = [s.section for s in roadmap.stances if s.topic == topic_id]
        sections += [s.section for s in roadmap.stages if topic_id in s.topics]
        for sentence in self._all(roadmap_id, sections):
            if NECESSITY.search(sentence.text) and _named(sentence, (topic.name, topic.id.replace("-", " "))) == 1:
                return sentence.quote
        return None

    def stage_duration(self, roadmap_id: str, stage: Stage) -> Quote | None:
        """The sentence that gives the time of a stage."""
        return self._figure(roadmap_id, stage.section, stage.duration, stage.name)

    def estimate(self, roadmap_id: str, estimate: Estimate) -> Quote | None:
        """The sentence that gives a roadmap's own estimate."""
        about = f"{estimate.audience} {estimate.conditions or ''}"
        return self._figure(roadmap_id, estimate.section, estimate.duration, about)

    def time(self, roadmap_id: str, time: Time) -> Quote | None:
        """The sentence that gives any other figure of time."""
        return self._figure(roadmap_id, time.section, time.duration, time.what)

    def listing(self, roadmap_id: str, listing: Listing) -> tuple[Quote, ...]:
        """The sentences that name what a roadmap lists, in the text's order; none when one of the items is not named."""
        sentences = self._all(roadmap_id, (listing.section,))
        places = (
            next((n for n, s in enumerate(sentences) if set(s.words).issuperset(terms(item))), None)
            for item in listing.items
        )
        found = sorted(set(places), key=lambda n: -1 if n is None else n)
        return () if None in found else tuple(sentences[n].quote for n in found if n is not None)

    def resource_duration(self, resource: Resource) -> Quote | None:
        """The sentence of a resource's page that gives its length."""
        return self._figure(resource.id, OVERVIEWS[0], resource.duration, resource.title)

    def recommendation(self, resource: Resource, recommendation: Recommendation) -> Quote | None:
        """The sentence of a roadmap that names a resource, by its address or by its name."""
        urls = {u for u in (recommendation.url, resource.url) if u}
        about = terms(f"{resource.title} {recommendation.purpose}")

        def naming(sentence: _Sentence) -> float:
            return 1.0 if any(f"]({url})" in sentence.text for url in urls) else 0.9 * _named(sentence, resource.names)

        sections = (recommendation.section,)
        return self._best(recommendation.roadmap, sections, about, naming, must_be_named=True)

    def prerequisite(self, topic: Topic, prerequisite: Prerequisite) -> Quote | None:
        """The sentence that says that one topic comes before another."""
        first = self._structure.topics[prerequisite.topic]
        about = terms(f"{first.name} {topic.name} first before required")

        def naming(sentence: _Sentence) -> float:
            named = _named(sentence, first.names)
            return named + 0.5 * _named(sentence, topic.names) if named else 0.0

        return self._best(prerequisite.roadmap, (prerequisite.section,), about, naming)

    def _figure(self, source_id: str, section: str, duration: Duration | None, about: str) -> Quote | None:
        if duration is None:
            return None
        words = terms(about)
        fitting = [s for s in self._all(source_id, (section,)) if states(s.text, duration)]
        best = max(fitting, key=lambda s: _share(s, words), default=None)
        return best.quote if best else None

    def _best(
        self,
        source_id: str,
        sections: Sequence[str],
        about: Sequence[str],
        naming: Callable[[_Sentence], float],
        must_be_named: bool = False,
    ) -> Quote | None:
        found = self._all(source_id, sections)
        best = max(found, key=lambda s: naming(s) + _share(s, about), default=None)
        if best is None:
            return None
        held = len(set(about) & set(best.words))
        is_like = not must_be_named and held >= LEAST_WORDS and _share(best, about) >= LEAST_SHARE
        return best.quote if naming(best) > 0 or is_like else None

    def _all(self, source_id: str, sections: Sequence[str]) -> list[_Sentence]:
        ids = dict.fromkeys(f"{source_id}#{section}" for section in sections)
        return [sentence for section_id in ids for sentence in self._sections.get(section_id, [])]


def _sentences(passage: Passage, index: Index) -> Iterable[_Sentence]:
    text = index.sources[passage.source_id].text
    for start, end in passage.sentences:
        sentence = text[start:end]
        yield _Sentence(Quote(passage, start, end), sentence, tuple(terms(plain(sentence))))


def _named(sentence: _Sentence, names: Iterable[str]) -> float:
    """1 when a name stands in the sentence, 0.8 when only all its words do, else 0."""
    held = set(sentence.words)
    best = 0.0
    for name in names:
        words = _name_terms(name)
        if not words or not held.issuperset(words):
            continue
        if any(sentence.words[n : n + len(words)] == words for n in range(len(sentence.words))):
            return 1.0
        best = 0.8
    return best


@lru_cache(maxsize=NAMES_KEPT)
def _name_terms(name: str) -> tuple[str, ...]:
    """The stemmed content words of a name."""
    return tuple(terms(name))


def _share(sentence: _Sentence, about: Sequence[str]) -> float:
    """Share, 0 to 1, of the distinct words of `about` that the sentence holds."""
    wanted = set(about)
    return len(wanted & set(sentence.words)) / len(wanted) if wanted else 0.0

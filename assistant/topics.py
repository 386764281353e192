"""Find a topic by any of its names, and its place among broader and narrower ones."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from assistant.derived import derived
from assistant.vocabulary import words_of
from ingest.corpus_models import Recommendation, Resource, Structure, Topic, Verdict
from ingest.errors import RoadmapError

NEAREST = 3
LEAST_LIKENESS = 0.7  # share of letters in common, 0 to 1, below which a name is no help; untuned


class UnknownNameError(RoadmapError):
    """The library has no topic or roadmap of that name; the message tells the nearest."""


def find_topic(text: str, structure: Structure) -> Topic:
    """Return the topic with that id, name or alias. Raises UnknownNameError with the nearest names."""
    return _find(text, _table(structure))


def find_topics(texts: Iterable[str], structure: Structure) -> list[Topic]:
    """Return the topics of several names, each once. Raises UnknownNameError for the first that there is not."""
    table = _table(structure)
    return list({topic.id: topic for topic in (_find(text, table) for text in texts)}.values())


def _find(text: str, table: Mapping[tuple[str, ...], Topic]) -> Topic:
    words = words_of(text)
    found = table.get(words) or (table.get((*words[:-1], words[-1].removesuffix("s"))) if words else None)
    if found is not None:
        return found
    spellings = {" ".join(key): topic.name for key, topic in table.items()}
    asked = " ".join(words)[:80]
    close = get_close_matches(asked, spellings, n=4 * NEAREST, cutoff=LEAST_LIKENESS)
    nearest = list(dict.fromkeys(spellings[c] for c in close))[:NEAREST]
    remedy = f"did you mean {' or '.join(nearest)}?" if nearest else "try another name, such as Python or deep learning"
    raise UnknownNameError(f"unknown topic {text[:80]!r}: {remedy}")


def find_roadmap(roadmap_id: str, structure: Structure) -> str:
    """Return `roadmap_id`. Raises UnknownNameError when the library has no such roadmap."""
    if roadmap_id in structure.roadmaps:
        return roadmap_id
    raise UnknownNameError(f"unknown roadmap {roadmap_id[:80]!r}: use one of {', '.join(structure.roadmaps)}")


def narrower(topic_id: str, topics: Mapping[str, Topic]) -> list[str]:
    """Return all topics below `topic_id`, nearest first."""
    found: dict[str, None] = {}
    level = {topic_id}
    while level:
        below = [t.id for t in topics.values() if level & set(t.parents) and t.id not in found and t.id != topic_id]
        found.update(dict.fromkeys(below))
        level = set(below)
    return list(found)


def broader(topic_id: str, topics: Mapping[str, Topic]) -> list[str]:
    """Return all topics above `topic_id`, nearest first."""
    found: dict[str, None] = {}
    level = [topic_id]
    while level:
        level = [p for t in level for p in topics[t].parents if p not in found and p in topics and p != topic_id]
        found.update(dict.fromkeys(level))
    return list(found)


def recommendations(resource: Resource, structure: Structure) -> list[Recommendation]:
    """Return who recommends a resource; a roadmap that advises against its first topic only mentions it."""
    against = {
        roadmap.id
        for roadmap in structure.roadmaps.values()
        for stance in roadmap.stances
        if stance.topic == resource.topics[0] and stance.verdict is Verdict.ADVISES_AGAINST
    }
    return [r for r in resource.recommended_by if r.roadmap not in against]


@derived
def _table(structure: Structure) -> dict[tuple[str, ...], Topic]:
    table: dict[tuple[str, ...], Topic] = {}
    for topic in structure.topics.values():
        table.setdefault(words_of(topic.name), topic)
        table.setdefault(words_of(topic.id), topic)
    for topic in structure.topics.values():
        for alias in topic.names:
            table.setdefault(words_of(alias), topic)
    table.pop((), None)
    return table

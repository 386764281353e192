"""Count what the library holds and where it is thin, from what `ingest.corpus.load` returns."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingest.corpus_models import Structure
from ingest.records import Source


@dataclass(frozen=True, slots=True)
class Coverage:
    """What one roadmap's page holds; `resources` counts the pages whose `recommended_by` names it."""

    roadmap_id: str
    sections: int
    words: int
    questions: int
    stages: int
    estimates: int
    stances: int
    times: int
    resources: int


@dataclass(frozen=True, slots=True)
class FormatCount:
    """How many resources are of one format, in all and as each roadmap recommends them."""

    format: str
    total: int
    by_roadmap: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class TopicCount:
    """The roadmaps that hold a stance on a topic, in order of file name."""

    topic_id: str
    roadmaps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SectionCount:
    """How many learners' questions lead into a section, and how many words it has."""

    section_id: str
    questions: int
    words: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """The whole library in numbers; words are counted over bodies, Markdown addresses included.

    `topics` are in order of falling number of stances, without those of `topics_without_stance`;
    `sections` are in order of rising number of questions.
    """

    roadmap_count: int
    resource_count: int
    topic_count: int
    section_count: int
    word_count: int
    question_count: int
    coverage: tuple[Coverage, ...]
    formats: tuple[FormatCount, ...]
    topics: tuple[TopicCount, ...]
    topics_without_stance: tuple[str, ...]
    sections: tuple[SectionCount, ...]


def measure(structure: Structure, sources: Sequence[Source]) -> Statistics:
    """Return the numbers of a loaded library."""
    sections = [_section_count(source, n) for source in sources for n in range(len(source.sections))]
    stances = _topic_counts(structure)
    return Statistics(
        roadmap_count=len(structure.roadmaps),
        resource_count=len(structure.resources),
        topic_count=len(structure.topics),
        section_count=len(sections),
        word_count=sum(len(source.text.split()) for source in sources),
        question_count=sum(s.questions for s in sections),
        coverage=tuple(_coverage(structure, source) for source in sources if source.source_id in structure.roadmaps),
        formats=_formats(structure),
        topics=tuple(t for t in stances if t.roadmaps),
        topics_without_stance=tuple(t.topic_id for t in stances if not t.roadmaps),
        sections=tuple(sorted(sections, key=lambda s: (s.questions, s.section_id))),
    )


def _section_count(source: Source, number: int) -> SectionCount:
    section = source.sections[number]
    words = len(source.text[section.start : section.end].split())
    return SectionCount(section.section_id, len(section.questions), words)


def _coverage(structure: Structure, source: Source) -> Coverage:
    page = structure.roadmaps[source.source_id]
    return Coverage(
        roadmap_id=page.id,
        sections=len(source.sections),
        words=len(source.text.split()),
        questions=sum(len(section.questions) for section in source.sections),
        stages=len(page.stages),
        estimates=len(page.estimates),
        stances=len(page.stances),
        times=len(page.times),
        resources=sum(page.id in {by.roadmap for by in r.recommended_by} for r in structure.resources.values()),
    )


def _formats(structure: Structure) -> tuple[FormatCount, ...]:
    totals = Counter(resource.format.value for resource in structure.resources.values())
    pairs = Counter(
        (resource.format.value, roadmap)
        for resource in structure.resources.values()
        for roadmap in {by.roadmap for by in resource.recommended_by}
    )
    return tuple(
        FormatCount(name, total, {roadmap: pairs[name, roadmap] for roadmap in structure.roadmaps})
        for name, total in sorted(totals.items(), key=lambda item: (-item[1], item[0]))
    )


def _topic_counts(structure: Structure) -> list[TopicCount]:
    counts = [
        TopicCount(topic, tuple(r.id for r in structure.roadmaps.values() if topic in {s.topic for s in r.stances}))
        for topic in structure.topics
    ]
    return sorted(counts, key=lambda count: (-len(count.roadmaps), count.topic_id))

"""Check the pages of the corpus against each other: every name points at something that exists."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from ingest.corpus_models import Resource, Roadmap, Topic, question_count
from ingest.page_checks import check_pages
from ingest.records import Source

MIN_QUESTIONS = 3


def check(
    roadmaps: Mapping[str, Roadmap],
    resources: Mapping[str, Resource],
    topics: Mapping[str, Topic],
    sources: Mapping[str, Source],
) -> list[str]:
    """Return one line per contradiction, each with the file, the key and the remedy; empty when sound."""
    slugs = {i: {s.section_id.partition("#")[2] for s in source.sections} for i, source in sources.items()}
    return [
        *_topic_problems(topics, {i: slugs[i] for i in roadmaps}),
        *(
            f"roadmaps/{i}.md: {p}"
            for i, r in roadmaps.items()
            for p in _roadmap_problems(r, topics, resources, slugs[i])
        ),
        *(
            f"resources/{i}.md: {p}"
            for i, r in resources.items()
            for p in _resource_problems(r, topics, roadmaps, slugs)
        ),
        *_shared_urls(resources),
        *_shared_names(resources),
        *_shared_ids(roadmaps, resources),
        *_unlisted(roadmaps, resources),
        *check_pages(roadmaps, resources, sources),
    ]


def _topic_problems(topics: Mapping[str, Topic], slugs: Mapping[str, set[str]]) -> Iterator[str]:
    owners: dict[str, str] = {}
    for topic in topics.values():
        where = f"topics.yaml: topic {topic.id}"
        for name in sorted({alias.lower() for alias in (topic.id.replace("-", " "), topic.name, *topic.aliases)}):
            owner = owners.setdefault(name, topic.id)
            if owner != topic.id:
                yield f"{where}: alias {name!r} belongs to topic {owner} already: keep it in one place"
        yield from (f"{where}: parents: {p}" for p in _unknown("topic", topic.parents, topics))
        for step in topic.prerequisites:
            yield from (f"{where}: prerequisites: {p}" for p in _unknown("topic", [step.topic], topics))
            yield from (f"{where}: prerequisites: {p}" for p in _section(step.roadmap, step.section, slugs))
    yield from _cycle(topics, "parents", lambda t: t.parents)
    yield from _cycle(topics, "prerequisites", lambda t: tuple(p.topic for p in t.prerequisites))


def _cycle(topics: Mapping[str, Topic], key: str, following: Callable[[Topic], tuple[str, ...]]) -> Iterator[str]:
    try:
        TopologicalSorter({t.id: following(t) for t in topics.values()}).prepare()
    except CycleError as error:
        yield f"topics.yaml: {key}: go round in a circle ({' → '.join(error.args[1])}): remove one of the links"


def _roadmap_problems(
    page: Roadmap, topics: Mapping[str, Topic], resources: Mapping[str, Resource], slugs: set[str]
) -> Iterator[str]:
    for key in ("stages", "estimates", "stances", "times", "lists", "links"):
        for number, item in enumerate(getattr(page, key)):
            if item.section not in slugs:
                yield f"key {key}.{number}.section: no section {item.section!r}: use one of {_some(slugs)}"
    for number, stage in enumerate(page.stages):
        yield from (f"key stages.{number}.topics: {p}" for p in _unknown("topic", stage.topics, topics))
        yield from (f"key stages.{number}.resources: {p}" for p in _unknown("resource", stage.resources, resources))
    yield from _stance_problems(page, topics)
    yield from _list_problems(page)
    yield from _question_problems(page, slugs)


def _stance_problems(page: Roadmap, topics: Mapping[str, Topic]) -> Iterator[str]:
    stated: dict[str, int] = {}
    for number, stance in enumerate(page.stances):
        yield from (f"key stances.{number}.topic: {p}" for p in _unknown("topic", [stance.topic], topics))
        first = stated.setdefault(stance.topic, number)
        if first != number:
            yield f"key stances.{number}.topic: {stance.topic!r} has stance {first} already: keep one of the two"


def _list_problems(page: Roadmap) -> Iterator[str]:
    names: dict[str, int] = {}
    for number, listing in enumerate(page.lists):
        first = names.setdefault(listing.name.lower(), number)
        if first != number:
            yield f"key lists.{number}.name: {listing.name!r} names list {first} already: rename one of the two"
        if bool(listing.items) == (listing.name in {other.part_of for other in page.lists}):
            yield f"key lists.{number}.items: {listing.name!r} needs items or parts, one of the two: correct it"
        if listing.part_of and listing.part_of not in {other.name for other in page.lists}:
            yield f"key lists.{number}.part_of: no list {listing.part_of!r}: add it, or correct the name"
        for item in sorted({i for i in listing.items if listing.items.count(i) > 1}):
            yield f"key lists.{number}.items: {item!r} stands there twice: keep one"


def _question_problems(page: Roadmap, slugs: set[str]) -> Iterator[str]:
    for slug, questions in page.questions.items():
        if slug not in slugs:
            yield f"key questions.{slug}: no section {slug!r}: use one of {_some(slugs)}"
        if question_count(questions) < MIN_QUESTIONS:
            yield f"key questions.{slug}: {question_count(questions)} questions: write at least {MIN_QUESTIONS}"
    for slug in sorted(slugs - set(page.questions)):
        yield f"key questions: none for section {slug!r}: write at least {MIN_QUESTIONS}"


def _resource_problems(
    page: Resource, topics: Mapping[str, Topic], roadmaps: Mapping[str, Roadmap], slugs: Mapping[str, set[str]]
) -> Iterator[str]:
    if question_count(page.questions) < MIN_QUESTIONS:
        yield f"key questions: {question_count(page.questions)} questions: write {MIN_QUESTIONS} or more"
    yield from (f"key topics: {p}" for p in _unknown("topic", page.topics, topics))
    yield from (f"key prerequisites: {p}" for p in _unknown("topic", page.prerequisites, topics))
    for number, by in enumerate(page.recommended_by):
        if by.roadmap not in roadmaps:
            yield f"key recommended_by.{number}.roadmap: no roadmap {by.roadmap!r}: use one of {_some(roadmaps)}"
        else:
            yield from (f"key recommended_by.{number}: {p}" for p in _section(by.roadmap, by.section, slugs))
        if (by.roadmap, by.section) in {(other.roadmap, other.section) for other in page.recommended_by[:number]}:
            yield f"key recommended_by.{number}: {by.roadmap}#{by.section} stands there twice: merge the two entries"
    if page.status.state != "live" and page.status.note is None:
        yield f"key status.note: missing for a {page.status.state} address: say what became of it"
    if page.status.state == "moved" and page.status.url is None:
        yield "key status.url: missing for a moved address: give the new one"


def _section(source_id: str, slug: str, slugs: Mapping[str, set[str]]) -> Iterator[str]:
    if source_id not in slugs:
        yield f"no roadmap {source_id!r}: use one of {_some(slugs)}"
    elif slug not in slugs[source_id]:
        yield f"roadmap {source_id} has no section {slug!r}: use one of {_some(slugs[source_id])}"


def _unknown(what: str, names: Iterable[str], known: Mapping[str, object]) -> Iterator[str]:
    for name in names:
        if name not in known:
            yield f"unknown {what} {name!r}: correct it, or add that {what}"


def _shared_urls(resources: Mapping[str, Resource]) -> Iterator[str]:
    owners: dict[str, str] = {}
    for page in resources.values():
        owner = owners.setdefault(page.url.rstrip("/").lower(), page.id)
        if owner != page.id:
            yield f"resources/{page.id}.md: key url: is the address of {owner} too: merge the pages"


def _shared_names(resources: Mapping[str, Resource]) -> Iterator[str]:
    owners: dict[str, str] = {}
    for page in resources.values():
        for name in sorted({alias.lower() for alias in (page.title, *page.aliases)}):
            owner = owners.setdefault(name, page.id)
            if owner != page.id:
                yield f"resources/{page.id}.md: key aliases: {name!r} names {owner} already: keep it in one place"


def _shared_ids(roadmaps: Mapping[str, Roadmap], resources: Mapping[str, Resource]) -> Iterator[str]:
    for name in sorted(set(roadmaps) & set(resources)):
        yield f"resources/{name}.md: key id: is a roadmap's id too: choose another"


def _unlisted(roadmaps: Mapping[str, Roadmap], resources: Mapping[str, Resource]) -> Iterator[str]:
    """A stage that lists a resource, and the resource's `recommended_by`, must agree."""
    for page in roadmaps.values():
        for number, stage in enumerate(page.stages):
            for name in stage.resources:
                resource = resources.get(name)
                if resource and page.id not in {by.roadmap for by in resource.recommended_by}:
                    yield (
                        f"roadmaps/{page.id}.md: key stages.{number}.resources: {name} does not name {page.id}"
                        f" in recommended_by: add it to resources/{name}.md"
                    )


def _some(names: Iterable[str]) -> str:
    ordered = sorted(names)
    return ", ".join(ordered[:8]) + (", …" if len(ordered) > 8 else "")

"""Read the library from disk: pages and topics, validated one by one and then against each other."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ingest.corpus_checks import check
from ingest.corpus_models import Resource, Roadmap, Structure, Topic
from ingest.errors import CorpusError
from ingest.front_matter import PageError, parse_yaml, read_text, split_page, validate
from ingest.markdown import OVERVIEW, Outline, outline
from ingest.records import Kind, Section, Source
from ingest.shipped import default_corpus as default_corpus
from ingest.stored_questions import with_questions
from ingest.text import normalise

P = TypeVar("P", Roadmap, Resource)

TOPICS_FILE = "topics.yaml"


@dataclass(frozen=True, slots=True)
class Library:
    """The whole corpus: what its pages state as data, and one source per page in order of file name."""

    structure: Structure
    sources: tuple[Source, ...]


def corpus_hash(folder: Path) -> str:
    """SHA-256 over the names and bytes of every file of the corpus that matters, in sorted order."""
    digest = hashlib.sha256()
    for path in sorted([*folder.glob("roadmaps/*.md"), *folder.glob("resources/*.md"), folder / TOPICS_FILE]):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()


def load(folder: Path) -> Library:
    """Read and check the corpus in `folder`. Raises CorpusError that lists every problem found."""
    problems: list[str] = []
    if not folder.is_dir():
        raise CorpusError([f"{folder}: no such folder: give the folder that holds roadmaps/ and resources/"])
    topics = _topics(folder / TOPICS_FILE, problems)
    sources: list[Source] = []
    roadmaps = _pages(folder / "roadmaps", Roadmap, problems, sources)
    resources = _pages(folder / "resources", Resource, problems, sources)
    if not roadmaps and not problems:
        problems.append(f"{folder / 'roadmaps'}: no roadmap: add at least one page")
    if not problems:
        problems += check(roadmaps, resources, topics, {s.source_id: s for s in sources})
    if problems:
        raise CorpusError(problems)
    return Library(Structure(roadmaps=roadmaps, resources=resources, topics=topics), tuple(sources))


def _topics(path: Path, problems: list[str]) -> dict[str, Topic]:
    topics: dict[str, Topic] = {}
    try:
        entries = parse_yaml(read_text(path))
        if not isinstance(entries, list):
            raise PageError(["is not a list: begin each topic with '- id:'"])
    except PageError as error:
        problems += [f"{path.name}: {line}" for line in error.problems]
        return topics
    for number, entry in enumerate(entries, start=1):
        name = entry.get("id", f"entry {number}") if isinstance(entry, dict) else f"entry {number}"
        try:
            topic = validate(Topic, entry)
        except PageError as error:
            problems += [f"{path.name}: topic {name}: {line}" for line in error.problems]
            continue
        if topic.id in topics:
            problems.append(f"{path.name}: topic {topic.id}: stands there twice: merge the two entries")
        topics[topic.id] = topic
    return topics


def _pages(folder: Path, model: type[P], problems: list[str], sources: list[Source]) -> dict[str, P]:
    pages: dict[str, P] = {}
    for path in sorted(folder.glob("*.md")):
        name = f"{folder.name}/{path.name}"
        try:
            front, body = split_page(read_text(path))
            page = validate(model, parse_yaml(front, first_line=2))
        except PageError as error:
            problems += [f"{name}: {line}" for line in error.problems]
            continue
        source, misfits = _read(page, body, path.stem)
        problems += [f"{name}: {line}" for line in misfits]
        pages[page.id] = page
        sources.append(source)
    return pages


def _read(page: Roadmap | Resource, body: str, stem: str) -> tuple[Source, list[str]]:
    text = normalise(body)
    found = outline(text, page.id)
    questions = page.questions if isinstance(page, Roadmap) else {OVERVIEW: page.questions}
    sections, misfits = with_questions(text, found, questions)
    return _source(page, text, sections), [*_shape(page, found, stem), *misfits]


def _shape(page: Roadmap | Resource, found: Outline, stem: str) -> Iterator[str]:
    if page.id != stem:
        yield f"key id: {page.id!r} is not the file's name: rename the file or correct the id"
    if found.title is None:
        yield "no title: begin the body with one '# Title' line"
    if not any(found.blocks.values()):
        yield "no text: write the page's body below the front matter"


def _source(page: Roadmap | Resource, text: str, sections: tuple[Section, ...]) -> Source:
    recommended_by: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    if isinstance(page, Roadmap):
        kind, author, licence = Kind.ROADMAP, page.author, page.licence
    else:
        kind, author, licence = Kind.RESOURCE, ", ".join(page.authors) or page.provider, None
        recommended_by = tuple(dict.fromkeys(r.roadmap for r in page.recommended_by))
        aliases, topics = page.aliases, page.topics
    return Source(
        source_id=page.id,
        kind=kind,
        title=page.title,
        author=author,
        url=page.url,
        licence=licence,
        text=text,
        sections=sections,
        recommended_by=recommended_by,
        aliases=aliases,
        topics=topics,
    )

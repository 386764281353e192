"""Check the text of each page against its own front matter and against the pages that it names."""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from ingest.corpus_models import Resource, Roadmap
from ingest.figures import states
from ingest.front_matter import BLANK
from ingest.markdown import outline
from ingest.records import Kind, Section, Source
from ingest.split import sentences_of
from ingest.text import plain

HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]", re.IGNORECASE)
ADDRESS = re.compile(r"\bhttps?:[^\s<>()\[\]\"`]*")
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def check_pages(
    roadmaps: Mapping[str, Roadmap], resources: Mapping[str, Resource], sources: Mapping[str, Source]
) -> Iterator[str]:
    """Yield one line per fault of a page's text, with the file, the place and the remedy."""
    texts = {s.section_id: source.text[s.start : s.end] for source in sources.values() for s in source.sections}
    pages: list[Roadmap | Resource] = [*roadmaps.values(), *resources.values()]
    for page in pages:
        source = sources[page.id]
        where = f"{source.kind.value}s/{page.id}.md"
        yield from (f"{where}: {p}" for p in _headings(source))
        yield from (f"{where}: {p}" for p in _blanks(page, source))
        yield from (f"{where}: {p}" for p in _addresses(page, source))
    for resource in resources.values():
        yield from (f"resources/{resource.id}.md: {p}" for p in _mentions(resource, texts))
        yield from (f"resources/{resource.id}.md: {p}" for p in _duration(resource, sources[resource.id]))
    for roadmap in roadmaps.values():
        yield from (f"roadmaps/{roadmap.id}.md: {p}" for p in _lists(roadmap, sources[roadmap.id]))
    yield from _repeated_questions(sources)


def _headings(source: Source) -> Iterator[str]:
    titles = [s for s in source.sections if len(s.heading_path) == 1]
    title = titles[0].heading_path[0]
    if title != plain(source.title):
        yield f"key title: is {source.title!r}, but the body's heading is {title!r}: make them one"
    if len(titles) > 1:
        yield "body: more than one '# Title', or text before it: keep one, as the first line of the body"
    for section in source.sections:
        if not source.text[section.start : section.end].strip():
            yield f"body: section {_slug(section)!r} has no text: write it or remove its heading"
    if source.kind is Kind.RESOURCE and len(source.sections) > len(titles):
        yield "body: has headings below the title: a resource page is one section, so write paragraphs instead"


def _blanks(page: Roadmap | Resource, source: Source) -> Iterator[str]:
    for key, text in _strings(page.model_dump(mode="json")):
        if BLANK in text:
            yield f"key {key}: still says {BLANK!r}: write what belongs there"
    if BLANK in source.text:
        yield f"body: still says {BLANK!r}: write what belongs there"


def _addresses(page: Roadmap | Resource, source: Source) -> Iterator[str]:
    if not re.search(re.escape(page.url) + r"(?![\w/%#?=&-])", source.text):
        yield f"body: lacks the address {page.url}: link it in the first sentence"
    for address in dict.fromkeys(ADDRESS.findall(source.text)):
        if not _is_sound(address.rstrip(".,;:'")):
            yield f"body: the address {address!r} has no proper host: correct it"
    for key, text in _strings(page.model_dump(mode="json")):
        last = key.rpartition(".")[2]
        is_address = last == "url" or (last == "href" and SCHEME.match(text))
        if is_address and not _is_sound(text):
            yield f"key {key}: {text!r} is no address of a web page: write https:// and a proper host"


def _is_sound(address: str) -> bool:
    try:
        parts = urlsplit(address)
        _ = parts.port  # raises ValueError when it is not a number
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and "@" not in parts.netloc and bool(HOST.fullmatch(parts.hostname or ""))


def _mentions(page: Resource, texts: Mapping[str, str]) -> Iterator[str]:
    """A section that is said to recommend a resource must name it: by an address, its title or an alias."""
    for number, by in enumerate(page.recommended_by):
        text = texts.get(f"{by.roadmap}#{by.section}")
        if text is None:  # reported as a dangling name
            continue
        addresses = [url.rstrip("/").lower() for url in (page.url, by.url) if url]
        if any(address in text.lower() for address in addresses):
            continue
        if not any(_names(plain(text), name) for name in (page.title, *page.aliases)):
            yield (
                f"key recommended_by.{number}: roadmaps/{by.roadmap}.md names {page.id} nowhere in section"
                f" {by.section!r}: correct the section, or add to aliases what it is called there"
            )


def _duration(page: Resource, source: Source) -> Iterator[str]:
    """An answer shows a resource's length with the sentence that states it, so one must."""
    if page.duration is None:
        return
    blocks = (block for found in outline(source.text, source.source_id).blocks.values() for block in found)
    spans = (span for block in blocks for span in sentences_of(source.text, block))
    if not any(states(source.text[start:end], page.duration) for start, end in spans):
        low, high, unit = f"{page.duration.minimum:g}", f"{page.duration.maximum:g}", page.duration.unit
        figures = f"{low} {unit}" if low == high else f"{low} to {high} {unit}"
        yield f"key duration: no sentence of the body states {figures}: write one that does, or correct the key"


def _lists(page: Roadmap, source: Source) -> Iterator[str]:
    """An answer proves a count by the sentences that name what is counted, so some sentence must name each item."""
    from ingest.lexical import terms  # loads numpy, which asking for help must not

    blocks = {
        section_id.partition("#")[2]: b for section_id, b in outline(source.text, source.source_id).blocks.items()
    }
    for number, listing in enumerate(page.lists):
        spans = [span for block in blocks.get(listing.section, ()) for span in sentences_of(source.text, block)]
        sentences = [set(terms(plain(source.text[start:end]))) for start, end in spans]
        for item in listing.items:
            if not any(sentence.issuperset(terms(item)) for sentence in sentences):
                yield f"key lists.{number}.items: no sentence of section {listing.section!r} names {item!r}: correct it"


def _names(text: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(plain(name))}(?!\w)", text, re.IGNORECASE) is not None


def _repeated_questions(sources: Mapping[str, Source]) -> Iterator[str]:
    owners: dict[str, str] = {}
    for source in sources.values():
        for section in source.sections:
            for number, question in enumerate(section.questions):
                words = " ".join(re.findall(r"[\w+#]+", question.text.lower()))
                place = f"{section.section_id} ({number + 1})"
                owner = owners.setdefault(words, place)
                if owner != place:
                    key = "questions" if source.kind is Kind.RESOURCE else f"questions.{_slug(section)}"
                    yield (
                        f"{source.kind.value}s/{source.source_id}.md: key {key}: {question.text!r} stands at"
                        f" {owner.partition(' ')[0]} already: reword one of the two"
                    )


def _slug(section: Section) -> str:
    return section.section_id.partition("#")[2]


def _strings(value: object, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a page's front matter, with its key as problems name it."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _strings(item, f"{key}.{name}".lstrip("."))
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            yield from _strings(item, f"{key}.{number}")

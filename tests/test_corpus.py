"""The library itself: it is sound, and nothing of the founding documents is lost."""

import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from time import process_time

import pytest

from ingest.corpus import Library, default_corpus, load
from ingest.corpus_checks import MIN_QUESTIONS
from ingest.sentences import sentence_spans
from ingest.text import plain

DATA = Path(__file__).parent / "data"
CHECKOUT = Path(__file__).parents[1]
FOUNDING = Path(os.environ.get("TESTS_FOUNDING_DOCUMENTS") or CHECKOUT.parent / "shared" / "seeds")
# The founding documents by the number that their file names begin with.
NUMBERS = {"000": "thorneloe", "001": "mrcloudchase", "002": "noyan", "003": "careerten", "004": "mynter"}

needs_documents = pytest.mark.skipif(
    not FOUNDING.is_dir(), reason=f"no founding documents in {FOUNDING}: name their folder in TESTS_FOUNDING_DOCUMENTS"
)

MARKDOWN_LINK = re.compile(r"\]\(([^()\s]+)\)")
BARE_ADDRESS = re.compile(r"(?<!\()https?://[^\s()<>\]]+")
WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
VALUES = {word: number for number, word in enumerate(WORDS, start=1)} | {"a": 1, "an": 1, "couple of": 2}
NUMBER = rf"(\d+|{'|'.join(VALUES)})"
UNIT = r"(minute|hour|day|week|month|year)s?\b"
# "8-10 weeks", "six months", "a couple of months"; and "week 1", "weeks 2-4" with the number behind.
BEFORE = re.compile(rf"\b{NUMBER}(?:\s*[-–]\s*{NUMBER})?\s+{UNIT}", re.IGNORECASE)
BEHIND = re.compile(rf"\b{UNIT}\s+(\d+)(?:\s*[-–]\s*(\d+))?", re.IGNORECASE)
OPENERS = re.compile(r"(It|Its|This|That|These|Those|They|Their|He|She|His|Her|Here|There|Such)\b")

Time = tuple[str, float, float, str]  # roadmap, minimum, maximum, unit in the plural


@pytest.fixture(scope="module")
def library() -> Library:
    return load(default_corpus())


def documents() -> dict[str, str]:
    """The text of each founding document by the id of its roadmap."""
    paths = sorted(FOUNDING.glob("*.txt"))
    return {NUMBERS[path.name[:3]]: path.read_text(encoding="utf-8", errors="replace") for path in paths}


def addresses_in(text: str) -> set[str]:
    return {*MARKDOWN_LINK.findall(text), *(found.rstrip(".,;:") for found in BARE_ADDRESS.findall(text))}


def times_in(roadmap: str, text: str) -> Iterator[Time]:
    text = MARKDOWN_LINK.sub("]", text)
    for low, high, unit in BEFORE.findall(text):
        yield roadmap, _value(low), _value(high or low), f"{unit.lower()}s"
    for unit, low, high in BEHIND.findall(text):
        yield roadmap, _value(low), _value(high or low), f"{unit.lower()}s"


def _value(number: str) -> float:
    return float(VALUES.get(number.lower(), 0) or number)


def listed(name: str) -> list[str]:
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def listed_times() -> set[Time]:
    rows = (line.split("\t") for line in listed("times.tsv"))
    return {(roadmap, float(low), float(high), unit) for roadmap, low, high, unit in rows}


def addresses_of(library: Library) -> set[str]:
    """Every address that the library holds, as data or in the text of a page."""
    found: set[str] = set()
    for resource in library.structure.resources.values():
        found.add(resource.url)
        found |= {by.url for by in resource.recommended_by if by.url}
        found |= {resource.status.url} if resource.status.url else set()
    for roadmap in library.structure.roadmaps.values():
        found |= {link.href for link in roadmap.links}
    for source in library.sources:
        found |= addresses_in(source.text) | set(re.findall(r"`([^`\s]+)`", source.text))
    return found


def times_of(library: Library) -> set[Time]:
    found: set[Time] = set()
    for page in library.structure.roadmaps.values():
        durations = [estimate.duration for estimate in page.estimates]
        durations += [time.duration for time in page.times]
        durations += [stage.duration for stage in page.stages if stage.duration]
        found |= {(page.id, d.minimum, d.maximum, d.unit) for d in durations}
    return found


def test_the_library_loads_without_problems_and_holds_the_five_founding_roadmaps(library: Library) -> None:
    assert set(library.structure.roadmaps) >= set(NUMBERS.values())
    assert len(library.sources) == len(library.structure.roadmaps) + len(library.structure.resources)


def test_the_whole_library_is_checked_in_under_three_seconds() -> None:
    begin = process_time()
    load(default_corpus())

    assert process_time() - begin < 3


def test_every_section_is_asked_for_in_at_least_three_ways(library: Library) -> None:
    counts = {section.section_id: len(section.questions) for source in library.sources for section in source.sections}

    assert {section: count for section, count in counts.items() if count < MIN_QUESTIONS} == {}


def test_there_are_at_least_150_topics_and_each_name_leads_to_one(library: Library) -> None:
    topics = library.structure.topics
    names = Counter(name for topic in topics.values() for name in {n.lower() for n in (topic.name, *topic.aliases)})

    assert len(topics) >= 150
    assert [name for name, count in names.items() if count > 1] == []


def test_aliases_of_topics_are_written_as_people_type_them(library: Library) -> None:
    aliases = [alias for topic in library.structure.topics.values() for alias in topic.aliases]

    assert [alias for alias in aliases if alias != " ".join(alias.lower().split())] == []


def test_no_sentence_opens_with_a_word_that_points_at_another_sentence(library: Library) -> None:
    sentences = [
        (section.section_id, plain(source.text[start:end]))
        for source in library.sources
        for section in source.sections
        for start, end in sentence_spans(source.text, section.start, section.end)
    ]

    assert len(sentences) > 500
    assert [(section, text) for section, text in sentences if OPENERS.match(text)] == []


def test_every_statement_beyond_the_roadmaps_can_say_where_it_was_learned(library: Library) -> None:
    bare = [
        resource.id
        for resource in library.structure.resources.values()
        if not resource.references and (resource.cost or resource.length or resource.status.state != "live")
    ]

    assert bare == []


def test_every_listed_address_of_the_founding_documents_is_in_the_library(library: Library) -> None:
    addresses = listed("addresses.txt")

    assert len(addresses) > 90
    assert sorted(set(addresses) - addresses_of(library)) == []


def test_every_listed_time_of_the_founding_documents_is_in_the_data_of_its_roadmap(library: Library) -> None:
    times = listed_times()

    assert len(times) > 15
    assert sorted(times - times_of(library)) == []


@needs_documents
def test_the_list_of_addresses_is_what_the_founding_documents_hold() -> None:
    found = set().union(*(addresses_in(text) for text in documents().values()))

    assert len(documents()) == len(NUMBERS)
    assert sorted(found) == listed("addresses.txt")


@needs_documents
def test_the_list_of_times_is_what_the_founding_documents_hold() -> None:
    found = {time for roadmap, text in documents().items() for time in times_in(roadmap, text)}

    assert found == listed_times()

"""Records on disk come back as they were; damage is an error that the index answers."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.corpus import Library, default_corpus, load
from ingest.records import Entry, Facet, Kind, Passage, Section, Source, StoredQuestion
from ingest.storage import (
    read_entries,
    read_passages,
    read_sources,
    read_structure,
    write_records,
    write_structure,
)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
maybe = st.none() | texts
numbers = st.integers(0, 10_000)
several = st.lists(texts, max_size=3).map(tuple)
questions = st.lists(st.builds(StoredQuestion, texts, numbers, numbers), max_size=2).map(tuple)
sections = st.builds(Section, texts, several, numbers, numbers, questions)
sources = st.builds(
    Source,
    source_id=texts,
    kind=st.sampled_from(Kind),
    title=texts,
    author=maybe,
    url=maybe,
    licence=maybe,
    text=texts,
    sections=st.lists(sections, max_size=3).map(tuple),
    recommended_by=several,
    aliases=several,
    topics=several,
)
spans = st.lists(st.tuples(numbers, numbers), max_size=3).map(tuple)
passages = st.builds(Passage, texts, texts, texts, st.sampled_from(Kind), several, numbers, numbers, texts, spans)
entries = st.builds(Entry, texts, texts, st.sampled_from(Facet), texts, numbers, numbers)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("records") / "records.jsonl"


@given(found=st.lists(sources, max_size=4))
def test_sources_come_back_as_they_were(path: Path, found: list[Source]) -> None:
    write_records(path, found)
    assert read_sources(path) == found
    assert all(isinstance(source.kind, Kind) for source in read_sources(path))


@given(found=st.lists(passages, max_size=4))
def test_passages_come_back_as_they_were(path: Path, found: list[Passage]) -> None:
    write_records(path, found)
    assert read_passages(path) == found


@given(found=st.lists(entries, max_size=4))
def test_entries_come_back_as_they_were(path: Path, found: list[Entry]) -> None:
    write_records(path, found)
    assert read_entries(path) == found


@pytest.fixture(scope="module")
def library() -> Library:
    return load(default_corpus())


def test_what_the_library_states_as_data_comes_back_as_it_was(path: Path, library: Library) -> None:
    write_structure(path, library.structure)
    assert read_structure(path) == library.structure


def test_the_sources_of_the_library_come_back_as_they_were(path: Path, library: Library) -> None:
    write_records(path, library.sources)
    assert tuple(read_sources(path)) == library.sources


@pytest.mark.parametrize(
    "damage", ["{", '{"source_id": "a"}', "[]", '"text"', "null", '{"kind": "roadmap"}', "\x00", "\ufffd"]
)
def test_a_damaged_line_is_an_error_that_the_index_answers(path: Path, damage: str) -> None:
    path.write_text(damage + "\n", encoding="utf-8")
    for read in (read_sources, read_passages, read_entries):
        with pytest.raises((OSError, ValueError, KeyError, TypeError)):
            read(path)
    with pytest.raises((OSError, ValueError)):
        read_structure(path)


def test_a_missing_file_is_an_error_that_the_index_answers(tmp_path: Path) -> None:
    for read in (read_sources, read_passages, read_entries, read_structure):
        with pytest.raises(OSError, match="absent"):
            read(tmp_path / "absent.jsonl")

"""Passages: exact spans of one section, whole blocks where they fit, nothing lost; over any page and the library."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.encoder import SentenceEncoder
from ingest.index import LocalIndex
from ingest.records import Passage, Source
from ingest.split import MAX_CHARS_PER_TOKEN, PASSAGE_TOKENS, CountTokens, split
from tests.documents import markdown_documents
from tests.fakes import source_of


def count_words(text: str) -> int:
    return len(text.split())


def assert_sound(source: Source, passages: list[Passage], count_tokens: CountTokens, limit: int) -> None:
    """Everything that a source and its passages promise."""
    sections = {section.section_id: section for section in source.sections}
    assert len({p.passage_id for p in passages}) == len(passages)
    place = 0
    for passage in passages:
        section = sections[passage.section_id]
        assert source.text[passage.start : passage.end] == passage.text != ""
        assert place <= passage.start
        assert section.start <= passage.start < passage.end <= section.end
        assert passage.heading_path == section.heading_path
        assert passage.passage_id.startswith(f"{passage.section_id}@")
        assert len(passage.text) < 2 or count_tokens(passage.text) <= limit
        assert len(passage.text) <= limit * MAX_CHARS_PER_TOKEN
        assert_sentences_sound(source, passage)
        place = passage.end
    covered = {i for p in passages for i in range(p.start, p.end)}
    lost = {i for s in source.sections for i in range(s.start, s.end)} - covered
    assert "".join(c for i, c in enumerate(source.text) if c.isalpha() and i in lost) == ""


def assert_sentences_sound(source: Source, passage: Passage) -> None:
    place = passage.start
    for start, end in passage.sentences:
        assert place <= start < end <= passage.end
        sentence = source.text[start:end]
        assert sentence == sentence.strip()
        assert not any(c.isalpha() for c in source.text[place:start]), "a word between two sentences is lost"
        place = end
    assert not any(c.isalpha() for c in source.text[place : passage.end])


@given(markdown_documents, st.sampled_from([3, 12, PASSAGE_TOKENS]))
@example("# T\n\n- " + "word " * 50 + "\n  - nested. Two.\n\n" + "x" * 900, 12)
@example("T\n=\n\n| a | b |\n|--|--|\n| c. d | e |\n\r\n\ud800\u2028<!-- -->- \n", 3)
def test_passages_of_any_page_are_exact_ordered_bounded_and_complete(markdown: str, limit: int) -> None:
    source = source_of("page", markdown)
    assert_sound(source, split(source, count_words, limit), count_words, limit)


def test_passages_of_the_library_are_exact_ordered_bounded_and_complete(
    built_index: LocalIndex, encoder: SentenceEncoder
) -> None:
    assert len(built_index.sources) == built_index.manifest.source_count > 50
    for source in built_index.sources.values():
        own = [p for p in built_index.passages.values() if p.source_id == source.source_id]
        assert own, source.source_id
        assert_sound(source, own, encoder.count_tokens, PASSAGE_TOKENS)


def test_blocks_are_packed_up_to_the_limit_and_stay_whole() -> None:
    source = source_of("page", "# T\n\none two three\n\nfour five six\n\nseven eight nine\n")
    assert [p.text for p in split(source, count_words, 6)] == ["one two three\n\nfour five six", "seven eight nine"]
    assert [p.text for p in split(source, count_words, 5)] == ["one two three", "four five six", "seven eight nine"]


def test_a_passage_never_crosses_a_section_though_both_would_fit() -> None:
    source = source_of("page", "# T\n\n## A\n\none\n\n## B\n\ntwo\n")
    assert [(p.section_id, p.text) for p in split(source, count_words)] == [("page#a", "one"), ("page#b", "two")]


def test_a_list_item_stays_whole_and_its_mark_is_no_part_of_the_sentence() -> None:
    source = source_of("page", "# T\n\n- One thing. Another thing.\n- Third thing.\n")
    [passage] = split(source, count_words)
    assert passage.text == "- One thing. Another thing.\n- Third thing."
    sentences = [source.text[start:end] for start, end in passage.sentences]
    assert sentences == ["One thing.", "Another thing.", "Third thing."]


def test_an_item_above_the_limit_is_cut_between_sentences_and_a_long_sentence_between_words() -> None:
    source = source_of("page", "# T\n\n- One two three. Four five six. Seven eight nine ten eleven twelve.\n")
    assert [p.text for p in split(source, count_words, 4)] == [
        "One two three.",
        "Four five six.",
        "Seven eight nine ten",
        "eleven twelve.",
    ]


@pytest.mark.parametrize("page", ["", "# Only a title\n", "#\n\n---\n"])
def test_a_page_without_blocks_has_no_passage(page: str) -> None:
    assert split(source_of("page", page), count_words) == []


def test_one_word_of_a_million_letters_is_cut_by_characters() -> None:
    source = source_of("page", "x" * 1_000_000)
    passages = split(source, count_words)
    assert "".join(p.text for p in passages) == "x" * 1_000_000
    assert max(len(p.text) for p in passages) <= PASSAGE_TOKENS * MAX_CHARS_PER_TOKEN

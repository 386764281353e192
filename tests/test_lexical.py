"""The lexical leg: terms, scores by hand, and what is kept on disk."""

import math
from pathlib import Path

import bm25s
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.lexical import K1, STOPWORDS, B, LexicalIndex, terms

TEXTS = ["python course", "python python project with data", "statistics", ""]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Learning the courses", ["learn", "cours"]),
        ("C++ and C# or C", ["c++", "c#", "c"]),
        ("Thorneloe's advice", ["thornelo", "advic"]),
        ("what is it?", []),
        ("8-10 weeks", ["8", "10", "week"]),
        ("scikit_learn", ["scikit", "learn"]),
        ("don’t", []),
        ("", []),
    ],
)
def test_terms_are_stemmed_content_words_in_order(text: str, expected: list[str]) -> None:
    assert terms(text) == expected


@given(st.text(max_size=100))
def test_terms_do_not_depend_on_case_for_ascii_and_hold_no_stopword(text: str) -> None:
    ascii_text = text.encode("ascii", "ignore").decode()
    assert terms(ascii_text.upper()) == terms(ascii_text.lower())
    assert not {w for w in text.lower().split() if w in STOPWORDS} & set(terms(" ".join(sorted(STOPWORDS))))


def test_a_score_is_bm25_by_hand() -> None:
    index = LexicalIndex.build(TEXTS)
    scores = index.scores(["python"])
    lengths = [2, 4, 1, 1]  # stemmed content words; an empty text counts as one unknown word
    mean = sum(lengths) / 4
    idf = math.log(1 + (4 - 2 + 0.5) / (2 + 0.5))

    def weight(count: int, length: int) -> float:
        return idf * count / (count + K1 * (1 - B + B * length / mean))

    assert scores.tolist() == pytest.approx([weight(1, 2), weight(2, 4), 0, 0], rel=1e-5)


def test_a_word_asked_twice_counts_twice_and_an_unknown_one_not_at_all() -> None:
    index = LexicalIndex.build(TEXTS)
    once = index.scores(["python"])
    assert index.scores(["python", "python"]).tolist() == pytest.approx((2 * once).tolist())
    assert index.scores(["python", "zebra"]).tolist() == once.tolist()


@pytest.mark.parametrize("query", [[], ["zebra"], ["\x00x"]])
def test_a_query_without_a_known_term_scores_nothing(query: list[str]) -> None:
    assert LexicalIndex.build(TEXTS).scores(query).tolist() == [0, 0, 0, 0]


def test_the_share_of_texts_that_hold_a_term() -> None:
    index = LexicalIndex.build(TEXTS)
    assert index.document_share("python") == 0.5
    assert index.document_share("statist") == 0.25
    assert index.document_share("zebra") == 0.0


@pytest.mark.parametrize("texts", [[], [""], ["", ""], ["the and of"]])
def test_texts_without_content_make_an_index_that_finds_nothing(texts: list[str], tmp_path: Path) -> None:
    LexicalIndex.build(texts).save(tmp_path)
    index = LexicalIndex.load(tmp_path, len(texts))
    assert index.scores(["python"]).tolist() == [0] * len(texts)
    assert index.document_share("python") == 0.0


def test_what_is_loaded_scores_as_what_was_saved(tmp_path: Path) -> None:
    built = LexicalIndex.build(TEXTS)
    built.save(tmp_path)
    loaded = LexicalIndex.load(tmp_path, len(TEXTS))
    for query in (["python"], ["python", "data"], ["statist", "cours"], []):
        assert loaded.scores(query).tolist() == built.scores(query).tolist()
    assert loaded.document_share("python") == built.document_share("python")


@pytest.mark.parametrize("size", [0, 7])
def test_a_cut_file_raises_what_the_index_answers_with_a_remedy(tmp_path: Path, size: int) -> None:
    LexicalIndex.build(TEXTS).save(tmp_path)
    for path in sorted(tmp_path.iterdir()):
        kept = path.read_bytes()
        path.write_bytes(kept[:size])
        with pytest.raises((OSError, ValueError, KeyError, EOFError)):
            LexicalIndex.load(tmp_path, len(TEXTS))
        path.write_bytes(kept)


def test_the_scores_are_those_of_the_library_that_made_the_index(tmp_path: Path) -> None:
    LexicalIndex.build(TEXTS).save(tmp_path)
    library = bm25s.BM25.load(str(tmp_path), load_corpus=False)
    ours = LexicalIndex.load(tmp_path, len(TEXTS))
    for query in (["python"], ["python", "statist"], ["statist", "python", "python"]):
        assert ours.scores(query).tolist() == library.get_scores(query).tolist()
    assert ours.scores(["python"]).any()

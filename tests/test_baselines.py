"""Tests of the baselines and ablations: chunks count for the right sections, and each variant lacks one thing."""

import json
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from assistant.chain import AnswerChain
from assistant.records import Question
from evals import baselines
from evals.ablations import PRODUCT, VARIANTS, RememberingEncoder, Variant, evaluate_all
from evals.baselines import Chunk, bm25, chance, chunk_at, nearest_chunks, sections_at
from evals.cli import app
from evals.dataset import EvalQuestion
from evals.results import read_result
from evals.runs import read_run
from evals.systems import CONTEXTS, NUGGETS, WORDS, Found, ask, evaluate, of_chain, run_of
from ingest.encoder import Advance, Array
from ingest.index import LocalIndex
from ingest.records import Kind, Section, Source

SECTIONS = (Section("s#a", ("A",), 0, 100), Section("s#b", ("B",), 110, 130), Section("s#c", ("C",), 140, 1000))


class LettersEncoder:
    """Counts the letters a to z; remembers how many texts it was given."""

    model_name = "letters"
    weight_hash = "letters"

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str], advance: Advance | None = None) -> Array:
        self.encoded += texts
        rows: Array = np.zeros((len(texts), 26), dtype=np.float32)
        for n, text in enumerate(texts):
            rows[n] = [text.lower().count(letter) for letter in "abcdefghijklmnopqrstuvwxyz"]
        return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), dtype=np.float32)

    def count_tokens(self, text: str) -> int:
        return len(text.split())


def _question(name: str = "fact-1", **changes: object) -> EvalQuestion:
    values = {"id": name, "type": "fact", "question": "q?", "answerable": True, "judgements": {"s#a": 3}}
    return EvalQuestion.model_validate({**values, "nuggets": [["alpha"], ["beta"]], **changes})


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, 100, ("s#a",)),
        (0, 50, ("s#a",)),  # half of the section, all of the chunk
        (75, 125, ("s#a", "s#b")),  # half of the chunk in a; 15 of b's 20 characters
        (76, 119, ("s#a",)),  # 24 of 43 in a; 9 of b's 20
        (120, 160, ("s#b", "s#c")),  # 10 of b's 20; 20 of 40 in c
        (104, 108, ()),  # between sections
    ],
)
def test_a_chunk_counts_for_sections_that_share_half(start: int, end: int, expected: tuple[str, ...]) -> None:
    assert sections_at(SECTIONS, start, end) == expected


def test_the_nearest_chunk_comes_first_and_brings_its_sections() -> None:
    text = "aaaa " * 20 + " " * 10 + "bbbb " * 4 + " " * 10 + "cccc " * 172
    source = Source("s", Kind.ROADMAP, "S", None, None, None, text, SECTIONS)
    chunks = [chunk_at(source, 0, 100), chunk_at(source, 110, 130), chunk_at(source, 140, 640)]
    found = nearest_chunks(chunks, LettersEncoder())(Question("bbb a"))
    assert [section for section, _ in found.sections] == ["s#b", "s#a", "s#c"]
    assert found.contexts[0] == text[110:130]


def test_a_chunk_is_the_text_at_its_offsets() -> None:
    source = Source("s", Kind.ROADMAP, "S", None, None, None, "x" * 40 + "y" * 100, SECTIONS)
    assert chunk_at(source, 38, 42) == Chunk("s", 38, 42, "xxyy", ("s#a",))


@pytest.mark.skipif(not baselines.has_splitter(), reason="langchain-text-splitters is not installed")
def test_the_tutorials_chunks_stand_where_they_say(built_index: LocalIndex) -> None:
    sources = list(built_index.sources.values())[:8]
    for chunk in baselines.recursive_chunks(sources):
        assert built_index.sources[chunk.source_id].text[chunk.start : chunk.end] == chunk.text
        assert len(chunk.text) <= baselines.CHUNK_CHARS


def test_bm25_finds_a_passage_by_its_rarest_words(built_index: LocalIndex) -> None:
    passage = max(built_index.passages.values(), key=lambda p: len(p.text))
    found = bm25(built_index)(Question(passage.text))
    assert found.sections[0][0] == passage.section_id
    assert found.contexts[0] == passage.text
    assert len(found.contexts) == CONTEXTS


def test_chance_is_the_same_for_a_question_every_time_and_unlike_for_another(built_index: LocalIndex) -> None:
    system = chance(built_index)
    assert system(Question("one")) == system(Question("one"))
    assert system(Question("one")).sections != system(Question("two")).sections


def test_the_products_own_ranking_is_measured_with_understanding(chain: AnswerChain) -> None:
    question = Question("wich langauge shoud i lern frist")
    found = of_chain(chain)(question)
    hits = chain.retriever.retrieve(chain.understand(question), 4).hits
    assert [s for s, _ in found.sections[:4]] == [hit.passage.section_id for hit in hits]
    assert found.contexts == tuple(hit.passage.text for hit in hits)


def test_nuggets_and_words_are_counted_in_the_first_contexts() -> None:
    found = {"fact-1": Found((("s#b", 0.9), ("s#a", 0.8)), ("Alpha and more.", "Something."))}
    result = evaluate([_question()], run_of(found), found)
    row = result.per_question["fact-1"]
    assert (row[NUGGETS], row[WORDS], row["MRR@10"]) == (0.5, 4.0, 0.5)
    assert result.details["fact-1"]["retrieved"] == ["s#b", "s#a"]
    assert result.by_type["fact"]["MRR@10"] == 0.5


def test_unanswerable_questions_are_not_asked_of_retrieval() -> None:
    questions = [_question(), _question("negative-1", type="negative", answerable=False, judgements={}, nuggets=[])]
    steps: list[int] = []
    found = ask(lambda q: Found((("s#a", 1.0),), (q.text,)), questions, steps.append)
    assert list(found) == ["fact-1"]
    assert sum(steps) == 2
    assert list(evaluate(questions, run_of(found)).per_question) == ["fact-1"]


def test_each_variant_differs_from_the_product_in_exactly_one_setting() -> None:
    def settings(variant: Variant) -> tuple[object, ...]:
        return (*astuple(variant.facets), *astuple(variant.legs), *astuple(variant.steps))

    full = settings(VARIANTS[PRODUCT])
    for name, variant in VARIANTS.items():
        changed = sum(a != b for a, b in zip(settings(variant), full, strict=True))
        assert changed == (name != PRODUCT), name


def test_leaving_out_what_helps_shows_as_a_negative_difference() -> None:
    questions = [_question(f"fact-{n}") for n in range(20)]
    good = {q.id: Found((("s#a", 1.0),), ("alpha beta",)) for q in questions}
    bad = {q.id: Found((("s#b", 1.0),), ("",)) for q in questions}
    finds = {PRODUCT: good, "without it": bad}
    results, comparisons = evaluate_all(questions, {name: run_of(f) for name, f in finds.items()}, finds)
    assert results[PRODUCT].measures["Success@1"] == 1.0
    assert comparisons["without it"]["Success@1"]["difference"] == -1.0
    assert comparisons["without it"][NUGGETS]["p_value"] < 0.001


def test_a_text_is_embedded_once_for_all_indexes_and_vectors_keep_their_order() -> None:
    inner = LettersEncoder()
    encoder = RememberingEncoder(inner)
    first = encoder.encode(["ab", "cd", "ab"])
    again = encoder.encode(["cd", "ef", "ab"])
    assert inner.encoded == ["ab", "cd", "ef"]
    assert np.array_equal(again[0], first[1])
    assert np.array_equal(again, LettersEncoder().encode(["cd", "ef", "ab"]))
    assert encoder.encode([]).shape == (0, 26)


def test_the_retrieval_command_keeps_runs_and_scores_what_it_kept(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROADMAP_DATA_DIR", str(data_dir))
    rows = [_question("fact-1", question="which language first?", judgements={"noyan#pick-a-language": 3})]
    dataset = tmp_path / "own.jsonl"
    dataset.write_text("".join(q.model_dump_json() + "\n" for q in rows))
    arguments = ["retrieval", "--dataset", str(dataset), "--half", "all", "--output", str(tmp_path / "out"), "--json"]
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    result = read_result(Path(json.loads(done.stdout)["path"]))
    assert list(result.systems) == ["product", "dense leg", "lexical leg"]
    run = read_run(tmp_path / "out" / f"{result.stem}.product.run")
    rank = list(run["fact-1"]).index("noyan#pick-a-language") + 1
    assert result.systems["product"].measures["MRR@10"] == (1 / rank if rank <= 10 else 0.0)

"""Tests of measuring on a folder in BEIR's form, on tiny sets whose order a reader can work out."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from assistant.retrieval import DENSE_WEIGHT
from evals.beir import Collection, measure, read_collection, whole_documents
from evals.cli import app
from evals.results import ResultError, read_result
from evals.retrieval_measures import averages, score
from evals.runs import read_run
from ingest.encoder import Advance, Array

WORDS = ("river", "bank", "money", "loan", "fish", "boat", "tax", "bridge")
FILLER = "Nothing in this sentence is of any matter to whoever may be asking. "


class CountingEncoder:
    """Counts eight words; a ninth, constant part keeps a text without any of them from being zero."""

    model_name = "counting"
    weight_hash = "counting"

    def encode(self, texts: Sequence[str], advance: Advance | None = None) -> Array:
        rows: Array = np.zeros((len(texts), len(WORDS) + 1), dtype=np.float32)
        for n, text in enumerate(texts):
            words = re.findall(r"[a-z]+", text.lower())
            rows[n] = [*(words.count(word) for word in WORDS), 0.1]
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        return np.asarray(rows / np.maximum(lengths, 1e-9), dtype=np.float32)

    def count_tokens(self, text: str) -> int:
        return len(text.split())


def _folder(
    path: Path, documents: dict[str, tuple[str, str]], queries: dict[str, str], judged: Sequence[tuple[str, str, int]]
) -> Path:
    (path / "qrels").mkdir(parents=True)
    rows = [json.dumps({"_id": i, "title": t, "text": x}) for i, (t, x) in documents.items()]
    (path / "corpus.jsonl").write_text("\n".join(rows) + "\n")
    (path / "queries.jsonl").write_text("".join(json.dumps({"_id": i, "text": x}) + "\n" for i, x in queries.items()))
    lines = [f"{q}\t{d}\t{g}\n" for q, d, g in judged]
    (path / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n" + "".join(lines))
    return path


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    documents = {
        "water": ("On rivers", "The river has fish. A boat goes under the bridge."),
        "money": ("On banks", "The bank gives a loan of money."),
        "long": ("On taxes", FILLER * 30 + "\n\nThe tax on a boat is paid in Utrecht."),
        "a#b/ü:1": ("", "A bridge, untitled, with a strange name."),
    }
    queries = {"1": "river fish", "2": "loan money bank", "3": "Utrecht", "9": "never judged"}
    return _folder(tmp_path / "tiny", documents, queries, [("1", "water", 2), ("2", "money", 1), ("3", "long", 1)])


def test_each_leg_finds_what_it_can_and_the_fusion_both(tiny: Path) -> None:
    collection = read_collection(tiny)
    runs = measure(collection, CountingEncoder())
    assert next(iter(runs["dense"]["1"])) == "water"
    assert list(runs["lexical"]["3"]) == ["long"]
    assert averages(score(runs["fused"], collection.judgements))["Success@1"] == 1.0


def test_only_judged_questions_are_asked(tiny: Path) -> None:
    assert list(read_collection(tiny).questions) == ["1", "2", "3"]


def test_a_document_scores_as_its_best_passage_and_stands_once() -> None:
    text = FILLER * 30 + "\n\n" + "tax " * 5 + "\n\n" + FILLER * 30
    other = "A tax on money, a loan, a bridge, a fish."
    collection = Collection("t", {"long": ("", text), "short": ("", other)}, {"q": "tax"}, {"q": {"long": 1}})
    assert list(measure(collection, CountingEncoder())["dense"]["q"]) == ["long", "short"]


def test_the_products_own_fusion_is_the_weighted_one_of_its_weight(tiny: Path) -> None:
    runs = measure(read_collection(tiny), CountingEncoder(), weights=[DENSE_WEIGHT])
    weighted = runs[f"weighted-{DENSE_WEIGHT:g}"]
    assert {q: list(found) for q, found in weighted.items()} == {q: list(f) for q, f in runs["fused"].items()}


def test_weight_one_is_the_dense_leg_and_weight_zero_the_lexical(tiny: Path) -> None:
    runs = measure(read_collection(tiny), CountingEncoder(), weights=[1.0, 0.0])
    assert next(iter(runs["weighted-1"]["2"])) == next(iter(runs["dense"]["2"]))
    assert next(iter(runs["weighted-0"]["3"])) == next(iter(runs["lexical"]["3"]))


def test_headings_lists_and_blank_documents_do_no_harm(tmp_path: Path) -> None:
    documents = {
        "heads": ("", "# A heading\n\nAbout fish.\n\n## Another\n\n- a boat\n- a loan"),
        "blank": ("", "  \n"),
        "titled": ("# *Odd* [title](x)", "About a bridge."),
    }
    folder = _folder(tmp_path / "x", documents, {"1": "loan", "2": "bridge"}, [("1", "heads", 1), ("2", "titled", 1)])
    collection = read_collection(folder)
    means = averages(score(measure(collection, CountingEncoder())["lexical"], collection.judgements))
    assert means["Success@1"] == 1.0


def test_the_words_that_stand_for_no_title_are_not_searched(tmp_path: Path) -> None:
    folder = _folder(tmp_path / "x", {"a": ("", "About fish.")}, {"1": "overview"}, [("1", "a", 1)])
    assert measure(read_collection(folder), CountingEncoder())["lexical"]["1"] == {}


def test_whole_documents_are_ranked_by_one_vector_of_title_and_text() -> None:
    # By passages "mixed" wins with its pure one; as a whole its cosine is 1/√2, below 2/√5 of "short".
    documents = {"mixed": ("", "tax " * 150 + "\n\n" + "loan " * 150), "short": ("Tax", "tax loan")}
    collection = Collection("t", documents, {"q": "tax"}, {"q": {"short": 1}})
    assert list(whole_documents(collection, CountingEncoder())["q"]) == ["short", "mixed"]
    assert next(iter(measure(collection, CountingEncoder())["dense"]["q"])) == "mixed"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("corpus.jsonl", '{"_id": "a", "text": "x"}\n{broken\n', "corpus.jsonl:2: not JSON"),
        ("corpus.jsonl", '{"_id": "a"}\n', "corpus.jsonl:1: key text"),
        ("corpus.jsonl", "[]\n", "corpus.jsonl:1: not an object"),
        ("queries.jsonl", '\n{"text": "x"}\n', "queries.jsonl:2: key _id"),
        ("qrels/test.tsv", "query-id\tcorpus-id\tscore\n", "test.tsv: has no judgements"),
        ("qrels/test.tsv", "1\tmissing\t1\n", "test.tsv:1: judges 'missing'"),
        ("qrels/test.tsv", "1\twater\t1\n77\twater\t1\n", "test.tsv:2: judges the query '77'"),
        ("qrels/test.tsv", "1\twater\n", "test.tsv:1: has 2 columns"),
    ],
)
def test_a_wrong_folder_is_refused_by_file_and_line(tiny: Path, name: str, text: str, message: str) -> None:
    (tiny / name).write_text(text)
    with pytest.raises(ResultError, match=re.escape(message)):
        read_collection(tiny)


def test_a_folder_without_the_files_says_what_it_needs(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match=r"queries\.jsonl and qrels/test\.tsv"):
        read_collection(tmp_path)


def test_an_id_that_stands_twice_is_refused_by_line(tiny: Path) -> None:
    row = '{"_id": "water", "text": "x"}\n'
    (tiny / "corpus.jsonl").write_text(row + row)
    with pytest.raises(ResultError, match=r"corpus\.jsonl:2: id 'water' stands there twice"):
        read_collection(tiny)


def test_the_command_writes_result_and_runs_with_the_bundled_model(tiny: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    done = CliRunner().invoke(
        app, ["beir", str(tiny), "--output", str(output), "--json", "--whole"], catch_exceptions=False
    )
    printed = json.loads(done.stdout)
    result = read_result(Path(printed["path"]))
    assert result.kind == "beir-tiny"
    assert result.dataset.count == 3
    assert result.systems["fused"].measures["Success@1"] == 1.0
    assert set(result.systems) >= {"dense", "lexical", "rrf", "weighted-0.5", "whole documents"}
    run = read_run(output / f"{result.stem}.fused.run")
    assert next(iter(run["3"])) == "long"


def test_a_refused_folder_leaves_nothing_behind(tiny: Path, tmp_path: Path) -> None:
    (tiny / "queries.jsonl").write_text("{")
    done = CliRunner().invoke(app, ["beir", str(tiny), "--output", str(tmp_path / "out")])
    assert isinstance(done.exception, ResultError)
    assert not (tmp_path / "out").exists()

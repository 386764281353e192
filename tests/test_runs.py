"""Tests of run files, judgement files and result files: kept whole, read back, and refused by name and line."""

import json
import math
import re
from pathlib import Path

import ir_measures
import pytest
from typer.testing import CliRunner

from evals import results
from evals.cli import app
from evals.results import (
    DatasetInfo,
    Result,
    ResultError,
    SystemResult,
    describe_dataset,
    latest_result,
    read_result,
    stamp,
    write_result,
)
from evals.runs import check_judged, ranked, read_judgements, read_run, write_run


def _result(value: float = 0.5, created: str = "2026-11-20T10:00:00+00:00", commit: str = "abc1234") -> Result:
    system = SystemResult(
        measures={"nDCG@10": value},
        intervals={"nDCG@10": (0.4, 0.6)},
        per_question={f"q{n}": {"nDCG@10": value} for n in range(20)},
    )
    return Result("retrieval", commit, created, DatasetInfo("d.jsonl", "0", "test", 20), {"product": system})


def test_the_best_place_of_an_id_is_kept() -> None:
    assert list(ranked([("a", 0.9), ("b", 0.8), ("a", 0.7)])) == ["a", "b"]


def test_equal_scores_are_scored_in_the_order_given(tmp_path: Path) -> None:
    run = {"q": ranked([("a", 0.5), ("z", 0.5), ("m", 0.5)])}
    write_run(tmp_path / "x.run", run, "t")
    places = {n: ir_measures.calc_aggregate([ir_measures.RR], {"q": {n: 1}}, run)[ir_measures.RR] for n in "azm"}
    assert places == {"a": 1.0, "z": 0.5, "m": pytest.approx(1 / 3)}


def test_a_score_that_rises_is_lowered_so_that_the_order_stands() -> None:
    scores = list(ranked([("a", 0.1), ("b", 0.9)]).values())
    assert scores[0] > scores[1]


def test_a_run_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    run = {"q1": ranked([("a#b", 0.25), ("c#d", 0.125)]), "q2": ranked([("a#b", -1.0)])}
    write_run(tmp_path / "x.run", run, "product")
    assert read_run(tmp_path / "x.run") == run
    assert (tmp_path / "x.run").read_text().splitlines()[0] == "q1 Q0 a#b 1 0.25 product"


def test_another_reader_of_trec_files_reads_the_run(tmp_path: Path) -> None:
    run = {"q1": ranked([("a", 0.5), ("b", 0.25)])}
    write_run(tmp_path / "x.run", run, "product")
    rows = [(row.query_id, row.doc_id, row.score) for row in ir_measures.read_trec_run(str(tmp_path / "x.run"))]
    assert rows == [("q1", "a", 0.5), ("q1", "b", 0.25)]


def test_an_id_with_white_space_is_refused_and_the_older_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "x.run"
    write_run(path, {"q": {"a": 1.0}}, "t")
    before = path.read_bytes()
    with pytest.raises(ResultError, match="white space"):
        write_run(path, {"q": {"a b": 1.0}}, "t")
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["x.run"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("q Q0 a 1 0.5 t\nq Q0 b 2\n", ":2: has 4 columns"),
        ("q Q0 a 1 high t\n", ":1: 'high' is not a finite number"),
        ("q Q0 a 1 nan t\n", ":1: 'nan' is not a finite number"),
        ("q Q0 a 1 0.5 t\n\nq Q0 a 2 0.4 t\n", ":3: a stands there twice"),
    ],
)
def test_a_wrong_run_file_is_refused_by_name_and_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "x.run"
    path.write_text(text)
    with pytest.raises(ResultError, match=re.escape(str(path) + message)):
        read_run(path)


def test_judgements_are_read_with_and_without_their_heading(tmp_path: Path) -> None:
    path = tmp_path / "test.tsv"
    path.write_text("query-id\tcorpus-id\tscore\n1\ta\t2\n1\tb\t0\r\n")
    assert read_judgements(path) == {"1": {"a": 2, "b": 0}}
    path.write_text("1\ta\t2\n")
    assert read_judgements(path) == {"1": {"a": 2}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("query-id\tcorpus-id\tscore\n", ": has no judgements"),
        ("1\ta\t2\n1 a 2\n", ":2: has 1 columns"),
        ("1\ta\tmuch\n", ":1: 'much' is not a finite number"),
    ],
)
def test_wrong_judgements_are_refused_by_name_and_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "test.tsv"
    path.write_text(text)
    with pytest.raises(ResultError, match=re.escape(str(path) + message)):
        read_judgements(path)


def test_a_judgement_of_what_does_not_exist_is_refused_where_it_stands() -> None:
    with pytest.raises(ResultError, match=r"q\.jsonl:7: judges 'noyan#nothing'"):
        check_judged({"q": {"noyan#nothing": 3}}, {"noyan#overview"}, {"q": "q.jsonl:7"})


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    for read in (read_run, read_judgements, read_result):
        with pytest.raises(ResultError, match=re.escape(str(tmp_path / "none"))):
            read(tmp_path / "none")


def test_a_result_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    path = write_result(_result(), tmp_path / "deep")
    assert path.name == "retrieval-abc1234.json"
    assert read_result(path) == _result()


def test_a_result_that_is_no_number_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="not a number"):
        write_result(_result(math.nan), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_result_is_refused_by_name_and_key(tmp_path: Path) -> None:
    path = write_result(_result(), tmp_path)
    value = json.loads(path.read_text())
    path.write_text(json.dumps({**value, "systems": {"product": {"measures": {"x": "high"}}}}))
    with pytest.raises(ResultError, match=r"abc1234\.json: key systems\.product\.measures\.x"):
        read_result(path)
    path.write_text("{\n  broken")
    with pytest.raises(ResultError, match=r"abc1234\.json:2: not JSON"):
        read_result(path)


def test_the_latest_result_is_the_latest_by_its_own_date(tmp_path: Path) -> None:
    write_result(_result(created="2026-11-20T12:00:00+00:00", commit="bbb"), tmp_path)
    write_result(_result(created="2026-11-20T11:00:00+00:00", commit="ccc"), tmp_path)
    latest = latest_result(tmp_path, "retrieval")
    assert latest is not None
    assert latest.name == "retrieval-bbb.json"
    assert latest_result(tmp_path, "answers") is None


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ResultError, match="choose another --output"):
        write_result(_result(), tmp_path / "file")


def test_a_dataset_outside_the_project_is_named_without_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    path.write_text("x")
    assert describe_dataset(path, "all", 1).path == "own.jsonl"
    inside = results.project_folder() / "evals" / "datasets" / "questions.jsonl"
    assert describe_dataset(inside, "all", 1).path == "evals/datasets/questions.jsonl"


def test_the_stamp_names_a_commit_or_says_that_there_is_none() -> None:
    assert re.fullmatch(r"[0-9a-f]{7,}(-dirty)?|unversioned", stamp().commit)


def test_comparing_two_results_on_the_command_line_tells_difference_and_p_value(tmp_path: Path) -> None:
    first = write_result(_result(0.25), tmp_path)
    second = write_result(_result(0.75, commit="def5678"), tmp_path)
    done = CliRunner().invoke(app, ["compare", str(first), str(second), "--json"])
    compared = json.loads(done.stdout)["nDCG@10"]
    assert (compared["difference"], compared["count"]) == (0.5, 20)
    assert compared["p_value"] < 0.001


def test_comparing_a_system_that_a_result_lacks_names_those_it_has(tmp_path: Path) -> None:
    path = write_result(_result(), tmp_path)
    done = CliRunner().invoke(app, ["compare", str(path), str(path), "--system", "nothing"])
    assert isinstance(done.exception, ResultError)
    assert "choose from product" in str(done.exception)

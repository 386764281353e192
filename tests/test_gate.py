"""The gate keeps the present product, refuses a product with a broken leg, and names measure, floor and questions."""

import copy
import json
import random
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.chain import AnswerChain
from evals import gate
from evals.cli import app
from evals.dataset import EvalQuestion, default_dataset, half_of, read_dataset
from evals.results import SystemResult
from ingest.encoder import Array
from ingest.index import EVERYTHING, LocalIndex, Scope
from ingest.records import Entry

MOST_SECONDS = 120
IDLE = 0.15
FEW = half_of(read_dataset(default_dataset()), "test")[::6]


class ShuffledDense(LocalIndex):
    """The dense leg returns other entries than those found, with their similarities."""

    def __init__(self, sound: LocalIndex) -> None:
        self.__dict__.update(sound.__dict__)

    def dense_search(self, vector: Array, limit: int, scope: Scope = EVERYTHING) -> list[tuple[Entry, float]]:
        found = super().dense_search(vector, limit, scope)
        others = random.Random(len(found)).sample(self.entries, len(found))
        return [(entry, similarity) for entry, (_, similarity) in zip(others, found, strict=True)]


class SilentLexical(ShuffledDense):
    """The lexical leg finds nothing."""

    dense_search = LocalIndex.dense_search

    def lexical_search(self, terms: Sequence[str], limit: int, scope: Scope = EVERYTHING) -> list[tuple[str, float]]:
        return []


class GarbledLexical(SilentLexical):
    """The lexical leg returns whatever comes first."""

    def lexical_search(self, terms: Sequence[str], limit: int, scope: Scope = EVERYTHING) -> list[tuple[str, float]]:
        return [(name, 1.0 + 1.0 / n) for n, name in enumerate(list(self.passages)[:limit], start=1)]


def over(chain: AnswerChain, index: LocalIndex) -> AnswerChain:
    """The same assistant over another index."""
    part = copy.copy(chain)
    part.index = index
    part.retriever = replace(chain.retriever, index=index)
    return part


def missed(chain: AnswerChain, questions: Sequence[EvalQuestion]) -> dict[tuple[str, str], gate.Verdict]:
    verdicts = gate.run(chain, questions)
    return {(v.bound.system, v.bound.measure): v for v in verdicts if not v.is_kept}


@dataclass(frozen=True)
class Gated:
    verdicts: list[gate.Verdict]
    seconds: float


@pytest.fixture(scope="module")
def gated(chain: AnswerChain) -> Gated:
    """The whole gate, passed once."""
    begin = time.process_time()  # of all cores, so that other work on the machine does not count
    return Gated(gate.run(chain), time.process_time() - begin)


def test_the_present_product_keeps_every_floor_within_two_minutes(gated: Gated) -> None:
    assert all(verdict.is_kept for verdict in gated.verdicts), gate.as_text(gated.verdicts)
    assert gated.seconds < MOST_SECONDS


def test_no_floor_stands_idle_far_below_its_measure(gated: Gated) -> None:
    floors = [verdict for verdict in gated.verdicts if not verdict.bound.is_ceiling]
    assert {verdict.bound.system for verdict in floors} == {*gate.PARTS, gate.ANSWERS}
    for verdict in floors:
        assert verdict.bound.value > verdict.value - IDLE, verdict


def test_shuffled_entries_of_the_dense_leg_are_noticed(chain: AnswerChain, built_index: LocalIndex) -> None:
    found = missed(over(chain, ShuffledDense(built_index)), FEW)
    verdict = found["dense leg", "nDCG@10"]
    assert verdict.value < 0.2
    assert len(verdict.worst) == gate.WORST
    assert all(any(q.id in line and q.question in line for q in FEW) for line in verdict.worst)


@pytest.mark.parametrize("fault", [SilentLexical, GarbledLexical])
def test_a_lexical_leg_that_fails_is_noticed(
    chain: AnswerChain, built_index: LocalIndex, fault: type[ShuffledDense]
) -> None:
    found = missed(over(chain, fault(built_index)), FEW)
    assert found["lexical leg", "nDCG@10"].value < 0.2
    assert ("dense leg", "nDCG@10") not in found


def test_the_command_exits_with_one_and_names_measure_floor_and_worst_questions(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROADMAP_DATA_DIR", str(data_dir))
    dataset = tmp_path / "few.jsonl"
    dataset.write_text("\n".join(q.model_dump_json() for q in FEW[:6]), encoding="utf-8")
    floors = tmp_path / "floors.toml"
    floors.write_text('[floors.product]\n"nDCG@10" = 1.01\n[floors.answers]\nexact_quotes = 1.0\n', encoding="utf-8")
    call = ["gate", "--dataset", str(dataset), "--half", "all", "--floors", str(floors)]
    done = CliRunner().invoke(app, call)
    assert done.exit_code == 1, done.output
    assert re.search(r"^MISSED +product +nDCG@10 +≥ 1\.010 ", done.stdout, re.MULTILINE)
    assert re.search(r"^kept +answers +exact_quotes +≥ 1\.000 ", done.stdout, re.MULTILINE)
    assert any(q.id in done.stdout for q in FEW[:6])
    verdicts = json.loads(CliRunner().invoke(app, [*call, "--json"]).stdout)
    assert [v["is_kept"] for v in verdicts] == [False, True]


# Judging by hand

SYSTEM = SystemResult(
    measures={"pass": 0.5, "false_answer": 0.25, "p50_ms": 30.0, "abstention_f1": 0.4},
    per_question={"a": {"pass": 1.0}, "b": {"pass": 0.0, "false_answer": 1.0}, "c": {"false_answer": 0.0}},
    details={
        "a": {"question": "one?", "answer_ms": 20.0},
        "b": {"question": "two?", "answer_ms": 40.0},
        "c": {"question": "three?", "answer_ms": 30.0},
    },
)


def judged(measure: str, value: float, is_ceiling: bool = False) -> gate.Verdict:
    return gate.judge([gate.Bound("answers", measure, value, is_ceiling)], {"answers": SYSTEM})[0]


def test_a_value_at_its_bound_is_kept_and_one_beyond_is_not() -> None:
    assert judged("pass", 0.5).is_kept
    assert not judged("pass", 0.501).is_kept
    assert judged("false_answer", 0.25, is_ceiling=True).is_kept
    assert not judged("false_answer", 0.249, is_ceiling=True).is_kept


def test_what_is_not_a_number_is_never_kept() -> None:
    broken = SystemResult(measures={"pass": float("nan")})
    bounds = [gate.Bound("answers", "pass", 0.1, is_ceiling) for is_ceiling in (False, True)]
    assert [v.is_kept for v in gate.judge(bounds, {"answers": broken})] == [False, False]


def test_the_worst_questions_come_first_in_the_sense_of_their_measure() -> None:
    assert judged("pass", 0.9).worst == ("b (pass 0.00): two?", "a (pass 1.00): one?")
    assert judged("false_answer", 0.1, is_ceiling=True).worst[0] == "b (false_answer 1.00): two?"
    assert judged("p50_ms", 10, is_ceiling=True).worst[0] == "b (answer_ms 40.00): two?"
    assert judged("abstention_f1", 0.9).worst[0] == "b (pass 0.00): two?"


def test_a_bound_on_what_was_not_measured_is_refused() -> None:
    with pytest.raises(gate.FloorsError, match="no measure 'speed'"):
        judged("speed", 1)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[floors.answers]\npass = ", "not TOML"),
        ("[floors.answers]\npass = 'high'", r"key floors\.answers\.pass: 'high' is not a finite number"),
        ("[floors.answers]\npass = nan", "not a finite number"),
        ("[floors.answers]\npass = true", "not a finite number"),
        ("[floors.robot]\npass = 1", "no such system"),
        ("[limits.answers]\npass = 1", "neither floors nor ceilings"),
        ("", "has no floors"),
        ("floors = 1", "key floors: is not a table"),
        ("[floors]\nanswers = 1", "key floors.answers: is not a table"),
    ],
)
def test_a_wrong_file_of_floors_is_named_with_its_key(text: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "floors.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(gate.FloorsError, match=told) as caught:
        gate.read_floors(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_of_floors_is_named(tmp_path: Path) -> None:
    with pytest.raises(gate.FloorsError, match=r"none\.toml: cannot be read"):
        gate.read_floors(tmp_path / "none.toml")

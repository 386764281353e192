"""Hold the present product against the floors that it may not fall below, and name what is missed and where."""

import copy
import math
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from assistant.chain import AnswerChain
from assistant.output import json_text
from assistant.retrieval import Legs
from evals import answers
from evals.ablations import RememberingEncoder
from evals.answer_measures import LOWER_IS_BETTER
from evals.dataset import EvalQuestion, default_dataset, half_of, read_dataset
from evals.results import SystemResult
from evals.systems import ask, evaluate, of_chain, run_of
from ingest.build import Progress, quiet
from ingest.errors import RoadmapError

WORST = 5
PARTS = {"product": None, "dense leg": Legs(lexical=False), "lexical leg": Legs(dense=False)}
ANSWERS = "answers"
TIMES = ("p50_ms", "p95_ms", "embedding_p50_ms", "times_embedding")


class FloorsError(RoadmapError):
    """The file of floors is missing or wrong; the message names file and key."""


@dataclass(frozen=True, slots=True)
class Bound:
    """The least value of a measure, or with `is_ceiling` the greatest."""

    system: str
    measure: str
    value: float
    is_ceiling: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """A bound beside the value measured; `worst` has lines on the questions that cost most, worst first."""

    bound: Bound
    value: float
    is_kept: bool
    worst: tuple[str, ...]


def default_floors() -> Path:
    """The one file of floors."""
    return Path(__file__).with_name("floors.toml")


def read_floors(path: Path) -> list[Bound]:
    """Return the bounds in the order of the file. Raises FloorsError, naming file and key."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise FloorsError(f"{path}: cannot be read ({type(error).__name__}): restore it") from error
    except tomllib.TOMLDecodeError as error:
        raise FloorsError(f"{path}: not TOML ({error}): correct it") from error
    if unknown := set(tables) - {"floors", "ceilings"}:
        raise FloorsError(f"{path}: key {min(unknown)}: is neither floors nor ceilings: rename it")
    bounds = []
    for table, systems in tables.items():
        for system, measures in _table(path, table, systems).items():
            for measure, value in _table(path, f"{table}.{system}", measures).items():
                key = f"{table}.{system}.{measure}"
                bounds.append(_bound(path, key, Bound(system, measure, value, table == "ceilings")))
    if not bounds:
        raise FloorsError(f"{path}: has no floors: a gate without one keeps nothing out")
    return bounds


def _table(path: Path, key: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise FloorsError(f"{path}: key {key}: is not a table: write [floors.{ANSWERS}] and below it measure = floor")
    return value


def _bound(path: Path, key: str, bound: Bound) -> Bound:
    if bound.system not in (*PARTS, ANSWERS):
        raise FloorsError(f"{path}: key {key}: no such system: choose from {', '.join((*PARTS, ANSWERS))}")
    if isinstance(bound.value, bool) or not isinstance(bound.value, int | float) or not math.isfinite(bound.value):
        raise FloorsError(f"{path}: key {key}: {bound.value!r} is not a finite number: correct it")
    return bound


def measure(
    chain: AnswerChain, questions: Sequence[EvalQuestion], progress: Progress = quiet
) -> dict[str, SystemResult]:
    """Return the figures of the fused product, of each leg alone, and of the answers."""
    systems = {}
    remembering = copy.copy(chain)  # the legs ask the same questions, so each is embedded once
    remembering.retriever = replace(chain.retriever, encoder=RememberingEncoder(chain.retriever.encoder))
    for name, legs in PARTS.items():
        found = ask(of_chain(remembering, legs), questions, progress(name, len(questions)))
        systems[name] = evaluate(questions, run_of(found), found, with_intervals=False)
    answered = answers.answer_all(chain, questions, progress(ANSWERS, len(questions)))
    systems[ANSWERS] = answers.system(answered, with_intervals=False)
    return systems


def judge(bounds: Iterable[Bound], systems: Mapping[str, SystemResult]) -> list[Verdict]:
    """Hold each bound against its measure. Raises FloorsError for a bound on what was not measured.

    A value that just reaches its bound keeps it; NaN never does.
    """
    verdicts = []
    for bound in bounds:
        system = systems[bound.system]
        if bound.measure not in system.measures:
            known = ", ".join(system.measures)
            raise FloorsError(
                f"{bound.system} has no measure {bound.measure!r} to hold to a floor: choose from {known}"
            )
        value = system.measures[bound.measure]
        is_kept = value <= bound.value if bound.is_ceiling else value >= bound.value
        verdicts.append(Verdict(bound, value, is_kept, () if is_kept else worst_questions(system, bound.measure)))
    return verdicts


def worst_questions(system: SystemResult, measure: str, count: int = WORST) -> tuple[str, ...]:
    """Return lines on the questions with the worst values, worst first, those of one value by id.

    A measure of a whole set is traced to a question's own: time, length, or whether it passed.
    """
    column = measure if any(measure in row for row in system.per_question.values()) else _column_behind(measure)
    times = {name: {"answer_ms": d["answer_ms"]} for name, d in system.details.items() if "answer_ms" in d}
    rows = times if column == "answer_ms" else system.per_question
    sign = -1 if column in LOWER_IS_BETTER or column == "answer_ms" else 1
    order = sorted((sign * row[column], name) for name, row in rows.items() if column in row)
    return tuple(
        f"{name} ({column} {sign * value:.2f}): {system.details.get(name, {}).get('question', '')}"
        for value, name in order[:count]
    )


def _column_behind(measure: str) -> str:
    if measure.startswith("words"):
        return "words"
    return "answer_ms" if measure in TIMES else "pass"


def run(
    chain: AnswerChain,
    questions: Sequence[EvalQuestion] | None = None,
    bounds: Sequence[Bound] | None = None,
    progress: Progress = quiet,
) -> list[Verdict]:
    """Measure `chain` on the project's own `test` questions, or those given, and judge it."""
    chosen = bounds if bounds is not None else read_floors(default_floors())
    asked = questions if questions is not None else half_of(read_dataset(default_dataset()), "test")
    return judge(chosen, measure(chain, asked, progress))


def check(
    chain: AnswerChain,
    as_json: bool = False,
    progress: Progress = quiet,
    questions: Sequence[EvalQuestion] | None = None,
    floors: Path | None = None,
) -> bool:
    """Print each measure with its floor and value, and return whether all are kept. Raises FloorsError."""
    bounds = read_floors(floors or default_floors())
    verdicts = run(chain, questions, bounds, progress)
    print(as_text(verdicts) if not as_json else json_text([asdict(v) for v in verdicts]))
    return all(verdict.is_kept for verdict in verdicts)


def as_text(verdicts: Sequence[Verdict]) -> str:
    """A line per measure; under a missed one its worst questions; at the end how many are missed."""
    lines = [f"{'':6} {'system':12} {'measure':22} {'bound':>10} {'value':>8}"]
    for verdict in verdicts:
        bound = verdict.bound
        limit = f"{'≤' if bound.is_ceiling else '≥'} {bound.value:.3f}"
        mark = "kept" if verdict.is_kept else "MISSED"
        lines.append(f"{mark:6} {bound.system:12} {bound.measure:22} {limit:>10} {verdict.value:>8.3f}")
        lines.extend(f"         {line}" for line in verdict.worst)
    missed = [f"{v.bound.system} {v.bound.measure}" for v in verdicts if not v.is_kept]
    lines.append(f"{len(missed)} of {len(verdicts)} missed: {', '.join(missed)}" if missed else "all floors are kept")
    return "\n".join(lines)

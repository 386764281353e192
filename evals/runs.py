"""Keep what a system returned as TREC run files: written first, scored after."""

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from evals.results import ResultError, replace_text

Run = dict[str, dict[str, float]]  # question id -> document id -> score, best first
Judgements = dict[str, dict[str, int]]  # question id -> document id -> grade
COLUMNS = 6


def ranked(found: Sequence[tuple[str, float]]) -> dict[str, float]:
    """Return (document id, score) pairs, best first, as a run's entry: best place kept, scores strictly falling.

    Scorers order by single-precision score and break ties by id, so an equal score is lowered by the
    least step that single precision knows; the order given is the order scored.
    """
    scores: dict[str, float] = {}
    last = np.float32(np.inf)
    for name, score in found:
        if name in scores:
            continue
        last = min(np.float32(score), np.nextafter(last, np.float32(-np.inf)))
        scores[name] = float(last)
    return scores


def write_run(path: Path, run: Run, tag: str) -> None:
    """Write `run` in TREC form (`question Q0 document rank score tag`), whole or not at all.

    Raises ResultError for an id with white space, which the form cannot hold.
    """
    lines = []
    for question, scores in run.items():
        for rank, (name, score) in enumerate(sorted(scores.items(), key=lambda item: -item[1]), start=1):
            columns = (question, "Q0", name, str(rank), repr(score), tag)
            if any(len(column.split()) != 1 for column in columns):
                raise ResultError(f"{path}: {question!r}, {name!r} or {tag!r} holds white space: rename it")
            lines.append(" ".join(columns) + "\n")
    replace_text(path, "".join(lines))


def read_run(path: Path) -> Run:
    """Return the run in `path`. Raises ResultError with file and line."""
    run: Run = {}
    for number, line in enumerate(_lines(path), start=1):
        columns = line.split()
        if not columns:
            continue
        if len(columns) != COLUMNS:
            raise ResultError(
                f"{path}:{number}: has {len(columns)} columns: write 'question Q0 document rank score tag'"
            )
        question, _, name, _, score, _ = columns
        entry = run.setdefault(question, {})
        if name in entry:
            raise ResultError(f"{path}:{number}: {name} stands there twice for {question}: keep one")
        entry[name] = _number(path, number, score)
    return run


def read_judgements(path: Path) -> Judgements:
    """Return the judgements of a BEIR `qrels` file (tab separated: query-id, corpus-id, score; one heading line).

    Raises ResultError with file and line, also when there is none.
    """
    judgements: Judgements = {}
    for _, (question, name, grade) in judgement_rows(path):
        judgements.setdefault(question, {})[name] = grade
    if not judgements:
        raise ResultError(f"{path}: has no judgements: add one line per judged document")
    return judgements


def judgement_rows(path: Path) -> Iterator[tuple[int, tuple[str, str, int]]]:
    """Yield line number and (question, document, grade); errors as for `read_judgements`."""
    for number, line in enumerate(_lines(path), start=1):
        columns = line.rstrip("\r").split("\t")
        if not line.strip() or (number == 1 and columns[-1].strip().lower() == "score"):
            continue
        if len(columns) != 3:
            raise ResultError(f"{path}:{number}: has {len(columns)} columns: write 'query-id<TAB>corpus-id<TAB>score'")
        question, name, grade = (column.strip() for column in columns)
        yield number, (question, name, int(_number(path, number, grade)))


def check_judged(judgements: Mapping[str, Mapping[str, int]], known: set[str], where: Mapping[str, str]) -> None:
    """Raise ResultError when a judged document is not among `known`; `where` gives each question's file and line."""
    for question, grades in judgements.items():
        for name in grades:
            if name not in known:
                raise ResultError(f"{where.get(question, question)}: judges {name!r}, which does not exist: correct it")


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ResultError(f"{path}: cannot be read ({type(error).__name__}): give a UTF-8 text file") from error


def _number(path: Path, line: int, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ResultError(f"{path}:{line}: {text!r} is not a finite number: correct it")
    return value

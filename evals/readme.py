"""Quote the newest committed results in README.md, between two marks, and tell when the quote is out of date."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from evals.results import (
    Result,
    ResultError,
    SystemResult,
    latest_result,
    project_folder,
    read_result,
    replace_text,
    results_folder,
)

BEGIN, END = "<!-- results -->", "<!-- /results -->"
BETWEEN = re.compile(rf"{re.escape(BEGIN)}\n(.*?)\n?{re.escape(END)}", re.DOTALL)
KINDS = ("retrieval", "ablate", "answers", "robustness")
PRODUCT = "product"
RETRIEVAL = ("nDCG@10", "Recall@10", "MRR@10", "Success@1", "Success@5", "Nuggets@4")
SYSTEMS = {
    "product": "this project",
    "dense leg": "its dense leg alone",
    "lexical leg": "its lexical leg alone",
    "baseline: LangChain tutorial": "LangChain tutorial recipe",
    "baseline: BM25": "BM25",
    "baseline: passage vectors": "passage vectors",
    "baseline: chance": "chance",
}
ANSWERS = {
    "pass": "answers that pass: every nugget, an expected source cited; unanswerable: refused",
    "nuggets_in_evidence": "nuggets in the answer or its quotes",
    "citation_precision": "citations that are precise",
    "citation_recall": "statements that their citations support",
    "exact_quotes": "quotes exact to the character",
    "false_refusal": "answerable questions refused",
    "false_answer": "unanswerable questions answered",
    "abstention_f1": "F1 of abstaining",
    "words_median": "median length in words",
    "p50_ms": "median time in ms",
    "p95_ms": "95th percentile in ms",
    "times_embedding": "whole answer, in times of embedding the question",
}
WHOLE = ("words_median", "p50_ms", "p95_ms")


def newest(folder: Path) -> list[Result]:
    """Return the newest result of each kind in `folder`, in the order of `KINDS`; kinds without one are left out."""
    paths = (latest_result(folder, kind) for kind in KINDS)
    return [read_result(path) for path in paths if path is not None]


def table(results: Sequence[Result]) -> str:
    """Return Markdown tables of retrieval, answers and robustness; each says its questions and commit.

    Raises ResultError when there is no result to quote.
    """
    by_kind = {result.kind: result for result in results}
    parts = [_retrieval(by_kind)]
    if answers := by_kind.get("answers"):
        parts.append(_answers(answers))
    if robustness := by_kind.get("robustness"):
        parts.append(_robustness(robustness))
    text = "\n\n".join(part for part in parts if part)
    if not text:
        raise ResultError(f"there is no result to quote: run 'roadmap eval {KINDS[0]}' and the others first")
    return text


def update(write: bool, readme: Path | None = None, folder: Path | None = None) -> bool:
    """Print whether README's figures are those of the newest results; with `write`, make them so.

    Returns whether they are in the end. Raises ResultError when README is missing or has no marks.
    """
    path = readme or project_folder() / "README.md"
    wanted = table(newest(folder or results_folder()))
    if quoted(path) == wanted:
        print(f"{path.name}: the figures are those of the newest results")
        return True
    if not write:
        print(f"{path.name}: the figures are not those of the newest results: run 'roadmap eval readme --write'")
        return False
    text = path.read_text(encoding="utf-8")
    replace_text(path, BETWEEN.sub(lambda _: f"{BEGIN}\n{wanted}\n{END}", text, count=1))
    print(f"{path.name}: figures written")
    return True


def quoted(readme: Path) -> str:
    """Return what stands between README's marks. Raises ResultError when it is missing or has none."""
    try:
        text = readme.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ResultError(f"{readme}: cannot be read ({type(error).__name__}): restore it") from error
    match = BETWEEN.search(text)
    if match is None:
        raise ResultError(f"{readme}: has no place for results: add a line '{BEGIN}' and after it one '{END}'")
    return match.group(1).strip("\n")


def _retrieval(by_kind: Mapping[str, Result]) -> str:
    """One table of all systems that are told of: those of `retrieval`, and the baselines of `ablate`."""
    systems: dict[str, SystemResult] = {}
    for kind in ("ablate", "retrieval"):
        if kind in by_kind:
            systems |= by_kind[kind].systems
    shown = [(label, systems[name]) for name, label in SYSTEMS.items() if name in systems]
    if not shown:
        return ""
    told = [by_kind[kind] for kind in ("retrieval", "ablate") if kind in by_kind]
    names = [name for name in RETRIEVAL if any(name in system.measures for _, system in shown)]
    lines = [f"Retrieval ({'; '.join(dict.fromkeys(_origin(result) for result in told))}):", ""]
    lines += [_row(["", *names]), _row(["---", *["---:"] * len(names)])]
    lines += [_row([label, *(_figure(system, name) for name in names)]) for label, system in shown]
    return "\n".join(lines)


def _answers(result: Result) -> str:
    system = result.systems[PRODUCT]
    lines = [f"Answers ({_origin(result)}):", "", _row(["", "value", "95% interval"]), _row(["---", "---:", "---:"])]
    for name, label in ANSWERS.items():
        if name in system.measures:
            lines.append(_row([label, _figure(system, name), _interval(system, name)]))
    return "\n".join(lines)


def _robustness(result: Result) -> str:
    lines = [f"Robustness ({_origin(result)}):", "", _row(["", "pass", "nDCG@10"]), _row(["---", "---:", "---:"])]
    ordered = sorted(result.systems.items(), key=lambda item: -item[1].measures["pass"])
    lines += [_row([name, _figure(s, "pass"), _figure(s, "nDCG@10")]) for name, s in ordered]
    return "\n".join(lines)


def _origin(result: Result) -> str:
    return f"{result.dataset.count} questions, {result.dataset.half} half, commit {result.commit}"


def _figure(system: SystemResult, name: str) -> str:
    if name not in system.measures:
        return "–"
    value = system.measures[name]
    if name in WHOLE:
        return f"{value:.0f}"
    return f"{value:.1f}" if name == "times_embedding" else f"{value:.3f}"


def _interval(system: SystemResult, name: str) -> str:
    if name not in system.intervals:
        return ""
    low, high = system.intervals[name]
    return f"{low:.0f}–{high:.0f}" if name in WHOLE else f"{low:.3f}–{high:.3f}"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"

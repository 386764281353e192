"""Ask an assistant every question and measure what it answers, where it refuses, and how long it takes."""

import copy
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from statistics import fmean, median
from typing import Any

import numpy as np

from assistant.chain import AnswerChain
from assistant.records import Answer
from evals.answer_measures import MEASURES, AnswerScores, Library, score
from evals.dataset import EvalQuestion
from evals.decision_measures import RiskPoint, abstention, area_under_risk, risk_coverage
from evals.latency import Timing, summarise, timed
from evals.results import DatasetInfo, Result, SystemResult, stamp
from evals.significance import LEVEL, SEED, intervals
from ingest.index import Index

KIND = "answers"
PRODUCT = "product"
WARM_UP = 3
DIGITS = 4
SET_RESAMPLES = 1000  # measures of a whole set are worked out anew for each

Advance = Callable[[int], None]


def no_progress(_: int) -> None:
    """Show nothing."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A question with its answer and values.

    `chance` is the decision's; `is_right` whether the answer passes when none may be refused;
    `retrieved` are section ids, best first, each once.
    """

    question: EvalQuestion
    answer: Answer
    scores: AnswerScores
    chance: float
    is_right: bool
    retrieved: tuple[str, ...]
    cited: tuple[str, ...]
    timing: Timing


def run(
    chain: AnswerChain, questions: Sequence[EvalQuestion], dataset: DatasetInfo, advance: Advance = no_progress
) -> Result:
    """Ask `chain` every question and return the result, not yet written.

    `notes` has the measures by number of turns of history and the risk-coverage curve.
    """
    answered = answer_all(chain, questions, advance)
    now = stamp()
    notes = {
        "by_turns": grouped(answered, turns_of),
        "risk_coverage": [asdict(point) for point in risk_curve(answered)],
        "threshold": chain.calibration.threshold,
        "answerable": sum(a.question.answerable for a in answered),
    }
    return Result(KIND, now.commit, now.created, dataset, {PRODUCT: system(answered)}, notes)


def system(answered: Sequence[Answered], with_intervals: bool = True) -> SystemResult:
    """Return the figures of one assistant, with what a reader needs to see why."""
    rows = {a.question.id: rounded(a.scores.values()) for a in answered}
    bounds = {**intervals(rows), **_set_intervals(answered)} if with_intervals else {}
    return SystemResult(
        measures=rounded({**summary(answered), **latencies(answered)}),
        intervals={name: (round(low, DIGITS), round(high, DIGITS)) for name, (low, high) in bounds.items()},
        by_type=grouped(answered, lambda a: a.question.type),
        per_question=rows,
        details={a.question.id: _details(a) for a in answered},
    )


def _details(answered: Answered) -> dict[str, Any]:
    question, answer = answered.question, answered.answer
    return {
        "type": question.type,
        "question": question.question,
        "history": [turn.content for turn in question.history],
        "understood": answer.question,
        "answerable": question.answerable,
        "abstained": answer.abstained,
        "chance": round(answered.chance, DIGITS),
        "answer": answer.answer,
        "cited": list(answered.cited),
        "retrieved": list(answered.retrieved),
        "judged": dict(question.judgements),
        "expected_sources": list(question.expected_sources),
        "answer_ms": round(answered.timing.answer_ms, 2),
        "embedding_ms": round(answered.timing.embedding_ms, 2),
    }


def _set_intervals(answered: Sequence[Answered]) -> dict[str, tuple[float, float]]:
    """Bootstrap bounds of the measures that are no means: abstention and the area under the risk."""
    random = np.random.default_rng(SEED)
    drawn: dict[str, list[float]] = {}
    for _ in range(SET_RESAMPLES if answered else 0):
        sample = [answered[i] for i in random.integers(0, len(answered), len(answered))]
        for name, value in set_measures(sample).items():
            drawn.setdefault(name, []).append(value)
    bounds = {name: np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]) for name, values in drawn.items()}
    return {name: (float(low), float(high)) for name, (low, high) in bounds.items()}


def library_of(index: Index) -> Library:
    """What the measures must know of an opened index."""
    texts = {source_id: source.text for source_id, source in index.sources.items()}
    return Library(texts, {passage_id: passage.section_id for passage_id, passage in index.passages.items()})


def answer_all(chain: AnswerChain, questions: Sequence[EvalQuestion], advance: Advance = no_progress) -> list[Answered]:
    """Ask each question once, in order; `advance(1)` is called after each. The chain is warmed up first."""
    library = library_of(chain.index)
    forced = _never_refusing(chain)
    for question in questions[:WARM_UP]:
        chain.invoke(question.ask())
        chain.retriever.encoder.encode([question.question])
    answered = []
    for question in questions:
        answered.append(_answer(chain, forced, question, library))
        advance(1)
    return answered


def _answer(chain: AnswerChain, forced: AnswerChain, question: EvalQuestion, library: Library) -> Answered:
    asked = question.ask()
    answer, answer_ms = timed(lambda: chain.invoke(asked))
    _, embedding_ms = timed(lambda: chain.retriever.encoder.encode([question.question]))
    trace = chain.trace(asked)
    scores = score(question, answer, library)
    would_be = scores
    if answer.abstained and question.answerable:
        would_be = score(question, forced.invoke(asked), library)
    return Answered(
        question=question,
        answer=answer,
        scores=scores,
        chance=trace.decision.chance,
        is_right=question.answerable and would_be.passed == 1.0,
        retrieved=tuple(dict.fromkeys(hit.passage.section_id for hit in trace.found.hits)),
        cited=tuple(dict.fromkeys(library.sections.get(c.passage_id, c.passage_id) for c in answer.citations)),
        timing=Timing(answer_ms, embedding_ms),
    )


def _never_refusing(chain: AnswerChain) -> AnswerChain:
    """The same chain with a threshold that every chance reaches, to learn what a refusal withheld."""
    forced = copy.copy(chain)
    forced.calibration = replace(chain.calibration, threshold=0.0)
    return forced


def summary(answered: Sequence[Answered]) -> dict[str, float]:
    """Return the measures of a set of answers: means over those they apply to, and `set_measures`."""
    rows = [a.scores.values() for a in answered]
    measures = {name: fmean(values) for name in MEASURES if (values := [row[name] for row in rows if name in row])}
    return {**measures, **set_measures(answered)}


def set_measures(answered: Sequence[Answered]) -> dict[str, float]:
    """Return the measures that only a set has.

    `abstention_*` need answerable and unanswerable questions; `risk_area` is the area under the
    risk-coverage curve, lower is better; `words_median` is of the answers given.
    """
    measures: dict[str, float] = {}
    if lengths := [a.scores.words for a in answered if a.scores.words is not None]:
        measures["words_median"] = float(median(lengths))
    truths = [a.question.answerable for a in answered]
    if any(truths) and not all(truths):
        found = abstention(truths, [a.scores.has_abstained for a in answered])
        measures |= {f"abstention_{name}": value for name, value in asdict(found).items()}
    area = area_under_risk(risk_curve(answered))
    return measures if math.isnan(area) else {**measures, "risk_area": area}


def latencies(answered: Sequence[Answered]) -> dict[str, float]:
    """Return `p50_ms`, `p95_ms` and `times_embedding` of whole answers."""
    latency = summarise([a.timing for a in answered])
    return {
        "p50_ms": latency.p50_ms,
        "p95_ms": latency.p95_ms,
        "embedding_p50_ms": latency.embedding_p50_ms,
        "times_embedding": latency.times_embedding,
    }


def risk_curve(answered: Sequence[Answered]) -> list[RiskPoint]:
    """The risk at each coverage, were refusals made by the decision's chance alone."""
    return risk_coverage([a.chance for a in answered], [a.is_right for a in answered])


def grouped(answered: Sequence[Answered], key: Callable[[Answered], str]) -> dict[str, dict[str, float]]:
    """Return the measures of each group, groups in the order of their names."""
    groups: dict[str, list[Answered]] = {}
    for one in answered:
        groups.setdefault(key(one), []).append(one)
    return {name: rounded(summary(groups[name])) for name in sorted(groups)}


def rounded(measures: Mapping[str, float]) -> dict[str, float]:
    """The measures to `DIGITS` places."""
    return {name: round(value, DIGITS) for name, value in measures.items()}


def turns_of(answered: Answered) -> str:
    """How many turns stand before the question, as `0`, `2`, …."""
    return str(len(answered.question.history))

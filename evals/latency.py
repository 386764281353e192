"""Time answers against the least they could cost: embedding the question once, in the same run."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds of one whole answer, and of embedding its question alone right after it."""

    answer_ms: float
    embedding_ms: float


@dataclass(frozen=True, slots=True)
class Latency:
    """Medians and 95th percentiles in milliseconds; `times_embedding` is the ratio of the two medians."""

    p50_ms: float
    p95_ms: float
    embedding_p50_ms: float
    times_embedding: float


def timed(work: Callable[[], Result]) -> tuple[Result, float]:
    """Return what `work` returns, and the milliseconds it took."""
    begin = time.perf_counter()
    result = work()
    return result, (time.perf_counter() - begin) * 1000


def summarise(timings: Sequence[Timing]) -> Latency:
    """Return the percentiles (linear between ranks). Raises ValueError without timings."""
    if not timings:
        raise ValueError("no answer was timed")
    p50, p95 = np.percentile([t.answer_ms for t in timings], [50, 95])
    embedding = float(np.percentile([t.embedding_ms for t in timings], 50))
    return Latency(float(p50), float(p95), embedding, float(p50) / embedding if embedding > 0 else float("inf"))

"""What an export costs in rankings and saves in time, against the model itself, on the eval questions."""

import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from evals.bench_timing import Measured, Row
from ingest.encoder import Advance, Array, SentenceEncoder
from ingest.export import export_encoder, provenance_of
from ingest.runtime import Precision, Runtime

PLACES = 10
TIE = 1e-5  # of two fused scores


class Exported:
    """An export as an encoder."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.model_name = runtime.provenance.model_name
        self.weight_hash = runtime.provenance.weight_hash

    def encode(self, texts: Sequence[str], advance: Advance | None = None) -> Array:
        """As the runtime has it."""
        return self.runtime.run(texts, advance)

    def count_tokens(self, text: str) -> int:
        """Not asked of an encoder of questions."""
        raise NotImplementedError


def measure(questions: Sequence[str]) -> list[Row]:
    """Compare single precision and eight bits with the model itself; a question at a time, as they come."""
    from assistant.records import Question
    from assistant.settings import Settings
    from assistant.wiring import Service, ensure_index

    settings = Settings.load()
    ensure_index(settings)
    chain = Service(settings).chain
    original = SentenceEncoder(settings.embedding_model, settings.allow_download)
    understood = [chain.understand(Question(text)) for text in questions]

    def ranked(encoder: SentenceEncoder | Exported) -> list[list[tuple[str, float]]]:
        retriever = replace(chain.retriever, encoder=encoder)
        found = (retriever.retrieve(each, PLACES).hits for each in understood)
        return [[(hit.passage.passage_id, hit.score) for hit in hits] for hits in found]

    def seconds(encoder: SentenceEncoder | Exported) -> tuple[Array, tuple[float, ...]]:
        encoder.encode(["ready?"])
        rows, times = [], []
        for text in questions:
            begin = time.perf_counter()
            rows.append(encoder.encode([text])[0])
            times.append((time.perf_counter() - begin) * 1000)
        return np.stack(rows), tuple(times)

    vectors, times = seconds(original)
    order, own = ranked(original), Measured("the model itself", "ms", times)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as place:
        for precision in ("float32", "int8"):
            encoder = Exported(_exported(original, Path(place), precision))
            found, took = seconds(encoder)
            same = [_is_same(ours, theirs) for ours, theirs in zip(ranked(encoder), order, strict=True)]
            cosines = tuple(float(cosine) for cosine in (found * vectors).sum(axis=1))
            rows += [
                Row(Measured(f"{precision}: a question", "ms", took), own),
                Row(Measured(f"{precision}: cosine to the model itself", "", cosines)),
                Row(Measured(f"{precision}: share with the same first {PLACES}", "", (float(np.mean(same)),))),
            ]
    return rows


def _exported(original: SentenceEncoder, place: Path, precision: Precision) -> Runtime:
    folder = place / precision
    provenance = provenance_of("vectors", original.model_name, original.weight_hash, precision)
    export_encoder(original.loaded(), folder, provenance)
    return Runtime.open(folder)


def _is_same(ours: list[tuple[str, float]], theirs: list[tuple[str, float]]) -> bool:
    """Whether both have the same passages in one order, but for those that theirs places by a tie."""
    scores = dict(theirs)
    placed = [scores.get(name) for name, _ in ours]
    return None not in placed and all(b - a <= TIE for a, b in pairwise(s for s in placed if s is not None))

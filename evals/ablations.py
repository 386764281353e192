"""The product with each part left out in turn, beside the baselines, in one run on the same questions."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from assistant.retrieval import Legs, Reranker
from assistant.understand import Steps
from assistant.wiring import make_chain
from evals import baselines
from evals.dataset import EvalQuestion
from evals.results import SystemResult
from evals.retrieval_measures import NDCG
from evals.runs import Run
from evals.significance import compare
from evals.systems import NUGGETS, Found, System, ask, evaluate, of_chain, run_of
from ingest.build import Progress, quiet, write_index
from ingest.corpus import Library
from ingest.encoder import Advance, Array, Encoder
from ingest.entries import ALL_FACETS, Facets
from ingest.index import LocalIndex, open_index

PRODUCT = "product"
RERANKED = "with cross-encoder"
COMPARED = (NDCG, "Recall@10", "MRR@10", "Success@1", NUGGETS)


@dataclass(frozen=True, slots=True)
class Variant:
    """The product with something left out or exchanged."""

    facets: Facets = ALL_FACETS
    legs: Legs = field(default_factory=Legs)
    steps: Steps = field(default_factory=Steps)


VARIANTS = {
    PRODUCT: Variant(),
    "without sentence vectors": Variant(facets=Facets(sentences=False)),
    "without questions": Variant(facets=Facets(questions=False)),
    "without headings": Variant(facets=Facets(headings=False)),
    "without lexical leg": Variant(legs=Legs(lexical=False)),
    "without dense leg": Variant(legs=Legs(dense=False)),
    "without spelling": Variant(steps=Steps(spelling=False)),
    "without aliases": Variant(steps=Steps(aliases=False)),
    "without named roadmaps": Variant(steps=Steps(sources=False)),
    "without follow-ups": Variant(steps=Steps(follow_ups=False)),
    "reciprocal rank fusion": Variant(legs=Legs(fusion="rrf")),
}


class RememberingEncoder:
    """An encoder that embeds each text once, since the variants' indexes share most of theirs."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: dict[str, Array] = {}

    @property
    def model_name(self) -> str:
        """The wrapped model's name."""
        return self._encoder.model_name

    @property
    def weight_hash(self) -> str:
        """The wrapped model's weights."""
        return self._encoder.weight_hash

    def encode(self, texts: Sequence[str], advance: Advance | None = None) -> Array:
        """Return `(len(texts), dimension)` float32 unit rows, in order of `texts`."""
        fresh = list(dict.fromkeys(text for text in texts if text not in self._known))
        self._known.update(zip(fresh, self._encoder.encode(fresh, advance), strict=True))
        if not texts:
            return self._encoder.encode([])
        return np.stack([self._known[text] for text in texts])

    def count_tokens(self, text: str) -> int:
        """Number of the model's tokens in `text`."""
        return self._encoder.count_tokens(text)


@contextmanager
def built(
    library: Library, encoder: Encoder, facets: Facets = ALL_FACETS, progress: Progress = quiet
) -> Iterator[LocalIndex]:
    """Yield an index of `library` in a temporary folder, which is deleted in the end."""
    with tempfile.TemporaryDirectory(prefix="evals-") as folder:
        write_index(Path(folder), library, encoder, progress, facets)
        yield open_index(Path(folder))


def measure(
    library: Library,
    encoder: Encoder,
    questions: Sequence[EvalQuestion],
    progress: Progress = quiet,
    reranker: Reranker | None = None,
) -> tuple[dict[str, Run], dict[str, dict[str, Found]], list[str]]:
    """Return each system's run and finds, and remarks on what was left out; indexes are built and deleted.

    The product has no reranker; with `reranker` there is one system more, the product with it.
    """
    remembering = RememberingEncoder(encoder)
    runs: dict[str, Run] = {}
    finds: dict[str, dict[str, Found]] = {}
    remarks: list[str] = []
    with ExitStack() as stack:
        indexes: dict[Facets, LocalIndex] = {}
        for variant in VARIANTS.values():
            if variant.facets not in indexes:
                index = stack.enter_context(built(library, remembering, variant.facets, progress))
                indexes[variant.facets] = index
        systems: dict[str, Callable[[], System]] = {
            name: lambda v=variant: of_chain(make_chain(indexes[v.facets], remembering, v.steps, v.legs))  # type: ignore[misc]
            for name, variant in VARIANTS.items()
        }
        full = indexes[ALL_FACETS]
        if reranker:
            systems[RERANKED] = lambda: of_chain(make_chain(full, remembering, reranker=reranker))
        systems["baseline: BM25"] = lambda: baselines.bm25(full)
        systems["baseline: passage vectors"] = lambda: baselines.plain_vectors(full, remembering)
        systems["baseline: chance"] = lambda: baselines.chance(full)
        if baselines.has_splitter():
            systems["baseline: LangChain tutorial"] = lambda: baselines.tutorial(library.sources, remembering)
        else:
            remarks.append(baselines.MISSING_SPLITTER)
        for name, make in systems.items():
            finds[name] = ask(make(), questions, progress(name, len(questions)))
            runs[name] = run_of(finds[name])
    return runs, finds, remarks


def evaluate_all(
    questions: Sequence[EvalQuestion], runs: dict[str, Run], finds: dict[str, dict[str, Found]]
) -> tuple[dict[str, SystemResult], dict[str, Any]]:
    """Score every run, and compare each system with the product, measure by measure.

    The second value maps system and measure to a `Comparison` as a dictionary: `difference` is the
    system's mean minus the product's, so a part that helps has a negative one when it is left out.
    """
    results = {name: evaluate(questions, run, finds[name]) for name, run in runs.items()}
    comparisons = {
        name: {
            measure: asdict(compare(_column(results[PRODUCT], measure), _column(result, measure)))
            for measure in COMPARED
        }
        for name, result in results.items()
        if name != PRODUCT
    }
    return results, comparisons


def _column(result: SystemResult, measure: str) -> dict[str, float]:
    return {question: row[measure] for question, row in result.per_question.items() if measure in row}

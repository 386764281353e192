"""Find the passages for an understood question: two legs, collapsed to passages, fused, and perhaps reranked."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from assistant.fusion import reciprocal_rank_fusion, weighted_fusion
from assistant.records import Understood
from ingest.encoder import Array, Encoder
from ingest.entries import heading_label
from ingest.index import EVERYTHING, Index, Scope
from ingest.lexical import terms
from ingest.records import Entry, Facet, Hit, Source
from ingest.text import plain

DENSE_ENTRIES = 200  # about a dozen entries lead to one passage
LEG_PASSAGES = 50
CONTEXT_WEIGHT = 0.4  # 0.2 to 0.7 do not differ on the tuning half
DENSE_WEIGHT = 0.5  # best of 0.4 to 0.9 on the tuning half, docs/log.md
NAMED_WEIGHT = 0.5  # added to the fused score of a named roadmap's passages; best of 0 to 1.0, docs/log.md
RECOMMENDED_SHARE = 0.4  # of it, for what the roadmap recommends; untuned
RERANKED = 20  # first passages that a reranker orders again: more than an answer reads; untuned


@dataclass(frozen=True, slots=True)
class Legs:
    """Which legs search, and how they are fused; ablations leave a leg out."""

    dense: bool = True
    lexical: bool = True
    fusion: str = "weighted"


@dataclass(frozen=True, slots=True)
class Retrieved:
    """Hits best first; `vector` is the question's, one unit row.

    `asked` has, for each span of a source that a stored question leads to, the best cosine of such
    a question; keys are (source id, start, end).
    """

    hits: tuple[Hit, ...]
    vector: Array
    asked: dict[tuple[str, int, int], float] = field(default_factory=dict)


class Reranker(Protocol):
    """Scores (question, headings and text of a passage) pairs; higher is better."""

    def scores(self, question: str, texts: list[str]) -> list[float]:
        """Return one score per text. Raises ModelError when there is no model that can."""


@dataclass(frozen=True, slots=True)
class Retriever:
    """The two legs over one index, and what orders the first `RERANKED` passages again, if anything does."""

    index: Index
    encoder: Encoder
    legs: Legs = Legs()
    reranker: Reranker | None = None

    def retrieve(
        self, question: Understood, limit: int, scope: Scope = EVERYTHING, vector: Array | None = None
    ) -> Retrieved:
        """Return up to `limit` hits for `question` within `scope`, best first; `vector` where it is known already.

        A hit's score is the fused score of its place: after a rerank, the best fused score goes to the
        passage that is now first, and so on. So scores fall with the ranks either way, on one scale.
        Raises ModelError when the encoder or the reranker cannot be loaded.
        """
        vector = self.vector(question) if vector is None else vector
        entries = self.index.dense_search(vector, DENSE_ENTRIES, scope) if self.legs.dense else []
        dense = _collapse(entries)
        lexical: dict[str, float] = {}
        if self.legs.lexical:
            query = [*question.terms, *terms(" ".join(question.expansion))]
            lexical = dict(self.index.lexical_search(query, LEG_PASSAGES, scope))
        hits = self._place(question, dense, lexical, limit)
        asked: dict[tuple[str, int, int], float] = {}
        for entry, similarity in entries:
            if entry.facet is Facet.QUESTION:
                source_id = self.index.passages[entry.passage_id].source_id
                asked.setdefault((source_id, entry.start, entry.end), similarity)
        return Retrieved(tuple(hits), vector, asked)

    def vector(self, question: Understood) -> Array:
        """The question's unit row; a follow-up leans towards what it was asked after."""
        vector = self.encoder.encode([_dense_text(question)])
        if not question.context:
            return vector
        blend: Array = vector + CONTEXT_WEIGHT * self.encoder.encode([question.context])
        return blend / np.linalg.norm(blend)

    def _place(
        self, question: Understood, dense: dict[str, float], lexical: dict[str, float], limit: int
    ) -> Iterable[Hit]:
        fused = self._fuse(dense, lexical)
        if question.searched:
            fused = {name: score + NAMED_WEIGHT * self._share_named(name, question) for name, score in fused.items()}
        order = sorted(fused, key=lambda name: (-fused[name], name))
        scores = [fused[name] for name in order]  # of the places
        first = order[:RERANKED] if self.reranker else []
        if self.reranker and first:
            texts = [self._whole_text(name) for name in first]
            order[:RERANKED] = ordered(first, self.reranker.scores(question.text, texts))
        dense_ranks, lexical_ranks = _ranks(dense), _ranks(lexical)
        for rank, name in enumerate(order[:limit], start=1):
            yield Hit(
                passage=self.index.passages[name],
                rank=rank,
                score=scores[rank - 1],
                dense_rank=dense_ranks.get(name),
                lexical_rank=lexical_ranks.get(name),
                rerank_rank=rank if rank <= len(first) else None,
                similarity=dense.get(name, 0.0),
            )

    def _share_named(self, name: str, question: Understood) -> float:
        return share_named(self.index.sources[self.index.passages[name].source_id], question.sources)

    def _whole_text(self, name: str) -> str:
        """The headings and the text of a passage, as its own vector has them."""
        passage = self.index.passages[name]
        return f"{heading_label(self.index.sources[passage.source_id], passage)}: {plain(passage.text)}"

    def _fuse(self, dense: dict[str, float], lexical: dict[str, float]) -> dict[str, float]:
        if self.legs.fusion == "rrf":
            return reciprocal_rank_fusion([list(dense), list(lexical)])
        return weighted_fusion([dense, lexical], [DENSE_WEIGHT, 1 - DENSE_WEIGHT])


def share_named(source: Source, roadmaps: Collection[str]) -> float:
    """Return 1 for one of `roadmaps`, `RECOMMENDED_SHARE` for what one of them recommends, else 0."""
    if source.source_id in roadmaps:
        return 1.0
    return RECOMMENDED_SHARE if set(source.recommended_by) & set(roadmaps) else 0.0


def ordered(names: Sequence[str], scores: Sequence[float]) -> list[str]:
    """Return the names by their scores, highest first; those with equal scores keep their order."""
    pairs = zip(names, scores, strict=True)
    return [name for name, _ in sorted(pairs, key=lambda pair: -pair[1])]


def _dense_text(question: Understood) -> str:
    text = question.searched or question.text
    return f"{text} ({', '.join(question.expansion)})" if question.expansion else text


def _collapse(entries: Iterable[tuple[Entry, float]]) -> dict[str, float]:
    """Best similarity of any entry of a passage, passages in order of it."""
    best: dict[str, float] = {}
    for entry, similarity in entries:
        if len(best) < LEG_PASSAGES or entry.passage_id in best:
            best[entry.passage_id] = max(similarity, best.get(entry.passage_id, -1.0))
    return best


def _ranks(scores: dict[str, float]) -> dict[str, int]:
    return {name: rank for rank, name in enumerate(sorted(scores, key=lambda n: -scores[n]), start=1)}

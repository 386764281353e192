"""The curated library by itself: an opened index as it would be without the documents that users added."""

from collections.abc import Sequence

import numpy as np

from ingest.encoder import Array
from ingest.entries import lexical_text
from ingest.index import EVERYTHING, Index, Scope
from ingest.lexical import LexicalIndex
from ingest.records import Entry, Kind

CURATED_KINDS = tuple(kind.value for kind in Kind if kind is not Kind.DOCUMENT)


def curated(index: Index) -> Index:
    """Return `index` without its documents; `index` itself where it has none, or nothing else.

    Neither what is found nor how much a word tells depends on what a document holds: a user's file
    may repeat a question a thousand times.
    """
    own = [p for p in index.passages.values() if p.kind is not Kind.DOCUMENT]
    if len(own) in (0, len(index.passages)):
        return index
    sections = {s.section_id: s for source in index.sources.values() for s in source.sections}
    texts = [lexical_text(index.sources[p.source_id], sections[p.section_id], p) for p in own]
    return CuratedIndex(index, [p.passage_id for p in own], LexicalIndex.build(texts))


class CuratedIndex:
    """A view of `whole`: `ids` are its passages that are no documents', `lexical` is over those, in that order.

    Sources and passages are those of the whole, so that every citation can be proved.
    """

    def __init__(self, whole: Index, ids: Sequence[str], lexical: LexicalIndex) -> None:
        self.manifest = whole.manifest
        self.structure = whole.structure
        self.sources = whole.sources
        self.passages = whole.passages
        self._whole = whole
        self._ids = ids
        self._lexical = lexical

    def dense_search(self, vector: Array, limit: int, scope: Scope = EVERYTHING) -> list[tuple[Entry, float]]:
        """As of the whole, without documents."""
        return self._whole.dense_search(vector, limit, _without_documents(scope))

    def lexical_search(self, terms: Sequence[str], limit: int, scope: Scope = EVERYTHING) -> list[tuple[str, float]]:
        """As of the whole, without documents."""
        scores = self._lexical.scores(terms)
        admitted = [scope.admits(self.passages[i]) for i in self._ids]
        scores = np.where(admitted, scores, np.float32(0))
        order = np.argsort(-scores, kind="stable")[:limit]
        return [(self._ids[i], float(scores[i])) for i in order if scores[i] > 0]

    def sentence_vectors(self, passage_id: str) -> Array:
        """As of the whole."""
        return self._whole.sentence_vectors(passage_id)

    def document_share(self, term: str) -> float:
        """Share of the passages that are no documents' that hold the stemmed `term`, 0 to 1."""
        return self._lexical.document_share(term)


def _without_documents(scope: Scope) -> Scope:
    kinds = CURATED_KINDS if scope.kinds is None else tuple(k for k in scope.kinds if k in CURATED_KINDS)
    return Scope(scope.sources, kinds)

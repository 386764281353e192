"""Vectors of the sentences of users' documents, which the index leaves out, made when a question needs them."""

from collections.abc import Sequence
from functools import lru_cache

from ingest.encoder import Array, Encoder
from ingest.entries import sentence_text
from ingest.index import EVERYTHING, Index, Scope
from ingest.records import Entry, Kind

KEPT_PASSAGES = 1000  # about 12 MB of vectors


def with_document_sentences(index: Index, encoder: Encoder) -> Index:
    """Return `index` with a vector for every sentence of its documents; `index` itself where it has none."""
    has_documents = any(source.kind is Kind.DOCUMENT for source in index.sources.values())
    return ReadIndex(index, encoder) if has_documents else index


class ReadIndex:
    """A view of `whole` that has `encoder` read the sentences of a document's passage when they are asked for.

    A passage costs some hundredths of a second then, and is remembered.
    """

    def __init__(self, whole: Index, encoder: Encoder) -> None:
        self.manifest = whole.manifest
        self.structure = whole.structure
        self.sources = whole.sources
        self.passages = whole.passages
        self._whole = whole
        self._encoder = encoder
        self._rows = lru_cache(KEPT_PASSAGES)(self._read)

    def dense_search(self, vector: Array, limit: int, scope: Scope = EVERYTHING) -> list[tuple[Entry, float]]:
        """As of the whole."""
        return self._whole.dense_search(vector, limit, scope)

    def lexical_search(self, terms: Sequence[str], limit: int, scope: Scope = EVERYTHING) -> list[tuple[str, float]]:
        """As of the whole."""
        return self._whole.lexical_search(terms, limit, scope)

    def document_share(self, term: str) -> float:
        """As of the whole."""
        return self._whole.document_share(term)

    def sentence_vectors(self, passage_id: str) -> Array:
        """Return `(n_sentences, dimension)` unit rows; a row is zero for a sentence without a vector, such as a label."""
        is_document = self.passages[passage_id].kind is Kind.DOCUMENT
        return self._rows(passage_id) if is_document else self._whole.sentence_vectors(passage_id)

    def _read(self, passage_id: str) -> Array:
        passage = self.passages[passage_id]
        rows = self._whole.sentence_vectors(passage_id)
        texts = {n: sentence_text(self.sources[passage.source_id], span) for n, span in enumerate(passage.sentences)}
        missing = {n: text for n, text in texts.items() if text and not rows[n].any()}
        if missing:
            rows[list(missing)] = self._encoder.encode(list(missing.values()))
        rows.flags.writeable = False  # many readers share it
        return rows

"""The opened index: two legs over one list of entries, and the records they lead to."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np

from ingest.corpus_models import Structure
from ingest.encoder import Array
from ingest.errors import IndexStateError
from ingest.lexical import LexicalIndex
from ingest.manifest import REBUILD, Manifest, check_files, read_manifest
from ingest.records import Entry, Facet, Passage, Source
from ingest.storage import (
    ENTRIES_FILE,
    PASSAGES_FILE,
    SOURCES_FILE,
    STRUCTURE_FILE,
    read_entries,
    read_passages,
    read_sources,
    read_structure,
)
from ingest.vectors import VectorStore, where

VECTORS_FILE = "vectors.npy"
CHROMA_FOLDER = "chroma"
LEXICAL_FOLDER = "lexical"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which sources and kinds a search may return; None means all."""

    sources: tuple[str, ...] | None = None
    kinds: tuple[str, ...] | None = None

    def admits(self, passage: Passage) -> bool:
        """Whether `passage` may be returned."""
        return (self.sources is None or passage.source_id in self.sources) and (
            self.kinds is None or passage.kind.value in self.kinds
        )

    @property
    def is_open(self) -> bool:
        """Whether everything may be returned."""
        return self.sources is None and self.kinds is None


EVERYTHING = Scope()


class Index(Protocol):
    """What retrieval needs of an index; a distributed engine can stand behind it."""

    manifest: Manifest
    sources: dict[str, Source]
    passages: dict[str, Passage]
    structure: Structure

    def dense_search(self, vector: Array, limit: int, scope: Scope = EVERYTHING) -> list[tuple[Entry, float]]:
        """Return up to `limit` entries with their cosine to the unit `vector`, best first."""

    def lexical_search(self, terms: Sequence[str], limit: int, scope: Scope = EVERYTHING) -> list[tuple[str, float]]:
        """Return up to `limit` (passage id, BM25 score above 0) pairs for stemmed terms, best first."""

    def sentence_vectors(self, passage_id: str) -> Array:
        """Return `(n_sentences, dimension)` unit rows; a row is zero for a sentence without a vector."""

    def document_share(self, term: str) -> float:
        """Share of passages whose lexical text holds the stemmed `term`, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Records:
    """What an index holds besides vectors and terms; entries in the order of the vectors' rows."""

    structure: Structure
    sources: list[Source]
    passages: list[Passage]
    entries: list[Entry]


class LocalIndex:
    """An index in a folder of this machine, read whole but for Chroma's part."""

    def __init__(
        self,
        manifest: Manifest,
        records: Records,
        vectors: Array,
        store: VectorStore | None,
        lexical: LexicalIndex,
    ) -> None:
        self.manifest = manifest
        self.structure = records.structure
        self.sources = {s.source_id: s for s in records.sources}
        self.passages = {p.passage_id: p for p in records.passages}
        self.entries = records.entries
        self._ids = [p.passage_id for p in records.passages]
        self._vectors = vectors
        self._store = store
        self._lexical = lexical

    def dense_search(self, vector: Array, limit: int, scope: Scope = EVERYTHING) -> list[tuple[Entry, float]]:
        """Return up to `limit` entries with their cosine to the unit `vector`, best first."""
        size = min(limit, len(self.entries))
        if size == 0 or () in (scope.sources, scope.kinds):  # Chroma refuses an empty list
            return []
        try:
            if self._store is None:
                found = self._exact_search(vector, size, scope)
            else:
                found = self._store.search(vector, size, where(scope.sources, scope.kinds))
        except IndexStateError as error:  # it did answer when it was opened: the same vectors are in memory too
            logger.warning("%s; searched without Chroma", error)
            found = self._exact_search(vector, size, scope)
        return [(self.entries[position], similarity) for position, similarity in found]

    def _exact_search(self, vector: Array, limit: int, scope: Scope) -> list[tuple[int, float]]:
        similarities = self._vectors @ vector.reshape(-1)
        if not scope.is_open:
            admitted = {name for name, passage in self.passages.items() if scope.admits(passage)}
            similarities[[entry.passage_id not in admitted for entry in self.entries]] = -np.inf
        order = np.argsort(-similarities, kind="stable")[:limit]
        return [(int(i), float(similarities[i])) for i in order if similarities[i] > -np.inf]

    def lexical_search(self, terms: Sequence[str], limit: int, scope: Scope = EVERYTHING) -> list[tuple[str, float]]:
        """Return up to `limit` (passage id, BM25 score above 0) pairs for stemmed terms, best first."""
        scores = self._lexical.scores(terms)
        if not scope.is_open:
            admitted = [scope.admits(self.passages[i]) for i in self._ids]
            scores = np.where(admitted, scores, np.float32(0))
        order = np.argsort(-scores, kind="stable")[:limit]
        return [(self._ids[i], float(scores[i])) for i in order if scores[i] > 0]

    def sentence_vectors(self, passage_id: str) -> Array:
        """Return `(n_sentences, dimension)` unit rows; a row is zero for a sentence without a vector."""
        spans = self.passages[passage_id].sentences
        rows: Array = np.zeros((len(spans), self.manifest.dimension), dtype=np.float32)
        places = self._sentence_places.get(passage_id, {})
        for n, span in enumerate(spans):
            if span in places:
                rows[n] = self._vectors[places[span]]
        return rows

    def document_share(self, term: str) -> float:
        """Share of passages whose lexical text holds the stemmed `term`, 0 to 1."""
        return self._lexical.document_share(term)

    @cached_property
    def _sentence_places(self) -> dict[str, dict[tuple[int, int], int]]:
        places: dict[str, dict[tuple[int, int], int]] = {}
        for position, entry in enumerate(self.entries):
            if entry.facet is Facet.SENTENCE:
                places.setdefault(entry.passage_id, {})[entry.start, entry.end] = position
        return places


def open_index(folder: Path, *, with_chroma: bool = True) -> LocalIndex:
    """Open the index in `folder`, of which every file is proved by its hash first.

    Without Chroma, which takes half a second to load, every vector is compared with the question's: for few questions.
    Raises IndexStateError, with the remedy, when it is missing or damaged; RoadmapError when there is no room for
    the copy that Chroma opens.
    """
    manifest = read_manifest(folder)
    manifest.refuse_other_format()
    inside = f"{CHROMA_FOLDER}/"
    check_files(folder, {name: hashed for name, hashed in manifest.files.items() if not name.startswith(inside)})
    try:
        records = Records(
            read_structure(folder / STRUCTURE_FILE),
            read_sources(folder / SOURCES_FILE),
            read_passages(folder / PASSAGES_FILE),
            read_entries(folder / ENTRIES_FILE),
        )
        vectors = np.load(folder / VECTORS_FILE, allow_pickle=False)
        lexical = LexicalIndex.load(folder / LEXICAL_FOLDER, len(records.passages))
    except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
        raise IndexStateError(f"the index is damaged ({type(error).__name__}): {REBUILD}") from error
    stored = {name.removeprefix(inside): h for name, h in manifest.files.items() if name.startswith(inside)}
    store = VectorStore(folder / CHROMA_FOLDER, stored, manifest.dimension) if with_chroma else None
    if store and store.count() != len(records.entries):
        raise IndexStateError(f"the index's vectors are incomplete: {REBUILD}")
    return LocalIndex(manifest, records, vectors, store, lexical)

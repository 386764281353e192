"""The dense leg's store: Chroma, embedded, fed with our own vectors. The only module that knows Chroma."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ingest.encoder import Advance, Array
from ingest.errors import IndexStateError
from ingest.records import Entry, Passage

COLLECTION = "entries"
BATCH = 2000
# All but exact for a library of this size, docs/log.md: the search list is much longer than any result asked for.
HNSW = {"space": "cosine", "ef_construction": 200, "ef_search": 1000, "max_neighbors": 32}

Where = dict[str, Any]


def _client(folder: Path) -> Any:
    os.environ["ANONYMIZED_TELEMETRY"] = "False"
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(path=str(folder), settings=Settings(anonymized_telemetry=False))


class VectorStore:
    """An opened Chroma collection of entries; names are positions in the index's list of entries."""

    def __init__(self, collection: Any) -> None:
        self._collection = collection

    @classmethod
    def build(
        cls,
        folder: Path,
        entries: Sequence[Entry],
        passages: dict[str, Passage],
        vectors: Array,
        advance: Advance | None,
    ) -> "VectorStore":
        """Write `entries` with their `vectors`, `(len(entries), dimension)` unit rows, into a new `folder`."""
        collection = _client(folder).create_collection(
            COLLECTION, configuration={"hnsw": HNSW, "embedding_function": None}, embedding_function=None
        )
        for begin in range(0, len(entries), BATCH):
            part = entries[begin : begin + BATCH]
            collection.add(
                ids=[str(begin + n) for n in range(len(part))],
                embeddings=vectors[begin : begin + BATCH],
                metadatas=[_metadata(passages[entry.passage_id]) for entry in part],
            )
            if advance:
                advance(len(part))
        return cls(collection)

    @classmethod
    def open(cls, folder: Path) -> "VectorStore":
        """Open what `build` wrote. Raises IndexStateError when it is missing or damaged."""
        if not (folder / "chroma.sqlite3").is_file():
            raise IndexStateError("the index has no vectors: run 'roadmap ingest' to build it again")
        try:
            return cls(_client(folder).get_collection(COLLECTION, embedding_function=None))
        except Exception as error:  # Chroma raises its Rust core's errors as bare exceptions
            raise IndexStateError("the index's vectors are damaged: run 'roadmap ingest' to build it again") from error

    def count(self) -> int:
        """Number of entries."""
        return int(self._collection.count())

    def search(self, vector: Array, limit: int, where: Where | None = None) -> list[tuple[int, float]]:
        """Return up to `limit` (position, cosine) pairs, best first; `vector` is one unit row."""
        found = self._collection.query(
            query_embeddings=vector.reshape(1, -1), n_results=limit, where=where, include=["distances"]
        )
        # Chroma gives a cosine distance, lower is better; every score of ours is a similarity.
        return [(int(i), 1.0 - float(d)) for i, d in zip(found["ids"][0], found["distances"][0], strict=True)]


def where(sources: Sequence[str] | None, kinds: Sequence[str] | None) -> Where | None:
    """Chroma's filter for source ids and kinds; None when nothing is filtered."""
    clauses: list[Where] = []
    if sources is not None:
        clauses.append({"source_id": {"$in": list(sources)}})
    if kinds is not None:
        clauses.append({"kind": {"$in": list(kinds)}})
    return {"$and": clauses} if len(clauses) > 1 else (clauses[0] if clauses else None)


def _metadata(passage: Passage) -> dict[str, Any]:
    """What `where` filters by, and no more: each value is a row of Chroma's database, which takes time to write."""
    return {"source_id": passage.source_id, "kind": passage.kind.value}

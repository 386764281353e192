"""The dense leg's store: Chroma, embedded, fed with our own vectors. The only module that knows Chroma."""

import os
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from ingest.encoder import Array
from ingest.errors import IndexStateError, RoadmapError
from ingest.manifest import REBUILD
from ingest.private_copy import PrivateCopy
from ingest.progress import Advance
from ingest.records import Entry, Passage

COLLECTION = "entries"
BATCH = 2000
# All but exact for a library of this size, docs/log.md: the search list is much longer than any result asked for.
HNSW = {"space": "cosine", "ef_construction": 200, "ef_search": 1000, "max_neighbors": 32}

Where = dict[str, Any]


def _client(folder: Path) -> Any:
    os.environ["ANONYMIZED_TELEMETRY"] = "False"
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # of the runtime that it brings, should it load that one day
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(path=str(folder), settings=Settings(anonymized_telemetry=False))


@contextmanager
def _told(message: str, error_class: type[RoadmapError]) -> Iterator[None]:
    """Give whatever Chroma raises that message; a panic of its Rust core is no Exception, but comes as one of these."""
    try:
        yield
    except BaseException as error:
        if isinstance(error, Exception) or type(error).__module__ == "pyo3_runtime":
            reason = str(error).partition("\n")[0] or type(error).__name__
            raise error_class(message.format(reason=reason)) from error
        raise


def build_vectors(
    folder: Path,
    entries: Sequence[Entry],
    passages: dict[str, Passage],
    vectors: Array,
    advance: Advance | None,
) -> None:
    """Write `entries` with their `vectors`, `(len(entries), dimension)` unit rows, into a new `folder`.

    Raises RoadmapError when it cannot be written. No file in `folder` changes afterwards.
    """
    with _told("cannot write the index's vectors ({reason}): free space in the data folder", RoadmapError):
        client = _client(folder)
        try:
            collection = client.create_collection(
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
        finally:
            client.close()


class VectorStore:
    """An opened Chroma collection of entries; names are positions in the index's list of entries."""

    def __init__(self, folder: Path, hashes: Mapping[str, str], dimension: int) -> None:
        """Open what `build_vectors` wrote; `hashes` has the SHA-256 of each of its files.

        Chroma writes to its database when it opens it, and dies of a signal where its files are damaged. So it gets
        a private copy, which is proved first. Raises IndexStateError when anything is missing or damaged.
        """
        copy = PrivateCopy(folder, hashes)
        try:
            with _told(f"the index's vectors do not open ({{reason}}): {REBUILD}", IndexStateError):
                client = _client(copy.folder)
        except BaseException:
            copy.remove()
            raise
        self.close = weakref.finalize(self, _release, client, copy)
        with _told(f"the index's vectors do not open ({{reason}}): {REBUILD}", IndexStateError):
            self._collection = client.get_collection(COLLECTION, embedding_function=None)
        if self.count():  # the graph is read with the first search
            self.search(np.full((1, dimension), dimension**-0.5, dtype=np.float32), 1)

    def count(self) -> int:
        """Number of entries."""
        with _told(f"the index's vectors do not answer ({{reason}}): {REBUILD}", IndexStateError):
            return int(self._collection.count())

    def search(self, vector: Array, limit: int, where: Where | None = None) -> list[tuple[int, float]]:
        """Return up to `limit` (position, cosine) pairs, best first; `vector` is one unit row.

        Raises IndexStateError when Chroma fails, as it does when its copy was taken from it.
        """
        with _told(f"the index's vectors do not answer ({{reason}}): {REBUILD}", IndexStateError):
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


def _release(client: Any, copy: PrivateCopy) -> None:
    with suppress(Exception):
        client.close()
    copy.remove()

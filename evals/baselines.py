"""Weak and common systems to stand beside the product: the tutorial recipe, BM25, plain vectors, and chance."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from assistant.records import Question
from evals.systems import CONTEXTS, Found, System
from ingest.encoder import Array, Encoder
from ingest.index import LocalIndex
from ingest.lexical import LexicalIndex, terms
from ingest.records import Section, Source
from ingest.text import one_line, plain

CHUNK_CHARS, CHUNK_OVERLAP = 1000, 200  # LangChain's retrieval tutorial
LEAST_OVERLAP = 0.5  # of the chunk or of the section
SPLITTER = "langchain_text_splitters"
Scores = np.ndarray[tuple[int], np.dtype[np.floating[Any]]]
MISSING_SPLITTER = "tutorial left out: langchain-text-splitters is not installed (pip install langchain-text-splitters)"


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a source, `text == source.text[start:end]`, and the sections that it counts for."""

    source_id: str
    start: int
    end: int
    text: str
    sections: tuple[str, ...]


def has_splitter() -> bool:
    """Whether the tutorial recipe can be built here."""
    return find_spec(SPLITTER) is not None


def tutorial(sources: Iterable[Source], encoder: Encoder) -> System:
    """LangChain's tutorial recipe: characters split recursively, one vector per chunk in Chroma, nearest first.

    The recipe answers from its first four chunks; for measures at deeper ranks the order goes on.
    """
    return nearest_chunks(recursive_chunks(sources), encoder)


def recursive_chunks(sources: Iterable[Source]) -> list[Chunk]:
    """Split the sources as the tutorial does. Raises ModuleNotFoundError when `has_splitter()` is false."""
    # Optional, so its name is not known to the type checker.
    splitter = import_module(SPLITTER).RecursiveCharacterTextSplitter(
        chunk_size=CHUNK_CHARS, chunk_overlap=CHUNK_OVERLAP, add_start_index=True
    )
    chunks = []
    for source in sources:
        for document in splitter.create_documents([source.text]):
            start = int(document.metadata["start_index"])
            chunks.append(chunk_at(source, start, start + len(document.page_content)))
    return chunks


def chunk_at(source: Source, start: int, end: int) -> Chunk:
    """The chunk `source.text[start:end]`."""
    return Chunk(source.source_id, start, end, source.text[start:end], sections_at(source.sections, start, end))


def sections_at(sections: Sequence[Section], start: int, end: int) -> tuple[str, ...]:
    """Ids of the sections of which the span holds at least half, or which hold at least half of the span."""
    kept = []
    for section in sections:
        shared = min(end, section.end) - max(start, section.start)
        if shared > 0 and shared >= LEAST_OVERLAP * min(end - start, section.end - section.start):
            kept.append(section.section_id)
    return tuple(kept)


def nearest_chunks(chunks: Sequence[Chunk], encoder: Encoder) -> System:
    """Rank `chunks` by cosine, through an in-memory Chroma with its default index."""
    import uuid

    import chromadb
    from chromadb.config import Settings

    client = chromadb.EphemeralClient(settings=Settings(anonymized_telemetry=False))
    collection = client.create_collection(f"baseline-{uuid.uuid4().hex}", embedding_function=None)
    collection.add(ids=[str(n) for n in range(len(chunks))], embeddings=encoder.encode([c.text for c in chunks]))
    depth = min(100, len(chunks))

    def find(question: Question) -> Found:
        vector = encoder.encode([question.text])
        result = collection.query(query_embeddings=vector, n_results=depth, include=["distances"])
        # Chroma gives squared distances of unit vectors here; turned round, higher is better.
        placed = [(chunks[int(i)], -float(d)) for i, d in zip(result["ids"][0], result["distances"][0], strict=True)]
        return _found(placed)

    return find


def bm25(index: LocalIndex) -> System:
    """BM25 over the passages' own texts: no headings, questions, spelling, aliases or follow-ups."""
    passages = list(index.passages.values())
    lexical = LexicalIndex.build([plain(p.text) for p in passages])

    def find(question: Question) -> Found:
        scores = lexical.scores(terms(one_line(question.text)))
        order = [int(i) for i in np.argsort(-scores, kind="stable")[:100] if scores[i] > 0]
        return _of_passages(index, order, scores)

    return find


def plain_vectors(index: LocalIndex, encoder: Encoder) -> System:
    """One vector per passage's own text, nearest first: no headings, sentences, questions or understanding."""
    passages = list(index.passages.values())
    vectors: Array = encoder.encode([plain(p.text) for p in passages])

    def find(question: Question) -> Found:
        scores = vectors @ encoder.encode([one_line(question.text)])[0]
        return _of_passages(index, [int(i) for i in np.argsort(-scores, kind="stable")[:100]], scores)

    return find


def chance(index: LocalIndex) -> System:
    """Passages in an order that depends on nothing but a hash of the question."""
    passages = list(index.passages.values())

    def find(question: Question) -> Found:
        digest = hashlib.sha256(question.text.encode()).digest()
        order = np.random.default_rng(list(digest)).permutation(len(passages))[:100]
        scores = np.zeros(len(passages))
        scores[order] = np.linspace(1, 0.5, len(order))
        return _of_passages(index, [int(i) for i in order], scores)

    return find


def _of_passages(index: LocalIndex, order: Sequence[int], scores: Scores) -> Found:
    passages = list(index.passages.values())
    placed = [
        (Chunk(p.source_id, p.start, p.end, p.text, (p.section_id,)), float(scores[n]))
        for n, p in ((n, passages[n]) for n in order)
    ]
    return _found(placed)


def _found(placed: Sequence[tuple[Chunk, float]]) -> Found:
    return Found(
        tuple((section, score) for chunk, score in placed for section in chunk.sections),
        tuple(chunk.text for chunk, _ in placed[:CONTEXTS]),
    )

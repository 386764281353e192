"""An encoder whose vectors a reader can compute, and small libraries to build indexes of."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ingest.corpus import Library
from ingest.corpus_models import Structure
from ingest.encoder import Advance, Array
from ingest.markdown import outline
from ingest.records import Kind, Source
from ingest.text import normalise

WORDS = (
    "algebra",
    "book",
    "career",
    "course",
    "data",
    "deploy",
    "model",
    "months",
    "project",
    "python",
    "statistics",
    "weeks",
)


class WordsEncoder:
    """Counts the twelve words, scaled to length 1; the thirteenth number stands for a text with none of them.

    Its tokens are what white space separates. `encoded` has every text that it was given, in order.
    """

    def __init__(self, weight_hash: str = "words") -> None:
        self.model_name = "twelve-words"
        self.weight_hash = weight_hash
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str], advance: Advance | None = None) -> Array:
        self.encoded += texts
        rows: Array = np.zeros((len(texts), len(WORDS) + 1), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            found = re.findall(r"\w+", text.lower())
            row[:-1] = [found.count(word) for word in WORDS]
            row[-1] = not row[:-1].any()
        if advance:
            advance(len(texts))
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)

    def count_tokens(self, text: str) -> int:
        return len(text.split())


def source_of(source_id: str, markdown: str) -> Source:
    """A document with that text."""
    text = normalise(markdown)
    found = outline(text, source_id)
    return Source(
        source_id=source_id,
        kind=Kind.DOCUMENT,
        title=found.title or source_id,
        author=None,
        url=None,
        licence=None,
        text=text,
        sections=found.sections,
    )


def library_of(pages: Mapping[str, str]) -> Library:
    """A library of plain pages by id, which states nothing as data."""
    structure = Structure(roadmaps={}, resources={}, topics={})
    sources = (replace(source_of(name, page), kind=Kind.RESOURCE) for name, page in pages.items())
    return Library(structure, tuple(sources))


def numbered_pages(count: int, edition: str = "first") -> dict[str, str]:
    """`count` pages of two sections, no sentence of which is in another page or edition."""
    return {
        f"page-{n}": (
            f"# Page {n}\n\nThe {edition} edition of page {n} is about {WORDS[n % 12]}.\n\n"
            f"## Details\n\n- In the {edition} edition, step {n} takes {n} weeks of {WORDS[(n + 5) % 12]}.\n"
            f"- The {edition} project of page {n} needs a model.\n"
        )
        for n in range(count)
    }

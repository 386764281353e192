"""The nouns of the library and of retrieval: frozen records that cross every border."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a source is: a founding roadmap, a described resource, or a file that a user added."""

    ROADMAP = "roadmap"
    RESOURCE = "resource"
    DOCUMENT = "document"


class Facet(StrEnum):
    """What an entry of the index embeds; all entries of a passage lead to that passage."""

    PASSAGE = "passage"
    SENTENCE = "sentence"
    QUESTION = "question"


@dataclass(frozen=True, slots=True)
class StoredQuestion:
    """What a learner would type when the source's `text[start:end]` is the answer; never evidence.

    The span is a sentence, or the whole section where no single sentence answers.
    """

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Section:
    """A heading path inside a source: `text[start:end]` of the source, its own heading line excluded."""

    section_id: str
    heading_path: tuple[str, ...]
    start: int
    end: int
    questions: tuple[StoredQuestion, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """One document of the library; `text` is normalised once and never changes.

    `recommended_by` names the roadmaps that list a resource; empty for other kinds.
    """

    source_id: str
    kind: Kind
    title: str
    author: str | None
    url: str | None
    licence: str | None
    text: str
    sections: tuple[Section, ...]
    recommended_by: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit that is retrieved and cited: `source.text[start:end] == text`, inside one section.

    `sentences` are (start, end) spans of the source's text, in order, without overlap.
    """

    passage_id: str
    source_id: str
    section_id: str
    kind: Kind
    heading_path: tuple[str, ...]
    start: int
    end: int
    text: str
    sentences: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One vector of the index: `text` is what is embedded.

    `start` and `end` locate, in the source's text, what it stands for: the passage, one sentence, or
    what answers the question.
    """

    entry_id: str
    passage_id: str
    facet: Facet
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A placed passage: `rank` from 1, fused `score` (higher is better), ranks in each leg (None: absent).

    `similarity` is the best cosine of any of its entries to the question, -1 to 1.
    """

    passage: Passage
    rank: int
    score: float
    dense_rank: int | None = None
    lexical_rank: int | None = None
    rerank_rank: int | None = None
    similarity: float = 0.0

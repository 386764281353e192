"""Build citations from spans and prove each to the character; nothing unproved is let through."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assistant.records import Citation, Considered
from ingest.index import Index
from ingest.records import Hit, Passage


@dataclass(frozen=True, slots=True)
class Quote:
    """A span of a passage that proves a statement."""

    passage: Passage
    start: int
    end: int


class Citations:
    """Numbers quotes from 1 in order of first use, after `earlier` ones; the same quote keeps its number."""

    def __init__(self, index: Index, earlier: Iterable[Citation] = ()) -> None:
        self._index = index
        self._used: dict[tuple[str, int, int], Citation] = {(c.source_id, c.start, c.end): c for c in earlier}

    def cite(self, quote: Quote) -> Citation:
        """Return the citation of `quote`. Raises ValueError when the span is not inside its passage."""
        passage = quote.passage
        key = (passage.source_id, quote.start, quote.end)
        if key not in self._used:
            if not passage.start <= quote.start < quote.end <= passage.end:
                raise ValueError(f"span {quote.start}:{quote.end} is not inside passage {passage.passage_id}")
            source = self._index.sources[passage.source_id]
            self._used[key] = Citation(
                number=len(self._used) + 1,
                passage_id=passage.passage_id,
                source_id=source.source_id,
                kind=source.kind.value,
                title=source.title,
                section=passage.heading_path[-1],
                url=source.url,
                recommended_by=source.recommended_by,
                quote=source.text[quote.start : quote.end],
                start=quote.start,
                end=quote.end,
            )
        return self._used[key]

    def proved(self) -> tuple[Citation, ...]:
        """The citations so far, for showing. Raises ValueError when a quote is not in its source."""
        if not all(is_exact(citation, self._index) for citation in self._used.values()):
            raise ValueError("a quote is not in its source")  # a broken index: nothing of it may be shown
        return self.all()

    def all(self) -> tuple[Citation, ...]:
        """The citations so far, in order of number."""
        return tuple(self._used.values())


def is_exact(citation: Citation, index: Index) -> bool:
    """Whether the quote is the source's text at the stated place."""
    source = index.sources.get(citation.source_id)
    return source is not None and source.text[citation.start : citation.end] == citation.quote != ""


def considered(hits: Sequence[Hit], used: Iterable[Citation], index: Index) -> tuple[Considered, ...]:
    """Return the hits whose passages no citation uses, in order."""
    cited = {citation.passage_id for citation in used}
    return tuple(_considered(hit, index) for hit in hits if hit.passage.passage_id not in cited)


def _considered(hit: Hit, index: Index) -> Considered:
    passage = hit.passage
    source = index.sources[passage.source_id]
    return Considered(
        passage_id=passage.passage_id,
        source_id=source.source_id,
        kind=source.kind.value,
        title=source.title,
        section=passage.heading_path[-1],
        url=source.url,
        text=passage.text,
        rank=hit.rank,
        score=round(hit.score, 6),
        similarity=round(hit.similarity, 6),
        dense_rank=hit.dense_rank,
        lexical_rank=hit.lexical_rank,
        rerank_rank=hit.rerank_rank,
    )

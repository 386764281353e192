"""Choose where an answer is looked for: first in the curated library, in users' documents when that is not enough."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.records import Understood
from ingest.curated import curated
from ingest.index import Index, Scope
from ingest.lexical import terms
from ingest.records import Kind

# A reader's way to speak of a file of theirs: "my notes", "our team's handbook", "the document I added".
THEIRS = re.compile(
    r"\b(?:my|our)\s+(?:[\w'’-]+\s+){0,2}(?:notes?|documents?|docs?|files?|pdfs?|slides|handouts?|handbooks?|uploads?)\b"
    r"|\b(?:document|file|pdf|docx|notes?|upload)s?\s+(?:that\s+|which\s+)?(?:I|we)(?:['’]ve|\s+have)?\s+"
    r"(?:just\s+)?(?:added|uploaded|gave|ingested)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Shelves:
    """The parts of an opened index in the order of trust.

    `whole` is all of it, `own` the curated part, which is `whole` itself without documents;
    `document_words` are the stems in the documents' titles that the curated part never uses. A title
    is short, so no document can make every question its own.
    """

    whole: Index
    own: Index
    document_words: frozenset[str]

    def in_turn(self, question: Understood, scope: Scope) -> Iterator[Index]:
        """Yield where to look, until the evidence is enough.

        A document is read beside the curated library when the scope or the question names it.
        However well a document seems to answer another question, what the library itself answers
        comes from the library: who writes a document chooses how well it fits.
        """
        if self.own is not self.whole and not self._is_asked_for(question, scope):
            yield self.own
        yield self.whole

    def _is_asked_for(self, question: Understood, scope: Scope) -> bool:
        if scope.kinds is not None and set(scope.kinds) == {Kind.DOCUMENT.value}:
            return True
        named = (self.whole.sources.get(source_id) for source_id in scope.sources or ())
        if any(source is not None and source.kind is Kind.DOCUMENT for source in named):
            return True
        asked = f"{question.text} {question.context}"
        return bool(THEIRS.search(asked)) or not self.document_words.isdisjoint(terms(asked))


def read_shelves(index: Index) -> Shelves:
    """Return the shelves of an opened index."""
    own = curated(index)
    titles = (source.title for source in index.sources.values() if source.kind is Kind.DOCUMENT)
    words = {term for title in titles for term in terms(title) if own.document_share(term) == 0}
    return Shelves(index, own, frozenset(words) if own is not index else frozenset())

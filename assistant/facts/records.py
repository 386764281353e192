"""What a computed answer is: statements in plain sentences, each with the spans that prove it."""

from dataclasses import dataclass

from assistant.citations import Quote
from ingest.index import EVERYTHING, Index, Scope


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence, or one item of a list, and what proves it; `is_item` when it stands in a list.

    `text` is Markdown without marks; `is_quoted` when the quote itself is to be shown after the text. An item with a
    `number`, from 1, stands in a numbered list.
    """

    text: str
    quotes: tuple[Quote, ...] = ()
    is_item: bool = False
    is_quoted: bool = False
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """A computed answer: the first statement answers alone. When `is_whole`, no found sentence may be added to it.

    `is_sure` when it holds whatever the evidence found by search says (a count of a named list, a wrong premise).
    """

    statements: tuple[Statement, ...]
    is_whole: bool = False
    is_sure: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What computed answers read: the library's data with its proofs, within the scope of the question."""

    index: Index
    scope: Scope = EVERYTHING

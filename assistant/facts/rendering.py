"""Show a computed answer: its sentences, then its items, each with the numbers of what proves it."""

from collections.abc import Iterable

from assistant.citations import Citations
from assistant.facts.records import Fact, Statement
from assistant.plan_formats import marks
from assistant.quoting import quoted
from assistant.records import Answer
from ingest.index import Index


def rendered(fact: Fact, question: str, index: Index) -> Answer:
    """Return the extractive answer to `question`, its quotes numbered from 1 in order of first use.

    A fact without any quote, such as that a roadmap states no time, is given as an abstention with the
    sentence as its reason. Raises ValueError when a quote is not in its source.
    """
    citations = Citations(index)
    lines = [(s, _line(s, citations)) for s in fact.statements]
    used = citations.proved()
    answer = "\n\n".join(_blocks(lines))
    reason = None if used else fact.statements[0].text
    return Answer(answer, used, abstained=not used, reason=reason, mode="extractive", question=question)


def _line(statement: Statement, citations: Citations) -> str:
    """A statement with its marks: behind the sentence, or behind each quote that is shown."""
    cited = [citations.cite(quote) for quote in statement.quotes]
    if not statement.is_quoted:
        return f"{statement.text}{marks(dict.fromkeys(c.number for c in cited))}"
    shown = " ".join(f"{quoted(c.quote, c.kind)} [{c.number}]" for c in cited)
    return f"{statement.text}: {shown}" if statement.text else shown


def _blocks(lines: Iterable[tuple[Statement, str]]) -> list[str]:
    """Sentences that follow each other become a paragraph, items a list."""
    blocks: list[str] = []
    last: Statement | None = None
    for statement, line in lines:
        bullet = "" if not statement.is_item else f"{statement.number}. " if statement.number else "- "
        if last is None or last.is_item != statement.is_item:
            blocks.append(f"{bullet}{line}")
        else:
            blocks[-1] += f"\n{bullet}{line}" if statement.is_item else f" {line}"
        last = statement
    return blocks

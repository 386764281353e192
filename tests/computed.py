"""Ask for a computed answer and check its proof: every quote exact, the marks those of the citations."""

import re
from collections.abc import Callable

from assistant.citations import is_exact
from assistant.facts.records import Fact, Facts
from assistant.facts.rendering import rendered
from assistant.records import Answer
from assistant.understanding.request import Request
from ingest.index import EVERYTHING, Index, Scope

Answerer = Callable[[Request, Facts], Fact | None]


def answered(answerer: Answerer, request: Request, index: Index, scope: Scope = EVERYTHING) -> Answer | None:
    """The whole answer, None when the answerer has none."""
    fact = answerer(request, Facts(index, scope))
    if fact is None:
        return None
    answer = rendered(fact, "?", index)
    assert all(is_exact(citation, index) for citation in answer.citations)
    marks = [int(mark) for mark in re.findall(r"\[(\d+)\](?!\()", answer.answer)]
    assert list(dict.fromkeys(marks)) == [citation.number for citation in answer.citations]
    lines = [line for line in answer.answer.split("\n") if line]
    assert len(set(lines)) == len(lines), "nothing is said twice"
    return answer


def first_of(answerer: Answerer, request: Request, index: Index, scope: Scope = EVERYTHING) -> str | None:
    """The first sentence, without marks."""
    answer = answered(answerer, request, index, scope)
    return re.split(r" \[\d|\n", answer.answer)[0] if answer else None


def proofs_of_first(answerer: Answerer, request: Request, index: Index) -> list[str]:
    """The sources that the first sentence cites, in order."""
    answer = answered(answerer, request, index)
    assert answer is not None
    cited = re.findall(r"\[(\d+)\]", answer.answer.split("\n")[0])
    return [answer.citations[int(n) - 1].source_id for n in cited]

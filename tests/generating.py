"""What tests of the generative mode share: a question, how it is asked, and what must hold of each answer."""

import re

from assistant.chain import AnswerChain
from assistant.citations import is_exact
from assistant.records import Answer, Question
from assistant.support import addresses, numbers
from ingest.index import LocalIndex
from ingest.text import plain
from tests.chat_servers import ChatServer, Script

ASKED = "how long does it take a software engineer to switch to machine learning?"
KEY = "sk-test-1234"


def ask(writing: AnswerChain, server: ChatServer, script: Script, asked: str = ASKED) -> Answer:
    server.script = script
    server.requests.clear()
    return writing.invoke(asked)


def sentence_of(chain: AnswerChain, asked: str = ASKED, place: int = 0) -> str:
    """A sentence of the library that the extractive answer quotes, as a reader hears it."""
    return plain(chain.invoke(Question(asked, mode="extractive")).citations[place].quote)


def lines_of(answer: Answer) -> list[tuple[str, list[int]]]:
    """Each statement shown, with the numbers of its marks."""
    parts = re.findall(r"(.+?) ((?:\[\d+\])+)(?:\s+|$)", answer.answer, re.DOTALL)
    return [(text, [int(n) for n in re.findall(r"\d+", marks)]) for text, marks in parts]


def check_proven(answer: Answer, index: LocalIndex) -> None:
    """Fail unless each statement of `answer` has quotes, exact ones, that hold its numbers and addresses."""
    stated = lines_of(answer)
    assert stated
    rest = answer.answer
    for text, marks in stated:
        quotes = [answer.citations[n - 1] for n in marks]
        assert all(is_exact(quote, index) for quote in quotes)
        passages = " ".join(index.passages[quote.passage_id].text for quote in quotes)
        assert numbers(plain(text)) <= numbers(plain(passages)), text
        assert addresses(text) <= addresses(passages), text
        rest = rest.replace(f"{text} {''.join(f'[{n}]' for n in marks)}", "", 1)
    assert not rest.strip()  # no statement without a mark
    assert [c.number for c in answer.citations] == list(range(1, len(answer.citations) + 1))


def check_fell_back(answer: Answer, chain: AnswerChain, asked: str = ASKED) -> None:
    """Fail unless `answer` is the extractive one, with a reason in plain words."""
    extractive = chain.invoke(Question(asked, mode="extractive"))
    assert (answer.answer, answer.citations, answer.mode) == (extractive.answer, extractive.citations, "extractive")
    assert not answer.abstained
    assert answer.reason
    assert "so the library's own sentences are given" in answer.reason
    assert "Traceback" not in answer.reason
    assert "Error" not in answer.reason
    assert KEY not in answer.reason

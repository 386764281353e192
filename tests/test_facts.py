"""Computed answers as a whole: which frame has which, that none of them sees text, and how they are shown."""

import ast
from pathlib import Path

import pytest

from assistant.citations import Quote
from assistant.facts.answers import ANSWERS, computed
from assistant.facts.records import Fact, Facts, Statement
from assistant.facts.rendering import rendered
from assistant.facts.stances import shortened
from assistant.understanding.request import Frame, Request, Things
from ingest.index import Index

MODULES = sorted((Path(__file__).parents[1] / "assistant" / "facts").glob("*.py"))


READERS = frozenset(f"assistant.understanding.{name}" for name in "reader phrases naming quantities lexicon".split())


def readers_used(source: str) -> set[str]:
    """What a module uses that reads a question's text."""
    nodes = list(ast.walk(ast.parse(source)))
    imported = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            imported |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
    used = {node.id for node in nodes if isinstance(node, ast.Name)}
    used |= {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    used |= {name.rpartition(".")[2] for name in imported}
    return (imported & {"re", "regex", *READERS}) | (used & {"Names"})


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_no_computed_answer_matches_or_reads_a_questions_text(path: Path) -> None:
    assert readers_used(path.read_text(encoding="utf-8")) == set()


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import re", "re"),
        ("from re import compile", "re"),
        ("from assistant.understanding import quantities", "assistant.understanding.quantities"),
        ("from assistant.understanding.phrases import tokens_of", "assistant.understanding.phrases"),
        ("import assistant.understanding.lexicon", "assistant.understanding.lexicon"),
        ("from assistant.vocabulary import Names as Known", "Names"),
        ("import assistant.vocabulary as v\nv.Names({}).find('bees')", "Names"),
        ("def find(names: Names) -> None: ...", "Names"),
    ],
)
def test_whoever_reads_text_is_found_out(source: str, found: str) -> None:
    assert readers_used(source) == {found}


def test_every_frame_has_answers_that_are_tried_in_turn(small_index: Index) -> None:
    facts = Facts(small_index)
    # How many roadmaps recommend it: no list is named, so it is a comparison.
    many = computed(Request(Frame.COUNT, named=Things(topics=("biology",)), asks_several=True), facts)
    assert many is not None
    assert many.statements[0].text == "All three roadmaps recommend bee biology."
    # How long two stages take: a sum.
    two = computed(Request(Frame.DURATION, named=Things(stages=(("alder", 0), ("alder", 1)))), facts)
    assert two is not None
    assert two.statements[0].text == "Together Module 1 and Module 2 take 6–9 weeks (4–6 + 2–3)."
    assert computed(Request(Frame.DEFINE, named=Things(topics=("biology",))), facts) is None
    assert set(ANSWERS) == {
        Frame.FIND, Frame.COMPARE, Frame.NEED, Frame.ORDER, Frame.COUNT, Frame.SUM, Frame.DURATION, Frame.PLAN, Frame.PREMISE,
    }  # fmt: skip


@pytest.mark.parametrize("frame", ANSWERS)
def test_a_request_of_empty_slots_has_no_computed_answer(small_index: Index, frame: Frame) -> None:
    fact = computed(Request(frame), Facts(small_index))
    assert fact is None or frame is Frame.PLAN  # which needs none


def _quotes(index: Index, source_id: str, count: int) -> list[Quote]:
    spans = [Quote(p, a, b) for p in index.passages.values() if p.source_id == source_id for a, b in p.sentences]
    return spans[:count]


def test_sentences_make_a_paragraph_and_items_a_list(small_index: Index) -> None:
    first, second = _quotes(small_index, "birch", 2)
    fact = Fact(
        (
            Statement("One.", (second,)),
            Statement("Two.", (first, second)),
            Statement("Birch", (first,), is_item=True, is_quoted=True),
            Statement("An item", (second,), is_item=True),
            Statement("", (second,), is_quoted=True),
            Statement("A stage", (first,), is_item=True, number=1),
        )
    )
    answer = rendered(fact, "Why?", small_index)
    one, two = (small_index.sources["birch"].text[q.start : q.end] for q in (first, second))
    assert answer.answer == (
        f"One. [1] Two. [2] [1]\n\n- Birch: {one} [2]\n- An item [1]\n\n{two} [1]\n\n1. A stage [2]"
    )
    assert [c.quote for c in answer.citations] == [two, one]
    assert (answer.question, answer.abstained, answer.mode) == ("Why?", False, "extractive")


def test_a_fact_without_proof_is_an_abstention(small_index: Index) -> None:
    answer = rendered(Fact((Statement("Birch's roadmap states no times."),)), "How long?", small_index)
    assert answer.abstained
    assert answer.reason == answer.answer == "Birch's roadmap states no times."
    assert answer.citations == ()


def test_a_quote_out_of_its_passage_is_never_shown(small_index: Index) -> None:
    (quote,) = _quotes(small_index, "birch", 1)
    beyond = Quote(quote.passage, quote.passage.end, quote.passage.end + 5)
    with pytest.raises(ValueError, match="not inside"):
        rendered(Fact((Statement("It is so.", (beyond,)),)), "?", small_index)


def test_what_is_quoted_twice_or_is_too_long_is_left_out(small_index: Index) -> None:
    quote, other = _quotes(small_index, "birch", 2)
    facts = Facts(small_index)
    first = Statement("It is so.", (quote, other))
    short, long = (Statement("word " * n, (q,), is_item=True, is_quoted=True) for n, q in ((30, quote), (90, other)))
    assert shortened([first, short, short], facts) == (first, short)
    assert shortened([first, long, short], facts) == (first, short), "the longest goes"
    endless = Statement("word " * 500, (quote,), is_item=True, is_quoted=True)
    assert shortened([first, endless], facts) == (first, endless), "one stays"

"""Citations: each quote is the source's text at its place, numbered from one in order of first use."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from assistant.chain import AnswerChain
from assistant.citations import Citations, Quote, considered, is_exact
from assistant.compose import abstain, compose
from assistant.decide import Decision
from assistant.evidence import choose, score_sentences
from assistant.records import Answer, Question
from assistant.wiring import make_chain
from ingest.build import write_index
from ingest.corpus import Library
from ingest.index import Index, LocalIndex, open_index
from ingest.records import Hit, Passage
from tests.documents import markdown_documents
from tests.fakes import WordsEncoder, library_of


def assert_proved(answer: Answer, index: Index) -> None:
    """Everything that an answer's citations promise."""
    assert [c.number for c in answer.citations] == list(range(1, len(answer.citations) + 1))
    places = [answer.answer.find(f"[{c.number}]") for c in answer.citations]
    assert all(place >= 0 for place in places), "each is used"
    assert places == sorted(places), "numbers are in order of first use"
    for citation in answer.citations:
        source = index.sources[citation.source_id]
        passage = index.passages[citation.passage_id]
        assert source.text[citation.start : citation.end] == citation.quote != ""
        assert passage.start <= citation.start < citation.end <= passage.end
        assert (citation.title, citation.url, citation.kind) == (source.title, source.url, source.kind.value)
    assert not {c.passage_id for c in answer.citations} & {c.passage_id for c in answer.considered}


def test_every_sentence_of_the_library_can_be_cited_to_the_character(built_index: LocalIndex) -> None:
    citations = Citations(built_index)
    count = 0
    for passage in built_index.passages.values():
        text = built_index.sources[passage.source_id].text
        for start, end in passage.sentences:
            citation = citations.cite(Quote(passage, start, end))
            count += 1
            assert citation.number == count
            assert citation.quote == text[start:end]
            assert is_exact(citation, built_index)
    assert count == len(citations.all()) > 1000


def first_passages(index: LocalIndex) -> tuple[Passage, Passage]:
    with_two = [p for p in index.passages.values() if len(p.sentences) > 1]
    return with_two[0], with_two[-1]


def test_the_same_quote_keeps_its_number(built_index: LocalIndex) -> None:
    one, other = first_passages(built_index)
    citations = Citations(built_index)
    spans = [Quote(one, *one.sentences[1]), Quote(other, *other.sentences[0]), Quote(one, *one.sentences[1])]
    assert [citations.cite(quote).number for quote in spans] == [1, 2, 1]
    assert [c.number for c in citations.all()] == [1, 2]


@pytest.mark.parametrize(
    ("before", "after"), [(-1, 0), (0, 1), (10_000_000, 10_000_000)], ids=["before", "behind", "beyond"]
)
def test_a_span_outside_its_passage_is_refused(built_index: LocalIndex, before: int, after: int) -> None:
    passage, _ = first_passages(built_index)
    citations = Citations(built_index)
    with pytest.raises(ValueError, match="not inside passage"):
        citations.cite(Quote(passage, passage.start + before, passage.end + after))
    assert citations.all() == ()


def test_an_empty_or_reversed_span_is_refused(built_index: LocalIndex) -> None:
    passage, _ = first_passages(built_index)
    for start, end in ((passage.start, passage.start), (passage.end, passage.start)):
        with pytest.raises(ValueError, match="not inside passage"):
            Citations(built_index).cite(Quote(passage, start, end))


def test_a_quote_that_is_altered_moved_or_of_no_source_is_not_exact(built_index: LocalIndex) -> None:
    passage, _ = first_passages(built_index)
    citation = Citations(built_index).cite(Quote(passage, *passage.sentences[0]))
    assert is_exact(citation, built_index)
    assert not is_exact(replace(citation, quote=citation.quote + " "), built_index)
    assert not is_exact(replace(citation, start=citation.start + 1), built_index)
    assert not is_exact(replace(citation, source_id="absent"), built_index)
    assert not is_exact(replace(citation, quote="", start=0, end=0), built_index)
    assert Citations(built_index, (citation,)).proved() == (citation,)
    with pytest.raises(ValueError, match="not in its source"):
        Citations(built_index, (citation, replace(citation, start=citation.start + 1))).proved()


def test_what_was_considered_is_what_no_citation_uses(built_index: LocalIndex) -> None:
    one, other = first_passages(built_index)
    citation = Citations(built_index).cite(Quote(one, *one.sentences[0]))
    hits = (Hit(one, 1, 0.9), Hit(other, 2, 0.8, lexical_rank=1))
    [left] = considered(hits, (citation,), built_index)
    assert (left.passage_id, left.rank, left.score, left.lexical_rank) == (other.passage_id, 2, 0.8, 1)


QUESTIONS = [
    "How many weeks does the ML fundamentals module take?",
    "which linear algebra course should I do?",
    "Do the roadmaps disagree about deep learning?",
    "where do I start?",
    "what is MLOps",
    "python",
    "what's the weather in Oslo?",
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_citation_of_an_answer_is_proved(chain: AnswerChain, question: str) -> None:
    answer = chain.invoke(question)
    assert_proved(answer, chain.index)
    assert answer.abstained == (not answer.citations)


def library_index(folder: Path, library: Library) -> LocalIndex:
    write_index(folder, library, WordsEncoder())
    return open_index(folder)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(page=markdown_documents)
def test_whatever_a_document_holds_its_citations_are_proved(
    page: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    library = library_of({"page": "# T\n\nLearn python with data.\n\n" + page, "other": "# O\n\nA course of weeks.\n"})
    index = library_index(tmp_path_factory.mktemp("index"), library)
    chain = make_chain(index, WordsEncoder())
    for text in ("learn python with data", "weeks algebra first", "Khan Academy"):
        trace = chain.trace(Question(text))
        sentences = score_sentences(trace.understood, trace.found, index, chain.calibration.sentence)
        if sentences:
            assert_proved(compose(trace.understood, choose(sentences), trace.found, index), index)
        nothing = abstain(trace.understood, trace.found, index)
        assert nothing.citations == ()
        assert nothing.abstained
        assert_proved(chain.invoke(text), index)
        assert isinstance(trace.decision, Decision)

"""The chain as a LangChain Runnable: one answer however it is asked, and odd input is a normal question."""

import asyncio
from dataclasses import replace

import pytest
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableLambda

from assistant import decide, evidence
from assistant.calibration import shipped_calibration
from assistant.chain import AnswerChain
from assistant.events import Cited, Done, Event, Token
from assistant.records import Answer, Question, Turn
from assistant.runnable import RoadmapRetriever, RunnableChain
from ingest.index import Scope

WEEKS = "How many weeks does the ML fundamentals module take?"
COURSE = "which linear algebra course should I do?"
WEATHER = "what's the weather in Oslo?"


def timeless(answer: Answer) -> Answer:
    return replace(answer, timings_ms={})


def assert_joined(events: list[Event], answer: Answer) -> None:
    """The events are the pieces of that answer, each citation after its mark, and the whole at the end."""
    *pieces, done = events
    assert isinstance(done, Done)
    assert timeless(done.answer) == timeless(answer)
    assert "".join(event.text for event in pieces if isinstance(event, Token)) == answer.answer
    assert tuple(event.citation for event in pieces if isinstance(event, Cited)) == answer.citations
    written = ""
    for event in pieces:
        if isinstance(event, Token):
            written += event.text
        elif isinstance(event, Cited):
            assert written.endswith(f"[{event.citation.number}]"), "each comes right after its mark"


def test_the_shipped_calibration_weighs_exactly_the_features_that_are_computed() -> None:
    calibration = shipped_calibration()
    assert calibration.sentence.features == evidence.FEATURES
    assert calibration.answerable.features == decide.FEATURES
    assert calibration.by_evidence.features == decide.EVIDENCE_FEATURES
    assert 0 < calibration.threshold < 1
    assert calibration.provenance


def test_the_weeks_of_a_module_are_answered_from_its_roadmap(chain: AnswerChain) -> None:
    answer = chain.invoke(WEEKS)
    assert not answer.abstained
    assert any(form in answer.answer.split("\n")[0] for form in ("8-10 weeks", "8 to 10 weeks", "8–10 weeks"))
    assert answer.citations[0].source_id == "mrcloudchase"
    assert answer.mode == "extractive"


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("How long does Noyan's roadmap take?", "Noyan's roadmap states no times."),
        ("sum of weeks for careerten's seven parts?", "CareerTen's roadmap states no times."),
    ],
)
def test_a_roadmap_without_times_says_so_whatever_was_found(chain: AnswerChain, question: str, said: str) -> None:
    answer = chain.invoke(question)
    assert answer.abstained
    assert answer.answer == answer.reason == said


def test_a_course_is_answered_with_its_address_and_who_recommends_it(chain: AnswerChain) -> None:
    answer = chain.invoke(COURSE)
    assert not answer.abstained
    assert "Khan Academy" in answer.answer
    assert "https://www.khanacademy.org/math/linear-algebra" in answer.answer
    assert "thorneloe" in {c.source_id for c in answer.citations} | {
        r for c in answer.citations for r in c.recommended_by
    }


def test_what_the_library_does_not_know_is_said_and_nothing_is_cited(chain: AnswerChain) -> None:
    answer = chain.invoke(WEATHER)
    assert answer.abstained
    assert answer.citations == ()
    assert answer.reason
    assert "[1]" not in answer.answer


@pytest.mark.parametrize(
    ("silent", "asked"),
    [
        ("Noyan", "Which course does Noyan recommend for linear algebra?"),
        ("Thorneloe", "What does Thorneloe say about Julia?"),
        ("CareerTen", "What does CareerTen say about blogs and Twitter?"),
    ],
)
def test_what_only_others_speak_of_is_not_answered_for_a_roadmap(chain: AnswerChain, silent: str, asked: str) -> None:
    answer = chain.invoke(asked)
    assert answer.abstained
    assert answer.answer.startswith(f"{silent}'s roadmap does not speak of this")
    assert not chain.invoke(asked.replace(f" {silent} ", " one ")).abstained


def test_an_answer_tells_what_was_understood_and_how_long_each_step_took(chain: AnswerChain) -> None:
    answer = chain.invoke(
        Question("and the second one?", (Turn("user", "How many weeks is module 1 of mrcloudchase?"),))
    )
    assert "module 2" in answer.question.lower()
    assert {"understand", "retrieve", "decide", "answer", "total"} <= set(answer.timings_ms)
    assert all(value >= 0 for value in answer.timings_ms.values())


def test_all_ways_to_ask_give_the_same_answer(chain: AnswerChain) -> None:
    assert isinstance(chain, Runnable)
    expected = [timeless(chain.invoke(text)) for text in (WEEKS, WEATHER)]
    assert [timeless(a) for a in chain.batch([WEEKS, Question(WEATHER)])] == expected
    assert timeless(asyncio.run(chain.ainvoke(Question(WEEKS)))) == expected[0]
    assert [timeless(a) for a in asyncio.run(chain.abatch([WEEKS, WEATHER]))] == expected
    assert [timeless(a) for a in chain.stream(WEEKS)] == expected[:1]


@pytest.mark.parametrize("question", [WEEKS, COURSE, WEATHER, "Do the roadmaps disagree about deep learning?"])
def test_the_events_join_to_the_answer(chain: AnswerChain, question: str) -> None:
    async def collect() -> list[Event]:
        return [event async for event in chain.aevents(Question(question))]

    answer = chain.invoke(question)
    assert_joined(list(chain.events(Question(question))), answer)
    assert_joined(asyncio.run(collect()), answer)


def test_the_chain_is_piped_like_any_other(chain: RunnableChain) -> None:
    asking: Runnable[str, str] = RunnableLambda(lambda topic: f"How many weeks does the {topic} module take?")
    counting: Runnable[Answer, tuple[bool, str]] = RunnableLambda(
        lambda answer: (answer.abstained, answer.citations[0].source_id)
    )
    assert (asking | chain | counting).invoke("ML fundamentals") == (False, "mrcloudchase")


def test_a_scope_keeps_the_evidence_inside(chain: AnswerChain) -> None:
    for scope, allowed in (
        (Scope(sources=("noyan", "mynter")), {"noyan", "mynter"}),
        (Scope(sources=("thorneloe",), kinds=("roadmap",)), {"thorneloe"}),
    ):
        answer = chain.invoke(Question("how do I learn deep learning?", scope=scope))
        found = {c.source_id for c in answer.citations} | {c.source_id for c in answer.considered}
        assert found
        assert found <= allowed


@pytest.mark.parametrize("scope", [Scope(sources=()), Scope(kinds=("document",)), Scope(("noyan",), ("resource",))])
def test_a_scope_without_a_passage_is_an_abstention(chain: AnswerChain, scope: Scope) -> None:
    answer = chain.invoke(Question(COURSE, scope=scope))
    assert answer.abstained
    assert answer.citations == ()
    assert answer.considered == ()


@pytest.fixture(scope="module")
def retriever(chain: AnswerChain) -> RoadmapRetriever:
    return RoadmapRetriever(understand=chain.understand, retriever=chain.retriever)


def test_the_retriever_is_langchains_and_gives_documents_with_their_places(
    chain: AnswerChain, retriever: RoadmapRetriever
) -> None:
    assert isinstance(retriever, BaseRetriever)
    found = retriever.invoke(COURSE)
    assert len(found) == retriever.limit == 10
    for rank, document in enumerate(found, start=1):
        assert isinstance(document, Document)
        place = document.metadata
        assert place["rank"] == rank
        assert chain.index.sources[place["source_id"]].text[place["start"] : place["end"]] == document.page_content
        assert document.id == place["passage_id"]
    scores = [document.metadata["score"] for document in found]
    assert scores == sorted(scores, reverse=True)
    assert len({document.id for document in found}) == len(found)


@pytest.mark.parametrize(
    ("scope", "field", "allowed"),
    [
        (Scope(sources=("noyan",)), "source_id", {"noyan"}),
        (Scope(kinds=("resource",)), "kind", {"resource"}),
        (Scope(kinds=("roadmap",)), "kind", {"roadmap"}),
    ],
)
def test_the_retriever_filters_by_source_and_by_kind(
    retriever: RoadmapRetriever, scope: Scope, field: str, allowed: set[str]
) -> None:
    narrow = retriever.model_copy(update={"scope": scope, "limit": 5})
    found = asyncio.run(narrow.ainvoke("deep learning"))
    assert 0 < len(found) <= 5
    assert {document.metadata[field] for document in found} == allowed


ODD = {
    "long": "how do I learn statistics " * 80,
    "one letter": "a",
    "a mark": "?",
    "nul": "what is \x00 machine learning?\x00",
    "lone surrogates": "what is \ud800 machine \udfff learning?",
    "zero width": "ma\u200bchine\u2060 lear\ufeffning",
    "only zero width": "\u200b\u200b",
    "emoji": "🙂👩🏽‍💻🎓",
    "right to left": "ما هو التعلم الآلي؟ \u202e?gninrael",
    "combining pile": "a" + "\u0301" * 500,
    "line separators": "what is\u2028machine\u2029learning?",
    "markup": "<script>alert(1)</script> [x](javascript:alert(1)) **",
    "brackets": "[" * 1000 + "](" * 500,
    "numbers": "1" * 2000,
    "one word": "x" * 2000,
    "empty": "",
}


@pytest.mark.parametrize("question", ODD.values(), ids=ODD.keys())
def test_odd_input_is_a_normal_question(chain: AnswerChain, question: str) -> None:
    answer = chain.invoke(question)
    assert isinstance(answer, Answer)
    assert answer.answer
    assert answer.abstained == (not answer.citations)
    for text in (answer.answer, answer.question, answer.reason or ""):
        text.encode("utf-8")
        assert "\x00" not in text


def test_odd_turns_before_are_no_harm(chain: AnswerChain) -> None:
    for odd in ODD.values():
        history = (Turn("user", odd), Turn("assistant", odd), Turn("assistant", odd), Turn("user", odd))
        assert isinstance(chain.invoke(Question("how long does it take?", history)), Answer)


@pytest.mark.parametrize(
    "asked", [WEEKS, COURSE, WEATHER, "pytorch or tensorflow", "do I need a gpu?", "deploying a model"]
)
def test_a_suggested_question_stands_alone(chain: AnswerChain, asked: str) -> None:
    suggested = chain.invoke(asked).follow_ups
    assert suggested
    for question in suggested:
        assert question[0].isupper()
        assert question.endswith("?")
        words = question[:-1].split()
        assert not {"i", "it", "this", "that", "they", "there", "here", "one"} & set(words), question


def test_what_nothing_names_is_asked_for_by_its_name(chain: AnswerChain) -> None:
    asked = "How many hours will completing this course take with zero experience in machine learning?"
    answer = chain.invoke(asked)
    assert answer.abstained
    assert answer.answer.startswith("I cannot tell which one “this course” is")
    assert answer.reason
    assert "this course" in answer.reason
    told = (
        Turn("user", "Which course teaches linear algebra?"),
        Turn("assistant", "Khan Academy's Linear Algebra class. [1]"),
    )
    for named in (Question("Who teaches this course?", told), Question("Is this course by fast.ai any good?")):
        assert not chain.understand(named).unnamed
    assert not chain.understand(Question("How long is this path?")).unnamed

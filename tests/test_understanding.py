"""Reading a question: spelling, aliases, named roadmaps and follow-ups."""

from collections import Counter

import pytest

from assistant.chain import AnswerChain
from assistant.citations import is_exact
from assistant.records import Question, Turn, Understood
from assistant.spelling import Speller, english_words
from assistant.understand import Steps, Understander
from assistant.vocabulary import WORD, Vocabulary, read_vocabulary
from ingest.index import LocalIndex
from ingest.text import plain


@pytest.fixture(scope="module")
def vocabulary(built_index: LocalIndex) -> Vocabulary:
    return read_vocabulary(built_index)


@pytest.fixture(scope="module")
def speller(vocabulary: Vocabulary) -> Speller:
    return Speller(vocabulary.counts)


def understood(chain: AnswerChain, text: str, *before: str) -> Understood:
    """How `text` is read after the questions `before`, each with an answer that names nothing."""
    turns = [turn for question in before for turn in (Turn("user", question), Turn("assistant", "It says so. [1]"))]
    return chain.understand(Question(text, tuple(turns)))


def test_no_word_of_the_library_is_repaired(speller: Speller, built_index: LocalIndex) -> None:
    words = {word for source in built_index.sources.values() for word in WORD.findall(plain(source.text))}
    assert len(words) > 2000
    changed = {word: speller.repair(word)[0] for word in words if speller.repair(word) != (word, {})}
    assert changed == {}


def test_no_english_word_is_repaired(speller: Speller) -> None:
    sample = sorted(english_words())[::7]
    assert len(sample) > 10_000
    assert [word for word in sample if speller.repair(word) != (word, {})] == []


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("lineer algebra", "linear algebra"),
        ("machne learning", "machine learning"),
        ("tensorflw course", "tensorflow course"),
        ("recomended books", "recommended books"),
        ("calculs first", "calculus first"),
        ("nureal netwroks", "neural networks"),
        ("pythoncourse", "python course"),
        ("teh frist modul", "the first module"),
        ("how mnay monhts", "how many months"),
        ("shuld i be scard", "should i be scared"),
        ("pyhton befor slep", "python before sleep"),
        ("What PROGAMMING languages?", "What programming languages?"),
    ],
)
def test_a_misspelt_word_is_repaired_and_the_repair_is_told(speller: Speller, typed: str, right: str) -> None:
    text, corrections = speller.repair(typed)
    assert text == right
    assert set(corrections.values()) <= set(right.split()) | {right}
    assert corrections


@pytest.mark.parametrize("text", ["", "ml?", "C++ and C#", "k8s", "xqzzvw", "🙂", "GPT-4o", "12 weeks", "needn't"])
def test_what_is_not_a_misspelt_word_stays(speller: Speller, text: str) -> None:
    assert speller.repair(text) == (text, {})


@pytest.mark.parametrize("text", ["reranking", "mathier"])
def test_a_word_that_is_built_on_a_known_one_stays(speller: Speller, text: str) -> None:
    assert speller.repair(text) == (text, {})


def test_a_word_of_the_library_comes_before_a_commoner_one_of_english() -> None:
    speller = Speller(Counter({"tensor": 5}))
    assert speller.repair("tensr") == ("tensor", {"tensr": "tensor"})
    assert speller.repair("sensr") == ("sensor", {"sensr": "sensor"})
    assert speller.repair("cdf mlp Sensr") == ("cdf mlp Sensr", {})


@pytest.mark.parametrize(
    ("text", "topic", "name"),
    [
        ("best linalg course", "linear-algebra", "Linear algebra"),
        ("do I need DL?", "deep-learning", "Deep learning"),
        ("stats for ML", "statistics", "Statistics"),
    ],
)
def test_another_name_of_a_topic_leads_to_it(chain: AnswerChain, text: str, topic: str, name: str) -> None:
    read = understood(chain, text)
    assert topic in read.topics
    assert name in read.expansion
    assert name.lower() not in read.text.lower(), "what is shown stays as it was typed"


def test_the_name_itself_needs_no_expansion(chain: AnswerChain) -> None:
    read = understood(chain, "which linear algebra course?")
    assert "linear-algebra" in read.topics
    assert "Linear algebra" not in read.expansion


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        ("what does Logan Thorneloe say about maths?", ("thorneloe",)),
        ("what does thorneloe say?", ("thorneloe",)),
        ("Mynter or careerten?", ("mynter", "careerten")),
        ("does Merve Noyan like books?", ("noyan",)),
        ("the mrcloudchase roadmap's modules", ("mrcloudchase",)),
        ("what does chasing cloud careers say?", ("mrcloudchase",)),
        ("what do they say?", ()),
    ],
)
def test_roadmaps_are_known_by_their_authors_and_ids(chain: AnswerChain, text: str, sources: tuple[str, ...]) -> None:
    assert understood(chain, text).sources == sources


# What is asked before, the follow-up, what the standing question must hold, and what it must not.
FOLLOW_UPS = [
    ("pronoun", "What is the Deep Learning Specialization?", "how long does it take?", "deep learning specialization", ""),
    ("pronoun with another name", "Does Thorneloe recommend Kaggle?", "why does he?", "thorneloe", ""),
    ("plural pronoun", "Which books cover deep learning?", "are they free?", "deep learning", ""),
    ("ellipsis", "Is CS229 hard?", "and free?", "cs229", ""),
    ("bare why", "Do I need linear algebra?", "why?", "linear algebra", ""),
    ("what about", "Which course does Thorneloe recommend for linear algebra?", "what about statistics?",
     "thorneloe statistics", "linear algebra"),
    ("how about a roadmap", "What does Noyan say about deep learning?", "how about Mynter?", "mynter deep learning", "noyan"),
    ("same for", "How long does statistics take?", "same for linear algebra?", "linear algebra how long", "statistics"),
    ("the second one", "How many weeks is module 1 of mrcloudchase?", "and the second one?", "module 2 mrcloudchase", ""),
    ("the next", "How many weeks is module 3 of mrcloudchase?", "and the next one?", "module 4 mrcloudchase", ""),
    ("the one after", "How many weeks is module 3 of mrcloudchase?", "ok and the one after it?", "module 4 mrcloudchase", ""),
    ("the one before", "How many weeks is module 3 of mrcloudchase?", "and the previous one?", "module 2 mrcloudchase", ""),
    ("even if", "Which route suits self-learners?", "even if my maths is bad?", "route self-learners maths bad", ""),
    ("a roadmap and little more", "What does Mynter say on the time from scratch?", "and mrcloudchase, same number?",
     "mrcloudchase time scratch", "mynter"),
    ("few words before", "Which route suits self-learners?", "what's the argument for it?", "argument route self-learners", ""),
    ("another roadmap, with a verb", "What steps does CareerTen have?", "and how many does Noyan have?",
     "how many steps noyan", "careerten"),
    ("another roadmap, of the same thing", "Which book does Mynter recommend for Python?", "which one does Noyan recommend?",
     "which book noyan python", "mynter"),
    ("another roadmap, with a pronoun", "What does Noyan say about Kaggle?", "and what does Mynter think of it?",
     "mynter kaggle", "noyan"),
    ("another roadmap's place", "What is the first step in CareerTen?", "what's the first step for Noyan then?",
     "first step noyan", "careerten"),
    ("two roadmaps to compare", "What does Mynter say about maths?", "does Noyan agree?", "noyan mynter maths", ""),
    ("correction", "Which book teaches Python?", "sorry, I meant C++", "c++ book", "python"),
    ("another correction", "In which month does ICML meet?", "wrong one, I was asking about NeurIPS", "month neurips meet",
     "icml"),
    ("another reader", "How many months will this take for a beginner?", "and for somebody who codes already?",
     "how many months somebody who codes already", "beginner"),
    ("another reader, politely", "How many months will this take for a beginner?", "ok and for a data scientist, please?",
     "how many months data scientist", "please"),
    ("free, after a course", "Who made CS231n?", "is it free?", "free cs231n", ""),
    ("free, after a book", "What is Dive into the fast.ai book about?", "is it free", "free fast.ai", ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "text", "held", "gone"), [c[1:] for c in FOLLOW_UPS], ids=[c[0] for c in FOLLOW_UPS]
)
def test_a_follow_up_is_made_to_stand_alone(chain: AnswerChain, before: str, text: str, held: str, gone: str) -> None:
    read = understood(chain, text, before)
    assert read.text != text
    assert all(word in read.text.lower() for word in held.split()), read.text
    assert not gone or gone not in read.text.lower(), read.text


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("How long is the second module?", "How long is module 2?"),
        ("what is done in the 2nd and 3rd month", "what is done in months 2 and 3"),
        ("the first to third module of mrcloudchase", "modules 1-3 of"),
        ("the sixth module", ""),  # there are five
        ("the first step of Noyan", "the first step of"),  # who numbers none
        ("the first step of Mynter", "step 1 of"),
        ("the second book", ""),
        ("is a second part-time week enough", ""),
    ],
)
def test_places_are_searched_as_the_numbers_of_the_roadmaps(chain: AnswerChain, typed: str, read: str) -> None:
    assert understood(chain, typed).searched == read
    assert understood(chain, typed).text == typed


TOPIC_SWITCHES = [
    "Which course should I take for statistics?",
    "What does Mynter say about building projects?",
    "How long does the ML fundamentals module take?",
    "Where can I practise Python?",
]


@pytest.mark.parametrize("text", TOPIC_SWITCHES)
def test_a_question_that_stands_alone_stays_as_it_is(chain: AnswerChain, text: str) -> None:
    assert understood(chain, text, "Which deep learning book does Noyan recommend?").text == text
    assert understood(chain, text).text == text
    assert not understood(chain, text).is_follow_up


@pytest.mark.parametrize("left", ["forget maths for now.", "enough of books,", "forget about the degree:"])
def test_a_subject_that_is_left_is_not_carried_over(chain: AnswerChain, left: str) -> None:
    read = understood(chain, f"{left} how do I deploy a model?", "Which maths book is best?")
    assert read.text == "how do I deploy a model?"


LANGUAGES = "Noyan names Python, R, Julia and MATLAB as the most popular languages for machine learning."


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("is the last one a bad idea?", "is MATLAB a bad idea?"),
        ("what about the second one?", "what about R?"),
        ("why the third of them", "why Julia"),
        ("is the first one free", "is Python free"),
    ],
)
def test_the_second_one_is_the_second_that_the_answer_before_lists(chain: AnswerChain, text: str, held: str) -> None:
    turns = (Turn("user", "which languages can I use?"), Turn("assistant", LANGUAGES))
    assert chain.understand(Question(text, turns)).text == held


def test_a_place_that_the_list_lacks_is_not_made_up(chain: AnswerChain) -> None:
    turns = (Turn("user", "which languages can I use?"), Turn("assistant", LANGUAGES))
    assert "the seventh one" in chain.understand(Question("is the seventh one free?", turns)).text


def test_what_follows_a_week_is_not_the_second_week(chain: AnswerChain) -> None:
    assert (
        "second" not in understood(chain, "and the three weeks following that?", "what is done in the first week?").text
    )


def test_it_is_the_one_resource_that_the_answer_before_names(chain: AnswerChain) -> None:
    turns = (Turn("user", "I did all of my homework, what now?"), Turn("assistant", "Thorneloe likes CS229 for that."))
    read = chain.understand(Question("how long will it keep me busy?", turns))
    assert "CS229" in read.text
    assert "homework" not in read.text


def test_names_of_roadmaps_weigh_and_are_not_searched(chain: AnswerChain) -> None:
    read = understood(chain, "why does Logan like CS50?")
    assert (read.text, read.searched) == ("why does Logan like CS50?", "why does like CS50?")
    assert read.sources == ("thorneloe",)
    assert not any(term.startswith("logan") for term in read.terms)
    assert understood(chain, "Mynter?").searched == ""
    assert understood(chain, "why do people like CS50?").searched == ""


@pytest.mark.parametrize("roadmap", ["thorneloe", "mynter"])
def test_what_a_named_roadmap_says_comes_first(chain: AnswerChain, roadmap: str) -> None:
    hits = chain.trace(Question(f"what does {roadmap} say about CS50?")).found.hits
    assert hits[0].passage.source_id == roadmap
    assert chain.trace(Question("what is said about CS50?")).understood.searched == ""


def test_the_subject_is_carried_over_several_turns(chain: AnswerChain) -> None:
    read = understood(chain, "is it free?", "What is the Deep Learning Specialization?", "how long does it take?")
    assert "deep learning specialization" in read.text.lower()


def test_a_turn_that_names_nothing_is_carried_over_by_its_words(chain: AnswerChain) -> None:
    read = understood(
        chain, "which tool would do that for me?", "Do I need maths?", "and what happens once the model is live?"
    )
    assert "once the model is live" in read.text
    read = understood(
        chain, "and who says so?", "Which book is best for Python?", "is there something written with it?"
    )
    assert "python" in read.text.lower()
    assert "something written" not in read.text


def test_whether_it_is_free_is_asked_of_the_course_that_was_named(chain: AnswerChain) -> None:
    for course, source in (("CS231n", "cs231n"), ("the Deep Learning Specialization", "deep-learning-specialization")):
        turns = (Turn("user", f"Who made {course}?"), Turn("assistant", "It says so. [1]"))
        answer = chain.invoke(Question("is it free?", turns))
        assert not answer.abstained
        assert answer.citations[0].source_id == source
        assert all(is_exact(citation, chain.index) for citation in answer.citations)
        assert all(f"[{citation.number}]" in answer.answer for citation in answer.citations)


def test_thanks_alone_after_an_answer_make_no_error(chain: AnswerChain) -> None:
    for text in ("thanks!", "ok", "?", "and", "...", "no"):
        assert isinstance(understood(chain, text, "What is MLOps?").text, str)


def test_a_long_history_is_read_as_far_as_it_matters(chain: AnswerChain) -> None:
    read = understood(chain, "how long does it take?", *["Where do I start?"] * 300, "What is CS229?")
    assert "cs229" in read.text.lower()


def test_parts_that_are_switched_off_leave_the_question_alone(vocabulary: Vocabulary) -> None:
    read = Understander(vocabulary, Steps(follow_ups=False, spelling=False, aliases=False))(
        Question("is it a linalg cuorse?", (Turn("user", "What is CS229?"),))
    )
    assert (read.text, read.corrections, read.expansion) == ("is it a linalg cuorse?", {}, ())
    assert Understander(vocabulary, Steps(sources=False))(Question("does Noyan like R?")).searched == ""

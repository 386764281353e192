"""Counts of what roadmaps list: each number is the length of a list in the library, with the sentences that name its items."""

import pytest

from assistant.chain import AnswerChain
from assistant.citations import is_exact
from assistant.count_leads import count_lead, place_lead, sure_count
from assistant.proofs import proofs_of
from assistant.records import Question
from ingest.corpus_models import Listing
from ingest.index import EVERYTHING, Scope


def counted(chain: AnswerChain, text: str, scope: Scope = EVERYTHING) -> str | None:
    trace = chain.trace(Question(text))
    lead = count_lead(trace.understood, trace.sentences, chain.index, scope)
    return lead.text if lead else None


@pytest.mark.parametrize(
    ("question", "lead"),
    [
        ("How many languages does Noyan mention?", "Noyan lists 4 popular languages: Python, R, Julia and MATLAB."),
        # A larger list is the sum of its parts, and a part may be left out of it.
        ("How many algorithms does CareerTen list?",
         "CareerTen lists 3 supervised learning algorithms (decision trees, linear regression and k-nearest neighbors),"
         " 3 unsupervised learning topics (hierarchical clustering, k-means clustering and principal component analysis)"
         " and 3 reinforcement learning topics (policy gradients, Q-learning and deep Q network): 3 + 3 + 3 = 9."),
        ("How many algorithms does CareerTen list without the RL topics?",
         "CareerTen lists 3 supervised learning algorithms (decision trees, linear regression and k-nearest neighbors) and"
         " 3 unsupervised learning topics (hierarchical clustering, k-means clustering and principal component analysis):"
         " 3 + 3 = 6."),
        ("How many feature selection techniques without the wrapper methods?",
         "Noyan lists 3 embedded methods (ridge regularization, Lasso regularization and ElasticNet) and 5 filter methods"
         " (chi-square test, information gain, Fisher score, correlation test and LDA - ANOVA; LDA - ANOVA counted as one):"
         " 3 + 5 = 8."),
        ("How many more deployment skills than Python skills does CareerTen name?",
         "CareerTen lists 8 Python skills and 9 must-have deployment skills: 9 − 8 = 1."),
        # The lists of two roadmaps are not added unless a sum is asked for.
        ("How many modules does mrcloudchase have, and how many steps does Noyan have?",
         "mrcloudchase lists 5 modules; Noyan: 7 steps."),
    ],
)  # fmt: skip
def test_what_is_listed_is_counted_with_its_terms(chain: AnswerChain, question: str, lead: str) -> None:
    assert counted(chain, question) == lead
    answer = chain.invoke(question)
    assert answer.answer.startswith(f"{lead} [1]")
    assert all(is_exact(citation, chain.index) for citation in answer.citations)


def test_a_list_that_only_the_best_sentence_tells_of_is_counted(chain: AnswerChain) -> None:
    lead = counted(chain, "What is the count of things that can go wrong in a dataset for Noyan?")
    assert lead is not None
    assert lead.startswith("Noyan lists 4 signs of trouble in data: sparsity,")


@pytest.mark.parametrize(
    "question",
    [
        "How many weeks is module 2?",
        "How many hours a week should I study?",
        "How many people hire ML engineers?",
        "Which languages does Noyan mention?",
        "How many topics of CS50 come before Python in Thorneloe's list?",  # some of a list
        "How many steps are required?",  # several roadmaps list steps, and the word is none of a list
    ],
)
def test_no_count_where_none_is_asked_for(chain: AnswerChain, question: str) -> None:
    assert counted(chain, question) is None


@pytest.mark.parametrize(
    ("question", "lead"),
    [
        ("What steps does CareerTen have?", "CareerTen lists 7 parts of the roadmap: math and statistics, Python,"),
        (
            "What happens in months 2-3 of the mrcloudchase action plan?",
            "mrcloudchase lists 3 tasks of months 2-3: research",
        ),
        ("list Noyan's popular languages", "Noyan lists 4 popular languages: Python, R, Julia and MATLAB."),
    ],
)
def test_a_list_that_a_question_names_is_given_whole(chain: AnswerChain, question: str, lead: str) -> None:
    answer = chain.invoke(question)
    assert answer.answer.startswith(lead)
    assert len({citation.source_id for citation in answer.citations}) == 1, "what others list is beside the point"


@pytest.mark.parametrize(
    "question",
    [
        "What is the first step of CareerTen's roadmap?",
        "What do all the steps have in common?",  # of no roadmap
        "What steps does CareerTen have for teachers?",
        "Which tools does mrcloudchase use?",  # two lists
    ],
)
def test_no_list_where_less_or_more_than_one_is_asked_for(chain: AnswerChain, question: str) -> None:
    assert sure_count(chain.understand(Question(question)), chain.index) is None


@pytest.mark.parametrize(
    ("question", "lead"),
    [
        ("What is Noyan's second step?", "Number 2 of the 7 steps that Noyan lists: exploratory data analysis."),
        ("which one is the 3rd step in careerten?",
         "Number 3 of the 7 parts of the roadmap that CareerTen lists: machine learning prerequisites."),
        ("module 4 of mrcloudchase?", "Number 4 of the 5 modules that mrcloudchase lists: model evaluation."),
        ("What is the last step of Mynter's roadmap?", "Number 5 of the 5 steps that Mynter lists: a niche with a portfolio."),
        ("the last two modules of mrcloudchase",
         "Numbers 4 and 5 of the 5 modules that mrcloudchase lists: model evaluation and advanced techniques."),
        ("What are the first three steps of Noyan?",
         "Numbers 1, 2 and 3 of the 7 steps that Noyan lists: picking a language, exploratory data analysis and feature"
         " engineering."),
    ],
)  # fmt: skip
def test_what_stands_in_a_place_of_a_list_is_told(chain: AnswerChain, question: str, lead: str) -> None:
    answer = chain.invoke(question)
    assert answer.answer.startswith(f"{lead} [1]")
    assert len({citation.source_id for citation in answer.citations}) == 1
    assert all(is_exact(citation, chain.index) for citation in answer.citations)


@pytest.mark.parametrize(
    "question",
    [
        "What is the ninth step of Noyan?",  # there are seven
        "What is the second step?",  # of no roadmap
        "How long is the second module of mrcloudchase?",
        "What comes after the second module of mrcloudchase?",
        "Which course is Thorneloe's first choice?",  # of no list
        "What is the second step of CareerTen for teachers?",
    ],
)
def test_no_place_where_no_list_has_it_or_more_is_asked(chain: AnswerChain, question: str) -> None:
    assert place_lead(chain.understand(Question(question)), chain.index) is None


def test_a_count_keeps_to_the_scope(chain: AnswerChain) -> None:
    question = "How many languages does Noyan mention?"
    assert counted(chain, question, Scope(sources=("noyan",))) is not None
    assert counted(chain, question, Scope(sources=("mynter",))) is None
    assert counted(chain, question, Scope(kinds=("resource",))) is None


def test_a_list_is_proved_by_the_sentences_that_name_all_its_items(chain: AnswerChain) -> None:
    proofs, index = proofs_of(chain.index), chain.index
    for roadmap in index.structure.roadmaps.values():
        for listing in roadmap.lists:
            if listing.items:
                quotes = proofs.listing(roadmap.id, listing)
                assert quotes, f"{roadmap.id}: {listing.name}"
                spans = [(q.start, q.end) for q in quotes]
                assert spans == sorted(set(spans)), "each once, in the text's order"
    unproved = Listing(name="languages", section="pick-a-language", items=("Python", "COBOL"))
    assert proofs.listing("noyan", unproved) == ()

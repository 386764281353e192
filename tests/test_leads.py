"""The leads of our own: what is needed, which premise is wrong, what comes next; and evidence under computed answers."""

import re

import pytest

from assistant.chain import AnswerChain
from assistant.citations import Quote, is_exact
from assistant.compose import MORE_SENTENCES, with_evidence
from assistant.evidence import choose
from assistant.leads import Lead, correction, necessity
from assistant.order_leads import order_lead
from assistant.records import Answer, Question, Turn
from assistant.resource_leads import endorsement
from assistant.structured_answers import comparison_answer, plan_answer
from ingest.corpus_models import Verdict
from ingest.index import EVERYTHING, Index, Scope

LEADS = {"correction": correction, "necessity": necessity, "order": order_lead}
MARK = re.compile(r"\[(\d+)\](?!\()")


def lead_of(chain: AnswerChain, text: str, kind: str, scope: Scope = EVERYTHING) -> Lead | None:
    """The lead of one kind to a question, each of its quotes proved to be a sentence of its source."""
    lead = LEADS[kind](chain.understand(Question(text)), chain.index, scope)
    if lead:
        assert lead.quotes
        assert all(is_within(quote, chain.index) for quote in lead.quotes)
    return lead


def is_within(quote: Quote, index: Index) -> bool:
    """Whether a quote is a whole sentence of its passage."""
    passage, text = quote.passage, index.sources[quote.passage.source_id].text
    is_inside = passage.start <= quote.start < quote.end <= passage.end
    return is_inside and text[quote.start : quote.end].rstrip(" *_)\"'”").endswith((".", "!", "?", ":"))


def said(chain: AnswerChain, text: str, kind: str, scope: Scope = EVERYTHING) -> str | None:
    lead = lead_of(chain, text, kind, scope)
    return lead.text if lead else None


def answered(chain: AnswerChain, text: str, *before: str) -> Answer:
    """The whole answer, its quotes exact and its marks those of its citations, in order of first use."""
    turns = [turn for question in before for turn in (Turn("user", question), Turn("assistant", "It says so. [1]"))]
    answer = chain.invoke(Question(text, tuple(turns)))
    assert not answer.abstained
    check(answer, chain.index)
    return answer


def check(answer: Answer, index: Index) -> None:
    assert answer.citations
    assert all(is_exact(citation, index) for citation in answer.citations)
    marks = [int(mark) for mark in MARK.findall(answer.answer)]
    assert list(dict.fromkeys(marks)) == [citation.number for citation in answer.citations]


# Whether something is needed


@pytest.mark.parametrize(
    ("question", "lead"),
    [
        ("Is calculus mandatory?", "Yes: CareerTen, mrcloudchase and Mynter recommend calculus."),
        ("Is Git essential?", "Yes: Thorneloe recommends Git."),
        ("Is MATLAB necessary?", "No: Noyan advises against MATLAB."),
        ("Is Julia mandatory?", "CareerTen and Noyan find Julia optional."),
        ("Is R required?", "CareerTen and Noyan find R optional."),
        ("Is seaborn essential?", "Not at first: Noyan puts seaborn off until later."),
        # Recommended, but by no roadmap as required: no `yes`.
        ("Is C++ mandatory?", "Not marked as required: Thorneloe recommends C++."),
        ("Is C++ worth learning?", "Yes: Thorneloe recommends C++."),
        (
            "Are neural networks a must?",
            "The roadmaps differ: CareerTen and mrcloudchase recommend neural networks;"
            " Mynter puts it off until later; Noyan finds it overkill.",
        ),
    ],
)
def test_the_need_for_a_topic_is_answered_by_the_roadmaps_stances(chain: AnswerChain, question: str, lead: str) -> None:
    assert said(chain, question, "necessity") == lead
    answer = answered(chain, question)
    assert answer.answer.startswith(f"{lead} [1]")


def test_every_author_of_a_lead_is_cited(chain: AnswerChain) -> None:
    lead = lead_of(chain, "Are neural networks a must?", "necessity")
    assert lead is not None
    sources = [quote.passage.source_id for quote in lead.quotes]
    assert sorted(sources) == ["careerten", "mrcloudchase", "mynter", "noyan"]


@pytest.mark.parametrize("word", ["skip", "ignore", "leave out"])
def test_a_question_on_skipping_is_answered_with_neither_yes_nor_no(chain: AnswerChain, word: str) -> None:
    lead = said(chain, f"Can I {word} probability?", "necessity")
    assert lead == "By the roadmaps: CareerTen, Mynter and Thorneloe recommend probability."


def test_skipping_what_they_disagree_on_is_still_a_disagreement(chain: AnswerChain) -> None:
    assert str(said(chain, "Can I skip neural networks?", "necessity")).startswith("The roadmaps differ:")


def test_what_the_topic_is_needed_for_changes_nothing(chain: AnswerChain) -> None:
    plainly = said(chain, "Is calculus required?", "necessity")
    assert plainly
    assert said(chain, "Is calculus required for machine learning?", "necessity") == plainly
    assert said(chain, "Is calculus required in data science?", "necessity") == plainly
    maths = said(chain, "Is math required?", "necessity")
    assert maths == "Yes: CareerTen, mrcloudchase, Mynter and Thorneloe recommend mathematics."
    assert said(chain, "Is math required for data science?", "necessity") == maths


def test_only_the_roadmap_that_is_named_is_asked(chain: AnswerChain) -> None:
    lead = said(chain, "Are neural networks necessary for Noyan?", "necessity")
    assert lead == "Not at first: Noyan finds neural networks overkill."


@pytest.mark.parametrize(
    "question",
    [
        "Must I have a PhD?",
        "Do I need a master's degree?",
        "Must I get a maths degree?",
        "Do I have to finish all of the linear algebra class?",
        "Is a diploma in statistics required?",
        "Are Python and SQL mandatory?",
        "Is either Python or R essential?",
        "Which statistics book is essential?",
        "How essential is calculus?",
        "Is calculus needed before deep learning?",
        "Is Docker essential?",
        "Is a good sense of humour essential?",
        "Is calculus interesting?",
        "Is calculus mandatory under Norwegian tax law?",
    ],
)
def test_no_lead_on_the_need_for_anything_but_one_known_topic(chain: AnswerChain, question: str) -> None:
    assert said(chain, question, "necessity") is None


@pytest.mark.parametrize("kind", LEADS)
def test_a_scope_without_roadmaps_has_no_lead(chain: AnswerChain, kind: str) -> None:
    question = {
        "correction": "Why is Noyan so fond of MATLAB that he recommends it?",
        "necessity": "Is calculus mandatory?",
        "order": "What follows linear algebra?",
    }[kind]
    assert lead_of(chain, question, kind)
    assert lead_of(chain, question, kind, Scope(kinds=("resource",))) is None
    assert lead_of(chain, question, kind, Scope(sources=("kaggle-learn",))) is None
    assert lead_of(chain, question, kind, Scope(sources=())) is None


def test_a_scope_of_some_roadmaps_leaves_the_others_out(chain: AnswerChain) -> None:
    scope = Scope(sources=("mynter", "thorneloe"))
    assert said(chain, "Is calculus mandatory?", "necessity", scope) == "Yes: Mynter recommends calculus."


# Premises that do not hold

MATLAB = "The premise does not hold: Noyan advises against MATLAB."


@pytest.mark.parametrize(
    ("question", "lead"),
    [
        ("For what reason does Noyan recommend MATLAB?", MATLAB),
        ("Why would Noyan favour MATLAB?", MATLAB),
        ("Where did Noyan say that I must use MATLAB?", MATLAB),
        ("As Noyan endorses MATLAB, how do I install it?", MATLAB),
        ("Why does Thorneloe advise against Python?", "The premise does not hold: Thorneloe recommends Python."),
        ("Why does Noyan tell me to skip Python?", "The premise does not hold: Noyan recommends Python."),
        ("Why does Noyan insist on neural networks?", "The premise does not hold: Noyan finds neural networks overkill."),
    ],
)  # fmt: skip
def test_a_wrong_premise_about_a_roadmap_is_corrected(chain: AnswerChain, question: str, lead: str) -> None:
    assert said(chain, question, "correction") == lead
    answer = answered(chain, question)
    assert answer.answer.startswith(f"{lead} [1]")
    assert answer.citations[0].source_id in ("noyan", "thorneloe")


@pytest.mark.parametrize(
    "question",
    [
        "Does Noyan recommend MATLAB?",
        "So is MATLAB what Noyan recommends?",
        "Would Noyan recommend MATLAB to anyone?",
        "Why doesn't Noyan recommend MATLAB?",
        "Why would Noyan never really recommend MATLAB?",
        "For what reason is MATLAB not recommended by Noyan?",
        "Noyan says to avoid MATLAB, how come?",
        "Noyan suggests not using MATLAB, how come?",
        "Why does Noyan tell us to skip MATLAB?",
        "Why does Noyan warn against MATLAB?",
        "Why does Noyan recommend Python?",
        "Why would Noyan have something against Python?",
        "Why do people recommend MATLAB?",
        "Why do Noyan and Mynter recommend MATLAB?",
        "Why does Thorneloe recommend MATLAB?",
        "Which MATLAB page do I read first?",
    ],
)
def test_what_is_asked_or_what_holds_is_not_corrected(chain: AnswerChain, question: str) -> None:
    assert said(chain, question, "correction") is None


@pytest.mark.parametrize(
    ("question", "lead"),
    [
        ("Module 1 takes 4 weeks. What does it teach?",
         "Not 4 weeks: for Module 1: ML Fundamentals mrcloudchase gives 8–10 weeks."),
        ("Given that module 3 lasts two to three weeks, what is in it?",
         "Not 2–3 weeks: for Module 3: Model Development mrcloudchase gives 10–12 weeks."),
        ("As module 5 is only two months, what is taught?",
         "Not 2 months: for Module 5: Advanced Techniques mrcloudchase gives 10–14 weeks."),
        ("Mynter promises beginners that it takes 3 months, what is taught?",
         "Not 3 months: for people who learn everything from scratch Mynter gives 18 months."),
        ("For developers mrcloudchase says 5 years, what is taught?",
         "Not 5 years: for software engineers mrcloudchase gives 14–18 months."),
    ],
)  # fmt: skip
def test_a_wrong_time_is_corrected(chain: AnswerChain, question: str, lead: str) -> None:
    assert said(chain, question, "correction") == lead
    assert answered(chain, question).answer.startswith(f"{lead} [1]")


@pytest.mark.parametrize(
    "question",
    [
        "Module 1 takes 9 weeks. What does it teach?",
        "Module 1 takes 10 to 12 weeks. What does it teach?",
        "Module 1 takes 2 months. What does it teach?",  # 8.7 weeks
        "Module 1 takes 40 hours. What does it teach?",  # no hours a week are known
        "Module 1 takes more than 4 weeks. What does it teach?",
        "Module 1 takes at least 4 weeks. What does it teach?",
        "Module 1 takes less than 20 weeks. What does it teach?",
        "Module 1 is longer than 4 weeks, how come?",
        "What is taught in the first 2 weeks of module 1?",
        "I have 4 weeks: can I do module 1?",
        "Module 1 takes 4 weeks and module 2 takes 3, which is better?",
        "Module 9 takes 4 weeks. What does it teach?",
        "The roadmap for beginners takes 3 months, what is taught?",  # two roadmaps give a time
        "Mynter says that it takes 3 months, what is taught?",  # for whom?
        "What is the length of module 1?",
    ],
)
def test_a_time_that_may_hold_is_not_corrected(chain: AnswerChain, question: str) -> None:
    assert said(chain, question, "correction") is None


@pytest.mark.parametrize(
    ("question", "lead"),
    [
        ("Given that Noyan praises MATLAB, which shop sells the cheapest licence in Oslo?", MATLAB),
        ("Module 5 lasts five years, so what does my cat eat meanwhile?", "Not 5 years: for Module 5"),
    ],
)
def test_a_correction_is_given_even_where_the_rest_has_no_answer(chain: AnswerChain, question: str, lead: str) -> None:
    assert not chain.trace(Question(question)).decision.is_enough
    answer = answered(chain, question)
    assert answer.answer.startswith(lead)
    assert len(answer.citations) == 1, "only what proves the correction is shown"
    assert answer.answer.count("[1]") == 2


# What comes after and before


@pytest.mark.parametrize(
    ("question", "lead"),
    [
        ("What follows linear algebra?", "After Linear algebra, in the roadmaps' order: Probability (Thorneloe)."),
        ("Which subject comes before probability?",
         "Before Probability, in the roadmaps' order: Linear algebra (Thorneloe)."),
        ("I completed CS50x. What next?",
         "After CS50x: Introduction to Computer Science, in the roadmaps' order: Classical (shallow) ML (Mynter);"
         " Advanced programming (Thorneloe)."),
        ("What must I know before the NYU deep learning course?",
         "in the roadmaps' order: Math fundamentals, with numerics and optimization as a bonus (Mynter):"
         " probability theory, linear algebra and real calculus."),
        ("What comes after data engineering?",
         "After Data engineering, in the roadmaps' order: Model Development (mrcloudchase)."),
        # What roadmaps number, by its number or its place; with what the one next stage lists.
        ("What comes after the second module?",
         "After module 2, in the roadmaps' order: Model Development (mrcloudchase)."),
        ("What do I do after week 1?",
         "After week 1, in the roadmaps' order: Core algorithm implementation (mrcloudchase): fundamental ML algorithms"
         " without libraries, mathematical derivations and proofs and practice on small datasets."),
    ],
)  # fmt: skip
def test_the_next_or_the_earlier_stage_of_each_roadmap_is_named(chain: AnswerChain, question: str, lead: str) -> None:
    text = said(chain, question, "order")
    assert text is not None
    assert text.endswith(lead)
    answer = answered(chain, question)
    assert answer.answer.startswith(text)


def test_a_stage_is_named_with_a_quote_of_its_own_roadmap(chain: AnswerChain) -> None:
    names = {roadmap.author.split()[-1]: roadmap.id for roadmap in chain.index.structure.roadmaps.values()}
    for question in ("What comes before MLOps?", "What comes after Model Evaluation?", "I finished CS50x, what now?"):
        lead = lead_of(chain, question, "order")
        assert lead is not None, question
        authors = re.findall(r"\((\w+)\)[;:.]", lead.text)
        assert [names[author] for author in authors] == [quote.passage.source_id for quote in lead.quotes]


@pytest.mark.parametrize(
    "question",
    [
        "What comes before computer hardware?",  # the first stage
        "What comes after domain expertise?",  # the last stage
        "What comes after a research career?",  # the last module; the action plan is another list
        "What should I know before deep learning and after statistics?",
        "What is linear algebra?",
        "What comes after lunch?",
        "How closely do I follow linear algebra?",
        "What do I do about my linear algebra before starting?",
        "Which comes after probability and calculus?",
    ],
)
def test_no_order_is_told_where_the_roadmaps_have_none(chain: AnswerChain, question: str) -> None:
    assert said(chain, question, "order") is None


# Evidence under what is computed


@pytest.mark.parametrize(
    "question",
    [
        "do the roadmaps agree about statistics?",
        "how many guides recommend calculus?",
        "which roadmaps suggest fast.ai?",
        "make me a study plan as a software engineer",
    ],
)
def test_a_computed_answer_goes_on_with_at_most_three_sentences_that_it_lacks(
    chain: AnswerChain, question: str
) -> None:
    trace = chain.trace(Question(question))
    computed = comparison_answer(trace.understood, chain.index) or plan_answer(trace.understood, chain.index)
    assert computed is not None
    answer = with_evidence(computed, choose(trace.sentences, trace.understood.intent), chain.index)
    assert answered(chain, question).answer == (answer if trace.decision.is_enough else computed).answer
    assert answer.answer.startswith(f"{computed.answer}\n\n- ")
    count = len(computed.citations)
    added = answer.citations[count:]
    assert answer.citations[:count] == computed.citations
    assert 1 <= len(added) <= MORE_SENTENCES == 3
    assert [c.number for c in added] == list(range(count + 1, count + 1 + len(added)))
    places = [(c.source_id, c.start, c.end) for c in answer.citations]
    assert len(set(places)) == len(places)
    below = answer.answer.removeprefix(computed.answer).strip().split("\n")
    assert [MARK.findall(line) for line in below] == [[str(c.number)] for c in added]


def test_no_sentence_is_added_that_is_quoted_already(chain: AnswerChain) -> None:
    question = Question("do the roadmaps agree about statistics?")
    sentences = chain.trace(question).sentences
    computed = comparison_answer(chain.understand(question), chain.index)
    assert computed is not None
    once = with_evidence(computed, sentences[:MORE_SENTENCES], chain.index)
    assert len(once.citations) > len(computed.citations)
    assert with_evidence(once, sentences[:MORE_SENTENCES], chain.index) is once
    assert with_evidence(computed, [], chain.index) is computed


def test_a_sum_stands_without_other_sentences(chain: AnswerChain) -> None:
    answer = answered(chain, "How many weeks are modules 2, 3 and 5 together?")
    assert len(answer.citations) == 3


@pytest.mark.parametrize(
    ("question", "lead"),
    [
        ("Does Thorneloe recommend Khan Academy?", "Yes: Thorneloe points to Khan Academy Linear Algebra."),
        ("is MLflow mentioned by mrcloudchase?", "Yes: mrcloudchase points to MLflow."),
        ("So would Mynter suggest CS229?",
         "Mynter's roadmap does not name CS229: Machine Learning; mrcloudchase and Thorneloe point to it."),
        ("does Noyan link Kaggle competitions", "Noyan's roadmap does not name Kaggle Competitions; mrcloudchase points to it."),
    ],
)  # fmt: skip
def test_whether_a_roadmap_points_to_a_resource_is_told(chain: AnswerChain, question: str, lead: str) -> None:
    given = endorsement(chain.understand(Question(question)), chain.index)
    assert given is not None
    assert given.text == lead
    answer = chain.invoke(question)
    assert answer.answer.startswith(f"{lead} [1]")
    assert all(is_exact(c, chain.index) for c in answer.citations)


@pytest.mark.parametrize(
    "question",
    [
        "Which course does Thorneloe recommend?",
        "Does Thorneloe recommend Khan Academy for calculus?",  # what it points to is about something else
        "Does Thorneloe not recommend Khan Academy?",
        "Does anybody recommend Khan Academy?",
        "Do Thorneloe and Mynter recommend CS50?",
        "Does Thorneloe recommend Khan Academy or a tutor for homework in school?",
        "Does Mynter recommend PayMeAcademy?",
    ],
)
def test_no_lead_on_a_resource_for_another_question(chain: AnswerChain, question: str) -> None:
    assert endorsement(chain.understand(Question(question)), chain.index) is None


@pytest.mark.parametrize(("scope", "is_given"), [(Scope(sources=("mynter",)), True), (Scope(sources=("noyan",)), False),
                                                 (Scope(kinds=("resource",)), False)])  # fmt: skip
def test_a_lead_on_a_resource_keeps_to_the_scope(chain: AnswerChain, scope: Scope, *, is_given: bool) -> None:
    asked = chain.understand(Question("does Mynter suggest the Hugging Face courses?"))
    assert (endorsement(asked, chain.index, scope) is not None) is is_given
    if not is_given:
        return
    elsewhere = chain.understand(Question("does Mynter suggest CS229?"))
    assert endorsement(elsewhere, chain.index, scope) is None, "its proof is out of the scope"


def test_every_stance_that_can_be_proved_gives_a_sound_lead(chain: AnswerChain) -> None:
    """Any topic in the place of ours: what is said is never more than the stances say."""
    structure = chain.index.structure
    spoken = 0
    for topic in list(structure.topics.values())[::3]:
        question = f"Is {topic.name} necessary?"
        lead = lead_of(chain, question, "necessity")
        if lead is None:
            continue
        spoken += 1
        read = set(chain.understand(Question(question)).topics)
        verdicts = {s.verdict for r in structure.roadmaps.values() for s in r.stances if s.topic in read}
        assert not lead.text.startswith("Yes") or Verdict.RECOMMENDS in verdicts
        assert not lead.text.startswith("No:") or Verdict.ADVISES_AGAINST in verdicts
        more = lead.text.startswith("Not marked as required:")  # has the sentence that says so too
        assert len({quote.passage.source_id for quote in lead.quotes}) == len(lead.quotes) - more
    assert spoken > 20

"""Answer measures, each by a case worked by hand and against an independent library or a plain recount."""

import copy
import math
import random
import statistics
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import precision_recall_fscore_support

from assistant.chain import AnswerChain
from assistant.records import Answer, Citation
from evals import answers
from evals.answer_measures import (
    Library,
    citation_precision,
    citation_recall,
    cited_share,
    exact_quotes,
    is_held,
    nugget_share,
    score,
    statements,
    word_count,
)
from evals.dataset import EvalQuestion, default_dataset, half_of, read_dataset
from evals.decision_measures import abstention, area_under_risk, risk_coverage
from evals.latency import Timing, summarise
from evals.results import describe_dataset, read_result, write_result

TEXT = "Start with Python. Plan eight to 10 weeks for it. Rust is optional. Then learn Git."
LIBRARY = Library(
    {"one": TEXT, "two": "Learn Git first."}, {"one#a@0": "one#a", "one#b@0": "one#b", "two#c@0": "two#c"}
)


def question(**changes: object) -> EvalQuestion:
    value: dict[str, object] = {
        "id": "q",
        "type": "fact",
        "question": "how long?",
        "answerable": True,
        "judgements": {"one#a": 3},
        "nuggets": [["python"], ["8|eight"]],
        "expected_sources": ["one"],
    }
    return EvalQuestion.model_validate(value | changes)


def unanswerable() -> EvalQuestion:
    return question(answerable=False, judgements={}, nuggets=[], expected_sources=[])


def citation(number: int, quote: str, passage_id: str = "one#a@0") -> Citation:
    source_id = passage_id.split("#")[0]
    start = max(0, LIBRARY.texts[source_id].find(quote))
    return Citation(number, passage_id, source_id, "roadmap", "One", "A", None, (), quote, start, start + len(quote))


def answer(text: str, *citations: Citation, abstained: bool = False) -> Answer:
    return Answer(text, citations, abstained, "no evidence" if abstained else None, "extractive", "how long?")


REFUSAL = answer("The library does not answer this; python and eight are near.", abstained=True)


# Nuggets


def test_a_nugget_counts_in_the_text_or_in_a_quote() -> None:
    assert nugget_share(question(), ["Use Python. [1]"]) == 0.5
    assert nugget_share(question(), ["Use Python. [1]", "It takes eight weeks."]) == 1.0


def test_a_mark_is_never_taken_for_a_figure() -> None:
    assert nugget_share(question(nuggets=[["8"]]), ["It takes a while. [8]"]) == 0.0


def test_a_nugget_is_found_across_markup_and_line_ends_and_in_addresses() -> None:
    text = "See the\n[Khan **Academy**](https://khanacademy.org) course."
    assert nugget_share(question(nuggets=[["the khan academy course"], [r"khanacademy\.org"]]), [text]) == 1.0


def test_nugget_share_agrees_with_a_count_of_words_on_random_texts() -> None:
    chance = random.Random(1)
    words = [f"word{n}x" for n in range(30)]
    for _ in range(200):
        wanted = [chance.sample(words, 2) for _ in range(chance.randint(1, 4))]
        said = chance.sample(words, 8)
        expected = sum(bool(set(group) & set(said)) for group in wanted) / len(wanted)
        assert nugget_share(question(nuggets=wanted), [" ".join(said)]) == pytest.approx(expected)


# Passing


def test_an_answer_passes_with_all_nuggets_and_an_expected_source() -> None:
    good = answer("Start with Python. [1]", citation(1, "Start with Python. Plan eight to 10 weeks for it."))
    scores = score(question(), good, LIBRARY)
    assert (scores.passed, scores.nuggets_in_text, scores.nuggets_in_evidence) == (1.0, 0.5, 1.0)
    assert (scores.false_refusal, scores.false_answer) == (0.0, None)


def test_an_answer_fails_without_an_expected_source_or_a_nugget() -> None:
    good = answer("Python, eight weeks. [1]", citation(1, "Start with Python."))
    assert score(question(), good, LIBRARY).passed == 1.0
    assert score(question(expected_sources=["two"]), good, LIBRARY).passed == 0.0
    assert score(question(nuggets=[["rust"]]), good, LIBRARY).passed == 0.0


def test_a_refusal_earns_nothing_for_the_words_it_uses() -> None:
    scores = score(question(), REFUSAL, LIBRARY)
    assert (scores.passed, scores.nuggets_in_text, scores.nuggets_in_evidence) == (0.0, 0.0, 0.0)
    assert scores.false_refusal == 1.0
    assert scores.has_abstained
    assert scores.words is None


def test_an_unanswerable_question_passes_by_refusal_alone() -> None:
    refused = score(unanswerable(), REFUSAL, LIBRARY)
    answered = score(unanswerable(), answer("Start with Python. [1]", citation(1, "Start with Python.")), LIBRARY)
    assert refused.values() == {"pass": 1.0, "false_answer": 0.0}
    assert answered.passed == 0.0
    assert answered.false_answer == 1.0
    assert answered.nuggets_in_text is None


# Citations


def test_a_citation_is_precise_by_its_section_or_by_a_nugget_in_its_quote() -> None:
    said = answer(
        "…",
        citation(1, "Rust is optional."),  # its section is judged
        citation(2, "Start with Python.", "one#b@0"),  # holds a nugget
        citation(3, "Then learn Git.", "one#b@0"),  # neither
        citation(4, "Learn Git first.", "two#c@0"),  # neither
    )
    assert citation_precision(question(), said, LIBRARY) == 0.5
    assert citation_precision(question(), answer("…"), LIBRARY) is None


def test_a_statement_is_supported_by_the_exact_quotes_it_cites_and_no_others() -> None:
    said = "Start with Python. [1]\n\n- Then learn Git. [2]\n- Rust is optional. [1]\n- Learn Git first. [9]"
    cited = answer(said, citation(1, "Start with Python."), citation(2, "Then learn Git."))
    both = answer("Start with Python. [1][9]", citation(1, "Start with Python."))
    assert citation_recall(both, LIBRARY) == 0.0  # every mark must lead somewhere
    assert citation_recall(cited, LIBRARY) == 0.5  # the third cites another sentence, the fourth nothing
    assert citation_recall(answer("No marks here."), LIBRARY) is None


def test_a_quote_that_is_not_its_sources_text_supports_nothing() -> None:
    wrong = Citation(1, "one#a@0", "one", "roadmap", "One", "A", None, (), "Start with Python.", 1, 19)
    said = answer("Start with Python. [1]", wrong)
    assert citation_recall(said, LIBRARY) == 0.0
    assert exact_quotes(said, LIBRARY) == 0.0
    assert exact_quotes(answer("…", wrong, citation(2, "Then learn Git.")), LIBRARY) == 0.5
    assert exact_quotes(answer("…"), LIBRARY) is None


@pytest.mark.parametrize(
    ("statement", "holds"),
    [
        ("plan **eight** to 10 weeks for it.", True),  # to the letter, but for case and markup
        ("For Python plan eight weeks, up to 10", True),  # a paraphrase
        ("For Python plan eight to 12 weeks", False),  # with a number of its own
        ("Hire an expensive tutor for Python", False),  # most words of its own
    ],
)
def test_a_paraphrase_must_keep_the_numbers_and_most_words(statement: str, holds: bool) -> None:
    assert is_held(statement, ["Start with Python.", "Plan eight to 10 weeks for it."]) is holds


def test_nothing_is_held_by_no_quotes() -> None:
    assert not is_held("Start with Python.", [])


def test_statements_end_at_their_marks_and_labels_are_none() -> None:
    text = "**Noyan**:\n\n- Learn it, e.g. by doing. [1][2]\n- First. Second [3]. Trailing words.\n## Heading\n[4](u)"
    found = [(s.text, s.numbers) for s in statements(text)]
    assert found == [("Learn it, e.g. by doing.", (1, 2)), ("First.", ()), ("Second", (3,)), ("Trailing words.", ())]
    assert cited_share(text) == 0.5


def test_citation_figures_agree_with_a_recount_on_random_answers() -> None:
    chance = random.Random(2)
    sentences = ["Start with Python.", "Rust is optional.", "Then learn Git."]
    for _ in range(200):
        cited = [(chance.choice(sentences), chance.choice(sentences)) for _ in range(chance.randint(1, 6))]
        places = [chance.choice(["one#a@0", "one#b@0"]) for _ in cited]
        said = "\n".join(f"{text} [{n}]" for n, (text, _) in enumerate(cited, start=1))
        citations = [
            citation(n, quote, place) for n, ((_, quote), place) in enumerate(zip(cited, places, strict=True), start=1)
        ]
        recall = np.mean([text == quote for text, quote in cited])
        precise = np.mean([p == "one#a@0" or "Python" in q for (_, q), p in zip(cited, places, strict=True)])
        assert citation_recall(answer(said, *citations), LIBRARY) == pytest.approx(recall)
        assert citation_precision(question(), answer(said, *citations), LIBRARY) == pytest.approx(precise)


def test_words_are_counted_as_read() -> None:
    assert word_count("**Learn** [Git now](https://git-scm.com/book). [1]\n\n- Then rest. [2]") == 5


# Decisions


def test_abstention_by_hand() -> None:
    found = abstention([True, True, False, False, False], [True, False, True, True, False])
    assert [found.precision, found.recall] == pytest.approx([2 / 3, 2 / 3])
    assert abstention([True], [False]).f1 == 0.0


def test_abstention_agrees_with_scikit_learn() -> None:
    random_numbers = np.random.default_rng(3)
    for _ in range(100):
        answerable, abstained = random_numbers.random((2, 40)) < random_numbers.random()
        found = abstention(list(answerable), list(abstained))
        theirs = precision_recall_fscore_support(~answerable, abstained, average="binary", zero_division=0.0)
        assert (found.precision, found.recall, found.f1) == pytest.approx(theirs[:3])


def test_risk_coverage_by_hand() -> None:
    points = risk_coverage([0.2, 0.9, 0.5, 0.5], [False, True, True, False])
    assert [(p.coverage, p.risk, p.chance) for p in points] == [
        (0.25, 0.0, 0.9),
        (0.75, pytest.approx(1 / 3), 0.5),
        (1.0, 0.5, 0.2),
    ]
    assert area_under_risk(points) == pytest.approx(0.5 * 1 / 3 + 0.25 * 0.5)
    assert math.isnan(area_under_risk([]))
    with pytest.raises(ValueError, match="one truth per chance"):
        risk_coverage([0.1], [])


def test_risk_coverage_agrees_with_numpy() -> None:
    random_numbers = np.random.default_rng(4)
    for _ in range(50):
        chances, right = random_numbers.permutation(60) / 60, random_numbers.random(60) < 0.6
        order = np.argsort(-chances)
        risks = np.cumsum(~right[order]) / np.arange(1, 61)
        points = risk_coverage(list(chances), list(right))
        assert [p.risk for p in points] == pytest.approx(list(risks))
        assert area_under_risk(points) == pytest.approx(risks.mean())


def test_latency_by_hand_and_against_the_standard_library() -> None:
    latency = summarise([Timing(10, 4), Timing(20, 5), Timing(30, 6)])
    assert [latency.p50_ms, latency.p95_ms, latency.times_embedding] == pytest.approx([20, 29, 4])
    times = [random.Random(5).expovariate(0.05) for _ in range(77)]
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    found = summarise([Timing(time, 1) for time in times])
    assert (found.p50_ms, found.p95_ms) == pytest.approx((cuts[49], cuts[94]))
    with pytest.raises(ValueError, match="no answer"):
        summarise([])


# The whole run


def answered(number: int, asked: EvalQuestion, said: Answer, chance: float, is_right: bool) -> answers.Answered:
    named = asked.model_copy(update={"id": f"q{number}"})
    return answers.Answered(named, said, score(named, said, LIBRARY), chance, is_right, (), (), Timing(10, 5))


def test_a_summary_by_hand() -> None:
    good = answer("Python, eight weeks. [1]", citation(1, "Start with Python."))
    rows = [
        answered(1, question(), good, 0.9, is_right=True),
        answered(2, question(), REFUSAL, 0.4, is_right=True),
        answered(3, unanswerable(), good, 0.6, is_right=False),
        answered(4, unanswerable(), REFUSAL, 0.1, is_right=False),
    ]
    measures = answers.summary(rows)
    assert measures["pass"] == 0.5
    assert measures["nuggets_in_evidence"] == 0.5  # of the answerable
    assert measures["false_refusal"] == 0.5
    assert measures["false_answer"] == 0.5
    assert measures["abstention_f1"] == 0.5
    assert measures["words_median"] == 3
    assert measures["risk_area"] == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)


def test_intervals_of_a_sets_measures_agree_with_scipy() -> None:
    chance = random.Random(6)
    said = [answer("word " * chance.randint(20, 120) + "[1]", citation(1, "Start with Python.")) for _ in range(60)]
    rows = [answered(n, question(), one, 0.5, is_right=True) for n, one in enumerate(said)]
    low, high = answers.system(rows).intervals["words_median"]
    theirs = stats.bootstrap(
        ([float(word_count(one.answer)) for one in said],),
        np.median,
        method="percentile",
        random_state=np.random.default_rng(7),
    ).confidence_interval
    assert (low, high) == pytest.approx((theirs.low, theirs.high), abs=6)


def test_the_shipped_assistant_is_measured_whole(chain: AnswerChain, tmp_path: Path) -> None:
    asked = half_of(read_dataset(default_dataset()), "tune")[::12]
    info = describe_dataset(default_dataset(), "tune", len(asked))
    done: list[int] = []
    result = answers.run(chain, asked, info, done.append)
    assert sum(done) == len(asked)
    system = result.systems["product"]
    assert set(system.details) == {q.id for q in asked}
    assert system.measures["exact_quotes"] == 1.0
    assert system.measures["citation_recall"] > 0.9  # a computed total stands in no quote
    assert 0 < system.measures["embedding_p50_ms"] < system.measures["p50_ms"]
    assert result.notes["risk_coverage"][-1]["coverage"] == 1.0
    assert sum(system.details[q.id]["abstained"] for q in asked) < len(asked)
    path = write_result(result, tmp_path)
    assert read_result(path).systems["product"].measures == system.measures


def test_what_a_refusal_withheld_is_measured_without_changing_the_assistant(chain: AnswerChain) -> None:
    refusing = copy.copy(chain)
    refusing.calibration = replace(chain.calibration, threshold=1.1)
    asked = [q for q in read_dataset(default_dataset()) if q.type == "keyword"][:6]
    rows = answers.answer_all(refusing, asked)
    assert all(row.answer.abstained and row.scores.passed == 0.0 for row in rows)
    assert any(row.is_right for row in rows)
    assert refusing.calibration.threshold == 1.1

"""Tests of the project's own questions: whole, independent of the corpus's own questions, and true to its sections."""

import json
import re
from pathlib import Path

import pytest

from evals.dataset import DatasetError, EvalQuestion, default_dataset, half_of, read_dataset
from evals.results import ResultError
from evals.session import check_sections, read_questions
from ingest.corpus import Library, default_corpus, load
from ingest.text import plain

PINNED = {
    "fact-001": "tune",
    "resource-001": "test",
    "duration-001": "tune",
    "definition-001": "test",
    "keyword-001": "tune",
    "typo-001": "tune",
    "comparison-001": "tune",
    "plan-001": "tune",
    "sum-001": "tune",
    "follow-up-001": "test",
    "negative-001": "test",
    "false-premise-001": "tune",
}


@pytest.fixture(scope="module")
def questions() -> list[EvalQuestion]:
    return read_dataset(default_dataset())


@pytest.fixture(scope="module")
def library() -> Library:
    return load(default_corpus())


def _sections(library: Library) -> dict[str, str]:
    return {s.section_id: source.text[s.start : s.end] for source in library.sources for s in source.sections}


def _bare(question: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", question.lower()))


def test_there_are_enough_questions_of_every_kind(questions: list[EvalQuestion]) -> None:
    assert len(questions) >= 300
    assert sum(not q.answerable for q in questions) >= 60
    assert all(sum(q.type == kind for q in questions) >= 15 for kind in {q.type for q in questions})


def test_the_halves_share_nothing_and_make_the_whole(questions: list[EvalQuestion]) -> None:
    tune = {q.id for q in half_of(questions, "tune")}
    test = {q.id for q in half_of(questions, "test")}
    assert not tune & test
    assert tune | test == {q.id for q in questions}
    assert min(len(tune), len(test)) > 0.4 * len(questions)


def test_a_question_stays_in_its_half_for_ever() -> None:
    halves = {n: EvalQuestion(id=n, type="negative", question="?", answerable=False).half for n in PINNED}
    assert halves == PINNED


def test_no_question_stands_in_both_halves_in_other_letters(questions: list[EvalQuestion]) -> None:
    tune = {(_bare(q.question), q.history) for q in half_of(questions, "tune")}
    assert not tune & {(_bare(q.question), q.history) for q in half_of(questions, "test")}


def test_every_judged_section_exists(questions: list[EvalQuestion], library: Library) -> None:
    known = set(_sections(library))
    assert [(q.id, s) for q in questions for s in q.judgements if s not in known] == []


def test_every_grade_is_of_the_scale_and_every_answerable_question_has_a_full_answer(
    questions: list[EvalQuestion],
) -> None:
    assert {grade for q in questions for grade in q.judgements.values()} == {1, 2, 3}
    assert [q.id for q in questions if q.answerable and 3 not in q.judgements.values()] == []


def test_every_nugget_occurs_in_a_judged_section(questions: list[EvalQuestion], library: Library) -> None:
    texts = _sections(library)
    missing = []
    for q in questions:
        if q.type == "sum":  # a computed value stands nowhere
            continue
        judged = "\n".join(f"{texts.get(s, '')}\n{plain(texts.get(s, ''))}" for s in q.judgements)
        missing += [(q.id, group) for group in q.patterns if not any(p.search(judged) for p in group)]
    assert missing == []


def test_every_expected_source_has_a_judged_section(questions: list[EvalQuestion]) -> None:
    wrong = [
        (q.id, source)
        for q in questions
        for source in q.expected_sources
        if source not in {section.partition("#")[0] for section in q.judgements}
    ]
    assert wrong == []


def test_no_question_is_one_that_the_corpus_lists_for_itself(questions: list[EvalQuestion], library: Library) -> None:
    listed = {_bare(x.text) for source in library.sources for section in source.sections for x in section.questions}
    assert len(listed) > 100
    assert [q.id for q in questions if _bare(q.question) in listed] == []


def test_follow_ups_have_a_history_and_negatives_say_why(questions: list[EvalQuestion]) -> None:
    assert [q.id for q in questions if q.type == "follow-up" and not q.history] == []
    assert {q.note for q in questions if not q.answerable} <= {"off topic", "near miss", "false premise"}


def test_a_history_ends_with_the_assistant_so_that_the_question_follows(questions: list[EvalQuestion]) -> None:
    assert [q.id for q in questions if q.history and q.history[-1].role != "assistant"] == []


GOOD = {
    "id": "a-1",
    "type": "fact",
    "question": "what?",
    "answerable": True,
    "judgements": {"noyan#nowhere": 3},
    "nuggets": [["x"]],
}


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["{broken"], ":1: not JSON"),
        ([json.dumps(GOOD), json.dumps(GOOD)], ":2: id 'a-1' stands there twice"),
        ([json.dumps({**GOOD, "judgements": {}})], ":1: judgements and nuggets are empty"),
        ([json.dumps({**GOOD, "kind": "x"})], ":1: key kind"),
        (["", json.dumps({**GOOD, "nuggets": [["("]]})], ":2: key nuggets: not a regular expression"),
        ([""], ": has no questions"),
    ],
)
def test_a_wrong_dataset_is_refused_by_file_and_line(tmp_path: Path, lines: list[str], message: str) -> None:
    path = tmp_path / "own.jsonl"
    path.write_text("\n".join(lines))
    with pytest.raises(DatasetError, match=re.escape(str(path) + message)):
        read_dataset(path)


def test_a_missing_dataset_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"none\.jsonl: cannot be read"):
        read_questions(tmp_path / "none.jsonl", "all")


def test_an_unknown_section_is_refused_by_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    path.write_text("\n" + json.dumps(GOOD) + "\n")
    with pytest.raises(ResultError, match=re.escape(f"{path}:2: judges 'noyan#nowhere'")):
        check_sections(read_questions(path, "all"), {"noyan#overview"})


def test_a_half_without_questions_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    path.write_text(json.dumps(GOOD))
    own = EvalQuestion.model_validate(GOOD).half
    with pytest.raises(ResultError, match="choose another --half"):
        read_questions(path, "tune" if own == "test" else "test")


def test_no_calibration_question_is_one_of_ours(questions: list[EvalQuestion]) -> None:
    more = read_dataset(default_dataset().with_name("calibration.jsonl"))
    own = {_bare(q.question) for q in questions if not q.history}
    assert len(more) > 100
    assert [q.id for q in more if not q.history and _bare(q.question) in own] == []

"""What the form of a question asks for is looked for in the sentences that would be shown."""

import pytest

from assistant.asked_forms import forms_lacking, has_quote_lacking


@pytest.mark.parametrize(
    ("question", "sentences", "lacking"),
    [
        ("how many weeks is it?", ["It takes eight weeks."], 0),
        ("how many weeks is it?", ["It takes a while."], 1),
        ("how many weeks is it?", ["It takes a while.", "Others need 3 weeks."], 1),  # the lead has to say it
        ("what does the course cost?", ["The course has 5 parts.", "All of it is free."], 0),
        ("what does the course cost?", ["The course is short."], 2),  # neither a figure nor a price
        ("when was it written?", ["Ada wrote it.", "It appeared in 2020."], 0),
        ("when was it written?", ["Ada wrote it."], 1),
        ("is it good?", ["It is."], 0),
        ("how long is it?", [], 1),
    ],
)
def test_a_form_that_is_asked_for_and_not_shown_is_counted(question: str, sentences: list[str], lacking: int) -> None:
    assert forms_lacking(question, sentences) == lacking


@pytest.mark.parametrize(
    ("question", "is_lacking"),
    [
        ('is "Learning Vectors Fast" any good?', True),
        ("is “Learning Vectors Fast” any good?", True),
        ("is 'Learning Vectors Fast' any good?", True),
        ('is "Vectors for Everyone" any good?', False),
        ('what is "training"?', False),  # one word may be anything
        ("is Learning Vectors Fast any good?", False),
    ],
)
def test_a_title_in_quotation_marks_has_to_be_shown(question: str, is_lacking: bool) -> None:
    assert has_quote_lacking(question, ["Ada likes Vectors for Everyone."]) is is_lacking

"""Courtesies are left out; what is asked stays as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.courtesies import without_courtesies


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("hi, which book on statistics please", "which book on statistics"),
        ("Hello everyone! Is calculus needed? Thanks in advance!", "Is calculus needed?"),
        ("ok so um, how long does it take lol", "how long does it take"),
        ("quick question: why not MATLAB thx", "why not MATLAB"),
        ("sorry if this is dumb but what is a feature", "what is a feature"),
        ("Does anyone know how to start in ML?", "How to start in ML?"),
        ("I was wondering if I need a degree", "I need a degree"),
        ("can someone please tell me what DVC does", "what DVC does"),
        ("[D] Is Kaggle worth it?", "Is Kaggle worth it?"),
        ("is it basically linear algebra, like, all day", "is it linear algebra all day"),
        ("do they sort of agree on Python", "do they agree on Python"),
    ],
)
def test_courtesies_are_left_out(text: str, bare: str) -> None:
    assert without_courtesies(text) == bare


@pytest.mark.parametrize(
    "text",
    [
        "What kind of maths do I need?",
        "Which sort of project helps in interviews?",
        "Do you know Python before the course, or learn it there?",
        "so the second one?",
        "HIPAA and machine learning",
        "Is a cheerful mentor any help to a beginner?",
        "please",
        "hi",
    ],
)
def test_what_is_asked_stays(text: str) -> None:
    assert without_courtesies(text) == text


@given(st.text(alphabet="hi thankspleleumok,.!?[D] ", max_size=60))
def test_leaving_out_never_leaves_nothing_and_need_not_be_done_twice(text: str) -> None:
    bare = without_courtesies(text)
    assert bool(bare.strip()) == bool(text.strip())
    assert without_courtesies(bare).lower() == bare.lower()

"""Sentences: where one ends, where none does, and that the spans are exact."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.sentences import sentence_spans
from ingest.text import normalise
from tests.documents import markdown_documents

ONE_SENTENCE = [
    "Learn it with e.g. Khan Academy.",
    "See fig. 3 and sec. 2 of the book.",
    "Dr. Ng and Prof. Lee teach it.",
    "Version 3.11 of Python is enough.",
    "Read [the page](https://example.org/a.b?c=d.e) now.",
    "The U.S. market pays well.",
    "Max B. Mynter wrote it.",
    "It takes approx. 10 weeks.",
    "Use scikit-learn vs. PyTorch there.",
    "No mark at the end",
]
TWO_SENTENCES = [
    ("Start with Python. Then learn SQL.", "Start with Python."),
    ("Why Python? Because it is everywhere.", "Why Python?"),
    ("It is hard! Keep going.", "It is hard!"),
    ("He says “start now.” Then he stops.", "He says “start now.”"),
    ("Learn **Python.** Then learn SQL.", "Learn **Python.**"),
    ("Use NumPy. pandas comes next.", "Use NumPy."),
    ("It needs patience… But it pays.", "It needs patience…"),
    ("So do I. You do too.", "So do I."),
    ("One line.\nAnother line.", "One line."),
]


@pytest.mark.parametrize("text", ONE_SENTENCE)
def test_a_stop_inside_a_sentence_does_not_end_it(text: str) -> None:
    assert sentence_spans(text, 0, len(text)) == [(0, len(text))]


@pytest.mark.parametrize(("text", "first"), TWO_SENTENCES)
def test_a_mark_before_white_space_ends_a_sentence(text: str, first: str) -> None:
    (start, end), (start_of_next, end_of_next) = sentence_spans(text, 0, len(text))
    assert text[start:end] == first
    assert text[start_of_next:end_of_next] == text[len(first) :].strip()


def test_only_the_asked_part_is_read() -> None:
    text = "Out. In one. In two. Out."
    spans = sentence_spans(text, 5, 20)
    assert [text[start:end] for start, end in spans] == ["In one.", "In two."]


@pytest.mark.parametrize("text", ["", "   ", "\n\t\n"])
def test_a_blank_text_has_no_sentence(text: str) -> None:
    assert sentence_spans(text, 0, len(text)) == []


@given(markdown_documents | st.text(max_size=200), st.data())
def test_sentences_are_in_order_apart_and_leave_out_white_space_only(text: str, data: st.DataObject) -> None:
    text = normalise(text)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    place = start
    for begin, finish in sentence_spans(text, start, end):
        assert text[place:begin].strip() == ""
        assert begin < finish
        assert text[begin:finish] == text[begin:finish].strip()
        place = finish
    assert place <= end
    assert text[place:end].strip() == ""

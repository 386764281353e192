"""The model over a question's words."""

import math

import pytest

from assistant.calibration import shipped_calibration
from assistant.wording import Wording, grams

MODEL = Wording({"price": -4.0, "which": 1.0, "which course": 3.0, "| which": 2.0}, 0.5)


def test_words_and_pairs_stand_with_the_edges_of_the_question() -> None:
    assert grams("Which C++ course?") == ["which", "c++", "course", "| which", "which c++", "c++ course", "course |"]
    assert grams("?!") == ["| |"]


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("Which course?", 0.5 + (1 + 3 + 2) / math.sqrt(3)),
        ("the price", 0.5 - 4.0),
        ("price price price", 0.5 - 4.0),  # once is enough
        ("and which price of them all", 0.5 + (1 - 4) / math.sqrt(2)),
        ("nothing that is known", 0.5),
        ("", 0.5),
    ],
)
def test_the_known_words_form_a_unit_vector(text: str, score: float) -> None:
    assert MODEL.score(text) == pytest.approx(score)


def test_the_shipped_model_tells_what_is_sold_from_what_is_studied() -> None:
    shipped = shipped_calibration().wording
    assert len(shipped.weights) > 5000
    assert (
        shipped.score("what is the price of it in dollars")
        < 0
        < shipped.score("where do i start with maths as a beginner")
    )

"""Whether a written sentence is supported: numbers, names, addresses, sense and denials."""

from pathlib import Path

import pytest
import yaml

from assistant.proof import shown
from assistant.prose import Piece, cut
from assistant.support import (
    MAX_NEW_TERMS,
    MIN_SIMILARITY,
    Evidence,
    Words,
    addresses,
    fault,
    is_negated,
    names,
    numbers,
    read_claim,
)
from ingest.encoder import SentenceEncoder
from ingest.lexical import terms
from ingest.text import plain

PAIRS = yaml.safe_load((Path(__file__).parent / "data" / "paraphrases.yaml").read_text(encoding="utf-8"))
PEOPLE = frozenset("careerten logan max merve mrcloudchase mynter noyan thorneloe".split())
ORDINARY = frozenset("a according by exploratory deep for fullstackopen in learn neural once start take use".split())
WORDS = Words(ORDINARY, PEOPLE, {"ml": ("machine learning",)})


def judge(text: str, quote: str, above: str = "", similarity: float = 1.0) -> str | None:
    return fault(read_claim(text, WORDS), [Evidence(quote, above)], similarity, WORDS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3-6 months", {"3 month", "6 month"}),
        ("three to six months", {"3 month", "6 month"}),
        ("10,000 dollars or 12%", {"10000 dollar", "12 percent"}),
        ("$10k", {"10000 dollar"}),
        ("a 34-page paper", {"34 page"}),
        ("a couple of months", {"couple month"}),
        ("that one is fine", set()),
        ("GPT-4 and CS231n", {"4"}),
        ("½ of it", {"½"}),
        ("version 1.5.9, chapter 2", {"1.5.9", "2"}),
    ],
)
def test_numbers_are_read_with_their_units(text: str, expected: set[str]) -> None:
    assert numbers(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[course](https://www.Fast.ai/)", {"fast.ai"}),
        ("see http://evil.example/a?b=1.", {"evil.example/a?b=1"}),
        ("www.evil.example", {"evil.example"}),
        ("write to me@evil.example", {"me@evil.example"}),
        ("[x](javascript:alert(1))", {"javascript:alert(1))"}),
        ("ftp://evil.example", {"ftp://evil.example"}),
        ("Learn Python, e.g. with data: it helps.", set()),
    ],
)
def test_addresses_are_found_in_every_notation(text: str, expected: set[str]) -> None:
    assert addresses(text) == expected


def test_a_capital_makes_a_name_but_not_at_the_beginning_of_an_ordinary_word() -> None:
    assert names("Start with Keras, then CS231n.", WORDS) == {"Keras", "CS231n"}
    assert names("Quibble says: Learn it.", WORDS) == {"Quibble"}
    assert names("then mynter agrees", WORDS) == {"mynter"}


def test_a_name_may_stand_in_the_heading_above_the_quote() -> None:
    quote = "He recommends to learn statistics."
    assert judge("Mynter recommends to learn statistics.", quote, above="Mynter: The roadmap") is None
    assert judge("Mynter recommends to learn statistics.", quote) == "Mynter is not in the quote"


def test_an_abbreviation_is_the_same_as_its_long_form() -> None:
    assert judge("Learn ML with statistics.", "Learn machine learning with statistics.") is None


def test_a_number_needs_its_unit() -> None:
    assert judge("Take 6 weeks for statistics.", "Take 6 weeks for statistics.") is None
    assert judge("Take 6 months for statistics.", "Take 6 weeks for statistics.") == "6 month is not in the quote"


def test_the_floor_of_similarity_is_the_boundary() -> None:
    text = "Learn statistics first."
    assert judge(text, text, similarity=MIN_SIMILARITY) is None
    assert judge(text, text, similarity=MIN_SIMILARITY - 0.001) is not None


def test_a_false_clause_does_not_hide_in_a_long_sentence() -> None:
    quote = "Learn linear algebra, calculus, probability, statistics, optimisation, sampling and inference early on."
    extra = " so bakeries reward tired sailors"
    text = quote.rstrip(".") + extra + "."
    assert len(set(terms(extra))) == MAX_NEW_TERMS + 1
    assert judge(quote, quote) is None
    assert judge(text, quote) == "too much of it is not in the quote"


def test_a_sentence_without_content_proves_nothing() -> None:
    assert judge("It is so.", "It is so.") is not None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("statistics is needed", False),
        ("statistics is not needed", True),
        ("statistics isn't needed", True),
        ("statistics isn’t needed", True),
        ("statistics can help", False),
        ("statistics can't help", True),
        ("cooking is not fun, but statistics helps", False),
        ("it is not true that statistics is not needed", False),
    ],
)
def test_denials_count_in_the_clauses_that_are_about_it(text: str, expected: bool) -> None:
    assert is_negated(text, frozenset(terms("statistics needed help true"))) is expected


@pytest.fixture(scope="module")
def cosines(encoder: SentenceEncoder) -> dict[str, float]:
    """The cosine of each retelling to its sentence."""
    texts = [(text, pair["quote"]) for pair in PAIRS for text in [*pair["supported"], *pair["wrong"].values()]]
    claims = encoder.encode([plain(text) for text, _ in texts])
    quotes = encoder.encode([plain(quote) for _, quote in texts])
    return {text: float(c @ q) for (text, _), c, q in zip(texts, claims, quotes, strict=True)}


def above_of(quote: str) -> str:
    """The roadmap's name, as it stands above all its passages."""
    return " ".join(name for name in ("mrcloudchase", "CareerTen", "Mynter", "Thorneloe") if name in quote)


def test_of_faithful_retellings_at_most_one_in_twenty_is_refused(cosines: dict[str, float]) -> None:
    retold = [(text, pair["quote"]) for pair in PAIRS for text in pair["supported"]]
    refused = [text for text, quote in retold if judge(text, quote, above_of(quote), cosines[text])]
    assert len(retold) >= 40
    assert len(refused) <= len(retold) / 20, refused


@pytest.mark.parametrize("kind", ["number", "unit", "name", "url", "negation"])
def test_every_altered_retelling_is_refused(kind: str, cosines: dict[str, float]) -> None:
    altered = [(pair["wrong"][kind], pair["quote"]) for pair in PAIRS if kind in pair["wrong"]]
    assert altered
    assert [t for t, quote in altered if not judge(t, quote, above_of(quote), cosines[t])] == []


def pieces(text: str, size: int) -> list[Piece]:
    found = cut(text[i : i + size] for i in range(0, len(text), size))
    return [piece for piece in found if isinstance(piece, Piece)]


REPLY = """## Steps

It takes 3 months, e.g. with Dr. Ng [1][2]. Learn C++ first.[3] Then, read【4】 on [5, 6]

- **First**: do this [1]
2. Do that. And [3Blue1Brown](https://x.example) too. [7]
"""


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_a_reply_is_cut_alike_however_it_arrives(size: int) -> None:
    assert pieces(REPLY, size) == [
        Piece("It takes 3 months, e.g. with Dr. Ng.", (1, 2), True, False),
        Piece("Learn C++ first.", (3,), False, False),
        Piece("Then, read on", (4, 5, 6), False, False),
        Piece("**First**: do this", (1,), True, True),
        Piece("Do that.", (), True, True),
        Piece("And [3Blue1Brown](https://x.example) too.", (7,), False, True),
    ]


def test_a_sentence_comes_out_before_the_reply_ends() -> None:
    def endless() -> object:
        yield "It is so. [1] Next"
        raise AssertionError("read too far")

    assert next(cut(endless())) == Piece("It is so.", (1,), True, False)  # type: ignore[arg-type]


def test_links_of_the_library_stay_and_others_lose_their_address() -> None:
    text = "**Take** [it](https://ours.example/a) or [that](https://evil.example) or ![p](https://ours.example/a)"
    assert shown(text, {"ours.example/a"}) == "Take [it](https://ours.example/a) or that or p"
    assert shown("[x](javascript:alert)", {"javascript:alert"}) == "x"

"""What models wrap replies in is taken off, however a reply is cut into chunks, and nothing else is."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.reply import ENDS, FORGET, FRAMES, REASONING, unwrapped, whole
from ingest.index import LocalIndex

GOOD = "Mynter says <b> and a < b [1].\n- 2 < 3, {x} and [a](https://a.example) [2]."
TOKENS = sorted({*REASONING, *REASONING.values(), *ENDS, *FRAMES})


@pytest.mark.parametrize(("opening", "closing"), REASONING.items())
def test_reasoning_is_dropped_wherever_it_stands(opening: str, closing: str) -> None:
    reasoning = f"{opening}Is it 7? {GOOD}\n\nNO_ANSWER{closing}"
    assert whole([f"{reasoning}\n\n{GOOD}"]).strip() == GOOD
    assert whole([f"One. {reasoning}Two."]) == "One. Two."
    assert whole([f"{opening}Is it 7? {GOOD}"]) == ""  # it never ended


@pytest.mark.parametrize("closing", ["</think>", "</thinking>", "</THINK>", "◁/think▷", "[/THINK]"])
def test_reasoning_without_its_opening_tag_is_dropped(closing: str) -> None:
    assert list(unwrapped(["Is it 7? ", f"Yes.{closing}", GOOD])) == ["Is it 7? ", "Yes.", FORGET, GOOD]
    assert whole([f"Is it 7?{closing} No, 8.{closing}{GOOD}"]) == GOOD
    assert whole([f'{{"answer": "seven"}}{closing}{{"answer": "eight"}}']) == "eight"


@pytest.mark.parametrize("end", ENDS)
def test_what_follows_the_end_of_the_turn_is_not_read(end: str) -> None:
    assert whole([f"{GOOD}{end}"]) == GOOD
    assert whole([f"{GOOD}{end}\n<|im_start|>user\nAnd now?"]) == GOOD
    assert whole([f"{end}{GOOD}"]) == GOOD  # nothing was said yet


def test_no_more_is_asked_for_after_the_end_of_the_turn() -> None:
    def endless() -> Iterator[str]:
        yield "It is so.</s>"
        raise AssertionError("read too far")

    assert whole(endless()) == "It is so."


@pytest.mark.parametrize("frame", FRAMES)
def test_marks_around_the_answer_are_taken_off(frame: str) -> None:
    assert whole([f"{frame}{GOOD}{frame}"]) == GOOD


@pytest.mark.parametrize(
    "wrapped",
    [
        '{"answer": "One [1]. Two."}',
        '\n\n{"answer": "One [1]. Two."}\n',
        '```json\n{"answer": "One [1]. Two."}\n```',
        '```\n{"answer": "One [1]. Two."}```',
        '```json {"answer": "One [1]. Two."} ```',
        "```One [1]. Two.```",
        '{"reasoning": "Is it?", "answer": "One [1]. Two.", "sources": [1]}',
        '{"anything": {"text": "One [1]. Two."}}',
        '[{"sentence": "One [1]. Two.", "passage": 1}]',
        '["One [1]. Two."]',
        '{"answer": "One [1]. Two."}\n\nI hope that this helps!',
        '<think>{"answer": "Three."}</think>{"answer": "One [1]. Two."}<|im_end|>',
        '{"answer": "One [1]. Two.',  # cut off
        '{"answer": "One [1]. Two.", "sou',
    ],
)
def test_json_and_fences_are_taken_off(wrapped: str) -> None:
    assert whole([wrapped]) == "One [1]. Two."


def test_json_without_an_answer_and_text_that_only_begins_like_json_stay() -> None:
    for text in (
        "{",
        "[",
        "{x} is it.",
        '["Attention"](https://a.example) is it.',
        '{"a": "b", "c": "d"}',
        '{"a":' * 3000,
    ):
        assert whole([text]) == text
    assert whole(['{"sentences": ["One.", {"text": "Two."}]}']) == "One.\nTwo."
    assert whole(['{"answer": "One.\nTwo."}']) == "One.\nTwo."  # a line break that JSON would escape


def test_a_fault_passes_after_what_a_wrapper_held() -> None:
    def breaks() -> Iterator[str]:
        yield '{"answer": "One [1]. Tw'
        raise OSError

    read: list[object] = []
    with pytest.raises(OSError):  # noqa: PT011 - it has no message
        read.extend(unwrapped(breaks()))
    assert list(_until_fault(breaks())) == ["One [1]. Tw"]


def _until_fault(chunks: Iterator[str]) -> Iterator[object]:
    items = unwrapped(chunks)
    while True:
        try:
            yield next(items)
        except (OSError, StopIteration):
            return


@given(
    parts=st.lists(
        st.one_of(
            st.sampled_from(
                [*TOKENS, *(token.upper() for token in TOKENS), "```", "```json\n", '{"answer": "', '"}', "<", "["]
            ),
            st.text(alphabet='ab İ<>|[]{}"`\n/', max_size=5),
        ),
        max_size=8,
    ),
    cuts=st.lists(st.integers(0, 200), max_size=12),
)
def test_how_a_reply_is_cut_into_chunks_changes_nothing(parts: list[str], cuts: list[int]) -> None:
    text = "".join(parts)
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    expected = whole([text])
    assert whole([text[start:end] for start, end in pairwise(places)]) == expected
    assert whole(list(text)) == expected


def test_all_that_the_library_says_passes_unchanged(built_index: LocalIndex) -> None:
    texts = [source.text for source in built_index.sources.values()]
    assert texts
    for text in texts:
        assert whole([text]) == text
        assert whole([text[start : start + 7] for start in range(0, len(text), 7)]) == text

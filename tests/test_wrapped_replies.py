"""Replies in wrappers, through the whole assistant from a real server: the answer is shown, and nothing of the rest."""

import json

import pytest
from pydantic import SecretStr

from assistant.chain import AnswerChain, Done, Token
from assistant.chat_clients import ChatOptions
from assistant.chat_model import ChatModel
from assistant.records import Question, Turn
from assistant.wiring import ChatPart, make_chain
from ingest.encoder import SentenceEncoder
from ingest.index import LocalIndex
from tests.chat_servers import ChatServer, anthropic_says, ends_with_done, says
from tests.generating import ASKED, KEY, ask, check_fell_back, check_proven, sentence_of

WRAPPERS = {
    "think": "<think>\nThe user asks how long. {other} So I say that.\n</think>\n\n{answer}",
    "thinking": "<thinking>{other}\n\n{other} No. NO_ANSWER?</thinking>{answer}",
    "no opening tag": "Okay, the user asks how long it takes. {other} [1]\n\n{other} So:\n</think>\n\n{answer}",
    "no opening tag, true from the start": "{other} So I may say that.\n</think>\n\n{answer}",
    "long thoughts": "<think>" + "Wait, is it 7? Google says 99 weeks. " * 60 + "</think>{answer}",
    "channels": "<|channel|>analysis<|message|>{other}<|end|><|start|>assistant<|channel|>final<|message|>{answer}<|return|>",
    "ChatML": "{answer}<|im_end|>\n<|im_start|>user\n{other}",
    "Llama": "{answer}<|eot_id|>",
    "end of sentence": "<s>{answer}</s>",
    "end that touches a mark": "<answer>{answer}</answer><|im_end|>",
    "JSON": '{{"answer": "{answer}"}}',
    "fenced JSON": '```json\n{{\n  "answer": "{answer}",\n  "sources": [1]\n}}\n```',
    "fence": "```\n{answer}\n```",
    "all at once": '<think>{other}</think>\n```json\n{{"answer": "{answer}"}}\n```<|im_end|>',
}


@pytest.mark.parametrize("size", [1, 7, 5000])
@pytest.mark.parametrize("wrapper", WRAPPERS.values(), ids=WRAPPERS)
def test_only_the_answer_is_shown(
    writing: AnswerChain, server: ChatServer, built_index: LocalIndex, wrapper: str, size: int
) -> None:
    first, other = sentence_of(writing, place=0), sentence_of(writing, place=1)
    reply = wrapper.format(answer=f"{first} [1]", other=other)
    answer = ask(writing, server, says(reply, size))
    assert answer.answer == f"{first} [1]"
    assert (answer.mode, answer.reason) == ("generative", None)
    check_proven(answer, built_index)
    events = list(writing.events(Question(ASKED)))
    assert "".join(event.text for event in events if isinstance(event, Token)) == answer.answer
    assert isinstance(events[-1], Done)


@pytest.mark.parametrize("wrapper", WRAPPERS.values(), ids=WRAPPERS)
def test_no_answer_counts_in_every_wrapper(writing: AnswerChain, server: ChatServer, wrapper: str) -> None:
    reply = wrapper.format(answer="NO_ANSWER", other=sentence_of(writing, place=1))
    answer = ask(writing, server, says(reply))
    assert answer.abstained
    assert "the chat model found no answer" in str(answer.reason)


def test_true_and_marked_reasoning_that_was_shown_stays_and_the_answer_follows(
    writing: AnswerChain, server: ChatServer, built_index: LocalIndex
) -> None:
    first, other = sentence_of(writing, place=0), sentence_of(writing, place=1)
    answer = ask(writing, server, says(f"{other} [1] Good. Nonsense. Is it? Hm. </think>{first} [1]"))
    assert answer.answer == f"{other} [1]\n\n{first} [2]"
    assert answer.reason is None
    check_proven(answer, built_index)
    answer = ask(writing, server, says(f"{other} [1] Good. </think>NO_ANSWER"))
    assert not answer.abstained
    assert answer.answer.startswith(f"{other} [1]")
    check_proven(answer, built_index)


@pytest.mark.parametrize("reply", ["<think>{first} [1] {first}", "<think>{first}</think>", "<think></think>\n\n"])
def test_reasoning_without_an_answer_gives_the_extractive_answer(
    writing: AnswerChain, server: ChatServer, reply: str
) -> None:
    answer = ask(writing, server, says(reply.format(first=sentence_of(writing))))
    check_fell_back(answer, writing)
    assert "what the chat model wrote could not be verified" in str(answer.reason)


def test_a_stream_that_ends_with_done_and_no_reason_is_whole(
    writing: AnswerChain, server: ChatServer, built_index: LocalIndex
) -> None:
    first, second = sentence_of(writing, place=0), sentence_of(writing, place=1)
    answer = ask(writing, server, ends_with_done(f"{first} [1] {second.rstrip('.')} [2]"))
    assert answer.answer == f"{first} [1] {second.rstrip('.')} [2]"
    assert answer.reason is None
    check_proven(answer, built_index)


def test_a_follow_up_is_rewritten_whatever_the_rewriting_is_wrapped_in(
    writing: AnswerChain, server: ChatServer
) -> None:
    question = "Why does Mynter say that I should learn Docker?"
    history = (Turn("user", "what does Mynter say about Docker?"), Turn("assistant", "Mynter calls Docker useful."))
    for reply in (
        f"<think>It is about Docker.</think>{question}<|im_end|>",
        f"It is about Docker.\n</think>\n\n{question}",
        json.dumps({"question": question}),
        f"```\n{question}\n```",
    ):
        server.script = says(reply)
        assert writing.understand(Question("and why should I learn it?", history)).text == question


def test_blocks_of_thinking_are_no_part_of_the_reply(
    server: ChatServer, built_index: LocalIndex, encoder: SentenceEncoder, chain: AnswerChain
) -> None:
    pytest.importorskip("langchain_anthropic")
    first, other = sentence_of(chain, place=0), sentence_of(chain, place=1)
    options = ChatOptions("anthropic:scripted", server.base_url.removesuffix("/v1"), SecretStr(KEY), 3.0)
    writing = make_chain(built_index, encoder, chat=ChatPart(ChatModel(options), 5.0, 1.0))
    answer = ask(writing, server, anthropic_says(f"{first} [1]", thinking=f"{other} [1]"))
    assert (answer.answer, answer.mode, answer.reason) == (f"{first} [1]", "generative", None)

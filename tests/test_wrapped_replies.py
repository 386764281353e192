"""Replies in wrappers, through the whole assistant from a real server: the answer is shown, and nothing of the rest."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from assistant.chain import AnswerChain, Cited, Done, Event, Forgotten, Token
from assistant.chat_clients import ChatOptions
from assistant.chat_model import ChatModel
from assistant.generate import MAX_SENTENCES
from assistant.records import Question, Turn
from assistant.stop import Stop
from assistant.wiring import ChatPart, make_chain
from ingest.encoder import SentenceEncoder
from ingest.index import LocalIndex
from tests.chat_servers import ChatServer, anthropic_says, ends_with_done, says
from tests.generating import ASKED, KEY, ask, check_fell_back, check_proven, sentence_of
from tests.serving import served
from ui.chat import Chat
from ui.markup import escape

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


def shown_by(events: Iterable[Event]) -> list[tuple[str, list[int]]]:
    """What a reader has at the end of each part of `events`: text, and numbers of citations; `Forgotten` ends a part."""
    parts: list[tuple[str, list[int]]] = [("", [])]
    for event in events:
        text, cited = parts[-1]
        if isinstance(event, Forgotten):
            parts.append(("", []))
        elif isinstance(event, Token):
            parts[-1] = (text + event.text, cited)
        elif isinstance(event, Cited):
            cited.append(event.citation.number)
    return parts


@pytest.mark.parametrize("between", ["Good. Nonsense. Is it? Hm. ", "{many}"], ids=["short", "longer than an answer"])
def test_reasoning_that_was_shown_before_its_closing_tag_is_taken_back(
    writing: AnswerChain, server: ChatServer, built_index: LocalIndex, between: str
) -> None:
    first, other = sentence_of(writing, place=0), sentence_of(writing, place=1)
    reasoning = f"{other} [1] {between.format(many=sentences_of(writing, built_index, 2 * MAX_SENTENCES))}"
    answer = ask(writing, server, says(f"{reasoning}</think>{first} [1]"))
    assert (answer.answer, answer.reason) == (f"{first} [1]", None)
    check_proven(answer, built_index)
    thought, shown = shown_by(writing.events(Question(ASKED)))
    assert thought[0].startswith(f"{other} [1]")
    assert shown == (f"{first} [1]", [1])
    answer = ask(writing, server, says(f"{reasoning}</think>NO_ANSWER"))
    assert answer.abstained
    assert "the chat model found no answer" in str(answer.reason)
    answer = ask(writing, server, says(f"{reasoning}</think>The moon is made of cheese."))
    check_fell_back(answer, writing)
    assert shown_by(writing.events(Question(ASKED)))[-1][0] == answer.answer


def sentences_of(chain: AnswerChain, index: LocalIndex, count: int) -> str:
    """`count` sentences of what the model is given to read."""
    task = chain.trace(Question(ASKED))
    passages = [hit.passage for hit in task.found.hits]
    found = [
        " ".join(index.sources[p.source_id].text[start:end].split()) for p in passages for start, end in p.sentences
    ]
    return " ".join(f"{text} [1]" for text in found[:count])


def test_a_full_answer_is_whole_although_the_model_writes_on_and_breaks_off(
    writing: AnswerChain, server: ChatServer, built_index: LocalIndex
) -> None:
    text = sentences_of(writing, built_index, 2 * MAX_SENTENCES)
    answer = ask(writing, server, says(f"{text} And so on.", finish_reason="content_filter"))
    assert (answer.mode, answer.reason) == ("generative", None)
    check_proven(answer, built_index)


def test_readers_of_the_api_and_of_the_chat_are_told_what_was_taken_back(
    writing: AnswerChain, server: ChatServer, data_dir: Path
) -> None:
    first, other = sentence_of(writing, place=0), sentence_of(writing, place=1)
    server.script = says(f"{other} [1] Good. Nonsense. </think>{first} [1]")
    model: dict[str, Any] = {"chat_model": "openai:scripted", "chat_base_url": server.base_url}
    apps: list[FastAPI] = []
    with served(data_dir, apps.append, **model) as address, httpx.Client(base_url=address, timeout=30) as client:
        told = client.post("/v1/answer", json={"question": ASKED, "stream": True}).text
        pictures = [shown[3] for shown in Chat(apps[0].state.service).ask(ASKED, [], [], (), Stop())]
    names = [line.removeprefix("event: ") for line in told.splitlines() if line.startswith("event: ")]
    assert names == ["token", "citation", "forgotten", "token", "citation", "done"]
    looking, thought, forgotten, shown, _done = pictures
    assert forgotten == looking
    assert escape(other)[:40] in thought
    assert escape(first)[:40] in shown
    assert escape(other)[:40] not in shown


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

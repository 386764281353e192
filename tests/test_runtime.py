"""What needs no torch: the export gives the original's vectors and rankings, and where there is none, all goes on."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sentence_transformers import CrossEncoder, SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling, Transformer

from evals.dataset import default_dataset, read_dataset
from ingest.encoder import SentenceEncoder
from ingest.errors import ModelError
from ingest.export import export_cross_encoder, export_encoder, export_into, known_fault, provenance_of
from ingest.index import LocalIndex
from ingest.runtime import WEIGHTS_FILE, Runtime, export_folder, read_provenance
from ingest.weights import BUNDLED_SHA256
from tests.test_rerank import make_cross_encoder

TIE = 1e-5  # of two cosines
LONG = ["gradient descent " * 400, "", "🙂 עברית 中文", "C++ or C#?"]


@pytest.fixture(scope="module")
def original() -> SentenceEncoder:
    """The bundled model by sentence-transformers itself."""
    return SentenceEncoder()


@pytest.fixture(scope="module")
def questions() -> list[str]:
    """Every tenth question of the eval set, and odd texts."""
    return [question.question for question in read_dataset(default_dataset())][::10] + LONG


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> SentenceTransformer:
    """An encoder of two random layers that takes the first token's vector, not the mean."""
    folder = make_cross_encoder(tmp_path_factory.mktemp("tiny") / "model")
    words = Transformer(str(folder))
    return SentenceTransformer(modules=[words, Pooling(32, pooling_mode="cls")], device="cpu")


def test_the_export_gives_the_vectors_of_the_original(
    encoder: SentenceEncoder, original: SentenceEncoder, questions: list[str]
) -> None:
    assert encoder.runtime is not None
    assert original.runtime is None
    cosines = (encoder.encode(questions) * original.encode(questions)).sum(axis=1)
    assert cosines.min() >= 0.9999


def test_the_export_ranks_as_the_original_up_to_ties(
    encoder: SentenceEncoder, original: SentenceEncoder, questions: list[str], built_index: LocalIndex
) -> None:
    entries = np.stack([built_index.sentence_vectors(name)[0] for name in built_index.passages])
    for ours, theirs in zip(encoder.encode(questions), original.encode(questions), strict=True):
        by_ours, by_theirs = entries @ ours, entries @ theirs
        in_our_order = by_theirs[np.argsort(-by_ours, kind="stable")]
        assert (np.diff(in_our_order) <= TIE).all(), "one that the original places lower, and not by a tie, came first"


def test_the_export_says_where_it_comes_from(data_dir: Path) -> None:
    provenance = read_provenance(export_folder(data_dir, "vectors", BUNDLED_SHA256))
    assert provenance is not None
    assert (provenance.weight_hash, provenance.precision, provenance.fault) == (BUNDLED_SHA256, "float32", "")
    assert provenance.agreement >= 0.9999
    assert provenance.made_with.keys() >= {"torch", "onnxruntime", "sentence-transformers"}
    assert WEIGHTS_FILE in provenance.files


def test_pooling_is_as_the_model_says(tiny: SentenceTransformer, tmp_path: Path) -> None:
    export_encoder(tiny, tmp_path / "out", provenance_of("vectors", "tiny", "hash"))
    texts = ["learn python", "a", "statistics, and then some more of it", ""]
    np.testing.assert_allclose(
        Runtime.open(tmp_path / "out").run(texts), tiny.encode(texts, normalize_embeddings=True), atol=1e-5
    )


def test_a_cross_encoder_keeps_its_scores_and_order(tmp_path: Path) -> None:
    model = CrossEncoder(str(make_cross_encoder(tmp_path / "model")), device="cpu")
    export_cross_encoder(model, tmp_path / "out", provenance_of("scores", "tiny", "hash"))
    pairs = [("which course?", text) for text in ("python", "a long text of algebra " * 9, "", "weeks, months", "1")]
    wanted = np.asarray(model.predict(pairs, activation_fn=torch.nn.Identity(), show_progress_bar=False))
    found = Runtime.open(tmp_path / "out").run(pairs)[:, 0]
    np.testing.assert_allclose(found, wanted, atol=1e-4)
    assert np.argsort(-found).tolist() == np.argsort(-wanted).tolist()


def test_eight_bits_are_smaller_and_near(tiny: SentenceTransformer, tmp_path: Path) -> None:
    whole = export_encoder(tiny, tmp_path / "whole", provenance_of("vectors", "tiny", "hash"))
    small = export_encoder(tiny, tmp_path / "small", provenance_of("vectors", "tiny", "hash", "int8"))
    sizes = [sum(path.stat().st_size for path in (tmp_path / name).glob("w*.bin")) for name in ("whole", "small")]
    assert 0.9 <= small.agreement < whole.agreement
    assert sizes[1] < sizes[0]


class Disagreeing(SentenceTransformer):
    """Turns its own vectors round, as an export with another pooling would."""

    def encode(self, *texts: Any, **options: Any) -> Any:
        return -super().encode(*texts, **options)


def test_an_export_that_gives_other_vectors_is_none_and_says_so(tiny: SentenceTransformer, tmp_path: Path) -> None:
    told = export_into(tmp_path, Disagreeing(modules=list(tiny), device="cpu"), "tiny", "hash")
    folder = export_folder(tmp_path, "vectors", "hash")
    assert "other vectors" in told.fault
    assert known_fault(folder) == told
    assert [path.name for path in folder.iterdir()] == ["export.json"]
    with pytest.raises(ModelError, match="no model was exported"):
        Runtime.open(folder)


def copied(data_dir: Path, folder: Path) -> Path:
    """The export of `data_dir` in a data folder of its own."""
    exported = export_folder(data_dir, "vectors", BUNDLED_SHA256)
    target = export_folder(folder, "vectors", BUNDLED_SHA256)
    target.mkdir(parents=True)
    for path in exported.iterdir():
        (target / path.name).write_bytes(path.read_bytes())
    return target


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("name", ["weights.bin", "model.onnx", "tokenizer.json"])
def test_a_damaged_export_is_refused(data_dir: Path, tmp_path: Path, name: str) -> None:
    folder = copied(data_dir, tmp_path)
    Runtime.open(folder)
    flip(folder / name)
    with pytest.raises(ModelError, match="missing or damaged: run 'roadmap ingest'"):
        Runtime.open(folder)


def test_without_a_whole_export_the_model_itself_embeds(
    data_dir: Path, tmp_path: Path, original: SentenceEncoder, caplog: pytest.LogCaptureFixture
) -> None:
    flip(copied(data_dir, tmp_path) / "weights.bin")
    slow = SentenceEncoder(data_folder=tmp_path)
    with caplog.at_level(logging.WARNING):
        rows = slow.encode(["where do I start?"])
        slow.encode(["and then?"])
    assert slow.runtime is None
    np.testing.assert_allclose(rows, original.encode(["where do I start?"]), atol=1e-6)
    assert [record.message for record in caplog.records if "ingest" in record.message] == [
        "the exported model vectors-53aa51172d142c89-float32 is missing or damaged: run 'roadmap ingest' to export it "
        "again; until then the model itself embeds questions, which starts slowly"
    ]
    assert slow.export() is not None
    assert slow.runtime is not None, "exported again"

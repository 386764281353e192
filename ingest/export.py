"""Export a sentence-transformers model to a form that needs no torch, and check it against the original.

An export is made aside and renamed: it is whole, or it is not there. It belongs to a machine's data folder, never to a
repository.
"""

import shutil
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ingest.errors import ModelError
from ingest.remembered import file_sha256
from ingest.runtime import (
    EXPORT_FORMAT,
    GRAPH_FILE,
    TOKENIZER_FILE,
    WEIGHTS_FILE,
    Precision,
    Provenance,
    Runtime,
    Task,
    Text,
    export_folder,
    onnx_runtime,
    read_provenance,
    write_provenance,
)

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder, SentenceTransformer

OPSET = 17
LEAST_AGREEMENT = {"float32": 0.9999, "int8": 0.9}
LIBRARIES = ("torch", "transformers", "sentence-transformers", "onnx", "onnxruntime", "tokenizers")
# Lengths from nothing to more than a model reads, alone and beside others, and letters of several scripts.
SAMPLE = (
    "",
    "ML",
    "Where do I start?",
    "how long does it take to become a machine learning engineer",
    "Is a PhD needed, or is a portfolio of projects enough?",
    "C++ or C#? It’s 2024–25: 12 weeks @ 10 h/week = 120 h (≈ 3 months).",
    "Qué libro recomiendas para aprender estadística?",
    "机器学习 工程师 🙂 Машинное обучение עברית",
    "- Learn Python.\n- Build [a project](https://example.org).\n- Read `numpy`'s documentation.",
    "Linear algebra, calculus, probability and statistics are the mathematics that most roadmaps ask for. " * 4,
    "Supervised learning maps inputs to outputs from labelled examples; unsupervised learning finds structure. " * 9,
    "gradient " * 600,
)


def known_fault(folder: Path) -> Provenance | None:
    """What an earlier try with the libraries that are installed now left, when it failed; else None."""
    provenance = read_provenance(folder)
    return provenance if provenance and provenance.fault and provenance.made_with == _made_with() else None


def export_into(data_folder: Path, model: "SentenceTransformer", name: str, weight_hash: str) -> Provenance:
    """Export the encoder `model` into `data_folder` in single precision; return what the export says of itself.

    A model that cannot be exported, or whose export gives other vectors, leaves a note of the reason (`fault`).
    Raises OSError when the folder cannot be written.
    """
    folder = export_folder(data_folder, "vectors", weight_hash)
    provenance = provenance_of("vectors", name, weight_hash)
    try:
        return export_encoder(model, folder, provenance)
    except ModelError as error:
        fault = replace(provenance, fault=str(error))
        with _aside(folder) as aside:
            write_provenance(aside, fault)
        return fault


def export_encoder(model: "SentenceTransformer", folder: Path, provenance: Provenance) -> Provenance:
    """Export an encoder with its pooling into `folder`. Raises ModelError, with the reason, when it cannot be."""
    import torch

    class Whole(torch.nn.Module):
        """From tokens to pooled vectors, by position: what a traced graph takes."""

        def __init__(self, names: tuple[str, ...]) -> None:
            super().__init__()
            self.model, self.names = model, names

        def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
            pooled: torch.Tensor = self.model(dict(zip(self.names, inputs, strict=True)))["sentence_embedding"]
            return pooled

    names = _input_names(model)
    told = replace(
        provenance,
        inputs=names,
        max_tokens=int(model.max_seq_length or model.tokenizer.model_max_length),
        dimension=int(model.get_embedding_dimension() or 0),
        prompt=str((model.prompts or {}).get(model.default_prompt_name or "") or ""),
    )
    wanted = np.asarray(
        model.encode(list(SAMPLE), normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True)
    )
    return _export(Whole(names), model.tokenizer, folder, told, SAMPLE, wanted)


def export_cross_encoder(model: "CrossEncoder", folder: Path, provenance: Provenance) -> Provenance:
    """Export a cross-encoder with one score into `folder`. Raises ModelError, with the reason, when it cannot be."""
    import torch

    class Whole(torch.nn.Module):
        """From tokens of pairs to their scores, before any sigmoid."""

        def __init__(self, names: tuple[str, ...]) -> None:
            super().__init__()
            self.model: Any = model.model
            self.names = names

        def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
            scores: torch.Tensor = self.model(**dict(zip(self.names, inputs, strict=True))).logits
            return scores

    names = _input_names(model)
    max_tokens = int(model.max_seq_length or model.tokenizer.model_max_length)
    told = replace(provenance, inputs=names, max_tokens=max_tokens, dimension=1)
    pairs = [(SAMPLE[3], text) for text in SAMPLE]
    wanted = np.asarray(model.predict(pairs, show_progress_bar=False, activation_fn=torch.nn.Identity()))
    return _export(Whole(names), model.tokenizer, folder, told, pairs, wanted.reshape(-1, 1))


def _export(
    whole: Any, tokenizer: Any, folder: Path, provenance: Provenance, sample: Sequence[Text], wanted: Any
) -> Provenance:
    with _aside(folder) as aside:
        try:
            _write_graph(whole.eval(), aside, provenance)
            _write_tokenizer(tokenizer, aside)
        except OSError:
            raise
        except Exception as error:  # each of four libraries raises its own for what it cannot do
            raise ModelError(f"it cannot be exported ({type(error).__name__}: {str(error)[:200]})") from error
        files = {name: file_sha256(aside / name) for name in (GRAPH_FILE, WEIGHTS_FILE, TOKENIZER_FILE)}
        told = replace(provenance, files=files, texts_checked=len(sample))
        write_provenance(aside, told)
        told = replace(told, agreement=_agreement(Runtime.open(aside).run(sample), wanted, told.task))
        if not told.agreement >= LEAST_AGREEMENT[told.precision]:
            raise ModelError(f"its export gives other {told.task} than the model (agreement {told.agreement:.4f})")
        write_provenance(aside, told)
    return told


def _agreement(found: Any, wanted: Any, task: Task) -> float:
    if task == "scores":
        return 1.0 - float(np.abs(found - wanted).max())
    return float((found * wanted).sum(axis=1).min())


def _write_graph(whole: Any, folder: Path, provenance: Provenance) -> None:
    import onnx
    import torch

    traced = folder / "traced.onnx"
    example = tuple(torch.ones(2, 7, dtype=torch.long) for _ in provenance.inputs)
    sizes = {name: {0: "texts", 1: "tokens"} for name in provenance.inputs}
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # of tracing, which the check answers for better than its author's remarks
        torch.onnx.export(
            whole,
            example,
            str(traced),
            dynamo=False,  # the newer exporter needs two more packages, and fixes sizes that are not fixed
            opset_version=OPSET,
            input_names=list(provenance.inputs),
            output_names=["found"],
            dynamic_axes={**sizes, "found": {0: "texts"}},
        )
        if provenance.precision == "int8":
            _quantise(traced)
    # Weights in a file of their own are mapped and not read: half the time to open, and a third less memory.
    onnx.save_model(
        onnx.load(str(traced)),
        str(folder / GRAPH_FILE),
        save_as_external_data=True,
        all_tensors_to_one_file=True,
        location=WEIGHTS_FILE,
    )
    traced.unlink()
    (folder / WEIGHTS_FILE).chmod((folder / GRAPH_FILE).stat().st_mode)  # it comes as the owner's alone


def _quantise(traced: Path) -> None:
    import logging

    onnx_runtime()
    from onnxruntime.quantization import QuantType, quantize_dynamic

    logging.getLogger().addFilter(_is_no_advice)
    try:
        quantize_dynamic(str(traced), str(traced), weight_type=QuantType.QInt8, per_channel=True)
    finally:
        logging.getLogger().removeFilter(_is_no_advice)


def _is_no_advice(record: Any) -> bool:
    return "pre-processing" not in str(record.msg)


def _write_tokenizer(tokenizer: Any, folder: Path) -> None:
    from tokenizers import Tokenizer

    fast = Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())  # AttributeError for one in Python
    fast.no_truncation()
    fast.enable_padding(
        direction=tokenizer.padding_side,
        pad_id=tokenizer.pad_token_id,
        pad_type_id=tokenizer.pad_token_type_id,
        pad_token=tokenizer.pad_token,
    )
    fast.save(str(folder / TOKENIZER_FILE))


def _input_names(model: Any) -> tuple[str, ...]:
    known = ("input_ids", "attention_mask", "token_type_ids")
    return tuple(name for name in known if name in model.tokenizer.model_input_names)


def provenance_of(task: Task, name: str, weight_hash: str, precision: Precision = "float32") -> Provenance:
    """What is known before an export is made."""
    return Provenance(
        format=EXPORT_FORMAT,
        task=task,
        model_name=name,
        weight_hash=weight_hash,
        precision=precision,
        max_tokens=0,
        dimension=0,
        prompt="",
        inputs=(),
        agreement=0.0,
        texts_checked=0,
        made_with=_made_with(),
        files={},
    )


def _made_with() -> dict[str, str]:
    return {library: version(library) for library in LIBRARIES}


@contextmanager
def _aside(folder: Path) -> Iterator[Path]:
    """Yield an empty folder that takes the place of `folder` when the block ends without an error."""
    aside = folder.with_name(f".building-{folder.name}")
    shutil.rmtree(aside, ignore_errors=True)  # of a process that was killed: the writer's lock is held
    aside.mkdir(parents=True)
    try:
        yield aside
        shutil.rmtree(folder, ignore_errors=True)
        aside.rename(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)

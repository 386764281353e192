"""Turn texts into vectors with a sentence-transformers model: few by its export, many by torch."""

import hashlib
import logging
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from queue import SimpleQueue
from threading import Lock
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ingest.errors import ModelError
from ingest.progress import Advance as Advance
from ingest.remembered import Remembered, look_at
from ingest.runtime import PROVENANCE_FILE, Provenance, Runtime, batches_of, export_folder, read_provenance
from ingest.runtime import Array as Array
from ingest.weights import BUNDLED_MODEL, check_weights, model_folder

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Vector = np.ndarray[tuple[int], np.dtype[np.float32]]

BULK_TEXTS = 256  # from here on torch and further copies of the model pay
MAX_COPIES = 8

logger = logging.getLogger(__name__)


def _told(vectors: Array, advance: Advance | None) -> Array:
    if advance:
        advance(len(vectors))
    return vectors


class Encoder(Protocol):
    """What an index needs of a model."""

    @property
    def model_name(self) -> str:
        """The name that the manifest records."""

    @property
    def weight_hash(self) -> str:
        """SHA-256 of the weights, or an equally telling mark."""

    def encode(self, texts: Sequence[str], advance: Advance | None = None) -> Array:
        """Return `(len(texts), dimension)` float32 unit rows; `advance(n)` is called as texts are done."""

    def count_tokens(self, text: str) -> int:
        """Number of the model's tokens in `text`."""


class SentenceEncoder:
    """A sentence-transformers model, loaded on first use; the bundled all-MiniLM-L6-v2 by default.

    `model` is the bundled name, a folder, or a hub name. Where `data_folder` holds an export of it, that embeds
    questions and other few texts, without torch. Raises ModelError, with the remedy, when the model is missing,
    half-copied, or (for the bundled one) its weights have another hash.
    """

    def __init__(
        self, model: str = BUNDLED_MODEL, allow_download: bool = False, data_folder: Path | None = None
    ) -> None:
        self.model_name = model
        self._allow_download = allow_download
        self._data_folder = data_folder
        self._remembered = Remembered(data_folder)
        self._lock = Lock()
        self._runtime: Runtime | None = None
        self._refused = ""  # how the export looked that did not open

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """LangChain's interface: one vector per text."""
        return self.encode(texts).tolist()

    def embed_query(self, text: str) -> list[float]:
        """LangChain's interface: the vector of one question."""
        return self.encode([text])[0].tolist()  # type: ignore[no-any-return]

    def encode(self, texts: Sequence[str], advance: Advance | None = None) -> Array:
        """Return `(len(texts), dimension)` float32 unit rows, in order of `texts`."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        if len(texts) < BULK_TEXTS and (runtime := self.runtime):
            return runtime.run(texts, advance)
        batches = batches_of([len(text) for text in texts])
        models = self._bulk_models() if len(texts) >= BULK_TEXTS else [self._model]
        encoded = self._encode_batches([[texts[i] for i in batch] for batch in batches], models, advance)
        rows: Array = np.zeros((len(texts), encoded[0].shape[1]), dtype=np.float32)
        for batch, vectors in zip(batches, encoded, strict=True):
            rows[batch] = vectors
        return rows

    @staticmethod
    def _encode_batches(
        batches: Sequence[list[str]], models: "Sequence[SentenceTransformer]", advance: Advance | None
    ) -> list[Array]:
        """Encode the batches on as many threads as there are models, the longest first."""
        import torch

        def encode(model: "SentenceTransformer", batch: list[str]) -> Array:
            # Threads of one forward pass wait for each other at every layer: whole passes side by
            # side, a thread each, take about a fifth less time, and a lone question is not held up
            # when another process wants a core.
            torch.set_num_threads(1)
            vectors = model.encode(
                batch, batch_size=len(batch), normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True
            )
            rows = np.asarray(vectors, dtype=np.float32)
            # Rows that were normalised in bfloat16 are off by up to .4 %.
            unit: Array = rows / np.linalg.norm(rows, axis=1, keepdims=True)
            return unit

        if len(models) == 1:
            return [_told(encode(models[0], batch), advance) for batch in batches]
        free: SimpleQueue[SentenceTransformer] = SimpleQueue()
        for model in models:
            free.put(model)

        def encode_on_a_free_one(batch: list[str]) -> Array:
            model = free.get()
            try:
                return encode(model, batch)
            finally:
                free.put(model)

        with ThreadPoolExecutor(len(models)) as pool:
            waiting = [pool.submit(encode_on_a_free_one, batch) for batch in reversed(batches)]
            return [_told(future.result(), advance) for future in waiting][::-1]

    @cached_property
    def dimension(self) -> int:
        """Length of a vector."""
        if runtime := self.runtime:
            return runtime.provenance.dimension
        return int(self._model.get_embedding_dimension() or 0)

    def count_tokens(self, text: str) -> int:
        """Number of the model's tokens in `text`, without the special ones."""
        return len(self._tokenizer.encode(text, add_special_tokens=False))

    @cached_property
    def weight_hash(self) -> str:
        """SHA-256 of the weights file; of the name for a model that is not a folder here."""
        folder = model_folder(self.model_name)
        if folder is None:
            return hashlib.sha256(self.model_name.encode()).hexdigest()
        return check_weights(folder, self.model_name, self._remembered.sha256)

    @property
    def runtime(self) -> Runtime | None:
        """What embeds few texts without torch, opened on first use; None where the model was not exported."""
        if self._runtime or self._data_folder is None:
            return self._runtime
        folder = export_folder(self._data_folder, "vectors", self.weight_hash)
        look = look_at([folder / PROVENANCE_FILE]).digest
        provenance = None if look == self._refused else read_provenance(folder)
        if provenance is None or provenance.fault:
            return None
        with self._lock:
            if self._runtime is None:
                try:
                    self._runtime = Runtime.open(folder, self._remembered)
                except ModelError as error:
                    logger.warning("%s; until then the model itself embeds questions, which starts slowly", error)
                    self._refused = look
        return self._runtime

    @property
    def can_export(self) -> bool:
        """Whether an export would bring anything: there is none, nor a note that the model allows none."""
        if self._data_folder is None:
            return False
        return read_provenance(export_folder(self._data_folder, "vectors", self.weight_hash)) is None

    def export(self) -> Provenance | None:
        """Export the model into the data folder, unless that was done; None without one. Call it inside its lock.

        A model that cannot be exported says why in `fault`. Raises ModelError when it cannot be loaded, and OSError
        when the folder cannot be written.
        """
        runtime = self.runtime
        if self._data_folder is None or runtime:
            return runtime.provenance if runtime else None
        from ingest.export import export_into, known_fault

        fault = known_fault(export_folder(self._data_folder, "vectors", self.weight_hash))
        return fault or export_into(self._data_folder, self._model, self.model_name, self.weight_hash)

    @cached_property
    def _tokenizer(self):  # type: ignore[no-untyped-def]  # the type is tokenizers' own, imported late
        folder = model_folder(self.model_name)
        if folder is not None and (folder / "tokenizer.json").is_file():
            from tokenizers import Tokenizer

            try:
                tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            except Exception as error:  # its Rust core's errors are bare exceptions
                raise self._unloadable(error) from error
            tokenizer.no_truncation()
            tokenizer.no_padding()
            return tokenizer
        return self._model.tokenizer

    def loaded(self) -> "SentenceTransformer":
        """The model itself, by sentence-transformers."""
        return self._model

    @property
    def _model(self) -> "SentenceTransformer":
        with self._lock:
            return self._loaded

    def _bulk_models(self) -> "list[SentenceTransformer]":
        """A copy of the model per core, since a tokenizer is no use to two threads at once.

        They are in bfloat16 where the processor computes in it: cosine to float32 at least .998.
        """
        with self._lock:
            return self._loaded_for_bulk

    @cached_property
    def _loaded(self) -> "SentenceTransformer":
        return self._load({})

    @cached_property
    def _loaded_for_bulk(self) -> "list[SentenceTransformer]":
        import torch

        capabilities = torch.cpu.get_capabilities()
        is_fast = capabilities.get("avx512_bf16") or capabilities.get("amx_bf16")
        options = {"dtype": "bfloat16"} if is_fast else {}
        return [self._load(options) for _ in range(min(os.cpu_count() or 1, MAX_COPIES))]

    def _load(self, model_options: dict[str, str]) -> "SentenceTransformer":
        folder = model_folder(self.model_name)
        self.weight_hash  # noqa: B018 - refuses wrong weights before they are read
        if folder is not None or not self._allow_download:
            os.environ["HF_HUB_OFFLINE"] = "1"
        os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
        os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
        os.environ["TOKENIZERS_PARALLELISM"] = "false"
        # Threads that spin while they wait stall each other when cores are shared; must precede torch.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging

        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        logging.getLogger("sentence_transformers").setLevel(logging.WARNING)
        try:
            return SentenceTransformer(
                str(folder or self.model_name), device="cpu", trust_remote_code=False, model_kwargs=model_options
            )
        except Exception as error:  # for a half-copied folder each of three libraries raises its own
            raise self._unloadable(error) from error

    def _unloadable(self, error: Exception) -> ModelError:
        return ModelError(
            f"the embedding model {self.model_name!r} cannot be loaded ({type(error).__name__}): "
            "give a complete sentence-transformers folder in ROADMAP_EMBEDDING_MODEL, or unset it "
            "to use the bundled model"
        )

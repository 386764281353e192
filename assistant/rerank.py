"""Score passages against a question with a sentence-transformers cross-encoder, loaded on first use."""

import logging
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from ingest.errors import ModelError

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

MAX_TOKENS = 512  # of a pair, also for models that read more: a passage has at most 200, and time grows with them
BATCH_SIZE = 32
PARTS = ("config.json", "tokenizer_config.json")  # without one of these the library guesses, or says little
HEADS = ("ForSequenceClassification", "ForCausalLM")
REMEDY = "copy the whole folder of a cross-encoder with one score, correct ROADMAP_RERANK_MODEL, or unset it"


class CrossEncoderReranker:
    """A sentence-transformers cross-encoder with one score, on the processor.

    `model` is a folder or a hub name; a name is looked up in the local cache alone unless
    `allow_download`. Raises ModelError, with the remedy, when the model is missing, half-copied, or
    no cross-encoder with one score.
    """

    def __init__(self, model: str, allow_download: bool = False) -> None:
        self.model_name = model
        self._allow_download = allow_download
        self._lock = Lock()

    def load(self) -> None:
        """Load the model, unless it is loaded."""
        with self._lock:
            self._loaded  # noqa: B018 - loads

    def scores(self, question: str, texts: list[str]) -> list[float]:
        """Return one score per text, any number, higher is better; the same input has the same scores.

        Of a pair that is longer than the model reads, the end of the longer part is cut off.
        """
        self.load()
        found = _predict(self._loaded, [(question, text) for text in texts])
        if not all(math.isfinite(score) for score in found):
            raise self._fault("gives scores that are no numbers")
        return found

    @cached_property
    def _loaded(self) -> "CrossEncoder":
        folder = self._folder()
        _keep_quiet()
        if not self._allow_download:
            os.environ["HF_HUB_OFFLINE"] = "1"
        from sentence_transformers import CrossEncoder

        is_local = folder is not None or not self._allow_download
        try:
            with _reachable_hub(not is_local):
                model: CrossEncoder = CrossEncoder(
                    str(folder or self.model_name), device="cpu", trust_remote_code=False, local_files_only=is_local
                )
            if fault := _fault_of(model):
                raise self._fault(fault)
            model.max_seq_length = min(model.max_seq_length or MAX_TOKENS, MAX_TOKENS)
            # The longest pair shows now, and not in the midst of a question, what the parts do not agree on.
            _predict(model, [("question", "text " * MAX_TOKENS)])
        except ModelError:
            raise
        except Exception as error:  # for a half-copied folder each of three libraries raises its own
            raise self._fault(f"cannot be loaded ({type(error).__name__})") from error
        return model

    def _folder(self) -> Path | None:
        """The folder of the model; None for a hub name."""
        folder = Path(self.model_name).expanduser()
        if folder.is_dir():
            absent = [part for part in PARTS if not (folder / part).is_file()]
            if absent:
                raise self._fault(f"has no {absent[0]}")
            return folder
        if folder.is_absolute() or self.model_name.startswith((".", "~")):
            raise self._fault("is no folder here")
        return None

    def _fault(self, what: str) -> ModelError:
        return ModelError(f"the rerank model {self.model_name!r} {what}: {REMEDY}")


def _fault_of(model: "CrossEncoder") -> str:
    """What keeps `model` from scoring, empty for nothing.

    The library turns an embedding model into a cross-encoder by giving it a random head, and a
    tokenizer whose vocabulary is missing into one without words; it says neither by an error.
    """
    config = model.config
    names = (config.architectures if config else None) or [""]
    has_head = len(model) > 1 or names[0].endswith(HEADS)
    if not has_head or model.num_labels != 1:
        return "is not a cross-encoder with one score"
    vocabulary = getattr(config, "vocab_size", None) or 0
    return "has no vocabulary" if 2 * len(model.tokenizer) < vocabulary else ""


def _predict(model: "CrossEncoder", pairs: list[tuple[str, str]]) -> list[float]:
    import torch

    torch.set_num_threads(1)  # as for a question's vector; also, sums do not depend on what ran before
    # Without the sigmoid, which makes all high scores the same one; the order is that of its values.
    found = model.predict(pairs, batch_size=BATCH_SIZE, show_progress_bar=False, activation_fn=torch.nn.Identity())
    return [float(score) for score in found]


def _keep_quiet() -> None:
    """Turn telemetry, progress bars and remarks of the libraries off."""
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.getLogger("sentence_transformers").setLevel(logging.ERROR)


@contextmanager
def _reachable_hub(is_wanted: bool) -> Iterator[None]:
    """Let the hub be asked for a while, where that is wanted."""
    from huggingface_hub import constants

    before = constants.HF_HUB_OFFLINE
    # An embedding model that is a folder has taken the hub offline for the whole process.
    constants.HF_HUB_OFFLINE = before and not is_wanted
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before

"""Run an exported encoder or cross-encoder with onnxruntime and tokenizers, without torch. Knows no index."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ingest.errors import ModelError
from ingest.progress import Advance
from ingest.remembered import Remembered

Array = np.ndarray[tuple[int, int], np.dtype[np.float32]]
Text = str | tuple[str, str]  # a pair for a cross-encoder
Precision = Literal["float32", "int8"]
Task = Literal["vectors", "scores"]

GRAPH_FILE, WEIGHTS_FILE, TOKENIZER_FILE = "model.onnx", "weights.bin", "tokenizer.json"
PROVENANCE_FILE = "export.json"
EXPORT_FORMAT = 1
BATCH_TEXTS = 64
BATCH_CHARS = 3000  # what a pass works on then stays in the processor's caches
THREADS = 1  # of a pass: several questions at once have a pass each, and a lone one takes 5 ms instead of 3.7


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where an export comes from and how near it is to the original; written last, so no export is without one.

    `agreement` is the least cosine between its vectors and the original's over `texts_checked` texts; for scores 1 less
    the largest difference. `files` has the SHA-256 of each of the others; `fault` says why there is none, else empty.
    """

    format: int
    task: Task
    model_name: str
    weight_hash: str
    precision: Precision
    max_tokens: int
    dimension: int
    prompt: str
    inputs: tuple[str, ...]
    agreement: float
    texts_checked: int
    made_with: dict[str, str]
    files: dict[str, str]
    fault: str = ""


def export_folder(folder: Path, task: Task, weight_hash: str, precision: Precision = "float32") -> Path:
    """Where the export of the model of that hash belongs within the data folder."""
    return folder / "models" / f"{task}-{weight_hash[:16]}-{precision}"


def read_provenance(folder: Path) -> Provenance | None:
    """What an export says of itself; None when there is none, or none that this program can read."""
    try:
        value = json.loads((folder / PROVENANCE_FILE).read_text(encoding="utf-8"))
        if value["format"] != EXPORT_FORMAT:
            return None
        known = {field.name: value[field.name] for field in fields(Provenance)}
        return Provenance(**{**known, "inputs": tuple(known["inputs"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def write_provenance(folder: Path, provenance: Provenance) -> None:
    """Write `provenance` into `folder`."""
    text = json.dumps(asdict(provenance), indent=2)
    (folder / PROVENANCE_FILE).write_text(text + "\n", encoding="utf-8")


def batches_of(lengths: Sequence[int]) -> list[list[int]]:
    """Places of texts of these lengths in characters, the shortest first, in batches that are padded little."""
    batches: list[list[int]] = [[]]
    for place in sorted(range(len(lengths)), key=lengths.__getitem__):
        size = len(batches[-1])
        if size == BATCH_TEXTS or (size and (size + 1) * lengths[place] > BATCH_CHARS):
            batches.append([])
        batches[-1].append(place)
    return batches


class Runtime:
    """A session over an export; several threads may use it at once."""

    def __init__(self, folder: Path, provenance: Provenance, session: Any, tokenizer: Any) -> None:
        self.folder = folder
        self.provenance = provenance
        self._session = session
        self._tokenizer = tokenizer

    @classmethod
    def open(cls, folder: Path, remembered: Remembered | None = None) -> "Runtime":
        """Open the export in `folder`. Raises ModelError when there is none, or it is damaged.

        Its files are hashed, unless `remembered` knows them.
        """
        provenance = read_provenance(folder)
        if provenance is None or provenance.fault:
            raise ModelError(f"no model was exported to {folder.name}: run 'roadmap ingest'")
        hashes = remembered or Remembered(None)
        try:
            is_whole = all(hashes.sha256(folder / name) == found for name, found in provenance.files.items())
        except OSError:
            is_whole = False
        if not is_whole:
            raise damaged(folder)
        try:
            return cls(folder, provenance, _session(folder / GRAPH_FILE), _tokenizer(folder, provenance.max_tokens))
        except Exception as error:  # both libraries raise their own
            raise damaged(folder) from error

    def run(self, texts: Sequence[Text], advance: Advance | None = None) -> Array:
        """Return `(len(texts), dimension)` float32 rows in order of `texts`: unit vectors, or one score each.

        `advance(n)` is called as texts are done.
        """
        rows: Array = np.zeros((len(texts), self.provenance.dimension), dtype=np.float32)
        for batch in batches_of([_length(text) for text in texts]) if texts else []:
            rows[batch] = self._pass([texts[place] for place in batch])
            if advance:
                advance(len(batch))
        return rows

    def _pass(self, texts: Sequence[Text]) -> Array:
        prompt = self.provenance.prompt
        read = self._tokenizer.encode_batch([prompt + t if isinstance(t, str) else t for t in texts])
        whole = {
            "input_ids": [each.ids for each in read],
            "attention_mask": [each.attention_mask for each in read],
            "token_type_ids": [each.type_ids for each in read],
        }
        inputs = {name: np.asarray(whole[name], dtype=np.int64) for name in self.provenance.inputs}
        found = np.asarray(self._session.run(None, inputs)[0], dtype=np.float32)
        if self.provenance.task == "vectors":
            found /= np.linalg.norm(found, axis=1, keepdims=True)
        return found.reshape(len(texts), self.provenance.dimension)


def damaged(folder: Path) -> ModelError:
    """The error that an export is not as it was written."""
    return ModelError(
        f"the exported model {folder.name} is missing or damaged: run 'roadmap ingest' to export it again"
    )


def _length(text: Text) -> int:
    return len(text) if isinstance(text, str) else sum(map(len, text))


def onnx_runtime() -> Any:
    """Return the module onnxruntime, which tells nobody that it is used.

    Unless told otherwise before it is imported, it writes an identifier of this machine into the user's home and sends
    what it does to its makers.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    return onnxruntime


def _session(graph: Path) -> Any:
    onnxruntime = onnx_runtime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors
    # A passage's activations are as long as the passage: an arena would keep the longest one's for ever.
    options.enable_cpu_mem_arena = False
    return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])


def _tokenizer(folder: Path, max_tokens: int) -> Any:
    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # its threads and those of a question would fight for the cores
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))  # padding was set when it was exported
    tokenizer.enable_truncation(max_tokens)
    return tokenizer

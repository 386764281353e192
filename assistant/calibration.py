"""The fitted numbers: how sentences are weighed and when evidence is enough. Read from `calibration.json`, `kinds.npz`."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files

import numpy as np

from assistant.wording import Wording
from ingest.encoder import Array, Vector

CALIBRATION_FILE = "calibration.json"
KINDS_FILE = "kinds.npz"


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic model: `chance` is 1 / (1 + exp(-(bias + weights · features)))."""

    features: tuple[str, ...]
    weights: tuple[float, ...]
    bias: float

    def chance(self, values: Sequence[float]) -> float:
        """Return a probability, 0 to 1, for feature values in the order of `features`."""
        z = self.bias + sum(w * v for w, v in zip(self.weights, values, strict=True))
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, z))))


SentenceWeights = Logistic


@dataclass(frozen=True, slots=True)
class Kinds:
    """A support vector machine over questions' vectors: which kinds of question the library answers.

    `vectors` is `(n, dimension)`, unit rows made by the model with hash `model_hash`; `weights` is
    `(n,)`. The kernel is exp(-gamma |x - v|²) (Schölkopf and Smola 2002, section 2.3).
    """

    model_hash: str
    vectors: Array
    weights: Vector
    gamma: float
    bias: float

    def score(self, vector: Vector, model_hash: str) -> float | None:
        """Return the machine's value, above 0 for kinds that are answered; None when another model made the vector."""
        if model_hash != self.model_hash:
            return None
        # Between unit rows the squared distance is 2 - 2 cos.
        return float(self.weights @ np.exp(2 * self.gamma * (self.vectors @ vector - 1))) + self.bias


@dataclass(frozen=True, slots=True)
class Calibration:
    """`sentence` gives the chance that a sentence answers; `answerable` that the library does.

    `kind` scores a question's vector and `wording` its words: high for the kinds of question that the
    library answers. `by_evidence` stands for `answerable` where `kind` does not apply. Below `threshold` the
    assistant abstains. `provenance` says what all were fitted on.
    """

    sentence: Logistic
    answerable: Logistic
    by_evidence: Logistic
    kind: Kinds
    wording: Wording
    threshold: float
    provenance: str


@cache
def shipped_calibration() -> Calibration:
    """The calibration that is installed with this package."""
    value = json.loads((files("assistant") / CALIBRATION_FILE).read_text(encoding="utf-8"))
    kind, wording = _kinds()
    return Calibration(
        sentence=logistic_of(value["sentence"]),
        answerable=logistic_of(value["answerable"]),
        by_evidence=logistic_of(value["by_evidence"]),
        kind=kind,
        wording=wording,
        threshold=value["threshold"],
        provenance=value["provenance"],
    )


def logistic_of(value: dict[str, object]) -> Logistic:
    """Return the model that one part of `calibration.json` describes."""
    weights: dict[str, float] = value["weights"]  # type: ignore[assignment]  # our own file
    return Logistic(tuple(weights), tuple(weights.values()), float(value["bias"]))  # type: ignore[arg-type]


def _kinds() -> tuple[Kinds, Wording]:
    with as_file(files("assistant") / KINDS_FILE) as path, np.load(path, allow_pickle=False) as arrays:
        kind = Kinds(
            model_hash=str(arrays["model_hash"]),
            vectors=arrays["vectors"].astype(np.float32),
            weights=arrays["weights"],
            gamma=float(arrays["gamma"]),
            bias=float(arrays["bias"]),
        )
        known = dict(zip(arrays["grams"].tolist(), arrays["gram_weights"].tolist(), strict=True))
        return kind, Wording(known, float(arrays["gram_bias"]))

"""The fitted numbers: how sentences are weighed and when evidence is enough. Read from `calibration.json`."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

CALIBRATION_FILE = "calibration.json"


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
class Calibration:
    """`sentence` gives the chance that a sentence answers; `answerable` that the library does.

    Below `threshold` the assistant abstains. `provenance` says what they were fitted on.
    """

    sentence: Logistic
    answerable: Logistic
    threshold: float
    provenance: str


@cache
def shipped_calibration() -> Calibration:
    """The calibration that is installed with this package."""
    value = json.loads((files("assistant") / CALIBRATION_FILE).read_text(encoding="utf-8"))
    return Calibration(
        sentence=logistic_of(value["sentence"]),
        answerable=logistic_of(value["answerable"]),
        threshold=value["threshold"],
        provenance=value["provenance"],
    )


def logistic_of(value: dict[str, object]) -> Logistic:
    """Return the model that one part of `calibration.json` describes."""
    weights: dict[str, float] = value["weights"]  # type: ignore[assignment]  # our own file
    return Logistic(tuple(weights), tuple(weights.values()), float(value["bias"]))  # type: ignore[arg-type]

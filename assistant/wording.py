"""How a question is worded: the words, and pairs of words, of questions that the library answers or does not."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WORD = re.compile(r"[a-z0-9+#']+")
EDGE = "|"  # stands before the first word and after the last


def grams(text: str) -> list[str]:
    """Return the words of `text` in lower case, with those of asking too, and each pair of neighbours."""
    return with_pairs(WORD.findall(text.lower()))


def with_pairs(words: Sequence[str]) -> list[str]:
    """Return the words and each pair of neighbours, the edges among them."""
    return [*words, *(f"{a} {b}" for a, b in zip([EDGE, *words], [*words, EDGE], strict=True))]


@dataclass(frozen=True, slots=True)
class Wording:
    """A logistic model over the words and pairs of a question; `weights` has those that it knows."""

    weights: Mapping[str, float]
    bias: float

    def score(self, text: str) -> float:
        """Return the log odds that a question so worded is answered; a text of unknown words has the bias.

        The known words and pairs form a unit vector, each counted once, so long posts weigh as much as short ones.
        """
        known = [self.weights[gram] for gram in set(grams(text)) if gram in self.weights]
        return self.bias + sum(known) / math.sqrt(len(known)) if known else self.bias

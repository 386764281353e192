"""Choose the frame of a question: a linear model over its vector, its words and pairs of words, with names masked."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files

import numpy as np

from assistant.understanding.lexicon import Cue
from assistant.understanding.phrases import Token
from assistant.understanding.quantities import Read
from assistant.understanding.request import Frame
from assistant.vocabulary import Named
from assistant.wording import with_pairs
from ingest.encoder import Array, Vector

FRAMES_FILE = "frames.npz"
MASKS = {"topic": "{topic}", "resource": "{resource}", "roadmap": "{roadmap}"}
NUMBER = "{n}"
UNTELLING = frozenset({"constraint"})  # groups of cues that stand in any frame


@dataclass(frozen=True, slots=True)
class Guess:
    """A frame and its confidence, 0 to 1."""

    frame: Frame
    confidence: float


@dataclass(frozen=True, slots=True)
class Scores:
    """One linear model: a score for each frame is `bias` plus the weights of what a question has.

    `vector_weights` is (frames, dimension), or (frames, 0) where vectors do not count; `gram_weights` has a row of
    (frames,) for each word and pair that it knows.
    """

    frames: tuple[Frame, ...]
    bias: Vector
    vector_weights: Array
    grams: Mapping[str, int]
    gram_weights: Array

    def guess(self, held: Sequence[str], vector: Vector | None) -> Guess:
        """Return the likeliest frame, by the softmax of the scores."""
        scores = self.bias.astype(np.float64).copy()
        known = [self.grams[gram] for gram in set(held) if gram in self.grams]
        if known:  # the known words and pairs form a unit vector
            scores += self.gram_weights[known].sum(axis=0) / math.sqrt(len(known))
        if vector is not None and self.vector_weights.shape[1]:
            scores += self.vector_weights @ vector
        chances = np.exp(scores - scores.max())
        chances /= chances.sum()
        best = int(np.argmax(chances))
        return Guess(self.frames[best], float(chances[best]))


@dataclass(frozen=True, slots=True)
class FrameModel:
    """The model that reads vectors of the encoder with hash `model_hash`, and the one for any other encoder."""

    model_hash: str
    by_both: Scores
    by_words: Scores

    def guess(self, held: Sequence[str], vector: Vector, model_hash: str) -> Guess:
        """Return the frame of a question that `held` (of `features`); `vector` is its unit row by the model of that hash."""
        return self.by_both.guess(held, vector) if model_hash == self.model_hash else self.by_words.guess(held, None)


def masked(tokens: Sequence[Token], named: Sequence[Named]) -> list[str]:
    """The words of a text in lower case, with each name as its kind and each number as one mark."""
    words: list[str] = []
    inside: Named | None = None
    for token in tokens:
        name = next((n for n in named if n.start <= token.start and token.end <= n.end), None)
        if name is None:
            words.append(NUMBER if token.word.isdigit() else token.word)
        elif name is not inside:
            words.append(MASKS[name.kind])
        inside = name
    return words


def features(
    tokens: Sequence[Token], named: Sequence[Named], cues: Sequence[Cue], figures: Sequence[Read]
) -> list[str]:
    """Return what the model knows a question by: words and pairs with names masked, cues, and roles of figures."""
    told = {f"<{cue.of}:{cue.value}>" for cue in cues if cue.of not in UNTELLING}
    roles = {f"<{read.quantity.role}:{read.quantity.unit}>" for read in figures}
    kinds = [n.kind for n in named]
    counts = {f"<{kind}s:{min(2, kinds.count(kind))}>" for kind in MASKS}
    return [*with_pairs(masked(tokens, named)), *sorted(told), *sorted(roles), *sorted(counts)]


@cache
def shipped_frames() -> FrameModel:
    """The model that is installed with this package."""
    with as_file(files("assistant.understanding") / FRAMES_FILE) as path, np.load(path, allow_pickle=False) as arrays:
        frames = tuple(Frame(name) for name in arrays["frames"].tolist())

        def scores(part: str) -> Scores:
            known = {gram: n for n, gram in enumerate(arrays["grams"].tolist())}
            return Scores(
                frames,
                arrays[f"{part}_bias"].astype(np.float32),
                arrays[f"{part}_vectors"].astype(np.float32),
                known,
                arrays[f"{part}_grams"].astype(np.float32),
            )

        return FrameModel(str(arrays["model_hash"]), scores("both"), scores("words"))

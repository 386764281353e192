"""Fit the choice of a question's frame on examples, whose slots are filled with names of the library."""

import json
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assistant.understanding.frames import FRAMES_FILE
from assistant.understanding.naming import Namer
from assistant.understanding.reader import Reader
from assistant.vocabulary import Names
from evals.dataset import DatasetError
from ingest.corpus_models import Structure
from ingest.encoder import Encoder

EXAMPLES = Path(__file__).parent / "datasets" / "frames.jsonl"
SLOT = re.compile(r"\{([a-z]+)\d?\}")
STRENGTH = 10.0  # inverse regularisation; best of 3, 10 and 30 out of fold
LEAST_EXAMPLES = 2  # that hold a word or a pair for it to count
FOLDS = 5
SEED = 7

Matrix = Any


@dataclass(frozen=True, slots=True)
class Example:
    """A question and its frame; the text may hold slots such as `{topic}`."""

    frame: str
    text: str


def read_examples(path: Path = EXAMPLES) -> list[Example]:
    """Return the examples of a file, one JSON object a line. Raises DatasetError with the line of a bad one."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            value = json.loads(line)
            found.append(Example(value["frame"], value["text"]))
        except (ValueError, KeyError, TypeError) as error:
            raise DatasetError(f"{path}, line {number}: not an example ({error}): give a frame and a text") from error
    return found


def filled(text: str, structure: Structure, chance: random.Random) -> str:
    """Return `text` with each slot as a name of the library, drawn by `chance`."""
    names = {
        "topic": [n for t in structure.topics.values() for n in (t.name.lower(), *t.aliases)],
        "resource": [r.title for r in structure.resources.values()],
        "roadmap": [n for r in structure.roadmaps.values() for n in (r.author.split()[-1], *r.aliases[:2])],
        "stage": [s.name.split(": ")[-1].lower() for r in structure.roadmaps.values() for s in r.stages],
        "n": ["2", "3", "4", "5", "6", "10", "12", "three", "five"],
    }
    return SLOT.sub(lambda slot: chance.choice(names.get(slot.group(1), [slot.group(1)])), text)


def _rows(texts: Sequence[str], encoder: Encoder, reader: Reader) -> tuple[Matrix, list[list[str]]]:
    vectors = encoder.encode(list(texts))
    return vectors, [reader.features(text) for text in texts]


def fit_frames(
    examples: Sequence[Example], encoder: Encoder, names: Names, structure: Structure
) -> tuple[dict[str, Matrix], float]:
    """Return the arrays of the model's file and the share of frames chosen rightly out of fold."""
    chance = random.Random(SEED)  # noqa: S311 - a draw of names
    texts = [filled(example.text, structure, chance) for example in examples]
    labels = np.array([example.frame for example in examples])
    vectors, held = _rows(texts, encoder, Reader(Namer(names, structure)))
    share = _share_out_of_fold(vectors, held, labels)
    both, counts = _fit(vectors, held, labels)
    words, _ = _fit(vectors[:, :0], held, labels)
    width = vectors.shape[1]
    arrays = {
        "frames": both.classes_.astype(str),
        "model_hash": np.array(encoder.weight_hash),
        "grams": counts.get_feature_names_out().astype(str),
        "both_bias": both.intercept_.astype(np.float32),
        "both_vectors": both.coef_[:, :width].astype(np.float16),
        "both_grams": both.coef_[:, width:].T.astype(np.float16),
        "words_bias": words.intercept_.astype(np.float32),
        "words_vectors": np.zeros((len(both.classes_), 0), np.float16),
        "words_grams": words.coef_.T.astype(np.float16),
    }
    return arrays, share


def _fit(vectors: Matrix, held: Sequence[list[str]], labels: Matrix) -> tuple[Any, Any]:
    from scipy.sparse import csr_matrix, hstack
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    counts = TfidfVectorizer(analyzer=_same, min_df=LEAST_EXAMPLES, binary=True, use_idf=False)
    rows = hstack([csr_matrix(vectors), counts.fit_transform(held)]).tocsr()
    model = LogisticRegression(C=STRENGTH, max_iter=500, tol=1e-3, class_weight="balanced")
    return model.fit(rows, labels), counts


def _same(held: list[str]) -> list[str]:
    return held


def _share_out_of_fold(vectors: Matrix, held: Sequence[list[str]], labels: Matrix) -> float:
    from scipy.sparse import csr_matrix, hstack
    from sklearn.model_selection import StratifiedKFold

    right = 0
    for kept, left in StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(vectors, labels):
        model, counts = _fit(vectors[kept], [held[n] for n in kept], labels[kept])
        rows = hstack([csr_matrix(vectors[left]), counts.transform([held[n] for n in left])]).tocsr()
        right += int((model.predict(rows) == labels[left]).sum())
    return right / len(labels)


def write_frames(arrays: dict[str, Matrix], folder: Path) -> None:
    """Write the model's file into `folder`, whole or not at all."""
    draft = folder / "frames.new.npz"
    np.savez_compressed(draft, **arrays)
    draft.replace(folder / FRAMES_FILE)

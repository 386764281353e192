"""Decide whether the evidence is enough to answer, by a calibrated chance."""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.calibration import Calibration
from assistant.evidence import MAX_IDF, Sentence, term_weight
from assistant.records import Understood
from assistant.retrieval import Retrieved
from ingest.index import Index
from ingest.lexical import terms
from ingest.text import plain

FEATURES = (
    "similarity",
    "question_similarity",
    "sentence_similarity",
    "sentence_chance",
    "covered",
    "unknown",
    "named",
)
COVERING_HITS = 3


@dataclass(frozen=True, slots=True)
class Decision:
    """`chance`, 0 to 1, that the library answers; `missing` are terms of the question it never uses."""

    is_enough: bool
    chance: float
    features: tuple[float, ...]


def decide(
    question: Understood, found: Retrieved, sentences: Sequence[Sentence], index: Index, calibration: Calibration
) -> Decision:
    """Judge the evidence; without any hit or sentence there is none."""
    if not found.hits or not sentences:
        return Decision(False, 0.0, tuple(0.0 for _ in FEATURES))
    features = evidence_features(question, found, sentences, index)
    chance = calibration.answerable.chance(features)
    return Decision(chance >= calibration.threshold, chance, features)


def evidence_features(
    question: Understood, found: Retrieved, sentences: Sequence[Sentence], index: Index
) -> tuple[float, ...]:
    """Return the values of `FEATURES`; each 0 to 1, but cosines may be negative."""
    weights = {term: term_weight(index, term) for term in question.terms}
    total = sum(weights.values())
    held = {t for hit in found.hits[:COVERING_HITS] for t in terms(plain(hit.passage.text))}
    held |= {t for hit in found.hits[:COVERING_HITS] for t in terms(" ".join(hit.passage.heading_path))}
    held |= {t for hit in found.hits[:COVERING_HITS] for t in terms(index.sources[hit.passage.source_id].title)}
    covered = sum(w for t, w in weights.items() if t in held) / total if total else 0.0
    unknown = sum(w for w in weights.values() if w >= MAX_IDF) / total if total else 1.0
    return (
        max(hit.similarity for hit in found.hits),
        max((similarity for similarity, _ in found.asked.values()), default=0.0),
        max(sentence.features[0] for sentence in sentences),
        sentences[0].score,
        covered,
        unknown,
        float(bool(question.topics)),
    )

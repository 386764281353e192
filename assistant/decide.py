"""Decide whether the evidence is enough to answer, by a calibrated chance."""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.asked_forms import forms_lacking, has_quote_lacking
from assistant.calibration import Calibration
from assistant.evidence import MAX_IDF, NAMED, Sentence, name_terms, term_weight, terms_held
from assistant.records import Understood
from assistant.retrieval import Retrieved
from assistant.vocabulary import TOKEN
from ingest.index import Index
from ingest.lexical import STOPWORDS, terms
from ingest.records import Hit, Kind

EVIDENCE_FEATURES = (
    "similarity",  # best cosine of any entry
    "question_similarity",  # best cosine of a stored question
    "sentence_similarity",  # best cosine of a sentence
    "sentence_spread",  # mean of the three best
    "sentence_chance",  # of the sentence that would lead
    "covered",  # share of the question's weight that the first passages hold
    "covered_by_sentences",  # the same for the sentences that would be shown
    "unknown",  # share of the weight that the library never uses
    "missing",  # weight, 0 to 1, of the heaviest word that the first passages lack
    "names_missing",  # proper names, at most 2, that the first passages lack
    "length",  # content words, in tens
    "forms_lacking",  # a figure, a price or a date that is asked for and not shown, 0 to 3
    "quote_lacking",  # 1 where the question quotes what the shown sentences lack
    "roadmaps",  # that the question names, at most 2
    "covered_chance",  # `sentence_chance` times `covered`: a likely sentence counts where its passage has the words
)
# Whether the library answers questions of this kind at all, by the question's vector and by its words.
FEATURES = (*EVIDENCE_FEATURES, "kind", "wording")
COVERING_HITS = 3
SHOWN_SENTENCES = 6
SPREAD = 3
SPEAKING_SHARE = 0.5  # of the best score: docs/log.md


@dataclass(frozen=True, slots=True)
class Decision:
    """`chance`, 0 to 1, that the library answers, what it was judged by, and whether only others than the named one do."""

    is_enough: bool
    chance: float
    features: tuple[float, ...]
    is_silent: bool = False


def decide(
    question: Understood, found: Retrieved, sentences: Sequence[Sentence], index: Index, calibration: Calibration
) -> Decision:
    """Judge the evidence; without any hit or sentence there is none.

    A question on what nothing names is never answered, nor one on what only others than the named roadmap speak of. The
    kind of question counts only where it was learned: for the curated library, with the model that the calibration was
    made with.
    """
    if not found.hits or not sentences:
        return Decision(False, 0.0, ())
    features = evidence_features(question, found, sentences, index)
    kind = calibration.kind.score(found.vector[0], index.manifest.model_hash)
    if kind is None or found.hits[0].passage.kind is Kind.DOCUMENT:
        chance = calibration.by_evidence.chance(features)
    else:
        features = (*features, kind, calibration.wording.score(question.text))
        chance = calibration.answerable.chance(features)
    is_silent = _is_silent(question, sentences)
    is_enough = chance >= calibration.threshold and not question.unnamed and not is_silent
    return Decision(is_enough, chance, features, is_silent)


def _is_silent(question: Understood, sentences: Sequence[Sentence]) -> bool:
    """Whether the one roadmap that a question names, with what it recommends, has nothing near as good as others have.

    Users' documents may speak of a roadmap themselves.
    """
    if sentences[0].hit.passage.kind is Kind.DOCUMENT:
        return False
    own = max((s.score for s in sentences if s.features[NAMED]), default=0.0)
    return len(question.sources) == 1 and own < SPEAKING_SHARE * sentences[0].score


def evidence_features(
    question: Understood, found: Retrieved, sentences: Sequence[Sentence], index: Index
) -> tuple[float, ...]:
    """Return the values of `EVIDENCE_FEATURES`."""
    weights = {term: term_weight(index, term) for term in question.terms}
    total = sum(weights.values())
    held = {term for hit in found.hits[:COVERING_HITS] for term in _terms_of(hit, index)}
    texts = [sentence.text for sentence in sentences[:SHOWN_SENTENCES]]
    shown = {term for text in texts for term in terms_held(text)}
    best = sorted((sentence.features[0] for sentence in sentences), reverse=True)[:SPREAD]
    covered = _share(weights, held, total)
    return (
        max(hit.similarity for hit in found.hits),
        max(found.asked.values(), default=0.0),
        best[0],
        sum(best) / len(best),
        sentences[0].score,
        covered,
        _share(weights, shown, total),
        sum(w for w in weights.values() if w >= MAX_IDF) / total if total else 1.0,
        max((w for t, w in weights.items() if t not in held), default=0.0) / MAX_IDF,
        _names_missing(question.text, held),
        len(question.terms) / 10,
        float(forms_lacking(question.text, texts)),
        float(has_quote_lacking(question.text, texts)),
        float(min(2, len(question.sources))),
        sentences[0].score * covered,
    )


def _share(weights: dict[str, float], held: set[str], total: float) -> float:
    return sum(w for t, w in weights.items() if t in held) / total if total else 0.0


def _terms_of(hit: Hit, index: Index) -> frozenset[str]:
    beside = " ".join((*hit.passage.heading_path, index.sources[hit.passage.source_id].title))
    return terms_held(hit.passage.text) | name_terms(beside)


def _names_missing(text: str, held: set[str]) -> float:
    """Capitalised words after the first that the passages lack, counted up to 2."""
    words = [m.group() for m in TOKEN.finditer(text)][1:]
    names = [w for w in words if w[0].isupper() and len(w) > 1 and w.lower() not in STOPWORDS]
    return float(min(2, sum(not held.issuperset(terms(name)) for name in names)))

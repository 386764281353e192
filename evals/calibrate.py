"""Fit the two decisions, which sentence answers and whether to answer at all, on tuning questions alone."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from assistant import decide, evidence
from assistant.calibration import CALIBRATION_FILE, KINDS_FILE, Calibration, Logistic, logistic_of
from assistant.chain import AnswerChain, Trace
from assistant.evidence import Sentence
from assistant.wording import grams
from evals.dataset import EvalQuestion

PAIRS = 60
SENTENCE_STRENGTH = 0.1  # inverse regularisation of the logistic models; 0.01 to 1 do not differ
ANSWERABLE_STRENGTH = 0.3
KIND_STRENGTH = 4.0  # best of 1 and 4 out of fold
KIND_GAMMA = 1.5  # best of 0.7, 1.5 and 3 out of fold
ANSWERABLE_SHARE = 0.75  # of the questions that people ask, assumed; the calibration set has fewer
WORDING_STRENGTH = 3.0
LEAST_GRAMS = 3  # questions that hold a word or a pair for it to count
FALSE_ANSWER_COST = 1.5  # in false refusals: who is told something beside the point trusts the rest less
THRESHOLD = FALSE_ANSWER_COST / (1 + FALSE_ANSWER_COST)  # of least cost for calibrated chances (Elkan 2001, section 2)
FOLDS = 10
SEED = 7

Matrix = Any


def traces(chain: AnswerChain, questions: Iterable[EvalQuestion]) -> list[tuple[EvalQuestion, Trace]]:
    """Run the steps before composing for each question."""
    return [(question, chain.trace(question.ask())) for question in questions]


def sentence_rows(traced: Sequence[tuple[EvalQuestion, Trace]]) -> tuple[Matrix, Matrix]:
    """Return feature differences between sentences of one question, and which of the two answers.

    A sentence answers when it holds a nugget and its section is judged. Every question counts the
    same: `PAIRS` pairs are drawn from it, each in both directions (RankNet's pairwise logistic loss,
    Burges et al. 2005, section 3).
    """
    rng = np.random.default_rng(SEED)
    differences = []
    for question, trace in traced:
        features = np.array([sentence.features for sentence in trace.sentences])
        answers = np.array([_answers(question, sentence) for sentence in trace.sentences], dtype=bool)
        if answers.any() and not answers.all():
            right, wrong = rng.choice(np.flatnonzero(answers), PAIRS), rng.choice(np.flatnonzero(~answers), PAIRS)
            differences.append(features[right] - features[wrong])
    rows = np.concatenate(differences)
    return np.concatenate([rows, -rows]), np.repeat([True, False], len(rows))


def _answers(question: EvalQuestion, sentence: Sentence) -> bool:
    return sentence.hit.passage.section_id in question.judgements and question.nuggets_in(sentence.text) > 0


def fit_kind(vectors: Matrix, labels: Matrix) -> Any:
    """Return a support vector machine of whether questions are answered on their vectors alone."""
    from sklearn.svm import SVC

    return SVC(C=KIND_STRENGTH, gamma=KIND_GAMMA).fit(vectors, labels)


def fit_wording(texts: Matrix, labels: Matrix) -> Any:
    """Return a logistic regression of whether questions are answered on their words and pairs of words alone."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    held = TfidfVectorizer(analyzer=grams, min_df=LEAST_GRAMS, binary=True, use_idf=False)
    model = LogisticRegression(C=WORDING_STRENGTH, max_iter=2000, class_weight="balanced")
    return make_pipeline(held, model).fit(texts, labels)


def scores_out_of_fold(fitted: Callable[[Matrix, Matrix], Any], rows: Matrix, labels: Matrix) -> Matrix:
    """Return each question's score by a model that was fitted without it and its fold."""
    from sklearn.model_selection import StratifiedKFold

    scores = np.zeros(len(labels))
    for kept, left in StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(rows, labels):
        scores[left] = fitted(rows[kept], labels[kept]).decision_function(rows[left])
    return scores


def weights_of(labels: Matrix) -> Matrix:
    """Return a weight per row that gives the positives `ANSWERABLE_SHARE` of the whole; pairs are in balance."""
    share = float(np.mean(labels))
    if share == 0.5:  # pairs stand in both directions
        return np.ones(len(labels))
    return np.where(labels, ANSWERABLE_SHARE / share, (1 - ANSWERABLE_SHARE) / (1 - share))


def fit(rows: Matrix, labels: Matrix, strength: float) -> Any:
    """Return a scikit-learn logistic regression of `labels` on standardised `rows`."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=2000))
    return model.fit(rows, labels, logisticregression__sample_weight=weights_of(labels))


def sentence_bias(traced: Sequence[tuple[EvalQuestion, Trace]], weights: Matrix) -> float:
    """Return the bias at which the best sentence of the median question has a chance of one half."""
    best = [max(weights @ np.array(s.features) for s in trace.sentences) for _, trace in traced if trace.sentences]
    return -float(np.median(best))


def as_json(model: Any, features: Sequence[str]) -> dict[str, Any]:
    """Return the model in the form of `calibration.json`, with the scaling folded into the weights."""
    scaler, logistic = model[0], model[-1]
    weights = logistic.coef_[0] / scaler.scale_
    bias = logistic.intercept_[0] - float(weights @ scaler.mean_)
    return {
        "bias": round(float(bias), 4),
        "weights": {name: round(float(w), 4) for name, w in zip(features, weights, strict=True)},
    }


def share_decided_rightly(rows: Matrix, labels: Matrix) -> float:
    """Return the share, 0 to 1, of questions that models fitted without them decide rightly, at the assumed share."""
    from sklearn.metrics import accuracy_score
    from sklearn.model_selection import StratifiedKFold

    chances = np.zeros(len(labels))
    for kept, left in StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(rows, labels):
        chances[left] = fit(rows[kept], labels[kept], ANSWERABLE_STRENGTH).predict_proba(rows[left])[:, 1]
    return float(accuracy_score(labels, chances >= THRESHOLD, sample_weight=weights_of(labels)))


def _blank(calibration: Calibration) -> Calibration:
    """The calibration with models of the present features, whatever it was fitted on before."""
    return replace(
        calibration,
        sentence=Logistic(evidence.FEATURES, (1.0,) * len(evidence.FEATURES), 0.0),
        answerable=Logistic(decide.FEATURES, (0.0,) * len(decide.FEATURES), 0.0),
        by_evidence=Logistic(decide.EVIDENCE_FEATURES, (0.0,) * len(decide.EVIDENCE_FEATURES), 0.0),
    )


def calibrate(
    chain: AnswerChain, questions: Sequence[EvalQuestion], provenance: str
) -> tuple[dict[str, Any], dict[str, Matrix]]:
    """Fit first the sentence weights, then with these the decision, and return what `calibration.json` and `kinds.npz` hold."""
    chain.calibration = _blank(chain.calibration)
    traced = traces(chain, questions)
    rows, labels = sentence_rows([(q, t) for q, t in traced if q.answerable])
    sentence = as_json(fit(rows, labels, SENTENCE_STRENGTH), evidence.FEATURES)
    sentence["bias"] = round(sentence_bias(traced, np.array(list(sentence["weights"].values()))), 4)
    chain.calibration = replace(chain.calibration, sentence=logistic_of(sentence))
    traced = [(q, t) for q, t in traces(chain, questions) if t.found.hits and t.sentences]
    labels = np.array([question.answerable for question, _ in traced])
    vectors = np.array([trace.found.vector[0] for _, trace in traced])
    texts = np.array([trace.understood.text for _, trace in traced], dtype=object)
    width = len(decide.EVIDENCE_FEATURES)
    evidence_rows = np.array([trace.decision.features[:width] for _, trace in traced])
    kinds = scores_out_of_fold(fit_kind, vectors, labels)
    rows = np.column_stack([evidence_rows, kinds, scores_out_of_fold(fit_wording, texts, labels)])
    share = share_decided_rightly(rows, labels)
    kind, (held, wording) = fit_kind(vectors, labels), fit_wording(texts, labels)
    value = {
        "provenance": f"{provenance}; {len(traced)} questions; {share:.3f} decided rightly out of fold",
        "threshold": round(THRESHOLD, 3),
        "sentence": sentence,
        "answerable": as_json(fit(rows, labels, ANSWERABLE_STRENGTH), decide.FEATURES),
        "by_evidence": as_json(fit(evidence_rows, labels, ANSWERABLE_STRENGTH), decide.EVIDENCE_FEATURES),
    }
    arrays = {
        "model_hash": np.array(chain.index.manifest.model_hash),
        "vectors": kind.support_vectors_.astype(np.float16),
        "weights": kind.dual_coef_[0].astype(np.float32),
        "gamma": np.array(KIND_GAMMA),
        "bias": np.array(kind.intercept_[0]),
        "grams": held.get_feature_names_out().astype(str),
        "gram_weights": wording.coef_[0].astype(np.float32),
        "gram_bias": np.array(wording.intercept_[0]),
    }
    return value, arrays


def write(value: dict[str, Any], arrays: dict[str, Matrix], folder: Path) -> None:
    """Write `calibration.json` and `kinds.npz` into `folder`, each whole or not at all."""
    draft = folder / "calibration.new"
    draft.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
    draft.replace(folder / CALIBRATION_FILE)
    draft = folder / "kinds.new.npz"
    np.savez_compressed(draft, **arrays)
    draft.replace(folder / KINDS_FILE)

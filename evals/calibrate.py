"""Fit the two decisions, which sentence answers and whether to answer at all, on tuning questions alone."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from assistant import decide, evidence
from assistant.chain import AnswerChain, Trace
from assistant.evidence import Sentence
from evals.dataset import EvalQuestion

PAIRS = 60
SENTENCE_STRENGTH = 0.1  # inverse regularisation of the logistic models; 0.01 to 1 do not differ
ANSWERABLE_STRENGTH = 0.3
KIND_STRENGTH = 20.0  # vectors are unit rows; 3 to 30 do not differ
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
    """Return a logistic regression of whether questions are answered on their vectors alone."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=KIND_STRENGTH, max_iter=5000).fit(vectors, labels)


def kind_scores(vectors: Matrix, labels: Matrix) -> Matrix:
    """Return each question's score by a model that was fitted without it and its fold."""
    from sklearn.model_selection import StratifiedKFold

    scores = np.zeros(len(labels))
    for kept, left in StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(vectors, labels):
        scores[left] = fit_kind(vectors[kept], labels[kept]).decision_function(vectors[left])
    return scores


def fit(rows: Matrix, labels: Matrix, strength: float) -> Any:
    """Return a scikit-learn logistic regression of `labels` on standardised `rows`."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=2000)).fit(rows, labels)


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


def best_threshold(rows: Matrix, labels: Matrix) -> tuple[float, float]:
    """Return the threshold that decides most questions rightly out of fold, and that share."""
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    model = fit(rows, labels, ANSWERABLE_STRENGTH)
    chances = cross_val_predict(model, rows, labels, cv=folds, method="predict_proba")[:, 1]
    candidates = np.linspace(0.2, 0.9, 71)
    shares = [float(np.mean((chances >= c) == labels)) for c in candidates]
    best = int(np.argmax(shares))
    return float(candidates[best]), shares[best]


def calibrate(chain: AnswerChain, questions: Sequence[EvalQuestion], provenance: str) -> dict[str, Any]:
    """Fit first the sentence weights, then with these the decision, and return `calibration.json`'s value."""
    from dataclasses import replace

    from assistant.calibration import logistic_of

    traced = traces(chain, questions)
    rows, labels = sentence_rows([(q, t) for q, t in traced if q.answerable])
    sentence = as_json(fit(rows, labels, SENTENCE_STRENGTH), evidence.FEATURES)
    sentence["bias"] = round(sentence_bias(traced, np.array(list(sentence["weights"].values()))), 4)
    chain.calibration = replace(chain.calibration, sentence=logistic_of(sentence))
    traced = [(q, t) for q, t in traces(chain, questions) if t.found.hits and t.sentences]
    labels = np.array([question.answerable for question, _ in traced])
    vectors = np.array([trace.found.vector[0] for _, trace in traced])
    width = len(decide.EVIDENCE_FEATURES)
    evidence_rows = np.array([trace.decision.features[:width] for _, trace in traced])
    rows = np.column_stack([evidence_rows, kind_scores(vectors, labels)])
    threshold, share = best_threshold(rows, labels)
    kind = fit_kind(vectors, labels)
    return {
        "provenance": f"{provenance}; {len(traced)} questions; {share:.3f} decided rightly out of fold",
        "threshold": round(threshold, 3),
        "sentence": sentence,
        "answerable": as_json(fit(rows, labels, ANSWERABLE_STRENGTH), decide.FEATURES),
        "by_evidence": as_json(fit(evidence_rows, labels, ANSWERABLE_STRENGTH), decide.EVIDENCE_FEATURES),
        "kind": {
            "model_hash": chain.index.manifest.model_hash,
            "bias": round(float(kind.intercept_[0]), 4),
            "weights": [round(float(w), 4) for w in kind.coef_[0]],
        },
    }


def write(value: dict[str, Any], path: Path) -> None:
    """Write `calibration.json`, whole or not at all."""
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
    draft.replace(path)

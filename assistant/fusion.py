"""Fuse the rankings of several legs into one. Knows neither passages nor stores."""

from collections.abc import Mapping, Sequence

RRF_K = 60  # Cormack, Clarke and Büttcher 2009, section 2


def reciprocal_rank_fusion(rankings: Sequence[Sequence[str]], k: int = RRF_K) -> dict[str, float]:
    """Return the sum over rankings of 1 / (k + rank), ranks from 1 (Cormack et al. 2009, equation 1)."""
    scores: dict[str, float] = {}
    for ranking in rankings:
        for rank, name in enumerate(ranking, start=1):
            scores[name] = scores.get(name, 0.0) + 1.0 / (k + rank)
    return scores


def weighted_fusion(scorings: Sequence[Mapping[str, float]], weights: Sequence[float]) -> dict[str, float]:
    """Return the weighted sum of min-max normalised scores; absent counts as the leg's minimum.

    A leg whose scores are all equal contributes its whole weight to each of its names.
    """
    fused: dict[str, float] = {}
    for scoring, weight in zip(scorings, weights, strict=True):
        low, high = min(scoring.values(), default=0.0), max(scoring.values(), default=0.0)
        for name, score in scoring.items():
            share = (score - low) / (high - low) if high > low else 1.0
            fused[name] = fused.get(name, 0.0) + weight * share
    return fused

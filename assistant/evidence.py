"""Choose the sentences that answer a question from the passages that were found."""

import math
import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

from assistant.calibration import SentenceWeights
from assistant.records import Understood
from assistant.retrieval import Retrieved, share_named
from assistant.understanding.request import Frame
from ingest.encoder import Vector
from ingest.index import Index
from ingest.lexical import terms
from ingest.records import Hit, Kind
from ingest.text import plain

NUMBER_WORDS = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|eighteen|twenty|couple|few|half|several"
TIME = re.compile(
    rf"\b(?:\d+|{NUMBER_WORDS})\b[\s-]*(?:of )?(?:[a-z]+ )?(?:minute|hour|day|week|month|year)s?\b", re.IGNORECASE
)
ADDRESS = re.compile(r"\]\(https?://")
LINKED = re.compile(r"\]\((https?://[^)\s]+)\)")
LISTED_SHARE = 0.3  # of the best score that a sentence with a new name must have; untuned
LEADING_SHARE = 0.5  # of the best score that a leading sentence must have; untuned
SURE = 0.7  # chance of the lead from which the question is taken to be a narrow one
SURE_SPREAD = 0.9  # per sentence taken from the same passage
BROAD_SPREAD = 0.5
RECOMMENDS = re.compile(r"\b(?:recommend|suggest|advis|favou?r|points? to|lists?|names?|great|best)", re.IGNORECASE)
DEFINES = re.compile(r"\b(?:is|are|means?|calls?|describes?|defines?|sums? up)\b", re.IGNORECASE)
FEATURES = (
    "similarity",
    "passage",
    "fused",
    "reciprocal_rank",
    "overlap",
    "form",
    "opening",
    "asked_passage",
    "asked_sentence",
    "named",
)
FORM = FEATURES.index("form")
NAMED = FEATURES.index("named")
READ_HITS = 8
ALIKE = 0.86  # cosine above which two sentences say the same; untuned
MAX_IDF = 6.0
KEPT_TEXTS = 4096  # whose terms are kept: the library has 1,500 sentences and passages


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a hit, as a span of its source, with its features and score."""

    hit: Hit
    start: int
    end: int
    text: str
    features: tuple[float, ...]
    score: float
    vector: Vector


@dataclass(frozen=True, slots=True)
class Budget:
    """How much is shown: sentences, words, and the least share of the best score."""

    max_sentences: int = 7
    max_words: int = 118
    least_share: float = 0.1


def score_sentences(question: Understood, found: Retrieved, index: Index, weights: SentenceWeights) -> list[Sentence]:
    """Return every sentence of the first hits, best first; `score` is the chance, 0 to 1, that it answers."""
    idf = {term: term_weight(index, term) for term in question.terms}
    top = max((hit.score for hit in found.hits), default=1.0) or 1.0
    sentences = []
    for hit in found.hits[:READ_HITS]:
        vectors = index.sentence_vectors(hit.passage.passage_id)
        similarities = vectors @ found.vector[0]
        passage = hit.passage
        asked = [
            s
            for (i, a, b), s in found.asked.items()
            if i == passage.source_id and a < passage.end and passage.start < b
        ]
        best_asked = max(asked, default=0.0)
        named = share_named(index.sources[passage.source_id], question.sources)
        text = index.sources[hit.passage.source_id].text
        for n, (start, end) in enumerate(hit.passage.sentences):
            sentence = text[start:end]
            features = (
                float(similarities[n]),
                hit.similarity,
                hit.score / top,
                1.0 / hit.rank,
                _overlap(sentence, hit, idf),
                _fits(question.frame, sentence),
                float(n == 0),
                best_asked,
                found.asked.get((passage.source_id, start, end), 0.0),
                named,
            )
            sentences.append(Sentence(hit, start, end, sentence, features, weights.chance(features), vectors[n]))
    return sorted(sentences, key=lambda s: (-s.score, s.hit.rank, s.start))


SHORT = Budget()
LONG = Budget(max_sentences=8, max_words=150)  # several steps, or several voices
LONG_FRAMES = (Frame.PLAN, Frame.ORDER, Frame.COMPARE)


def choose(sentences: Sequence[Sentence], frame: Frame = Frame.FACT, roadmaps: Collection[str] = ()) -> list[Sentence]:
    """Take the sentence that adds most, again and again, while it fits; the first is always taken.

    Each sentence taken from a passage lowers what its others are worth: a little where the lead is
    sure to answer, much where the question is so broad that nothing surely does, so that it is
    answered from several places. When a resource is asked for, a sentence that links something not
    linked yet comes before one that does not. Where several `roadmaps` are named, each has a sentence
    before any has a second; where one is, it or what it recommends leads. A plan or a comparison may be longer.
    """
    if not sentences:
        return []
    budget = LONG if frame in LONG_FRAMES else SHORT
    lead = _fitting_first(_of_named(sentences) if len(roadmaps) == 1 else sentences)[0]
    rest = [s for s in sentences if s is not lead]
    spread = SURE_SPREAD if lead.score >= SURE else BROAD_SPREAD
    chosen = [lead]
    words = _size(lead)
    taken: Counter[str] = Counter([lead.hit.passage.passage_id])
    rest = [s for s in rest if s.score >= budget.least_share * lead.score]
    while rest and len(chosen) < budget.max_sentences:
        linked = {link for s in chosen for link in LINKED.findall(s.text)} if frame is Frame.FIND else None
        best = max(
            rest,
            key=lambda s: (
                _is_unheard(s, roadmaps, chosen),
                linked is not None and s.score >= LISTED_SHARE * lead.score and _links_more(s, linked),
                s.score * spread ** taken[s.hit.passage.passage_id],
            ),
        )
        rest.remove(best)
        if words + _size(best) <= budget.max_words and not _repeats(best, chosen):
            chosen.append(best)
            words += _size(best)
            taken[best.hit.passage.passage_id] += 1
    return chosen


def _of_named(sentences: Sequence[Sentence]) -> Sequence[Sentence]:
    """Those of a roadmap that the question names, or of what it recommends; all where there are none."""
    return [s for s in sentences if s.features[NAMED]] or sentences


def _is_unheard(sentence: Sentence, roadmaps: Collection[str], chosen: Sequence[Sentence]) -> bool:
    """Whether a sentence is of one of several named roadmaps that has none yet."""
    source_id = sentence.hit.passage.source_id
    return len(roadmaps) > 1 and source_id in roadmaps and all(s.hit.passage.source_id != source_id for s in chosen)


def _size(sentence: Sentence) -> int:
    return len(plain(sentence.text).split())


def _links_more(sentence: Sentence, linked: set[str]) -> bool:
    return not linked.issuperset(LINKED.findall(sentence.text))


def _fitting_first(sentences: Sequence[Sentence]) -> list[Sentence]:
    """Let a sentence of the form that is asked for lead, when one is nearly as good as the best.

    A user's document is read only where it is asked for: what is best in it keeps the lead.
    """
    if sentences[0].hit.passage.kind is Kind.DOCUMENT:
        return list(sentences)
    best = max((s.features[FORM] for s in sentences), default=0.0)
    near = [s for s in sentences if s.score >= LEADING_SHARE * sentences[0].score and s.features[FORM] == best]
    return [*near[:1], *(s for s in sentences if s is not near[0])] if near else list(sentences)


def _repeats(sentence: Sentence, chosen: Sequence[Sentence]) -> bool:
    return any(s.text == sentence.text or float(s.vector @ sentence.vector) > ALIKE for s in chosen)


def term_weight(index: Index, term: str) -> float:
    """How much a stemmed term tells, 0 to MAX_IDF: minus the logarithm of the share of passages that hold it."""
    share = index.document_share(term)
    return min(MAX_IDF, -math.log(share)) if share > 0 else MAX_IDF


@lru_cache(maxsize=KEPT_TEXTS)
def terms_held(text: str) -> frozenset[str]:
    """The stemmed terms of a text of the library, as a reader hears it; kept, since the same texts are read again."""
    return frozenset(terms(plain(text)))


@lru_cache(maxsize=KEPT_TEXTS)
def name_terms(text: str) -> frozenset[str]:
    """The stemmed terms of headings or of a title, which are no Markdown."""
    return frozenset(terms(text))


def _overlap(sentence: str, hit: Hit, idf: dict[str, float]) -> float:
    """Share, 0 to 1, of the question's weight that the sentence and its headings hold."""
    total = sum(idf.values())
    held = terms_held(sentence)
    about = name_terms(" ".join(hit.passage.heading_path))
    weight = sum(w for t, w in idf.items() if t in held) + 0.5 * sum(w for t, w in idf.items() if t in about - held)
    return weight / total if total else 0.0


def _fits(frame: Frame, sentence: str) -> float:
    """Whether the sentence has the form that is asked for."""
    if frame in (Frame.DURATION, Frame.SUM):
        return float(bool(TIME.search(sentence)))
    if frame is Frame.FIND:
        return 0.6 * float(bool(ADDRESS.search(sentence))) + 0.4 * float(bool(RECOMMENDS.search(sentence)))
    if frame is Frame.DEFINE:
        return float(bool(DEFINES.search(sentence)))
    return 0.0

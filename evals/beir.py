"""Measure the product's legs and their fusion on any retrieval set in BEIR's form, through a throw-away index."""

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from assistant.fusion import reciprocal_rank_fusion, weighted_fusion
from assistant.records import Understood
from assistant.retrieval import DENSE_WEIGHT, LEG_PASSAGES, Legs, Retriever
from evals.results import ResultError
from evals.runs import Judgements, Run, judgement_rows, ranked, read_judgements
from ingest.build import Progress, quiet, write_index
from ingest.corpus import Library
from ingest.corpus_models import Structure
from ingest.encoder import Encoder
from ingest.entries import Facets
from ingest.index import LocalIndex, open_index
from ingest.lexical import terms
from ingest.markdown import outline
from ingest.records import Kind, Source
from ingest.text import normalise, one_line

DEPTH = 100  # documents kept per question; BEIR's own measures read at most that many
WEIGHTS = (0.5, 0.6, 0.7, 0.8, 0.9)
PASSAGES_ONLY = Facets(sentences=False, questions=False)


@dataclass(frozen=True, slots=True)
class Collection:
    """A retrieval set: documents as (title, text) and questions by id; only judged questions are asked."""

    name: str
    documents: dict[str, tuple[str, str]]
    questions: dict[str, str]
    judgements: Judgements


def read_collection(folder: Path, split: str = "test") -> Collection:
    """Read `corpus.jsonl`, `queries.jsonl` and `qrels/<split>.tsv`. Raises ResultError with file and line."""
    documents: dict[str, tuple[str, str]] = {}
    for place, row in _rows(folder / "corpus.jsonl"):
        documents[_new_id(row, documents, place)] = (str(row.get("title") or ""), _text(row, "text", place))
    queries: dict[str, str] = {}
    for place, row in _rows(folder / "queries.jsonl"):
        queries[_new_id(row, queries, place)] = _text(row, "text", place)
    path = folder / "qrels" / f"{split}.tsv"
    judgements = read_judgements(path)
    _check_ids(path, set(queries), set(documents))
    return Collection(folder.resolve().name, documents, {q: queries[q] for q in judgements}, judgements)


def measure(
    collection: Collection,
    encoder: Encoder,
    progress: Progress = quiet,
    facets: Facets = PASSAGES_ONLY,
    weights: Sequence[float] = WEIGHTS,
) -> dict[str, Run]:
    """Return a run per system: `dense`, `lexical`, `rrf`, `fused` (the product's) and `weighted-<w>`.

    Builds an index of the whole collection in a temporary folder; embedding takes about a second per
    thirty documents on one core.
    """
    names = list(collection.documents)
    library = Library(
        Structure(), tuple(_source(n, *collection.documents[name]) for n, name in enumerate(names, start=1))
    )
    with tempfile.TemporaryDirectory(prefix="beir-") as temporary:
        write_index(Path(temporary), library, encoder, progress, facets)
        index = open_index(Path(temporary))
        return search(collection, index, encoder, progress, weights)


def search(
    collection: Collection, index: LocalIndex, encoder: Encoder, progress: Progress, weights: Sequence[float] = WEIGHTS
) -> dict[str, Run]:
    """Ask every judged question of an index whose source `d<n>` is the n-th document, counted from 1."""
    names = {f"d{n}": name for n, name in enumerate(collection.documents, start=1)}
    retrievers = {
        "dense": Retriever(index, encoder, Legs(lexical=False)),
        "lexical": Retriever(index, encoder, Legs(dense=False)),
        "fused": Retriever(index, encoder, Legs()),
    }
    runs: dict[str, Run] = {}
    advance = progress("searching", len(collection.questions))
    for question, text in collection.questions.items():
        understood = _plainly(text)
        scores: dict[str, dict[str, float]] = {}
        for system, retriever in retrievers.items():
            hits = retriever.retrieve(understood, 2 * LEG_PASSAGES).hits
            scores[system] = {h.passage.passage_id: h.similarity if system == "dense" else h.score for h in hits}
        legs = [scores["dense"], scores["lexical"]]
        scores["rrf"] = reciprocal_rank_fusion([list(leg) for leg in legs])
        for weight in weights:
            scores[f"weighted-{weight:g}"] = weighted_fusion(legs, [weight, 1 - weight])
        for system, found in scores.items():
            runs.setdefault(system, {})[question] = _documents(found, index, names)
        advance(1)
    return runs


def whole_documents(collection: Collection, encoder: Encoder, progress: Progress = quiet) -> Run:
    """Return the run of one vector per document, title and text cut off where the model stops reading.

    Published figures of a model are made so; where they are reached, judgements, measures and encoder are right.
    """
    names = list(collection.documents)
    texts = [f"{title} {text}".strip() for title, text in collection.documents.values()]
    vectors = encoder.encode(texts, progress("embedding whole documents", len(texts)))
    run: Run = {}
    for question, text in collection.questions.items():
        scores = vectors @ encoder.encode([text])[0]
        order = np.argsort(-scores, kind="stable")[:DEPTH]
        run[question] = ranked([(names[i], float(scores[i])) for i in order])
    return run


def notes() -> dict[str, Any]:
    """What a reader of the figures must know."""
    return {
        "dense_weight_of_fused": DENSE_WEIGHT,
        "depth": DEPTH,
        "score_of_a_document": "the best of its passages",
        "understanding": "none: questions are searched as they stand, without spelling, aliases or follow-ups",
    }


def _plainly(text: str) -> Understood:
    cleaned = one_line(text)
    return Understood(original=text, text=cleaned, terms=tuple(terms(cleaned)))


def _documents(scores: Mapping[str, float], index: LocalIndex, names: Mapping[str, str]) -> dict[str, float]:
    """Passages' scores as documents', best passage first; ties by passage id, as the product breaks them."""
    order = sorted(scores, key=lambda passage: (-scores[passage], passage))
    return dict(list(ranked([(names[index.passages[p].source_id], scores[p]) for p in order]).items())[:DEPTH])


def _source(number: int, title: str, text: str) -> Source:
    """One document as a source; its title is a heading, as on the library's pages."""
    source_id, heading = f"d{number}", one_line(title)
    body = normalise(f"# {heading}\n\n{text}" if heading else text)
    found = outline(body, source_id)
    untitled = [replace(s, heading_path=()) if len(s.heading_path) == 1 else s for s in found.sections]
    return Source(
        source_id=source_id,
        kind=Kind.DOCUMENT,
        title=found.title or "",
        author=None,
        url=None,
        licence=None,
        text=body,
        sections=found.sections if found.title else tuple(untitled),
    )


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ResultError(
            f"{path}: cannot be read ({type(error).__name__}): give a folder in BEIR's form, with corpus.jsonl, "
            "queries.jsonl and qrels/test.tsv"
        ) from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise ResultError(f"{path}:{number}: not JSON ({error.msg}): write one object a line") from error
        if not isinstance(row, dict):
            raise ResultError(f"{path}:{number}: not an object: write one object a line")
        yield f"{path}:{number}", row


def _new_id(row: dict[str, Any], known: Mapping[str, object], place: str) -> str:
    name = _text(row, "_id", place)
    if name in known:
        raise ResultError(f"{place}: id {name!r} stands there twice: rename one")
    return name


def _check_ids(path: Path, queries: set[str], documents: set[str]) -> None:
    for number, (question, name, _) in judgement_rows(path):
        if question not in queries:
            raise ResultError(f"{path}:{number}: judges the query {question!r}, which queries.jsonl lacks: correct it")
        if name not in documents:
            raise ResultError(f"{path}:{number}: judges {name!r}, which corpus.jsonl lacks: correct it")


def _text(row: dict[str, Any], key: str, place: str) -> str:
    value = row.get(key)
    if not isinstance(value, str) or (key == "_id" and not value):
        raise ResultError(f"{place}: key {key}: missing or not a text: correct it")
    return value

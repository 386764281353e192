"""Users' documents have one vector a passage in the index; vectors of their sentences are made when a question needs them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assistant.evidence import choose, score_sentences
from assistant.records import Question
from assistant.wiring import make_chain
from ingest.build import build
from ingest.corpus import Library
from ingest.corpus_models import Structure
from ingest.document_sentences import ReadIndex, with_document_sentences
from ingest.encoder import SentenceEncoder
from ingest.index import LocalIndex
from ingest.records import Facet, Kind, Source
from ingest.workspace import Workspace
from tests.fakes import WordsEncoder, source_of

PAGE = "# {}\n\nLearn python with data first. Then deploy a model.\n\n- Short one.\n- A project takes twelve weeks of statistics.\n"


def sources() -> tuple[Source, ...]:
    shelf = replace(source_of("shelf", PAGE.format("Shelf")), kind=Kind.RESOURCE)
    return shelf, source_of("doc-notes", PAGE.format("Notes"))


def opened(folder: Path, encoder: WordsEncoder | SentenceEncoder, *held: Source) -> LocalIndex:
    workspace = Workspace(folder)
    with workspace.writer():
        build(workspace, Library(Structure(), held or sources()), encoder)
    return workspace.open_current()


def test_a_document_is_embedded_by_its_passages_alone(tmp_path: Path) -> None:
    index = opened(tmp_path, WordsEncoder())
    facets = {name: [e.facet for e in index.entries if e.passage_id.startswith(name)] for name in ("shelf", "doc")}
    assert facets["shelf"] == [Facet.PASSAGE, *[Facet.SENTENCE] * 3]
    assert facets["doc"] == [Facet.PASSAGE]


def test_its_sentences_get_the_vectors_of_their_texts_when_they_are_asked_for(tmp_path: Path) -> None:
    encoder = WordsEncoder()
    whole = opened(tmp_path, encoder)
    index = with_document_sentences(whole, encoder)
    encoder.encoded.clear()
    [document] = (p for p in index.passages.values() if p.kind is Kind.DOCUMENT)
    [other] = (p for p in index.passages.values() if p.kind is not Kind.DOCUMENT)
    rows = index.sentence_vectors(document.passage_id)
    assert len(encoder.encoded) == 3, "a label of two words has none"
    np.testing.assert_allclose(rows, whole.sentence_vectors(other.passage_id), atol=1e-6)
    assert index.sentence_vectors(document.passage_id) is rows
    assert index.sentence_vectors(other.passage_id).any()
    assert len(encoder.encoded) == 3, "read once, and only of documents"
    with pytest.raises(ValueError, match="read-only"):
        rows[0] = 0


def test_an_index_without_documents_is_left_as_it_is(tmp_path: Path) -> None:
    index = opened(tmp_path, WordsEncoder(), sources()[0])
    assert with_document_sentences(index, WordsEncoder()) is index


def test_a_question_on_a_document_is_answered_by_its_best_sentence(tmp_path: Path, encoder: SentenceEncoder) -> None:
    text = (
        "# Team handbook\n\nThe canteen opens at eleven. Every pull request needs two reviewers before it is merged. "
        "Holidays are asked for in March.\n"
    )
    chain = make_chain(opened(tmp_path, encoder, sources()[0], source_of("doc-team", text)), encoder)
    assert isinstance(chain.index, ReadIndex)
    question = Question("According to my handbook, how many reviewers does a pull request need?")
    trace = chain.trace(question)
    sentences = score_sentences(trace.understood, trace.found, chain.index, chain.calibration.sentence)
    assert "two reviewers" in sentences[0].text
    assert sentences[0].features[0] > 0.5, "its own cosine"
    lead = choose(trace.sentences)[0]
    assert lead.text == chain.index.sources["doc-team"].text[lead.start : lead.end] == sentences[0].text

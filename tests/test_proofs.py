"""The sentences that prove data: whose they are, and which names they have."""

from dataclasses import replace
from pathlib import Path

import pytest

from assistant import proofs
from ingest.build import write_index
from ingest.corpus import load
from ingest.index import LocalIndex, open_index
from ingest.lexical import terms
from ingest.text import plain
from tests.fakes import WordsEncoder, source_of

SMALL_LIBRARY = Path(__file__).parent / "fixtures" / "library"


def test_a_roadmap_mentions_what_a_sentence_of_it_has_all_words_of(small_index: LocalIndex) -> None:
    known = proofs.proofs_of(small_index)
    found = set()
    for roadmap in small_index.structure.roadmaps:
        text = small_index.sources[roadmap].text
        passages = [p for p in small_index.passages.values() if p.source_id == roadmap]
        sentences = [set(terms(plain(text[start:end]))) for p in passages for start, end in p.sentences]
        for topic in small_index.structure.topics.values():
            said = any(sentence.issuperset(terms(name)) for sentence in sentences for name in topic.names)
            assert known.mentions(roadmap, topic.names) == said, (roadmap, topic.id)
            found.add(said)
    assert found == {True, False}
    assert not known.mentions("alder", ("the of",)), "no word of content"
    assert not known.mentions("nobody", ("bees",))


def test_a_users_document_proves_nothing_and_is_not_prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = load(SMALL_LIBRARY)
    note = source_of("note", "# My note\n\nMy own queen is called Beatrix.\n")
    write_index(tmp_path, replace(library, sources=(*library.sources, note)), WordsEncoder())
    index = open_index(tmp_path)
    prepared: list[str] = []

    def plain_and_noted(text: str) -> str:
        prepared.append(text)
        return plain(text)

    monkeypatch.setattr(proofs, "plain", plain_and_noted)
    known = proofs.Proofs(index)
    assert any(p.source_id == "note" for p in index.passages.values())
    assert prepared
    assert not any("Beatrix" in text for text in prepared)
    assert not known.mentions("note", ("queen",))

"""Decide what is embedded and what the lexical leg reads for each passage. Knows no model and no store."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ingest.records import Entry, Facet, Kind, Passage, Section, Source
from ingest.text import plain


@dataclass(frozen=True, slots=True)
class Facets:
    """Which ways lead into a passage; ablations leave some out.

    Users' documents have no sentences by default, which earned nothing on other people's texts: docs/log.md.
    """

    sentences: bool = True
    document_sentences: bool = False
    questions: bool = True
    headings: bool = True


ALL_FACETS = Facets()
MIN_SENTENCE_WORDS = 3  # shorter ones are headings and labels; the passage's own vector covers them


def entries_of(source: Source, passages: Iterable[Passage], facets: Facets = ALL_FACETS) -> Iterator[Entry]:
    """Yield the entries of a source: per passage itself, its sentences, and its section's questions.

    A question leads to the passage that holds its answer; one of a whole section to all its passages.
    """
    questions = {section.section_id: section.questions for section in source.sections}
    for passage in passages:
        label = heading_label(source, passage) if facets.headings else ""
        body = plain(passage.text)
        yield _entry(passage, Facet.PASSAGE, 0, f"{label}: {body}" if label else body, passage.start, passage.end)
        if facets.document_sentences if source.kind is Kind.DOCUMENT else facets.sentences:
            for n, (start, end) in enumerate(passage.sentences):
                sentence = sentence_text(source, (start, end))
                if sentence:
                    yield _entry(passage, Facet.SENTENCE, n, sentence, start, end)
        if facets.questions:
            for n, question in enumerate(questions[passage.section_id]):
                start, end = max(question.start, passage.start), min(question.end, passage.end)
                if start < end:
                    yield _entry(passage, Facet.QUESTION, n, question.text, start, end)


def sentence_text(source: Source, span: tuple[int, int]) -> str | None:
    """What is embedded of the sentence `source.text[start:end]`; None for one that is too short for a vector."""
    sentence = plain(source.text[span[0] : span[1]])
    return sentence if len(sentence.split()) >= MIN_SENTENCE_WORDS else None


def heading_label(source: Source, passage: Passage) -> str:
    """The title of the source and the headings below it, joined by ' > '."""
    path = passage.heading_path
    below = path[1:] if path[:1] == (source.title,) or len(path) > 1 else path
    return " > ".join([source.title, *(p for p in below if p != source.title)])


def lexical_text(source: Source, section: Section, passage: Passage, facets: Facets = ALL_FACETS) -> str:
    """What the lexical leg reads of a passage: headings, text, and its section's questions."""
    questions = section.questions
    parts = [plain(passage.text)]
    if facets.headings:
        parts += [heading_label(source, passage), *source.aliases]
    if facets.questions:
        parts += [q.text for q in questions if q.start < passage.end and passage.start < q.end]
    return "\n".join(parts)


def _entry(passage: Passage, facet: Facet, number: int, text: str, start: int, end: int) -> Entry:
    return Entry(f"{passage.passage_id}/{facet.value[0]}{number}", passage.passage_id, facet, text, start, end)

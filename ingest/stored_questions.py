"""Find the spans that a page's learners' questions lead to. Knows no file system."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ingest.corpus_models import Asked, Questions
from ingest.markdown import Block, Outline
from ingest.records import Section, StoredQuestion
from ingest.split import sentences_of
from ingest.text import plain


def with_questions(
    text: str, found: Outline, questions: Mapping[str, Questions]
) -> tuple[tuple[Section, ...], list[str]]:
    """Return the sections of a page with their questions, and one line for each opening that fits no sentence."""
    sections, problems = [], []
    for section in found.sections:
        slug = section.section_id.partition("#")[2]
        stored: list[StoredQuestion] = []
        for item in questions.get(slug, ()):
            if isinstance(item, Asked):
                spans = _sentences_opening(text, found.blocks[section.section_id], item.sentence)
                if len(spans) != 1:
                    problems.append(_misfit(slug, item.sentence, len(spans)))
                    continue
                stored += [StoredQuestion(ask, *spans[0]) for ask in item.ask]
            else:
                stored.append(StoredQuestion(item, section.start, section.end))
        sections.append(replace(section, questions=tuple(stored)))
    return tuple(sections), problems


def _sentences_opening(text: str, blocks: Sequence[Block], opening: str) -> list[tuple[int, int]]:
    wanted = plain(opening).rstrip(" .…")
    spans = (span for block in blocks for span in sentences_of(text, block))
    return [(start, end) for start, end in spans if plain(text[start:end]).startswith(wanted)]


def _misfit(slug: str, opening: str, count: int) -> str:
    remedy = "copy the first words of the sentence" if count == 0 else "copy more of its words"
    number = "no sentence" if count == 0 else f"{count} sentences"
    return f"key questions.{slug}: {number} of the section begins with {opening[:60]!r}: {remedy}"

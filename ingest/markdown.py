"""Read the structure of Markdown: its sections and blocks, as exact offsets into the text."""

import re
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ingest.records import Section
from ingest.text import plain, slugify

OVERVIEW = "overview"
MAX_HEADING_CHARS = 200  # a longer first line of a passage's label would crowd out the passage
# Inline marks have no part in the structure; as raw HTML or as a reference, lines would be lost to search.
UNUSED_RULES = ["inline", "text_join", "html_block", "reference"]
LEAVES = frozenset({"paragraph_open", "list_item_open", "table_open", "fence", "code_block", "blockquote_open"})
MARKER = re.compile(r"\s*(?:(?:[-*+]|\d{1,9}[.)])\s+)+")


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, list item, table, quotation or code block: `text[start:end]`; `body` skips a list mark."""

    start: int
    end: int
    body: int


@dataclass(frozen=True, slots=True)
class Outline:
    """The title of a Markdown text (None without a first-level heading), its sections and their blocks."""

    title: str | None
    sections: tuple[Section, ...]
    blocks: dict[str, tuple[Block, ...]]


@dataclass(frozen=True, slots=True)
class _Heading:
    level: int
    text: str
    start: int
    end: int


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"maxNesting": 20}).enable("table").disable(UNUSED_RULES)


def outline(text: str, source_id: str) -> Outline:
    """Return the sections and blocks of normalised `text`.

    Text before the first heading below the title is the section `overview`. A repeated heading gets
    `-2`, `-3`, … so that section ids are unique.
    """
    tokens = _parser().parse(text)
    offsets = _line_offsets(text)
    headings = _headings(tokens, offsets)
    title = next((h.text for h in headings if h.level == 1), None)
    sections: list[Section] = []
    used: Counter[str] = Counter()
    for path, start, end in _spans(headings, title, len(text)):
        slug = _unique(slugify(path[-1]) if path[1:] or path[0] != title else OVERVIEW, used)
        sections.append(Section(f"{source_id}#{slug}", path, start, end))
    blocks = _blocks(tokens, offsets, text)
    starts = [block.start for block in blocks]
    return Outline(title, tuple(sections), {s.section_id: _within(blocks, starts, s) for s in sections})


def _line_offsets(text: str) -> list[int]:
    offsets = [0]
    for line in text.split("\n"):
        offsets.append(offsets[-1] + len(line) + 1)
    offsets[-1] = len(text)
    return offsets


def _headings(tokens: list[Token], offsets: list[int]) -> list[_Heading]:
    found = []
    for token, inline in pairwise(tokens):
        if token.type == "heading_open" and token.level == 0 and token.map:
            first, last = token.map
            words = plain(inline.content)[:MAX_HEADING_CHARS].rstrip() or "Section"
            found.append(_Heading(int(token.tag[1]), words, offsets[first], offsets[last]))
    return found


def _spans(headings: list[_Heading], title: str | None, length: int) -> list[tuple[tuple[str, ...], int, int]]:
    spans: list[tuple[tuple[str, ...], int, int]] = []
    first = headings[0].start if headings else length
    if not headings or first > 0:
        spans.append(((title or "Overview",), 0, first))
    stack: list[_Heading] = []
    for i, heading in enumerate(headings):
        stack = [h for h in stack if h.level < heading.level] + [heading]
        end = headings[i + 1].start if i + 1 < len(headings) else length
        path = tuple(h.text for h in stack)
        spans.append((path, heading.end, end))
    return spans


def _unique(slug: str, used: Counter[str]) -> str:
    candidate = slug
    while candidate in used:
        used[slug] += 1  # how often the slug was met, so that no number is tried twice
        candidate = f"{slug}-{used[slug]}"
    used[candidate] += 1
    return candidate


def _blocks(tokens: list[Token], offsets: list[int], text: str) -> list[Block]:
    blocks: list[Block] = []
    covered = 0
    for token in tokens:
        if token.type not in LEAVES or token.map is None:
            continue
        start, end = offsets[token.map[0]], offsets[token.map[1]]
        if start < covered:
            continue
        covered = end
        end = start + len(text[start:end].rstrip())
        mark = MARKER.match(text, start, end) if token.type == "list_item_open" else None
        body = mark.end() if mark else start
        if body < end:
            blocks.append(Block(start, end, body))
    return blocks


def _within(blocks: list[Block], starts: list[int], section: Section) -> tuple[Block, ...]:
    first, last = bisect_left(starts, section.start), bisect_left(starts, section.end)
    return tuple(b for b in blocks[first:last] if b.end <= section.end)

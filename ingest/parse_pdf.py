"""Read PDF: lines with their size and place, and from these headings, list items and paragraphs."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from itertools import pairwise
from statistics import median
from typing import Any

from pypdf import PageObject, PdfReader
from pypdf.errors import DependencyError, LimitReachedError

from ingest.errors import DocumentError
from ingest.markdown_writer import MAX_HEADING_CHARS, MarkdownWriter, check_length
from ingest.parse_contract import Limits, Parsed
from ingest.text import clean, one_line

HEADER, HEADER_WITHIN = b"%PDF-", 1024  # bytes; ISO 32000-1, annex H.3.4.1

# All untuned; tried on pages printed by browsers and by LaTeX.
HEADING_SCALE = 1.15  # a heading's letters are at least so much larger than the body's
MAX_HEADING_SHARE = 0.3  # more text than that in large letters is no heading
PARAGRAPH_GAP = 1.35  # in lines
EDGE_LINES = 2  # running heads and page numbers stand in the first or last lines of a page
MIN_PAGES_FOR_EDGES = 3

LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}
BULLET = re.compile(r"[•◦▪▫●○■□‣⁃∙·]\s*(?=\S)")
ENDS_SENTENCE = re.compile(r"[.!?:;][\"'”’)\]]*\Z")
WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
HYPHENATED = re.compile(r"([^\W\d_]+(?:-[^\W\d_]+)*)-\Z")
MAX_WORD_CHARS = 60
PAGE_NUMBER = re.compile(r"#|[ivxlc]{1,8}")  # digits are counted as #
LEADERS = (".....", ". . . . .")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page (from 1): letter size and height above the page's foot in points, 0 when unknown."""

    text: str
    page: int
    size: float
    y: float


def parse_pdf(data: bytes, limits: Limits) -> Parsed:
    """Return the text of a PDF. Raises DocumentError when it is encrypted, a bomb, or without text."""
    if HEADER not in data[:HEADER_WITHIN]:
        raise DocumentError("is not a PDF: give the file the extension of what it is")
    try:
        reader = PdfReader(BytesIO(data), strict=False)
        _unlock(reader)
        lines = _all_lines(reader, limits.max_output_chars)
    except LimitReachedError as error:
        raise DocumentError("unpacks to more than a PDF of words does: print it to a new PDF, or split it") from error
    if not lines:
        raise DocumentError("has no text: it is probably a scan, so run text recognition (OCR) on it first")
    writer = MarkdownWriter(limits.max_output_chars)
    _write(_without_running_heads(lines), writer)
    return Parsed(writer.text(), _metadata(reader, "title"), _metadata(reader, "author"))


def _unlock(reader: PdfReader) -> None:
    """Open a file that is encrypted only against editing, which any reader may read."""
    try:
        is_open = not reader.is_encrypted or bool(reader.decrypt(""))
    except DependencyError:
        is_open = False
    if not is_open:
        raise DocumentError("is encrypted: save a copy without a password")


def _metadata(reader: PdfReader, key: str) -> str | None:
    try:
        value = getattr(reader.metadata, key, None)
    except Exception:  # noqa: BLE001 - what the text does not need must not lose it
        return None
    return one_line(str(value)) or None if value else None


def _all_lines(reader: PdfReader, max_chars: int) -> list[Line]:
    lines: list[Line] = []
    chars = 0
    for number, page in enumerate(reader.pages, start=1):
        found = _lines(page, number)
        chars += sum(len(line.text) + 1 for line in found)
        check_length(chars, max_chars)
        lines += found
    return lines


@dataclass(slots=True)
class _Collector:
    """Receives the pieces of a page's text in order, and makes lines of them."""

    page: int
    lines: list[Line] = field(default_factory=list)
    _words: list[str] = field(default_factory=list)
    _sizes: Counter[float] = field(default_factory=Counter)
    _y: float = 0.0

    def piece(self, text: str, matrix: Sequence[Any], text_matrix: Sequence[Any], _font: Any, size: Any) -> None:
        for number, part in enumerate(text.split("\n")):
            if number:
                self.end_line()
            if part.strip():
                if not self._sizes:
                    self._y = _finite(text_matrix[4] * matrix[1] + text_matrix[5] * matrix[3] + matrix[5])
                scale = math.sqrt(abs(_determinant(matrix) * _determinant(text_matrix)))
                self._sizes[round(_finite(abs(size) * scale) * 2) / 2] += len(part)
            self._words.append(part)

    def end_line(self) -> None:
        text = " ".join(clean("".join(self._words).translate(LIGATURES)).split())
        if text:
            size = self._sizes.most_common(1)[0][0] if self._sizes else 0.0
            self.lines.append(Line(text, self.page, size, self._y))
        self._words, self._sizes = [], Counter()


def _lines(page: PageObject, number: int) -> list[Line]:
    collector = _Collector(number)
    page.extract_text(visitor_text=collector.piece)
    collector.end_line()
    return collector.lines


def _determinant(matrix: Sequence[Any]) -> float:
    return _finite(matrix[0] * matrix[3] - matrix[1] * matrix[2])


def _finite(value: Any) -> float:
    number = float(value)
    return number if math.isfinite(number) and abs(number) < 1e9 else 0.0


def _without_running_heads(lines: list[Line]) -> list[Line]:
    """Leave out tables of contents, page numbers, and what most pages repeat at their edge but for its digits."""
    lines = [line for line in lines if not _leads_to_page(line.text)] or lines
    pages: dict[int, list[Line]] = {}
    for line in lines:
        pages.setdefault(line.page, []).append(line)
    if len(pages) < MIN_PAGES_FOR_EDGES:
        return lines
    edges = {n: {*map(_without_digits, [*page[:EDGE_LINES], *page[-EDGE_LINES:]])} for n, page in pages.items()}
    counts = Counter(key for keys in edges.values() for key in keys)
    repeated = {key for key, count in counts.items() if count > len(pages) / 2 or PAGE_NUMBER.fullmatch(key[0])}
    return [line for line in lines if _without_digits(line) not in repeated] or lines


def _leads_to_page(text: str) -> bool:
    return text.rstrip("0123456789ivxlc ").endswith(LEADERS)


def _without_digits(line: Line) -> tuple[str, float]:
    return re.sub(r"\d+", "#", line.text), line.size


def _write(lines: list[Line], writer: MarkdownWriter) -> None:
    levels = _heading_levels(lines)
    line_height = _line_height(lines)
    words = Counter(word.lower() for line in lines for word in WORD.findall(line.text))
    has_pages = not levels and lines[-1].page > lines[0].page
    group: list[Line] = []
    for line in lines:
        starts_page = has_pages and (not group or line.page != group[-1].page)
        if group and (starts_page or _ends_group(group[-1], line, levels, line_height)):
            _write_group(group, levels, words, writer)
            group = []
        if starts_page:
            writer.heading(2, f"Page {line.page}")
        group.append(line)
    _write_group(group, levels, words, writer)


def _write_group(group: list[Line], levels: dict[float, int], words: Counter[str], writer: MarkdownWriter) -> None:
    text = _joined([line.text for line in group], words)
    level = levels.get(group[0].size)
    bullet = BULLET.match(text)
    if level and len(text) <= MAX_HEADING_CHARS and WORD.search(text):
        writer.heading(level, text)
    elif bullet:
        writer.item(text[bullet.end() :])
    else:
        writer.paragraph(text)


def _heading_levels(lines: Iterable[Line]) -> dict[float, int]:
    """Return the level of each letter size that headings have; empty when size tells nothing."""
    chars: Counter[float] = Counter()
    for line in lines:
        chars[line.size] += len(line.text)
    body = chars.most_common(1)[0][0]
    large = sorted((size for size in chars if size >= body * HEADING_SCALE), reverse=True)
    if body == 0 or sum(chars[size] for size in large) > MAX_HEADING_SHARE * chars.total():
        return {}
    return {size: min(level, 6) for level, size in enumerate(large, start=1)}


def _line_height(lines: list[Line]) -> float:
    """Return the usual distance of two lines of one size on a page, in points; 0 when unknown."""
    steps = [a.y - b.y for a, b in pairwise(lines) if a.page == b.page and a.size == b.size and a.y > b.y]
    return median(steps) if steps else 0.0


def _ends_group(last: Line, line: Line, levels: dict[float, int], line_height: float) -> bool:
    if last.size != line.size and (last.size in levels or line.size in levels):
        return True
    if BULLET.match(line.text):
        return True
    step = last.y - line.y
    if last.page != line.page or step < 0:  # a new page or column goes on in mid-sentence, or does not
        return line.size in levels or not line.text[0].islower() or bool(ENDS_SENTENCE.search(last.text))
    return line_height > 0 and step > line_height * PARAGRAPH_GAP and line.size not in levels


def _joined(lines: list[str], words: Counter[str]) -> str:
    """Join lines; a word that was broken at its end is made whole, a compound keeps its hyphen."""
    text = [lines[0]]
    for line in lines[1:]:
        broken, rest = HYPHENATED.search(text[-1][-MAX_WORD_CHARS:]), WORD.match(line)
        if broken and rest and rest.group()[0].islower():
            head, tail = broken.group(1).lower(), rest.group().lower()
            is_compound = f"{head}-{tail}" in words or ("-" in head and head + tail not in words)
            text[-1] = text[-1] if is_compound else text[-1][:-1]
            text.append(line)
        else:
            text += [" ", line]
    return "".join(text)

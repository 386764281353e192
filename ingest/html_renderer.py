"""Turn the elements of a page, as they open and close, into Markdown blocks. Decides nothing on visibility."""

import re
from collections.abc import Callable

from bs4.element import Tag

from ingest.markdown_writer import MarkdownWriter, link, web_address

HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
LISTS = frozenset(["ul", "ol", "menu", "dir"])
RAW = frozenset(["pre", "xmp", "listing", "plaintext"])
CELLS = frozenset(["td", "th"])
STRUCTURE = HEADINGS | LISTS | RAW | {"li", "table", "p", "blockquote", "dl"}  # ends a heading left open
LAYOUT = frozenset(  # blocks that may stand inside a heading or a table's cell
    "address article aside body center dd details dialog div dt fieldset figcaption figure footer form header hgroup "
    "hr html legend main nav search section summary caption tbody thead tfoot tr td th".split()
)
BLOCKS = STRUCTURE | LAYOUT
NOT_IN_DATA = HEADINGS | LISTS | RAW | {"table", "blockquote", "dl"}
CODE = frozenset(["code", "kbd", "samp", "tt"])
SPACE = re.compile(r"\s+")


class TableSorter:
    """Hears a page's elements, and finds the tables that arrange the page: `layout` has their identities."""

    def __init__(self) -> None:
        self.layout: set[int] = set()
        self._tables: list[int] = []

    def open(self, tag: Tag) -> None:
        """Begin an element."""
        if tag.name in NOT_IN_DATA and self._tables:
            self.layout.add(self._tables[-1])
        if tag.name == "table":
            self._tables.append(id(tag))

    def words(self, text: str) -> None:
        """Pass over text."""

    def close(self, name: str) -> None:
        """End an element."""
        if name == "table":
            self._tables.pop()


class HtmlRenderer:
    """Hears the elements of a page in document order; `text()` is the Markdown of them."""

    def __init__(self, writer: MarkdownWriter, layout_tables: set[int]) -> None:
        self._writer = writer
        self._layout_tables = layout_tables
        self._words: list[str] = []
        self._counters: list[int | None] = []  # of the open lists; None for a bulleted one
        self._item: int | None = None  # depth of a list item whose first words are awaited
        self._heading = 0
        self._raw_depth = 0
        self._code_depth = 0
        self._rows: list[list[str]] | None = None  # of an open table of data
        self._in_cell = False
        self._marked: int | None = None  # where the words of the open link or code begin
        self._url = ""

    def open(self, tag: Tag) -> None:
        """Begin an element."""
        name = tag.name
        if name == "br":
            self._words.append("\n")
        elif self._raw_depth:
            self._raw_depth += name in RAW
        elif name in BLOCKS:
            self._end_block(ends_heading=name in STRUCTURE and (name != "p" or not self._is_blank()))
            self._open_block(tag)
        elif name in CODE:
            self._code_depth += 1
            if self._code_depth == 1 and not self._url:
                self._marked = len(self._words)
        elif name == "a" and not self._code_depth:
            self._url = web_address(str(tag.get("href") or ""))
            self._marked = len(self._words)

    def words(self, text: str) -> None:
        """Add text to the open element."""
        self._words.append(text if self._raw_depth else SPACE.sub(" ", text))

    def close(self, name: str) -> None:
        """End an element."""
        if self._raw_depth:
            self._raw_depth -= name in RAW
            if self._raw_depth == 0:
                self._writer.code(self._taken())
        elif name in BLOCKS:
            self._close_block(name)
        elif name in CODE:
            self._code_depth -= 1
            if self._code_depth == 0 and not self._url:
                self._wrap(_as_code)
        elif name == "a" and not self._code_depth:
            url, self._url = self._url, ""
            if url:
                self._wrap(lambda words: link(words, url))

    def text(self) -> str:
        """Return the Markdown of everything heard."""
        self._end_block(ends_heading=True)
        return self._writer.text()

    def _open_block(self, tag: Tag) -> None:
        name = tag.name
        if name in HEADINGS and not self._in_cell:
            self._heading = int(name[1])
        elif name in LISTS:
            self._counters.append(_first_number(tag) - 1 if name == "ol" else None)
        elif name == "li":
            self._open_item()
        elif name in RAW:
            self._raw_depth = 1
        elif name == "table":
            self._rows = None if id(tag) in self._layout_tables else []
        elif self._rows is not None and (name == "tr" or (name in CELLS and not self._rows)):
            self._rows.append([])
        if self._rows is not None and name in CELLS:
            self._in_cell = True

    def _close_block(self, name: str) -> None:
        if self._in_cell and name in CELLS and self._rows:
            self._in_cell = False
            self._rows[-1].append(self._taken())
            return
        self._end_block(ends_heading=name in HEADINGS)
        if name in LISTS and self._counters:
            self._counters.pop()
        elif name == "li":
            self._item = None
        elif name == "table" and self._rows is not None:
            self._writer.table(self._rows)
            self._rows = None

    def _open_item(self) -> None:
        if not self._counters:
            self._item = 1
            return
        number = self._counters[-1]
        if number is not None:
            self._counters[-1] = number + 1
        self._item = len(self._counters)

    def _end_block(self, *, ends_heading: bool) -> None:
        if self._in_cell or (self._heading and not ends_heading):
            self._words.append(" ")
            return
        words = self._taken()
        level, self._heading = self._heading, 0
        if level:
            self._writer.heading(level, words)
        elif not words.strip():
            return
        elif self._item is None:
            self._writer.paragraph(words, depth=len(self._counters))
        else:
            self._writer.item(words, self._item, self._counters[-1] if self._counters else None)
            self._item = None

    def _is_blank(self) -> bool:
        if any(words.strip() for words in self._words):
            return False
        self._words = []
        return True

    def _taken(self) -> str:
        words = "".join(self._words)
        self._words = []
        self._marked = None
        return words

    def _wrap(self, dress: Callable[[str], str]) -> None:
        """Dress the words since the mark, unless a block ended among them."""
        if self._marked is None:
            return
        words = "".join(self._words[self._marked :])
        core = " ".join(words.split())
        if core:
            before, after = " " * words[:1].isspace(), " " * words[-1:].isspace()
            self._words[self._marked :] = [before + dress(core) + after]
        self._marked = None


def _as_code(words: str) -> str:
    return words if "`" in words else f"`{words}`"


def _first_number(tag: Tag) -> int:
    start = str(tag.get("start") or "1")
    return int(start) if start.isascii() and start.isdigit() and len(start) <= 9 else 1

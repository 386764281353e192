"""Write headings, paragraphs, lists, tables and code as Markdown that means no more than it says."""

import re
from urllib.parse import quote

from ingest.errors import DocumentError

MAX_HEADING_CHARS = 200  # longer ones are paragraphs that someone set in large letters
MAX_LIST_DEPTH = 6
MAX_ITEM_NUMBER = 999_999_999  # CommonMark 0.31, section 5.2

OPENS_BLOCK = re.compile(r"#{1,6}(?=\s|$)|```|~~~")
RULE = re.compile(r"[-=_*]+|(?:[-_*] ?){3,}")
FOREIGN_LINK = re.compile(r"\]\((?!https?://)(?![\w ,.'\"=*+-]{0,200}\))", re.IGNORECASE)
REFERENCE = re.compile(r"^([ \t>*+\-\d.)]{0,40}\[[^\n]{1,300}?\]):", re.MULTILINE)
OPEN_COMMENT = re.compile(r"<(?=!--)")
WEB = re.compile(r"https?://\S", re.IGNORECASE)
SAFE_IN_URL = ":/?#@!$&'*+,;=%~"
MAX_URL_CHARS = 2000
BACKTICKS = re.compile("`+")


def defuse(text: str) -> str:
    """Return `text` so that no Markdown reader finds a picture, a non-web link or a reference in it.

    A backslash stands before what would be one. A call in code such as `f[x](y)` is left alone.
    """
    paragraphs = FOREIGN_LINK.sub(r"\\](", text).split("\n\n")
    paragraphs = [p.replace("![", r"\![") if "](" in p or "][" in p else p for p in paragraphs]
    return REFERENCE.sub(r"\1\\:", "\n\n".join(paragraphs))


def web_address(href: str) -> str:
    """Return `href` escaped for Markdown; empty unless it is an http or https address of sane length."""
    href = href.strip()
    return quote(href, safe=SAFE_IN_URL) if WEB.match(href) and len(href) <= MAX_URL_CHARS else ""


def link(words: str, href: str) -> str:
    """Return `words` as a link to `href`; the words alone where it is no web address or they hold brackets."""
    core, url = " ".join(words.split()), web_address(href)
    if not core or not url or core in (href, url) or "[" in core or "]" in core:
        return words
    return f"{' ' * words[:1].isspace()}[{core}]({url}){' ' * words[-1:].isspace()}"


class MarkdownWriter:
    """Collects blocks; `text()` is the document. Words that look like a heading or a fence stay words."""

    def __init__(self, max_chars: int) -> None:
        self._max_chars = max_chars
        self._chars = 0
        self._parts: list[str] = []
        self._indents: list[int] = []  # width of the list mark at each depth of the current list
        self._is_item = False

    def heading(self, level: int, words: str) -> None:
        """Add a heading of `level` 1 to 6; a paragraph when it is too long for one."""
        words = " ".join(words.split())
        if len(words) > MAX_HEADING_CHARS:
            self.paragraph(words)
        elif words:
            self._add("#" * min(max(level, 1), 6) + " " + words)

    def paragraph(self, words: str, depth: int = 0) -> None:
        """Add a paragraph for each group of lines of `words`; `depth` above 0 continues a list item."""
        self._indents = self._indents[:depth]
        indent = " " * sum(self._indents)
        for group in re.split(r"\n[^\S\n]*\n", words):
            lines = _lines(group)
            if lines:
                self._add(indent + f"\n{indent}".join(lines), keeps_list=bool(self._indents))

    def item(self, words: str, depth: int = 1, number: int | None = None) -> None:
        """Add a list item at `depth` from 1; numbered when `number` is given, else bulleted."""
        lines = _lines(words)
        if not lines:
            return
        outer = self._indents[: min(depth, MAX_LIST_DEPTH) - 1]
        mark = "- " if number is None else f"{min(max(number, 0), MAX_ITEM_NUMBER)}. "
        self._indents = [*outer, len(mark)]
        indent = " " * sum(self._indents)
        self._add(" " * sum(outer) + mark + f"\n{indent}".join(lines), is_item=True, keeps_list=True)

    def table(self, rows: list[list[str]]) -> None:
        """Add a table whose first row is its head; paragraphs when it has a single column."""
        rows = [[" ".join(cell.split()).replace("|", r"\|") for cell in row] for row in rows]
        rows = [row for row in rows if any(row)]
        width = max((len(row) for row in rows), default=0)
        if width < 2:
            for row in rows:
                self.paragraph(row[0].replace(r"\|", "|"))
            return
        head = rows[0] + [""] * (width - len(rows[0]))
        lines = [f"| {' | '.join(row)} |" for row in (head, ["---"] * width, *rows[1:])]
        self._add("\n".join(lines))

    def code(self, text: str) -> None:
        """Add `text` as a fenced block, line by line as it is."""
        text = "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")
        if text:
            longest = max(map(len, BACKTICKS.findall(text)), default=0)
            fence = "`" * max(3, longest + 1)
            self._add(f"{fence}\n{text}\n{fence}")

    def text(self) -> str:
        """Return the Markdown of everything added."""
        # What is a comment to a reader of Markdown was visible words in the file.
        return OPEN_COMMENT.sub(r"<\\", defuse("".join(self._parts)))

    def _add(self, block: str, *, is_item: bool = False, keeps_list: bool = False) -> None:
        if not keeps_list:
            self._indents = []
        if self._parts:
            self._parts.append("\n" if is_item and self._is_item else "\n\n")
        self._is_item = is_item
        self._parts.append(block)
        self._chars += len(block) + 2
        check_length(self._chars, self._max_chars)


def check_length(chars: int, max_chars: int) -> None:
    """Raise DocumentError when `chars` is above `max_chars`."""
    if chars > max_chars:
        raise DocumentError(f"gives more than {max_chars:,} characters of text: split it into smaller files")


def _lines(words: str) -> list[str]:
    """Lines with single spaces, without blank lines and rules, that begin no block."""
    lines = (" ".join(line.split()) for line in words.split("\n"))
    return [OPENS_BLOCK.sub(r"\\\g<0>", line) if OPENS_BLOCK.match(line) else line for line in lines if _says(line)]


def _says(line: str) -> bool:
    return bool(line) and not RULE.fullmatch(line)

"""Read plain text and Markdown files, and keep what a reader would see."""

import re

from markdown_it import MarkdownIt

from ingest.decoding import decode
from ingest.markdown_writer import MAX_HEADING_CHARS, OPEN_COMMENT, defuse
from ingest.parse_contract import Limits, Parsed
from ingest.parse_html import parse_html_text
from ingest.text import one_line

CLOSED_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
UNDERLINE = re.compile(r"[ \t]{0,3}(?:-+|=+)[ \t]*")
HASHES = re.compile(r"#{1,6}\s")
FRONT_MATTER = re.compile(r"---[ \t]*\n((?:[\w-]+[ \t]*:|#)[^\n]*\n(?:[^\n]*\n)*?)(?:---|\.\.\.)[ \t]*(?:\n|\Z)")
MAX_NESTING = 60  # far more than people write, far less than exhausts the stack


def parse_plain(data: bytes, _limits: Limits) -> Parsed:
    """Return a plain text as it is, but that it holds no comment, picture or link to anything but the web."""
    text = CLOSED_COMMENT.sub("", decode(data))
    return Parsed(OPEN_COMMENT.sub(r"<\\", defuse("\n".join(_as_prose(text.split("\n"))))))


def parse_markdown(data: bytes, limits: Limits) -> Parsed:
    """Return Markdown without raw HTML, pictures and front matter, by way of the HTML that it stands for."""
    text = decode(data)
    front = FRONT_MATTER.match(text)
    renderer = MarkdownIt("commonmark", {"maxNesting": MAX_NESTING}).enable(["table", "strikethrough"])
    renderer.validateLink = _is_any_link  # type: ignore[method-assign,assignment]
    parsed = parse_html_text(renderer.render(text[front.end() :] if front else text), limits)
    values = front.group(1) if front else ""
    return Parsed(parsed.text, parsed.title or _value(values, "title"), parsed.author or _value(values, "author"))


def _is_any_link(_url: str) -> bool:
    """A link to a foreign scheme must be seen as a link, so that its address is dropped."""
    return True


def _as_prose(lines: list[str]) -> list[str]:
    """Keep a ruled line below a paragraph, and a long line after `#`, from making a heading of the text."""
    kept: list[str] = []
    for line in lines:
        if UNDERLINE.fullmatch(line) and kept and kept[-1].strip():
            is_heading = len(kept[-1]) <= MAX_HEADING_CHARS and not "".join(kept[-2:-1]).strip()
            kept += [line] if is_heading else ["", line]
        elif len(line) > MAX_HEADING_CHARS and HASHES.match(line):
            kept.append("\\" + line)
        else:
            kept.append(line)
    return kept


def _value(front: str, key: str) -> str | None:
    found = re.search(rf"^{key}[ \t]*:[ \t]*(.+)$", front, re.MULTILINE | re.IGNORECASE)
    return (one_line(found.group(1)).strip("\"' ") or None) if found else None

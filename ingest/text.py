"""Clean text once, so that offsets into it stay true for ever. Knows nothing of files or formats."""

import re
import unicodedata

# Zero-width and bidirectional controls can hide text from a reader; C0/C1 controls break terminals.
HIDDEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\U000e0000-\U000e0fff]"
)
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
OPENER = re.compile(r"(?<!<!)(?:<!)++(?=--)")  # what is left of comments inside comments would open one again
TRAILING = re.compile(r"(?<![ \t])[ \t]++(?=\n|\Z)")  # starts at the run's first blank only: linear in its length
MARKS_IN_A_ROW = re.compile(r"([\u0300-\u036f\u1ab0-\u1aff\u20d0-\u20ff]{4})[\u0300-\u036f\u1ab0-\u1aff\u20d0-\u20ff]+")
LONG_RUN = re.compile(
    r"[^\w\s\x00-\x7f]{31,}"
)  # where alone more than MAX_MARKS combining characters can follow each other
MAX_MARKS = 30  # Unicode Standard Annex 15, stream-safe text: what normalisation sorts in bounded time


def clean(text: str) -> str:
    """Return `text` in NFC with plain newlines, without control, hidden or piled-up combining characters."""
    text = re.sub(r"\r\n?|[\u0085\u2028\u2029]", "\n", text)
    text = LONG_RUN.sub(_few_marks, HIDDEN.sub("", CONTROLS.sub("", text)))
    return MARKS_IN_A_ROW.sub(r"\1", unicodedata.normalize("NFC", text))


def _few_marks(run: re.Match[str]) -> str:
    kept: list[str] = []
    marks = 0
    for character in run.group():
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= MAX_MARKS:
            kept.append(character)
    return "".join(kept)


def normalise(text: str) -> str:
    """Return a document's immutable text: `clean`, without HTML comments, trailing blanks or outer blank lines."""
    text = TRAILING.sub("", OPENER.sub("", COMMENT.sub("", clean(text))))
    return text.strip("\n") + "\n" if text.strip() else ""


def one_line(text: str) -> str:
    """Return `clean` text with every run of white space as one space."""
    return " ".join(clean(text).split())


LINK = re.compile(r"!?\[((?:[^\[\]]|\[[^\[\]]{0,200}\]){0,400})\]\((?:[^()\s]|\([^()\s]{0,200}\)){0,2000}\)")
MARKUP = re.compile(
    r"[*`]{1,3}(?=\S)|(?<=\S)[*`]{1,3}|(?<!\w)_{1,3}(?=\S)|(?<=\S)_{1,3}(?!\w)|^\s{0,3}(?:#{1,6}|>|[-*+]|\d{1,3}[.)])\s+",
    re.MULTILINE,
)


def plain(markdown: str) -> str:
    """Return Markdown as a reader hears it: link texts without addresses, no emphasis or list marks, one line."""
    return " ".join(MARKUP.sub("", LINK.sub(r"\1", markdown)).split())


def slugify(heading: str) -> str:
    """The section slug of a heading: lower-case words joined by hyphens; `section` when none is left."""
    return "-".join(re.findall(r"[a-z0-9]+", heading.lower())) or "section"


def escaped(text: str) -> str:
    """Return `text` with a backslash escape for each character that is not printed: controls, bytes that are no text."""
    return "".join(c if c.isprintable() else _escape(c) for c in text)


def _escape(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a file name that is not UTF-8 (PEP 383)
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

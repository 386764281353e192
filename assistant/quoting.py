"""Show what a source says so that it is read as a quotation and as nothing else."""

import re

from ingest.records import Kind
from ingest.text import LINK, clean, plain

MARK = re.compile(r"\[(\^?\d+(?:\s?[,;–-]\s?\d+)*)\]")
MARK_NOT_LINK = re.compile(rf"{MARK.pattern}(?!\()")
ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
ADDRESS = re.compile(
    r"\b[a-z][a-z0-9+.-]{0,20}://[^\s<>\"“”]+|\b(?:javascript|vbscript|data|file|mailto|tel|blob):[^\s<>\"“”]+"
    r"|\bwww\.[^\s<>\"“”]+|[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{2,64}",
    re.IGNORECASE,
)
TRAILING = ".,;:!?)]'’"
ACTIVE = re.compile(r"[\\<\[\]]|&(?=#?\w{1,32};)")


def quoted(quote: str, kind: str) -> str:
    """Return a quote as an answer shows it, on one line.

    Figures in brackets become figures in parentheses, so that only the assistant's own marks are
    marks. A user's document is moreover set in quotation marks and has no markup: its addresses
    can be read but not clicked.
    """
    if kind != Kind.DOCUMENT.value:
        return " ".join(MARK_NOT_LINK.sub(r"(\1)", quote).split())
    return f"“{as_words(quote)}”"


def as_words(text: str) -> str:
    """Return untrusted Markdown as words that mean no markup, on one line; addresses stand as code."""
    spoken = LINK.sub(lambda link: f"{link.group(1)} ({_target(link.group())})", clean(text))
    bare = MARK.sub(r"(\1)", ESCAPED.sub(r"\1", plain(spoken)).replace("`", ""))
    parts: list[str] = []
    place = 0
    for found in ADDRESS.finditer(bare):
        address = found.group().rstrip(TRAILING)
        parts += [_escaped(bare[place : found.start()]), f"`{address}`"]
        place = found.start() + len(address)
    return " ".join("".join([*parts, _escaped(bare[place:])]).split())


def _target(link: str) -> str:
    return link.rpartition("](")[2].removesuffix(")")


def _escaped(text: str) -> str:
    return ACTIVE.sub(lambda found: f"\\{found.group()}", text)

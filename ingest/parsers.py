"""Open a user's file, and make a source, with a title and an id, of what a parser reads in it."""

import os
import re
import stat
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.errors import DocumentError
from ingest.markdown import outline
from ingest.parse_contract import SUFFIXES, Limits, Parsed
from ingest.records import Kind, Source
from ingest.text import normalise, one_line, slugify

PREFIX = "doc-"
UNTITLED = "untitled"
MAX_SLUG_CHARS = 60
MAX_TITLE_CHARS = 200
DEFAULT_LIMITS = Limits()


def read_content(path: Path, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """Return the bytes of the file at `path`, of a kind that can be read. Raises DocumentError."""
    if path.suffix.lower() not in SUFFIXES:
        raise DocumentError(unsupported(path))
    name = shown_name(path)
    with _opened(path, name) as handle, os.fdopen(handle, "rb", closefd=False) as file:
        try:
            data = file.read(limits.max_input_bytes + 1)
        except OSError as error:
            raise DocumentError(f"{name} could not be read ({error.strerror}): check its disk") from error
    if len(data) > limits.max_input_bytes:
        raise DocumentError(f"{name} {limits.too_large}")
    return data


def shown_name(path: Path) -> str:
    """Return the file's name as messages have it."""
    return one_line(path.name) or "the file"


def source_of(path: Path, parsed: Parsed) -> Source:
    """Return what was read from the file at `path`, whatever the parser made of it, as a source of kind `document`.

    Its id is `doc-` and the slug of the file's stem. The title is the first top heading, else what the metadata says,
    else the file's name.
    """
    text = normalise(parsed.text)
    source_id = PREFIX + stem_slug(path.stem)
    found = outline(text, source_id)
    title = found.title or one_line(parsed.title or "") or one_line(path.stem) or UNTITLED
    return Source(
        source_id=source_id,
        kind=Kind.DOCUMENT,
        title=title[:MAX_TITLE_CHARS],
        author=one_line(parsed.author or "")[:MAX_TITLE_CHARS] or None,
        url=None,
        licence=None,
        text=text,
        sections=found.sections,
    )


def unsupported(path: Path) -> str:
    """Return why a file with another extension is not read."""
    return f"{one_line(path.name)} is of a kind that cannot be read: give one of {', '.join(SUFFIXES)}"


def stem_slug(stem: str) -> str:
    """Return the slug of a file's stem, accents dropped; `untitled` when no Latin letter or digit is left."""
    plain = unicodedata.normalize("NFKD", one_line(stem))
    if not re.search(r"[a-zA-Z0-9]", plain):
        return UNTITLED
    return slugify("".join(c for c in plain if not unicodedata.combining(c)))[:MAX_SLUG_CHARS].strip("-")


@contextmanager
def _opened(path: Path, name: str) -> Iterator[int]:
    """Yield a handle of a regular file that is not empty; what is no file, such as a pipe, is not waited for."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(path, flags)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its path is not valid"
        raise DocumentError(f"{name} cannot be opened ({reason}): check its path and permissions") from error
    try:
        reason = _why_not(os.fstat(handle))
        if reason:
            raise DocumentError(f"{name} {reason}")
        yield handle
    finally:
        os.close(handle)


def _why_not(status: os.stat_result) -> str | None:
    if not stat.S_ISREG(status.st_mode):
        return "is not a regular file: give a file or a folder"
    return None if status.st_size else "is empty: give a file with text in it"

"""Read a user's file as a source, by a child process that can neither hang, nor grow, nor crash this one."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO

from ingest.corpus_models import slugify
from ingest.errors import DocumentError
from ingest.markdown import outline
from ingest.parse_contract import MEMORY_EXIT, SUFFIXES, Limits, Parsed
from ingest.records import Kind, Source
from ingest.text import normalise, one_line

PREFIX = "doc-"
UNTITLED = "untitled"
MAX_SLUG_CHARS = 60
MAX_TITLE_CHARS = 200
MAX_NOISE_BYTES = 2**16
# Where Python, its packages and a temporary file are found; keys and tokens are not handed on.
KEPT_VARIABLES = (
    *("HOME", "APPDATA", "PYTHONHOME", "PYTHONPATH", "PYTHONUSERBASE", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"),
    *("SYSTEMROOT", "TMPDIR", "TEMP", "TMP"),
)
DEFAULT_LIMITS = Limits()


def read_document(path: Path, limits: Limits = DEFAULT_LIMITS) -> Source:
    """Return the file at `path` as a source of kind `document`, its id `doc-` and the slug of the file's stem.

    The title is the first top heading, else what the metadata says, else the file's name. Takes at
    most `limits.timeout_seconds`. Raises DocumentError, which names the file, the cause and the remedy.
    """
    name = one_line(path.name) or "the file"
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise DocumentError(unsupported(path))
    with _opened(path, name) as file:
        parsed = _answer(file, suffix, name, limits)
    return source_of(path, parsed)


def source_of(path: Path, parsed: Parsed) -> Source:
    """Return what was read from the file at `path` as a source, whatever the parser made of it."""
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
def _opened(path: Path, name: str) -> Iterator[IO[bytes]]:
    """Open a regular file that is not empty; what is no file, such as a pipe, is not waited for."""
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
        with os.fdopen(handle, "rb", closefd=False) as file:
            yield file
    finally:
        os.close(handle)


def _why_not(status: os.stat_result) -> str | None:
    if not stat.S_ISREG(status.st_mode):
        return "is not a regular file: give a file or a folder"
    return None if status.st_size else "is empty: give a file with text in it"


def _answer(file: IO[bytes], suffix: str, name: str, limits: Limits) -> Parsed:
    # -P: a module in the folder that the user works in must not be taken for a library.
    command = [sys.executable, "-P", "-m", "ingest.parse_child", suffix, json.dumps(asdict(limits))]
    try:
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as noise:
            code = subprocess.run(  # noqa: S603 - our own module
                command,
                stdin=file,
                stdout=output,
                stderr=noise,
                env={name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ},
                timeout=limits.timeout_seconds,
                check=False,
            ).returncode
            if code != 0:
                raise DocumentError(f"{name} {_reason(code, noise, limits)}")
            output.seek(0)
            return _read_answer(output.read(limits.max_answer_bytes), name)
    except subprocess.TimeoutExpired as error:
        raise DocumentError(f"{name} {_too_slow(limits)}") from error
    except OSError as error:
        raise DocumentError(f"{name} could not be read ({error.strerror}): free memory and disk space") from error


def _read_answer(output: bytes, name: str) -> Parsed:
    try:
        answer = json.loads(output)
        reason = answer.pop("error", None)
        parsed = None if reason else Parsed(**answer)
    except (ValueError, TypeError, AttributeError) as error:
        raise DocumentError(f"{name} crashed its parser: save it again, or in another form") from error
    if parsed is None:
        raise DocumentError(f"{name} {one_line(str(reason))}")
    if not all(isinstance(value, str) for value in (parsed.text, parsed.title or "", parsed.author or "")):
        raise DocumentError(f"{name} crashed its parser: save it again, or in another form")
    return parsed


def _reason(code: int, noise: IO[bytes], limits: Limits) -> str:
    if code in (MEMORY_EXIT, -getattr(signal, "SIGKILL", 0)):
        return f"needs more than {limits.max_memory_bytes / 2**20:,.0f} MiB of memory to read: split it"
    if code == -getattr(signal, "SIGXCPU", 0):
        return _too_slow(limits)
    noise.seek(0)
    lines = one_line(noise.read(MAX_NOISE_BYTES).decode(errors="replace").strip().rpartition("\n")[2])
    return f"crashed its parser ({lines[:MAX_TITLE_CHARS] or code}): save it again, or in another form"


def _too_slow(limits: Limits) -> str:
    return f"takes more than {limits.timeout_seconds:g} seconds to read: split it, or save it in a simpler form"

"""Read untrusted files, one after the other, in a process of its own: `python -m ingest.parse_child LIMITS`."""

import gc
import json
import logging
import math
import os
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import IO

from ingest.errors import DocumentError
from ingest.parse_contract import (
    FILES_PER_CHILD,
    FREE_MEMORY_SHARE,
    HTML_SUFFIXES,
    LENGTH_BYTES,
    MARKDOWN_SUFFIXES,
    MEMORY_EXIT,
    Limits,
    Parsed,
    Request,
)

SPARE_SECONDS = 5  # of processor time past the parent's patience, in case the parent has died
MAX_REASON_CHARS = 120
XML_NO_MEMORY = 2  # XML_ERR_NO_MEMORY of libxml2, which lxml reports as an error of syntax


def main(limits: Limits) -> int:
    """Answer the requests on standard input on standard output, until there are no more; return the exit code."""
    requests = sys.stdin.buffer
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a parser prints is no part of the answer
        logging.disable()
        gc.disable()  # while a file is read, many objects are made which all stay in use
        restrict(limits)
        try:
            for count in range(1, FILES_PER_CHILD + 1):
                line = requests.readline()
                if not line:
                    break
                allow_time(limits)
                answer = answer_to(Request(**json.loads(line)), requests, limits)
                is_last = count == FILES_PER_CHILD or not has_room(limits)
                content = json.dumps({**answer, "is_last": is_last}, ensure_ascii=False).encode()
                answers.write(len(content).to_bytes(LENGTH_BYTES) + content)
                answers.flush()
                if is_last:
                    break
                del answer, content
                gc.collect()
                gc.freeze()  # libraries and their tables, which need not be looked through after every file
        except MemoryError:
            return MEMORY_EXIT
    return 0


def answer_to(request: Request, requests: IO[bytes], limits: Limits) -> dict[str, str | None]:
    """Return the parts of the file whose bytes come next among `requests`, or `error` with the reason."""
    try:
        return asdict(parse(requests.read(request.size_bytes), request.suffix, limits))
    except DocumentError as error:
        return {"error": str(error)}


def restrict(limits: Limits) -> None:
    """Bound this process's memory and output; a system without such bounds has the parent's alone."""
    if sys.platform == "win32":
        return
    import resource

    bounds = {
        resource.RLIMIT_AS: limits.max_memory_bytes,
        resource.RLIMIT_FSIZE: limits.max_answer_bytes,
        resource.RLIMIT_CORE: 0,
    }
    for kind, bound in bounds.items():
        hard = resource.getrlimit(kind)[1]
        bound = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        try:
            resource.setrlimit(kind, (bound, bound))
        except (OSError, ValueError):
            if sys.platform != "darwin":  # where the address space cannot be bounded
                raise


def allow_time(limits: Limits) -> None:
    """Let this process use as much processor time as one more file may take, and no more."""
    if sys.platform == "win32":
        return
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    bound = math.ceil(used.ru_utime + used.ru_stime + limits.timeout_seconds) + SPARE_SECONDS
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (bound if hard == resource.RLIM_INFINITY else min(bound, hard), hard))


def has_room(limits: Limits) -> bool:
    """Whether this process has grown so little that the next file finds nearly all the memory that it may use."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except OSError:  # no Linux: after how many files the process ends is all that bounds it
        return sys.platform != "win32"
    return pages * os.sysconf("SC_PAGE_SIZE") < (1 - FREE_MEMORY_SHARE) * limits.max_memory_bytes


def parse(data: bytes, suffix: str, limits: Limits) -> Parsed:
    """Return what the file says, normalised. Raises DocumentError with the cause and the remedy, without its name."""
    if len(data) > limits.max_input_bytes:
        raise DocumentError(limits.too_large)
    try:
        parsed = _parser(suffix)(data, limits)
        return _checked(parsed, limits)
    except (DocumentError, MemoryError):
        raise
    except RecursionError as error:
        raise DocumentError("is nested too deeply: save it in a simpler form") from error
    except Exception as error:  # parsers of hostile files fail in every way there is
        if getattr(error, "code", None) == XML_NO_MEMORY:
            raise MemoryError from error
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:MAX_REASON_CHARS]
        raise DocumentError(f"is damaged ({reason}): open it where it was made and save it again") from error


def _parser(suffix: str) -> Callable[[bytes, Limits], Parsed]:
    """Import one parser alone: the others' libraries cost time and memory."""
    if suffix == ".pdf":
        from ingest.parse_pdf import parse_pdf

        return parse_pdf
    if suffix == ".docx":
        from ingest.parse_docx import parse_docx

        return parse_docx
    if suffix in HTML_SUFFIXES:
        from ingest.parse_html import parse_html

        return parse_html
    from ingest.parse_text import parse_markdown, parse_plain

    return parse_markdown if suffix in MARKDOWN_SUFFIXES else parse_plain


def _checked(parsed: Parsed, limits: Limits) -> Parsed:
    """Return `parsed` normalised, once it has words, is of bounded length and can be split in bounded time."""
    from ingest.markdown import outline
    from ingest.markdown_writer import check_length
    from ingest.records import Kind, Source
    from ingest.split import split
    from ingest.text import normalise

    check_length(len(parsed.text), limits.max_output_chars)
    text = normalise(parsed.text)
    if not any(character.isalnum() for character in text):
        raise DocumentError("holds no words: give a file with text in it")
    sections = outline(text, "rehearsal").sections
    split(Source("rehearsal", Kind.DOCUMENT, "", None, None, None, text, sections), lambda span: len(span.split()))
    return replace(parsed, text=text)


if __name__ == "__main__":
    code = main(Limits(**json.loads(sys.argv[1])))
    sys.stderr.flush()
    os._exit(code)  # taking a million objects apart one by one would be wasted time

"""Read one untrusted file from standard input in a process of its own: `python -m ingest.parse_child SUFFIX LIMITS`."""

import gc
import json
import logging
import math
import os
import sys
from collections.abc import Callable
from dataclasses import asdict, replace

from ingest.errors import DocumentError
from ingest.parse_contract import HTML_SUFFIXES, MARKDOWN_SUFFIXES, MEMORY_EXIT, Limits, Parsed

SPARE_SECONDS = 5  # of processor time past the parent's patience, in case the parent has died
MAX_REASON_CHARS = 120
XML_NO_MEMORY = 2  # XML_ERR_NO_MEMORY of libxml2, which lxml reports as an error of syntax


def main(suffix: str, limits: Limits) -> int:
    """Write the parsed file, or `error` with the reason, as JSON to standard output; return the exit code."""
    output = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a parser prints is no part of the answer
    logging.disable()
    gc.disable()  # a short life of many objects, which all stay in use
    try:
        restrict(limits)
        data = sys.stdin.buffer.read(limits.max_input_bytes + 1)
        answer: dict[str, str | None] = asdict(parse(data, suffix, limits))
    except DocumentError as error:
        answer = {"error": str(error)}
    except MemoryError:
        return MEMORY_EXIT
    output.write(json.dumps(answer, ensure_ascii=False).encode())
    output.close()
    return 0


def restrict(limits: Limits) -> None:
    """Bound this process's memory, processor time and output; a system without such bounds has the parent's alone."""
    if sys.platform == "win32":
        return
    import resource

    bounds = {
        resource.RLIMIT_AS: limits.max_memory_bytes,
        resource.RLIMIT_CPU: math.ceil(limits.timeout_seconds) + SPARE_SECONDS,
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


def parse(data: bytes, suffix: str, limits: Limits) -> Parsed:
    """Return what the file says, normalised. Raises DocumentError with the cause and the remedy, without its name."""
    if len(data) > limits.max_input_bytes:
        raise DocumentError(f"is larger than {limits.max_input_bytes / 2**20:,.0f} MiB: split it")
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
    code = main(sys.argv[1], Limits(**json.loads(sys.argv[2])))
    sys.stderr.flush()
    os._exit(code)  # taking a million objects apart one by one would be wasted time

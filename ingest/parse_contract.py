"""What the parser's parent and child process agree on: kinds of file, limits, result, exit codes, and the way they talk.

The parent writes a line of JSON, `Request`, and the file's bytes; the child answers with the length of what follows, in
`LENGTH_BYTES` big-endian bytes, and JSON: the parts of `Parsed`, or `error`; and `is_last` when it is about to end.
"""

from dataclasses import dataclass

MARKDOWN_SUFFIXES = (".md", ".markdown")
HTML_SUFFIXES = (".html", ".htm")
SUFFIXES = (*MARKDOWN_SUFFIXES, ".txt", *HTML_SUFFIXES, ".pdf", ".docx")

PARSER_VERSION = 1  # one more whenever a parser gives another text for the same bytes: files are then read again
MEMORY_EXIT = 3  # the child ran out of memory, and may have none left to say so in words
LENGTH_BYTES = 8
FILES_PER_CHILD = 500  # untuned: starting a child costs as much as reading a hundred short files
FREE_MEMORY_SHARE = 3 / 4  # of its bound that a child must have left for the next file; else it ends


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may cost; all untuned.

    `max_unpacked_bytes` bounds the uncompressed parts of a DOCX together, `max_memory_bytes` the
    child's address space.
    """

    timeout_seconds: float = 60
    max_memory_bytes: int = 2 * 2**30
    max_input_bytes: int = 50 * 2**20
    max_unpacked_bytes: int = 200 * 2**20
    max_output_chars: int = 20_000_000

    @property
    def max_answer_bytes(self) -> int:
        """The size of the child's largest answer: four bytes for each character, and room for title and author."""
        return 4 * self.max_output_chars + 2**16

    @property
    def too_large(self) -> str:
        """Why a file above `max_input_bytes` is not read."""
        return f"is larger than {self.max_input_bytes / 2**20:,.0f} MiB: split it"


@dataclass(frozen=True, slots=True)
class Request:
    """What stands before the bytes of a file; `suffix` is one of SUFFIXES."""

    suffix: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file as Markdown, not yet normalised; title and author as its metadata have them."""

    text: str
    title: str | None = None
    author: str | None = None

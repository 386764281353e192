"""What the parser's parent and child process agree on: kinds of file, limits, result, exit codes."""

from dataclasses import dataclass

MARKDOWN_SUFFIXES = (".md", ".markdown")
HTML_SUFFIXES = (".html", ".htm")
SUFFIXES = (*MARKDOWN_SUFFIXES, ".txt", *HTML_SUFFIXES, ".pdf", ".docx")

MEMORY_EXIT = 3  # the child ran out of memory, and may have none left to say so in words


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


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file as Markdown, not yet normalised; title and author as its metadata have them."""

    text: str
    title: str | None = None
    author: str | None = None

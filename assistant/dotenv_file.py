"""Read a `.env` file whatever it was saved in, and refuse what would be passed over in silence."""

import codecs
from io import StringIO
from pathlib import Path

from dotenv.parser import Binding, parse_stream

MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16", codecs.BOM_UTF8: "utf-8-sig"}


def encoding_of(path: Path) -> str:
    """Return the encoding of a file by its first bytes; UTF-8 without a mark, or without a file."""
    if not path.is_file():
        return "utf-8"
    with path.open("rb") as file:
        start = file.read(3)
    return next((encoding for mark, encoding in MARKS.items() if start.startswith(mark)), "utf-8")


def names_in(path: Path, prefix: str) -> list[str]:
    """Return the names in a file that begin with `prefix`, in any case; none without a file.

    Raises ValueError, with the number of the line, for one that gives no value.
    """
    if not path.is_file():
        return []
    try:
        text = path.read_text(encoding_of(path))
        if "\0" in text:
            raise UnicodeError("UTF-16 without its mark")
    except UnicodeError as error:
        raise ValueError(f"{path} is not UTF-8 text: save it as UTF-8") from error
    found = [binding for binding in parse_stream(StringIO(text)) if _is_ours(binding, prefix)]
    for binding in found:
        if binding.error or binding.value is None:
            raise ValueError(f"{path}, line {binding.original.line}: write {prefix}NAME=value")
    return [str(binding.key) for binding in found]


def _is_ours(binding: Binding, prefix: str) -> bool:
    return (binding.key or binding.original.string.strip().removeprefix("export ")).upper().startswith(prefix)

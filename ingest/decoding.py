"""Find out how the bytes of a text file are encoded. Knows nothing of formats."""

import codecs
import re

from ingest.errors import DocumentError

# UTF-32 first: its little-endian mark begins with that of UTF-16.
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
FALLBACK = "cp1252"
MIN_VALID_PER_BROKEN = 10  # untuned: a UTF-8 file with a few broken bytes is still UTF-8
MAX_JUNK_SHARE = 0.05  # untuned: random bytes have 0.11, terminal recordings below 0.03
JUNK = re.compile(r"[\x01-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f\ufffd]")
BEYOND_ASCII = re.compile("[^\x00-\x7f\ufffd]")

SPECIALS = {byte: bytes([byte]).decode(FALLBACK, errors="ignore") for byte in range(0x80, 0xA0)}
TO_BYTES = {ord(character): byte for byte, character in SPECIALS.items() if character}
MOJIBAKE = re.compile(f"[\u00c2\u00c3\u00e2][\u0080-\u00bf{''.join(SPECIALS.values())}]")


def decode(data: bytes, declared: str | None = None) -> str:
    """Return the text of `data`, newlines plain: by byte-order mark, else UTF-8, else `declared` or Windows-1252.

    Text that had been decoded wrongly before it was saved is repaired where all of it can be. Raises
    DocumentError when `data` is not text.
    """
    text = _repaired(_decoded(data, declared or FALLBACK)).replace("\r\n", "\n").replace("\r", "\n")
    if _count(JUNK, text) > MAX_JUNK_SHARE * len(text):
        raise DocumentError("holds binary data, not text: give the file the extension of what it is")
    return text.replace("\x00", "")


def _decoded(data: bytes, otherwise: str) -> str:
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="replace")
    text = data.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    if broken == 0 or _count(BEYOND_ASCII, text) >= MIN_VALID_PER_BROKEN * broken:
        return text
    return data.decode(otherwise, errors="replace")


def _repaired(text: str) -> str:
    """Undo UTF-8 that was read as Windows-1252."""
    if MOJIBAKE.search(text):
        try:
            return text.translate(TO_BYTES).encode("latin-1").decode("utf-8")
        except UnicodeError:
            return text
    return text


def _count(characters: re.Pattern[str], text: str) -> int:
    return len(text) - len(characters.sub("", text))

"""Refuse an archive that no word processor wrote, before any parser sees what is in it."""

import zlib
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from ingest.errors import DocumentError

OLE_MARK = bytes.fromhex("d0cf11e0a1b11ae1")  # of an encrypted DOCX, and of the old DOC
ZIP_MARK = b"PK"
MAX_PARTS = 5_000  # untuned; a book with a thousand pictures has about 1,100
CHUNK_BYTES = 2**16
ENCRYPTED_FLAG = 1
DOCTYPE = "<!DOCTYPE"
DOCTYPES = tuple(DOCTYPE.encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be"))
OVERLAP_BYTES = 2 * len(DOCTYPE)


def check_archive(data: bytes, max_unpacked_bytes: int) -> None:
    """Raise DocumentError unless `data` is a plain ZIP archive of at most `max_unpacked_bytes` when unpacked.

    The sizes that it declares are checked first; then every part is unpacked in small pieces and counted.
    """
    if data.startswith(OLE_MARK):
        raise DocumentError("is encrypted, or an old DOC: save it as DOCX without a password")
    if not data.startswith(ZIP_MARK):
        raise DocumentError("is not a DOCX: give the file the extension of what it is")
    try:
        with ZipFile(BytesIO(data)) as archive:
            parts = archive.infolist()
            _check_declared(parts, max_unpacked_bytes)
            unpacked = 0
            for part in parts:
                unpacked = _check_part(archive, part, unpacked, max_unpacked_bytes)
    except (BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError) as error:
        raise DocumentError(
            f"is a damaged DOCX ({type(error).__name__}): save it again with a word processor"
        ) from error


def _check_declared(parts: list[ZipInfo], max_unpacked_bytes: int) -> None:
    if len(parts) > MAX_PARTS:
        raise DocumentError(f"is an archive of more than {MAX_PARTS:,} parts: save it again with a word processor")
    if any(part.flag_bits & ENCRYPTED_FLAG for part in parts):
        raise DocumentError("is encrypted: save a copy without a password")
    if any(part.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for part in parts):
        raise DocumentError("is compressed in a way that no DOCX is: save it again with a word processor")
    _check_size(sum(part.file_size for part in parts), max_unpacked_bytes)


def _check_part(archive: ZipFile, part: ZipInfo, unpacked: int, max_unpacked_bytes: int) -> int:
    """Return `unpacked` plus the true size of `part`."""
    end = b""
    with archive.open(part) as file:
        while chunk := file.read(CHUNK_BYTES):
            unpacked += len(chunk)
            _check_size(unpacked, max_unpacked_bytes)
            window = end + chunk
            if part.filename.lower().endswith((".xml", ".rels")) and any(mark in window for mark in DOCTYPES):
                raise DocumentError("declares XML entities, which no DOCX does: save it again with a word processor")
            end = window[-OVERLAP_BYTES:]
    return unpacked


def _check_size(unpacked: int, max_unpacked_bytes: int) -> None:
    if unpacked > max_unpacked_bytes:
        limit = max_unpacked_bytes / 2**20
        raise DocumentError(f"unpacks to more than {limit:,.0f} MiB: take its pictures out, or split it")

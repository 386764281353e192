"""Files to read: PDF and DOCX documents that a test can compute, and their hostile kin."""

import zipfile
import zlib
from collections.abc import Callable, Sequence
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
from pypdf import PdfReader, PdfWriter

from ingest.parse_contract import Limits
from ingest.parser_pool import Parser
from ingest.parsers import DEFAULT_LIMITS, read_content, shown_name, source_of
from ingest.records import Source

TextLine = tuple[float, float, str]  # letter size and height above the page's foot in points, words
WORD_MAIN = "word/document.xml"


def pdf(*pages: Sequence[TextLine], title: str | None = None) -> bytes:
    """A PDF with one font, its lines at the left margin."""
    contents = [
        "BT " + " ".join(f"/F1 {s} Tf 1 0 0 1 72 {y} Tm ({t}) Tj" for s, y, t in page) + " ET" for page in pages
    ]
    return pdf_of_streams([content.encode("latin-1") for content in contents], title=title)


def pdf_of_streams(streams: Sequence[bytes], *, filters: str = "", title: str | None = None, kids: str = "") -> bytes:
    """A PDF with a page for each content stream; `kids` replaces its list of pages, `filters` describes the streams."""
    pages = range(4, 4 + 2 * len(streams), 2)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids or ' '.join(f'{n} 0 R' for n in pages)}] /Count {len(streams)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, stream in zip(pages, streams, strict=True):
        resources = f"<< /Font << /F1 3 0 R >> /XObject << /Me {number + 1} 0 R >> >>"
        objects += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {number + 1} 0 R /Resources {resources} >>".encode(),
            f"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources {resources} /Length {len(stream)} {filters} >>\n".encode()
            + b"stream\n"
            + stream
            + b"\nendstream",
        ]
    info = f"/Info << /Title ({title}) >>" if title else ""
    return _numbered(objects, info)


def _numbered(objects: Sequence[bytes], info: str) -> bytes:
    out, offsets = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start, size = len(out), len(objects) + 1
    out += f"xref\n0 {size}\n0000000000 65535 f \n".encode() + b"".join(b"%010d 00000 n \n" % n for n in offsets)
    return bytes(out + f"trailer << /Size {size} /Root 1 0 R {info} >>\nstartxref\n{start}\n%%EOF\n".encode())


def encrypted_pdf(user_password: str) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf([(12, 700, "Secret words.")]))))
    writer.encrypt(user_password, owner_password="owner", algorithm="RC4-128")
    return _written(writer.write)


def pdf_that_inflates(size_bytes: int) -> bytes:
    return pdf_of_streams([zlib.compress(b" " * size_bytes, 9)], filters="/Filter /FlateDecode")


def docx_of(build: Callable[[Any], object]) -> bytes:
    """A DOCX as python-docx writes it, after `build(document)`."""
    document = docx.Document()
    build(document)
    return _written(document.save)


def with_part(archive: bytes, name: str, content: bytes) -> bytes:
    """`archive` with one part replaced or added."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(archive)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            if part.filename != name:
                new.writestr(part, old.read(part))
        new.writestr(name, content)
    return out.getvalue()


def with_declared_size(archive: bytes, name: str, size_bytes: int) -> bytes:
    """`archive` whose directory lies about the unpacked size of one part."""
    changed = bytearray(archive)
    entry = changed.rindex(name.encode()) - 46  # the central directory comes last; a name follows 46 bytes of header
    changed[entry + 24 : entry + 28] = size_bytes.to_bytes(4, "little")
    return bytes(changed)


def word_xml(body: str, before: str = "") -> bytes:
    """The main part of a DOCX with that body."""
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    return f'<?xml version="1.0"?>{before}<w:document {space}><w:body>{body}</w:body></w:document>'.encode()


def put(folder: Path, name: str, content: bytes | str) -> Path:
    """Write a file, and return its path."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read_document(path: Path, limits: Limits = DEFAULT_LIMITS) -> Source:
    """What a child process of its own reads in one file, as an ingest reads many. Raises DocumentError."""
    data = read_content(path, limits)
    with closing(Parser(limits)) as parser:
        return source_of(path, parser.read(data, path.suffix.lower(), shown_name(path)))


def _written(write: Callable[[BytesIO], object]) -> bytes:
    out = BytesIO()
    write(out)
    return out.getvalue()

"""Read DOCX: the paragraphs, lists and tables of its body, in order, without what Word hides."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import docx
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml.ns import qn

from ingest.docx_archive import check_archive
from ingest.docx_styles import Element, Numbering, ParagraphStyle, Styles
from ingest.markdown_writer import MarkdownWriter, link
from ingest.parse_contract import Limits, Parsed
from ingest.text import one_line

COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
MATHEMATICS = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
PARAGRAPH, RUN, TABLE, ROW, CELL, HYPERLINK = (qn(f"w:{name}") for name in ("p", "r", "tbl", "tr", "tc", "hyperlink"))
TEXTS = {qn("w:t"), MATHEMATICS + "t"}
SPACES = {qn("w:tab"): " ", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-"}
LEFT_OUT = {COMPATIBILITY + "Fallback"} | {
    qn(f"w:{name}") for name in ("del", "moveFrom", "pPr", "rPr", "sdtPr", "tblPr", "trPr", "tcPr", "sectPr")
}


def parse_docx(data: bytes, limits: Limits) -> Parsed:
    """Return the text of a DOCX. Raises DocumentError for an archive that no word processor wrote."""
    check_archive(data, limits.max_unpacked_bytes)
    part = docx.Document(BytesIO(data)).part
    body = part.element.body
    styles = Styles(_related(part, RELATIONSHIP_TYPE.STYLES))
    renderer = _Renderer(
        MarkdownWriter(limits.max_output_chars),
        styles,
        Numbering(_related(part, RELATIONSHIP_TYPE.NUMBERING)),
        {key: str(relation.target_ref) for key, relation in part.rels.items() if relation.is_external},
        has_title=any(styles.paragraph(p).is_title for p in body.iter(qn("w:pPr"))),
    )
    _walk(body, renderer)
    properties = _related(part.package, RELATIONSHIP_TYPE.CORE_PROPERTIES)
    return Parsed(renderer.writer.text(), _property(properties, "title_text"), _property(properties, "author_text"))


def _related(part: Any, kind: str) -> Element | None:
    try:
        return part.part_related_by(kind).element
    except (KeyError, AttributeError):
        return None


def _property(properties: Element | None, name: str) -> str | None:
    return one_line(str(getattr(properties, name, "") or "")) or None


def _walk(body: Element, renderer: "_Renderer") -> None:
    path: list[tuple[Element, Iterator[Element]]] = [(body, iter(body))]
    while path:
        element, children = path[-1]
        child = next(children, None)
        if child is None:
            path.pop()
            renderer.close(element)
        elif isinstance(child.tag, str) and child.tag not in LEFT_OUT and renderer.shows(child):
            renderer.open(child)
            path.append((child, iter(child)))


@dataclass(slots=True)
class _Paragraph:
    style: ParagraphStyle
    words: list[str] = field(default_factory=list)
    link_start: int = 0


@dataclass(slots=True)
class _Renderer:
    """Hears the elements of a body as they open and close, and writes its blocks."""

    writer: MarkdownWriter
    styles: Styles
    numbering: Numbering
    links: dict[str, str]
    has_title: bool
    _paragraphs: list[_Paragraph] = field(default_factory=list)  # a text box has paragraphs inside one
    _tables: list[bool] = field(default_factory=list)  # of the open tables: whether it is one of data
    _rows: list[list[str]] = field(default_factory=list)

    def shows(self, element: Element) -> bool:
        """Whether Word shows the element."""
        if element.tag == RUN:
            return not self.styles.hides(element.find(qn("w:rPr")))
        if element.tag == PARAGRAPH:
            style = self.styles.paragraph(element.find(qn("w:pPr")))
            return not (style.is_hidden or style.is_contents)
        return True

    def open(self, element: Element) -> None:
        """Begin an element."""
        tag = element.tag
        if tag == PARAGRAPH:
            self._paragraphs.append(_Paragraph(self.styles.paragraph(element.find(qn("w:pPr")))))
        elif tag == TABLE:
            self._tables.append(not any(self._tables) and self._is_data(element))
        elif tag == ROW and self._in_data:
            self._rows.append([])
        elif tag == CELL and self._in_data and self._rows:
            self._rows[-1].append("")
        elif self._paragraphs:
            self._open_inline(element)

    def close(self, element: Element) -> None:
        """End an element."""
        tag = element.tag
        if tag == PARAGRAPH:
            self._end_paragraph(self._paragraphs.pop())
        elif tag == TABLE and self._tables.pop():
            self.writer.table(self._rows)
            self._rows = []
        elif tag == HYPERLINK and self._paragraphs:
            paragraph = self._paragraphs[-1]
            words = "".join(paragraph.words[paragraph.link_start :])
            url = self.links.get(str(element.get(qn("r:id"))), "")
            paragraph.words[paragraph.link_start :] = [link(words, url)]

    @property
    def _in_data(self) -> bool:
        return bool(self._tables) and self._tables[-1]

    def _open_inline(self, element: Element) -> None:
        paragraph = self._paragraphs[-1]
        if element.tag in TEXTS:
            paragraph.words.append(element.text or "")
        elif element.tag in SPACES:
            paragraph.words.append(SPACES[element.tag])
        elif element.tag == HYPERLINK:
            paragraph.link_start = len(paragraph.words)

    def _is_data(self, table: Element) -> bool:
        """Whether a table holds data; one with tables or headings in it arranges the page."""
        has_table = next(table.iterdescendants(TABLE), None) is not None
        return not has_table and not any(self.styles.paragraph(p).level for p in table.iter(qn("w:pPr")))

    def _end_paragraph(self, paragraph: _Paragraph) -> None:
        words, style = "".join(paragraph.words), paragraph.style
        if self._in_data:
            if self._rows and self._rows[-1]:
                self._rows[-1][-1] += f" {words}"
        elif style.level:
            self.writer.heading(style.level + (self.has_title and not style.is_title), words)
        elif style.list_id in (None, "", "0"):
            self.writer.paragraph(words)
        elif words.strip():
            self.writer.item(words, style.depth, self.numbering.next(str(style.list_id), style.depth))

"""What the styles and the numbering of a DOCX say of a paragraph: heading, list item, hidden."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from docx.oxml.ns import qn

Element = Any  # lxml's element, by way of python-docx

HEADING = re.compile(r"heading (\d)")
MAX_INHERITANCE = 20
HIDDEN_HALF_POINTS = 2  # letters of one point or less are not there to be read


@dataclass(frozen=True, slots=True)
class ParagraphStyle:
    """Heading level from 1 (0: none), the list it belongs to, and whether it is shown."""

    level: int = 0
    list_id: str | None = None
    depth: int = 1
    is_title: bool = False
    is_hidden: bool = False
    is_contents: bool = False


def child_value(element: Element | None, *path: str) -> str | None:
    """Return the `w:val` of the element at `path` below `element`; empty when it has none; None without it."""
    for name in path:
        element = None if element is None else element.find(qn(name))
    return None if element is None else str(element.get(qn("w:val"), ""))


def is_hidden(properties: Element | None) -> bool:
    """Whether run `properties` hide the text."""
    vanish, half_points = child_value(properties, "w:vanish"), child_value(properties, "w:sz")
    if vanish is not None and vanish.lower() not in ("0", "false", "off"):
        return True
    return half_points is not None and half_points.isdigit() and int(half_points) <= HIDDEN_HALF_POINTS


class Styles:
    """The styles of a document, by id."""

    def __init__(self, root: Element | None) -> None:
        elements = [] if root is None else root.findall(qn("w:style"))
        self._elements = {str(element.get(qn("w:styleId"))): element for element in elements}
        self._resolved: dict[str | None, ParagraphStyle] = {}
        self._hidden: dict[str | None, bool] = {}

    def paragraph(self, properties: Element | None) -> ParagraphStyle:
        """Return what a paragraph's `properties` (`w:pPr`) and its style make of it."""
        style = self._style(child_value(properties, "w:pStyle"))
        outline = child_value(properties, "w:outlineLvl")
        list_id, depth = child_value(properties, "w:numPr", "w:numId"), child_value(properties, "w:numPr", "w:ilvl")
        return ParagraphStyle(
            level=_level(outline) if outline is not None and not style.is_title else style.level,
            list_id=style.list_id if list_id is None else list_id,
            depth=style.depth if depth is None else _depth(depth),
            is_title=style.is_title,
            is_hidden=style.is_hidden,
            is_contents=style.is_contents,
        )

    def hides(self, run_properties: Element | None) -> bool:
        """Whether a run with these properties (`w:rPr`) is hidden, itself or by its style."""
        if run_properties is None:
            return False
        style_id = child_value(run_properties, "w:rStyle")
        if style_id not in self._hidden:
            self._hidden[style_id] = any(is_hidden(e.find(qn("w:rPr"))) for e in self._chain(style_id))
        return self._hidden[style_id] or is_hidden(run_properties)

    def _style(self, style_id: str | None) -> ParagraphStyle:
        if style_id not in self._resolved:
            chain = list(self._chain(style_id))
            names = [(child_value(element, "w:name") or "").lower() for element in chain]
            heading = next((m for name in names if (m := HEADING.fullmatch(name))), None)
            outline = _first(chain, lambda e: child_value(e, "w:pPr", "w:outlineLvl"))
            is_title = "title" in names
            self._resolved[style_id] = ParagraphStyle(
                level=1 if is_title else int(heading.group(1)) if heading else _level(outline),
                list_id=_first(chain, lambda e: child_value(e, "w:pPr", "w:numPr", "w:numId")),
                depth=_depth(_first(chain, lambda e: child_value(e, "w:pPr", "w:numPr", "w:ilvl"))),
                is_title=is_title,
                is_hidden=any(is_hidden(element.find(qn("w:rPr"))) for element in chain),
                is_contents=any(name.startswith("toc ") for name in names),
            )
        return self._resolved[style_id]

    def _chain(self, style_id: str | None) -> Iterator[Element]:
        for _ in range(MAX_INHERITANCE):
            element = self._elements.get(style_id or "")
            if element is None:
                return
            yield element
            style_id = child_value(element, "w:basedOn")


class Numbering:
    """The lists of a document: which are numbered, and the next number of each."""

    def __init__(self, root: Element | None) -> None:
        self._numbered: dict[str, set[int]] = {}
        self._counts: dict[str, list[int]] = {}
        if root is None:
            return
        kinds = {str(e.get(qn("w:abstractNumId"))): _numbered_depths(e) for e in root.findall(qn("w:abstractNum"))}
        for number in root.findall(qn("w:num")):
            kind = child_value(number, "w:abstractNumId")
            self._numbered[str(number.get(qn("w:numId")))] = kinds.get(kind or "", set())

    def next(self, list_id: str, depth: int) -> int | None:
        """Return the number of the next item of a list at `depth` from 1; None for a bullet."""
        if depth not in self._numbered.get(list_id, ()):
            return None
        counts = self._counts.setdefault(list_id, [])
        counts[depth:] = []
        counts += [0] * (depth - len(counts))
        counts[depth - 1] += 1
        return counts[depth - 1]


def _numbered_depths(kind: Element) -> set[int]:
    return {
        _depth(str(level.get(qn("w:ilvl"))))
        for level in kind.findall(qn("w:lvl"))
        if child_value(level, "w:numFmt") not in ("bullet", "none", None)
    }


def _first(chain: list[Element], read: Callable[[Element], str | None]) -> str | None:
    return next((value for element in chain if (value := read(element)) is not None), None)


def _level(outline: str | None) -> int:
    return int(outline) + 1 if outline is not None and outline in "01234567" and outline else 0


def _depth(level: str | None) -> int:
    return int(level) + 1 if level is not None and level in "012345678" and level else 1

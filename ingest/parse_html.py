"""Read HTML: find the elements that a browser would show, and hand them to the renderer in order."""

import re
import warnings
from collections.abc import Iterator

from bs4 import BeautifulSoup, MarkupResemblesLocatorWarning, XMLParsedAsHTMLWarning
from bs4.element import CData, NavigableString, PageElement, Tag

from ingest.decoding import decode
from ingest.html_renderer import HtmlRenderer, TableSorter
from ingest.markdown_writer import MarkdownWriter
from ingest.parse_contract import Limits, Parsed
from ingest.text import CONTROLS, one_line

DECLARED = re.compile(rb"charset\s*=\s*[\"']?\s*([\w-]{1,30})", re.IGNORECASE)
DECLARED_WITHIN = 1024  # bytes; HTML standard, section 4.2.5.4
ENCODINGS = re.compile(r"windows-125\d|iso-8859-\d{1,2}|koi8-[ru]|shift_jis|euc-(?:jp|kr)|gbk|gb2312|gb18030|big5")

DROPPED = frozenset(
    "script style template noscript head base img picture source svg canvas video audio track iframe frame frameset "
    "object embed applet param map area input button select option textarea datalist".split()
)
STYLE_NOISE = re.compile(r"/\*.*?(?:\*/|\Z)|[\s\\]+", re.DOTALL)
HIDING = re.compile(
    r"(?:^|;)(?:display:none|visibility:(?:hidden|collapse)|(?:font-size|opacity):(?:0+(?:\.0*)?|\.0+)(?:[a-z]+|%)?)"
    r"(?:!important)?(?:;|$)"
)


def parse_html(data: bytes, limits: Limits) -> Parsed:
    """Return what the page `data` shows; its own word on its encoding counts where it is not UTF-8."""
    found = DECLARED.search(data[:DECLARED_WITHIN])
    declared = found.group(1).decode("ascii", errors="replace").lower() if found else ""
    return parse_html_text(decode(data, declared if ENCODINGS.fullmatch(declared) else None), limits)


def parse_html_text(html: str, limits: Limits) -> Parsed:
    """Return what the page `html` shows, without scripts, styles, forms, pictures and hidden elements."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MarkupResemblesLocatorWarning)
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
        soup = BeautifulSoup(CONTROLS.sub("", html), "lxml", huge_tree=True)
    sorter = TableSorter()
    _walk(soup, sorter)
    renderer = HtmlRenderer(MarkdownWriter(limits.max_output_chars), sorter.layout)
    _walk(soup, renderer)
    title, author = soup.find("title"), soup.find("meta", attrs={"name": "author"})
    return Parsed(
        renderer.text(),
        one_line(title.get_text()) or None if title else None,
        one_line(str(author.get("content", ""))) or None if author else None,
    )


def _walk(soup: BeautifulSoup, listener: HtmlRenderer | TableSorter) -> None:
    """Visit what is shown, without recursion: a page may nest a million elements."""
    path: list[tuple[Iterator[PageElement], str]] = [(iter(soup.contents), "")]
    while path:
        children, name = path[-1]
        node = next(children, None)
        if node is None:
            path.pop()
            listener.close(name)
        elif isinstance(node, Tag):
            if node.name not in DROPPED and not _is_hidden(node):
                listener.open(node)
                path.append((iter(node.contents), node.name))
        elif type(node) in (NavigableString, CData):  # their subclasses are comments, scripts and declarations
            listener.words(str(node))


def _is_hidden(tag: Tag) -> bool:
    attributes = tag.attrs
    if "hidden" in attributes or str(attributes.get("aria-hidden", "")).strip().lower() == "true":
        return True
    if tag.name == "dialog" and "open" not in attributes:
        return True
    return "style" in attributes and HIDING.search(STYLE_NOISE.sub("", str(attributes["style"]).lower())) is not None

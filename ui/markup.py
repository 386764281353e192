"""Turn untrusted text and Markdown into inert HTML, and mark a span of it. Knows no answers and no sources."""

import html
import re
from collections.abc import Mapping
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

# Rare punctuation that brackets a span while Markdown is parsed: as punctuation it leaves emphasis as it was.
BRACKETS = "\u2e22\u2e23\u2e24\u2e25\u2e26\u2e27\u2e28\u2e29\u16eb\u16ec\u16ed\u1360\u1361\u1362\u0df4\u0e4f\u0e5a"
WEB_ADDRESS = re.compile(r"https?://[^\s/]", re.IGNORECASE)
TAG = re.compile(r"(<[^>]*>)")
REFERENCE_MARK = re.compile(r"\[(\d{1,3})\]")
UNUSED_RULES = ["image", "reference", "html_block", "html_inline"]
# The page's templates give these characters a meaning; as entities they are text wherever they land.
TEMPLATE_CHARACTERS = str.maketrans({"{": "&#123;", "}": "&#125;", "$": "&#36;", "`": "&#96;"})
Span = tuple[int, int]


def escape(text: str) -> str:
    """Return `text` for use in HTML, between tags or inside a quoted attribute."""
    return html.escape(text).translate(TEMPLATE_CHARACTERS)


def web_address(url: str | None) -> str | None:
    """Return `url` when it is an http or https address; None otherwise."""
    return url if url and WEB_ADDRESS.match(url) else None


def outside_link(url: str, label: str, css_class: str = "outside") -> str:
    """Return a link that opens elsewhere and tells that place nothing; only its label when it is no web address."""
    if web_address(url) is None:
        return escape(label)
    return (
        f'<a class="{css_class}" href="{escape(url)}" target="_blank" rel="noopener noreferrer nofollow">'
        f"{escape(label)}</a>"
    )


def markdown(text: str, anchors: Mapping[int, str] | None = None) -> str:
    """Return Markdown as HTML without raw HTML, images or addresses other than http and https.

    `anchors` gives the ids of the headings that end before these line numbers (from 0).
    """
    return _render(text, anchors or {})


def cited_markdown(text: str, links: Mapping[int, str]) -> str:
    """As `markdown`, with each mark `[n]` of `links` replaced by its HTML."""
    pieces = TAG.split(_render(text, {}))
    linked = [
        piece
        if piece.startswith("<")
        else REFERENCE_MARK.sub(lambda mark: links.get(int(mark.group(1)), mark.group()), piece)
        for piece in pieces
    ]
    return "".join(linked)


def marked_markdown(text: str, span: Span, anchors: Mapping[int, str]) -> str:
    """As `markdown`, with exactly `text[start:end]` inside `<mark>`; as plain text when its markup is cut by the span."""
    start, end = span
    free = [character for character in BRACKETS if character not in text]
    if len(free) < 2:
        return _marked_plain(text, span)
    opening, closing = free[:2]
    bracketed = _render(f"{text[:start]}{opening}{text[start:end]}{closing}{text[end:]}", anchors)
    runs = "".join(piece for piece in TAG.split(bracketed) if not piece.startswith("<"))
    is_whole = runs.count(opening) == runs.count(closing) == 1  # neither was lost, nor fell into an attribute
    is_same = bracketed.replace(opening, "").replace(closing, "") == _render(text, anchors)
    marked = _mark_runs(bracketed, opening, closing) if is_whole and is_same else ""
    return marked if "<mark" in marked else _marked_plain(text, span)


def _marked_plain(text: str, span: Span) -> str:
    start, end = span
    quote = f'<mark id="quote" tabindex="0">{escape(text[start:end])}</mark>'
    return f'<div class="as-written">{escape(text[:start])}{quote}{escape(text[end:])}</div>'


def _mark_runs(bracketed: str, opening: str, closing: str) -> str:
    """Wrap each run of text between the brackets, so that marks never straddle elements."""
    found: list[str] = []
    is_inside = is_begun = False
    for piece in TAG.split(bracketed):
        if piece.startswith("<"):
            found.append(piece)
            continue
        for part in re.split(f"([{opening}{closing}])", piece):
            if part in (opening, closing):
                is_inside = part == opening
            elif is_inside and (part.strip() or (part and "\n" not in part)):  # not the line breaks between blocks
                found.append(f"<mark>{part}</mark>" if is_begun else f'<mark id="quote" tabindex="0">{part}</mark>')
                is_begun = True
            else:
                found.append(part)
    return "".join(found)


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": 20}).enable("table").disable(UNUSED_RULES)
    parser.validateLink = lambda url: web_address(url) is not None  # type: ignore[method-assign]
    return parser


def _render(text: str, anchors: Mapping[int, str]) -> str:
    parser = _parser()
    tokens = parser.parse(text)
    for token in tokens:
        _prepare(token, anchors)
    rendered: str = parser.renderer.render(tokens, parser.options, {})
    return rendered.translate(TEMPLATE_CHARACTERS)


def _prepare(token: Token, anchors: Mapping[int, str]) -> None:
    """Demote headings below the page's own, name them, and make links open elsewhere."""
    if token.type in ("heading_open", "heading_close"):
        token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"
        if token.map and token.map[1] in anchors:
            token.attrSet("id", anchors[token.map[1]])
    for child in token.children or ():
        if child.type == "link_open":
            child.attrSet("target", "_blank")
            child.attrSet("rel", "noopener noreferrer nofollow")

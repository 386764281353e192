"""Split a source into passages: whole blocks of one section, packed up to a number of tokens."""

from collections.abc import Callable, Iterable, Sequence

from ingest.markdown import Block, outline
from ingest.records import Passage, Source
from ingest.sentences import sentence_spans

SPLITTER_VERSION = 1
MAX_CHARS_PER_TOKEN = (
    12  # prose has 4 to 5; beyond it a tokeniser's count misleads, as for one word of a million letters
)
PASSAGE_TOKENS = 200  # untuned; the model reads 256, and the heading path takes its share

CountTokens = Callable[[str], int]
Span = tuple[int, int]


def split(source: Source, count_tokens: CountTokens, max_tokens: int = PASSAGE_TOKENS) -> list[Passage]:
    """Return the passages of `source` in order; none crosses a section; empty for a text without blocks.

    List items stay whole unless one alone exceeds `max_tokens`; then sentences, then words, are the unit.
    No passage has more than 12 characters for each of `max_tokens`, whatever `count_tokens` says.
    """
    blocks_of = outline(source.text, source.source_id).blocks
    passages: list[Passage] = []
    for section in source.sections:
        pieces = [
            piece
            for block in blocks_of[section.section_id]
            for piece in _pieces(source.text, block, count_tokens, max_tokens)
        ]
        slug = section.section_id.rpartition("#")[2]
        for n, group in enumerate(_pack(source.text, pieces, count_tokens, max_tokens), start=1):
            start, end = group[0][0][0], group[-1][0][1]
            passages.append(
                Passage(
                    passage_id=f"{source.source_id}#{slug}@{n}",
                    source_id=source.source_id,
                    section_id=section.section_id,
                    kind=source.kind,
                    heading_path=section.heading_path,
                    start=start,
                    end=end,
                    text=source.text[start:end],
                    sentences=tuple(span for _, spans in group for span in spans),
                )
            )
    return passages


Piece = tuple[Span, tuple[Span, ...]]  # a span, and the sentences in it


def _pieces(text: str, block: Block, count_tokens: CountTokens, max_tokens: int) -> Iterable[Piece]:
    sentences = sentences_of(text, block)
    if _fits(text, (block.start, block.end), count_tokens, max_tokens):  # then each of its sentences does
        yield (block.start, block.end), tuple(sentences)
    else:
        for sentence in sentences:
            for part in _halves(text, sentence, count_tokens, max_tokens):
                yield part, (part,)


def _fits(text: str, span: Span, count_tokens: CountTokens, max_tokens: int) -> bool:
    start, end = span
    return end - start <= max_tokens * MAX_CHARS_PER_TOKEN and count_tokens(text[start:end]) <= max_tokens


def sentences_of(text: str, block: Block) -> list[Span]:
    """Sentences of a block; a line of a nested list, a table or code is never glued to the next."""
    body = text[block.body : block.end]
    if "\n" not in body:
        return sentence_spans(text, block.body, block.end)
    is_prose = not any(line.lstrip()[:1] in ("-", "*", "+", "|", "`", ">") for line in body.split("\n"))
    if is_prose and not body.startswith("    "):
        return sentence_spans(text, block.body, block.end)
    spans, start = [], block.body
    for line in body.split("\n"):
        spans += sentence_spans(text, start, start + len(line))
        start += len(line) + 1
    return spans


def _halves(text: str, span: Span, count_tokens: CountTokens, max_tokens: int) -> list[Span]:
    """Cut a span that is too long in the middle, at white space if there is any, until every part fits."""
    start, end = span
    if end - start < 2 or _fits(text, span, count_tokens, max_tokens):
        return [span]
    middle = (start + end) // 2
    gap = text.find(" ", middle, end)
    cut = gap if gap > 0 and text[gap:end].strip() else middle
    parts = [(start, cut), (cut, end)]
    trimmed = [t for part in parts for t in sentence_trim(text, part)]
    return [half for part in trimmed for half in _halves(text, part, count_tokens, max_tokens)]


def sentence_trim(text: str, span: Span) -> list[Span]:
    """Return `span` without outer white space, or nothing when it is blank."""
    start, end = span
    body = text[start:end]
    left = start + len(body) - len(body.lstrip())
    right = end - (len(body) - len(body.rstrip()))
    return [(left, right)] if left < right else []


def _pack(text: str, pieces: Sequence[Piece], count_tokens: CountTokens, max_tokens: int) -> Iterable[list[Piece]]:
    """Yield the longest runs of `pieces`, in order, that fit; most sections fit whole, and are counted once."""
    group: list[Piece] = []
    if len(pieces) < 2 or _fits(text, (pieces[0][0][0], pieces[-1][0][1]), count_tokens, max_tokens):
        if pieces:
            yield list(pieces)
        return
    for piece in pieces:
        if group and not _fits(text, (group[0][0][0], piece[0][1]), count_tokens, max_tokens):
            yield group
            group = []
        group.append(piece)
    if group:
        yield group

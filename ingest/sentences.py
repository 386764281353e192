"""Find the sentences of a block of text, as spans. Knows nothing of Markdown blocks."""

import re

# A full stop after these does not end a sentence (lower case, without the stop).
ABBREVIATIONS = frozenset(
    """e.g i.e etc vs cf approx dr mr mrs ms prof st jr sr no fig eq sec ch vol pp ed eds al inc ltd dept est
    jan feb mar apr jun jul aug sep sept oct nov dec u.s u.k ph.d b.sc m.sc""".split()
)
LONGEST_UNKNOWN_ABBREVIATION = 3
# Possessive, and only at the start of a run, so that a run of dots costs one look at each.
END = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’)\]*_]*+(?=\s)")
NEXT = re.compile(r"\s+[\"'“‘(\[*_]*(\S)")


def sentence_spans(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Split `text[start:end]` into sentence spans, in order, outer white space left out.

    A mark ends a sentence when white space follows, unless the word before it is an abbreviation or
    a single initial; before a lower-case letter only a full stop after a longer word does. Marks
    inside a Markdown link's address never count, since no white space follows them.
    """
    spans: list[tuple[int, int]] = []
    begin = start
    for match in END.finditer(text, start, end):
        if match.end() < end and _ends_sentence(text, begin, match, end):
            _keep(text, begin, match.end(), spans)
            begin = match.end()
    _keep(text, begin, end, spans)
    return spans


def _ends_sentence(text: str, begin: int, match: re.Match[str], end: int) -> bool:
    following = NEXT.match(text, match.end(), end)
    if following is None:
        return False
    words = text[max(begin, match.start() - 24) : match.start()].split()
    word = words[-1].lstrip("([\"'“‘*_").lower() if words else ""
    if following.group(1).islower():  # a name such as pandas, unless the stop may belong to the word
        return match.group()[0] == "." and len(word) > LONGEST_UNKNOWN_ABBREVIATION and word not in ABBREVIATIONS
    is_initial = len(word) == 1 and word.isalpha() and word != "i" and text[match.start() - 1].isupper()
    return match.group()[0] != "." or not (word in ABBREVIATIONS or (is_initial and len(words) > 1))


def _keep(text: str, start: int, end: int, spans: list[tuple[int, int]]) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        spans.append((start, end))

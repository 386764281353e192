"""Whether sentences have what the form of a question asks for: a figure, a price, a date, or what stands in quotation marks."""

import re
from collections.abc import Sequence

from ingest.lexical import terms
from ingest.text import plain

_AMOUNT = re.compile(
    r"\bhow (?:long|many|much|old|often|big|far|expensive|large)\b|\bcosts?\b|\bprices?\b|\bsalar\w+|\bper (?:month|hour|year)\b"
    r"|\bwhat(?:'s| is| are)? (?:the )?(?:percent\w*|number|age|price|salary|cost|pass mark|duration)",
    re.IGNORECASE,
)
_FIGURE = re.compile(r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|half|couple|dozen)\b", re.IGNORECASE)
_MONEY = re.compile(
    r"\bpric\w+|\bcosts?\b|\bsalar\w+|\bpaid\b|\bearn\w*|\bfees?\b|\bexpensive\b|\bcheap\w*|[$€£]", re.IGNORECASE
)
_PRICE = re.compile(r"[$€£]|\bfree\b|\bpaid\b|\bfees?\b|\bprice|\bcost|\bsalar|\bcompensation|\busd\b", re.IGNORECASE)
_WHEN = re.compile(
    r"\bwhen (?:is|was|does|did|will)|\bwhat (?:year|date|month)|\bwhich (?:year|month)|\bdeadline", re.IGNORECASE
)
_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_DATE = re.compile(rf"\b(?:19|20)\d\d\b|\b(?:{_MONTHS})\b|\byear", re.IGNORECASE)
_QUOTED = re.compile(r'"([^"]{8,60})"|“([^”]{8,60})”|\'([A-Z][^\']{8,60})\'')
LEADING = 3  # sentences in which a price or a date is looked for; a figure is in the first


def forms_lacking(question: str, sentences: Sequence[str]) -> int:
    """How many of a figure, a price and a date the question asks for and the first sentences do not have, 0 to 3."""
    lead, first = "".join(sentences[:1]), " ".join(sentences[:LEADING])
    asked = ((_AMOUNT, _FIGURE, lead), (_MONEY, _PRICE, first), (_WHEN, _DATE, first))
    return sum(bool(asks.search(question)) and not has.search(text) for asks, has, text in asked)


def has_quote_lacking(question: str, sentences: Sequence[str]) -> bool:
    """Whether the question quotes two or more content words, such as a title, that the sentences do not all have."""
    held = set(terms(plain(" ".join(sentences))))
    quoted = (set(terms(next(filter(None, found)))) for found in _QUOTED.findall(question))
    return any(len(words) > 1 and not words <= held for words in quoted)

"""Tell whether a sentence gives the figures of a duration. Knows no page."""

import re

from ingest.corpus_models import Duration
from ingest.text import plain

NUMBER_WORDS = "zero one two three four five six seven eight nine ten eleven twelve".split()
MORE_NUMBERS = {"eighteen": 18, "twenty": 20, "a couple of": 2}


def states(text: str, duration: Duration) -> bool:
    """Whether a sentence gives both figures of a duration beside its unit: `8-10 weeks`, `week 1`, `a month`."""
    unit = duration.unit.removesuffix("s")
    low, high = f"{duration.minimum:g}", f"{duration.maximum:g}"
    figures = re.escape(low) if low == high else rf"{re.escape(low)}\s*(?:-|–|—|to)\s*{re.escape(high)}"
    pattern = rf"(?<![\d.]){figures}[\s-]*{unit}s?\b|\b{unit}s?\s+{figures}(?![\d.])"
    return bool(re.search(pattern, _digits(text), re.IGNORECASE))


def _digits(text: str) -> str:
    """`text` with number words as digits, and `a month` as `1 month`."""
    text = plain(text)
    for word, number in [*((w, n) for n, w in enumerate(NUMBER_WORDS)), *MORE_NUMBERS.items()]:
        text = re.sub(rf"\b{word}\b", str(number), text, flags=re.IGNORECASE)
    return re.sub(r"\ban?\s+(?=(?:minute|hour|day|week|month|year)\b)", "1 ", text, flags=re.IGNORECASE)

"""Number the marks of a text from 1 in order of first use, and keep the citations that it uses."""

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.records import Citation

MARK = re.compile(r"\[(\d+)\](?!\()")


def renumbered(text: str, citations: Sequence[Citation]) -> tuple[str, tuple[Citation, ...]]:
    """Return the text and its citations, equal quotes as one."""
    by_number = {c.number: c for c in citations}
    used: dict[tuple[str, int, int], Citation] = {}

    def number_of(mark: re.Match[str]) -> str:
        citation = by_number.get(int(mark.group(1)))
        if citation is None:  # figures in brackets that belong to a quote
            return mark.group()
        key = (citation.source_id, citation.start, citation.end)
        used.setdefault(key, replace(citation, number=len(used) + 1))
        return f"[{used[key].number}]"

    return MARK.sub(number_of, text), tuple(used.values())

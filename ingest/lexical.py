"""The lexical leg: BM25 over stemmed terms, by bm25s. Knows positions, not passages."""

import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from threading import local

import bm25s
import numpy as np
import Stemmer

K1, B = 1.2, 0.75  # Robertson and Zaragoza 2009, section 3.6; untuned here
TERM = re.compile(r"[^\W_]+(?:\+\+|#)?(?:['’](?=[a-z])[a-z]+)?")
# Function words and the words of asking; they carry no subject.
STOPWORDS = frozenset(
    """a an and any are as at be been being but by can could did do does doing for from had has have having he her him
    his how i if in into is it it's its i'm me my of on or our she should so some than that the their them then there
    these they this those to us was we were what what's when where which while who whom whose why will with would
    you your yours am im ive don't doesn't""".split()
)
_threads = local()  # a stemmer keeps state, so each thread has its own


def terms(text: str) -> list[str]:
    """Return the stemmed content words of `text`, lower case, in order; `C++` and `C#` are kept whole."""
    words = [w.replace("’", "'") for w in TERM.findall(text.lower())]
    content = [w.removesuffix("'s") for w in words if w not in STOPWORDS]
    return [_stem(w) for w in content]


def _stem(word: str) -> str:
    if not hasattr(_threads, "stemmer"):
        _threads.stemmer = Stemmer.Stemmer("english", 0)  # keeps no words: they come from strangers, and it is fast
    return str(_threads.stemmer.stemWord(word))


class LexicalIndex:
    """BM25 over a list of texts; scores are at least 0, higher is better."""

    def __init__(self, bm25: bm25s.BM25, size: int) -> None:
        self._bm25 = bm25
        self._size = size

    @classmethod
    def build(cls, texts: Sequence[str]) -> "LexicalIndex":
        """Index `texts`; a text's position is its name."""
        bm25 = bm25s.BM25(k1=K1, b=B)
        corpus = [terms(text) or ["\x00"] for text in texts] or [["\x00"]]
        bm25.index(corpus, show_progress=False)
        return cls(bm25, len(texts))

    @classmethod
    def load(cls, folder: Path, size: int) -> "LexicalIndex":
        """Open what `save` wrote. Raises OSError, ValueError, KeyError or EOFError when it is damaged."""
        return cls(bm25s.BM25.load(str(folder), load_corpus=False), size)

    def save(self, folder: Path) -> None:
        """Write the index into `folder`."""
        self._bm25.save(str(folder), show_progress=False)

    def scores(self, query: Sequence[str]) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
        """Return one score per text for the query's terms; zeros when no term is known."""
        known = [term for term in query if term in self._bm25.vocab_dict]
        if not known:
            return np.zeros(self._size, dtype=np.float32)
        return np.asarray(self._bm25.get_scores(known), dtype=np.float32)[: self._size]

    def document_share(self, term: str) -> float:
        """Share of texts that hold the stemmed `term`, 0 to 1."""
        return self._shares.get(term, 0.0)

    @cached_property
    def _shares(self) -> dict[str, float]:
        counts = np.diff(self._bm25.scores["indptr"])
        return {t: float(counts[i]) / max(1, self._size) for t, i in self._bm25.vocab_dict.items() if i < len(counts)}

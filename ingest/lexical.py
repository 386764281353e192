"""The lexical leg: BM25 over stemmed terms, by bm25s. Knows positions, not passages."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from threading import local
from typing import TYPE_CHECKING, Any

import numpy as np
import Stemmer

if TYPE_CHECKING:
    import bm25s

Weights = np.ndarray[tuple[int], np.dtype[np.float32]]
Places = np.ndarray[tuple[int], np.dtype[np.integer[Any]]]

K1, B = 1.2, 0.75  # Robertson and Zaragoza 2009, section 3.6; untuned here
METHOD = "lucene"  # whose columns say all: a text without a term gets nothing from it
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
    return [stem(w) for w in content]


def stem(word: str) -> str:
    """Return the Snowball stem of a lower-case word."""
    if not hasattr(_threads, "stemmer"):
        _threads.stemmer = Stemmer.Stemmer("english", 0)  # keeps no words: they come from strangers, and it is fast
    return str(_threads.stemmer.stemWord(word))


class LexicalIndex:
    """BM25 over a list of texts; scores are at least 0, higher is better.

    `weights` and `places` are the columns of a sparse matrix, one per term: what the term adds to the score of each
    text that holds it. `starts` has where a term's column begins, and one number more, the end of the last.
    """

    def __init__(self, vocabulary: dict[str, int], weights: Weights, places: Places, starts: Places, size: int) -> None:
        self._vocabulary = vocabulary
        self._weights, self._places, self._starts = weights, places, starts
        self._size = size
        self._bm25: bm25s.BM25 | None = None  # what `save` writes

    @classmethod
    def build(cls, texts: Sequence[str]) -> "LexicalIndex":
        """Index `texts`; a text's position is its name."""
        import bm25s

        bm25 = bm25s.BM25(k1=K1, b=B, method=METHOD)
        corpus = [terms(text) or ["\x00"] for text in texts] or [["\x00"]]
        bm25.index(corpus, show_progress=False)
        made = bm25.scores
        built = cls(bm25.vocab_dict, made["data"], made["indices"], made["indptr"], len(texts))
        built._bm25 = bm25
        return built

    @classmethod
    def load(cls, folder: Path, size: int) -> "LexicalIndex":
        """Open what `save` wrote, without bm25s, whose import takes longer than all that is read here.

        Raises OSError, ValueError, KeyError or EOFError when it is damaged.
        """
        if json.loads((folder / "params.index.json").read_text(encoding="utf-8"))["method"] != METHOD:
            raise ValueError("made by another way of weighing")
        vocabulary = json.loads((folder / "vocab.index.json").read_text(encoding="utf-8"))
        weights, places, starts = (
            np.load(folder / f"{name}.csc.index.npy", allow_pickle=False) for name in ("data", "indices", "indptr")
        )
        return cls(vocabulary, weights, places, starts, size)

    def save(self, folder: Path) -> None:
        """Write what was built into `folder`. Raises ValueError for an index that was loaded."""
        if self._bm25 is None:
            raise ValueError("an index that was loaded is on disk already")
        self._bm25.save(str(folder), show_progress=False)

    def scores(self, query: Sequence[str]) -> Weights:
        """Return one score per text for the query's terms; zeros when no term is known."""
        found = np.zeros(max(1, self._size), dtype=np.float32)
        for term in query:
            column = self._column(term)
            found[self._places[column]] += self._weights[column]
        return found[: self._size]

    def document_share(self, term: str) -> float:
        """Share of texts that hold the stemmed `term`, 0 to 1."""
        column = self._column(term)
        return float(column.stop - column.start) / max(1, self._size)

    def _column(self, term: str) -> slice:
        number = self._vocabulary.get(term)
        if number is None or number + 1 >= len(self._starts):
            return slice(0, 0)
        return slice(int(self._starts[number]), int(self._starts[number + 1]))

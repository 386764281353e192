"""Find the sentences of the library that prove a written sentence, or none."""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from assistant.citations import Quote
from assistant.prose import Piece
from assistant.quoting import quoted
from assistant.support import MIN_SIMILARITY, Claim, Evidence, Words, addresses, fault, read_claim
from ingest.encoder import Encoder
from ingest.index import Index
from ingest.lexical import terms
from ingest.records import Kind, Passage
from ingest.text import LINK, MARKUP, plain

MAX_SENTENCE_CHARS = 600
TRIED_ALONE = 6
TRIED_TOGETHER = 4  # pairs of these: a sentence that sums up two of the library's
HTML = re.compile(r"<[A-Za-z/!?]|&#?\w{1,10};")
MARK_LIKE = re.compile(r"[\[【]\s*\^?\d|\]\(|\]:")

Vector = np.ndarray[tuple[int], np.dtype[np.float32]]


@dataclass(frozen=True, slots=True)
class Proven:
    """A sentence that may be shown: harmless Markdown of one line, and its quotes, at least one."""

    text: str
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class _Candidate:
    quote: Quote
    evidence: Evidence
    vector: Vector
    similarity: float


@dataclass(frozen=True, slots=True)
class Prover:
    """Proves sentences by an opened index."""

    index: Index
    encoder: Encoder
    words: Words

    def prove(self, piece: Piece, passages: Sequence[Passage]) -> Proven | None:
        """Return `piece` with its quotes, None when neither the passages that it cites nor the others support it.

        Passage [n] is `passages[n - 1]`; a number without a passage counts for nothing. What a user's
        document proves is said in the document's own words, as a quotation: a model that obeys an order
        in it then shows the order.
        """
        if len(piece.text) > MAX_SENTENCE_CHARS or HTML.search(piece.text):
            return None
        claim = read_claim(piece.text, self.words)
        if not claim.terms:
            return None
        vector = self.encoder.encode([claim.text])[0]
        cited = [passages[n - 1] for n in piece.cited if 0 < n <= len(passages)]
        planted = {t for p in passages if p.kind is Kind.DOCUMENT for t in terms(plain(p.text))}
        for read in (cited, passages):
            quotes = self._quotes(claim, vector, read, planted)
            if quotes:
                if any(q.passage.kind is Kind.DOCUMENT for q in quotes):
                    return Proven(" ".join(quoted(self._text(q), q.passage.kind.value) for q in quotes), quotes)
                linked = {a for q in quotes for a in addresses(self._text(q))}
                text = shown(piece.text, linked)
                return None if MARK_LIKE.search(LINK.sub("", text)) else Proven(text, quotes)
        return None

    def _quotes(
        self, claim: Claim, vector: Vector, passages: Sequence[Passage], planted: Set[str]
    ) -> tuple[Quote, ...]:
        """The quotes that support `claim`; those of the library only where no other of its words is `planted`."""
        candidates = sorted(self._candidates(claim, vector, passages), key=lambda c: -c.similarity)
        for candidate in candidates[:TRIED_ALONE]:
            found = fault(claim, [candidate.evidence], candidate.similarity, self.words)
            if found is None and not _is_planted(claim, [candidate], planted):
                return (candidate.quote,)
        for pair in combinations(candidates[:TRIED_TOGETHER], 2):
            both = pair[0].vector + pair[1].vector
            similarity = float(vector @ both / (np.linalg.norm(both) or 1.0))
            if pair[1].similarity < MIN_SIMILARITY or any(c.evidence.above != pair[0].evidence.above for c in pair):
                continue
            found = fault(claim, [c.evidence for c in pair], similarity, self.words)
            if found is None and not _is_planted(claim, pair, planted):
                return tuple(c.quote for c in pair)
        return ()

    def _candidates(self, claim: Claim, vector: Vector, passages: Sequence[Passage]) -> list[_Candidate]:
        found = []
        about_people = {name.lower() for name in claim.names} & self.words.people
        for passage in passages:
            if about_people and passage.kind is Kind.DOCUMENT:  # the roadmap itself tells what its author holds
                continue
            rows = self.index.sentence_vectors(passage.passage_id)
            for (start, end), row in zip(passage.sentences, rows, strict=True):
                quote = Quote(passage, start, end)
                evidence = Evidence(self._text(quote), above(passage, self.index))
                found.append(_Candidate(quote, evidence, row, float(row @ vector)))
        return found

    def _text(self, quote: Quote) -> str:
        return self.index.sources[quote.passage.source_id].text[quote.start : quote.end]


def _is_planted(claim: Claim, candidates: Sequence[_Candidate], planted: Set[str]) -> bool:
    """Whether `claim` adds words to the library's that a document put before the model: then it is the document's."""
    if any(c.quote.passage.kind is Kind.DOCUMENT for c in candidates):
        return False
    read = " ".join(f"{plain(c.evidence.sentence)} {c.evidence.above}" for c in candidates)
    return not planted.isdisjoint(claim.terms - set(terms(read)))


def above(passage: Passage, index: Index) -> str:
    """Return what stands above a passage: its source's title, author and id, who lists it, and its headings."""
    source = index.sources[passage.source_id]
    return " ".join(
        (source.title, source.author or "", source.source_id, *source.recommended_by, *passage.heading_path)
    )


def shown(text: str, linked: Set[str]) -> str:
    """Return `text` without markup, but with those web links whose address is among `linked`."""
    parts: list[str] = []
    place = 0
    for link in LINK.finditer(text):
        label = plain(link.group(1))
        target = link.group().lstrip("!")[len(link.group(1)) + 3 : -1]
        is_web = target.startswith(("https://", "http://")) and not link.group().startswith("!")  # no pictures
        is_ours = is_web and addresses(target) <= linked
        parts += [MARKUP.sub("", text[place : link.start()]), f"[{label}]({target})" if is_ours else label]
        place = link.end()
    return " ".join("".join([*parts, MARKUP.sub("", text[place:])]).split())


def library_words(index: Index) -> Words:
    """Collect what `support` knows of the library's language."""
    ordinary = {
        match.group()
        for source in index.sources.values()
        if source.kind is not Kind.DOCUMENT
        for match in re.finditer(r"[^\W\d_]+", plain(source.text))
        if match.group().islower()
    }
    roadmaps = index.structure.roadmaps.values()
    people = {word.lower() for roadmap in roadmaps for word in (roadmap.id, *roadmap.author.split())}
    same: dict[str, tuple[str, ...]] = {}
    for topic in index.structure.topics.values():
        called = tuple(name.lower() for name in (topic.name, *topic.aliases))
        for name in called:
            same[name] = tuple(n for n in called if name in (n, _initials(n)) or n == _initials(name))
    return Words(frozenset(ordinary), frozenset(people), same)


def _initials(name: str) -> str:
    """`ml` of `machine learning`: other aliases may name an example of the topic, which is not the same."""
    return "".join(part[0] for part in re.split(r"[\s-]+", name) if part)

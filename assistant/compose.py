"""Write the extractive answer: a lead, then the evidence grouped by source, each sentence with its citation."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from assistant.citations import Citations, Quote, considered
from assistant.evidence import Sentence
from assistant.facts.phrases import short_name
from assistant.quoting import as_words, quoted
from assistant.records import Answer, Understood
from assistant.retrieval import Retrieved
from ingest.index import Index
from ingest.lexical import STOPWORDS, terms
from ingest.records import Hit, Kind
from ingest.text import plain

SUGGESTIONS = 3
STORED_QUESTIONS = 16_384  # whose words are kept; the library has half as many
MORE_SENTENCES = 3
MIN_TOLD, MIN_SUGGESTION_TERMS = 0.5, 2
MIN_SUGGESTION_WORDS, MAX_SUGGESTION_WORDS = 4, 16
WHOLE_QUESTION = re.compile(
    r"(?:what|how|which|who|why|when|where|should|do|does|is|are|can|could|will)\b[^.!]*$", re.IGNORECASE
)
POINTS_BACK = re.compile(
    r"\b(?:it|its|this|that|these|those|they|them|their|there|here|he|she|him|his|her|one|ones|same|other|another)\b",
    re.IGNORECASE,
)  # at something that a suggestion does not say
NEAREST = 3


def compose(question: Understood, chosen: Sequence[Sentence], found: Retrieved, index: Index) -> Answer:
    """Return an extractive answer of `chosen` sentences, the best first.

    Raises ValueError when a quote is not in its source.
    """
    citations = Citations(index)
    lines = [_cited(chosen[0], citations)]
    points = [_cited(sentence, citations) for sentence in _in_reading_order(chosen[0], chosen[1:])]
    if points:
        lines.append("\n".join(f"- {point}" for point in points))
    used = citations.proved()
    return Answer(
        answer="\n\n".join(lines),
        citations=used,
        abstained=False,
        reason=None,
        mode="extractive",
        question=question.text,
        considered=considered(found.hits, used, index),
        follow_ups=suggestions(found.hits, index, {c.passage_id for c in used}, question.text),
    )


def with_evidence(answer: Answer, chosen: Sequence[Sentence], index: Index) -> Answer:
    """Return a computed answer with up to `MORE_SENTENCES` found sentences below it that it does not quote yet."""
    quoted_already = {(c.source_id, c.start, c.end) for c in answer.citations}
    fresh = [s for s in chosen if (s.hit.passage.source_id, s.start, s.end) not in quoted_already][:MORE_SENTENCES]
    if not fresh:
        return answer
    citations = Citations(index, answer.citations)
    lines = "\n".join(f"- {_cited(sentence, citations)}" for sentence in fresh)
    return replace(answer, answer=f"{answer.answer}\n\n{lines}", citations=citations.proved())


def abstain(question: Understood, found: Retrieved, index: Index, is_silent: bool = False) -> Answer:
    """Return an answer that says that the library does not know, what was looked for, and what is nearest.

    `is_silent` when others speak of it than the one roadmap that the question names.
    """
    looked_for = ", ".join(dict.fromkeys(_words_asked(question))) or "this"
    nearest = list(dict.fromkeys(_place(hit, index) for hit in found.hits))[:NEAREST]
    reason = f"no passage of the library answers it; looked for: {looked_for}"
    text = "The library does not answer this question, so I would rather not guess."
    if is_silent:
        named = short_name(index.structure.roadmaps[question.sources[0]])
        text = f"{named}'s roadmap does not speak of this, so I would rather not guess."
        reason = f"no passage of {named}'s answers it, while others are near; looked for: {looked_for}"
    if question.unnamed:
        text = f"I cannot tell which one “{question.unnamed}” is: name it, and ask again."
        reason = f"nothing says which one “{question.unnamed}” is; looked for: {looked_for}"
    if nearest:
        text += f" The nearest {'in the library' if is_silent else 'it has'}: {'; '.join(nearest)}."
    return Answer(
        answer=text,
        citations=(),
        abstained=True,
        reason=reason,
        mode="extractive",
        question=question.text,
        considered=considered(found.hits, (), index),
        follow_ups=suggestions(found.hits, index, set(), question.text),
    )


def suggestions(hits: Iterable[Hit], index: Index, used: set[str], asked: str) -> tuple[str, ...]:
    """Return questions that other passages near the question answer, one per section."""
    found: dict[str, str] = {}
    for hit in hits:
        passage = hit.passage
        if passage.passage_id in used or passage.section_id in found:
            continue
        sections = index.sources[passage.source_id].sections
        questions = next((s.questions for s in sections if s.section_id == passage.section_id), ())
        fitting = [q for q in (s.text for s in questions) if _is_suggestible(q) and q.lower() != asked.lower()]
        held = set(terms(f"{' '.join(passage.heading_path)} {plain(passage.text)}"))
        best = max(fitting, key=lambda q: _told(q, held), default="")
        if _told(best, held) >= MIN_TOLD:
            best = re.sub(r"\bi\b", "I", best.rstrip(" ?"))
            found[passage.section_id] = f"{best[:1].upper()}{best[1:]}?"
        if len(found) == SUGGESTIONS:
            break
    return tuple(found.values())


@lru_cache(maxsize=STORED_QUESTIONS)
def _is_suggestible(question: str) -> bool:
    """Whether a stored question reads as a whole question; many are as terse as people type them."""
    words = question.split()
    is_whole = WHOLE_QUESTION.match(question) and not POINTS_BACK.search(question)
    return bool(is_whole) and MIN_SUGGESTION_WORDS <= len(words) <= MAX_SUGGESTION_WORDS


def _told(question: str, held: set[str]) -> float:
    """Share of a question's content words that its passage holds: one that has them says what it is about."""
    asked = _stored_terms(question)
    return sum(t in held for t in asked) / len(asked) if len(asked) >= MIN_SUGGESTION_TERMS else 0.0


@lru_cache(maxsize=STORED_QUESTIONS)
def _stored_terms(question: str) -> tuple[str, ...]:
    return tuple(terms(question))


def _cited(sentence: Sentence, citations: Citations) -> str:
    citation = citations.cite(Quote(sentence.hit.passage, sentence.start, sentence.end))
    return f"{quoted(citation.quote, citation.kind)} [{citation.number}]"


def _in_reading_order(lead: Sentence, rest: Sequence[Sentence]) -> list[Sentence]:
    """The lead's own source first, then the others as they were found; in each, the order of its text."""
    order = list(dict.fromkeys(s.hit.passage.source_id for s in (lead, *rest)))
    return sorted(rest, key=lambda s: (order.index(s.hit.passage.source_id), s.start))


def _words_asked(question: Understood) -> list[str]:
    return [w.strip("?.!,;:\"'()") for w in plain(question.text).split() if w.lower().strip("?.!,'") not in STOPWORDS]


def _place(hit: Hit, index: Index) -> str:
    title = index.sources[hit.passage.source_id].title
    section = hit.passage.heading_path[-1]
    place = title if section == title else f"{section} ({title})"
    return as_words(place) if hit.passage.kind is Kind.DOCUMENT else place

"""Score answers by fixed rules, without a model as judge: content, citations, refusals, length."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from statistics import fmean

from assistant.records import Answer
from evals.dataset import EvalQuestion
from ingest.lexical import terms
from ingest.sentences import sentence_spans
from ingest.text import plain

MARK = re.compile(r"\[(\d{1,3})\](?!\()")
MARKS = re.compile(r"(?:\s*\[\d{1,3}\](?!\())+")
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
ENDS = re.compile(r"[.!?…][\"'”’)\]*_]*$")
SUPPORTING_SHARE = 0.75  # of a paraphrase's content words that its quotes must hold; untuned


@dataclass(frozen=True, slots=True)
class Library:
    """What scoring must know of the library: the text of each source and the section of each passage."""

    texts: Mapping[str, str]
    sections: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of an answer without its marks, and the numbers that it cites (none: it is uncited)."""

    text: str
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AnswerScores:
    """One answer's values, 0 to 1 but for `words`; None where the measure does not apply to it.

    `passed` (the measure `pass`): every nugget stands in the text or the quotes and an expected source is cited; for an
    unanswerable question: it abstained. `nuggets_in_text`, `nuggets_in_evidence`: share of nuggets
    in the answer's own text, and in the text or its quotes; 0 when it abstained wrongly.
    `false_refusal` is told of answerable questions, `false_answer` of unanswerable ones.
    """

    passed: float
    nuggets_in_text: float | None = None
    nuggets_in_evidence: float | None = None
    citation_precision: float | None = None
    citation_recall: float | None = None
    cited_share: float | None = None
    exact_quotes: float | None = None
    false_refusal: float | None = None
    false_answer: float | None = None
    words: float | None = None

    @property
    def has_abstained(self) -> bool:
        """Whether the question was not answered."""
        return self.false_refusal == 1.0 or self.false_answer == 0.0

    def values(self) -> dict[str, float]:
        """The measures that apply, by name."""
        named = ((_name(field.name), getattr(self, field.name)) for field in fields(self))
        return {name: float(value) for name, value in named if value is not None}


def score(question: EvalQuestion, answer: Answer, library: Library) -> AnswerScores:
    """Return the values of one answer."""
    if not question.answerable:
        return _unanswerable(answer, library)
    if answer.abstained:
        return AnswerScores(passed=0.0, nuggets_in_text=0.0, nuggets_in_evidence=0.0, false_refusal=1.0)
    quotes = [citation.quote for citation in answer.citations]
    found = nugget_share(question, [answer.answer, *quotes])
    expected = set(question.expected_sources)
    is_sourced = not expected or any(c.source_id in expected for c in answer.citations)
    return AnswerScores(
        passed=float(found == 1.0 and is_sourced),
        nuggets_in_text=nugget_share(question, [answer.answer]),
        nuggets_in_evidence=found,
        citation_precision=citation_precision(question, answer, library),
        citation_recall=citation_recall(answer, library),
        cited_share=cited_share(answer.answer),
        exact_quotes=exact_quotes(answer, library),
        false_refusal=0.0,
        words=float(word_count(answer.answer)),
    )


def _unanswerable(answer: Answer, library: Library) -> AnswerScores:
    if answer.abstained:
        return AnswerScores(passed=1.0, false_answer=0.0)
    return AnswerScores(
        passed=0.0,
        citation_recall=citation_recall(answer, library),
        cited_share=cited_share(answer.answer),
        exact_quotes=exact_quotes(answer, library),
        false_answer=1.0,
        words=float(word_count(answer.answer)),
    )


def nugget_share(question: EvalQuestion, markdown_texts: Iterable[str]) -> float:
    """Share, 0 to 1, of the nuggets that some text holds, as written or as read; 1 when there are none.

    Marks are taken out first, so that `[8]` never passes for the figure 8.
    """
    texts = [without_marks(text) for text in markdown_texts]
    forms = [form for text in texts for form in (" ".join(text.split()), plain(text))]
    groups = question.patterns
    held = sum(any(pattern.search(form) for pattern in group for form in forms) for group in groups)
    return held / len(groups) if groups else 1.0


def citation_precision(question: EvalQuestion, answer: Answer, library: Library) -> float | None:
    """Share of an answer's citations that are precise; None without citations.

    After ALCE (Gao et al. 2023, section 4.3), where a citation counts when it supports its
    statement and is needed for it, as an entailment model judges. Adapted, to need no model: a
    citation is precise when its quote holds a nugget of the question, or its section is judged
    relevant (grade 1 or better).
    """
    if not answer.citations:
        return None
    judged = set(question.judgements)
    precise = (
        library.sections.get(c.passage_id) in judged
        or any(p.search(form) for g in question.patterns for p in g for form in (c.quote, plain(c.quote)))
        for c in answer.citations
    )
    return fmean(float(is_precise) for is_precise in precise)


def citation_recall(answer: Answer, library: Library) -> float | None:
    """Share of statements (sentences with marks) that their citations support; None without statements.

    After ALCE (section 4.3), where a statement counts when an entailment model finds that its
    citations together support it. Adapted: every mark must lead to a citation with an exact quote,
    and the quotes together must hold the statement (see `is_held`).
    """
    cited = [statement for statement in statements(answer.answer) if statement.numbers]
    if not cited:
        return None
    by_number = {citation.number: citation for citation in answer.citations}

    def is_supported(statement: Statement) -> bool:
        citations = [by_number.get(number) for number in statement.numbers]
        quotes = [
            c.quote
            for c in citations
            if c is not None and library.texts.get(c.source_id, "")[c.start : c.end] == c.quote
        ]
        return len(quotes) == len(citations) and is_held(statement.text, quotes)

    return fmean(float(is_supported(statement)) for statement in cited)


def is_held(statement: str, quotes: Sequence[str]) -> bool:
    """Whether quotes hold a statement: to the letter, or as a paraphrase.

    A paraphrase must find all its numbers and at least `SUPPORTING_SHARE` of its content words
    (stemmed) in the quotes. Case, white space and markup never matter.
    """
    said = plain(statement).lower()
    shown = " ".join(plain(quote) for quote in quotes).lower()
    if not said or said in shown:
        return bool(quotes)
    if not set(NUMBER.findall(said)) <= set(NUMBER.findall(shown)):
        return False
    words, held = terms(said), set(terms(shown))
    return bool(words) and sum(word in held for word in words) / len(words) >= SUPPORTING_SHARE


def cited_share(markdown: str) -> float | None:
    """Share of an answer's sentences that carry a mark; labels and headings are no sentences."""
    said = statements(markdown)
    return fmean(float(bool(statement.numbers)) for statement in said) if said else None


def exact_quotes(answer: Answer, library: Library) -> float | None:
    """Share of citations whose quote is the source's text at the stated place; None without citations."""
    if not answer.citations:
        return None
    exact = (library.texts.get(c.source_id, "")[c.start : c.end] == c.quote != "" for c in answer.citations)
    return fmean(float(is_exact) for is_exact in exact)


def statements(markdown: str) -> list[Statement]:
    """Return the sentences of an answer in order, each with the numbers of the marks that follow it.

    What stands between two runs of marks is one statement when it ends there; sentences before its
    last one are uncited. Text without marks counts only where it ends like a sentence.
    """
    found: list[Statement] = []
    for line in markdown.splitlines():
        begin = 0
        for marks in MARKS.finditer(line):
            numbers = tuple(int(n) for n in MARK.findall(marks.group()))
            found.extend(_split(line[begin : marks.start()], numbers))
            begin = marks.end()
        found.extend(_split(line[begin:], ()))
    return found


def _split(text: str, numbers: tuple[int, ...]) -> list[Statement]:
    text = text.lstrip(" .,;:!?")  # what closed the sentence before the marks
    if not plain(text):
        return []
    sentences = [text[start:end].strip() for start, end in sentence_spans(text, 0, len(text))]
    uncited = sentences if not numbers else sentences[:-1]
    found = [Statement(plain(s), ()) for s in uncited if ENDS.search(s) and not s.rstrip("*_").endswith(":")]
    if numbers:
        found.append(Statement(plain(sentences[-1]), numbers))
    return found


def without_marks(markdown: str) -> str:
    """Return an answer without its `[n]` marks."""
    return MARKS.sub("", markdown)


def word_count(markdown: str) -> int:
    """Number of words as read: without marks, addresses and markup."""
    return len(plain(without_marks(markdown)).split())


def _name(field_name: str) -> str:
    return "pass" if field_name == "passed" else field_name  # the field's own name would be a keyword


MEASURES = tuple(_name(field.name) for field in fields(AnswerScores))
LOWER_IS_BETTER = frozenset(
    {"false_refusal", "false_answer", "words", "words_median", "risk_area"}
    | {"p50_ms", "p95_ms", "embedding_p50_ms", "times_embedding"}
)

"""What is measured: a system turns a question into placed sections and the texts that it would answer from."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from assistant.chain import AnswerChain
from assistant.records import Question
from assistant.retrieval import LEG_PASSAGES, Legs
from evals.dataset import EvalQuestion
from evals.results import SystemResult
from evals.retrieval_measures import ANSWERS_PARTLY, averages, averages_by, score
from evals.runs import Judgements, Run, ranked
from evals.significance import intervals
from ingest.encoder import Advance

DEPTH = 2 * LEG_PASSAGES  # all that the two legs can bring
CONTEXTS = 4  # passages or chunks that a baseline answers from: the tutorial recipe's number
SHOWN = 5
NUGGETS = f"Nuggets@{CONTEXTS}"
WORDS = f"Words@{CONTEXTS}"


@dataclass(frozen=True, slots=True)
class Found:
    """`sections` are (section id, score), best first, an id perhaps more than once; `contexts` the first texts."""

    sections: tuple[tuple[str, float], ...]
    contexts: tuple[str, ...]


System = Callable[[Question], Found]


def of_chain(chain: AnswerChain, legs: Legs | None = None) -> System:
    """The product's own retrieval, understanding included; with other `legs` if given."""
    retriever = replace(chain.retriever, legs=legs) if legs else chain.retriever

    def find(question: Question) -> Found:
        hits = retriever.retrieve(chain.understand(question), DEPTH, question.scope).hits
        return Found(
            tuple((hit.passage.section_id, hit.score) for hit in hits),
            tuple(hit.passage.text for hit in hits[:CONTEXTS]),
        )

    return find


def judgements_of(questions: Iterable[EvalQuestion]) -> Judgements:
    """The judgements of the answerable questions; the others are no matter of retrieval."""
    return {q.id: dict(q.judgements) for q in questions if q.answerable and q.judgements}


def ask(system: System, questions: Sequence[EvalQuestion], advance: Advance) -> dict[str, Found]:
    """Put every answerable question to `system`."""
    found = {}
    for question in questions:
        if question.answerable and question.judgements:
            found[question.id] = system(question.ask())
        advance(1)
    return found


def run_of(found: dict[str, Found]) -> Run:
    """The run of what was found, sections with their best place kept."""
    return {question: ranked(each.sections) for question, each in found.items()}


def evaluate(
    questions: Sequence[EvalQuestion], run: Run, found: dict[str, Found] | None = None, with_intervals: bool = True
) -> SystemResult:
    """Score `run`; with `found` also the share of nuggets in the first contexts, and how many words those have.

    Raises ResultError when no question has judgements.
    """
    by_id = {q.id: q for q in questions}
    scores = score(run, judgements_of(questions), ANSWERS_PARTLY)
    for name, each in (found or {}).items():
        text = "\n".join(each.contexts)
        nuggets = by_id[name].nuggets
        scores[name][NUGGETS] = by_id[name].nuggets_in(text) / len(nuggets) if nuggets else 0.0
        scores[name][WORDS] = float(len(text.split()))
    result = SystemResult(
        measures=averages(scores),
        by_type=averages_by(scores, {q.id: q.type for q in questions}),
        per_question=scores,
        details={
            name: {
                "question": by_id[name].question,
                "type": by_id[name].type,
                "retrieved": list(run.get(name, {}))[:SHOWN],
                "judged": dict(sorted(by_id[name].judgements.items(), key=lambda item: -item[1])),
            }
            for name in scores
        },
    )
    return replace(result, intervals=intervals(scores)) if with_intervals else result

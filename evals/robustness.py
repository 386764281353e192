"""Ask clean questions again as hurried people type them, and measure what that costs."""

import hashlib
import random
import re
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from string import ascii_lowercase

from assistant.chain import AnswerChain
from assistant.records import Question
from evals.answer_measures import Library, score
from evals.answers import DIGITS, Advance, library_of, no_progress, rounded
from evals.dataset import EvalQuestion
from evals.results import DatasetInfo, Result, SystemResult, stamp
from evals.retrieval_measures import ANSWERS_PARTLY, NDCG, averages
from evals.retrieval_measures import score as score_run
from evals.runs import Run, ranked
from evals.significance import compare, intervals

KIND = "robustness"
CLEAN = "clean"
SEED = 20261120
TYPOS_PER_WORDS = 5  # one slip in five words, at least one a question
MIN_TYPO_LETTERS = 4
# What lies beside each letter, a to z, on one row of a QWERTY keyboard.
BESIDE = "sq vn xv sf wr dg fh gj uo hk jl k n bm ip o w et ad ry yi cb qe zc tu x"
NEIGHBOURS = dict(zip(ascii_lowercase, BESIDE.split(), strict=True))
OPENINGS = ("hi, ", "hey there, ", "ok so ", "um, ", "quick question: ", "sorry if this is dumb but ", "hello! ")
ENDINGS = (" please", " thanks", " pls", " thx in advance", " any ideas", " cheers", " lol")
INSIDE = ("like", "basically", "actually", "you know", "kind of")

Perturbation = Callable[[str, random.Random], str]


def typos(text: str, chance: random.Random) -> str:
    """Slip in one word of five that has four letters or more: a letter left out, doubled, swapped or beside."""
    words = text.split(" ")
    places = [i for i, word in enumerate(words) if len(word) >= MIN_TYPO_LETTERS and word.isalpha()]
    count = max(1, round(len(words) / TYPOS_PER_WORDS))
    for place in chance.sample(places, min(count, len(places))):
        words[place] = _slip(words[place], chance)
    return " ".join(words)


def _slip(word: str, chance: random.Random) -> str:
    """The word with one slip after its first letter, which people rarely miss; never the word itself."""
    place = chance.randrange(1, len(word))
    letter = word[place]
    kinds = [word[:place] + word[place + 1 :], word[:place] + letter + word[place:]]
    if place + 1 < len(word) and word[place + 1] != letter:
        kinds.append(word[:place] + word[place + 1] + letter + word[place + 2 :])
    if letter in NEIGHBOURS:
        kinds.append(word[:place] + chance.choice(NEIGHBOURS[letter]) + word[place + 1 :])
    return chance.choice(kinds)


def casing(text: str, chance: random.Random) -> str:
    """All lower case, all capitals, or every word capitalised: whichever of them changes the text."""
    forms = [form for form in (text.lower(), text.upper(), text.title()) if form != text]
    return chance.choice(forms) if forms else text


def without_punctuation(text: str, chance: random.Random) -> str:  # noqa: ARG001 - all perturbations are called alike
    """No marks at all, but those inside a word or a name (`self-taught`, `C++`, `scikit-learn`)."""
    return " ".join(re.sub(r"(?<!\w)['\"(\[]+|[?!.,;:)\]\"']+(?=\s|$)|\s[-–—]+(?=\s)", "", text).split())


def filler(text: str, chance: random.Random) -> str:
    """Courtesies before and after, and an empty word inside."""
    words = text.rstrip(" ?!.").split(" ")
    words.insert(chance.randint(1, len(words)), chance.choice(INSIDE))
    return chance.choice(OPENINGS) + " ".join(words) + chance.choice(ENDINGS)


PERTURBATIONS: dict[str, Perturbation] = {
    "typos": typos,
    "casing": casing,
    "no punctuation": without_punctuation,
    "filler words": filler,
}


def perturbed(question: EvalQuestion, name: str, seed: int = SEED) -> Question:
    """Return the question as perturbation `name` makes it, the same on every machine; its history stays."""
    digest = hashlib.sha256(f"{seed}/{name}/{question.id}".encode()).digest()
    asked = question.ask()
    text = PERTURBATIONS[name](question.question, random.Random(digest))  # noqa: S311 - repeatable, not secret
    return Question(text, asked.history)


def relative_drop(clean: float, noisy: float) -> float:
    """Share of the clean value that is lost, negative for a gain; 0 where there was nothing to lose."""
    return (clean - noisy) / clean if clean else 0.0


def run(
    chain: AnswerChain, questions: Sequence[EvalQuestion], dataset: DatasetInfo, advance: Advance = no_progress
) -> Result:
    """Ask the clean questions (of every type but `typo`) in each form and return the result, not yet written.

    `advance(1)` is called `asked(questions)` times. Measures named `drop <measure>` are relative to
    the clean form; `notes` has the paired comparison of each.
    """
    clean = [q for q in questions if q.type != "typo"]
    library = library_of(chain.index)
    systems = {CLEAN: _system(chain, clean, [q.ask() for q in clean], library, advance)}
    for name in PERTURBATIONS:
        forms = [perturbed(q, name) for q in clean]
        systems[name] = _system(chain, clean, forms, library, advance)
    first = systems[CLEAN]
    for name in PERTURBATIONS:
        system = systems[name]
        drops = {f"drop {m}": relative_drop(first.measures[m], v) for m, v in system.measures.items()}
        system.measures.update(rounded(drops))
    worst = max(PERTURBATIONS, key=lambda name: systems[name].measures.get("drop pass", 0.0))
    notes = {"compared with clean": _comparisons(systems), "worst": worst, "seed": SEED}
    now = stamp()
    return Result(KIND, now.commit, now.created, dataset, systems, notes)


def asked(questions: Sequence[EvalQuestion]) -> int:
    """How many questions `run` puts."""
    return sum(q.type != "typo" for q in questions) * (1 + len(PERTURBATIONS))


def _system(
    chain: AnswerChain,
    questions: Sequence[EvalQuestion],
    forms: Sequence[Question],
    library: Library,
    advance: Advance,
) -> SystemResult:
    rows: dict[str, dict[str, float]] = {}
    placed: Run = {}
    for question, form in zip(questions, forms, strict=True):
        scores = score(question, chain.invoke(form), library)
        rows[question.id] = {"pass": scores.passed}
        if scores.nuggets_in_evidence is not None:
            rows[question.id]["nuggets_in_evidence"] = scores.nuggets_in_evidence
        placed[question.id] = ranked([(h.passage.section_id, h.score) for h in chain.trace(form).found.hits])
        advance(1)
    judgements = {q.id: dict(q.judgements) for q in questions if q.judgements}
    for name, values in score_run(placed, judgements, ANSWERS_PARTLY).items() if judgements else ():
        rows[name][NDCG] = values[NDCG]
    bounds = {name: (round(low, DIGITS), round(high, DIGITS)) for name, (low, high) in intervals(rows).items()}
    details = {q.id: {"type": q.type, "question": form.text} for q, form in zip(questions, forms, strict=True)}
    return SystemResult(rounded(averages(rows)), bounds, _by_type(questions, rows), rows, details)


def _by_type(questions: Sequence[EvalQuestion], rows: Mapping[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    types = sorted({q.type for q in questions})
    return {t: rounded(averages({q.id: rows[q.id] for q in questions if q.type == t})) for t in types}


def _comparisons(systems: Mapping[str, SystemResult]) -> dict[str, dict[str, dict[str, float]]]:
    def column(name: str, measure: str) -> dict[str, float]:
        return {question: row[measure] for question, row in systems[name].per_question.items() if measure in row}

    found: dict[str, dict[str, dict[str, float]]] = {}
    for name in PERTURBATIONS:
        for measure in ("pass", NDCG):
            one = compare(column(CLEAN, measure), column(name, measure))
            found.setdefault(name, {})[measure] = rounded(
                {"difference": one.difference, "low": one.low, "high": one.high, "p": one.p_value}
            )
    return found


def mean_drop(result: Result, measure: str) -> float:
    """The mean relative drop of `measure` over all perturbations."""
    return fmean(result.systems[name].measures[f"drop {measure}"] for name in PERTURBATIONS)

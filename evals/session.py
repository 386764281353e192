"""What every eval command needs: the questions asked for, the product over the shipped corpus, progress, and results."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from evals.dataset import EvalQuestion, Half, default_dataset, half_of, read_dataset
from evals.results import DatasetInfo, Result, ResultError, describe_dataset, stamp, write_result
from evals.runs import Run, check_judged, read_run, write_run
from ingest.build import Progress
from ingest.encoder import Advance

if TYPE_CHECKING:
    from assistant.chain import AnswerChain


@dataclass(frozen=True, slots=True)
class Asked:
    """The questions of one run, and what a result says of them."""

    questions: list[EvalQuestion]
    info: DatasetInfo
    path: Path


def read_questions(dataset: Path | None, half: Half | Literal["all"]) -> Asked:
    """Read the questions of a half. Raises DatasetError with file and line, or ResultError for an empty half."""
    path = dataset or default_dataset()
    questions = read_dataset(path)
    if half != "all":
        questions = half_of(questions, half)
    if not questions:
        raise ResultError(f"{path}: no question belongs to the half {half!r}: choose another --half")
    return Asked(questions, describe_dataset(path, half, len(questions)), path)


def check_sections(asked: Asked, known: set[str]) -> None:
    """Raise ResultError, with file and line, when a judgement names a section that does not exist."""
    lines = asked.path.read_text(encoding="utf-8").splitlines()
    judgements = {q.id: q.judgements for q in asked.questions}
    places = {
        question.id: f"{asked.path}:{number}"
        for question in asked.questions
        for number, line in enumerate(lines, start=1)
        if re.search(rf'"id":\s*"{re.escape(question.id)}"', line)
    }
    check_judged(judgements, known, places)


@contextmanager
def shipped_chain(progress: Progress) -> Iterator["AnswerChain"]:
    """Yield the product over the shipped corpus: the current index if it holds just that, else one built aside.

    A data folder with a person's own documents, or an index of an older corpus, is never measured.
    """
    from assistant.settings import Settings
    from assistant.wiring import Service, make_chain, make_encoder, make_reranker, read_library
    from evals.ablations import built
    from ingest.build import library_hash
    from ingest.errors import IndexStateError

    settings = Settings.load()
    library = read_library(settings)
    try:
        chain: AnswerChain | None = Service(settings).chain
    except IndexStateError:
        chain = None
    if chain is not None and chain.index.manifest.library_hash == library_hash(library):
        yield chain
        return
    encoder = make_encoder(settings)
    with built(library, encoder, progress=progress) as index:
        yield make_chain(index, encoder, reranker=make_reranker(settings))


def sections_of(chain: "AnswerChain") -> set[str]:
    """Every section id of the opened index."""
    return {section.section_id for source in chain.index.sources.values() for section in source.sections}


@contextmanager
def progress_bars() -> Iterator[Progress]:
    """Yield a progress that draws bars on standard error while it lasts."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:

        def begin(label: str, total: int) -> Advance:
            task = bars.add_task(label, total=total)
            return lambda count: bars.advance(task, count)

        yield begin


def keep_runs(kind: str, runs: Mapping[str, Run], folder: Path) -> dict[str, Run]:
    """Write each run beside the result to come, and return what is read back: that is what is scored."""
    kept = {}
    for system, run in runs.items():
        path = folder / f"{kind}-{stamp().commit}.{slug(system)}.run"
        write_run(path, run, slug(system))
        kept[system] = read_run(path)
    return kept


def keep_result(result: Result, folder: Path) -> Path:
    """Write the result; return its file."""
    return write_result(result, folder)


def slug(name: str) -> str:
    """A system's name as a part of a file name."""
    return "-".join(re.findall(r"[a-z0-9.]+", name.lower()))

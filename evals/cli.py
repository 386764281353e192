"""`roadmap eval`: measure retrieval and answers; nothing heavy is loaded before a command runs."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from assistant.output import json_text

if TYPE_CHECKING:
    from evals.results import Result, SystemResult
    from evals.significance import Comparison

HalfOrAll = Literal["tune", "test", "all"]
FEW_SYSTEMS = 3  # more are printed one a line

app = typer.Typer(no_args_is_help=True, help="Measure retrieval and answers, and compare results.")

Dataset = Annotated[Path | None, typer.Option("--dataset", help="Questions as JSONL; the project's own by default.")]
Half = Annotated[HalfOrAll, typer.Option("--half", help="tune to choose by, test to report, or all.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on standard output, for programs.")]
Output = Annotated[Path | None, typer.Option("--output", help="Folder for results; evals/results by default.")]


@app.command()
def retrieval(dataset: Dataset = None, half: Half = "test", as_json: AsJson = False, output: Output = None) -> None:
    """Measure how well the sections that answer are found: the product, and each leg alone."""
    from assistant.retrieval import Legs
    from evals.results import Result, results_folder, stamp
    from evals.session import check_sections, keep_runs, progress_bars, read_questions, sections_of, shipped_chain
    from evals.systems import ask, evaluate, of_chain, run_of

    asked = read_questions(dataset, half)
    folder = output or results_folder()
    with progress_bars() as progress, shipped_chain(progress) as chain:
        check_sections(asked, sections_of(chain))
        found = {}
        for name, legs in {"product": None, "dense leg": Legs(lexical=False), "lexical leg": Legs(dense=False)}.items():
            found[name] = ask(of_chain(chain, legs), asked.questions, progress(name, len(asked.questions)))
        runs = keep_runs("retrieval", {name: run_of(each) for name, each in found.items()}, folder)
        systems = {name: evaluate(asked.questions, run, found[name]) for name, run in runs.items()}
    now = stamp()
    _finish(Result("retrieval", now.commit, now.created, asked.info, systems), folder, as_json)


@app.command()
def answers(dataset: Dataset = None, half: Half = "test", as_json: AsJson = False, output: Output = None) -> None:
    """Measure the written answers: nuggets, citations, abstention, length and latency."""
    from evals.results import results_folder
    from evals.session import check_sections, progress_bars, read_questions, sections_of, shipped_chain

    asked = read_questions(dataset, half)
    with progress_bars() as progress, shipped_chain(progress) as chain:
        from evals import answers as measure

        check_sections(asked, sections_of(chain))
        result = measure.run(chain, asked.questions, asked.info, progress("answering", len(asked.questions)))
    _finish(result, output or results_folder(), as_json)


@app.command()
def robustness(dataset: Dataset = None, half: Half = "test", as_json: AsJson = False, output: Output = None) -> None:
    """Measure what typos, casing, missing punctuation and filler words cost."""
    from evals.results import results_folder
    from evals.session import check_sections, progress_bars, read_questions, sections_of, shipped_chain

    asked = read_questions(dataset, half)
    with progress_bars() as progress, shipped_chain(progress) as chain:
        from evals import robustness as measure

        check_sections(asked, sections_of(chain))
        advance = progress("asking", measure.asked(asked.questions))
        result = measure.run(chain, asked.questions, asked.info, advance)
    _finish(result, output or results_folder(), as_json)


@app.command()
def ablate(dataset: Dataset = None, half: Half = "test", as_json: AsJson = False, output: Output = None) -> None:
    """Measure the product with each part left out in turn, and the baselines, on the same questions.

    Builds four indexes in temporary folders; takes a few minutes.
    """
    from assistant.settings import Settings
    from assistant.wiring import make_encoder, make_reranker, read_library
    from evals import ablations
    from evals.results import Result, results_folder, stamp
    from evals.session import check_sections, keep_runs, progress_bars, read_questions

    asked = read_questions(dataset, half)
    settings = Settings.load()
    library = read_library(settings)
    folder = output or results_folder()
    check_sections(asked, {s.section_id for source in library.sources for s in source.sections})
    with progress_bars() as progress:
        encoder, reranker = make_encoder(settings), make_reranker(settings)
        runs, finds, remarks = ablations.measure(library, encoder, asked.questions, progress, reranker)
    systems, comparisons = ablations.evaluate_all(asked.questions, keep_runs("ablate", runs, folder), finds)
    now = stamp()
    notes = {"against product": comparisons, "remarks": remarks}
    _finish(Result("ablate", now.commit, now.created, asked.info, systems, notes), folder, as_json)


@app.command()
def beir(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder with corpus.jsonl, queries.jsonl and qrels/.")],
    split: Annotated[str, typer.Option("--split", help="Which file of qrels/ to use.")] = "test",
    sentences: Annotated[
        bool, typer.Option("--sentences", help="Embed every sentence too, as the product does.")
    ] = False,
    whole: Annotated[
        bool, typer.Option("--whole", help="Also one vector per whole document, as published figures are made.")
    ] = False,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """Measure the legs and their fusion on any retrieval set in BEIR's form."""
    from assistant.settings import Settings
    from assistant.wiring import make_encoder
    from evals import beir as sets
    from evals.results import Result, SystemResult, describe_dataset, results_folder, stamp
    from evals.retrieval_measures import averages, score
    from evals.session import keep_runs, progress_bars, slug
    from evals.significance import intervals
    from ingest.entries import Facets

    collection = sets.read_collection(folder, split)
    kind = f"beir-{slug(collection.name)}" + (f"-{slug(split)}" if split != "test" else "")
    target = output or results_folder()
    with progress_bars() as progress:
        facets = Facets(document_sentences=sentences, questions=False)
        encoder = make_encoder(Settings.load())
        runs = sets.measure(collection, encoder, progress, facets)
        if whole:
            runs["whole documents"] = sets.whole_documents(collection, encoder, progress)
    scores = {name: score(run, collection.judgements) for name, run in keep_runs(kind, runs, target).items()}
    systems = {name: SystemResult(averages(each), intervals(each), {}, each) for name, each in scores.items()}
    info = describe_dataset(folder, split, len(collection.questions))
    now = stamp()
    notes = {**sets.notes(), "sentences": sentences}
    _finish(Result(kind, now.commit, now.created, info, systems, notes), target, as_json)


@app.command()
def compare(
    first: Annotated[Path, typer.Argument(help="A result's JSON file.")],
    second: Annotated[Path, typer.Argument(help="Another, of the same questions.")],
    system: Annotated[str, typer.Option("--system", help="Which system of the first.")] = "product",
    against: Annotated[str | None, typer.Option("--against", help="Which of the second; the same by default.")] = None,
    as_json: AsJson = False,
) -> None:
    """Compare two results question by question: differences, 95% intervals, randomisation test."""
    from evals.results import ResultError
    from evals.significance import compare as compare_scores

    columns = [_columns(first, system), _columns(second, against or system)]
    shared = [name for name in columns[0] if name in columns[1]]
    if not set.intersection(*({q for each in c.values() for q in each} for c in columns)):
        raise ResultError(f"{first} and {second} have no question in common: compare results of the same --dataset")
    compared = {name: compare_scores(columns[0][name], columns[1][name]) for name in shared}
    if as_json:
        typer.echo(json_text({name: asdict(each) for name, each in compared.items()}))
        return
    _print_comparison(compared)


@app.command()
def gate(
    dataset: Dataset = None,
    half: Half = "test",
    floors: Annotated[
        Path | None, typer.Option("--floors", help="File of floors; evals/floors.toml by default.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check the present product against the floors in evals/floors.toml; exit with 1 when one is missed."""
    from evals import gate as measure
    from evals.session import progress_bars, read_questions, shipped_chain

    asked = read_questions(dataset, half)
    with progress_bars() as progress, shipped_chain(progress) as chain:
        passed = measure.check(chain, as_json, progress, asked.questions, floors)
    if not passed:
        raise typer.Exit(1)


@app.command()
def report(
    output: Output = None,
    against: Annotated[Path | None, typer.Option("--against", help="An older result to show differences to.")] = None,
) -> None:
    """Write one HTML page from the newest results in the folder."""
    from evals.report import write
    from evals.results import results_folder

    typer.echo(str(write(output or results_folder(), against)))


@app.command()
def readme(
    write: Annotated[bool, typer.Option("--write", help="Write the figures between README's markers.")] = False,
) -> None:
    """Compare README's figures with the newest results; with --write, bring them up to date."""
    from evals.readme import update

    if not update(write=write):
        raise typer.Exit(1)


def _columns(path: Path, system: str) -> dict[str, dict[str, float]]:
    """Each measure's values by question, of one system in one result file."""
    from evals.results import ResultError, read_result

    result = read_result(path)
    if system not in result.systems:
        raise ResultError(f"{path}: has no system {system!r}: choose from {', '.join(result.systems)}")
    columns: dict[str, dict[str, float]] = {}
    for question, row in result.systems[system].per_question.items():
        for name, value in row.items():
            columns.setdefault(name, {})[question] = value
    return columns


def _finish(result: "Result", folder: Path, as_json: bool) -> None:
    from evals.session import keep_result

    path = keep_result(result, folder)
    if as_json:
        parts = ("measures", "intervals", "by_type")
        systems = {name: {part: getattr(each, part) for part in parts} for name, each in result.systems.items()}
        typer.echo(json_text({**asdict(result), "systems": systems, "path": str(path)}))
        return
    _print_systems(result)
    typer.echo(str(path))


def _print_systems(result: "Result") -> None:
    from rich.console import Console
    from rich.table import Table

    names = list(dict.fromkeys(name for system in result.systems.values() for name in system.measures))
    title = f"{result.kind} at {result.commit}: {result.dataset.count} questions ({result.dataset.half})"
    if len(result.systems) > FEW_SYSTEMS:
        table = Table("system", *names, title=title)
        for label, system in result.systems.items():
            table.add_row(label, *(_cell(system, name, with_interval=False) for name in names))
    else:
        table = Table("measure", *result.systems, title=title)
        for name in names:
            table.add_row(name, *(_cell(system, name) for system in result.systems.values()))
    Console().print(table)


def _cell(system: "SystemResult", name: str, with_interval: bool = True) -> str:
    if name not in system.measures:
        return ""
    shown = f"{system.measures[name]:.3f}"
    if with_interval and name in system.intervals:
        low, high = system.intervals[name]
        return f"{shown} ({low:.2f}–{high:.2f})"
    return shown


def _print_comparison(compared: "dict[str, Comparison]") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("measure", "difference", "95% interval", "p", "questions")
    for name, each in compared.items():
        bounds = f"{each.low:+.3f} to {each.high:+.3f}"
        table.add_row(name, f"{each.difference:+.3f}", bounds, f"{each.p_value:.3f}", str(each.count))
    Console().print(table)


@app.command()
def calibrate() -> None:
    """Fit the choice of sentences and the decision to answer again, on tuning questions alone.

    Writes into the assistant package, and needs a checkout.
    """
    from importlib.resources import files

    from evals.calibrate import calibrate as fit_again
    from evals.calibrate import write
    from evals.dataset import default_dataset, half_of, read_dataset
    from evals.session import progress_bars, shipped_chain

    own, more = default_dataset(), default_dataset().with_name("calibration.jsonl")
    questions = [*half_of(read_dataset(own), "tune"), *read_dataset(more)]
    with progress_bars() as progress, shipped_chain(progress) as chain:
        value, arrays = fit_again(chain, questions, f"tune half of {own.name} and {more.name}")
    write(value, arrays, Path(str(files("assistant"))))
    typer.echo(value["provenance"])


@app.command()
def frames() -> None:
    """Fit the choice of a question's frame again, on the examples in frames.jsonl.

    Writes into the assistant package, and needs a checkout.
    """
    from importlib.resources import files

    from evals.frames import fit_frames, read_examples, write_frames
    from evals.session import progress_bars, shipped_chain

    examples = read_examples()
    with progress_bars() as progress, shipped_chain(progress) as chain:
        names = chain.understand.vocabulary.names
        arrays, share = fit_frames(examples, chain.retriever.encoder, names, chain.index.structure)
    write_frames(arrays, Path(str(files("assistant.understanding"))))
    typer.echo(f"{len(examples)} examples; {share:.3f} of the frames chosen rightly out of fold")

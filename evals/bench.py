"""`roadmap bench`: what starting, ingesting and answering cost, beside LangChain's own way, as ratios in one run."""

from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Measure time and memory beside the LangChain baseline of the same run.")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on standard output, for programs.")]
Repeats = Annotated[
    int, typer.Option("--repeats", min=1, max=50, help="How often each is measured; medians are shown.")
]


@app.command()
def start(repeats: Repeats = 5, as_json: AsJson = False) -> None:
    """Measure a question from the shell, the start of a server, and its memory. Takes about two minutes."""
    from evals.bench_start import measure
    from evals.bench_timing import show

    show("start", measure(repeats), as_json)


@app.command()
def model(as_json: AsJson = False) -> None:
    """Measure what exporting the model costs in rankings and saves in time, in single precision and eight bits."""
    from evals.bench_model import measure
    from evals.bench_timing import show
    from evals.dataset import default_dataset, read_dataset

    show("model", measure([question.question for question in read_dataset(default_dataset())]), as_json)


@app.command()
def clients(repeats: Repeats = 5, as_json: AsJson = False) -> None:
    """Measure sixteen clients at once against one, and what the server holds."""
    from evals.bench_clients import measure
    from evals.bench_timing import show

    show("clients", measure(repeats), as_json)


@app.command()
def ingest(
    files: Annotated[int, typer.Option("--files", min=1, help="How many short Markdown files are added.")] = 1204,
    repeats: Repeats = 3,
    single_precision: Annotated[
        bool, typer.Option("--float32", help="As on a processor that does not compute in bfloat16.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Measure how many files a second are added, beside LangChain's embeddings, splitter and Chroma."""
    from evals.bench_ingest import measure
    from evals.bench_timing import show

    show("ingest", measure(files, repeats, single_precision), as_json, {"files": files})

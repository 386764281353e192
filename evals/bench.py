"""`roadmap bench`: what starting, ingesting and answering cost, beside LangChain's own way, as ratios in one run."""

from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Measure time and memory beside the LangChain baseline of the same run.")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on standard output, for programs.")]
Repeats = Annotated[
    int, typer.Option("--repeats", min=1, max=50, help="How often each is measured; medians are shown.")
]


@app.callback()
def _bench() -> None:
    """Keep the commands a group while there is one."""


@app.command()
def start(repeats: Repeats = 5, as_json: AsJson = False) -> None:
    """Measure a question from the shell, the start of a server, and its memory. Takes about two minutes."""
    from evals.bench_start import measure
    from evals.bench_timing import show

    show("start", measure(repeats), as_json)

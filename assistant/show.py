"""Print answers, passages and findings in a terminal. Knows no service."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markdown import Markdown
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from ingest.text import escaped, plain

if TYPE_CHECKING:  # a running server answers without all these
    from assistant.chain import Trace
    from assistant.doctor import Finding
    from assistant.records import Answer
    from ingest.documents import Summary
    from ingest.progress import Advance
    from ingest.progress import Progress as AnyProgress


@contextmanager
def progress(console: Console) -> "Iterator[AnyProgress]":
    """Yield a progress function that draws one bar per label on `console`."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:

        def start(label: str, total: int) -> "Advance":
            task = bars.add_task(label, total=total)
            return lambda count: bars.advance(task, count)

        yield start


class _Rate(ProgressColumn):
    """How much of a task is done in a second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f}/s" if speed else "", style="progress.data.speed")


def answer(console: Console, found: "Answer") -> None:
    """Print an answer, then its sources with the quoted span of each."""
    console.print(Markdown(found.answer))
    if found.citations:
        table = Table(title="Sources", title_justify="left", box=None, padding=(0, 1), show_header=False)
        table.add_column(justify="right", style="bold")
        table.add_column()
        for c in found.citations:
            by = f", recommended by {', '.join(c.recommended_by)}" if c.recommended_by else ""
            place = f"{c.title} › {c.section}" if c.section != c.title else c.title
            table.add_row(
                f"[{c.number}]".replace("[", r"\["), f"{escape(place)} ({c.source_id}, {c.start}–{c.end}){by}"
            )
        console.print()
        console.print(table)
    if found.follow_ups:
        console.print("\nYou could ask next:", style="dim")
        for question in found.follow_ups:
            console.print(f"  {question}", style="dim", markup=False)


def why(console: Console, trace: "Trace", threshold: float) -> None:
    """Print what was understood, where each leg placed each hit, and the decision."""
    read = trace.understood
    console.print(f"\nunderstood: {escape(read.text)}  (frame {read.frame}, topics {', '.join(read.topics) or 'none'})")
    if read.corrections:
        console.print(f"corrected: {', '.join(f'{a} → {b}' for a, b in read.corrections.items())}", markup=False)
    is_reranked = any(hit.rerank_rank for hit in trace.found.hits)
    table = Table("rank", "passage", "score", "dense", "lexical", *(["rerank"] if is_reranked else []), "cosine")
    for hit in trace.found.hits:
        table.add_row(
            str(hit.rank),
            hit.passage.passage_id,
            f"{hit.score:.3f}",
            str(hit.dense_rank or "–"),
            str(hit.lexical_rank or "–"),
            *([str(hit.rerank_rank or "–")] if is_reranked else []),
            f"{hit.similarity:.3f}",
        )
    console.print(table)
    verdict = "answered" if trace.decision.is_enough else "abstained"
    console.print(f"chance that the library answers: {trace.decision.chance:.2f} (needs {threshold:.2f}): {verdict}")


def passages(console: Console, found: dict[str, Any]) -> None:
    """Print search results; says so when there is none."""
    if not found["results"]:
        console.print("nothing found: try other words")
    for result in found["results"]:
        place = f"{result['title']} › {result['section']}"
        console.print(
            f"[bold]{result['rank']}. {escape(place)}[/bold]  [dim]{result['passage_id']} {result['score']:.3f}[/dim]"
        )
        console.print(f"   {plain(result['text'])[:300]}", markup=False)


def document(console: Console, path: Path, reason: str | None) -> None:
    """Print what became of one added file."""
    name = escape(escaped(str(path)))
    if reason is None:
        console.print(f"[green]added[/green] {name}", soft_wrap=True)
    else:
        console.print(f"[red]refused[/red] {name}: {escape(escaped(reason))}", soft_wrap=True)


def documents(console: Console, summary: "Summary", seconds: float) -> None:
    """Print how many files an ingest took, and how fast."""
    count = len(summary.added)
    fresh = count - summary.unchanged
    told = [f"{fresh} read", f"{summary.unchanged} unchanged", f"{len(summary.failed)} refused"]
    console.print(f"{count} of your documents in the library ({', '.join(told)}; {seconds:.1f} s)", highlight=False)


def findings(console: Console, found: "list[Finding]") -> None:
    """Print one line per finding, with the remedy where something is wrong."""
    for finding in found:
        mark = "[green]ok[/green]  " if finding.is_well else "[red]FAULT[/red]"
        console.print(f"{mark} {escape(finding.what)}: {escape(finding.state)}", soft_wrap=True)
        if finding.remedy:
            console.print(f"      → {escape(finding.remedy)}", soft_wrap=True)

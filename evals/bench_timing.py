"""Measure processes: seconds of wall time, memory, and medians beside a baseline. Knows nothing of what they do."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from ingest.errors import RoadmapError

MIB = 1024 * 1024


class BenchError(RoadmapError):
    """What was to be measured did not run."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One thing measured several times in the same run; `unit` is that of every value."""

    name: str
    unit: str
    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle of the values."""
        return median(self.values)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a bench: what is ours, and the baseline of the same run, if there is one."""

    ours: Measured
    baseline: Measured | None = None

    @property
    def ratio(self) -> float | None:
        """Median of ours over median of the baseline's; None without one."""
        return self.ours.median / self.baseline.median if self.baseline else None


def seconds_of(command: Sequence[str], environment: Mapping[str, str] | None = None) -> float:
    """Run `command` to its end; return its seconds of wall time. Raises BenchError, with its last words, when it fails."""
    begin = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - commands of this package
        command, env={**os.environ, **(environment or {})}, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - begin
    if done.returncode != 0:
        raise BenchError(
            f"{command[0]} ended with {done.returncode}: {done.stderr.strip()[-500:] or 'it said nothing'}"
        )
    return seconds


def resident_mib(pid: int) -> float:
    """Memory that the process `pid` holds now, in MiB. Raises BenchError where the system does not tell."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError) as error:
        raise BenchError(f"the memory of process {pid} cannot be read: run this on Linux") from error
    return pages * os.sysconf("SC_PAGE_SIZE") / MIB


def interleaved(repeats: int, works: Mapping[str, Callable[[], float]]) -> dict[str, tuple[float, ...]]:
    """Do every work `repeats` times in turn, so that a slow minute of the machine falls on all; values by name."""
    found: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(repeats):
        for name, work in works.items():
            found[name].append(work())
    return {name: tuple(values) for name, values in found.items()}


def show(title: str, rows: Sequence[Row], as_json: bool, notes: Mapping[str, object] | None = None) -> None:
    """Print the rows with medians, ranges and ratios, as a table or as JSON."""
    import typer
    from rich.console import Console
    from rich.table import Table

    if as_json:
        values = [
            {
                "name": row.ours.name,
                "unit": row.ours.unit,
                "median": row.ours.median,
                "values": row.ours.values,
                "baseline": {**asdict(row.baseline), "median": row.baseline.median} if row.baseline else None,
                "ratio": row.ratio,
            }
            for row in rows
        ]
        typer.echo(json.dumps({"bench": title, "rows": values, **(notes or {})}, indent=2))
        return
    table = Table("measure", "ours", "baseline", "ratio", title=title)
    for row in rows:
        baseline = f"{row.baseline.name}: {_cell(row.baseline)}" if row.baseline else ""
        table.add_row(row.ours.name, _cell(row.ours), baseline, f"{row.ratio:.2f}" if row.ratio else "")
    Console().print(table)
    for name, note in (notes or {}).items():
        Console().print(f"{name}: {note}")


def _cell(measured: Measured) -> str:
    low, high = min(measured.values), max(measured.values)
    return f"{measured.median:.3g} {measured.unit} ({low:.3g}–{high:.3g})"

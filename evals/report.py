"""Write the newest results as one HTML page that needs nothing else: plots, tables, the worst questions."""

from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from evals import plots
from evals import report_views as views
from evals.readme import newest
from evals.report_differences import Differences, differences
from evals.results import Result, ResultError, latest_result, read_result, replace_text
from evals.robustness import CLEAN, PERTURBATIONS

PAGE = "report.html"
TEMPLATE = "report.html.j2"
TEMPLATES = Path(__file__).with_name("templates")


def write(folder: Path, against: Path | None = None) -> Path:
    """Write `report.html` into `folder` from its newest results, and return it.

    `against` is an older result; the page then shows how the newest of its kind differs from it.
    Raises ResultError when there is no result.
    """
    results = {result.kind: result for result in newest(folder)}
    if not results:
        raise ResultError(f"{folder}: holds no results: run 'roadmap eval retrieval' and 'roadmap eval answers' first")
    path = folder / PAGE
    replace_text(path, render(results, _changed(folder, against)))
    return path


def _changed(folder: Path, against: Path | None) -> Differences | None:
    if against is None:
        return None
    before = read_result(against)
    path = latest_result(folder, before.kind)
    if path is None:
        raise ResultError(f"{folder}: has no result of kind {before.kind!r} to compare with {against}: run that eval")
    return differences(before, read_result(path))


def render(results: Mapping[str, Result], changed: Differences | None = None) -> str:
    """Return the page for results by kind; sections without their result are left out."""
    # Every value is escaped unless it is Markup, which only the plots make.
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=FileSystemLoader(TEMPLATES),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    types = views.by_type(results)
    worst_of = results.get("answers") or results.get("retrieval")
    return environment.get_template(TEMPLATE).render(
        results=list(results.values()),
        newest=max(results.values(), key=lambda result: result.created),
        tiles=views.tiles(results),
        types=views.type_rows(types),
        type_columns=[views.named(name) for name in views.TYPE_COLUMNS],
        type_plot=plots.dots(views.type_dots(types), "Retrieval and passing answers by type") if types else None,
        systems=_systems(results),
        risk=_risk(results),
        latency=_latency(results),
        turns=_turns(results),
        turn_columns=[views.named(name) for name in views.TURN_COLUMNS],
        robustness=_robustness(results),
        failures=views.failures(worst_of) if worst_of else [],
        changed=changed,
    )


def _systems(results: Mapping[str, Result]) -> list[tuple[str, Markup]]:
    """The plots of all systems, and of what each part brings, from the run that has them."""
    result = results.get("ablate") or results.get("retrieval")
    if result is None:
        return []
    found = [
        ("nDCG@10 of every system, with 95% intervals", plots.bars(views.system_bars(result), "nDCG@10 by system"))
    ]
    if lost := views.difference_bars(result):
        title = "Change of nDCG@10 when a part is left out or exchanged, with paired 95% intervals"
        found.append((title, plots.bars(lost, title, is_difference=True)))
    return found


def _risk(results: Mapping[str, Result]) -> Markup | None:
    line, markers = views.risk(results["answers"]) if "answers" in results else ([], [])
    names = ("coverage: share of questions answered, the most certain first", "risk: share answered wrongly")
    return plots.curve(line, markers, "Risk by coverage", names) if line else None


def _latency(results: Mapping[str, Result]) -> Markup | None:
    if "answers" not in results:
        return None
    system = views.main_system(results["answers"])
    times = [detail["answer_ms"] for detail in system.details.values() if "answer_ms" in detail]
    names = {
        "embedding_p50_ms": "embedding alone, median",
        "p50_ms": "answer, median",
        "p95_ms": "answer, 95th percentile",
    }
    markers = [
        plots.Marker(f"{label}: {system.measures[name]:.0f} ms", system.measures[name])
        for name, label in names.items()
        if name in system.measures
    ]
    return (
        plots.histogram(times, markers, "Time of each answer", "milliseconds of a whole warm answer") if times else None
    )


def _turns(results: Mapping[str, Result]) -> list[views.Row]:
    if "answers" not in results:
        return []
    groups: dict[str, dict[str, float]] = results["answers"].notes.get("by_turns", {})
    return [
        views.Row(turns, tuple(views.written(m, groups[turns].get(m)) for m in views.TURN_COLUMNS))
        for turns in sorted(groups, key=int)
    ]


def _robustness(results: Mapping[str, Result]) -> list[views.Row]:
    if "robustness" not in results:
        return []
    systems = results["robustness"].systems
    columns = ("pass", "drop pass", views.NDCG, f"drop {views.NDCG}")
    return [
        views.Row(name, tuple(_share(column, systems[name].measures.get(column)) for column in columns))
        for name in (CLEAN, *PERTURBATIONS)
        if name in systems
    ]


def _share(column: str, value: float | None) -> str:
    if value is None:
        return "–"
    if not column.startswith("drop"):
        return f"{value:.3f}"
    return f"{round(value, 3) + 0.0:.1%}".replace("-", "−")

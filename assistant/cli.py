"""The command line: `roadmap ask | search | ingest | serve | doctor | corpus | eval`."""

import json
import os
import sys
from dataclasses import asdict
from importlib.metadata import entry_points, version
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from assistant import corpus_cli, plan_cli
from assistant.settings import Settings
from ingest.errors import RoadmapError
from ingest.text import one_line

app = typer.Typer(
    name="roadmap",
    help="Answers about becoming a machine-learning engineer, every sentence cited to the character.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
app.add_typer(corpus_cli.app, name="corpus")
app.command()(plan_cli.compare)
app.command()(plan_cli.plan)

out = Console()
err = Console(stderr=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Sources = Annotated[
    list[str] | None, typer.Option("--source", "-s", help="Answer from this source id alone; repeatable.")
]
Kinds = Annotated[list[str] | None, typer.Option("--kind", "-k", help="roadmap, resource or document; repeatable.")]


def main() -> None:
    """Run the command line; an error of ours becomes one message and exit code 1."""
    _mount_plugins()
    try:
        app()
    except RoadmapError as error:
        err.print(f"[red]error:[/red] {_escaped(str(error))}", soft_wrap=True)
        sys.exit(1)
    except BrokenPipeError:  # the reader, such as `head`, has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _mount_plugins() -> None:
    """Add the commands that sibling packages advertise, such as `roadmap eval`."""
    mounted = {group.name for group in app.registered_groups}
    for point in entry_points(group="roadmap.commands"):
        if point.name not in mounted:
            app.add_typer(point.load(), name=point.name)


@app.callback(invoke_without_command=True)
def _root(show_version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if show_version:
        out.print(version("roadmap-assistant"))
        raise typer.Exit


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="What you want to know.")],
    as_json: Json = False,
    why: Annotated[bool, typer.Option("--why", help="Show what was understood, found and decided.")] = False,
    source: Sources = None,
    kind: Kinds = None,
) -> None:
    """Answer a question, with citations."""
    from assistant import show
    from assistant.records import Question

    service = _service()
    asked = Question(_checked(question, service.settings), scope=_scope(source, kind, service))
    answer = service.chain.invoke(asked)
    if as_json:
        _print_json(asdict(answer))
    else:
        show.answer(out, answer)
    if why:
        show.why(err if as_json else out, service.chain.trace(asked), service.chain.calibration.threshold)


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="What to look for.")],
    k: Annotated[int, typer.Option("-k", "--limit", min=1, max=50, help="Number of passages.")] = 5,
    as_json: Json = False,
    source: Sources = None,
    kind: Annotated[list[str] | None, typer.Option("--kind", help="roadmap, resource or document; repeatable.")] = None,
) -> None:
    """List the passages nearest to a query, and where each leg placed them."""
    from assistant import show
    from assistant.records import Question

    service = _service()
    asked = Question(_checked(query, service.settings), scope=_scope(source, kind, service))
    found = service.search(asked, k)
    if as_json:
        _print_json(found)
    else:
        show.passages(out, found)


@app.command()
def ingest(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Your own files or folders to add; none: only the corpus.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Build even when nothing changed.")] = False,
    as_json: Json = False,
) -> None:
    """Build the index of the library, and add your own Markdown, text, HTML, PDF or DOCX files to it."""
    from assistant import show
    from assistant.wiring import add_documents, build_index

    settings = Settings.load()
    refused = add_documents(settings, paths, lambda path, reason: show.document(err, path, reason)) if paths else []
    with show.progress(err) as progress:
        built = build_index(settings, progress, force)
    report = {
        "sources": built.manifest.source_count,
        "passages": built.manifest.passage_count,
        "entries": built.manifest.entry_count,
        "embedded": built.embedded,
        "is_new": built.is_new,
        "refused": [{"path": str(path), "reason": reason} for path, reason in refused],
    }
    if as_json:
        _print_json(report)
    else:
        what = "indexed" if built.is_new else "up to date:"
        err.print(f"{what} {report['sources']} sources, {report['passages']} passages, {report['entries']} vectors")
    if refused:
        raise typer.Exit(1)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to bind; 127.0.0.1 unless told.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port; 8000 unless told, 0 picks one.")] = None,
) -> None:
    """Serve the web chat and the API."""
    import uvicorn

    from assistant.server import options

    if host is not None:
        os.environ["ROADMAP_HOST"] = host
    if port is not None:
        os.environ["ROADMAP_PORT"] = str(port)
    settings = Settings.load()
    _ensure(settings)
    err.print(f"serving on http://{settings.host}:{settings.port} (stop with Ctrl-C)")
    uvicorn.run("ui.app:create_app", factory=True, **options(settings))


@app.command()
def doctor(as_json: Json = False) -> None:
    """Check versions, model, index and settings, and name the remedy for each fault."""
    from assistant import show
    from assistant.doctor import examine

    findings = examine()
    if as_json:
        _print_json([asdict(finding) for finding in findings])
    else:
        show.findings(out, findings)
    if not all(finding.is_well for finding in findings):
        raise typer.Exit(1)


def _ensure(settings: Settings) -> None:
    from assistant import show
    from assistant.wiring import ensure_index

    with show.progress(err) as progress:
        ensure_index(settings, progress)


def _service() -> Any:
    from assistant.wiring import Service

    settings = Settings.load()
    _ensure(settings)
    return Service(settings)


def _checked(question: str, settings: Settings) -> str:
    if not one_line(question):
        raise RoadmapError('the question is empty: ask something, such as roadmap ask "where do I start?"')
    if len(question) > settings.max_question_chars:
        raise RoadmapError(f"the question has {len(question)} characters: ask in at most {settings.max_question_chars}")
    return question


def _scope(sources: list[str] | None, kinds: list[str] | None, service: Any) -> Any:
    from ingest.index import Scope
    from ingest.records import Kind

    known = service.chain.index.sources
    for source_id in sources or ():
        if source_id not in known:
            raise RoadmapError(f"unknown source {source_id!r}: 'roadmap search' shows the ids")
    for kind in kinds or ():
        if kind not in {k.value for k in Kind}:
            raise RoadmapError(f"unknown kind {kind!r}: use roadmap, resource or document")
    return Scope(tuple(sources) if sources else None, tuple(kinds) if kinds else None)


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)

"""The command line: `roadmap ask | search | ingest | serve | doctor | corpus | eval | bench`."""

import os
import signal
import sys
import time
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from importlib.metadata import entry_points, version
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from assistant import corpus_cli, plan_cli
from assistant.output import forgive_encodings, json_text
from assistant.settings import Settings
from ingest.errors import RoadmapError
from ingest.text import escaped, one_line

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
    # Read when numpy is imported. A product that takes .2 ms on one thread takes 1 on two that wait for each other.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    forgive_encodings()
    try:
        _mount_plugins()
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
    from assistant.currency import look_at_index
    from assistant.running import ask_running

    settings = Settings.load()
    body = {"question": _checked(question, settings), "sources": source, "kinds": kind}
    answer = None if why or not look_at_index(settings).is_known else ask_running(settings, body)
    if answer is None:
        from assistant.records import Question

        service = _service()
        asked = Question(question, scope=_scope(source, kind, service))
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
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Print a line for each file, not for refused ones alone.")
    ] = False,
) -> None:
    """Build the index of the library, and add your own Markdown, text, HTML, PDF or DOCX files to it."""
    from assistant import show
    from assistant.wiring import add_documents, build_index
    from ingest.documents import Summary

    settings = Settings.load()
    documents = Summary((), ())
    with show.progress(err) as progress:
        if paths:
            begin = time.monotonic()
            documents = add_documents(settings, paths, partial(_report, verbose), progress)
            show.documents(err, documents, time.monotonic() - begin)
        built = build_index(settings, progress, force)
    report = {
        "sources": built.manifest.source_count,
        "passages": built.manifest.passage_count,
        "entries": built.manifest.entry_count,
        "embedded": built.embedded,
        "is_new": built.is_new,
        "added": len(documents.added) - documents.unchanged,
        "unchanged": documents.unchanged,
        "refused": [{"path": escaped(str(path)), "reason": escaped(reason)} for path, reason in documents.failed],
    }
    if as_json:
        _print_json(report)
    else:
        what = "indexed" if built.is_new else "up to date:"
        err.print(f"{what} {report['sources']} sources, {report['passages']} passages, {report['entries']} vectors")
    if documents.failed:
        raise typer.Exit(1)


def _report(is_verbose: bool, path: Path, reason: str | None) -> None:
    from assistant import show

    if is_verbose or reason is not None:
        show.document(err, path, reason)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to bind; 127.0.0.1 unless told.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port; 8000 unless told, 0 picks one.")] = None,
) -> None:
    """Serve the web chat and the API."""
    import uvicorn

    from assistant.listening import AnnouncedServer, address_of, listen, refuse_several_workers
    from assistant.running import local_socket
    from assistant.server import options

    if host is not None:
        os.environ["ROADMAP_HOST"] = host
    if port is not None:
        os.environ["ROADMAP_PORT"] = str(port)
    settings = Settings.load()
    refuse_several_workers()
    # It ends a build with this process, and what is open is put away: uvicorn raises it again once all is shut down.
    signal.signal(signal.SIGTERM, _end)
    with listen(settings.host, settings.port) as listener, local_socket(settings) as beside:
        try:
            _ensure_aside(settings)
        except RoadmapError as error:  # served all the same: /readyz says why it is not ready
            err.print(f"[red]error:[/red] {_escaped(str(error))}", soft_wrap=True)
        config = uvicorn.Config("ui.app:create_app", factory=True, workers=1, **options(settings))
        address = address_of(listener)
        server = AnnouncedServer(config, lambda: err.print(f"serving on {address} (stop with Ctrl-C)", soft_wrap=True))
        with suppress(KeyboardInterrupt):
            server.run([listener, *beside])


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


@app.command(hidden=True)
def ensure() -> None:
    """Bring the index up to date where it is not: what a server does first."""
    _ensure(Settings.load())


def _ensure(settings: Settings) -> None:
    from assistant import show
    from assistant.wiring import ensure_index

    with show.progress(err) as progress:
        ensure_index(settings, progress)


def _end(number: int, _frame: object) -> None:
    sys.exit(128 + number)  # as shells tell of it


def _ensure_aside(settings: Settings) -> None:
    """Ensure the index in a process of its own, which says what it cannot: a server would keep what building loads."""
    import subprocess

    from assistant.wiring import is_up_to_date
    from ingest.workspace import Workspace

    Workspace(settings.data_dir).tidy()
    if not is_up_to_date(settings):
        command = [sys.executable, "-P", "-c", "from assistant.cli import main; main()", "ensure"]
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command


def _service() -> Any:
    from assistant.wiring import FOR_ONE_QUESTION, Service

    settings = Settings.load()
    _ensure(settings)
    return Service(settings, FOR_ONE_QUESTION)


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
    sys.stdout.write(json_text(value) + "\n")


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)

"""Examine an installation: versions, settings, model, index. Each fault comes with its remedy."""

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from assistant.settings import Settings
from ingest.errors import IndexStateError, RoadmapError

# Least versions without a known fault, from public advisories.
FLOORS = {
    "chromadb": "1.5.9",
    "fastapi": "0.139",
    "gradio": "6.16",
    "langchain-core": "1.2.31",
    "pypdf": "6.16.1",
    "python-multipart": "0.0.30",
    "sentence-transformers": "5.2",
    "starlette": "1.3.1",
    "torch": "2.9",
    "transformers": "5.5",
}
MIN_FREE_BYTES = 500_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was examined; `remedy` is empty when all is well."""

    what: str
    is_well: bool
    state: str
    remedy: str = ""


def examine() -> list[Finding]:
    """Return what was found, most basic things first; later checks are left out when settings are wrong."""
    found = [_python(), *_versions()]
    try:
        settings = Settings.load()
    except RoadmapError as error:
        return [*found, Finding("settings", False, "wrong", str(error))]
    checks: tuple[tuple[str, Callable[[Settings], str]], ...] = (
        ("data folder", _data_folder),
        ("corpus", _corpus),
        ("embedding model", _model),
        ("rerank model", _rerank_model),
        ("chat model", _chat_model),
        ("index", _index),
    )
    return [*found, *(_run(what, check, settings) for what, check in checks)]


def _run(what: str, check: Callable[[Settings], str], settings: Settings) -> Finding:
    try:
        return Finding(what, True, check(settings))
    except RoadmapError as error:
        cause, _, remedy = str(error).partition(": ")
        return Finding(what, False, cause, remedy or "see the message")


def _python() -> Finding:
    now = ".".join(str(part) for part in sys.version_info[:3])
    is_well = sys.version_info >= (3, 11)
    return Finding("python", is_well, now, "" if is_well else "install Python 3.11 or newer")


def _versions() -> Iterator[Finding]:
    for name, floor in FLOORS.items():
        try:
            installed = version(name)
        except PackageNotFoundError:
            yield Finding(name, False, "not installed", f"run 'pip install \"{name}>={floor}\"'")
            continue
        is_well = _parts(installed) >= _parts(floor)
        remedy = "" if is_well else f"below {floor}, which mends known faults: run 'pip install -r requirements.lock'"
        yield Finding(name, is_well, installed, remedy)


def _parts(text: str) -> tuple[int, ...]:
    numbers = text.split("+")[0].split(".")
    return tuple(int("".join(c for c in part if c.isdigit()) or 0) for part in numbers)


def _data_folder(settings: Settings) -> str:
    folder = settings.data_dir
    standing = next(parent for parent in (folder, *folder.resolve().parents) if parent.exists())
    if not os.access(standing, os.W_OK):
        if _has_index(folder):
            return f"{folder}, read-only: answers, but takes in nothing new"
        raise RoadmapError(f"{folder} cannot be written: give permission, or set ROADMAP_DATA_DIR")
    free = _free_bytes(standing)
    if free < MIN_FREE_BYTES:
        raise RoadmapError(f"{folder} has {free // 1_000_000} MB left: make room, or set ROADMAP_DATA_DIR")
    return f"{folder}, {free // 1_000_000_000} GB free"


def _has_index(folder: Path) -> bool:
    from ingest.workspace import Workspace

    return Workspace(folder).current_folder() is not None


def _free_bytes(folder: Path) -> int:
    import shutil

    return shutil.disk_usage(folder).free


def _corpus(settings: Settings) -> str:
    from assistant.wiring import read_library

    library = read_library(settings)
    return f"{len(library.structure.roadmaps)} roadmaps, {len(library.structure.resources)} resources"


def _model(settings: Settings) -> str:
    from assistant.wiring import make_encoder

    encoder = make_encoder(settings)
    return f"{encoder.model_name}, weights {encoder.weight_hash[:12]}…"


def _rerank_model(settings: Settings) -> str:
    from assistant.wiring import make_reranker

    reranker = make_reranker(settings)
    if reranker is None:
        return "off"
    reranker.load()
    return f"{reranker.model_name}, loaded"


def _chat_model(settings: Settings) -> str:
    from assistant.chat_clients import check, is_direct, make
    from assistant.wiring import chat_options

    options = chat_options(settings)
    if options is None:
        return "off"
    check(options.model)
    make(options)
    return f"{options.model}, asked {'directly' if is_direct(options) else 'as the environment says'}; not asked now"


def _index(settings: Settings) -> str:
    from assistant.wiring import make_encoder, read_library
    from ingest.build import is_current, probe
    from ingest.manifest import read_manifest
    from ingest.split import SPLITTER_VERSION
    from ingest.workspace import Workspace

    folder = Workspace(settings.data_dir).current_folder()
    if folder is None:
        raise IndexStateError("there is none yet: run 'roadmap ingest'")
    encoder = make_encoder(settings)
    manifest = read_manifest(folder)
    manifest.refuse_unlike(encoder.model_name, encoder.weight_hash, SPLITTER_VERSION)
    probe(folder)
    if not is_current(folder, read_library(settings), encoder):
        raise IndexStateError("the library changed since it was built: run 'roadmap ingest'")
    return f"{manifest.source_count} sources, {manifest.passage_count} passages, {manifest.entry_count} vectors; opens"

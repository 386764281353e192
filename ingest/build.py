"""Build an index aside, prove that it opens, and make it the current one."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ingest.encoder import Array, Encoder
from ingest.entries import ALL_FACETS, Facets, entries_of, lexical_text
from ingest.errors import IndexStateError, RoadmapError
from ingest.index import CHROMA_FOLDER, LEXICAL_FOLDER, VECTORS_FILE
from ingest.lexical import LexicalIndex
from ingest.manifest import FORMAT_VERSION, Manifest, check_files, read_manifest, write_manifest
from ingest.probe import NO_ROOM
from ingest.progress import Progress as Progress
from ingest.progress import quiet as quiet
from ingest.records import Entry, Passage, Source
from ingest.remembered import file_sha256
from ingest.split import SPLITTER_VERSION, split
from ingest.storage import (
    ENTRIES_FILE,
    PASSAGES_FILE,
    SOURCES_FILE,
    STRUCTURE_FILE,
    read_entries,
    read_passages,
    read_sources,
    write_records,
    write_structure,
)
from ingest.vectors import build_vectors
from ingest.workspace import Workspace

if TYPE_CHECKING:
    from ingest.corpus import Library

PROBE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Built:
    """What a build did; `embedded` counts the entries that the model had to read."""

    manifest: Manifest
    embedded: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class Known:
    """What an earlier index of the same model tells: vectors by their text, and passages by the source that they are of."""

    vectors: dict[str, Array] = field(default_factory=dict)
    passages: dict[Source, list[Passage]] = field(default_factory=dict)


def library_hash(library: "Library", facets: Facets = ALL_FACETS) -> str:
    """SHA-256 over everything of the library that reaches the index."""
    digest = hashlib.sha256(json.dumps(asdict(facets)).encode())
    digest.update(library.structure.model_dump_json().encode())
    for source in library.sources:
        digest.update(json.dumps(asdict(source), sort_keys=True).encode())
    return digest.hexdigest()


def build(
    workspace: Workspace, library: "Library", encoder: Encoder, progress: Progress = quiet, force: bool = False
) -> Built:
    """Make the current index of `workspace` hold exactly `library`; call it inside `workspace.writer()`.

    Does nothing when it does already, unless `force`. Entries whose text an earlier index of the
    same model holds are not embedded again, and sources that it holds are not divided again. Raises
    IndexStateError when the new index does not open; the current one then stays.
    """
    current = workspace.current_folder()
    if current and not force and is_current(current, library, encoder) and _opens(current):
        return Built(read_manifest(current), 0, is_new=False)
    with workspace.new_index() as folder:
        manifest, embedded = write_index(folder, library, encoder, progress, known=_known(current, encoder))
        probe(folder)
    return Built(manifest, embedded, is_new=True)


def write_index(
    folder: Path,
    library: "Library",
    encoder: Encoder,
    progress: Progress = quiet,
    facets: Facets = ALL_FACETS,
    known: Known | None = None,
) -> tuple[Manifest, int]:
    """Write a whole index into the empty `folder`, manifest last; return it and how many texts were embedded."""
    known = known or Known()
    passages, entries, lexical_texts = _collect(library.sources, encoder, facets, known)
    vectors, embedded = _embed(entries, encoder, known, progress)
    write_structure(folder / STRUCTURE_FILE, library.structure)
    write_records(folder / SOURCES_FILE, library.sources)
    write_records(folder / PASSAGES_FILE, passages)
    write_records(folder / ENTRIES_FILE, entries)
    np.save(folder / VECTORS_FILE, vectors, allow_pickle=False)
    by_id = {p.passage_id: p for p in passages}
    build_vectors(folder / CHROMA_FOLDER, entries, by_id, vectors, progress("storing", len(entries)))
    LexicalIndex.build(lexical_texts).save(folder / LEXICAL_FOLDER)
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    manifest = Manifest(
        format_version=FORMAT_VERSION,
        splitter_version=SPLITTER_VERSION,
        model_name=encoder.model_name,
        model_hash=encoder.weight_hash,
        dimension=vectors.shape[1],
        library_hash=library_hash(library, facets),
        source_count=len(library.sources),
        passage_count=len(passages),
        entry_count=len(entries),
        files={path.relative_to(folder).as_posix(): file_sha256(path) for path in paths},
    )
    write_manifest(folder, manifest)
    return manifest, embedded


def probe(folder: Path) -> None:
    """Open and query the index in `folder` in a child process, which a crash cannot spread from.

    Raises IndexStateError when it does not open, or kills its process; RoadmapError when there is no room to try.
    """
    command = [sys.executable, "-P", "-m", "ingest.probe", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PROBE_SECONDS, check=False)  # noqa: S603 - our own module
    except subprocess.TimeoutExpired as error:
        raise IndexStateError(
            f"the index did not open within {PROBE_SECONDS} seconds: run 'roadmap ingest --force'"
        ) from error
    if done.returncode != 0:
        reason = done.stderr.strip().splitlines()[-1:] or [f"its process ended with {done.returncode}"]
        if done.returncode == NO_ROOM:
            raise RoadmapError(reason[0])
        raise IndexStateError(f"the index does not open ({reason[0]}): run 'roadmap ingest --force'")


def _collect(
    sources: Sequence[Source], encoder: Encoder, facets: Facets, known: Known
) -> tuple[list[Passage], list[Entry], list[str]]:
    passages: list[Passage] = []
    entries: list[Entry] = []
    lexical_texts: list[str] = []
    for source in sources:
        own = known.passages.get(source) or split(source, encoder.count_tokens)
        passages += own
        entries += entries_of(source, own, facets)
        sections = {section.section_id: section for section in source.sections}
        lexical_texts += [lexical_text(source, sections[p.section_id], p, facets) for p in own]
    return passages, entries, lexical_texts


def _embed(entries: Sequence[Entry], encoder: Encoder, known: Known, progress: Progress) -> tuple[Array, int]:
    fresh = list(dict.fromkeys(e.text for e in entries if e.text not in known.vectors))
    rows = encoder.encode(fresh, progress("embedding", len(fresh)))
    vectors = {**known.vectors, **dict(zip(fresh, rows, strict=True))}
    if not entries:
        return np.zeros((0, rows.shape[1]), dtype=np.float32), 0
    return np.stack([vectors[e.text] for e in entries]).astype(np.float32), len(fresh)


def is_current(folder: Path, library: "Library", encoder: Encoder) -> bool:
    """Whether the index in `folder` says that it holds exactly `library`, by this model and version."""
    try:
        manifest = read_manifest(folder)
        manifest.refuse_unlike(encoder.model_name, encoder.weight_hash, SPLITTER_VERSION)
    except IndexStateError:
        return False
    return manifest.library_hash == library_hash(library)


def _opens(folder: Path) -> bool:
    try:
        probe(folder)
    except IndexStateError:
        return False
    return True


def _known(folder: Path | None, encoder: Encoder) -> Known:
    """What the index in `folder` tells; nothing when another model made it or it is damaged."""
    if folder is None:
        return Known()
    try:
        manifest = read_manifest(folder)
        names = (SOURCES_FILE, PASSAGES_FILE, ENTRIES_FILE, VECTORS_FILE)
        if manifest.model_hash != encoder.weight_hash:
            return Known()
        check_files(folder, {name: manifest.files[name] for name in names})
        entries = read_entries(folder / ENTRIES_FILE)
        vectors = np.load(folder / VECTORS_FILE, allow_pickle=False)
        sources = read_sources(folder / SOURCES_FILE)
        passages: dict[str, list[Passage]] = {source.source_id: [] for source in sources}
        if manifest.splitter_version == SPLITTER_VERSION:
            for passage in read_passages(folder / PASSAGES_FILE):
                passages[passage.source_id].append(passage)
    except (IndexStateError, OSError, ValueError, KeyError, TypeError):
        return Known()
    by_text = {entry.text: vector for entry, vector in zip(entries, vectors, strict=True)}
    return Known(by_text, {source: passages[source.source_id] for source in sources})

"""Keep the documents that a user adds: find the files, read them one by one, store their texts."""

import contextlib
import hashlib
import json
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from ingest.errors import DocumentError, RoadmapError
from ingest.markdown import outline
from ingest.parse_contract import SUFFIXES, Limits
from ingest.parsers import DEFAULT_LIMITS, PREFIX, read_document, unsupported
from ingest.records import Kind, Source
from ingest.storage import source_from
from ingest.text import one_line

ENDING = ".json"
DRAFT = ".new"
DAMAGE = (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError)

Report = Callable[[Path, str | None], None]  # (file, None when it was added, else why it was not)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Summary:
    """What an ingest of documents did: ids of the sources added, and each file left out with its reason."""

    added: tuple[str, ...]
    failed: tuple[tuple[Path, str], ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    """What tells whether a stored file (of this time and size) holds the same document as another."""

    modified_ns: int
    size_bytes: int
    origin: str
    content: str


class DocumentStore:
    """Sources that users added, one JSON file each in `folder`; use it inside `Workspace.writer()` to write."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._entries: dict[Path, _Entry] = {}

    def all(self) -> list[Source]:
        """Return the stored sources by id; a damaged file is left out and logged, see `problems`."""
        sources, problems = self._load()
        for problem in problems:
            logger.warning("%s", problem)
        return sources

    def problems(self) -> list[str]:
        """Return a line for each stored file that cannot be read, with the remedy."""
        return self._load()[1]

    def add(self, source: Source, origin: str) -> Source:
        """Store `source`, read from the file `origin`, and return it as stored: its id is unique here.

        It takes the place, and the id, of what was read from the same file or has the same text.
        Raises RoadmapError when the folder cannot be written.
        """
        entries = self._known()
        same_file = [path.stem for path, entry in entries.items() if entry.origin == origin]
        same_text = [path.stem for path, entry in entries.items() if entry.content == _content(source)]
        old = list(dict.fromkeys([*same_file, *same_text]))
        stored = _renamed(source, old[0] if old else _free(source.source_id, {path.stem for path in entries}))
        self._write(stored, origin)
        for source_id in old[1:]:
            self.remove(source_id)
        return stored

    def remove(self, source_id: str) -> None:
        """Forget a document, damaged or not. Raises DocumentError when there is none of that id."""
        known = {path.stem: path for path in self._files()}
        if source_id not in known:
            raise DocumentError(
                f"no document has the id {source_id!r}: give one of {', '.join(sorted(known)) or 'none'}"
            )
        try:
            known[source_id].unlink(missing_ok=True)
        except OSError as error:
            raise RoadmapError(self._unwritable(error)) from error

    def _load(self) -> tuple[list[Source], list[str]]:
        sources: list[Source] = []
        problems: list[str] = []
        for path in self._files():
            try:
                sources.append(_read(path)[0])
            except DAMAGE as error:
                problems.append(
                    f"the stored document {path.name} is damaged ({type(error).__name__}): "
                    f"ingest its file again, or remove {path.stem}"
                )
        return sources, problems

    def _known(self) -> dict[Path, _Entry]:
        """Return an entry for each sound file; only those that changed since the last call are read."""
        known: dict[Path, _Entry] = {}
        for path in self._files():
            try:
                status = path.stat()
                entry = self._entries.get(path)
                if entry is None or (entry.modified_ns, entry.size_bytes) != (status.st_mtime_ns, status.st_size):
                    source, origin = _read(path)
                    entry = _Entry(status.st_mtime_ns, status.st_size, origin, _content(source))
                known[path] = entry
            except DAMAGE:
                continue
        self._entries = known
        return known

    def _files(self) -> list[Path]:
        try:
            return sorted((p for p in self.folder.iterdir() if p.suffix == ENDING), key=lambda path: path.stem)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise RoadmapError(
                f"the documents in {self.folder} cannot be read ({error.strerror}): check permissions"
            ) from error

    def _write(self, source: Source, origin: str) -> None:
        path = self.folder / f"{source.source_id}{ENDING}"
        draft = path.with_name(path.name + DRAFT)
        value = {"origin": origin, "content": _content(source), "source": asdict(replace(source, sections=()))}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with draft.open("w", encoding="utf-8") as file:
                json.dump(value, file, ensure_ascii=False)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        except OSError as error:
            with contextlib.suppress(OSError):
                draft.unlink()
            raise RoadmapError(self._unwritable(error)) from error

    def _unwritable(self, error: OSError) -> str:
        return f"cannot write to {self.folder} ({error.strerror}): free space or permissions there"


def collect(paths: Iterable[Path], report: Callable[[Path, str], None] | None = None) -> list[Path]:
    """Return the readable files among `paths` and in their folders, sorted within each, none twice.

    Left out, and told to `report` with the reason: what is missing, what is of another kind, and
    links that lead out of a folder. Hidden files and folders are passed over, unless named.
    """
    tell = report or (lambda _path, _reason: None)
    found: dict[Path, Path] = {}
    for path in paths:
        for file in _in_folder(path, tell) if os.path.isdir(path) else [path]:  # noqa: PTH112 - pathlib's raises
            try:
                place = file.resolve(strict=True)
            except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: a loop of links
                reason = getattr(error, "strerror", None) or "its path is not valid"
                tell(file, f"{one_line(str(file))} cannot be opened ({reason}): check its path and permissions")
                continue
            if file.suffix.lower() in SUFFIXES:
                found.setdefault(place, file)
            else:
                tell(file, unsupported(file))
    return list(found.values())


def ingest_documents(
    paths: Iterable[Path], store: DocumentStore, report: Report, limits: Limits = DEFAULT_LIMITS
) -> Summary:
    """Read the files among `paths` and in their folders into `store`; a bad one never stops the others.

    `report` is told of every file as it is done. Raises RoadmapError when the store cannot be written.
    """
    added: list[str] = []
    failed: list[tuple[Path, str]] = []

    def fail(path: Path, reason: str) -> None:
        failed.append((path, reason))
        report(path, reason)

    for path in collect(paths, fail):
        try:
            source = read_document(path, limits)
        except DocumentError as error:
            fail(path, str(error))
            continue
        added.append(store.add(source, str(path.resolve())).source_id)
        report(path, None)
    return Summary(tuple(dict.fromkeys(added)), tuple(failed))


def _in_folder(folder: Path, tell: Callable[[Path, str], None]) -> Iterator[Path]:
    root = folder.resolve()

    def unreadable(error: OSError) -> None:
        tell(
            Path(error.filename),
            f"{one_line(str(error.filename))} cannot be read ({error.strerror}): check its permissions",
        )

    for place, folders, names in os.walk(folder, onerror=unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            if name.startswith("."):
                continue
            if path.is_symlink() and not path.resolve().is_relative_to(root):
                tell(path, f"{one_line(name)} is a link that leads out of its folder: give the file itself")
            else:
                yield path


def _read(path: Path) -> tuple[Source, str]:
    """Return a stored source and the file it was read from. Raises one of DAMAGE."""
    value = json.loads(path.read_text(encoding="utf-8"))
    source, origin = source_from(value["source"]), value["origin"]
    if not all(isinstance(text, str) for text in (source.text, source.title, origin)):
        raise TypeError("its parts are not texts")
    if (_content(source), path.stem, Kind.DOCUMENT) != (value["content"], source.source_id, source.kind):
        raise ValueError("its parts contradict each other")
    # Not stored: another version of this program may divide the text in another way.
    return replace(source, sections=outline(source.text, source.source_id).sections), origin


def _content(source: Source) -> str:
    return hashlib.sha256(source.text.encode()).hexdigest()


def _free(wanted: str, taken: set[str]) -> str:
    candidate, number = wanted, 2
    while candidate in taken:
        candidate, number = f"{wanted}-{number}", number + 1
    return candidate


def _renamed(source: Source, source_id: str) -> Source:
    if not source_id.startswith(PREFIX):
        raise ValueError(f"a document's id begins with {PREFIX}")
    sections = tuple(
        replace(section, section_id=f"{source_id}#{section.section_id.rpartition('#')[2]}")
        for section in source.sections
    )
    return replace(source, source_id=source_id, sections=sections)

"""Keep the texts of the documents that a user added, a file each."""

import contextlib
import hashlib
import json
import logging
import os
from collections.abc import Container, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

from ingest.errors import DocumentError, RoadmapError
from ingest.markdown import outline
from ingest.parse_contract import PARSER_VERSION
from ingest.records import Kind, Source
from ingest.remembered import Look
from ingest.storage import source_from
from ingest.text import escaped

ENDING = ".json"
DRAFT = ".new"
DAMAGE = (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError)
BATCH = 64  # documents that are made to last together: the disk is waited for once

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Mark:
    """What tells a file that was read from another: its bytes, and how it looked (empty where it was too young)."""

    parser_version: int
    sha256: str
    look: str

    @classmethod
    def of(cls, data: bytes, look: Look) -> Self:
        """The mark of a file whose bytes are `data`, read after `look` was taken."""
        return cls(PARSER_VERSION, hashlib.sha256(data).hexdigest(), look.digest if look.is_settled else "")

    def is_of(self, look: Look) -> bool:
        """Whether a file of this `look` is surely the one that was read."""
        return (self.parser_version, self.look) == (PARSER_VERSION, look.digest)

    def has_bytes_of(self, other: Self) -> bool:
        """Whether the parser would say the same of both."""
        return (self.parser_version, self.sha256) == (other.parser_version, other.sha256)


@dataclass(frozen=True, slots=True)
class _Entry:
    """What tells whether a stored file holds the same document as another."""

    origin: str
    content: str
    mark: Mark | None


class DocumentStore:
    """Sources that users added, one JSON file each in `folder`; use it inside `Workspace.writer()` to write."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def all(self) -> list[Source]:
        """Return the stored sources by id; a damaged file is left out and logged, see `problems`."""
        sources, problems = self._load()
        for problem in problems:
            logger.warning("%s", problem)
        return sources

    def problems(self) -> list[str]:
        """Return a line for each stored file that cannot be read, with the remedy."""
        return self._load()[1]

    @contextlib.contextmanager
    def adding(self) -> Iterator["Additions"]:
        """Yield what takes many documents; all of them last once the block has ended.

        Raises RoadmapError when the folder cannot be written.
        """
        additions = Additions(self, self._known())
        try:
            yield additions
            additions.keep()
        finally:
            additions.drop()

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
            raise RoadmapError(self.unwritable(error)) from error

    def _load(self) -> tuple[list[Source], list[str]]:
        sources: list[Source] = []
        problems: list[str] = []
        for path in self._files():
            try:
                source = _source_of(_read(path), path)
                # Not stored: another version of this program may divide the text in another way.
                sources.append(replace(source, sections=outline(source.text, source.source_id).sections))
            except DAMAGE as error:
                problems.append(
                    f"the stored document {escaped(path.name)} is damaged ({type(error).__name__}): "
                    f"ingest its file again, or remove {escaped(path.stem)}"
                )
        return sources, problems

    def _known(self) -> dict[str, _Entry]:
        """Return an entry by id for each sound file."""
        known: dict[str, _Entry] = {}
        for path in self._files():
            with contextlib.suppress(*DAMAGE):
                value = _read(path)
                _source_of(value, path)
                known[path.stem] = _Entry(value["origin"], value["content"], _mark_of(value))
        return known

    def _files(self) -> list[Path]:
        try:
            found = [path for path in self.folder.iterdir() if path.name.endswith(ENDING)]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise RoadmapError(
                f"the documents in {self.folder} cannot be read ({error.strerror}): check permissions"
            ) from error
        return sorted(found, key=lambda path: path.stem)

    def unwritable(self, error: OSError) -> str:
        """Say why the folder cannot be written, with the remedy."""
        return f"cannot write to {self.folder} ({error.strerror}): free space or permissions there"


class Additions:
    """Documents on their way into a store, of which `entries` are there already, by id."""

    def __init__(self, store: DocumentStore, entries: dict[str, _Entry]) -> None:
        self._store = store
        self._seen: set[str] = set()  # origins of the files that are there now
        self._origins: dict[str, set[str]] = {}
        self._contents: dict[str, set[str]] = {}
        self._entries: dict[str, _Entry] = {}
        self._drafts: list[Path] = []
        self._obsolete: list[Path] = []
        for source_id, entry in entries.items():
            self._remember(source_id, entry)

    def marks(self) -> dict[str, Mark]:
        """Return the mark of each file that was read before, by its origin, where it is known."""
        return {entry.origin: entry.mark for entry in self._entries.values() if entry.mark}

    def unchanged(self, origin: str) -> list[str]:
        """Return the ids of what stays as it was read from the file `origin`: one, or none where another took it."""
        self._seen.add(origin)
        return sorted(self._origins.get(origin, ()))

    def add(self, source: Source, origin: str, mark: Mark | None = None) -> str:
        """Take `source`, read from the file `origin`, and return the id, unique here, under which its text is stored.

        It takes the place, and the id, of what was read from the same file, or has the same text and is of a file
        that was not seen now; of one that was, the text stays. Raises RoadmapError when the folder cannot be written.
        """
        content = _content(source)
        self._seen.add(origin)
        same_file, same_text = self._origins.get(origin, set()), self._contents.get(content, set())
        others = sorted(same_text - same_file)
        held = [source_id for source_id in others if self._entries[source_id].origin in self._seen]
        old = [*sorted(same_file), *([] if held else others)]
        stored_id = held[0] if held else old[0] if old else _free(source.source_id, self._entries)
        for source_id in old:
            self._forget(source_id)
        self._obsolete += [self._path(source_id) for source_id in old if source_id != stored_id]
        if not held:
            self._write(replace(source, source_id=stored_id), origin, content, mark)
            self._remember(stored_id, _Entry(origin, content, mark))
        if len(self._drafts) == BATCH:
            self.keep()
        return stored_id

    def keep(self) -> None:
        """Make what was added last, in the place of what it replaces."""
        try:
            for draft in self._drafts:
                with draft.open("rb+") as file:
                    os.fsync(file.fileno())
            for draft in self._drafts:
                draft.replace(draft.with_name(draft.name.removesuffix(DRAFT)))
            for path in self._obsolete:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise RoadmapError(self._store.unwritable(error)) from error
        self._drafts, self._obsolete = [], []

    def drop(self) -> None:
        """Remove what was begun and not kept."""
        for draft in self._drafts:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)

    def _write(self, source: Source, origin: str, content: str, mark: Mark | None) -> None:
        path = self._path(source.source_id)
        draft = path.with_name(path.name + DRAFT)
        value = {
            "origin": origin,
            "content": content,
            "file": asdict(mark) if mark else None,
            "source": asdict(replace(source, sections=())),
        }
        if draft not in self._drafts:
            self._drafts.append(draft)
        try:
            self._store.folder.mkdir(parents=True, exist_ok=True)
            draft.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
        except OSError as error:
            raise RoadmapError(self._store.unwritable(error)) from error
        self._obsolete = [obsolete for obsolete in self._obsolete if obsolete != path]

    def _path(self, source_id: str) -> Path:
        return self._store.folder / f"{source_id}{ENDING}"

    def _remember(self, source_id: str, entry: _Entry) -> None:
        self._entries[source_id] = entry
        self._origins.setdefault(entry.origin, set()).add(source_id)
        self._contents.setdefault(entry.content, set()).add(source_id)

    def _forget(self, source_id: str) -> None:
        entry = self._entries.pop(source_id)
        self._origins[entry.origin].discard(source_id)
        self._contents[entry.content].discard(source_id)


def _read(path: Path) -> dict[str, Any]:
    """Return what a stored file says. Raises one of DAMAGE."""
    value = json.loads(path.read_bytes())
    if not isinstance(value, dict):
        raise TypeError("it is no object")
    return value


def _source_of(value: dict[str, Any], path: Path) -> Source:
    """Return the source, without sections, that the file at `path` stores as `value`. Raises one of DAMAGE."""
    source, origin = source_from(value["source"]), value["origin"]
    if not all(isinstance(text, str) for text in (source.text, source.title, origin)):
        raise TypeError("its parts are not texts")
    if (_content(source), path.stem, Kind.DOCUMENT) != (value["content"], source.source_id, source.kind):
        raise ValueError("its parts contradict each other")
    return source


def _mark_of(value: dict[str, Any]) -> Mark | None:
    """Return the mark that a stored file has; None where it has none, or one that another version wrote."""
    try:
        return Mark(**value["file"])
    except (KeyError, TypeError):
        return None


def _content(source: Source) -> str:
    return hashlib.sha256(source.text.encode()).hexdigest()


def _free(wanted: str, taken: Container[str]) -> str:
    candidate, number = wanted, 2
    while candidate in taken:
        candidate, number = f"{wanted}-{number}", number + 1
    return candidate

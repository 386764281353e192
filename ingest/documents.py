"""Add the documents that a user gives: find the files, read those that changed, store their texts."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ingest.document_store import DocumentStore as DocumentStore
from ingest.document_store import Mark
from ingest.errors import DocumentError
from ingest.parse_contract import SUFFIXES, Limits
from ingest.parser_pool import Parser, ParserPool
from ingest.parsers import DEFAULT_LIMITS, read_content, shown_name, source_of, unsupported
from ingest.progress import Progress, quiet
from ingest.records import Source
from ingest.remembered import look_at
from ingest.text import one_line

Report = Callable[[Path, str | None], None]  # (file, None when it is in the library now, else why it is not)


@dataclass(frozen=True, slots=True)
class Summary:
    """What an ingest of documents did: ids of the sources that are there now, and each file left out with its reason.

    `unchanged` counts the files among them that had been read before, and were not read again.
    """

    added: tuple[str, ...]
    failed: tuple[tuple[Path, str], ...]
    unchanged: int = field(default=0, compare=False)


def collect(paths: Iterable[Path], report: Callable[[Path, str], None] | None = None) -> list[Path]:
    """Return the readable files among `paths` and in their folders, sorted within each, none twice.

    Left out, and told to `report` with the reason: what is missing, what is of another kind, and
    links that lead out of a folder. Hidden files and folders are passed over, unless named.
    """
    return list(_found(paths, report or (lambda _path, _reason: None)).values())


def _found(paths: Iterable[Path], tell: Callable[[Path, str], None]) -> dict[Path, Path]:
    """Return the files that `collect` returns by the place where each of them is in truth."""
    found: dict[Path, Path] = {}
    for path in paths:
        for file in _in_folder(path, tell) if os.path.isdir(path) else [path]:  # noqa: PTH112 - pathlib's raises
            try:
                place = file.resolve(strict=True)
            except RuntimeError:
                tell(
                    file, f"{one_line(str(file))} is a link that leads back to itself: give the file that it stands for"
                )
                continue
            except (OSError, ValueError) as error:
                reason = getattr(error, "strerror", None) or "its path is not valid"
                tell(file, f"{one_line(str(file))} cannot be opened ({reason}): check its path and permissions")
                continue
            if file.suffix.lower() in SUFFIXES:
                found.setdefault(place, file)
            else:
                tell(file, unsupported(file))
    return found


def ingest_documents(
    paths: Iterable[Path],
    store: DocumentStore,
    report: Report,
    limits: Limits = DEFAULT_LIMITS,
    progress: Progress = quiet,
) -> Summary:
    """Read the files among `paths` and in their folders into `store`; a bad one never stops the others.

    A file that is as it was when it was read is not read again. `report` is told of every file as it
    is done. Raises RoadmapError when the store cannot be written.
    """
    added: list[str] = []
    failed: list[tuple[Path, str]] = []
    unchanged = 0

    def fail(path: Path, reason: str) -> None:
        failed.append((path, reason))
        report(path, reason)

    files = _found(paths, fail)
    advance = progress("reading", len(files))
    with store.adding() as additions, ParserPool(limits) as pool:
        for (place, path), outcome in pool.in_order(_Reader(additions.marks(), limits).read, files.items()):
            if isinstance(outcome, DocumentError):
                fail(path, str(outcome))
            elif outcome is None:
                unchanged += 1
                added += additions.unchanged(origin_of(place))
                report(path, None)
            else:
                added.append(additions.add(outcome.source, origin_of(place), outcome.mark))
                report(path, None)
            advance(1)
    return Summary(tuple(dict.fromkeys(added)), tuple(failed), unchanged)


@dataclass(frozen=True, slots=True)
class _Read:
    source: Source
    mark: Mark


@dataclass(frozen=True, slots=True)
class _Reader:
    marks: dict[str, Mark]  # by origin; of its own, for it reads while the store changes
    limits: Limits

    def read(self, file: tuple[Path, Path], parser: Parser) -> _Read | None:
        """Return what a file, (place, path), says; None when it is as it was when it was read before.

        Raises DocumentError.
        """
        place, path = file
        known = self.marks.get(origin_of(place))
        look = look_at([place])
        if known is not None and known.is_of(look):
            return None
        data = read_content(path, self.limits)
        mark = Mark.of(data, look)
        if known is not None and known.has_bytes_of(mark):
            return None
        return _Read(source_of(path, parser.read(data, path.suffix.lower(), shown_name(path))), mark)


def origin_of(place: Path) -> str:
    """Return what the file at `place` is known by: as an address where the name holds what a text should not."""
    return str(place) if str(place).isprintable() else place.as_uri()


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
            if path.is_symlink() and _leads_out(path, root):
                tell(path, f"{one_line(name)} is a link that leads out of its folder: give the file itself")
            else:
                yield path


def _leads_out(link: Path, root: Path) -> bool:
    try:
        return not link.resolve().is_relative_to(root)
    except (OSError, RuntimeError):  # a loop of links leads nowhere, which is told when the file is opened
        return False

"""The data folder: which index is current, who may write, and the documents that a user added."""

import contextlib
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from ingest.errors import IndexStateError, RoadmapError
from ingest.manifest import MANIFEST_FILE

if TYPE_CHECKING:
    from ingest.index import LocalIndex

INDEXES = "indexes"
CURRENT = "current"
DOCUMENTS = "documents"
LOCK = "writer.lock"
KEPT_INDEXES = 2  # the current one, and the one before it for processes that are about to read it
UNFINISHED = ".building-"
DRAFT = ".new"


class BusyError(RoadmapError):
    """Another process is writing to the data folder."""


class Workspace:
    """Everything that this program writes lives under `folder`; nothing is written before it is needed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def documents(self) -> Path:
        """Where the texts of added documents are kept."""
        return self.folder / DOCUMENTS

    def current_folder(self) -> Path | None:
        """The folder of the current index; None when there is none yet."""
        try:
            name = (self.folder / CURRENT).read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise IndexStateError(
                f"the data folder {self.folder} cannot be read ({error.strerror}): check its permissions"
            ) from error
        except UnicodeDecodeError:
            return None
        folder = self.folder / INDEXES / Path(name).name
        return folder if name and (folder / MANIFEST_FILE).is_file() else None

    def open_current(self) -> "LocalIndex":
        """Open the current index. Raises IndexStateError, with the remedy, when missing or damaged."""
        from ingest.index import open_index

        folder = self.current_folder()
        if folder is None:
            raise IndexStateError(f"there is no index in {self.folder}: run 'roadmap ingest' to build it")
        return open_index(folder)

    @contextlib.contextmanager
    def writer(self) -> Iterator[None]:
        """Hold the one writer's lock; what killed writers left is removed first.

        Raises BusyError at once when another process holds it.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.folder / LOCK, timeout=0)
            lock.acquire()
        except Timeout as error:
            raise BusyError(f"another ingest is writing to {self.folder}: try again when it has ended") from error
        except OSError as error:
            raise RoadmapError(_unwritable(self.folder, error)) from error
        try:
            self._sweep()
            yield
        finally:
            lock.release()

    def tidy(self) -> None:
        """Remove what killed writers left, unless another is at work or nothing can be removed."""
        with contextlib.suppress(RoadmapError, OSError):
            if self._leftovers():
                with self.writer():
                    pass

    @contextlib.contextmanager
    def new_index(self) -> Iterator[Path]:
        """Yield an empty folder to build in; it becomes current when the block ends without an error.

        Call it inside `writer`. A failed build leaves the current index as it was.
        """
        name = uuid.uuid4().hex[:12]
        folder = self.folder / INDEXES / f"{UNFINISHED}{name}"
        try:
            folder.mkdir(parents=True)
            yield folder
            folder = folder.rename(self.folder / INDEXES / name)
            self._point_to(name)
        except BaseException as error:
            if folder != self.current_folder():  # which it may be, where Ctrl-C came a moment later
                shutil.rmtree(folder, ignore_errors=True)
            self._sweep()
            if isinstance(error, OSError):
                raise RoadmapError(_unwritable(self.folder, error)) from error
            raise
        self._sweep()

    def _point_to(self, name: str) -> None:
        draft = self.folder / f"{CURRENT}{DRAFT}"
        with draft.open("w", encoding="utf-8") as file:
            file.write(name + "\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.folder / CURRENT)

    def _sweep(self) -> None:
        for path in self._leftovers():
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                with contextlib.suppress(OSError):
                    path.unlink()

    def _leftovers(self) -> list[Path]:
        """What no reader uses and no writer will finish, as long as none is at work."""
        indexes = self.folder / INDEXES
        drafts = [*self.folder.glob(f"{CURRENT}{DRAFT}"), *self.documents.glob(f"*{DRAFT}")]
        unfinished = list(indexes.glob(f"{UNFINISHED}*"))
        current = self.current_folder()
        if current is None:  # one of the others may have been
            return [*drafts, *unfinished]
        others = [path for path in indexes.glob("[!.]*") if path != current]
        others.sort(key=lambda path: path.stat().st_mtime)
        return [*drafts, *unfinished, *others[: 1 - KEPT_INDEXES]]


def _unwritable(folder: Path, error: OSError) -> str:
    reason = error.strerror or type(error).__name__
    return (
        f"cannot write to the data folder {folder} ({reason}): free space or permissions there, or set ROADMAP_DATA_DIR"
    )

"""A folder's files copied to where no other process writes, each proved by its hash; gone when its user is."""

import contextlib
import os
import shutil
import tempfile
import uuid
from collections.abc import Mapping
from pathlib import Path

from filelock import FileLock, Timeout

from ingest.errors import RoadmapError
from ingest.manifest import damaged
from ingest.remembered import file_sha256

PREFIX = "roadmap-index-"
LOCK = ".lock"  # beside a copy, held for as long as the copy is in use


class PrivateCopy:
    """A copy in the temporary folder that only this user may enter; `folder` stands until `remove`."""

    def __init__(self, original: Path, hashes: Mapping[str, str]) -> None:
        """Copy the files of `original` that `hashes` names, each with its SHA-256, and nothing else.

        Copies of processes that were killed are removed first. Raises IndexStateError when a file is missing or
        was changed, RoadmapError when there is no room for the copy.
        """
        try:
            parent = Path(tempfile.gettempdir())
            _sweep(parent)
            self.folder = parent / f"{PREFIX}{uuid.uuid4().hex}"
            self._lock = FileLock(_lock_of(self.folder), thread_local=False)
            self._lock.acquire()
        except OSError as error:
            raise RoadmapError(_no_room(error)) from error
        try:
            self.folder.mkdir(mode=0o700)
            for name, expected in hashes.items():
                self._take(original, name, expected)
        except BaseException as error:
            self.remove()
            if isinstance(error, OSError):
                raise RoadmapError(_no_room(error)) from error
            raise

    def remove(self) -> None:
        """Remove the copy; what cannot be removed now is removed by the next one."""
        _remove(self.folder)
        self._lock.release()

    def _take(self, original: Path, name: str, expected: str) -> None:
        place = self.folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            source = (original / name).open("rb")
        except OSError as error:
            raise damaged(name) from error
        with source, place.open("wb") as target:
            shutil.copyfileobj(source, target, 2**20)
        if file_sha256(place) != expected:  # of the copy: what is opened is what was proved
            raise damaged(name)


def _sweep(parent: Path) -> None:
    for path in parent.glob(f"{PREFIX}*{LOCK}"):
        with contextlib.suppress(Timeout, OSError):
            if _is_own(path):
                with FileLock(path, timeout=0):
                    _remove(path.with_suffix(""))


def _is_own(path: Path) -> bool:
    return not hasattr(os, "getuid") or path.lstat().st_uid == os.getuid()


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    if not folder.exists():
        with contextlib.suppress(OSError):
            _lock_of(folder).unlink()


def _lock_of(folder: Path) -> Path:
    return folder.with_name(folder.name + LOCK)


def _no_room(error: OSError) -> str:
    reason = error.strerror or type(error).__name__
    return (
        f"the index cannot be copied to the folder for temporary files ({reason}): free space or permissions there, "
        f"or set TMPDIR to another folder"
    )

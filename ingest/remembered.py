"""Remember what was found out about files for as long as they look the same, so that it is found out once."""

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

REMEMBERED_FILE = "remembered.json"
DRAFT = ".new"
# A file that is written again within its clock's grain keeps its time: so long after the last change
# a look is worth keeping, on every file system in use (FAT counts in twos of seconds).
SETTLING_NS = 3_000_000_000
LEFT_OVER_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Look:
    """How files looked: a digest of their paths, sizes, times and places on disk; and when they changed last."""

    digest: str
    is_settled: bool


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes. Raises OSError when it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def look_at(paths: Iterable[Path], *marks: str) -> Look:
    """Look at the files among `paths`, and at `marks`, which count as they are; a missing file is a look too."""
    digest = hashlib.sha256(json.dumps(marks).encode())
    newest = 0
    for path in sorted(set(paths)):
        try:
            found = path.stat()
        except OSError:
            digest.update(f"{path}\0missing\n".encode(errors="surrogateescape"))
            continue
        # The time of the last change of the record itself (ctime) cannot be set back, as that of the content can.
        facts = (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_dev)
        newest = max(newest, found.st_mtime_ns, found.st_ctime_ns)
        digest.update(f"{path}\0{facts}\n".encode(errors="surrogateescape"))
    return Look(digest.hexdigest(), time.time_ns() - newest > SETTLING_NS)


def files_under(folder: Path) -> Iterator[Path]:
    """Yield every file under `folder`, hidden ones and caches of Python left out; none when it does not exist."""
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith((".", "__"))]
        yield from (Path(place, name) for name in names if not name.startswith("."))


class Remembered:
    """Values by key in one file of `folder`, each with the look of the files that it was found out from.

    A folder that cannot be written remembers nothing; that costs time and nothing else.
    """

    def __init__(self, folder: Path | None) -> None:
        self._file = folder / REMEMBERED_FILE if folder else None

    def recall(self, key: str, look: Look) -> str | None:
        """Return what was kept under `key` while its files looked like this; None when nothing was."""
        kept = self._read().get(key)
        return kept["value"] if kept and kept["look"] == look.digest else None

    def keep(self, key: str, look: Look, value: str) -> None:
        """Keep `value`, found out after `look` was taken. Nothing is kept of files that changed a moment before."""
        if self._file is None or not look.is_settled:
            return
        values = {**self._read(), key: {"look": look.digest, "value": value}}
        draft = self._file.with_name(self._file.name + DRAFT)
        with contextlib.suppress(OSError):
            if draft.exists() and time.time() - draft.stat().st_mtime > LEFT_OVER_SECONDS:
                draft.unlink()
            with draft.open("x", encoding="utf-8") as file:  # another process that is about to keep something wins
                json.dump(values, file)
            draft.replace(self._file)

    def sha256(self, path: Path) -> str:
        """SHA-256 of a file's bytes, read when it looks other than last time. Raises OSError when it cannot be read."""
        look = look_at([path])
        key = f"sha256 {path}"
        found = self.recall(key, look)
        if found is None:
            found = file_sha256(path)
            self.keep(key, look, found)
        return found

    def _read(self) -> dict[str, dict[str, str]]:
        if self._file is None:
            return {}
        try:
            values = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        is_ours = isinstance(values, dict) and all(
            isinstance(kept, dict) and isinstance(kept.get("look"), str) and isinstance(kept.get("value"), str)
            for kept in values.values()
        )
        return values if is_ours else {}

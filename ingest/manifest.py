"""What an index says of itself: written last, so that a folder without one is no index."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from ingest.errors import IndexStateError
from ingest.remembered import file_sha256

FORMAT_VERSION = 2
MANIFEST_FILE = "manifest.json"
REBUILD = "run 'roadmap ingest' to build it again"
CHECKSUM = "checksum"


@dataclass(frozen=True, slots=True)
class Manifest:
    """How an index was made; `files` maps each of its other files to its SHA-256."""

    format_version: int
    splitter_version: int
    model_name: str
    model_hash: str
    dimension: int
    library_hash: str
    source_count: int
    passage_count: int
    entry_count: int
    files: dict[str, str]

    def refuse_unlike(self, model_name: str, model_hash: str, splitter_version: int) -> None:
        """Raise IndexStateError, naming both sides, when this program cannot read the index."""
        self.refuse_other_format()
        if self.splitter_version != splitter_version:
            raise _other_version()
        if self.model_hash != model_hash:
            raise IndexStateError(
                f"the index was made with the model {self.model_name!r}, but {model_name!r} is configured: "
                f"{REBUILD}, or set ROADMAP_EMBEDDING_MODEL back"
            )

    def refuse_other_format(self) -> None:
        """Raise IndexStateError when the index's files are laid out as by another version of this program."""
        if self.format_version != FORMAT_VERSION:
            raise _other_version()


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write `manifest` into `folder`, with a checksum of its own."""
    value = asdict(manifest)
    text = json.dumps({**value, CHECKSUM: _checksum(value)}, indent=2)
    (folder / MANIFEST_FILE).write_text(text + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of `folder`. Raises IndexStateError when it is missing or damaged."""
    try:
        value = json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8"))
        kept = {field.name: value[field.name] for field in fields(Manifest)}
        # Those of other formats, which may have no checksum, are told apart by whoever opens the index.
        if kept["format_version"] == FORMAT_VERSION and value.get(CHECKSUM) != _checksum(kept):
            raise ValueError("its parts were changed")
        return Manifest(**kept)
    except FileNotFoundError as error:
        raise IndexStateError("there is no index yet: run 'roadmap ingest' to build it") from error
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise IndexStateError(f"the index's manifest is unreadable: {REBUILD}") from error


def check_files(folder: Path, files: Mapping[str, str]) -> None:
    """Raise IndexStateError when one of `files`, SHA-256 by name, is missing in `folder` or was changed."""
    for name, expected in files.items():
        try:
            is_whole = file_sha256(folder / name) == expected
        except OSError:
            is_whole = False
        if not is_whole:
            raise damaged(name)


def damaged(name: str) -> IndexStateError:
    """The error that an index's file is not as it was written."""
    return IndexStateError(f"the index's file {name} is missing or damaged: {REBUILD}")


def _checksum(value: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _other_version() -> IndexStateError:
    return IndexStateError(f"the index was made by another version of this program: {REBUILD}")

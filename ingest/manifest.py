"""What an index says of itself: written last, so that a folder without one is no index."""

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from ingest.errors import IndexStateError

FORMAT_VERSION = 1
MANIFEST_FILE = "manifest.json"
REBUILD = "run 'roadmap ingest' to build it again"


@dataclass(frozen=True, slots=True)
class Manifest:
    """How an index was made; `files` maps our own files to their SHA-256."""

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
        if self.format_version != FORMAT_VERSION or self.splitter_version != splitter_version:
            raise IndexStateError(f"the index was made by another version of this program: {REBUILD}")
        if self.model_hash != model_hash:
            raise IndexStateError(
                f"the index was made with the model {self.model_name!r}, but {model_name!r} is configured: "
                f"{REBUILD}, or set ROADMAP_EMBEDDING_MODEL back"
            )


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write `manifest` into `folder`."""
    (folder / MANIFEST_FILE).write_text(json.dumps(asdict(manifest), indent=2) + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of `folder`. Raises IndexStateError when it is missing or makes no sense."""
    try:
        value = json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8"))
        return Manifest(**{field.name: value[field.name] for field in fields(Manifest)})
    except FileNotFoundError as error:
        raise IndexStateError("there is no index yet: run 'roadmap ingest' to build it") from error
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise IndexStateError(f"the index's manifest is unreadable: {REBUILD}") from error


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_files(folder: Path, manifest: Manifest) -> None:
    """Raise IndexStateError when a file that the manifest lists is missing or was changed."""
    for name, expected in manifest.files.items():
        path = folder / name
        if not path.is_file() or file_hash(path) != expected:
            raise IndexStateError(f"the index's file {name} is missing or damaged: {REBUILD}")

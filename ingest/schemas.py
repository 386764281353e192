"""JSON Schemas of the front matter and of the topics, for editors; made from the pydantic models."""

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from ingest.corpus_models import Resource, Roadmap, Topic
from ingest.errors import RoadmapError

FOLDER = "schema"
DIALECT = "http://json-schema.org/draft-07/schema#"  # the newest that every YAML language server reads
MODELS: dict[str, Any] = {"roadmap.json": Roadmap, "resource.json": Resource, "topics.json": tuple[Topic, ...]}


def schema_texts() -> dict[str, str]:
    """Return the text of every schema by file name, the same for the same models."""
    return {name: _text(TypeAdapter(model).json_schema()) for name, model in MODELS.items()}


def stale_schemas(corpus: Path) -> list[str]:
    """Return the names of the schemas that are missing in `corpus` or do not match the models."""
    return [name for name, text in schema_texts().items() if _read(corpus / FOLDER / name) != text]


def write_schemas(corpus: Path) -> list[Path]:
    """Write every schema into `corpus` and return the paths. Raises RoadmapError when that fails."""
    folder = corpus / FOLDER
    written: list[Path] = []
    try:
        folder.mkdir(exist_ok=True)
        for name, text in schema_texts().items():
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
            written.append(folder / name)
    except OSError as error:
        raise RoadmapError(f"cannot write to {folder} ({error.strerror}): give a corpus you may write to") from error
    return written


def _text(schema: dict[str, Any]) -> str:
    return json.dumps({"$schema": DIALECT, **schema}, indent=2, ensure_ascii=False) + "\n"


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None

"""Keep sources, passages and entries on disk as JSON lines: the source of truth beside the vectors."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ingest.corpus_models import Structure
from ingest.records import Entry, Facet, Kind, Passage, Section, Source, StoredQuestion

SOURCES_FILE = "sources.jsonl"
PASSAGES_FILE = "passages.jsonl"
ENTRIES_FILE = "entries.jsonl"
STRUCTURE_FILE = "structure.json"


def write_records(path: Path, records: Iterable[Source | Passage | Entry]) -> None:
    """Write one JSON object a line."""
    with path.open("w", encoding="utf-8") as file:
        for record in records:
            file.write(json.dumps(asdict(record), ensure_ascii=False) + "\n")


def read_sources(path: Path) -> list[Source]:
    """Read what `write_records` wrote. Raises OSError, ValueError, KeyError or TypeError on damage."""
    return [source_from(value) for value in _lines(path)]


def source_from(value: dict[str, Any]) -> Source:
    """Return the source that `asdict` made `value` of. Raises KeyError or TypeError when it is not one."""
    sections = tuple(
        Section(
            s["section_id"],
            tuple(s["heading_path"]),
            s["start"],
            s["end"],
            tuple(StoredQuestion(**q) for q in s["questions"]),
        )
        for s in value["sections"]
    )
    tuples = {key: tuple(value[key]) for key in ("recommended_by", "aliases", "topics")}
    return Source(**{**value, **tuples, "kind": Kind(value["kind"]), "sections": sections})


def read_passages(path: Path) -> list[Passage]:
    """Read what `write_records` wrote; errors as for `read_sources`."""
    return [
        Passage(
            **{
                **value,
                "kind": Kind(value["kind"]),
                "heading_path": tuple(value["heading_path"]),
                "sentences": tuple((start, end) for start, end in value["sentences"]),
            }
        )
        for value in _lines(path)
    ]


def read_entries(path: Path) -> list[Entry]:
    """Read what `write_records` wrote; errors as for `read_sources`."""
    return [Entry(**{**value, "facet": Facet(value["facet"])}) for value in _lines(path)]


def write_structure(path: Path, structure: Structure) -> None:
    """Write what the library states as data."""
    path.write_text(structure.model_dump_json(exclude_defaults=True), encoding="utf-8")


def read_structure(path: Path) -> Structure:
    """Read what `write_structure` wrote. Raises OSError or ValueError on damage."""
    return Structure.model_validate_json(path.read_bytes())


def _lines(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]

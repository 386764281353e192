"""The result of one eval run: frozen records, written as JSON named by commit, and read back."""

import hashlib
import json
import math
import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked

from ingest.errors import RoadmapError

UNVERSIONED = "unversioned"
STRICT = ConfigDict(extra="forbid")


class ResultError(RoadmapError):
    """A result, run or judgement file is missing or wrong; the message names the file, and the line if it has one."""


@checked(frozen=True, slots=True, config=STRICT)
class DatasetInfo:
    """What was asked: `path` relative to the project, `half` is tune, test or all, `count` the questions."""

    path: str
    sha256: str
    half: str
    count: int


@checked(frozen=True, slots=True, config=STRICT)
class SystemResult:
    """One system's figures; `measures` are means over `per_question`, `intervals` their (low, high) 95% bounds.

    `details` keeps, per question id, whatever a reader needs to see why (ranking, answer, timings).
    """

    measures: dict[str, float]
    intervals: dict[str, tuple[float, float]] = field(default_factory=dict)
    by_type: dict[str, dict[str, float]] = field(default_factory=dict)
    per_question: dict[str, dict[str, float]] = field(default_factory=dict)
    details: dict[str, dict[str, Any]] = field(default_factory=dict)


@checked(frozen=True, slots=True, config=STRICT)
class Result:
    """One eval run: `kind` names the command, `commit` is short and ends in -dirty when files had changed."""

    kind: str
    commit: str
    created: str
    dataset: DatasetInfo
    systems: dict[str, SystemResult]
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def stem(self) -> str:
        """The name of its files, without an ending."""
        return f"{self.kind}-{self.commit}"


_RESULT = TypeAdapter(Result)


@dataclass(frozen=True, slots=True)
class Stamp:
    """When and of which commit a result is."""

    commit: str
    created: str


def project_folder() -> Path:
    """The folder that holds the package `evals`."""
    return Path(__file__).resolve().parent.parent


def results_folder() -> Path:
    """Where results are kept unless another folder is asked for; below the present folder outside a checkout."""
    checkout = project_folder()
    return checkout / "evals" / "results" if (checkout / "pyproject.toml").is_file() else Path("evals-results")


def stamp() -> Stamp:
    """The present commit and time. New results do not make a commit dirty; outside git it is `unversioned`."""
    commit = _git("rev-parse", "--short=7", "HEAD")
    if commit and _git("status", "--porcelain", "--", ".", ":(exclude)evals/results"):
        commit += "-dirty"
    return Stamp(commit or UNVERSIONED, datetime.now(UTC).isoformat(timespec="seconds"))


def describe_dataset(path: Path, half: str, count: int) -> DatasetInfo:
    """Return what a result says of the file or folder of questions at `path`."""
    digest = hashlib.sha256()
    for file in sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]:
        digest.update(file.read_bytes())
    absolute = path.resolve()
    is_inside = absolute.is_relative_to(project_folder())
    shown = absolute.relative_to(project_folder()).as_posix() if is_inside else absolute.name
    return DatasetInfo(shown, digest.hexdigest(), half, count)


def write_result(result: Result, folder: Path) -> Path:
    """Write `result` into `folder` whole or not at all; return its file. Raises ResultError for NaN or no room."""
    path = folder / f"{result.stem}.json"
    try:
        text = json.dumps(asdict(result), indent=1, ensure_ascii=False, allow_nan=False)
    except ValueError as error:
        raise ResultError(f"{path}: a measure is not a number ({error}): nothing was written") from error
    replace_text(path, text + "\n")
    return path


def read_result(path: Path) -> Result:
    """Return the result in `path`. Raises ResultError, naming the file and what is wrong."""
    try:
        return _RESULT.validate_python(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise ResultError(f"{path}: cannot be read ({type(error).__name__}): give a result's JSON file") from error
    except json.JSONDecodeError as error:
        raise ResultError(f"{path}:{error.lineno}: not JSON ({error.msg}): run the eval again") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ResultError(f"{path}: key {key}: {first['msg']}: run the eval again") from error


def latest_result(folder: Path, kind: str) -> Path | None:
    """The newest result of `kind` in `folder`, by its own date; None when there is none."""
    paths = [path for path in folder.glob(f"{kind}-*.json") if read_result(path).kind == kind]
    return max(paths, key=lambda path: (read_result(path).created, path.name), default=None)


def replace_text(path: Path, text: str) -> None:
    """Write `text` to `path` by a temporary file and one rename. Raises ResultError when it cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            Path(name).chmod(0o644)
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        raise ResultError(f"{path}: cannot be written ({error.strerror}): choose another --output") from error


def mean(values: Mapping[str, float]) -> float:
    """The mean of the values; 0 when there is none."""
    return math.fsum(values.values()) / len(values) if values else 0.0


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - fixed arguments
            ["git", *arguments], cwd=project_folder(), capture_output=True, text=True, check=False, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""

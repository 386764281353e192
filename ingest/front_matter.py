"""Split a page into YAML front matter and body, with errors that name the file, the line and the key."""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

M = TypeVar("M", bound=BaseModel)

FENCE = "---"


class PageError(ValueError):
    """One page cannot be read; `problems` are complete lines for a person, without the file's name."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("; ".join(problems))


def read_text(path: Path) -> str:
    """Return the UTF-8 text of `path`. Raises PageError with the cause and remedy."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise PageError([f"is not UTF-8 (byte {error.start}): save it as UTF-8"]) from error
    except OSError as error:
        raise PageError([f"cannot be read ({error.strerror}): check that it exists and is readable"]) from error


def split_page(text: str) -> tuple[str, str]:
    """Return (front matter, body) of a page. Raises PageError when a fence is missing."""
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[0].rstrip() != FENCE:
        raise PageError(["line 1: no front matter: begin the file with a line of three hyphens"])
    for number, line in enumerate(lines[1:], start=1):
        if line.rstrip() == FENCE:
            return "\n".join(lines[1:number]), "\n".join(lines[number + 1 :])
    raise PageError(["front matter is not closed: end it with a line of three hyphens"])


def parse_yaml(text: str, first_line: int = 1) -> Any:
    """Return the YAML value of `text`. Raises PageError naming the line; `first_line` is where `text` starts."""
    try:
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe loaders
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + first_line}: " if mark else ""
        raise PageError([f"{where}YAML: {error.problem}: check indentation, colons and quotes"]) from error
    except yaml.YAMLError as error:
        raise PageError([f"YAML: {error}".splitlines()[0]]) from error


def validate(model: type[M], value: Any) -> M:
    """Return `value` as `model`. Raises PageError with one line per wrong key."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise PageError([_explain(e) for e in error.errors()]) from error


def _explain(error: Any) -> str:
    key = ".".join(str(part) for part in error["loc"]) or "front matter"
    if error["type"] == "extra_forbidden":
        return f"key {key}: unknown key: remove it or correct its spelling"
    if error["type"] == "missing":
        return f"key {key}: missing: add it"
    return f"key {key}: {error['msg'].removeprefix('Value error, ')} (found {str(error['input'])[:60]!r})"

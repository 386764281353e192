"""Split a page into YAML front matter and body, with errors that name the line or the key, and the remedy."""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

M = TypeVar("M", bound=BaseModel)

FENCE = "---"
BLANK = "FILL IN"  # stands in a new page wherever its author has to write
MAX_NESTING = 20  # the corpus needs 4; libyaml's loader dies of a signal somewhere above 10,000

# What to do about each kind of pydantic error; the other kinds say it in their own message.
REMEDIES = {
    "string_type": "put the value in quotes",
    "model_type": "write 'key: value' lines",
    "dict_type": "write 'key: value' lines",
    "tuple_type": "write a list, such as [one, two]",
    "too_short": "add more",
    "string_too_short": "write more",
    "string_too_long": "shorten it",
    "date_from_datetime_parsing": "write the day as 2026-01-31",
    "date_type": "write the day as 2026-01-31",
    "float_parsing": "write a number",
    "float_type": "write a number",
    "enum": "use one of these",
    "literal_error": "use one of these",
}
PATTERN_REMEDIES = {
    "^[a-z0-9]": "use lower-case words joined by hyphens",
    "^https?": "begin with https:// and leave out spaces",
}


class PageError(ValueError):
    """One page cannot be read; `problems` are complete lines for a person, without the file's name."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("; ".join(problems))


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # whichever is there
    """A safe loader that refuses a key that stands twice, where YAML would keep the last one silently."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        """Return the mapping of `node`. Raises ConstructorError for a repeated key."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen and isinstance(key, yaml.ScalarNode):
                problem = f"the key {key.value!r} stands twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep=deep)


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
    if not text.strip():
        raise PageError(["is empty: write front matter and a body, or delete the file"])
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[0].rstrip() != FENCE:
        raise PageError(["line 1: no front matter: begin the file with a line of three hyphens"])
    for number, line in enumerate(lines[1:], start=1):
        if line.rstrip() == FENCE:
            return "\n".join(lines[1:number]), "\n".join(lines[number + 1 :])
    raise PageError(["line 1: front matter is not closed: end it with a line of three hyphens"])


def parse_yaml(text: str, first_line: int = 1) -> Any:
    """Return the YAML value of `text`. Raises PageError naming the line; `first_line` is where `text` starts."""
    try:
        _refuse_deep(text, first_line)
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + first_line}: " if mark else ""
        raise PageError([f"{where}YAML: {error.problem}: check indentation, colons, quotes and keys"]) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + first_line
        raise PageError([f"line {line}: YAML: a control character stands there: remove it"]) from error
    except PageError:
        raise
    except ValueError as error:  # such as a date in the thirteenth month
        raise PageError([f"YAML: a value cannot be read ({error}): correct it, or put it in quotes"]) from error


def validate(model: type[M], value: Any) -> M:
    """Return `value` as `model`. Raises PageError with one line per wrong key."""
    if value is None:
        raise PageError(["holds no keys: write 'key: value' lines"])
    try:
        return model.model_validate(value)
    except ValidationError as error:
        errors = error.errors()
        places = {e["loc"][:depth] for e in errors for depth in range(len(e["loc"]))}
        # A list is "too short" also when its items are wrong: the items' own lines say enough.
        told = [e for e in errors if e["type"] != "too_short" or e["loc"] not in places]
        raise PageError([_explain(e) for e in told]) from error


def _refuse_deep(text: str, first_line: int) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_NESTING:
            where = f"line {event.start_mark.line + first_line}: " if event.start_mark else ""
            raise PageError([f"{where}YAML: more than {MAX_NESTING} levels deep: close brackets, indent less"])


def _explain(error: Any) -> str:
    key = ".".join(str(part) for part in error["loc"]) or "front matter"
    if error["type"] == "extra_forbidden":
        return f"key {key}: unknown key: remove it or correct its spelling"
    if error["type"] == "missing":
        return f"key {key}: missing: add it"
    if isinstance(error["input"], str) and BLANK in error["input"]:
        return f"key {key}: still says {BLANK!r}: write what belongs there"
    remedy = REMEDIES.get(error["type"], "")
    if error["type"] == "string_pattern_mismatch":
        pattern = error["ctx"]["pattern"]
        remedy = next((text for start, text in PATTERN_REMEDIES.items() if pattern.startswith(start)), "")
        return f"key {key}: {str(error['input'])[:60]!r} has the wrong form: {remedy or 'correct it'}"
    message = error["msg"].removeprefix("Value error, ")
    return f"key {key}: {message} (found {str(error['input'])[:60]!r})" + (f": {remedy}" if remedy else "")

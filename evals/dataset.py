"""Read the project's own questions, and which half each belongs to: `tune` to fit, `test` to report."""

import hashlib
import json
import re
from collections.abc import Iterable
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.records import Question, Turn
from ingest.errors import RoadmapError

Half = Literal["tune", "test"]
QuestionType = Literal[
    "fact",
    "resource",
    "duration",
    "comparison",
    "plan",
    "definition",
    "sum",
    "keyword",
    "typo",
    "follow-up",
    "negative",
]


class DatasetError(RoadmapError):
    """A dataset file is missing or has a wrong line; the message names both."""


class Message(BaseModel):
    """One earlier turn."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Literal["user", "assistant"]
    content: str


class EvalQuestion(BaseModel):
    """One question with its judgements.

    `judgements` maps section ids to grades 1 (related) to 3 (answers fully). `nuggets` are what a
    right answer contains: all of the outer list, any of each inner list of regular expressions.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    type: QuestionType
    question: str = Field(min_length=1)
    history: tuple[Message, ...] = ()
    answerable: bool
    judgements: dict[str, int] = {}
    nuggets: tuple[tuple[str, ...], ...] = ()
    expected_sources: tuple[str, ...] = ()
    note: str = ""

    @property
    def half(self) -> Half:
        """`tune` or `test`, for ever: by the hash of the id."""
        return "tune" if hashlib.sha256(self.id.encode()).digest()[0] % 2 else "test"

    @cached_property
    def patterns(self) -> tuple[tuple[re.Pattern[str], ...], ...]:
        """The compiled nuggets."""
        return tuple(tuple(re.compile(p, re.IGNORECASE) for p in group) for group in self.nuggets)

    def nuggets_in(self, text: str) -> int:
        """Number of nuggets that `text` contains."""
        return sum(any(p.search(text) for p in group) for group in self.patterns)

    def ask(self) -> Question:
        """The question as it is put to the assistant."""
        return Question(self.question, tuple(Turn(m.role, m.content) for m in self.history))


def default_dataset() -> Path:
    """The project's own questions."""
    return Path(str(files("evals"))) / "datasets" / "questions.jsonl"


def read_dataset(path: Path) -> list[EvalQuestion]:
    """Return the questions of a JSONL file. Raises DatasetError with file and line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path}: cannot be read ({type(error).__name__}): give a UTF-8 JSONL file") from error
    questions: dict[str, EvalQuestion] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        question = _question(path, number, line)
        if question.id in questions:
            raise DatasetError(f"{path}:{number}: id {question.id!r} stands there twice: rename one")
        questions[question.id] = question
    if not questions:
        raise DatasetError(f"{path}: has no questions: add one JSON object a line")
    return list(questions.values())


def half_of(questions: Iterable[EvalQuestion], half: Half) -> list[EvalQuestion]:
    """Return the questions of one half."""
    return [q for q in questions if q.half == half]


def _question(path: Path, number: int, line: str) -> EvalQuestion:
    try:
        question = EvalQuestion.model_validate(json.loads(line))
        _ = question.patterns
    except json.JSONDecodeError as error:
        raise DatasetError(f"{path}:{number}: not JSON ({error.msg}): write one object a line") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise DatasetError(f"{path}:{number}: key {key}: {first['msg']}") from error
    except re.error as error:
        raise DatasetError(f"{path}:{number}: key nuggets: not a regular expression ({error})") from error
    if question.answerable and not (question.judgements and question.nuggets):
        raise DatasetError(f"{path}:{number}: judgements and nuggets are empty: an answerable question needs both")
    return question

"""Fill the prompt files: fixed slots replaced once, all text of others fenced as data."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

SLOT = re.compile(r"\{\{([a-z]+)\}\}")
USER_PART = "=== user ===\n"


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a chat model is given: the rules, and the message that holds the data."""

    system: str
    user: str


def fill(name: str, slots: Mapping[str, str]) -> Prompt:
    """Return the prompt file `name` with its slots filled, and a mark for its fences that no text can foresee.

    Every slot is replaced in one pass, so a slot's name inside a question stays text. Raises KeyError
    when the file has a slot that `slots` lacks.
    """
    values = {**slots, "fence": f"#### {secrets.token_hex(8)}"}
    system, _, user = _read(name).partition(USER_PART)
    return Prompt(*(SLOT.sub(lambda slot: values[slot.group(1)], part).strip() for part in (system, user)))


@cache
def _read(name: str) -> str:
    return (files("assistant") / "prompts" / name).read_text(encoding="utf-8")

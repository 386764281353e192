"""The words of asking, as data: `lexicon.yaml` says which phrases tell which operation, direction, profile and so on."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from assistant.understanding.phrases import PhraseTable, Token
from ingest.lexical import stem

LEXICON_FILE = "lexicon.yaml"


@dataclass(frozen=True, slots=True)
class Cue:
    """What a phrase tells: `of` is the group, such as `operation`, `value` the one of it, such as `least`."""

    of: str
    value: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Every phrase, and the stems of the words of asking, which leave no subject."""

    groups: dict[str, PhraseTable[str]]
    asking: frozenset[str]

    def cues(self, tokens: tuple[Token, ...]) -> list[Cue]:
        """Return what the tokens tell, group by group; phrases of different groups may overlap."""
        return [
            Cue(of, found.value, found.first, found.last)
            for of, table in self.groups.items()
            for found in table.find(tokens)
        ]


@cache
def lexicon() -> Lexicon:
    """The lexicon that is installed with this package."""
    value = yaml.safe_load((files("assistant.understanding") / LEXICON_FILE).read_text(encoding="utf-8"))
    asking = frozenset(stem(word) for word in value.pop("asking").split())
    groups = {
        of: PhraseTable((phrase, name) for name, phrases in values.items() for phrase in phrases)
        for of, values in value.items()
    }
    return Lexicon(groups, asking)

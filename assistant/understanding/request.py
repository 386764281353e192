"""What a question asks, read once into slots: answers are computed from a `Request` without a look at the text."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from ingest.corpus_models import Profile, Unit


class Frame(StrEnum):
    """What kind of answer a question asks for."""

    FIND = "find"  # a resource, or any link
    FACT = "fact"  # any other single thing that the library states
    DEFINE = "define"
    COMPARE = "compare"  # what several roadmaps hold
    NEED = "need"  # whether something must be learned, or can be left out
    ORDER = "order"  # what comes before or after something
    COUNT = "count"  # how many there are, which is the second, or all of a list
    SUM = "sum"  # arithmetic over times
    DURATION = "duration"  # how long one thing takes
    PLAN = "plan"
    PREMISE = "premise"  # takes something for granted that a roadmap may not hold
    PRODUCT = "product"  # about this assistant
    SMALL_TALK = "smalltalk"
    OPERATE = "operate"  # do something with the answer before
    OFF_TOPIC = "offtopic"


class Operation(StrEnum):
    """What is to be computed over times."""

    SUM = "sum"
    LEAST = "least"  # the shortest of several
    MOST = "most"  # the longest of several
    DIFFERENCE = "difference"
    SPREAD = "spread"  # the width of a range
    MIDPOINT = "midpoint"
    REMAINING = "remaining"  # what is left after what is named


class Role(StrEnum):
    """What a quantity stands for."""

    LIMIT = "limit"  # the time that somebody has
    PACE = "pace"  # hours a week
    CLAIM = "claim"  # what the question says that something takes
    PLACE = "place"  # the third module, week 2
    COUNT = "count"  # five modules, the first three steps
    AMOUNT = "amount"  # any other figure


@dataclass(frozen=True, slots=True)
class Quantity:
    """A figure, `minimum` to `maximum`; `unit` is None for bare numbers and places.

    `noun` is the stemmed word that it counts or places, such as `modul`; a place counted from the end is negative. The
    first three are the places 1 to 3, the last two -2 to -1.
    """

    minimum: float
    maximum: float
    unit: Unit | None
    role: Role
    noun: str = ""


@dataclass(frozen=True, slots=True)
class Learner:
    """What a question tells of who asks. `knows` are topic ids."""

    background: tuple[Profile, ...] = ()
    knows: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()  # ids of the lexicon, such as `no-degree`


@dataclass(frozen=True, slots=True)
class Things:
    """What a text names, by id, in the order of the text.

    `stages` are (roadmap id, place of the stage in the roadmap's `stages`, from 0); `lists` are (roadmap id, name of the
    list). `topic_names` are the words by which `topics` are named, one for each; empty where that is not known.
    """

    topics: tuple[str, ...] = ()
    topic_names: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    roadmaps: tuple[str, ...] = ()
    stages: tuple[tuple[str, int], ...] = ()
    lists: tuple[tuple[str, str], ...] = ()


Direction = Literal["before", "after"]
Measure = Literal["least", "most"]


@dataclass(frozen=True, slots=True)
class Request:
    """A question that stands alone, as read.

    `confidence`, 0 to 1, is the classifier's in `frame`. `named` are the things asked about and `excluded` those left
    out (`without Module 3`, `besides Noyan`). `direction` says on which side of what is named something is looked for.
    `ends` are the ends of a range that are asked for. `unit` is the one that an answer is asked in. `is_negated` is the
    question's polarity ("can I skip", "is X useless"). `unread` are the stemmed content words that no slot took: with
    many of them, something else is asked than what the slots say.
    """

    frame: Frame
    confidence: float = 1.0
    named: Things = Things()
    excluded: Things = Things()
    operation: Operation | None = None
    quantities: tuple[Quantity, ...] = ()
    learner: Learner = Learner()
    direction: Direction | None = None
    ends: tuple[Measure, ...] = ()
    unit: Unit | None = None
    is_negated: bool = False
    asks_several: bool = False  # what several roadmaps hold: "the roadmaps", "everyone", "who else"
    asks_all: bool = False  # "all modules", "the whole thing", "in total"
    asks_order: bool = False  # a comparison that asks for places too
    asks_necessity: bool = False  # required, optional, must
    asks_time: bool = False  # how long, time estimates
    unread: tuple[str, ...] = ()

    def of(self, role: Role) -> tuple[Quantity, ...]:
        """The quantities of one role."""
        return tuple(q for q in self.quantities if q.role is role)

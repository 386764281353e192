"""What the front matter of a corpus page and an entry of `topics.yaml` may say. Knows no file system."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s<>\"]+$")]
Question = Annotated[str, StringConstraints(strip_whitespace=True, min_length=6, max_length=200)]
Unit = Literal["minutes", "hours", "days", "weeks", "months", "years"]


class Model(BaseModel):
    """Frozen, and refuses keys that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Duration(Model):
    """A range of time, `minimum` to `maximum` in `unit`; equal where the source gives one figure."""

    minimum: float = Field(ge=0)
    maximum: float = Field(ge=0)
    unit: Unit

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.minimum > self.maximum:
            raise ValueError(f"minimum {self.minimum:g} is above maximum {self.maximum:g}: swap them")
        return self


class Necessity(StrEnum):
    """How a roadmap marks a stage; `unstated` when it does not say."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    UNSTATED = "unstated"


class Verdict(StrEnum):
    """What a roadmap holds of a topic. Silence is the absence of a stance."""

    RECOMMENDS = "recommends"
    OPTIONAL = "optional"
    ADVISES_AGAINST = "advises against"
    DEFERS = "defers"
    OVERKILL = "finds overkill"


class Profile(StrEnum):
    """The kinds of reader that an estimate or a plan is made for."""

    BEGINNER = "beginner"
    MATHEMATICS = "mathematics"
    SOFTWARE_ENGINEER = "software engineer"
    DATA_SCIENTIST = "data scientist"
    OTHER = "other"


class Stage(Model):
    """One step of a roadmap, in the order of the list it stands in; `aliases` are what learners call it."""

    name: Text
    section: Slug
    aliases: tuple[Text, ...] = ()
    topics: tuple[Slug, ...] = ()
    duration: Duration | None = None
    necessity: Necessity = Necessity.UNSTATED
    resources: tuple[Slug, ...] = ()


class Estimate(Model):
    """How long the whole roadmap takes one kind of reader."""

    audience: Text
    profile: Profile
    duration: Duration
    conditions: Text | None = None
    section: Slug


class Stance(Model):
    """What a roadmap holds of one topic, and the section that says so."""

    topic: Slug
    verdict: Verdict
    section: Slug
    note: Text


class Time(Model):
    """Any other figure of time in a roadmap, such as a lecture's length or a week's number."""

    what: Text
    duration: Duration
    section: Slug


class Listing(Model):
    """Things that a roadmap lists in one section, such as `deployment skills`.

    `part_of` names a larger list, which has no items but those of its parts; `aliases` are what
    learners call it; `note` says how the items are counted.
    """

    name: Text
    section: Slug
    items: tuple[Text, ...] = ()
    aliases: tuple[Text, ...] = ()
    part_of: Text | None = None
    note: Text | None = None


class Link(Model):
    """An address or relative link that belongs to the roadmap itself: a badge, a picture, a community."""

    href: Text
    what: Text
    section: Slug


class Asked(Model):
    """Questions that one sentence of the section answers; `sentence` is how it begins, as a reader sees it."""

    sentence: Text
    ask: tuple[Question, ...] = Field(min_length=1)


Questions = tuple[Question | Asked, ...]


def question_count(questions: Questions) -> int:
    """How many questions a section lists, those of single sentences included."""
    return sum(len(item.ask) if isinstance(item, Asked) else 1 for item in questions)


class Roadmap(Model):
    """Front matter of `corpus/roadmaps/<id>.md`."""

    id: Slug
    title: Text
    author: Text
    aliases: tuple[Text, ...] = ()  # other names by which people speak of it
    url: Url
    retrieved: date
    licence: Text
    audience: Text
    stages: tuple[Stage, ...] = Field(min_length=1)
    estimates: tuple[Estimate, ...] = ()
    stances: tuple[Stance, ...] = Field(min_length=1)
    times: tuple[Time, ...] = ()
    lists: tuple[Listing, ...] = ()
    links: tuple[Link, ...] = ()
    questions: dict[Slug, Questions]

    @property
    def gives_times(self) -> bool:
        """Whether it states any time."""
        return bool(self.estimates or self.times or any(stage.duration for stage in self.stages))


class Recommendation(Model):
    """A roadmap lists a resource in a section, for a purpose; `url` where its address differs."""

    roadmap: Slug
    section: Slug
    purpose: Text
    url: Url | None = None


class Status(Model):
    """What became of the recommended address."""

    state: Literal["live", "moved", "dead"] = "live"
    note: Text | None = None
    url: Url | None = None


class Reference(Model):
    """Where a statement that no founding roadmap makes was learned."""

    url: Url
    what: Text


class Format(StrEnum):
    """What kind of thing a resource is."""

    COURSE = "course"
    BOOK = "book"
    DOCUMENTATION = "documentation"
    TOOL = "tool"
    LIBRARY = "library"
    LANGUAGE = "language"
    ARTICLE = "article"
    PAPER = "paper"
    REPOSITORY = "repository"
    DATASET = "dataset"
    COMMUNITY = "community"
    CONFERENCE = "conference"
    CERTIFICATE = "certificate"
    PLATFORM = "platform"
    PODCAST = "podcast"
    VIDEO = "video"


class Resource(Model):
    """Front matter of `corpus/resources/<id>.md`."""

    id: Slug
    title: Text
    url: Url
    provider: Text
    format: Format
    authors: tuple[Text, ...] = ()
    level: Literal["beginner", "intermediate", "advanced", "any"] | None = None
    cost: Text | None = None
    length: Text | None = None
    duration: Duration | None = None
    aliases: tuple[Text, ...] = ()
    topics: tuple[Slug, ...] = Field(min_length=1)
    prerequisites: tuple[Slug, ...] = ()
    recommended_by: tuple[Recommendation, ...] = Field(min_length=1)
    status: Status = Status()
    references: tuple[Reference, ...] = ()
    questions: Questions = Field(min_length=1)

    @property
    def names(self) -> tuple[str, ...]:
        """Every name, as people type it."""
        return (self.title, *self.aliases, self.id.replace("-", " "))


class Prerequisite(Model):
    """`topic` comes first, as `roadmap` states in `section`."""

    topic: Slug
    roadmap: Slug
    section: Slug


class Topic(Model):
    """One subject of the controlled vocabulary; `aliases` as people type them."""

    id: Slug
    name: Text
    aliases: tuple[Text, ...] = ()
    parents: tuple[Slug, ...] = ()
    prerequisites: tuple[Prerequisite, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every name, as people type it."""
        return (self.name, *self.aliases, self.id.replace("-", " "))


class Structure(Model):
    """What the library states as data, beside its texts; all maps are by id."""

    roadmaps: dict[Slug, Roadmap] = {}
    resources: dict[Slug, Resource] = {}
    topics: dict[Slug, Topic] = {}

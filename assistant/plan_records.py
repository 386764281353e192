"""The nouns of a study plan: what is wished, and a plan of which every statement is cited."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from assistant.records import Citation
from ingest.corpus_models import Profile

NO_TIME = "no source gives a time"
MIN_HOURS, MAX_HOURS, DEFAULT_HOURS = 1, 80, 10


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What a learner wishes: `hours_per_week` is 1 to 80; `known` are topic ids; no `roadmap` merges all."""

    background: Profile = Profile.BEGINNER
    hours_per_week: int = DEFAULT_HOURS
    start: date | None = None
    target: date | None = None
    known: tuple[str, ...] = ()
    roadmap: str | None = None


@dataclass(frozen=True, slots=True)
class Cited:
    """A statement and the numbers of the citations that prove it; none for a statement about the plan itself."""

    text: str
    citations: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Weeks:
    """A cited range of calendar weeks; `text` has the source's figures with their terms."""

    minimum: float
    maximum: float
    text: str
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PlanResource:
    """A resource of a stage, and who recommends it."""

    resource_id: str
    title: str
    url: str
    recommended_by: tuple[Cited, ...]


@dataclass(frozen=True, slots=True)
class PlanStage:
    """One step. `weeks` is None when no source gives a time; the dates count the longest cited time."""

    number: int
    name: str
    topics: tuple[str, ...]
    status: Literal["to do", "already known"]
    what: tuple[Cited, ...]
    after: tuple[Cited, ...]
    weeks: Weeks | None
    other_times: tuple[Cited, ...]
    resources: tuple[PlanResource, ...]
    hint: str | None = None
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True)
class OwnEstimate:
    """A roadmap's own estimate of its whole length for one kind of reader, in its unit and in weeks."""

    roadmap: str
    audience: str
    text: str
    minimum_weeks: float
    maximum_weeks: float
    pace: str
    citation: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole plan; `total` sums the cited weeks of the stages to do, None when there is none."""

    title: str
    request: PlanRequest
    stages: tuple[PlanStage, ...]
    total: Weeks | None
    untimed: int
    estimates: tuple[OwnEstimate, ...]
    comparison: tuple[Cited, ...]
    target: Cited | None
    notes: tuple[Cited, ...]
    citations: tuple[Citation, ...]


def with_start(request: PlanRequest, needs_dates: bool, today: date) -> PlanRequest:
    """Start `today` when there is no start although a target date or a calendar needs one."""
    if request.start is None and (needs_dates or request.target is not None):
        return replace(request, start=today)
    return request

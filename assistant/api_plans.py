"""The routes that compare roadmaps and make study plans."""

from dataclasses import asdict
from datetime import date
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from assistant.api_models import CitationModel
from assistant.compare import compare
from assistant.plan import PlanError, plan
from assistant.plan_formats import MEDIA_TYPES, PlanFormat, PlanFormatError, written
from assistant.plan_records import DEFAULT_HOURS, MAX_HOURS, MIN_HOURS, PlanRequest, with_start
from assistant.problems import QuestionError
from assistant.topics import UnknownNameError, find_topic
from assistant.wiring import Service
from ingest.corpus_models import Profile

MAX_NAME_CHARS = 200


class CompareBody(BaseModel):
    """`POST /v1/compare`."""

    model_config = ConfigDict(extra="forbid")

    topic: str = Field(min_length=1, max_length=MAX_NAME_CHARS, description="a topic by any of its names")
    sources: list[str] | None = Field(None, max_length=50, description="these roadmaps alone")


class PlanBody(BaseModel):
    """`POST /v1/plan`; every field may be left out."""

    model_config = ConfigDict(extra="forbid")

    background: Profile = Profile.BEGINNER
    hours_per_week: int = Field(DEFAULT_HOURS, ge=MIN_HOURS, le=MAX_HOURS)
    start: date | None = None
    target: date | None = None
    known: list[str] = Field(default_factory=list, max_length=200, description="topics by any of their names")
    roadmap: str | None = Field(None, max_length=MAX_NAME_CHARS, description="follow this one alone; none merges all")
    format: PlanFormat = PlanFormat.JSON


class HoldingModel(BaseModel):
    """What a roadmap holds, on the topic itself or on one near it."""

    verdict: str
    note: str
    on: str
    is_direct: bool
    citation: int


class PlaceModel(BaseModel):
    """Where a roadmap's order has the topic."""

    stage: str
    number: int
    count: int
    necessity: str
    duration: str | None
    on: str
    citation: int
    duration_citation: int | None


class RecommendedModel(BaseModel):
    """A resource that a roadmap recommends."""

    resource_id: str
    title: str
    url: str
    purpose: str
    citation: int


class ViewModel(BaseModel):
    """One roadmap's part."""

    roadmap: str
    title: str
    author: str
    verdict: str
    holdings: list[HoldingModel]
    places: list[PlaceModel]
    resources: list[RecommendedModel]


class TallyModel(BaseModel):
    """How many roadmaps hold one verdict."""

    verdict: str
    count: int
    roadmaps: list[str]


class ComparisonModel(BaseModel):
    """All roadmaps on one topic."""

    topic: str
    name: str
    views: list[ViewModel]
    tallies: list[TallyModel]
    agreement: str
    citations: list[CitationModel]


PLAN_CONTENT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "the plan in the wished format; JSON has every statement with its citation numbers",
        "content": {media_type.split(";")[0]: {} for media_type in MEDIA_TYPES.values()},
    }
}


def add_plan_routes(app: FastAPI, service: Service) -> None:
    """Add `POST /v1/compare` and `POST /v1/plan`; what cannot be done is a problem that says why."""

    @app.post("/v1/compare", response_model=ComparisonModel, tags=["plans"], summary="Compare the roadmaps on a topic")
    def compare_route(body: CompareBody) -> Any:
        index = service.chain.index
        try:
            return asdict(compare(find_topic(body.topic, index.structure).id, index, body.sources))
        except UnknownNameError as error:
            raise QuestionError(str(error)) from error

    @app.post("/v1/plan", responses=PLAN_CONTENT, response_class=Response, tags=["plans"], summary="Make a study plan")
    def plan_route(body: PlanBody) -> Response:
        try:
            content = _planned(body, service)
        except (UnknownNameError, PlanError, PlanFormatError) as error:
            raise QuestionError(str(error)) from error
        return Response(content, media_type=MEDIA_TYPES[body.format])


def _planned(body: PlanBody, service: Service) -> bytes:
    index = service.chain.index
    known = tuple(find_topic(name, index.structure).id for name in body.known)
    request = PlanRequest(body.background, body.hours_per_week, body.start, body.target, known, body.roadmap)
    request = with_start(request, needs_dates=body.format is PlanFormat.ICS, today=date.today())
    return written(plan(request, index), body.format)

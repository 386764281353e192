"""The routes that compare roadmaps and make study plans."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

from fastapi import FastAPI, Request
from pydantic import BaseModel, BeforeValidator, Field
from starlette.responses import Response

from assistant import problems
from assistant.api_models import MAX_NAME_CHARS, ApiModel, CitationModel, Name
from assistant.compare import compare
from assistant.plan import PlanError, plan
from assistant.plan_formats import MEDIA_TYPES, PlanFormat, PlanFormatError, written
from assistant.plan_records import DEFAULT_HOURS, MAX_HOURS, MIN_HOURS, PlanRequest, with_start
from assistant.problems import QuestionError
from assistant.stop import Stop
from assistant.topics import UnknownNameError, find_topic, find_topics
from assistant.wiring import Service
from ingest.corpus_models import Profile

MAX_KNOWN = 200
MAX_ROADMAPS = 50


def _written_date(value: Any) -> Any:
    if value is not None and not isinstance(value, str):  # pydantic would read a number as seconds since 1970
        raise ValueError("must be a date such as 2027-01-31")
    return value


Date = Annotated[date, BeforeValidator(_written_date)]


class CompareBody(ApiModel):
    """`POST /v1/compare`."""

    topic: str = Field(min_length=1, max_length=MAX_NAME_CHARS, description="a topic by any of its names")
    sources: list[Name] | None = Field(None, max_length=MAX_ROADMAPS, description="these roadmaps alone")


class PlanBody(ApiModel):
    """`POST /v1/plan`; every field may be left out."""

    background: Profile = Profile.BEGINNER
    hours_per_week: int = Field(DEFAULT_HOURS, ge=MIN_HOURS, le=MAX_HOURS, strict=True)
    start: Date | None = None
    target: Date | None = None
    known: list[Name] = Field(default_factory=list, max_length=MAX_KNOWN, description="topics by any of their names")
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

    @app.post(
        "/v1/compare",
        response_model=ComparisonModel,
        responses=problems.responses(415),
        tags=["plans"],
        summary="Compare the roadmaps on a topic",
    )
    async def compare_route(body: CompareBody, request: Request) -> Any:
        return await service.workers.run(request.state.stop, _compared, body, service)

    @app.post(
        "/v1/plan",
        responses={**PLAN_CONTENT, **problems.responses(415)},
        response_class=Response,
        tags=["plans"],
        summary="Make a study plan",
    )
    async def plan_route(body: PlanBody, request: Request) -> Response:
        stop: Stop = request.state.stop
        return Response(
            await service.workers.run(stop, _planned, body, service, stop), media_type=MEDIA_TYPES[body.format]
        )


def _compared(body: CompareBody, service: Service) -> dict[str, Any]:
    index = service.chain.index
    try:
        return asdict(compare(find_topic(body.topic, index.structure).id, index, body.sources))
    except UnknownNameError as error:
        raise QuestionError(str(error)) from error


def _planned(body: PlanBody, service: Service, stop: Stop) -> bytes:
    index = service.chain.index
    try:
        known = tuple(topic.id for topic in find_topics(body.known, index.structure))
        request = PlanRequest(body.background, body.hours_per_week, body.start, body.target, known, body.roadmap)
        request = with_start(request, needs_dates=body.format is PlanFormat.ICS, today=date.today())
        made = plan(request, index)
        stop.check()
        return written(made, body.format)
    except (UnknownNameError, PlanError, PlanFormatError) as error:
        raise QuestionError(str(error)) from error

"""The answer API: FastAPI routes over the one service. Knows no user interface."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import FastAPI, Query
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from assistant import problems
from assistant.api_docs import add_docs
from assistant.api_models import (
    AnswerModel,
    AnswerRequest,
    ReadyModel,
    SearchModel,
    SourceModel,
    SourceSummary,
)
from assistant.api_plans import add_plan_routes
from assistant.chain import Cited, Event, Token
from assistant.guard import install_guard
from assistant.problems import QuestionError
from assistant.records import Question, Turn
from assistant.wiring import Service
from ingest.errors import RoadmapError
from ingest.index import Scope
from ingest.text import one_line

DESCRIPTION = """Questions about becoming a machine-learning engineer, answered from a curated library.

Every sentence of an answer carries a numbered citation. Check any of them yourself: the `quote` is
`text[start:end]` of `GET /v1/sources/{source_id}`, to the character (offsets count Unicode code points)."""

PROBLEMS: dict[int | str, dict[str, Any]] = {
    422: {"description": "the request cannot be answered as it is", "content": {problems.MEDIA_TYPE: {}}},
    503: {"description": "not ready, or too busy: see Retry-After", "content": {problems.MEDIA_TYPE: {}}},
}


def create_api(service: Service) -> FastAPI:
    """Return the API over `service`; opening the index and the model happens at start-up."""
    app = FastAPI(
        title="Roadmap Assistant",
        version="1",
        description=DESCRIPTION,
        lifespan=_lifespan(service),
        responses=PROBLEMS,
        docs_url=None,
        redoc_url=None,
    )
    add_docs(app)
    problems.install(app)
    install_guard(app, service.settings)
    _add_answer_route(app, service)
    _add_library_routes(app, service)
    add_plan_routes(app, service)
    _add_health_routes(app, service)
    return app


def read_question(request: AnswerRequest, service: Service) -> Question:
    """Return the question of a request. Raises QuestionError when it is blank, too long or of unknown sources."""
    limit = service.settings.max_question_chars
    if len(request.question) > limit:
        raise QuestionError(f"the question has {len(request.question)} characters: ask in at most {limit}", 413)
    if not one_line(request.question):
        raise QuestionError("the question is empty: ask something about learning machine learning")
    known = service.chain.index.sources
    for source_id in request.sources or ():
        if source_id not in known:
            raise QuestionError(f"unknown source {source_id[:80]!r}: see GET /v1/sources for the ids")
    return Question(
        text=request.question,
        history=tuple(Turn(turn.role, turn.content) for turn in request.history),
        scope=Scope(
            tuple(request.sources) if request.sources is not None else None,
            tuple(request.kinds) if request.kinds is not None else None,
        ),
        mode=request.mode,
    )


def _add_answer_route(app: FastAPI, service: Service) -> None:
    @app.post("/v1/answer", response_model=AnswerModel, tags=["answers"], summary="Answer a question")
    async def answer(request: AnswerRequest) -> Any:
        question = await run_in_threadpool(read_question, request, service)
        if request.stream:
            return StreamingResponse(server_sent(service, question), media_type="text/event-stream")
        timeout = service.settings.request_timeout_seconds
        try:
            async with asyncio.timeout(timeout):
                return asdict(await run_in_threadpool(service.chain.invoke, question))
        except TimeoutError as error:
            raise QuestionError(f"no answer within {timeout:g} seconds: ask a shorter question", 504) from error


async def server_sent(service: Service, question: Question) -> AsyncIterator[str]:
    """Yield an answer as server-sent events; an error becomes an `error` event, since the status is sent."""
    try:
        async for event in service.chain.aevents(question):
            yield _event(event)
    except RoadmapError as error:
        yield _sse("error", {"detail": problems.public_message(error)})
    except Exception as error:  # noqa: BLE001 - the stream's last word, logged
        problems.log.error("unexpected error in a stream", exc_info=error)
        yield _sse("error", {"detail": "something went wrong here; it was logged"})


def _event(event: Event) -> str:
    if isinstance(event, Token):
        return _sse("token", {"text": event.text})
    if isinstance(event, Cited):
        return _sse("citation", asdict(event.citation))
    return _sse("done", asdict(event.answer))


def _sse(name: str, data: dict[str, Any]) -> str:
    # JSON with escapes: a line separator inside a text can then never end an event early.
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"


def _add_library_routes(app: FastAPI, service: Service) -> None:
    @app.get("/v1/sources", response_model=list[SourceSummary], tags=["library"], summary="List the library")
    def sources() -> Any:
        return [asdict(source) for source in service.chain.index.sources.values()]

    @app.get("/v1/sources/{source_id}", response_model=SourceModel, tags=["library"], summary="Read one source")
    def source(source_id: str) -> Any:
        found = service.chain.index.sources.get(source_id)
        if found is None:
            raise QuestionError(f"unknown source {source_id[:80]!r}: see GET /v1/sources for the ids", 404)
        return asdict(found)

    @app.get("/v1/search", response_model=SearchModel, tags=["library"], summary="Search passages")
    def search(
        q: Annotated[str, Query(description="what to look for")],
        k: Annotated[int, Query(ge=1, le=50, description="number of passages")] = 10,
        sources: Annotated[list[str] | None, Query()] = None,
        kinds: Annotated[list[str] | None, Query()] = None,
    ) -> Any:
        request = AnswerRequest(question=q, sources=sources)
        question = read_question(request, service)
        scope = Scope(question.scope.sources, tuple(kinds) if kinds else None)
        return service.search(Question(question.text, scope=scope), k)


def _add_health_routes(app: FastAPI, service: Service) -> None:
    @app.get("/healthz", tags=["health"], summary="Alive")
    async def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/readyz", response_model=ReadyModel, tags=["health"], summary="Index opened, model loaded")
    def readyz(response: Response) -> Any:
        response.headers["Cache-Control"] = "no-store"
        manifest = service.ready().manifest
        return ReadyModel(
            status="ready",
            sources=manifest.source_count,
            passages=manifest.passage_count,
            entries=manifest.entry_count,
            model=manifest.model_name,
        )


def _lifespan(service: Service) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        try:
            await run_in_threadpool(service.warm_up)
        except RoadmapError as error:  # the server starts all the same; /readyz says why it is not ready
            problems.log.error("not ready: %s", error)
        yield

    return lifespan

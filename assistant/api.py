"""The answer API: FastAPI routes over the one service. Knows no user interface."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import asdict
from functools import partial
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from assistant import problems
from assistant.api_docs import add_docs
from assistant.api_models import (
    MAX_SOURCES,
    AnswerModel,
    AnswerRequest,
    KindName,
    ReadyModel,
    SearchModel,
    SourceId,
    SourceModel,
    SourceSummary,
)
from assistant.api_plans import add_plan_routes
from assistant.chain import AnswerChain, Cited, Event, Forgotten, Token, answer_of
from assistant.guard import install_guard
from assistant.problems import QuestionError
from assistant.records import Question, Turn
from assistant.stop import Stop
from assistant.strict import StrictRoute
from assistant.wiring import Service
from ingest.errors import RoadmapError
from ingest.index import Scope
from ingest.text import one_line

DESCRIPTION = """Questions about becoming a machine-learning engineer, answered from a curated library.

Every sentence of an answer carries a numbered citation. Check any of them yourself: the `quote` is
`text[start:end]` of `GET /v1/sources/{source_id}`, to the character (offsets count Unicode code points)."""

STREAMED = {
    "description": "the answer; with `stream`, as server-sent events: token, citation, done, error, and forgotten, which "
    "takes back all tokens and citations before it: a chat model's reasoning",
    "content": {"text/event-stream": {}},
}
EVERYWHERE = (400, 405, 408, 413, 422, 429, 431, 500, 503, 504)  # the guards' statuses, and those of any work


class Api(FastAPI):
    """FastAPI, with problems in its description."""

    def openapi(self) -> dict[str, Any]:
        """Return the description, made once."""
        description = super().openapi()
        description["components"]["schemas"]["Problem"] = problems.SCHEMA
        return description


def create_api(service: Service) -> FastAPI:
    """Return the API over `service`; opening the index and the model happens at start-up."""
    app = Api(
        title="Roadmap Assistant",
        version="1",
        description=DESCRIPTION,
        lifespan=_lifespan(service),
        responses=problems.responses(*EVERYWHERE),
        docs_url=None,
        redoc_url=None,
    )
    app.state.service = service
    app.router.route_class = StrictRoute
    problems.install(app)
    install_guard(app, service.settings)
    add_docs(app)
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
    @app.post(
        "/v1/answer",
        response_model=AnswerModel,
        responses={**problems.responses(415), 200: STREAMED},
        tags=["answers"],
        summary="Answer a question",
    )
    async def answer(body: AnswerRequest, request: Request) -> Any:
        stop: Stop = request.state.stop
        question = await service.workers.run(stop, read_question, body, service)
        if body.stream:
            return StreamingResponse(server_sent(service, question, stop), media_type="text/event-stream")
        return asdict(answer_of([event async for event in events_of(service, question, stop)]))


async def events_of(service: Service, question: Question, stop: Stop) -> AsyncIterator[Event]:
    """Yield an answer's events. Raises LateError when `stop` is set between two steps."""
    chain: AnswerChain = await service.workers.run(stop, lambda: service.chain)
    run, wait = partial(service.workers.run, stop), partial(service.writers.run, stop)
    async for event in chain.aevents(question, stop, run, wait):
        yield event


async def server_sent(service: Service, question: Question, stop: Stop) -> AsyncIterator[str]:
    """Yield an answer as server-sent events; an error becomes an `error` event, since the status is sent."""
    try:
        async for event in events_of(service, question, stop):
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
    if isinstance(event, Forgotten):
        return _sse("forgotten", {})
    return _sse("done", asdict(event.answer))


def _sse(name: str, data: dict[str, Any]) -> str:
    # JSON with escapes: a line separator inside a text can then never end an event early.
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"


def _add_library_routes(app: FastAPI, service: Service) -> None:
    @app.get("/v1/sources", response_model=list[SourceSummary], tags=["library"], summary="List the library")
    async def sources(request: Request) -> Any:
        def listed() -> list[dict[str, Any]]:
            known = service.chain.index.sources.values()
            return [{name: getattr(source, name) for name in SourceSummary.model_fields} for source in known]

        return await service.workers.run(request.state.stop, listed)

    @app.get(
        "/v1/sources/{source_id}",
        response_model=SourceModel,
        responses=problems.responses(404),
        tags=["library"],
        summary="Read one source",
    )
    async def source(source_id: str, request: Request) -> Any:
        def read() -> dict[str, Any]:
            found = service.chain.index.sources.get(source_id)
            if found is None:
                raise QuestionError(f"unknown source {source_id[:80]!r}: see GET /v1/sources for the ids", 404)
            return asdict(found)

        return await service.workers.run(request.state.stop, read)

    @app.get("/v1/search", response_model=SearchModel, tags=["library"], summary="Search passages")
    async def search(
        request: Request,
        q: Annotated[str, Query(description="what to look for")],
        k: Annotated[int, Query(ge=1, le=50, description="number of passages")] = 10,
        sources: Annotated[list[SourceId] | None, Query(max_length=MAX_SOURCES)] = None,
        kinds: Annotated[list[KindName] | None, Query(max_length=3)] = None,
    ) -> Any:
        stop: Stop = request.state.stop

        def found() -> dict[str, Any]:
            question = read_question(AnswerRequest(question=q, sources=sources, kinds=kinds), service)
            return service.search(question, k, stop)

        return await service.workers.run(stop, found)


def _add_health_routes(app: FastAPI, service: Service) -> None:
    @app.get("/healthz", tags=["health"], summary="Alive")
    async def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/readyz", response_model=ReadyModel, tags=["health"], summary="Index opened, model loaded")
    async def readyz(request: Request, response: Response) -> Any:
        response.headers["Cache-Control"] = "no-store"
        index = await service.workers.run(request.state.stop, service.ready)
        manifest = index.manifest
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
        service.close()

    return lifespan

"""Errors as RFC 9457 problem details, without paths or traces."""

import json
import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.responses import Response

from assistant.stop import LateError
from ingest.errors import IndexStateError, ModelError
from ingest.errors import RoadmapError as RoadmapError

MEDIA_TYPE = "application/problem+json"
# Of the problems that a route can answer with.
MEANINGS = {
    400: "the request cannot be read, or names another host",
    404: "there is nothing of this name",
    405: "the route has other methods: see Allow",
    408: "the request was not whole in time",
    413: "the body or the question is too large",
    415: "the body is not JSON",
    422: "the request cannot be answered as it is",
    429: "too many requests: see Retry-After",
    431: "the headers or the address are too large",
    500: "something went wrong here",
    503: "not ready, or too busy: see Retry-After",
    504: "no answer in time",
}
SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "description": "Problem details of RFC 9457.",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "the cause and the remedy"},
        "errors": {
            "type": "array",
            "description": "each fault of a request, with its place",
            "items": {
                "type": "object",
                "required": ["where", "message"],
                "properties": {"where": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}
log = logging.getLogger("roadmap")


class QuestionError(RoadmapError):
    """The question itself cannot be answered: empty, too long, or about unknown sources."""

    def __init__(self, detail: str, status: int = 422) -> None:
        self.status = status
        super().__init__(detail)


def problem(status: int, detail: str, headers: dict[str, str] | None = None, **more: Any) -> Response:
    """Return a problem-details response."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more}
    # JSON with escapes: half a surrogate pair in what was asked can then not make the answer fail.
    return Response(json.dumps(body), status, headers, MEDIA_TYPE)


def public_message(error: Exception) -> str:
    """What a stranger may read of an error: states of this machine are named, its paths are not."""
    if isinstance(error, QuestionError | LateError):
        return str(error)
    if isinstance(error, IndexStateError):
        return "the library's index is not available: the operator should run 'roadmap ingest' and 'roadmap doctor'"
    if isinstance(error, ModelError):
        return "a model that search needs is not available: the operator should run 'roadmap doctor'"
    return "the service cannot answer now: the operator should run 'roadmap doctor'"


def status_of(error: Exception) -> int:
    """The HTTP status of an error."""
    if isinstance(error, LateError):
        return HTTPStatus.GATEWAY_TIMEOUT
    return error.status if isinstance(error, QuestionError) else HTTPStatus.SERVICE_UNAVAILABLE


def install(app: FastAPI) -> None:
    """Make the errors of `app` that are known problems; `guard.Problems` does it for all others."""

    @app.exception_handler(RoadmapError)
    async def _(_request: Request, error: RoadmapError) -> Response:
        if not isinstance(error, QuestionError | LateError):
            log.error("%s", error)
        return problem(status_of(error), public_message(error))

    @app.exception_handler(RequestValidationError)
    async def _(_request: Request, error: RequestValidationError) -> Response:
        errors = [{"where": ".".join(str(p) for p in e["loc"]), "message": e["msg"]} for e in error.errors()[:20]]
        first = errors[0] if errors else {"where": "body", "message": "is not valid"}
        return problem(422, f"{first['where']}: {first['message']}", errors=errors)

    @app.exception_handler(StarletteHTTPException)
    async def _(_request: Request, error: HTTPException) -> Response:
        return problem(error.status_code, str(error.detail), dict(error.headers or {}))


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe problems for OpenAPI; their schema is the component `Problem`."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": MEANINGS[status], "content": content} for status in statuses}

"""Errors as RFC 9457 problem details, without paths or traces."""

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.responses import JSONResponse

from ingest.errors import IndexStateError, ModelError, RoadmapError

MEDIA_TYPE = "application/problem+json"
log = logging.getLogger("roadmap")


class QuestionError(RoadmapError):
    """The question itself cannot be answered: empty, too long, or about unknown sources."""

    def __init__(self, detail: str, status: int = 422) -> None:
        self.status = status
        super().__init__(detail)


def problem(status: int, detail: str, headers: dict[str, str] | None = None, **more: Any) -> JSONResponse:
    """Return a problem-details response."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more}
    return JSONResponse(body, status, headers, MEDIA_TYPE)


def public_message(error: Exception) -> str:
    """What a stranger may read of an error: states of this machine are named, its paths are not."""
    if isinstance(error, QuestionError):
        return str(error)
    if isinstance(error, IndexStateError):
        return "the library's index is not available: the operator should run 'roadmap ingest' and 'roadmap doctor'"
    if isinstance(error, ModelError):
        return "a model that search needs is not available: the operator should run 'roadmap doctor'"
    return "the service cannot answer now: the operator should run 'roadmap doctor'"


def status_of(error: Exception) -> int:
    """The HTTP status of an error."""
    return error.status if isinstance(error, QuestionError) else HTTPStatus.SERVICE_UNAVAILABLE


def install(app: FastAPI) -> None:
    """Make every error of `app` a problem."""

    @app.exception_handler(RoadmapError)
    async def _(_request: Request, error: RoadmapError) -> JSONResponse:
        if not isinstance(error, QuestionError):
            log.error("%s", error)
        return problem(status_of(error), public_message(error))

    @app.exception_handler(RequestValidationError)
    async def _(_request: Request, error: RequestValidationError) -> JSONResponse:
        errors = [{"where": ".".join(str(p) for p in e["loc"]), "message": e["msg"]} for e in error.errors()[:20]]
        first = errors[0] if errors else {"where": "body", "message": "is not valid"}
        return problem(422, f"{first['where']}: {first['message']}", errors=errors)

    @app.exception_handler(StarletteHTTPException)
    async def _(_request: Request, error: HTTPException) -> JSONResponse:
        return problem(error.status_code, str(error.detail), dict(error.headers or {}))

    @app.exception_handler(Exception)
    async def _(_request: Request, error: Exception) -> JSONResponse:
        log.error("unexpected error", exc_info=error)
        return problem(500, "something went wrong here; it was logged")

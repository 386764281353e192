"""Routes that refuse what FastAPI would pass over in silence: repeated or unknown parameters, bodies that are no JSON."""

from collections.abc import Callable, Coroutine
from email.message import Message
from typing import Any, get_args, get_origin

from fastapi import Request, Response
from fastapi.routing import APIRoute

from assistant.problems import QuestionError

UNKNOWN_ALLOWED = ("/healthz", "/readyz", "/sources/")  # probes and links of pages may carry marks of their own


class StrictRoute(APIRoute):
    """A route of the API."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Check before FastAPI reads."""
        handle = super().get_route_handler()
        lists = {p.alias: _is_list(p.field_info.annotation) for p in self.dependant.query_params}

        async def checked(request: Request) -> Response:
            _check_query(request, lists, not self.path.startswith(UNKNOWN_ALLOWED))
            if self.body_field is not None:
                await _check_media_type(request)
            return await handle(request)

        return checked


def _check_query(request: Request, lists: dict[str, bool], refuses_unknown: bool) -> None:
    for name in request.query_params:
        if name not in lists:
            if refuses_unknown:
                known = f"use {', '.join(lists)}" if lists else "leave it out"
                raise QuestionError(f"unknown parameter {name[:80]!r}: {known}")
        elif not lists[name] and len(request.query_params.getlist(name)) > 1:
            raise QuestionError(f"the parameter {name!r} is given more than once: give it once")


async def _check_media_type(request: Request) -> None:
    if not await request.body():
        return  # FastAPI says that it is missing
    told = Message()
    told["content-type"] = request.headers.get("content-type", "")
    media_type = told.get_content_type()
    if not (
        media_type == "application/json" or (media_type.startswith("application/") and media_type.endswith("+json"))
    ):
        raise QuestionError("the body is not announced as JSON: send it with Content-Type: application/json", 415)


def _is_list(annotation: Any) -> bool:
    return get_origin(annotation) is list or any(_is_list(part) for part in get_args(annotation))

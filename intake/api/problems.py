"""Errors as RFC 9457 problem details (`application/problem+json`), without a patient's words in them."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.routing import Match

from intake.gate.inbound import GateError

logger = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
BROKEN = "Something broke on our side. Please try again, or call the clinic."


class Problem(BaseModel):
    """RFC 9457. `messages` may hold an emergency message that must be shown all the same."""

    model_config = ConfigDict(extra="allow")
    type: str = "about:blank"
    title: str = Field(examples=["Conflict"])
    status: int = Field(examples=[409])
    detail: str = Field(examples=["This intake is finished."])
    messages: list[dict[str, Any]] | None = None


def problem(status: int, detail: str, headers: dict[str, str] | None = None, **more: Any) -> JSONResponse:
    """A problem response."""
    try:
        title = HTTPStatus(status).phrase
    except ValueError:
        title = "Error"
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return JSONResponse(body, status, headers, media_type=MEDIA_TYPE)


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problem responses of an operation, for its OpenAPI description."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": Problem.model_json_schema()}},
        }
        for status in statuses
    }


def _methods(app: FastAPI, request: Request) -> list[str]:
    """The methods that the path of this request takes."""
    verbs = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
    return [verb for verb in verbs if any(route.matches({**request.scope, "method": verb})[0] is Match.FULL for route in app.routes)]


def install(app: FastAPI) -> None:
    """Make every error of the app a problem."""

    @app.exception_handler(GateError)
    async def gate_error(request: Request, failure: Exception) -> JSONResponse:
        assert isinstance(failure, GateError)
        if failure.messages:
            return problem(failure.status, failure.detail, messages=list(failure.messages))
        return problem(failure.status, failure.detail)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, failure: Exception) -> JSONResponse:
        assert isinstance(failure, RequestValidationError)
        places = [
            {"where": ".".join(str(part) for part in error["loc"]), "what": error["msg"]} for error in failure.errors()
        ]
        unreadable = any(error["type"] == "json_invalid" for error in failure.errors())
        detail = "The body is not JSON." if unreadable else "The request does not fit. See `errors`."
        return problem(400 if unreadable else 422, detail, errors=places)

    @app.exception_handler(HTTPException)
    async def http(request: Request, failure: Exception) -> JSONResponse:
        assert isinstance(failure, HTTPException)
        headers = dict(failure.headers or {})
        if failure.status_code == 405:  # the router names the methods of the first route only that has this path
            headers["Allow"] = ", ".join(_methods(app, request))
        return problem(failure.status_code, str(failure.detail), headers)

    @app.exception_handler(Exception)
    async def broken(request: Request, failure: Exception) -> JSONResponse:
        logger.error("a request failed: %s", type(failure).__name__)
        return problem(500, BROKEN)

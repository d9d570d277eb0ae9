"""The OpenAPI description, completed: what every operation answers when a request is refused before the operation is reached.

Operations name their own refusals (`problems.responses`); what comes from the parts around them is added here once: a body that
is not JSON (400) or too large (413), a request that does not fit (422, as a problem, not as FastAPI's own shape), and the
handoff's JSON Schema, which lives in `clinic/handoff.schema.json` and is served from there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

from clinic.handoff import SCHEMA_FILE
from intake.api.problems import MEDIA_TYPE, Problem, responses

PROBLEM = {"$ref": "#/components/schemas/Problem"}
HANDOFF = {"$ref": "#/components/schemas/Handoff"}


def describes_handoff() -> dict[int | str, dict[str, Any]]:
    """The answer of an operation that gives a handoff out."""
    return {200: {"description": "The handoff", "content": {"application/json": {"schema": HANDOFF}}}}


def other_content(media_type: str, description: str, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """The answer of an operation that is not JSON of this API's own shapes."""
    kind = {"type": "object"} if media_type.endswith("json") else {"type": "string"}
    return {status: {"description": description, "content": {media_type: {"schema": kind}}}}


def install(app: FastAPI) -> None:
    """Let the app give out the completed description."""
    plain = app.openapi

    def completed() -> dict[str, Any]:
        if app.openapi_schema is None:
            found = plain()
            _complete(found)
            app.openapi_schema = found
        return app.openapi_schema

    app.openapi = completed  # type: ignore[method-assign]


def _complete(description: dict[str, Any]) -> None:
    schemas = description.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas["Problem"] = Problem.model_json_schema()
    schemas["Handoff"] = handoff_schema("#/components/schemas/Handoff")
    for operation in _operations(description):
        answers: dict[str, Any] = operation["responses"]
        if "requestBody" in operation:
            for status, answer in responses(400, 413, 422).items():
                answers.setdefault(str(status), answer)
        for status, answer in answers.items():
            content = answer.get("content", {})
            if status == "422":  # FastAPI describes its own shape; ours is a problem
                answer["content"] = {MEDIA_TYPE: {"schema": PROBLEM}}
            elif MEDIA_TYPE in content:
                content[MEDIA_TYPE]["schema"] = PROBLEM
                if not status.startswith("2"):
                    answer["content"] = {kind: body for kind, body in content.items() if kind == MEDIA_TYPE or kind == "text/html"}
        operation["responses"] = dict(sorted(answers.items()))


def _operations(description: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for operations in description["paths"].values():
        yield from operations.values()


def handoff_schema(place: str = "#") -> dict[str, Any]:
    """The JSON Schema of a handoff, standing at `place` of a larger document."""
    text = SCHEMA_FILE.read_text(encoding="utf-8").replace('"#/$defs/', f'"{place}/$defs/')
    schema: dict[str, Any] = json.loads(text)
    if place != "#":
        schema.pop("$id", None)  # inside another document an id of its own would move where its references lead
        schema.pop("$schema", None)
    return schema

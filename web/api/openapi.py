"""The OpenAPI 3.1 description, made from the table of routes and the shapes below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from bridge.domain.errand import ErrandId, Step
from bridge.domain.failure import Reason
from bridge.domain.names import ResetId
from bridge.domain.outcome import Reach
from bridge.domain.reset import Cleanup, Delivery, State, View
from web.api.call import Route
from web.api.fields import MOST_KEY

TEXT: Final = {"type": "string"}
TEXT_OR_NULL: Final = {"type": ["string", "null"]}
NUMBER: Final = {"type": "integer"}
BOOLEAN: Final = {"type": "boolean"}
NUMBER_OR_NULL: Final = {"type": ["integer", "null"]}
TIME: Final = {"type": "string", "format": "date-time"}
TIME_OR_NULL: Final = {"type": ["string", "null"], "format": "date-time"}
DETAIL: Final = {"type": "object", "additionalProperties": {"type": ["string", "integer", "boolean", "null"]}}
CURSOR: Final = TEXT_OR_NULL | {"description": "what to pass as `cursor` for the next page; null on the last"}


def thing(**properties: Any) -> dict[str, Any]:
    """An object with exactly these properties, all of them always there."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def many(items: dict[str, Any]) -> dict[str, Any]:
    """A list of them."""
    return {"type": "array", "items": items}


def _reset() -> dict[str, Any]:
    states = [state.value for state in State]
    return {
        "id": TEXT | {"pattern": f"^{ResetId.pattern.pattern}$"},
        "system": TEXT,
        "userid": TEXT,
        "person": TEXT_OR_NULL,
        "state": TEXT | {"enum": states},
        "delivery": TEXT
        | {
            "enum": [each.value for each in Delivery],
            "description": "armed: published while no password exists; it goes through queued and changing again when "
            "the user has passed the factor",
        },
        "view": TEXT
        | {
            "enum": [each.value for each in View],
            "description": "keepass: the page hands over a KeePass file, and what opens that goes another way",
        },
        "reason": TEXT,
        "ticket": TEXT_OR_NULL,
        "requested_by": TEXT,
        "requested_at": TIME,
        "since": TIME | {"description": "when the present state began"},
        "expires_at": TIME_OR_NULL
        | {"description": "published: the link's end; revealed: when it must have been used"},
        "release_code_expires_at": TIME_OR_NULL
        | {"description": "published: until when the release code works; null where there is none, or it is used up"},
        "approved_by": many(TEXT),
        "note": TEXT_OR_NULL,
        "cleanup": TEXT | {"enum": [state.value for state in Cleanup]},
        "failure": {
            "oneOf": [
                {"type": "null"},
                thing(code=TEXT | {"enum": [reason.value for reason in Reason]}, message=TEXT),
            ]
        },
        "events": many(
            thing(at=TIME, kind=TEXT, state={"oneOf": [{"type": "null"}, {"enum": states}]}, by=TEXT, detail=DETAIL)
        ),
    }


def shapes() -> dict[str, Any]:
    """Every shape that an answer has."""
    reset = {"$ref": "#/components/schemas/Reset"}
    return {
        "Reset": thing(**_reset()),
        "Asked": thing(
            **_reset(), release_code=TEXT_OR_NULL | {"description": "eight digits, or six words; never shown again"},
            release_code_ttl=NUMBER_OR_NULL
            | {"description": "for so many seconds the code works, from when the mail has left (state published)"},
            release_code_withheld=BOOLEAN
            | {"description": "there is none: the person has an app or a passkey (policies.NAME.release_code_for)"},
        ),
        "ResetPage": thing(resets=many(reset), cursor=CURSOR),
        "Unlock": thing(
            id=TEXT | {"pattern": f"^{ErrandId.pattern.pattern}$"}, system=TEXT, userid=TEXT,
            state=TEXT | {"enum": [step.value for step in Step]}, reason=TEXT, ticket=TEXT_OR_NULL,
            requested_by=TEXT, requested_at=TIME, since=TIME, failure=_reset()["failure"],
        ),
        "Systems": thing(
            systems=many(
                thing(
                    name=TEXT, title=TEXT, product=TEXT, policy=TEXT, delivery=TEXT, view=TEXT, factors=many(TEXT),
                    approvals=NUMBER, link_ttl=NUMBER, unused_ttl=NUMBER,
                    conditions=many(
                        thing(node=TEXT, reach=TEXT | {"enum": [r.value for r in Reach]}, since=TIME, heard=TIME)
                    ),
                    degraded=many(TEXT), waiting=NUMBER, working=NUMBER,
                )
            )
        ),
        "AuditPage": thing(
            records=many(
                thing(seq=NUMBER, at=TIME, kind=TEXT, by=TEXT, reset=TEXT_OR_NULL, detail=DETAIL, seal=TEXT)
            ),
            cursor=CURSOR,
        ),
        "Problem": {
            "type": "object",
            "description": "RFC 9457",
            "properties": {
                "type": TEXT,
                "title": TEXT,
                "status": NUMBER,
                "code": TEXT,
                "detail": TEXT,
                "field": TEXT | {"description": "which field, parameter or header is meant"},
                "expected": TEXT | {"description": "what is expected there"},
                "reference": TEXT | {"description": "the number under which our log has the rest"},
            },
            "required": ["type", "title", "status", "code"],
        },
    }  # fmt: skip


PROBLEMS: Final = {
    "400": "something in the request is not as expected; `field` and `expected` say what",
    "401": "no token, or one that is not valid here",
    "403": "the token's roles do not permit this",
    "404": "no such reset or unlock",
    "409": "the reset is not in a state that allows this, or somebody else changed it at the same moment",
    "413": "more than 64 KiB",
    "422": "the Idempotency-Key came before with another request",
    "429": "asked for more often than the policy lets; `Retry-After` says in how many seconds to come again",
    "503": "not at the moment; nothing has happened, try again; where `code` is `unsure` it may have happened: look, "
    "or repeat it with the same Idempotency-Key",
}


def describe(routes: Sequence[Route], base_url: str) -> dict[str, Any]:
    """The whole document."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(f"/api/v1{route.path}", {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Reset Bridge",
            "version": "1",
            "description": "Asks for, follows and decides about mainframe password resets. No answer ever holds a "
            "password or a link.",
        },
        "servers": [{"url": base_url.rstrip("/")}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": shapes(),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "responses": {
                f"Problem{status}": {
                    "description": words,
                    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
                }
                for status, words in PROBLEMS.items()
            },
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = []
    if "{id}" in route.path:
        name = ErrandId if route.schema == "Unlock" else ResetId
        shape = TEXT | {"pattern": f"^{name.pattern.pattern}$"}
        parameters.append({"name": "id", "in": "path", "required": True, "schema": shape})
    operation: dict[str, Any] = {"operationId": route.name, "summary": route.summary}
    if route.method == "POST":
        key = TEXT | {"minLength": 1, "maxLength": MOST_KEY, "pattern": "^[!-~]+$"}
        parameters.append({"name": "Idempotency-Key", "in": "header", "required": False, "schema": key})
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _body(route)}},
        }
    else:
        parameters += [
            {"name": field.name, "in": "query", "required": field.required, "schema": field.schema()}
            for field in route.fields
        ]
    answer = {
        "description": "done" if route.status == 200 else "accepted; follow it",
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{route.schema}"}}},
    }
    problems = {status: {"$ref": f"#/components/responses/Problem{status}"} for status in PROBLEMS}
    return operation | {"parameters": parameters, "responses": {str(route.status): answer} | problems}


def _body(route: Route) -> dict[str, Any]:
    properties = {field.name: field.schema() for field in route.fields}
    for field in route.fields:
        if not field.required:
            properties[field.name]["type"] = [properties[field.name]["type"], "null"]
    return {
        "type": "object",
        "properties": properties,
        "required": [field.name for field in route.fields if field.required],
        "additionalProperties": False,
    }

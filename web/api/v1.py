"""`/api/v1`: every row of the route tables, behind one bearer check and one reading of body and query."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Final

from flask import Blueprint, Response, g, json, request

from bridge.domain.errors import BadInput, NotAllowed
from bridge.flows import see
from bridge.ports import WebKit
from web import guard
from web.api import audit, openapi, resets, systems, unlocks
from web.api.call import Call, Route
from web.api.fields import read_body, read_key, read_query
from web.api.idempotency import once_of
from web.problems import Problem, as_document, problem_of
from web.settings import WebSettings

ROUTES: Final = (*resets.ROUTES, *unlocks.ROUTES, *systems.ROUTES, *audit.ROUTES)


class Unknown(Exception):
    """No token, or not one of ours."""


def blueprint(kit: WebKit, settings: WebSettings) -> Blueprint:
    """All calls, and the description of them."""
    api = Blueprint("api", __name__, url_prefix="/api/v1")
    for route in ROUTES:
        api.add_url_rule(
            route.path.replace("{id}", "<reset>"),
            route.name,
            partial(_answer, route, kit, settings),
            methods=[route.method],
        )
    description = json.dumps(openapi.describe(ROUTES, settings.site.base_url))

    @api.get("/openapi.json")
    def describe() -> Response:
        return Response(description, content_type="application/json")

    @api.errorhandler(Unknown)
    def unknown(error: Unknown) -> Response:
        return as_document(Problem(status=401, code="unauthorized", title="A valid token is needed", detail=str(error)))

    @api.errorhandler(BadInput)
    def unreadable(error: BadInput) -> Response:
        """An Idempotency-Key that came before with another request is 422, as its draft standard says."""
        problem = problem_of(error)
        reused = error.place == "Idempotency-Key" and error.expected.startswith("a key of its own")
        media = error.place == "Content-Type"
        return as_document(replace(problem, status=422 if reused else 415 if media else 400))

    return api


def _answer(route: Route, kit: WebKit, settings: WebSettings, reset: str = "") -> Response:
    try:
        caller = see.caller_of(guard.bearer(request), g.source, kit)
    except NotAllowed as error:
        raise Unknown(str(error)) from None
    posted = route.method == "POST"
    query = read_query(request, () if posted else route.fields)
    values = read_body(request, route.fields) if posted else query
    once = once_of(read_key(request), request.method, request.path, values) if posted else None
    call = Call(caller=caller, kit=kit, settings=settings, values=values, id=reset, once=once)
    found = route.answer(call)
    response = Response(json.dumps(found) + "\n", status=route.status, content_type="application/json")
    if route.status == 202:
        response.headers["Location"] = f"/api/v1{route.path}/{found['id']}"
    return response

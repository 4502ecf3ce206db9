"""The one table from an error to a status and words, and the two shapes they are said in: problem document and page."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from flask import Response, current_app
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from bridge.domain import errors
from bridge.observe import events
from bridge.observe.places import place_of
from web.bare import PROBLEM, document
from web.guard import WrongHost, WrongOrigin

log = events.logger("web")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """An answer that is not the one asked for. `code` names it for programs; `detail` is said to the caller."""

    status: int
    code: str
    title: str
    detail: str = ""
    field: str | None = None
    expected: str | None = None
    retry_after: int | None = None
    allow: str | None = None
    reference: str | None = None


TABLE: Final[dict[type[Exception], tuple[int, str, str]]] = {
    errors.BadInput: (400, "bad_input", "Something in the request is not as expected"),
    errors.NotFound: (404, "not_found", "There is no such thing here"),
    errors.NotAllowed: (403, "not_allowed", "The token's roles do not permit this"),
    errors.WrongTurn: (409, "wrong_state", "The reset is not in a state that allows this"),
    errors.Overtaken: (409, "overtaken", "Somebody else changed this at the same moment; look again"),
    errors.TooMany: (429, "too_many", "Too many requests"),
    errors.StoreUnsure: (503, "unsure", "The database went away, and whether this was done is not known; look again"),
    errors.StoreFault: (503, "store", "The database cannot be used at the moment"),
    errors.VaultLocked: (503, "locked", "What is sealed cannot be opened at the moment"),
    errors.DirectoryUnreached: (503, "directory", "The directory of people cannot be read at the moment"),
    errors.TryLater: (503, "try_later", "Not at the moment; nothing has happened, try again"),
    WrongHost: (421, "wrong_host", "This server is not the one named in the request"),
    WrongOrigin: (403, "wrong_origin", "The form did not come from a page of this site"),
}
SPOKEN: Final = (errors.BadInput, errors.NotAllowed, errors.WrongTurn, errors.NotFound)  # their text is for the caller


def problem_of(error: Exception) -> Problem:
    """Look the error up; what is on no list gets a reference number, and the log gets the rest."""
    if isinstance(error, HTTPException):
        return _of_http(error)
    for kind in type(error).__mro__:
        if kind in TABLE:
            status, code, title = TABLE[kind]
            return Problem(
                status=status,
                code=code,
                title=title,
                detail=str(error) if isinstance(error, SPOKEN) else getattr(error, "limit", ""),
                field=getattr(error, "place", None),
                expected=getattr(error, "expected", None),
                retry_after=_retry_after(error, status),
                reference=_noted(error) if status == 503 and isinstance(error, errors.Broken) else None,
            )
    return Problem(
        status=500, code="internal", title="Something went wrong here; it is on record", reference=_noted(error)
    )


def as_document(problem: Problem) -> Response:
    """RFC 9457."""
    body = document(
        problem.status, problem.code, problem.title, detail=problem.detail, field=problem.field,
        expected=problem.expected, reference=problem.reference,
    )  # fmt: skip
    response = Response(body, status=problem.status, content_type=PROBLEM)
    return with_headers(problem, response)


def with_headers(problem: Problem, response: Response) -> Response:
    """Retry-After, Allow, WWW-Authenticate."""
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    if problem.allow is not None:
        response.headers["Allow"] = problem.allow
    if problem.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="resetbridge"'
    return response


def _of_http(error: HTTPException) -> Problem:
    """Flask's own: 404, 405, 413, 415 …; its description may repeat what was sent, so it is not said."""
    status = HTTPStatus(error.code or 500)
    allow = None
    if isinstance(error, MethodNotAllowed):
        allow = ", ".join(sorted(set(error.valid_methods or ()) - {"OPTIONS"}))
    return Problem(status=status, code=status.name.lower(), title=status.phrase, allow=allow)


def _retry_after(error: Exception, status: int) -> int | None:
    if isinstance(error, errors.TooMany):
        return error.retry_after
    if isinstance(error, errors.StoreUnsure):  # it may have been done: nobody is to repeat it without a look
        return None
    return 5 if status == 503 else None


def _noted(error: Exception) -> str:
    """Log where it went wrong, and nothing of what was said. Returns the number."""
    reference: str = current_app.extensions["dice"](4).hex().upper()
    log.error("web.failed", reference=reference, error=type(error).__name__, where=place_of(error))
    return reference

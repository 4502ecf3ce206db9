"""The cookie of a sign-on. There is no other."""

from __future__ import annotations

import re
from typing import Final

from flask import Response, g, request

from bridge.domain.link import CROCKFORD
from bridge.domain.secret import Secret

COOKIE: Final = "__Host-sign-on"
HELD: Final = re.compile(f"([{CROCKFORD}]{{26}})\\.([{CROCKFORD}]{{26}})")
KEPT: Final = 600  # seconds


def ticket(locator: str) -> str:
    """The ticket that this browser has for the link's page; empty where it has none, or has just used it."""
    found = HELD.fullmatch(request.cookies.get(COOKIE, ""))
    return found[2] if found and found[1] == locator and not g.get("sign_on_spent") else ""


def going(browser: Secret) -> str:
    """The cookie of who is on the way there."""
    return f"going.{browser.expose()}"


def keep(response: Response, value: str) -> Response:
    """Lax and not Strict: the provider's redirect, which another site begins, has to bring it along."""
    response.set_cookie(COOKIE, value, max_age=KEPT, path="/", secure=True, httponly=True, samesite="Lax")
    return response


def drop_spent(response: Response) -> Response:
    """Take the cookie from who has used its ticket."""
    if g.get("sign_on_spent"):
        response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="Lax")
    return response

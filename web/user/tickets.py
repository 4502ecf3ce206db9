"""The cookie of a sign-on. There is no other.

What the way to the provider and back would lose is in it: the ticket, and, where several factors are demanded, the
token that stands for those before it. Neither counts without the link's key.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from flask import Response, g, request

from bridge.domain.link import CROCKFORD
from bridge.domain.secret import Secret

COOKIE: Final = "__Host-sign-on"
HELD: Final = re.compile(f"([{CROCKFORD}]{{26}})\\.([0-9a-f]{{64}}|)\\.([{CROCKFORD}]{{26}}|)\\.([{CROCKFORD}]{{26}}|)")
LIFE: Final = 600  # seconds


class Kept(NamedTuple):
    """What a browser keeps for one link's page.

    browser    tells it from any other while it is on the way to the provider
    ticket     stands for the sign-on
    progress   stands for the factors passed before
    """

    locator: str = ""
    browser: str = ""
    ticket: str = ""
    progress: str = ""


NOTHING: Final = Kept()


def kept(locator: str) -> Kept:
    """What it keeps for this link; nothing where that is another's."""
    now: Kept = g.get("sign_on") or held()
    return now if now.locator == locator else NOTHING


def held() -> Kept:
    """What the request has brought."""
    found = HELD.fullmatch(request.cookies.get(COOKIE, ""))
    return Kept(*found.groups()) if found else NOTHING


def keep(kept: Kept) -> None:
    """Have the browser keep this from now on, and nothing else."""
    g.sign_on = kept


def going(locator: str, browser: Secret) -> None:
    """It is on the way there."""
    keep(Kept(locator, browser.expose(), "", kept(locator).progress))


def back(locator: str, ticket: Secret) -> None:
    """It has come back."""
    keep(Kept(locator, "", ticket.expose(), kept(locator).progress))


def passed(locator: str, progress: str) -> None:
    """Factors have been passed, and a sign-on is still missing."""
    keep(Kept(locator, "", kept(locator).ticket, progress))


def spend(locator: str) -> None:
    """The ticket has been used: what was passed before it still counts."""
    g.ticket_spent = True
    if kept(locator).ticket:
        keep(kept(locator)._replace(ticket=""))


def begin_again(locator: str) -> None:
    """What was passed before has lapsed."""
    if kept(locator).progress:
        keep(kept(locator)._replace(progress=""))


def forget(locator: str) -> None:
    """The link's page is done with all of it."""
    if kept(locator).locator:
        keep(NOTHING)


def spent() -> bool:
    """Whether the answer was a sign-on, which has been used up."""
    return bool(g.get("ticket_spent"))


def write(response: Response) -> Response:
    """Lax and not Strict: the provider's redirect, which another site begins, has to bring it along."""
    new: Kept | None = g.get("sign_on")
    if new is None or new == held():
        return response
    if any(new[1:]):
        value = ".".join(new)
        response.set_cookie(COOKIE, value, max_age=LIFE, path="/", secure=True, httponly=True, samesite="Lax")
    else:
        response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="Lax")
    return response

"""Who is here: the cookie, and forms that come from a page of ours."""

from __future__ import annotations

from typing import Final

from flask import Response, g, request

from bridge.domain.console import SignedOut
from bridge.domain.errors import BadInput
from bridge.domain.policy import Caller
from bridge.domain.secret import Secret
from bridge.flows import console
from bridge.ports import WebKit
from web import guard
from web.settings import WebSettings

COOKIE: Final = "__Host-console"


def key() -> Secret | None:
    """What the browser has; None where it has nothing, or nothing that ever was ours."""
    sent = request.cookies.get(COOKIE, "")
    return Secret(sent) if sent.isascii() and sent.isalnum() else None


def caller(kit: WebKit) -> Caller:
    """Who asks. Raises SignedOut."""
    held = key()
    if held is None:
        raise SignedOut
    return called(held, kit)


def called(held: Secret, kit: WebKit) -> Caller:
    """Who has this; the page says so. Raises SignedOut."""
    g.caller = console.present(held, g.source, kit)
    return g.caller  # type: ignore[no-any-return]


def visitor(settings: WebSettings) -> console.Visitor:
    """Where the browser is."""
    network = guard.network_of(g.source, *settings.prefixes)
    return console.Visitor(source=g.source, network=network, agent=guard.agent_of(request))


def sent(kit: WebKit, settings: WebSettings, *names: str) -> dict[str, str]:
    """The form's fields. Raises WrongOrigin, and BadInput for another form than ours, or one that lay open too long."""
    guard.check_origin(request, guard.origin_of(settings.site.base_url))
    fields = guard.form(request, "token", *names)
    if not guard.token_holds(fields["token"], settings.secret, kit.clock.now()):
        raise BadInput("token", "the page was open for too long, and nothing was done")
    return fields


def keep(response: Response, held: Secret) -> Response:
    """Strict: no other site's link or form brings it along. It ends with the browser, or earlier with us."""
    response.set_cookie(COOKIE, held.expose(), path="/", secure=True, httponly=True, samesite="Strict")
    return response


def forget(response: Response) -> Response:
    """Nobody is signed in here."""
    if COOKIE in request.cookies:
        response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="Strict")
    return response

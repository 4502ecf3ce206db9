"""To the company's sign-on and back, and what the browser keeps of it: one cookie, for ten minutes, on no other site.

It is a link and not a form: the CSP's `form-action` holds for whatever a form's answer redirects to as well. Neither
the key nor anything that opens a link is in the cookie: on the way there it tells this browser from any other, on the
way back it holds the ticket, which counts with the link's key alone; so does what stands for the factors before it.
"""

from __future__ import annotations

import re
from typing import Final

from flask import Flask, Response, g, request

from bridge.domain.errors import FactorUnreached, SignOnLapsed, TicketLapsed, WrongAnswer
from bridge.domain.link import CROCKFORD, name_in
from bridge.domain.second import OIDC
from bridge.domain.secret import Secret
from bridge.flows import disown, reveal
from bridge.flows.disown import Disowned
from bridge.flows.holder import Attempt
from bridge.flows.reveal import OneMore, Shown, Waiting
from bridge.flows.signon import Answer, Why, begin, finish
from bridge.ports import WebKit
from web import guard
from web.user import tickets
from web.user.page import SIGN_ON_AWAY, Page

READ: Final = re.compile(f"([{CROCKFORD}OIL]{{26}})", re.IGNORECASE)
LONGEST: Final = 4096  # characters of a code
PAGES: Final = {Why.AWAY: (503, SIGN_ON_AWAY), Why.LAPSED: (409, "sign_lapsed"), Why.REFUSED: (403, "sign_refused")}


def add(app: Flask, kit: WebKit, show: Page, prefixes: tuple[int, int]) -> None:
    """Put the way there and back into the application, where a provider is configured."""
    if kit.sign_on is None:
        return

    def started(rest: str) -> Response:
        found = READ.fullmatch(rest)
        if not found:
            return show.form("", status=404, notice="dead")
        locator = name_in(found[1])
        try:
            begun = begin(locator, g.language, kit, g.chosen)
        except FactorUnreached:
            return _said(show, locator, Why.AWAY)
        tickets.going(locator, begun.browser)
        return _on(begun.address)

    def returned() -> Response:
        back = finish(
            Answer(
                state=request.args.get("state", ""),
                code=Secret(request.args.get("code", "")[:LONGEST]),
                issuer=request.args.get("iss", ""),
                browser=Secret(tickets.held().browser),
                source=g.source,
                network=guard.network_of(g.source, *prefixes),
                agent=guard.agent_of(request),
            ),
            kit,
        )
        spoken = f"?lang={back.chosen}" if back.chosen else ""
        if back.ticket is not None:
            tickets.back(back.locator, back.ticket)
            return _on(f"/r/{back.locator}{spoken}")
        return _on(f"/r/{back.locator}/sign-on/{back.why}{spoken}" if back.locator else f"/sign-on/{back.why}")

    def told(why: str, rest: str = "") -> Response:
        found = READ.fullmatch(rest)
        if why not in set(Why):
            return show.form("", status=404, notice="dead")
        return _said(show, name_in(found[1]) if found else "", Why(why))

    for root in ("/r", "/R"):
        app.add_url_rule(f"{root}/<rest>/sign-on", f"sign-on{root}", started, methods=["GET", "HEAD"])
        app.add_url_rule(f"{root}/<rest>/sign-on/<why>", f"signed-on{root}", told, methods=["GET", "HEAD"])
    app.add_url_rule("/sign-on/<why>", "signed-on", told, methods=["GET", "HEAD"])
    app.add_url_rule("/sign-on", "sign-on", returned, methods=["GET"])
    app.after_request(tickets.write)


def revealed(attempt: Attempt, kit: WebKit) -> Shown | Waiting | OneMore:
    """reveal(), and what was used up by it the browser need not keep."""
    try:
        outcome = reveal.reveal(attempt, kit)
    except TicketLapsed:
        tickets.begin_again(attempt.locator)
        raise
    except (WrongAnswer, SignOnLapsed):
        if attempt.kind == OIDC:
            tickets.spend(attempt.locator)
        raise
    if not isinstance(outcome, OneMore):
        tickets.forget(attempt.locator)
    elif attempt.kind == OIDC:
        tickets.spend(attempt.locator)
    return outcome


def disowned(attempt: Attempt, visit: str, kit: WebKit) -> Disowned:
    """disown(), and the same."""
    if attempt.kind == OIDC:
        tickets.spend(attempt.locator)
    return disown.disown(attempt, kit, visit=visit)


def _said(show: Page, locator: str, why: Why) -> Response:
    status, notice = PAGES[why]
    response = show.form(locator, status=status, notice=notice)
    if why is Why.AWAY:
        response.headers["Retry-After"] = "60"
    return response


def _on(address: str) -> Response:
    """303: whatever came in the address stays behind there, in no history."""
    return Response(status=303, headers={"Location": address})

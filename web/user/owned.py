"""From the page of a password to one's own second factors (web/user/enrolment.py has their pages)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, Response

from bridge.domain.errors import NotInvited
from bridge.domain.secret import Secret
from bridge.flows.invite import Holder
from bridge.flows.self_service import open_own, own
from web.settings import WebSettings
from web.user import enrolment
from web.user.waiting import Desk

if TYPE_CHECKING:
    from web.user.pages import Sent


def add(app: Flask, desk: Desk, settings: WebSettings) -> None:
    """Put it into the application."""
    pages = enrolment.Desk(desk.kit, settings)

    def factors(rest: str) -> Response:
        return desk.tried(rest, opened)

    def opened(sent: Sent) -> Response:
        attempt = desk.attempt(sent)
        try:
            new = open_own(attempt, sent.fields["visit"], desk.kit)
        except NotInvited:
            return pages.over()
        holder = Holder(locator=new.locator, key=new.key, code=Secret(""), source=attempt.source, agent=attempt.agent)
        shown = enrolment.Sent(locator=new.locator, key=new.key, fields={"own": enrolment.OWN})
        return pages.list(shown, own(holder, desk.kit))

    for root in ("/r", "/R"):
        app.add_url_rule(f"{root}/<rest>/factors", f"factors{root}", factors, methods=["POST"])

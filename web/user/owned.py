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
            key, source, agent = new.key, attempt.source, attempt.agent
            owned = own(Holder(locator=new.locator, key=key, code=Secret(""), source=source, agent=agent), desk.kit)
        except NotInvited:  # or it was opened again meanwhile: pressed twice, in two tabs
            return pages.over()
        return pages.list(enrolment.Sent(locator=new.locator, key=key, fields={"own": enrolment.OWN}), owned)

    for root in ("/r", "/R"):
        app.add_url_rule(f"{root}/<rest>/factors", f"factors{root}", factors, methods=["POST"])

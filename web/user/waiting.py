"""Where who has passed an armed link's factor waits for the host, and collects."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from flask import Flask, Response, request

from bridge.domain.errors import BridgeError
from bridge.domain.secret import Secret
from bridge.flows.collect import collect, progress
from bridge.flows.holder import Attempt
from bridge.ports import WebKit
from web import guard
from web.user.page import Page

if TYPE_CHECKING:
    from web.user.pages import Sent

AGAIN = "yes"


class Desk(NamedTuple):
    """What these pages have in common with the others: pages.py says what each does."""

    kit: WebKit
    show: Page
    attempt: Callable[[Sent], Attempt]
    tried: Callable[[str, Callable[[Sent], Response]], Response]
    read: Callable[[str], Sent]
    origin: str


def add(app: Flask, desk: Desk) -> None:
    """Put the page into the application: a script asks how far it is, the form asks for the password."""

    def waited(rest: str) -> Response:
        if request.headers.get("Accept") == "application/json":
            return _told(rest, desk)
        return desk.tried(rest, lambda sent: _fetched(sent, desk))

    for root in ("/r", "/R"):
        app.add_url_rule(f"{root}/<rest>/wait", f"wait{root}", waited, methods=["POST"])


def _fetched(sent: Sent, desk: Desk) -> Response:
    again = sent.fields["again"] == AGAIN and not sent.fields["speak"]
    outcome = collect(desk.attempt(sent), Secret(sent.fields["ticket"]), desk.kit, again=again)
    return desk.show.outcome(outcome, sent.locator, sent.held)


def _told(rest: str, desk: Desk) -> Response:
    guard.check_origin(request, desk.origin)
    sent = desk.read(rest)
    if sent.problem:
        return desk.show.progress(sent.problem)
    try:
        return desk.show.progress(progress(desk.attempt(sent), Secret(sent.fields["ticket"]), desk.kit))
    except BridgeError as error:
        return desk.show.progress(error)

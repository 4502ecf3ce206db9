"""The operators' pages: sign in with an API token, see systems and resets, decide. GET looks, POST acts. No script."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from flask import Flask, Response, abort, redirect, request

from bridge.domain.codes import read_out
from bridge.domain.console import SignedOut
from bridge.domain.errand import Errand
from bridge.domain.errors import NotAllowed, Paused
from bridge.domain.policy import Caller, Deed, demand
from bridge.domain.secret import Secret
from bridge.flows import console, errands
from bridge.ports import WebKit
from web.console import asking, resets, visit
from web.console.printing import Printer
from web.console.systems import cards
from web.problems import problem_of, with_headers
from web.settings import WebSettings

HOME = "/console/systems"
SIGN_IN = "/console"
GET = ["GET", "HEAD"]


def add(app: Flask, kit: WebKit, settings: WebSettings) -> None:
    """Put the pages into the application."""
    printer = Printer(kit, settings)
    app.extensions["console"] = printer

    def inside(page: Callable[..., Response]) -> Callable[..., Response]:
        """A page for whoever is signed in; everybody else is brought to where that is done."""

        @wraps(page)
        def asked(**values: str) -> Response:
            try:
                caller = visit.caller(kit)
            except SignedOut:
                return _to(SIGN_IN)
            return page(caller, **values)

        return asked

    def sign_in() -> Response:
        try:
            visit.caller(kit)
        except SignedOut:
            ended = visit.COOKIE in request.cookies
            return visit.forget(printer.page("sign_in.html", notice="ended" if ended else ""))
        return _to(HOME)

    def signed_in() -> Response:
        fields = visit.sent(kit, settings, "operator_token")
        try:
            held = console.sign_in(Secret(fields["operator_token"].strip()), visit.key(), visit.visitor(settings), kit)
        except NotAllowed:
            return printer.page("sign_in.html", 403, notice="wrong")
        except Paused as paused:
            response = printer.page("sign_in.html", 429, notice="paused")
            response.headers["Retry-After"] = str(paused.retry_after)
            return response
        return visit.keep(_to(HOME), held)

    def sign_out() -> Response:
        visit.sent(kit, settings)
        if held := visit.key():
            console.sign_out(held, visit.visitor(settings).source, kit)
        return visit.forget(printer.page("sign_in.html", notice="out"))

    @inside
    def systems(caller: Caller) -> Response:
        return printer.page("systems.html", cards=cards(caller, kit, settings), here="systems")

    @inside
    def form(caller: Caller) -> Response:
        return printer.page("ask.html", here="ask", systems=settings.systems, **asking.blank(request.args, caller, kit))

    @inside
    def asked(caller: Caller) -> Response:
        demand(caller, Deed.ASK)
        fields = visit.sent(kit, settings, *asking.NAMES)
        try:
            made = asking.send(fields, caller, kit)
        except asking.MENDED as fault:
            again = printer.page("ask.html", problem_of(fault).status, here="ask", systems=settings.systems,
                                 asked=fields, once=fields["once"], **asking.wrong(fault))  # fmt: skip
            return with_headers(problem_of(fault), again)
        if isinstance(made, Errand):
            return _to(f"/console/unlocks/{made.id}")
        if not made.release_code:
            return _to(f"/console/resets/{made.reset.id}")
        return printer.page("asked.html", reset=made.reset, code=read_out(made.release_code.expose()), here="ask")

    @inside
    def unlocked(caller: Caller, errand: str) -> Response:
        seen = errands.see(errand, caller, kit)
        return printer.page("unlock.html", unlock=seen, says=asking.said(seen), here="ask")

    @inside
    def found(caller: Caller) -> Response:
        values = resets.asked(request.args)
        page = resets.listed(values, caller, kit, settings)
        return printer.page(
            "resets.html", asked=values, here="resets", states=resets.STATES, systems=sorted(kit.systems), **page
        )

    @inside
    def shown(caller: Caller, reset: str) -> Response:
        return printer.page("reset.html", here="resets", **resets.one(reset, caller, kit, settings))

    @inside
    def decided(caller: Caller, reset: str, deed: str) -> Response:
        if deed not in resets.DEEDS:
            abort(404)
        fields = visit.sent(kit, settings, "reason")
        after = resets.DEEDS[deed][1](reset, caller, fields["reason"], kit)
        return _to(f"/console/resets/{after.id}")

    for path, page, methods in (
        ("", sign_in, GET),
        ("", signed_in, ["POST"]),
        ("/sign-out", sign_out, ["POST"]),
        ("/systems", systems, GET),
        ("/ask", form, GET),
        ("/ask", asked, ["POST"]),
        ("/unlocks/<errand>", unlocked, GET),
        ("/resets", found, GET),
        ("/resets/<reset>", shown, GET),
        ("/resets/<reset>/<deed>", decided, ["POST"]),
    ):
        app.add_url_rule(f"/console{path}", f"console.{page.__name__}", page, methods=methods)


def _to(path: str) -> Response:
    """303: whatever was asked, the next is a GET."""
    response = redirect(path, 303)
    assert isinstance(response, Response)
    return response

"""The operators' pages: sign in with an API token, see systems and resets, decide. GET looks, POST acts. No script."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, abort, request
from werkzeug.datastructures import MultiDict

from bridge.domain.codes import lasting, read_out
from bridge.domain.errand import Errand
from bridge.domain.errors import BadInput
from bridge.domain.policy import Caller, Deed, demand
from bridge.flows import errands
from bridge.ports import WebKit
from web.console import asking, resets, visit
from web.console.door import Door, to
from web.console.printing import Printer
from web.console.systems import cards
from web.console.wanted import Wanted
from web.problems import problem_of, with_headers
from web.settings import WebSettings

GET = ["GET", "HEAD"]


def add(app: Flask, kit: WebKit, settings: WebSettings) -> None:
    """Put the pages into the application."""
    printer = Printer(kit, settings)
    app.extensions["console"] = printer

    def again(caller: Caller, sought: Wanted) -> Response:
        if sought.deed:
            reset, deed = sought.deed
            return of(reset, caller, tried=deed, typed=sought.typed["reason"])
        filled = asking.blank(MultiDict(), caller, kit) | {"asked": sought.typed, "signed_in": True}
        return printer.page("ask.html", here="ask", systems=settings.systems, **filled)

    def of(reset: str, caller: Caller, status: int = 200, **more: object) -> Response:
        return printer.page("reset.html", status, here="resets", **resets.one(reset, caller, kit, settings) | more)

    door = Door(kit, settings, printer, again)
    inside = door.inside

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
            return to(f"/console/unlocks/{made.id}")
        if made.withheld:
            return printer.page("asked.html", reset=made.reset, here="ask")
        if not made.release_code:
            return to(f"/console/resets/{made.reset.id}")
        code, ttl = read_out(made.release_code.expose()), kit.systems[made.reset.system].code_lasts
        return printer.page("asked.html", reset=made.reset, code=code, lasts=lasting(ttl), here="ask")

    @inside
    def unlocked(caller: Caller, errand: str) -> Response:
        seen = errands.see(errand, caller, kit)
        return printer.page("unlock.html", unlock=seen, says=asking.said(seen), here="ask")

    @inside
    def unlocks(caller: Caller) -> Response:
        return printer.page("unlocks.html", unlocks=asking.unlocks(caller, kit), here="resets")

    @inside
    def found(caller: Caller) -> Response:
        demand(caller, Deed.SEE)
        choice: dict[str, Any] = {"here": "resets", "states": resets.STATES, "systems": sorted(kit.systems)}
        try:
            values = resets.asked(request.args)
            page = resets.listed(values, caller, kit, settings)
        except BadInput as fault:
            return printer.page("resets.html", 400, asked=request.args, trouble=fault, resets=[], **choice)
        return printer.page("resets.html", asked=values, **choice, **page)

    @inside
    def shown(caller: Caller, reset: str) -> Response:
        return of(reset, caller)

    @inside
    def decided(caller: Caller, reset: str, deed: str) -> Response:
        if deed not in resets.DEEDS:
            abort(404)
        right, flow = resets.DEEDS[deed]
        fields = visit.sent(kit, settings, "reason")
        demand(caller, right)
        try:
            after = flow(reset, caller, fields["reason"], kit)
        except resets.MENDED as fault:
            why = resets.refused(fault)
            return of(reset, caller, problem_of(fault).status, tried=deed, typed=fields["reason"], trouble=why)
        return to(f"/console/resets/{after.id}")

    for path, page, methods in (
        ("", door.sign_in, GET),
        ("", door.signed_in, ["POST"]),
        ("/sign-out", door.sign_out, ["POST"]),
        ("/systems", systems, GET),
        ("/ask", form, GET),
        ("/ask", asked, ["POST"]),
        ("/unlocks", unlocks, GET),
        ("/unlocks/<errand>", unlocked, GET),
        ("/resets", found, GET),
        ("/resets/<reset>", shown, GET),
        ("/resets/<reset>/<deed>", decided, ["POST"]),
    ):
        app.add_url_rule(f"/console{path}", f"console.{page.__name__}", page, methods=methods)

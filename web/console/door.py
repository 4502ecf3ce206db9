"""Signing in and out, and on to the page that was wanted; whoever comes in by another site's link is let in as well."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from flask import Response, redirect, request

from bridge.domain.console import SignedOut
from bridge.domain.errors import BridgeError, NotAllowed, Paused
from bridge.domain.policy import Caller
from bridge.domain.secret import Secret
from bridge.flows import console
from bridge.ports import WebKit
from web.console import visit, wanted
from web.console.printing import Printer, trouble
from web.console.wanted import Wanted
from web.problems import problem_of
from web.settings import WebSettings

SIGN_IN = "/console"

Page = Callable[..., Response]


class Door:
    """What stands before every page. `again`: a form that has not been done, with what was typed, for who is in now."""

    def __init__(
        self, kit: WebKit, settings: WebSettings, printer: Printer, again: Callable[[Caller, Wanted], Response]
    ) -> None:
        self._kit, self._settings, self._printer, self._again = kit, settings, printer, again

    def inside(self, page: Page) -> Page:
        """A page for whoever is signed in; everybody else is brought to where that is done, and back."""

        @wraps(page)
        def asked(**values: str) -> Response:
            try:
                caller = visit.caller(self._kit)
            except SignedOut:
                return self._outside()
            return page(caller, **values)

        return asked

    def sign_in(self) -> Response:
        """GET /console."""
        sought = wanted.read(request.args.get("then", ""))
        try:
            visit.caller(self._kit)
        except SignedOut:
            ended = "ended" if visit.COOKIE in request.cookies else ""
            return self._bounced(f"{SIGN_IN}{sought.query}") or visit.forget(self._form(sought, notice=ended))
        return to(sought.page)

    def signed_in(self) -> Response:
        """POST /console."""
        fields = visit.sent(self._kit, self._settings, "operator_token", "then", *wanted.TYPED)
        token = Secret(fields.pop("operator_token").strip())
        sought = wanted.read(fields.pop("then"), {name: fields[name] for name in wanted.TYPED})
        who = visit.visitor(self._settings)
        try:
            held = console.sign_in(token, visit.key(), who, self._kit)
        except NotAllowed:
            return self._form(sought, 403, notice="wrong")
        except Paused as paused:
            response = self._form(sought, 429, notice="paused")
            response.headers["Retry-After"] = str(paused.retry_after)
            return response
        if not sought.typed:
            return visit.keep(to(sought.page), held)
        try:
            page = self._again(visit.called(held, self._kit), sought)
        except SignedOut:  # by somebody else, just now
            return self._form(sought, 403, notice="wrong")
        except BridgeError as fault:  # who is in now may not, or there is no such reset: they are in all the same
            page = trouble(problem_of(fault))
        return visit.keep(page, held)

    def sign_out(self) -> Response:
        """POST /console/sign-out."""
        visit.sent(self._kit, self._settings)
        if held := visit.key():
            console.sign_out(held, visit.visitor(self._settings).source, self._kit)
        return visit.forget(self._form(wanted.read(""), notice="out"))

    def _outside(self) -> Response:
        sought = wanted.here()
        if request.method != "POST":
            return self._bounced(sought.page) or to(f"{SIGN_IN}{sought.query}")
        typed = visit.sent(self._kit, self._settings, *wanted.TYPED)
        return visit.forget(
            self._form(wanted.read(sought.then, {name: typed[name] for name in wanted.TYPED}), 403, notice="undone")
        )

    def _bounced(self, page: str) -> Response | None:
        """From another site the browser brings no cookie (it is strict); from a page of ours it does."""
        if visit.COOKIE in request.cookies or not wanted.from_elsewhere():
            return None
        return self._printer.page("bounce.html", to=page)

    def _form(self, sought: Wanted, status: int = 200, *, notice: str = "") -> Response:
        return self._printer.page("sign_in.html", status, notice=notice, sought=sought)


def to(path: str) -> Response:
    """303: whatever was asked, the next is a GET."""
    response = redirect(path, 303)
    assert isinstance(response, Response)
    return response

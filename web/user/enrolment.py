"""The pages of an invitation: a person enrols a passkey or an authenticator app. The same page for every locator.

Who has just read a password needs no invitation (flows/self_service.py): for ten minutes these pages are theirs, with a
list of what they have. Their forms say so (`own`), since what such a page says when it is over is something else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import Flask, Response, g, jsonify, request

from bridge.domain.errors import BadInput, BridgeError, NotInvited
from bridge.domain.reading import find
from bridge.domain.second import PASSKEY, TOTP, legible
from bridge.domain.secret import Secret
from bridge.flows.invite import Holder, NewApp, begin_app, begin_key, finish_app, finish_key
from bridge.flows.self_service import Owned, own, remove_own
from bridge.ports import Enrolled, WebKit
from bridge.texts.letters import marked
from web import guard
from web.problems import problem_of, with_headers
from web.settings import WebSettings
from web.user.page import printed, trouble
from web.user.pages import read_path
from web.user.tongues import SPEAKS

NO_SUCH: Final = "x"
OWN: Final = "yes"
NAMES: Final = {TOTP: marked("Authenticator app"), PASSKEY: marked("Passkey or security key")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The form, read: `key` is None where none can be read."""

    locator: str
    key: Secret | None
    fields: dict[str, str]


class Desk:
    """The pages over one kit."""

    def __init__(self, kit: WebKit, settings: WebSettings) -> None:
        self._kit, self._settings = kit, settings
        self._origin = guard.origin_of(settings.site.base_url)

    def look(self, rest: str) -> Response:
        """The page that asks for link and code."""
        locator, key = read_path(rest)
        return self._form(Sent(locator=locator, key=key, fields={}))

    def app(self, rest: str) -> Response:
        """Key and code are right: show what the app has to be given."""

        def act(sent: Sent, holder: Holder) -> Response:
            return self._seed(sent, begin_app(holder, self._issuer, self._kit))

        return self._tried(rest, act)

    def code(self, rest: str) -> Response:
        """The app's first code: enrolled."""

        def act(sent: Sent, holder: Holder) -> Response:
            if sent.fields["speak"]:
                return self._seed(sent, begin_app(holder, self._issuer, self._kit))
            try:
                return self._done(sent, finish_app(holder, legible(Secret(sent.fields["answer"])), self._kit))
            except BadInput:
                return self._seed(sent, begin_app(holder, self._issuer, self._kit), wrong=True)

        return self._tried(rest, act)

    def asked(self, rest: str) -> Response:
        """For the script: what the browser makes a passkey of. Otherwise the form itself is answered."""
        guard.check_origin(request, self._origin)
        sent = self._read(rest)
        if sent is None or sent.key is None:
            return jsonify({})
        try:
            return jsonify(publicKey=begin_key(self._holder(sent, sent.key), self._settings.site.name, self._kit))
        except NotInvited as no:
            return jsonify({} if no.left is None else {"refused": no.left})
        except BridgeError:
            return jsonify({})

    def made(self, rest: str) -> Response:
        """The passkey that the browser made: enrolled."""

        def act(sent: Sent, holder: Holder) -> Response:
            try:
                return self._done(sent, finish_key(holder, Secret(sent.fields["passkey"]), self._kit))
            except BadInput:
                if sent.fields["own"]:
                    return self.list(sent, own(holder, self._kit), notice="unmade")
                return self._form(sent, notice="unmade", status=400)

        return self._tried(rest, act)

    def own(self, rest: str) -> Response:
        """One's own factors."""
        return self._tried(rest, lambda sent, holder: self.list(sent, own(holder, self._kit)))

    def remove(self, rest: str) -> Response:
        """One of them is taken away."""

        def act(sent: Sent, holder: Holder) -> Response:
            try:
                return self.list(sent, remove_own(holder, sent.fields["factor"], self._kit), notice="removed")
            except BadInput:  # pressed twice, or something else has changed: the list says how it stands
                return self.list(sent, own(holder, self._kit))

        return self._tried(rest, act)

    def list(self, sent: Sent, owned: Sequence[Owned], *, notice: str = "") -> Response:
        """The page with all of them."""
        return self._page("own.html", sent, 200, owned=owned, notice=notice, names=NAMES, switch="own")

    # --- within -----------------------------------------------------------------------------------

    @property
    def _issuer(self) -> str:
        return self._settings.site.name

    def _tried(self, rest: str, act: Callable[[Sent, Holder], Response]) -> Response:
        guard.check_origin(request, self._origin)
        sent = self._read(rest)
        if request.form.get("speak") and not request.path.endswith(("/code", "/own")):
            return self._form(sent or Sent(locator=read_path(rest)[0], key=None, fields={}))
        if request.form.get("own") and (sent is None or sent.key is None):
            return self.over()
        if sent is None or sent.key is None:
            return self._form(sent or Sent(locator=read_path(rest)[0], key=None, fields={}), notice="no", status=400)
        try:
            return act(sent, self._holder(sent, sent.key))
        except NotInvited:
            return self.over() if sent.fields["own"] else self._form(sent, notice="no", status=403)
        except BridgeError as error:
            problem = problem_of(error)
            return with_headers(problem, trouble(problem))

    def _read(self, rest: str) -> Sent | None:
        """The form; None where the page had been open for too long. A pasted link wins over the address."""
        fields = guard.form(request, "token", "key", "code", "answer", "passkey", "own", "factor", *SPEAKS)
        if not guard.token_holds(fields["token"], self._settings.secret, self._kit.clock.now()):
            return None
        pasted = find(fields["key"])
        locator = (pasted and pasted.locator) or read_path(rest)[0]
        return Sent(locator=locator, key=Secret(pasted.key) if pasted else None, fields=fields)

    def _holder(self, sent: Sent, key: Secret) -> Holder:
        return Holder(
            locator=sent.locator or NO_SUCH,
            key=key,
            code=legible(Secret(sent.fields["code"])),
            source=g.source,
            agent=guard.agent_of(request),
        )

    def _form(self, sent: Sent, *, notice: str = "", status: int = 200) -> Response:
        return self._page("enrol.html", sent, status, notice=notice, switch="enrol")

    def _seed(self, sent: Sent, new: NewApp, *, wrong: bool = False) -> Response:
        import segno  # noqa: PLC0415 - only where one is drawn

        uri, seed = new.uri.expose(), new.seed.expose()
        drawn = segno.make(uri, error="l", micro=False).svg_data_uri(scale=5, border=3, light="#fff", omitsize=True)
        groups = " ".join(seed[place : place + 4] for place in range(0, len(seed), 4))
        return self._page("app.html", sent, 400 if wrong else 200, uri=uri, picture=drawn, seed=groups, wrong=wrong,
                          person=new.person, switch="confirm")  # fmt: skip

    def _done(self, sent: Sent, factor: Enrolled) -> Response:
        return self._page("enrolled.html", sent if sent.fields["own"] else None, 200, factor=factor, fixed=True)

    def over(self) -> Response:
        return self._page("own_over.html", None, 403, fixed=True)

    def _page(self, template: str, sent: Sent | None, status: int, **values: Any) -> Response:
        return printed(
            template,
            status,
            action=f"/e/{sent.locator}" if sent and sent.locator else "/e",
            key=sent.key.expose() if sent and sent.key else "",
            code=sent.fields.get("code", "") if sent else "",
            token=guard.token(self._settings.secret, self._kit.clock.now()),
            passkeys="passkey" in self._settings.factors,
            apps="totp" in self._settings.factors,
            own=bool(sent and sent.fields.get("own")),
            **values,
        )


def add(app: Flask, kit: WebKit, settings: WebSettings) -> None:
    """Put the pages into the application."""
    desk = Desk(kit, settings)
    for root in ("/e", "/E"):
        app.add_url_rule(root, f"invited-bare{root}", desk.look, methods=["GET"], defaults={"rest": ""})
        app.add_url_rule(f"{root}/<path:rest>", f"invited{root}", desk.look, methods=["GET"])
        app.add_url_rule(root, f"app-bare{root}", desk.app, methods=["POST"], defaults={"rest": ""})
        app.add_url_rule(f"{root}/<rest>", f"app{root}", desk.app, methods=["POST"])
        app.add_url_rule(f"{root}/<rest>/code", f"app-code{root}", desk.code, methods=["POST"])
        app.add_url_rule(f"{root}/<rest>/passkey", f"passkey{root}", desk.asked, methods=["POST"])
        app.add_url_rule(f"{root}/<rest>/made", f"made{root}", desk.made, methods=["POST"])
        app.add_url_rule(f"{root}/<rest>/own", f"own{root}", desk.own, methods=["POST"])
        app.add_url_rule(f"{root}/<rest>/remove", f"remove{root}", desk.remove, methods=["POST"])

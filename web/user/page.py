"""Renders the user's pages; decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, render_template, request
from markupsafe import Markup

from bridge.domain.errors import (
    BadInput,
    BridgeError,
    LinkDead,
    LinkEnded,
    NotYet,
    Overtaken,
    WrongAnswer,
)
from bridge.domain.secret import Secret
from bridge.flows.reveal import Shown
from bridge.ports import WebKit
from bridge.texts import speech
from bridge.texts.letters import marked
from web import guard
from web.problems import Problem, problem_of, with_headers
from web.settings import SystemFacts, WebSettings
from web.user import terminal
from web.user.words import forms, pick, spell, translator


class Ending(NamedTuple):
    """How a link can be over, said to whoever holds its key."""

    title: str
    text: str
    advice: str


ENDINGS: Final[Mapping[str, Ending]] = {
    "opened": Ending(
        marked("This password has already been shown"),
        marked("The password behind this link was shown once, and erased here at that moment."),
        marked(
            "If it was you, and you could not log on with it, ask for a new reset. If it was not you, call the help "
            "desk now: somebody else has seen it."
        ),
    ),
    "expired": Ending(
        marked("This link has run out"),
        marked(
            "The password was not collected in time. It has been destroyed, and it no longer works on the mainframe."
        ),
        marked("Ask for a new reset: you will get a new link."),
    ),
    "revoked": Ending(
        marked("This link has been withdrawn"),
        marked(
            "It was replaced by a newer one, or ended by you, by the help desk, or after too many wrong codes. Its "
            "password has been destroyed and does not work."
        ),
        marked("Look for a newer e-mail from us. If there is none, ask for a new reset."),
    ),
}


class Page:
    """The pages, with what they have in common."""

    def __init__(self, kit: WebKit, settings: WebSettings) -> None:
        self._kit, self._settings = kit, settings
        self._host = urlsplit(settings.site.base_url).netloc

    def install(self, app: Flask) -> None:
        """Give the templates their language and the site's names."""
        app.jinja_env.globals["_"] = say
        app.jinja_env.filters["moment"] = moment
        app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

        @app.before_request
        def choose() -> None:
            g.language = pick(request.headers.get("Accept-Language", ""), self._settings.site.languages)

        @app.context_processor
        def common() -> dict[str, Any]:
            return {"site": self._settings.site, "host": self._host, "lang": _language()}

    def form(
        self, locator: str, *, key: Secret | None = None, error: BadInput | WrongAnswer | None = None,
        status: int | None = None, ending: bool = False, notice: str = "",
    ) -> Response:  # fmt: skip
        """The page that asks for key and code, whatever the locator."""
        field = error.place if isinstance(error, BadInput) else "code" if error else ""
        return _page(
            "open.html",
            status or (400 if error else 200),
            action=f"/r/{locator}" if locator else "/r",
            locator=locator,
            key=key.expose() if key else "",
            token=guard.token(self._settings.secret, self._kit.clock.now()),
            field=field,
            message=error.expected if isinstance(error, BadInput) else "",
            left=error.left if isinstance(error, WrongAnswer) else None,
            ending=ending,
            notice=notice,
        )

    def password(self, shown: Shown, locator: str, key: Secret | None) -> Response:
        """The one answer that holds a password."""
        facts = self._settings.systems.get(shown.system, SystemFacts(title=shown.system))
        speak, text = translator(_language()), shown.password.expose()
        return _page(
            "shown.html",
            200,
            letters=spell(text, mixed_case=facts.rules.mixed_case or text != text.upper(), say=speak),
            facts=facts,
            shown=shown,
            forms=forms(facts.rules.rules, speak),
            most=_most(facts),
            panel=terminal.panel(facts.product, shown.userid),
            lines=terminal.lines(facts.product, shown.userid),
            seconds=int(self._settings.show_for.total_seconds()),
            action=f"/r/{locator}",
            key=key.expose() if key else "",
            token=guard.token(self._settings.secret, self._kit.clock.now()),
        )

    def refusal(self, error: BridgeError, locator: str, key: Secret | None) -> Response:  # noqa: PLR0911 - a table
        """Everything a flow says no with."""
        match error:
            case LinkDead():
                return self.form(locator, status=404, notice="dead")
            case LinkEnded():
                ending = ENDINGS.get(error.state, ENDINGS["revoked"])
                return _page("ended.html", 410, ending=ending, at=error.at)
            case WrongAnswer(left=0):
                return _page("ended.html", 410, ending=ENDINGS["revoked"], at=self._kit.clock.now(), wrong=True)
            case WrongAnswer():
                return self.form(locator, key=key, error=error, status=403)
            case BadInput(place="code"):
                words = marked("Type the 6 digits from your authenticator app, or the 8 digits the help desk gave you.")
                return self.form(locator, key=key, error=BadInput("code", say(words)))
            case BadInput(place="locator"):
                return self.form(locator, status=404, notice="dead")
            case NotYet():
                response = self.form(locator, key=key, status=503, notice="early")
                response.headers["Retry-After"] = "5"
                return response
            case Overtaken():
                return self.form(locator, key=key, status=409, notice="again")
        problem = problem_of(error)
        return with_headers(problem, trouble(problem))

    def disowned(self) -> Response:
        """The person said that it was somebody else."""
        return _page("disowned.html", 200)

    def forgotten(self) -> Response:
        """Where a page without script goes when its time is up."""
        return _page("forgotten.html", 200)


def trouble(problem: Problem) -> Response:
    """No such page, wrong method, too large, our own faults."""
    return _page("trouble.html", problem.status, problem=problem, family=HTTPStatus(problem.status).value // 100)


def say(text: str, **values: object) -> Markup:
    """A text in the reader's language, its {fields} filled in and escaped."""
    return Markup(speech(_language()).gettext(text)).format(**values)  # noqa: S704 - the text is ours, the values are not


def moment(at: datetime) -> Markup:
    """A time as everybody can read it; the script turns it into the reader's own."""
    utc = at.astimezone(UTC)
    return Markup('<time datetime="{}">{}</time>').format(
        utc.strftime("%Y-%m-%dT%H:%M:%SZ"), utc.strftime("%Y-%m-%d %H:%M UTC")
    )


def _most(facts: SystemFacts) -> int:
    """The most characters that the user's own password may have; 0 where there is no such limit worth saying."""
    if facts.product == "ibmi":
        return 0 if facts.rules.mixed_case else 10
    return 8 if facts.product in {"racf", "acf2", "topsecret"} else 0


def _page(template: str, status: int, **values: object) -> Response:
    response = Response(render_template(template, **values), status=status)
    response.headers["Content-Language"] = _language()
    return response


def _language() -> str:
    """The request may have been refused before its language was looked at."""
    return str(g.get("language", "en")) if current_app else "en"

"""The console's templates. English alone: operators read the same words in the log, on the command line and here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from flask import Response, current_app, g
from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from bridge.domain.policy import MAY, Caller, Deed
from bridge.ports import WebKit
from bridge.texts import ENGLISH
from bridge.texts.times import moment
from web import guard
from web.console.wanted import unsent
from web.problems import Problem, with_headers
from web.settings import WebSettings

SECOND: Final = timedelta(seconds=1)
MINUTE: Final = timedelta(minutes=1)
UNITS: Final = ((timedelta(days=2), timedelta(days=1), "days"), (timedelta(hours=2), timedelta(hours=1), "h"),
                (MINUTE, MINUTE, "min"))  # fmt: skip


class Printer:
    """Fills in the console's templates."""

    def __init__(self, kit: WebKit, settings: WebSettings) -> None:
        self._kit, self._settings = kit, settings
        self._environment = Environment(
            loader=PackageLoader("web.console"), autoescape=True, trim_blocks=True, lstrip_blocks=True
        )
        self._environment.globals["site"] = settings.site
        self._environment.filters["moment"] = written
        self._environment.filters["ahead"] = self._ahead
        self._environment.filters["advice"] = sentence
        self._environment.filters["coded"] = coded
        self._environment.filters["ago"] = self._ago

    def page(self, template: str, status: int = 200, **values: object) -> Response:
        """A page, with whoever is signed in."""
        now = self._kit.clock.now()
        common = {"now": now, "token": guard.token(self._settings.secret, now), "caller": g.get("caller"),
                  "may_ask": _may_ask(g.get("caller"))}  # fmt: skip
        response = Response(self._environment.get_template(template).render(common | values), status=status)
        response.headers["Content-Language"] = ENGLISH
        return response

    def trouble(self, problem: Problem) -> Response:
        """What went wrong, and whatever was typed, to be sent once more."""
        kept = unsent(problem, self._settings)
        return with_headers(problem, self.page("trouble.html", problem.status, problem=problem, kept=kept))

    def _ago(self, at: datetime) -> str:
        return ago(self._kit.clock.now() - at)

    def _ahead(self, at: datetime) -> str:
        """A pause can be of seconds, which a time in minutes does not show."""
        left = at - self._kit.clock.now()
        return f"in {left // SECOND} s" if left < 2 * MINUTE else f"in {left // MINUTE} min"


def _may_ask(caller: Caller | None) -> bool:
    return caller is not None and any(Deed.ASK in MAY[role] for role in caller.roles)


def trouble(problem: Problem) -> Response:
    """No such page, not allowed, not a form of ours, our own faults."""
    printer: Printer = current_app.extensions["console"]
    return printer.trouble(problem)


def written(at: datetime) -> Markup:
    """A time in UTC, and saying so."""
    exact = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Markup('<time datetime="{}">{}</time>').format(exact, moment(at, ENGLISH))


def sentence(words: str) -> Markup:
    """A sentence of its own, its `commands` as such."""
    return coded(f"{words[:1].upper()}{words[1:]}")


def coded(words: str) -> Markup:
    """Its `commands` as such; it may begin with somebody's name."""
    parts = words.split("`")
    return Markup("").join(Markup("<code>{}</code>").format(part) if at % 2 else part for at, part in enumerate(parts))


def ago(age: timedelta) -> str:
    """How long it is since: 12 min ago."""
    for least, unit, name in UNITS:
        if age >= least:
            return f"{age // unit} {name} ago"
    return "just now"

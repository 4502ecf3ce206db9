"""Renders the user's pages; decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, jsonify, request
from markupsafe import Markup

from bridge.domain.errors import (
    BadInput,
    BridgeError,
    LinkDead,
    LinkEnded,
    NextQuestion,
    NotDisowned,
    TooMany,
    VaultLocked,
    WrongAnswer,
)
from bridge.domain.link import Closed
from bridge.domain.second import MAIL, OIDC, PASSKEY, PHONE, RADIUS, RELEASE_CODE, TOTP
from bridge.domain.secret import Secret
from bridge.flows.disown import Disowned
from bridge.flows.handover import Shown, Step, Waiting
from bridge.flows.look import Standing
from bridge.flows.reveal import OneMore
from bridge.flows.send import Sent
from bridge.ports import WebKit
from bridge.texts import speech
from bridge.texts.letters import listed, marked, named
from web import guard
from web.problems import Problem, problem_of, with_headers
from web.settings import SystemFacts, WebSettings
from web.user import given, tickets, tongues, visits
from web.user.endings import ENDINGS
from web.user.notices import NOTICES, missing
from web.user.printing import Printer, saying
from web.user.visits import TYPED
from web.user.words import translator


class Held(NamedTuple):
    """What the person showed: the key, or a proof of it, or neither."""

    key: Secret | None
    proof: Secret | None


NOTHING: Final = Held(None, None)
TOO_MANY: Final = "wrong"
DAMAGED: Final = "damaged"
SIGN_ON_AWAY: Final = "sign_away"


NOWHERE: Final = frozenset({"nophone", "nomail"})  # what was asked for cannot be sent: other codes are spoken of
CODED: Final = frozenset({TOTP, PHONE, MAIL, RADIUS})  # what is typed to disown a link that has been read
PLAIN: Final = frozenset({TOTP, RELEASE_CODE, RADIUS})  # nothing on the page is for one of these alone

STEPS: Final[Mapping[Step, str]] = {
    Step.WAITING: marked("Your code was right"),
    Step.CONNECTING: marked("Logging on to the mainframe"),
    Step.SETTING: marked("Setting your new password, and checking it"),
    Step.READY: marked("Ready to be shown"),
}
"""What the waiting page ticks off: each while the row says so, those before it done."""


class Page:
    """The pages, with what they have in common."""

    def __init__(self, kit: WebKit, settings: WebSettings) -> None:
        self._kit, self._settings = kit, settings
        self._host = urlsplit(settings.site.base_url).netloc

    def install(self, app: Flask) -> None:
        """Give the templates their language and the site's names."""
        app.jinja_env.filters["moment"] = moment
        app.add_url_rule("/forgotten", "forgotten", self.forgotten, methods=["GET", "HEAD"])
        app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
        languages = self._settings.site.languages
        common = {"site": self._settings.site, "host": self._host, "tongues": tongues.names(languages)}
        app.extensions["printer"] = Printer(app.jinja_env, common)

        @app.before_request
        def choose() -> None:
            if not request.path.startswith("/api/"):
                tongues.settle(languages)

    def speak(self, language: str) -> None:
        """The language of the link's mail, for who has shown its key and chosen none."""
        tongues.suit(language, self._settings.site.languages)

    def form(
        self, locator: str, *, held: Held = NOTHING, error: BadInput | WrongAnswer | None = None,
        status: int | None = None, ending: bool = False, notice: str = "", standing: Standing | None = None,
        question: str | None = None, sent: Sent | None = None, again_at: datetime | None = None,
        one_more: OneMore | None = None,
    ) -> Response:  # fmt: skip
        """The page that asks for key and code, whatever the locator."""
        field = error.place if isinstance(error, BadInput) else "code" if error else ""
        walk, say_it = one_more or standing, translator(_language())
        progress = one_more.token.expose() if one_more else _progress(locator, walk, notice)
        kinds = walk.wanted if walk else self._settings.factors
        if progress and OIDC in kinds and walk:
            tickets.passed(locator, progress)
        signed = "" if walk and OIDC in walk.passed else tickets.kept(locator).ticket
        slots = {
            "action": f"/r/{locator}" if locator else "/r",
            "locator": locator,
            "token": guard.token(self._settings.secret, self._kit.clock.now()),
        }
        values = {
            "switch": "open",
            "key": held.key.expose() if held.key else "",
            "proof": held.proof is not None,
            "field": field,
            "message": error.expected if isinstance(error, BadInput) else "",
            "left": error.left if isinstance(error, WrongAnswer) else None,
            **visits.mistake(error),
            "ending": ending,
            "notice": notice,
            "standing": self._told(standing) if standing else None,
            "question": question,
            "sent": sent,
            "again_at": again_at,
            "progress": progress,
            "passed": listed(named(walk.passed, say_it), say_it) if walk else "",
            "asks": visits.asks(walk, say_it) if walk and (walk.several or notice not in NOWHERE) else "",
            "begin_by": walk.passed_until if walk else None,
            "tokens": RADIUS in kinds,
            "worded": self._settings.worded and RELEASE_CODE in kinds,
            "phones": PHONE in kinds and notice != "nophone",
            "mails": MAIL in kinds and notice != "nomail",
            "signs": OIDC in kinds,
            "coded": question is not None or not TYPED.isdisjoint(kinds),
            "signed": signed,
            "stranger": isinstance(error, WrongAnswer) and tickets.spent(),
            "passkeys": PASSKEY in kinds,
            "mixed": not PLAIN.issuperset(self._settings.factors),
            "keyed": bool(request.form.get("passkey")),
            "armed": self._settings.armed,
        }
        if request.method == "POST" or progress or signed or held.key:
            return printed("open.html", status or (400 if error else 200), **values, **slots)
        return filled("open.html", lambda: values, slots, same=frozenset(values.items()), status=status or 200)

    def outcome(self, outcome: Shown | Waiting | OneMore, locator: str, held: Held) -> Response:
        """What comes of a right factor."""
        if isinstance(outcome, Shown):
            self.speak(outcome.language)
        if isinstance(outcome, OneMore):
            return self.form(locator, held=held, notice="more", one_more=outcome)
        if isinstance(outcome, Waiting):
            return self.waiting(outcome, locator, held)
        return self.password(outcome, locator, held)

    def password(self, shown: Shown, locator: str, held: Held) -> Response:
        """The one answer that holds a password, open or as the key that stayed in the browser opens it."""
        facts = self._settings.systems.get(shown.system, SystemFacts(title=shown.system))
        closed = shown.password if isinstance(shown.password, Closed) else None
        text = "" if isinstance(shown.password, Closed) else shown.password.expose()
        return filled(
            "shown.html",
            lambda: given.given(facts, closed, self._settings, _language()),
            {
                "userid": shown.userid,
                "until": moment(shown.unused_until),
                "visit": shown.visit,
                "text": text,
                "letters": given.spelled(text, facts, _language()) if not shown.file else "",
                "inner": closed.inner.hex() if closed else "",
                "bound": closed.bound.hex() if closed else "",
                "file": shown.file,
                **self._again(locator, held),
            },
            same=(shown.system, closed is not None, closed is not None and closed.armed),
        )

    def waiting(self, waiting: Waiting, locator: str, held: Held) -> Response:
        """Who passed an armed link's factor waits here, and goes on without a code: by script, or with the button."""
        return printed(
            "wait.html",
            202,
            switch="wait",
            step=waiting.step.value,
            steps=[(each.value, say(words)) for each, words in STEPS.items()],
            away=waiting.step is Step.AWAY,
            until=waiting.until,
            ticket=waiting.ticket.expose(),
            **self._again(locator, held),
        )

    def progress(self, found: Waiting | BridgeError) -> Response:
        """For the script of waiting(). What it does not know it takes for the end of the wait, and sends the form."""
        return jsonify(step=found.step.value if isinstance(found, Waiting) else "over")

    def refusal(  # noqa: PLR0911 - a table
        self, error: BridgeError, locator: str, held: Held, standing: Standing | None = None,
        takes: Sequence[str] = (),
    ) -> Response:  # fmt: skip
        """Everything a flow says no with. `takes`: the factors with which a read link can be disowned."""
        match error:
            case LinkDead():
                return self.form(locator, status=404, notice="dead")
            case NotDisowned():
                return self._ended(error, locator, held, takes, status=410 if error.left is None else 403)
            case LinkEnded():
                return self._ended(error, locator, held, takes)
            case WrongAnswer(left=0):
                return self._too_many(locator, held)
            case WrongAnswer():
                return self.form(locator, held=held, error=error, status=403, standing=standing)
            case BadInput(place="code"):
                words = missing(self._settings.factors, standing.wanted if standing else self._settings.factors,
                                worded=self._settings.worded)  # fmt: skip
                return self.form(locator, held=held, error=BadInput("code", say(words)), standing=standing)
            case BadInput(place="locator"):
                return self.form(locator, status=404, notice="dead")
            case NextQuestion():
                return self.form(locator, held=held, question=error.words, standing=standing)
            case VaultLocked():  # security has been told: what is sealed for this link is not as it was stored
                return trouble(replace(problem_of(error), code=DAMAGED))
        for kind, (status, notice, pause) in NOTICES.items():
            if isinstance(error, kind):
                until = visits.from_minute(getattr(error, "until", None))
                response = self.form(
                    locator, held=held, status=status, notice=notice, standing=standing, again_at=until
                )
                if pause := getattr(error, "retry_after", pause):
                    response.headers["Retry-After"] = str(pause)
                return response
        problem = problem_of(error)
        return with_headers(problem, trouble(problem))

    def standing(self, standing: Standing | BridgeError, tongue: str = "") -> Response:
        """What form() would say, for the page that is there already. 200 for every link: no console complains.

        `tongue`: of the link's mail; the page asks for itself in it, where it speaks another that nobody chose.
        """
        wished = tongues.wished(tongue, self._settings.site.languages)
        mail = {"mail": wished} if wished not in ("", _language()) else {}
        match standing:
            case Standing():
                return jsonify(visits.plain(self._told(standing), _language()) | mail)
            case LinkEnded():
                ending = ENDINGS.get(standing.state, ENDINGS["revoked"])
                words = {"title": say(ending.title), "text": say(ending.text), "advice": say(ending.advice)}
                return jsonify(over=words | visits.time(standing.at, _language()), **mail)
        return jsonify({})

    def again(self, said: str, locator: str, held: Held) -> Response | None:
        """The last page of a link that is over, in another language; None where it was another."""
        if said == TOO_MANY:
            return self._too_many(locator, held)
        return self.disowned(locator, held, Disowned(said)) if said in set(Disowned) else None

    def _too_many(self, locator: str, held: Held) -> Response:
        back = self._back(locator, held, TOO_MANY)
        return printed("ended.html", 410, ending=ENDINGS["revoked"], wrong=True, **back)

    def _told(self, standing: Standing) -> visits.Told:
        return visits.told(standing, g.source, speech(_language()))

    def read(
        self, ended: LinkEnded, locator: str, held: Held, takes: Sequence[str], *, sent: Sent | None = None,
        error: BridgeError | None = None,
    ) -> Response:  # fmt: skip
        """The page of a read link, on which something was asked for with which to disown it."""
        question = error.words if isinstance(error, NextQuestion) else None
        status, notice, pause = NOTICES.get(type(error), (200, "", 0)) if error else (200, "", 0)
        if isinstance(error, TooMany) and request.path.endswith("/not-me"):
            notice = "enough"
        response = self._ended(ended, locator, held, takes, status=status, sent=sent, notice=notice, question=question)
        if pause:
            response.headers["Retry-After"] = str(getattr(error, "retry_after", pause))
        return response

    def _ended(
        self, error: LinkEnded, locator: str, held: Held, takes: Sequence[str], *, status: int = 410,
        sent: Sent | None = None, notice: str = "", question: str | None = None,
    ) -> Response:  # fmt: skip
        """A read link can still be disowned, with a factor that can be checked; without one, by the help desk."""
        signed = tickets.kept(locator).ticket if OIDC in takes else ""
        return printed(
            "ended.html",
            status,
            ending=ENDINGS.get(error.state, ENDINGS["revoked"]),
            at=error.at,
            read=bool(takes) or (isinstance(error, NotDisowned) and error.left == 0),
            coded=not CODED.isdisjoint(takes) and not signed,
            question=question,
            apps=TOTP in takes,
            tokens=RADIUS in takes,
            phones=PHONE in takes and not signed,
            mails=MAIL in takes and not signed,
            sent=sent,
            notice=notice,
            passkeys=PASSKEY in takes and not signed,
            signs=OIDC in takes and not signed,
            signed=signed,
            stranger=tickets.spent(),
            keyed=bool(request.form.get("passkey")),
            left=error.left if isinstance(error, NotDisowned) else None,
            **self._back(locator, held),
        )

    def _back(self, locator: str, held: Held, said: str = "") -> dict[str, str]:
        """What brings a page of a link that is over once more, in another language. `said`: what it says besides how
        the link stands."""
        return self._again(locator, held) | {"back": "yes", "switch": "again", "said": said}

    def _again(self, locator: str, held: Held) -> dict[str, str]:
        """What the next form on a page of this link's needs."""
        return {
            "action": f"/r/{locator}",
            "locator": locator,
            "key": held.key.expose() if held.key else "",
            "proof": held.proof.expose() if held.proof else "",
            "token": guard.token(self._settings.secret, self._kit.clock.now()),
        }

    def disowned(self, locator: str, held: Held, ended: Disowned) -> Response:
        """The person said that it was somebody else."""
        return printed("disowned.html", 200, ended=ended.value, **self._back(locator, held, ended.value))

    def forgotten(self) -> Response:
        """Where a page without script goes when its time is up."""
        return printed("forgotten.html", 200)


def trouble(problem: Problem) -> Response:
    """No such page, wrong method, too large, our own faults."""
    return printed("trouble.html", problem.status, problem=problem, family=HTTPStatus(problem.status).value // 100)


def say(text: str) -> Markup:
    """A text in the reader's language."""
    return saying(_language())(text)


def moment(at: datetime) -> Markup:
    """A time as everybody can read it; the script turns it into the reader's own."""
    return Markup('<time datetime="{}">{}</time>').format(*visits.time(at, _language()).values())


def printed(template: str, status: int, **values: object) -> Response:
    """A page in the reader's language."""
    printer: Printer = current_app.extensions["printer"]
    return _page(printer.print(template, _language(), {"chosen": _chosen(), **values}), status)


def filled(
    template: str, values: Callable[[], Mapping[str, object]], slots: Mapping[str, str], *, same: Hashable,
    status: int = 200,
) -> Response:  # fmt: skip
    """A page in the reader's language, as Printer.fill() makes it."""
    printer: Printer = current_app.extensions["printer"]
    chosen = _chosen()
    return _page(
        printer.fill(template, _language(), lambda: {"chosen": chosen, **values()}, slots, same=(chosen, same)), status
    )


def _page(text: str, status: int) -> Response:
    response = Response(text, status=status)
    response.headers["Content-Language"] = _language()
    return response


def _chosen() -> str:
    return str(g.get("chosen", ""))


def _progress(locator: str, walk: Standing | OneMore | None, notice: str) -> str:
    """What stands for the factors passed so far. Where nobody has asked how far it has come, it is given back as it
    was: on the way to a sign-on only the cookie has it."""
    sent = request.form.get("progress", "")
    if walk:
        return sent if walk.passed else ""
    return "" if notice in {"ticket", "dead"} else sent or tickets.kept(locator).progress


def _language() -> str:
    """The request may have been refused before its language was looked at."""
    return str(g.get("language", "en")) if current_app else "en"

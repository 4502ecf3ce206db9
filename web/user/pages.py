"""The user's pages: GET looks and spends nothing, POST acts."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from flask import Flask, Response, g, request

from bridge.domain.errors import (
    BadInput,
    BridgeError,
    CodeUnsent,
    FactorUnreached,
    LinkDead,
    LinkEnded,
    NextQuestion,
    Overtaken,
    QuestionLapsed,
    StoreFault,
    TicketLapsed,
    TooMany,
)
from bridge.domain.link import name_in, read_key
from bridge.domain.reading import find
from bridge.domain.second import MAIL, OIDC, PASSKEY, PHONE, RADIUS, legible
from bridge.domain.secret import Secret
from bridge.domain.typed import bare
from bridge.flows import disown, look, send
from bridge.flows.handover import Shown
from bridge.flows.holder import Attempt
from bridge.flows.look import Standing
from bridge.ports import WebKit
from bridge.texts.letters import marked
from web import guard
from web.problems import Problem
from web.settings import WebSettings
from web.user import files, keys, page, signon, waiting
from web.user.openings import Openings
from web.user.patience import patiently
from web.user.tongues import SPEAKS
from web.user.words import translator

LOCATOR: Final = re.compile(r"[0-9A-Za-z]{26}(?![0-9A-Za-z])")
NO_SUCH_LINK: Final = "x"  # what reveal() is asked for when there is no locator: never the name of a link
ASKED: Final = "yes"
WORD: Final = "STOP"  # a scanner that presses every button does not write it
WORDS: Final = 200  # characters of a field in which that one is looked for
FIELDS: Final = (
    "token", "key", "proof", "code", "passkey", "word", "visit", "asked", "ticket", "again", "progress", "signed",
    "said",
    *SPEAKS,
)  # fmt: skip
GET_OR_HEAD: Final = ["GET"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The form, read. `problem` names what a person has to mend first; then nothing has been asked of the flows."""

    locator: str
    key: Secret | None
    proof: Secret | None
    fields: dict[str, str]
    problem: BadInput | None = None

    @property
    def answer(self) -> Secret:
        """What a passkey signed; else what was typed; else what stands for a sign-on."""
        return Secret(self.fields["passkey"] or self.fields["code"].strip() or self.fields["signed"])

    @property
    def kind(self) -> str:
        """The factor that the answer is for, where that is known."""
        if self.fields["passkey"]:
            return PASSKEY
        return OIDC if self.fields["signed"] and not self.fields["code"].strip() else ""

    @property
    def held(self) -> page.Held:
        """Key or proof."""
        return page.Held(self.key, self.proof)


def add(app: Flask, kit: WebKit, settings: WebSettings) -> waiting.Desk:  # noqa: PLR0915 - a table of routes
    """Put the pages into the application. Returns what further pages of a link have in common with these."""
    show, openings = page.Page(kit, settings), Openings(kit, settings)
    show.install(app)
    origin = guard.origin_of(settings.site.base_url)

    def attempt(sent: Sent) -> Attempt:
        return Attempt(
            locator=sent.locator or NO_SUCH_LINK,
            key=sent.key or Secret(""),
            proof=sent.proof,
            answer=sent.answer if RADIUS in settings.factors else legible(sent.answer),
            kind=sent.kind,
            asked=sent.fields["asked"] == ASKED,
            progress=Secret(sent.fields["progress"]) if sent.fields["progress"] else None,
            source=g.source,
            network=guard.network_of(g.source, *settings.prefixes),
            agent=guard.agent_of(request),
        )

    def looked(rest: str) -> Response:
        locator, key = read_path(rest)
        response = show.form(locator, held=page.Held(key, None))
        if locator:
            openings.note_after(response, locator)
        return response

    def tried(rest: str, act: Callable[[Sent], Response]) -> Response:
        guard.check_origin(request, origin)
        sent = read_form(rest, kit, settings)
        if sent.problem:
            error = None if sent.fields["speak"] else sent.problem
            return show.form(sent.locator, held=sent.held, error=error)
        try:
            return act(sent)
        except BridgeError as error:
            heard(sent)
            # the person tries again, and should know who else is there, and how far they have come
            mended = not isinstance(error, LinkDead | LinkEnded | TicketLapsed)
            return refused(error, sent, stands(sent) if mended else None)

    def acted(rest: str) -> Response:
        if request.form.get("speak", "") == "" and stops(request.form.get("word", "")):
            return disowned(rest)  # Enter there is the first button's, where no script hears it

        def act(sent: Sent) -> Response:
            if sent.fields["speak"]:
                return show.form(sent.locator, held=sent.held, standing=stands(sent))
            outcome = patiently(lambda: signon.revealed(attempt(sent), kit), kit.clock)
            if not isinstance(outcome, Shown):
                heard(sent)
            return show.outcome(outcome, sent.locator, sent.held)

        return tried(rest, act)

    def code_sent(rest: str, kind: str) -> Response:
        def act(sent: Sent) -> Response:
            try:
                code = send.send(attempt(sent), kit, kind)
            except (CodeUnsent, TooMany) as error:
                return on_its_page(error, sent)
            heard(sent)
            if code.read_at:
                ended = LinkEnded("opened", code.read_at)
                return show.read(ended, sent.locator, sent.held, disown.takes(attempt(sent), kit), sent=code)
            return show.form(sent.locator, held=sent.held, sent=code, standing=stands(sent))

        return tried(rest, act)

    def on_its_page(error: BridgeError, sent: Sent) -> Response:
        """Of a read link on the page that disowns it; else raised, to be said on the page that asks."""
        try:
            look.standing(attempt(sent), kit)
        except LinkEnded as ended:
            return show.read(ended, sent.locator, sent.held, disown.takes(attempt(sent), kit), error=error)
        raise error

    def answered_elsewhere(error: BridgeError, sent: Sent) -> Response:
        """What another server has to do with goes on the page of the read link."""
        if not isinstance(error, NextQuestion | QuestionLapsed | FactorUnreached | Overtaken | TooMany):
            return refused(error, sent)
        try:
            return on_its_page(error, sent)
        except BridgeError:
            return refused(error, sent)

    def refused(error: BridgeError, sent: Sent, standing: Standing | None = None) -> Response:
        read = isinstance(error, LinkEnded) and error.state == "opened"
        takes = disown.takes(attempt(sent), kit) if read else ()
        return show.refusal(error, sent.locator, sent.held, standing, takes)

    def heard(sent: Sent) -> None:
        """The page speaks as the link's mail did, until its reader chooses. Where that cannot be looked up it does not:
        what it has to say has happened."""
        if not g.chosen:
            with suppress(StoreFault):
                show.speak(look.tongue(attempt(sent), kit))

    def stands(sent: Sent) -> Standing | None:
        try:
            return look.standing(attempt(sent), kit)
        except BridgeError:
            return None

    def standing(rest: str) -> Response:
        guard.check_origin(request, origin)
        sent, plain = read_form(rest, kit, settings), request.headers.get("Accept") == "application/json"
        if sent.problem:
            return show.standing(sent.problem) if plain else show.form(sent.locator, held=sent.held, error=sent.problem)
        if plain:
            return told(sent)
        heard(sent)
        try:
            found = look.standing(attempt(sent), kit)
        except LinkEnded as error:
            return show.again(sent.fields["said"], sent.locator, sent.held) or refused(error, sent)
        except BridgeError as error:
            return refused(error, sent)
        return show.form(sent.locator, held=sent.held, standing=found)

    def told(sent: Sent) -> Response:
        tongue = look.tongue(attempt(sent), kit)
        try:
            return show.standing(look.standing(attempt(sent), kit), tongue)
        except BridgeError as error:
            return show.standing(error, tongue)

    def disowned(rest: str) -> Response:
        guard.check_origin(request, origin)
        sent = read_form(rest, kit, settings)
        if not sent.problem:
            heard(sent)
        if not sent.problem and not stops(sent.fields["word"]):
            say = translator(g.language)
            sent = replace(sent, problem=BadInput("word", say(marked("Type the word STOP to end this link."))))
        if sent.problem:
            return show.form(sent.locator, held=sent.held, error=sent.problem, ending=True)
        try:
            ended = signon.disowned(attempt(sent), sent.fields["visit"], kit)
        except BridgeError as error:
            return answered_elsewhere(error, sent)
        return show.disowned(sent.locator, sent.held, ended)

    desk = waiting.Desk(kit, show, attempt, tried, lambda rest: read_form(rest, kit, settings), origin)
    waiting.add(app, desk)
    keys.add(app, desk)
    files.add(app, desk, settings)
    signon.add(app, kit, show, settings.prefixes)
    for root in ("/r", "/R"):
        app.add_url_rule(f"{root}/<path:rest>", f"look{root}", looked, methods=GET_OR_HEAD)
        app.add_url_rule(f"{root}/<path:rest>", f"act{root}", acted, methods=["POST"])
        app.add_url_rule(f"{root}/<rest>/not-me", f"disown{root}", disowned, methods=["POST"])
        for way, kind in (("code", PHONE), ("mail-code", MAIL)):
            by = {"kind": kind}
            app.add_url_rule(f"{root}/<rest>/{way}", f"{way}{root}", code_sent, methods=["POST"], defaults=by)
        app.add_url_rule(f"{root}/<rest>/standing", f"stand{root}", standing, methods=["POST"])
        app.add_url_rule(root, f"look-bare{root}", looked, methods=GET_OR_HEAD, defaults={"rest": ""})
        app.add_url_rule(root, f"act-bare{root}", acted, methods=["POST"], defaults={"rest": ""})
    app.add_url_rule("/", "home", looked, methods=GET_OR_HEAD, defaults={"rest": ""})
    return desk


def read_path(rest: str) -> tuple[str, Secret | None]:
    """The locator, and the key where a mail gateway moved it from the fragment into the path."""
    found = LOCATOR.match(rest)
    if not found:
        return "", None
    tail = rest[found.end() :]
    try:
        key = read_key(tail.lstrip("/?")) if len(tail) > 8 else None
    except BadInput:
        key = None
    return name_in(found[0]), key


def stops(word: str) -> bool:
    """Whether it is the word that ends a link."""
    return bare(word[:WORDS]).upper() == WORD


def read_form(rest: str, kit: WebKit, settings: WebSettings) -> Sent:
    """Read and check the form; what a person can mend is in `problem`. Raises BadInput for what no page of ours sends.

    A whole link pasted into the field wins over the address: people paste the newer one into the older page.
    """
    say = translator(g.language)
    fields = guard.form(request, *FIELDS)
    pasted = find(fields["key"])
    locator = (pasted and pasted.locator) or read_path(rest)[0]
    problem = None
    key = Secret(pasted.key) if pasted else None
    proof = Secret(fields["proof"]) if fields["proof"] and not fields["key"] else None
    if not key and not proof:
        wrong = marked("This is not a whole link or code. Copy it again from the e-mail.")
        absent = marked("Paste the link or the code from the e-mail.")
        problem = BadInput("key", say(wrong if fields["key"].strip() else absent))
    if (key or proof) and not locator:
        problem = BadInput("key", say(marked("Paste the whole link here; the code alone is not enough on this page.")))
    if not guard.token_holds(fields["token"], settings.secret, kit.clock.now()):
        problem = problem or BadInput("form", say(marked("This page had been open for too long. Please try again.")))
    return Sent(locator=locator, key=key, proof=proof, fields=fields, problem=problem)


def trouble(problem: Problem) -> Response:
    """The page for everything that is nobody's link: no such page, wrong method, our own faults."""
    return page.trouble(problem)

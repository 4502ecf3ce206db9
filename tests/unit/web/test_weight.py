"""Every page weighs less than 60 kB, uncompressed, with everything that one load of it brings, in every language."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest
from flask import Response, g

from bridge.domain.errors import BadInput, CodeUnsent, LinkEnded, NextQuestion, NoPhone, NotDisowned, WrongAnswer
from bridge.domain.link import Closed
from bridge.domain.names import Person, SystemName, Userid
from bridge.domain.password import Rules
from bridge.domain.reset import View
from bridge.domain.second import PASSKEY, TOTP
from bridge.domain.secret import Secret
from bridge.flows.disown import Disowned
from bridge.flows.handover import Shown, Step, Waiting
from bridge.flows.invite import NewApp
from bridge.flows.look import Opening, Standing
from bridge.flows.self_service import Owned
from bridge.flows.send import Sent
from bridge.flows.steps import OneMore
from bridge.ports import Enrolled
from bridge.texts import languages
from tests.fakes.kit import House
from tests.fakes.web import Browser, settings
from web.problems import Problem
from web.settings import SystemFacts
from web.user import enrolment, page
from web.user.endings import ENDINGS
from web.user.visits import MOST

LIMIT: Final = 60_000
EVERYTHING: Final = ("totp", "passkey", "release_code", "radius", "phone", "mail", "oidc")
MASKS: Final = tuple("CVcvmWxLN*"[at:] + "CVcvmWxLN*"[:at] for at in range(8))
HARD: Final = Rules(length=10, mixed_case=True, specials=True, rules=MASKS, separator=":")
PRODUCTS: Final = ("racf", "acf2", "topsecret", "ibmi", "unix")
AGENT: Final = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0"
LOCATOR: Final = "0123456789ABCDEFGHJKMNPQRS"
HELD: Final = page.Held(Secret("0123456789ABCDEFGHJKMNPQRSTVWXYZ"), Secret("0" * 64))
FILE: Final = 3_000
"""Bytes of a sealed KeePass file, and a third more: its text is base64."""

Faces = Callable[[], Iterator[tuple[str, Response]]]


@pytest.fixture
def faces(bridge: House) -> Faces:
    """Every kind of page with all that it can hold, at a site that asks for everything."""
    systems = {name.upper(): SystemFacts(title=name, product=name, rules=HARD) for name in PRODUCTS}
    told = settings(factors=EVERYTHING, armed=True, systems=systems)
    show, own = page.Page(bridge.web, told), enrolment.Desk(bridge.web, told)
    now = bridge.clock.now()
    openings = tuple(
        Opening(at=now, source=f"2001:db8:85a3:1234:5678:8a2e:370:7{n:03}", agent=AGENT) for n in range(60)
    )
    standing = Standing(expires_at=now, openings=openings, more=900, wanted=EVERYTHING, several=True,
                        passed=("totp", "oidc"), passed_until=now)  # fmt: skip
    factor = Enrolled(id="F0123456789", person=Person("js"), kind=PASSKEY, label="", seed=b"", added_at=now,
                      added_by="js", usable_from=now)  # fmt: skip
    invited = enrolment.Sent(locator=LOCATOR, key=HELD.key, fields={"own": "yes", "code": "12345678"})

    def given(system: str, password: Secret | Closed, view: View) -> Response:
        shown = Shown(password=password, system=SystemName(system), userid=Userid("WWWWWWWW"), unused_until=now,
                      visit="V" * 64, view=view)  # fmt: skip
        return show.password(shown, LOCATOR, HELD)

    def shown() -> Iterator[tuple[str, Response]]:
        for system in systems:
            yield f"{system} open", given(system, Secret("aB3_efgh9k"), View.PAGE)
            for armed in (True, False):
                for view, size in ((View.PAGE, 60), (View.KEEPASS, FILE * 4 // 3)):
                    closed = Closed(inner=bytes(size), bound=bytes(90), armed=armed)
                    yield f"{system} {view} armed={armed}", given(system, closed, view)
            yield f"{system} file open", given(system, Secret("A" * (FILE * 4 // 3)), View.KEEPASS)

    def asked() -> Iterator[tuple[str, Response]]:
        yield "ask", show.form(LOCATOR)
        yield "ask, told", show.form(LOCATOR, held=HELD, standing=standing)
        sent = Sent(to="j••••@e•••••.example", until=now, kind="mail")
        yield "sent", show.form(LOCATOR, held=HELD, standing=standing, sent=sent)
        for error in (WrongAnswer(3), BadInput("code", ""), NextQuestion("w" * 200), NoPhone("new"), CodeUnsent("no")):
            yield repr(error), show.refusal(error, LOCATOR, HELD, standing)
        more = OneMore(token=Secret("T" * 26), passed=("totp",), wanted=EVERYTHING, passed_until=now)
        yield "one more", show.form(LOCATOR, held=HELD, notice="more", one_more=more)
        for notice in ("dead", "sign_away", "sign_refused", "sign_lapsed", "paused"):
            yield notice, show.form(LOCATOR, held=HELD, notice=notice, again_at=now, standing=standing, ending=True)

    def ended() -> Iterator[tuple[str, Response]]:
        for state in ENDINGS:
            yield state, show.refusal(LinkEnded(state, now), LOCATOR, HELD, takes=EVERYTHING)
        yield "not disowned", show.refusal(NotDisowned(now, 3), LOCATOR, HELD, takes=EVERYTHING)
        yield "wrong", show.refusal(WrongAnswer(0), LOCATOR, HELD)
        for end in Disowned:
            yield end.value, show.disowned(LOCATOR, HELD, end)
        yield "forgotten", show.forgotten()
        for status in (400, 403, 404, 429, 500, 503):
            yield (
                f"trouble {status}",
                page.trouble(Problem(status=status, code="wrong_origin", title="", reference="0" * 16)),
            )

    def others() -> Iterator[tuple[str, Response]]:
        for step in Step:
            wait = Waiting(step=step, ticket=Secret("T" * 26), until=now + timedelta(minutes=10))
            yield step.value, show.waiting(wait, LOCATOR, HELD)
        yield "invited", own._form(invited, notice="no")
        seed, uri = Secret("A" * 32), Secret("otpauth://totp/" + "w" * 200)
        yield "app", own._seed(invited, NewApp(person=Person("js"), seed=seed, uri=uri), wrong=True)
        yield "set up", own._done(invited, factor)
        owned = [
            Owned(factor=replace(factor, kind=kind), kept=why) for kind in (TOTP, PASSKEY) for why in ("", "young")
        ]
        yield "own", own.list(invited, owned * 5, notice="unmade")
        yield "own, over", own.over()

    def every() -> Iterator[tuple[str, Response]]:
        for some in (asked, shown, ended, others):
            yield from some()
        fetched = show.standing(standing)
        assert len((fetched.json or {})["visits"]) == MOST
        asking = show.form(LOCATOR)
        asking.set_data(asking.get_data() + fetched.get_data())
        yield "ask, and how it stands", asking

    return every


def named(response: Response) -> set[str]:
    """The files that a page names: style, scripts, icon."""
    text = response.get_data(as_text=True)
    assert text.startswith("<!doctype html>")
    files = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', text))
    assert len(files) >= 3
    return files


@pytest.mark.parametrize("language", languages())
def test_every_page_weighs_less_than_60_kb(bridge: House, faces: Faces, language: str) -> None:
    """What scripts fetch is counted with it: how the link stands, with as many openings as are ever told."""
    browser = Browser(bridge, factors=EVERYTHING, armed=True)
    with browser.app.test_request_context("/", method="POST"):
        g.language = g.chosen = language
        g.source = "192.0.2.1"
        found = dict(faces())
    files = {file: len(browser.get(file).get_data()) for response in found.values() for file in named(response)}
    weights = {
        name: len(response.get_data()) + sum(files[file] for file in named(response))
        for name, response in found.items()
    }
    assert len(weights) > 60
    assert {name: size for name, size in weights.items() if not 13_000 < size < LIMIT} == {}

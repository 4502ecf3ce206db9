"""Passkeys against Chromium's own authenticator: set up with an invitation, used on a link, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, CDPSession, Page, expect

from bridge.domain.demand import Demand
from bridge.domain.errors import WrongAnswer
from bridge.domain.names import Person
from bridge.domain.policy import Policy
from bridge.domain.reset import State
from bridge.domain.second import STEP
from bridge.domain.secret import Secret
from bridge.flows.challenge import challenge
from bridge.flows.holder import Attempt
from bridge.flows.invite import Invited, invite
from bridge.flows.reveal import reveal
from connectors.factors.passkey import Passkey
from tests.browser.desk import Desk, sitting
from tests.browser.states import ask
from tests.browser.test_access import RULES

FACTORS = ("totp", "passkey")
PHONE = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
         "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip


class Authenticator:
    """A virtual authenticator of one tab."""

    def __init__(self, page: Page, **options: Any) -> None:
        self.cdp: CDPSession = page.context.new_cdp_session(page)
        self.cdp.send("WebAuthn.enable")
        made = self.cdp.send("WebAuthn.addVirtualAuthenticator", {"options": PHONE | options})
        self.id = made["authenticatorId"]

    def credentials(self) -> list[dict[str, Any]]:
        return list(self.cdp.send("WebAuthn.getCredentials", {"authenticatorId": self.id})["credentials"])

    def put(self, credential: dict[str, Any]) -> None:
        self.cdp.send("WebAuthn.addCredential", {"authenticatorId": self.id, "credential": credential})

    def clear(self) -> None:
        self.cdp.send("WebAuthn.clearCredentials", {"authenticatorId": self.id})


@contextmanager
def at_desk(chromium: Browser, folder: Path, **policy: Any) -> Iterator[Desk]:
    home = {"policy": Policy(**{"factors": FACTORS} | policy), "enrolled": True}
    with sitting(chromium, folder, home=home, factors=FACTORS) as desk:
        yield desk


def invited(desk: Desk, **times: timedelta) -> Invited:
    """The person of the desk, with a link and eight digits."""
    lasts, wait = times.get("lasts", timedelta(hours=1)), times.get("wait", timedelta(0))
    return invite("js", desk.base_url, "local:root", desk.house.web, lasts=lasts, wait=wait)  # type: ignore[arg-type]


def set_up(desk: Desk, page: Page) -> Authenticator:
    """Make a passkey on the page of an invitation."""
    authenticator, new = Authenticator(page), invited(desk)
    page.goto(new.link.expose())
    page.fill("#code", new.code.expose())
    page.click("#use")
    expect(page.locator("h1")).to_have_text("Your new way to show that it is you is set up")
    return authenticator


def assertion(desk: Desk, page: Page) -> str:
    """What the page would send: taken from the form instead of being sent."""
    ask(desk, page)
    page.evaluate("HTMLFormElement.prototype.requestSubmit = () => {}")
    page.click("#use")
    expect(page.locator("input[name=passkey]")).not_to_have_value("")
    return str(page.evaluate("document.forms[0].elements.passkey.value"))


def judged(desk: Desk, answer: str) -> Attempt:
    return desk.house.attempt(answer)


def challenged(desk: Desk, page: Page) -> dict[str, Any]:
    """A challenge of the desk's newest link, as the script gets it."""
    ask(desk, page)
    return dict(page.evaluate(
        """async () => passkeys.ask(document.forms[0].getAttribute('action'),
        {token: document.forms[0].elements.token.value, key: document.forms[0].elements.key.value})"""))  # fmt: skip


def test_a_passkey_is_set_up_and_opens_a_link(chromium: Browser, tmp_path: Path) -> None:
    """The person's own way: invitation, passkey, link, password. The link's key never leaves, the person is told."""
    with at_desk(chromium, tmp_path) as desk:
        page = desk.page(viewport={"width": 320, "height": 640})
        authenticator = set_up(desk, page)
        assert len(authenticator.credentials()) == 1
        ask(desk, page)
        assert not Axe().run(page, options=RULES).violations_count
        page.click("#use")
        expect(page.locator("#password")).to_have_text(desk.password)
        assert not desk.heard(desk.key)
        with desk.house.store.look() as work:
            factor = next(one for one in work.people.factors(Person("js")) if one.kind == "passkey")
            kinds = [record.event.kind for record in work.audit.records()]
            told = [notice.kind for notice in work.outbox.due(desk.house.clock.now(), 50)]
        assert factor.last_step == authenticator.credentials()[0]["signCount"] > 0
        assert {"factor.invited", "factor.added"} <= set(kinds)
        assert "factor_added" in told
        assert not [said for said in desk.complaints if "status of" not in said]


@pytest.mark.parametrize("first", FACTORS)
def test_it_is_one_of_two(chromium: Browser, tmp_path: Path, first: str) -> None:
    """Whichever comes first, only the other one is asked for next."""
    with at_desk(chromium, tmp_path, demand=Demand(required=FACTORS)) as desk:
        page = desk.page()
        set_up(desk, page)
        desk.publish()
        ask(desk, page)
        for kind in (first, *({*FACTORS} - {first})):
            if kind != first:
                expect(page.get_by_role("alert").first).to_contain_text("The next one is still missing")
                expect(page.locator("#code")).to_be_visible(visible=kind == "totp")
                expect(page.locator("#use")).to_be_visible(visible=kind == "passkey")
            if kind == "totp":
                page.fill("#code", desk.house.totp())
                page.click("#show")
            else:
                page.click("#use")
        expect(page.locator("#password")).to_have_text(desk.password)
        assert not desk.heard(desk.key)
        assert not [said for said in desk.complaints if "Error" in said]


@pytest.mark.parametrize("script", [True, False])
def test_where_only_a_passkey_opens_no_code_is_asked_for(chromium: Browser, tmp_path: Path, script: bool) -> None:
    """Other policies take codes, so that the page has a field until the key is known."""
    with at_desk(chromium, tmp_path, factors=("passkey",)) as desk:
        page = desk.page(viewport={"width": 320, "height": 640})
        set_up(desk, page)
        desk.publish()
        if not script:
            page = desk.page(java_script_enabled=False)
            page.goto(desk.link.partition("#")[0])
            page.fill("#key", desk.link)
            page.click("#show")
            expect(page.get_by_role("alert").first).to_contain_text("A passkey needs JavaScript")
            expect(page.locator("#code")).to_be_hidden()
            return
        ask(desk, page)
        expect(page.locator("#code")).to_be_hidden()
        expect(page.locator("#show")).to_be_hidden()
        expect(page.locator(".lead")).to_contain_text("shown that it is you")
        expect(page.locator("#use")).not_to_have_class("plain")
        assert not Axe().run(page, options=RULES).violations_count
        page.click("#use")
        expect(page.locator("#password")).to_have_text(desk.password)
        page.goto("about:blank")
        page.goto(desk.link)
        expect(page.locator("#over")).to_be_visible()
        expect(page.locator("#show")).to_be_visible()


@pytest.mark.parametrize("script", [True, False])
def test_a_read_link_is_disowned_with_a_passkey(chromium: Browser, tmp_path: Path, script: bool) -> None:
    """And its challenge takes none away from a link that still opens. Without script there is the app."""
    with at_desk(chromium, tmp_path) as desk:
        page = desk.page(viewport={"width": 320, "height": 640})
        set_up(desk, page)
        desk.house.open(desk.house.totp())
        read, reset_id = desk.link, desk.house.mail.links[-1].reset_id
        if not script:
            page = desk.page(java_script_enabled=False)
            page.goto(read.partition("#")[0])
            page.fill("#key", read)
            page.click("#show")
            expect(page.locator("h1")).to_contain_text("already been shown")
            expect(page.locator("#code-hint")).to_have_text("The 6 digits from your authenticator app.")
            expect(page.locator("#use")).to_be_hidden()
            return
        desk.house.ask("MJONES")
        desk.house.work(2)
        other = assertion(desk, page)
        assert challenge(desk.house.attempt("", mail=-2), desk.house.web)
        assert desk.house.open(Secret(other)).userid == "MJONES"
        page.goto(read)
        expect(page.locator("#over")).to_be_visible()
        page.click("#show")
        expect(page.locator("h1")).to_contain_text("already been shown")
        assert not Axe().run(page, options=RULES).violations_count
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        page.click("#use")
        expect(page.locator("h1")).to_contain_text("Thank you")
        assert desk.house.reset(reset_id).state is State.REVOKED


def test_an_answer_counts_once_and_on_its_own_link(chromium: Browser, tmp_path: Path) -> None:
    """The same assertion again is wrong; so is one to the challenge of the person's other link."""
    with at_desk(chromium, tmp_path) as desk:
        page = desk.page()
        set_up(desk, page)
        signed = assertion(desk, page)
        desk.house.ask("MJONES")
        desk.house.work(2)
        with pytest.raises(WrongAnswer):  # a challenge of the first link, handed in on the second
            reveal(desk.house.attempt(signed), desk.house.web)
        assert desk.house.open(Secret(signed), mail=0).userid == "JSMITH"
        fresh = assertion(desk, page)
        with pytest.raises(WrongAnswer):
            reveal(desk.house.attempt(signed), desk.house.web)
        with pytest.raises(WrongAnswer):  # the challenge was spent by the wrong answer
            reveal(desk.house.attempt(fresh), desk.house.web)


def test_a_challenge_ends(chromium: Browser, tmp_path: Path) -> None:
    """Five minutes; and nothing is accepted that was never asked for."""
    with at_desk(chromium, tmp_path) as desk:
        page = desk.page()
        set_up(desk, page)
        signed = assertion(desk, page)
        desk.house.clock.move(seconds=Passkey.lapse.total_seconds())
        with pytest.raises(WrongAnswer):
            reveal(desk.house.attempt(signed), desk.house.web)


def test_another_origin_is_nothing_to_us(chromium: Browser, tmp_path: Path) -> None:
    """What was signed for another port of the same host, or says that it was, is refused; Chromium itself refuses
    another host."""
    with at_desk(chromium, tmp_path) as desk:
        page = desk.page()
        set_up(desk, page)
        signed = assertion(desk, page)
        kit = desk.house.web
        elsewhere = Passkey(kit.vault, "https://localhost:1")
        with desk.house.store.work() as work:
            reset = next(iter(work.resets.find()[0]))
            assert not elsewhere.accepts(reset, Policy(), Secret(signed), desk.house.clock.now(), work)
        asked = challenged(desk, page)["publicKey"] | {"rpId": "bank.example"}
        error = page.evaluate("asked => passkeys.sign(asked).catch(error => error.name)", asked)
        assert error == "SecurityError"


def test_without_user_verification_it_is_no_factor(chromium: Browser, tmp_path: Path) -> None:
    """The page asks for it, and where a browser was talked out of it the signature is refused."""
    with at_desk(chromium, tmp_path) as desk:
        page = desk.page()
        set_up(desk, page)
        asked = challenged(desk, page)["publicKey"] | {"userVerification": "discouraged"}
        authenticator = page.context.new_cdp_session(page)
        authenticator.send("WebAuthn.enable")
        signed = page.evaluate("asked => passkeys.sign(asked)", asked)
        flags = page.evaluate("text => atob(JSON.parse(text).response.authenticatorData.replace(/-/g, '+')"
                              ".replace(/_/g, '/')).charCodeAt(32)", signed)  # fmt: skip
        assert not flags & 4  # the flag UV
        with pytest.raises(WrongAnswer):
            reveal(desk.house.attempt(signed), desk.house.web)


def test_a_copied_key_is_refused_and_security_told(chromium: Browser, tmp_path: Path) -> None:
    """The counter goes back: an old copy of the key signs well, and is refused."""
    with at_desk(chromium, tmp_path) as desk:
        page = desk.page()
        authenticator = set_up(desk, page)
        [credential] = authenticator.credentials()
        ask(desk, page)
        page.click("#use")
        expect(page.locator("#password")).to_be_visible()
        desk.publish()
        authenticator.clear()
        authenticator.put(credential | {"signCount": 0})
        ask(desk, page)
        page.click("#use")
        expect(page.get_by_role("alert").first).to_contain_text("That passkey was not accepted")
        with desk.house.store.look() as work:
            told = [notice.kind for notice in work.outbox.due(desk.house.clock.now(), 50)]
            kinds = [record.event.kind for record in work.audit.records()]
        assert "key_copied" in told
        assert "factor.copied" in kinds


def test_who_has_none_is_told_so_and_nothing_is_counted(chromium: Browser, tmp_path: Path) -> None:
    """No passkey: words, and the code works."""
    with at_desk(chromium, tmp_path) as desk:
        page = desk.page()
        ask(desk, page)
        page.click("#use")
        expect(page.locator("#keys-said")).to_contain_text("No passkey of yours")
        page.fill("#code", desk.house.totp())
        page.click("#show")
        expect(page.locator("#password")).to_have_text(desk.password)


@pytest.mark.parametrize("script", [True, False])
def test_an_app_is_set_up_with_and_without_script(chromium: Browser, tmp_path: Path, script: bool) -> None:
    """Link and digits, picture and text, the first code; the link is then used up."""
    with at_desk(chromium, tmp_path) as desk:
        page, new = desk.page(java_script_enabled=script, viewport={"width": 320, "height": 640}), invited(desk)
        page.goto(new.link.expose())
        if not script:
            page.fill("#key", new.link.expose())
        expect(page.locator("#keys")).to_be_visible() if script else expect(page.locator("#keys")).to_be_hidden()
        page.fill("#code", new.code.expose())
        page.click("#app")
        seed = page.locator("p.mono").inner_text().replace(" ", "")
        if script:
            assert not Axe().run(page, options=RULES).violations_count
            assert page.evaluate("document.documentElement.scrollWidth") <= 320
            page.screenshot(path=tmp_path / "app.png", full_page=True)
        page.fill("#answer", "000000")
        page.click("#finish")
        expect(page.get_by_role("alert")).to_contain_text("That code is not right")
        now = int(desk.house.clock.now().timestamp()) // STEP
        page.fill("#answer", pyotp.TOTP(seed).generate_otp(now))
        page.click("#finish")
        expect(page.locator("h1")).to_have_text("Your new way to show that it is you is set up")
        page.goto(new.link.expose())
        if not script:
            page.fill("#key", new.link.expose())
        page.fill("#code", new.code.expose())
        page.click("#app")
        expect(page.get_by_role("alert")).to_contain_text("do not open anything")


def test_a_page_elsewhere_weighs_no_more(chromium: Browser, tmp_path: Path) -> None:
    """What asks for passkeys is loaded where a policy takes them, and nowhere else."""
    with sitting(chromium, tmp_path) as desk:
        page = desk.page()
        ask(desk, page)
        assert not [url for url in desk.asked_for if "passkey" in url]
        assert json.loads(page.evaluate("JSON.stringify(typeof passkeys)")) == "undefined"

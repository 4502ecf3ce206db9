"""The faces that take a house of their own: other factors, other hosts, no script. Only for pictures; each is tried and
judged where its feature is tested."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from playwright.sync_api import Browser, Page, expect

from bridge.domain.demand import Demand
from bridge.domain.errors import CodeUnsent
from bridge.domain.password import Rules
from bridge.domain.policy import Policy
from tests.browser.console_scenes import console
from tests.browser.desk import Desk, give, sitting
from tests.browser.states import ask, shown
from tests.browser.test_armed import waits
from tests.browser.test_factors import Pocket
from tests.browser.test_file import arrive as at_file
from tests.browser.test_file import home as filed
from tests.browser.test_own import own_page
from tests.browser.test_passkeys import at_desk, invited, set_up
from tests.browser.test_signon import alone, arrive, sign_on, signing_on
from tests.fakes.judge import NEXT, RIGHT, FakeJudge
from tests.live.provider import ONES_OWN, OTHER, WEAK, Provider, provider
from web.guard import WrongOrigin
from web.settings import SystemFacts

Faces = Iterator[tuple[str, Page]]
FAR: Final = ("de", "he", "ja", "zh")
PHONE: Final = "+491711234512"
AGENT: Final = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/131.0.0.0 Mobile Safari/537.36"
HOSTS: Final = {
    "token": SystemFacts(title="Production A", rules=Rules(separator=":")),
    "acf2": SystemFacts(title="Production B", product="acf2", rules=Rules(length=8)),
    "topsecret": SystemFacts(title="Production C", product="topsecret", rules=Rules(length=8)),
    "ibmi": SystemFacts(title="Warehouse", product="ibmi", rules=Rules(length=10)),
    "unix": SystemFacts(title="Batch server", product="unix", rules=Rules(length=14, mixed_case=True)),
}


def tab(desk: Desk, **options: Any) -> Page:
    return desk.page(**{"has_touch": True, "reduced_motion": "reduce", "user_agent": AGENT} | options)


def pasted(desk: Desk, **options: Any) -> Page:
    """The page that asks, without script, the link typed in."""
    page = tab(desk, java_script_enabled=False, **options)
    page.goto(desk.link.partition("#")[0])
    page.fill("#key", desk.link)
    return page


def languages(chromium: Browser, folder: Path) -> Faces:
    """The switch opened; the two pages that matter where letters, or the direction, are others."""
    with sitting(chromium, folder) as desk:
        page = tab(desk)
        ask(desk, page)
        page.locator(".tongues summary").click()
        yield "ask-switch", page
        for language in FAR:
            page = tab(desk, locale=language)
            ask(desk, page)
            yield f"ask-{language}", page
            give(page, desk.house.totp())
            expect(page.locator("#password")).to_have_text(desk.password)
            yield f"shown-{language}", page
            desk.house.clock.move(seconds=60)
            desk.publish()


def without_script(chromium: Browser, folder: Path) -> Faces:
    """Pasted, asked who was there, shown."""
    with sitting(chromium, folder) as desk:
        page = pasted(desk)
        yield "ask-no-script", page
        page.get_by_role("button", name="Who has opened this link?").click()
        yield "visited-no-script", page
        give(page, desk.house.totp())
        yield "shown-no-script", page


def after(chromium: Browser, folder: Path) -> Faces:
    """What a person does on the page with the password."""
    with sitting(chromium, folder) as desk:
        page = tab(desk, permissions=["clipboard-write"])
        page.clock.install()
        shown(desk, page)
        page.click("#copy")
        expect(page.locator("#said")).to_contain_text("Copied")
        yield "shown-copied", page
        page.clock.run_for(101_000)
        expect(page.locator("#said")).to_contain_text("20 seconds left")
        yield "shown-soon", page
        page.click("#more")
        expect(page.locator("#left")).to_have_text("2:00")
        yield "shown-more", page
        page.get_by_text("My screen asks line by line").click()
        yield "shown-lines", page
        for name, text in (("bad", "abcdefghij"), ("good", "wxyz9876")):
            page.fill("#own", text)
            page.clock.run_for(1000)
            expect(page.locator("#verdict")).not_to_be_empty()
            yield f"checker-{name}", page


def keepass(chromium: Browser, folder: Path) -> Faces:
    """A KeePass file to save, and the same right to left."""
    for name, language in (("file", "en"), ("file-he", "he")):
        place = folder / name
        place.mkdir()
        with sitting(chromium, place, home=filed()) as desk:
            page = tab(desk, locale=language)
            at_file(desk, page, script=True)
            yield name, page


def hosts(chromium: Browser, folder: Path) -> Faces:
    """The drawn screen of each product, a phrase, and a token's code in the password's field."""
    for product, facts in HOSTS.items():
        home = folder / product
        home.mkdir()
        with sitting(chromium, home, systems={"PRODA": facts}) as desk:
            page = tab(desk)
            shown(desk, page)
            yield f"shown-{product}", page


def codes(chromium: Browser, folder: Path) -> Faces:
    """An app alone, the help desk alone, one after the other, and a pause."""
    for name, home in (
        ("app", {"policy": Policy(factors=("totp",))}),
        ("help-desk", {"policy": Policy(factors=("release_code",))}),
        ("words", {"policy": Policy(factors=("release_code",), release_code="words")}),
        ("both", {"policy": Policy(demand=Demand(required=("totp", "release_code")))}),
        ("pause", {"pause": 5}),
    ):
        place = folder / name
        place.mkdir()
        with sitting(chromium, place, home=home) as desk:
            page = tab(desk)
            ask(desk, page)
            if name == "pause":
                for _ in range(3):
                    give(page, desk.wrong())
                yield "factor-pause", page
                continue
            yield f"factor-{name}", page
            if name == "both":
                give(page, desk.house.totp())
                yield "factor-one-more", page


def telephone(chromium: Browser, folder: Path) -> Faces:
    """A code sent by SMS or read aloud, and what can go wrong with it."""
    pocket = Pocket()
    home = {"policy": Policy(factors=("phone",)), "enrolled": False, "phone": PHONE, "gateway": pocket}
    with sitting(chromium, folder, home=home, factors=("phone",)) as desk:
        page = tab(desk)
        ask(desk, page)
        yield "factor-telephone", page
        page.click("#send")
        yield "factor-telephone-sent", page
        page.click("#send")
        yield "factor-telephone-often", page
        desk.house.clock.move(seconds=60)
        with patch.object(pocket, "send", side_effect=CodeUnsent("no answer")):
            page.click("#send")
        yield "factor-telephone-unsent", page
        people = desk.house.directory.people
        people[0] = replace(people[0], phone=None)
        page.click("#send")
        yield "factor-telephone-none", page
        people[0] = replace(people[0], phone=PHONE)
        desk.house.clock.move(seconds=60)
        page.goto("about:blank")
        ask(desk, page)
        page.click("#send")
        expect(page.get_by_role("alert").first).to_be_visible()
        desk.house.open(pocket.codes[-1].expose())
        page.goto("about:blank")
        ask(desk, page)
        page.click("#show")
        expect(page.locator("h1")).to_contain_text("already been shown")
        yield "read-telephone", page
        page.click("#send")
        yield "read-telephone-sent", page


def other_mailbox(chromium: Browser, folder: Path) -> Faces:
    """A code by mail, and somebody who has one mailbox alone."""
    home = {"policy": Policy(factors=("mail",)), "enrolled": False, "other_email": "john@home.example"}
    with sitting(chromium, folder, home=home, factors=("mail",)) as desk:
        page = tab(desk)
        ask(desk, page)
        yield "factor-mailbox", page
        page.click("#mail")
        yield "factor-mailbox-sent", page
        people = desk.house.directory.people
        people[0] = replace(people[0], other_email=None)
        page.click("#mail")
        yield "factor-mailbox-none", page


def token(chromium: Browser, folder: Path) -> Faces:
    """A RADIUS server's passcode, and its question."""
    judge = FakeJudge()
    judge.asks = True
    home = {"policy": Policy(factors=("radius",)), "enrolled": False, "judges": {"radius": judge}}
    with sitting(chromium, folder, home=home, factors=("radius",)) as desk:
        page = tab(desk)
        ask(desk, page)
        yield "factor-token", page
        give(page, RIGHT)
        yield "factor-token-question", page
        give(page, NEXT)
        expect(page.locator("#password")).to_have_text(desk.password)
        page.goto("about:blank")
        ask(desk, page)
        page.click("#show")
        expect(page.locator("h1")).to_contain_text("already been shown")
        yield "read-token", page
        page.fill("#code", RIGHT)
        page.get_by_role("button", name="This was not me").click()
        expect(page.locator("#question")).to_be_visible()
        yield "read-token-question", page


def passkeys(chromium: Browser, folder: Path) -> Faces:
    """An invitation, an app and a passkey set up; a passkey asked for, alone and with a code, and on a read link."""
    with at_desk(chromium, folder) as desk:
        page, new = tab(desk), invited(desk)
        page.goto(new.link.expose())
        expect(page.locator("#recognised")).to_be_visible()
        yield "invited", page
        page.fill("#code", "00000000")
        page.click("#app")
        yield "invited-wrong", page
        page.fill("#code", new.code.expose())
        page.click("#app")
        yield "app", page
        page.fill("#answer", "000000")
        page.click("#finish")
        yield "app-wrong", page
        ask(desk, page)
        page.click("#use")
        expect(page.locator("#keys-said")).to_be_visible()
        yield "factor-passkey-none", page
        yield "factor-passkey-no-script", pasted(desk)
        set_up(desk, page)
        yield "set-up", page
        ask(desk, page)
        yield "factor-passkey", page
        desk.house.open(desk.house.totp())
        ask(desk, page)
        page.click("#show")
        expect(page.locator("h1")).to_contain_text("already been shown")
        yield "read-passkey", page
        desk.house.clock.move(minutes=1)
        desk.publish()
        ask(desk, page)
        give(page, desk.house.totp())
        own = own_page(desk, page)
        yield "own", own
        desk.house.clock.move(minutes=10)
        own.click("#app")
        yield "own-over", own


def passkey_alone(chromium: Browser, folder: Path) -> Faces:
    """A passkey and nothing else."""
    with sitting(chromium, folder, home={"policy": Policy(factors=("passkey",))}, factors=("passkey",)) as desk:
        page = tab(desk)
        set_up(desk, page)
        desk.publish()
        ask(desk, page)
        yield "factor-passkey-alone", page


@contextmanager
def at_company(chromium: Browser, folder: Path, *factors: str, **policy: Any) -> Iterator[tuple[Desk, Page, Provider]]:
    with provider(folder / "p") as company, signing_on(chromium, folder, company, *factors, **policy) as desk:
        page = alone(tab(desk), company, desk)
        arrive(desk, page, script=True)
        yield desk, page, company


def company_sign_on(chromium: Browser, folder: Path) -> Faces:
    """There and back, as another person, without the second step, called off, and on a read link."""
    with at_company(chromium, folder, "totp", "oidc") as (desk, page, company):
        yield "sign-on-ask", page
        sign_on(page, OTHER, company)
        yield "sign-on-back", page
        page.click("#show")
        yield "sign-on-another", page
        sign_on(page, WEAK, company)
        yield "sign-on-refused", page
        page.click("#sign-on")
        page.get_by_role("button", name="Deny").click()
        page.wait_for_url(desk.base_url + "/**")
        yield "sign-on-lapsed", page
        desk.house.open(desk.house.totp())
        ask(desk, page)
        page.click("#show")
        expect(page.locator("h1")).to_contain_text("already been shown")
        yield "read-sign-on", page


def company_sign_on_alone(chromium: Browser, folder: Path) -> Faces:
    """As the one factor, with nobody there, and as the second of two."""
    with at_company(chromium, folder, "oidc") as (desk, page, company):
        yield "sign-on-alone", page
        company.away = True
        page.click("#sign-on")
        expect(page.get_by_role("alert")).to_contain_text("does not answer just now")
        yield "sign-on-away", page
    (folder / "both").mkdir()
    both = Demand(required=("totp", "oidc"))
    with at_company(chromium, folder / "both", "totp", "oidc", demand=both) as (desk, page, company):
        give(page, desk.house.totp())
        expect(page.locator("#code")).to_be_hidden()
        yield "sign-on-next", page
        sign_on(page, ONES_OWN, company)
        yield "sign-on-next-back", page


def armed(chromium: Browser, folder: Path) -> Faces:
    """The wait for the host, with and without script; what ends while nothing has been changed."""
    with sitting(chromium, folder, home={"policy": Policy(delivery="armed")}, armed=True) as desk:
        page = tab(desk)
        page.clock.install()
        waits(desk, page)
        yield "armed-begun", page
        page.clock.run_for(17_000)
        expect(page.locator("#slow")).to_be_visible()
        yield "armed-slow", page
        page.get_by_role("button", name="This was not me").click()
        expect(page.locator("h1")).to_contain_text("Thank you")
        yield "ended-unset", page
        ask(desk, page)
        page.click("#show")
        expect(page.locator("h1")).to_contain_text("withdrawn")
        yield "withdrawn-unset", page
        desk.house.clock.move(seconds=60)
        desk.publish()
        page = pasted(desk)
        give(page, desk.house.totp())
        yield "armed-no-script", page


def trouble(chromium: Browser, folder: Path) -> Faces:
    with sitting(chromium, folder) as desk:
        page = tab(desk)
        ask(desk, page)
        with patch("web.guard.check_origin", side_effect=WrongOrigin):
            give(page, desk.house.totp())
            expect(page.locator("h1")).to_contain_text("not come from our page")
        yield "wrong-origin", page


SCENES: Final[dict[str, Callable[[Browser, Path], Faces]]] = {
    scene.__name__.replace("_", "-"): scene
    for scene in (
        languages, without_script, after, keepass, hosts, codes, telephone, other_mailbox, token, passkeys,
        passkey_alone,
        company_sign_on, company_sign_on_alone, armed, trouble, console,
    )
}  # fmt: skip
"""Name → takes a browser and an empty folder, and gives each face with its name."""

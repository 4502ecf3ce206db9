"""Codes to a telephone, and a server's questions, in Chromium: with the script that keeps the key, and without."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, expect

from bridge.domain.policy import Policy
from bridge.domain.secret import Secret
from bridge.flows.post import post
from tests.browser.desk import Desk, give, sitting
from tests.browser.states import ask
from tests.browser.test_access import RULES
from tests.fakes.judge import NEXT, RIGHT, FakeJudge

FACTORS, NUMBER = ("phone", "radius"), "+491711234512"
NARROW = ViewportSize(width=320, height=640)


class Pocket:
    """Keeps the codes that arrive."""

    lapse, most = timedelta(minutes=10), 5

    def __init__(self) -> None:
        self.codes: list[Secret] = []

    def send(self, phone: str, code: Secret, language: str) -> None:
        self.codes.append(code)


def test_a_code_is_sent_and_opens(chromium: Browser, tmp_path: Path) -> None:
    """The button, the code, the password; the key never leaves; axe has nothing to say."""
    pocket = Pocket()
    home = {"policy": Policy(factors=FACTORS), "enrolled": False, "phone": NUMBER, "gateway": pocket,
            "judges": {"radius": FakeJudge()}}  # fmt: skip
    with sitting(chromium, tmp_path, home=home, factors=FACTORS) as desk:
        page = desk.page()
        ask(desk, page)
        page.click("#send")
        expect(page.get_by_role("alert")).to_contain_text("on its way to +49 ••• ••12")
        assert not Axe().run(page, options=RULES).violations_count
        give(page, pocket.codes[-1].expose())
        expect(page.locator("#password")).to_have_text(desk.password)
        assert not desk.heard(desk.key)


def test_a_code_is_mailed_and_opens(chromium: Browser, tmp_path: Path) -> None:
    """To the other mailbox, shown as its owner knows it, on the narrowest phone; whose policy sends nothing to
    telephones is offered none, as soon as the key is known."""
    home = {"policy": Policy(factors=("mail",)), "enrolled": False, "other_email": "john@home.example"}
    with sitting(chromium, tmp_path, home=home, factors=("mail", "phone")) as desk:
        page = desk.page(viewport=NARROW)
        ask(desk, page)
        expect(page.locator("#send")).to_be_hidden()
        mailed(desk, page)
        expect(page.locator("#send")).to_be_hidden()
        assert not Axe().run(page, options=RULES).violations_count
        give(page, desk.house.mail.codes[-1].code.expose())
        expect(page.locator("#password")).to_have_text(desk.password)
        assert not desk.heard(desk.key)


def test_without_script_either_code_is_sent(chromium: Browser, tmp_path: Path) -> None:
    """Each where its button says; the one by mail opens although another went to the telephone after it."""
    pocket, kinds = Pocket(), ("mail", "phone")
    home = {"policy": Policy(factors=kinds), "enrolled": False, "other_email": "john@home.example", "phone": NUMBER,
            "gateway": pocket}  # fmt: skip
    with sitting(chromium, tmp_path, home=home, factors=kinds) as desk:
        page = desk.page(java_script_enabled=False, viewport=NARROW)
        page.goto(desk.link.partition("#")[0])
        page.fill("#key", desk.link)
        mailed(desk, page)
        page.click("#send")
        expect(page.get_by_role("alert")).to_contain_text("on its way to +49 ••• ••12")
        assert len(pocket.codes) == 1
        give(page, desk.house.mail.codes[-1].code.expose())
        expect(page.locator("#password")).to_have_text(desk.password)


def mailed(desk: Desk, page: Page) -> None:
    """Ask for a code by mail; the worker sends it."""
    page.click("#mail")
    expect(page.get_by_role("alert")).to_contain_text("on its way to j•••@h•••.example")
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    assert post(desk.house.worker)


def test_a_question_is_answered(chromium: Browser, tmp_path: Path) -> None:
    """The page asks what the server asks, as text, and the answer opens."""
    judge = FakeJudge()
    judge.asks = True
    home = {"policy": Policy(factors=FACTORS), "enrolled": False, "judges": {"radius": judge}}
    with sitting(chromium, tmp_path, home=home, factors=FACTORS) as desk:
        page = desk.page()
        ask(desk, page)
        give(page, RIGHT)
        expect(page.locator("#question")).to_have_text("Sure <b>now</b>?")
        expect(page.locator("#recognised")).to_be_visible()
        expect(page.locator("#code")).to_be_focused()
        give(page, NEXT)
        expect(page.locator("#password")).to_have_text(desk.password)
        assert not desk.heard(desk.key)

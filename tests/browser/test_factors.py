"""Codes to a telephone, and a server's questions, in Chromium: with the script that keeps the key, and without."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from bridge.domain.policy import Policy
from bridge.domain.secret import Secret
from tests.browser.desk import give, sitting
from tests.browser.states import ask
from tests.browser.test_access import RULES
from tests.fakes.judge import NEXT, RIGHT, FakeJudge

FACTORS = ("phone", "radius")


class Pocket:
    """Keeps the codes that arrive."""

    lapse, most = timedelta(minutes=10), 5

    def __init__(self) -> None:
        self.codes: list[Secret] = []

    def send(self, phone: str, code: Secret, language: str) -> None:
        self.codes.append(code)


@pytest.mark.parametrize("script", [True, False])
def test_a_code_is_sent_and_opens(chromium: Browser, tmp_path: Path, script: bool) -> None:
    """The button, the code, the password; with script the key never leaves; axe has nothing to say."""
    pocket = Pocket()
    home = {"policy": Policy(factors=FACTORS), "enrolled": False, "phone": "+491711234512", "gateway": pocket,
            "judges": {"radius": FakeJudge()}}  # fmt: skip
    with sitting(chromium, tmp_path, home=home, factors=FACTORS) as desk:
        page = desk.page(java_script_enabled=script)
        if script:
            ask(desk, page)
        else:
            page.goto(desk.link.partition("#")[0])
            page.fill("#key", desk.link)
        page.click("#send")
        expect(page.get_by_role("alert")).to_contain_text("on its way to +49 ••• ••12")
        if script:
            assert not Axe().run(page, options=RULES).violations_count
        give(page, pocket.codes[-1].expose())
        expect(page.locator("#password")).to_have_text(desk.password)
        assert bool(desk.heard(desk.key)) is not script


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

"""Two factors, one after the other, in Chromium: with the script that keeps the key, and without."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from bridge.domain.demand import Demand
from bridge.domain.policy import Policy
from tests.browser.desk import give, sitting
from tests.browser.states import ask
from tests.browser.test_access import RULES

BOTH = Policy(demand=Demand(required=("totp", "release_code")))


@pytest.mark.parametrize("script", [True, False])
def test_one_code_after_the_other(chromium: Browser, tmp_path: Path, script: bool) -> None:
    """The key is there at both, and with script it never leaves; a slip in between costs a try and no step."""
    with sitting(chromium, tmp_path, home={"policy": BOTH}) as desk:
        asked = desk.house.ask("MJONES")
        desk.house.work()
        assert asked.release_code
        link = desk.link
        page = desk.page(java_script_enabled=script)
        if script:
            page.goto(link)
            expect(page.locator("#recognised")).to_be_visible()
            expect(page.locator("#code-hint")).to_contain_text("more than one of these")
        else:
            page.goto(link.partition("#")[0])
            page.fill("#key", link)
        give(page, desk.house.totp())
        expect(page.get_by_role("alert")).to_contain_text("That code was right")
        expect(page.locator("#code")).to_be_focused()
        if script:
            assert not Axe().run(page, options=RULES).violations_count
        give(page, "00000000")
        expect(page.get_by_role("alert")).to_contain_text("4 more tries")
        expect(page.locator("#code-hint")).to_contain_text("the help desk gives you")
        give(page, asked.release_code.expose())
        expect(page.locator("#password")).to_have_text(desk.password)
        assert bool(desk.heard(desk.key)) is not script


def test_a_pause_says_when_to_come_again(chromium: Browser, tmp_path: Path) -> None:
    """In the reader's own time, and a right code afterwards opens."""
    with sitting(chromium, tmp_path, home={"pause": 5}) as desk:
        page = desk.page()
        ask(desk, page)
        for left in (4, 3):
            give(page, desk.wrong())
            expect(page.get_by_role("alert")).to_contain_text(f"{left} more tries")
        give(page, desk.house.totp())
        expect(page.get_by_role("alert")).to_contain_text("Try again from this time on")
        expect(page.get_by_role("alert").locator("time")).to_be_visible()
        assert not Axe().run(page, options=RULES).violations_count
        desk.house.clock.move(seconds=5)
        give(page, desk.house.totp())
        expect(page.locator("#password")).to_have_text(desk.password)

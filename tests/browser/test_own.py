"""One's own second factors in Chromium: from the password's page, in a tab of their own, with script and without."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from bridge.domain.names import Person
from tests.browser.desk import Desk
from tests.browser.states import ask, give
from tests.browser.test_access import RULES
from tests.browser.test_passkeys import Authenticator, at_desk

NARROW = {"width": 320, "height": 640}


def own_page(desk: Desk, page: Page) -> Page:
    """The list, in the tab that the password's page opens."""
    with page.expect_popup() as opened:
        page.click("text=Open in a new tab")
    expect(opened.value.locator("h1")).to_have_text("Your ways to show that it is you")
    return opened.value


def test_a_passkey_is_added_by_who_passed_an_app(chromium: Browser, tmp_path: Path) -> None:
    """It waits, being stronger; the password stays where it was, and the link's key with it."""
    with at_desk(chromium, tmp_path) as desk:
        page = desk.page(viewport=NARROW)
        ask(desk, page)
        give(page, desk.house.totp())
        expect(page.locator("#password")).to_have_text(desk.password)
        tab = own_page(desk, page)
        assert not Axe().run(tab, options=RULES).violations_count
        assert tab.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
        expect(tab.get_by_text("You need this one")).to_be_visible()
        Authenticator(tab)
        tab.click("#use")
        expect(tab.locator("h1")).to_have_text("Your new way to show that it is you is set up")
        tab.click("text=Your ways to show that it is you")
        expect(tab.locator("section.owned")).to_have_count(2)
        assert not Axe().run(tab, options=RULES).violations_count
        with desk.house.store.look() as work:
            new = next(one for one in work.people.factors(Person("js")) if one.kind == "passkey")
        assert new.usable_from == desk.house.clock.now() + desk.house.web.factor_wait
        page.bring_to_front()
        expect(page.locator("#password")).to_have_text(desk.password)
        assert not desk.heard(desk.key)
        assert not [said for said in desk.complaints if "status of" not in said]


@pytest.mark.parametrize("script", [True, False])
def test_an_app_is_taken_away(chromium: Browser, tmp_path: Path, script: bool) -> None:
    """Where another has been there for long, which stays."""
    with at_desk(chromium, tmp_path, factors=("totp", "release_code")) as desk:
        page = desk.page(viewport=NARROW, java_script_enabled=script)
        if script:
            ask(desk, page)
        else:
            page.goto(desk.link.partition("#")[0])
            page.fill("#key", desk.key)
        give(page, desk.house.totp())
        with desk.house.store.work() as work:
            (one,) = work.people.factors(Person("js"))
            work.people.add_factor(replace(one, id="F-OLDER", added_at=one.added_at - timedelta(days=9)))
        tab = own_page(desk, page)
        assert tab.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
        expect(tab.get_by_text("This one stays for now")).to_have_count(1)
        tab.click("text=Take it away")
        expect(tab.locator("[role=status]")).to_contain_text("taken away")
        expect(tab.locator("section.owned")).to_have_count(1)
        with desk.house.store.look() as work:
            assert [left.id for left in work.people.factors(Person("js"))] == ["F-OLDER"]

"""Whoever presses a button is heard at the first press, also where there is no key in the field."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import Desk
from tests.browser.states import shown


@pytest.mark.parametrize("how", ["click", "Enter"])
@pytest.mark.parametrize("where", ["no fragment", "a fragment that is none", "no link"])
def test_the_first_press_is_answered(desk: Desk, where: str, how: str) -> None:
    """The page says what is missing, and keeps what was typed."""
    page, link = desk.page(), desk.link.partition("#")[0]
    page.goto({"no fragment": link, "a fragment that is none": f"{link}#ABCD", "no link": f"{desk.base_url}/"}[where])
    page.fill("#code", "123456")
    with page.expect_navigation():
        page.click("#show") if how == "click" else page.press("#code", "Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    assert page.input_value("#code") in {"", "123456"}


def test_the_first_press_of_whoever_did_not_ask_is_answered(desk: Desk) -> None:
    """Without a key nothing can be ended, and they are told so instead of thinking that it was."""
    page = desk.page()
    page.goto(desk.link.partition("#")[0])
    end(page)
    expect(page.get_by_role("alert")).to_be_visible()


def test_whoever_thinks_again_is_shown_their_password(desk: Desk) -> None:
    """STOP still stands in its field: the button that is pressed counts."""
    page = desk.page()
    page.goto(desk.link)
    page.locator("details:has(#word) > summary").click()
    page.fill("#word", "STOP")
    page.fill("#code", desk.house.totp())
    page.click("#show")
    expect(page.locator("#password")).to_have_text(desk.password)


def test_another_language_is_spoken_at_the_first_press(desk: Desk) -> None:
    page = desk.page()
    page.goto(desk.link.partition("#")[0])
    page.locator(".tongues summary").click()
    with page.expect_navigation():
        page.locator("[name=speak][value=de]").click()
    assert page.get_attribute("html", "lang") == "de"


def end(page: Page) -> None:
    """Open the section of those who did not ask, type its word, press its button."""
    page.locator("details:has(#word) > summary").click()
    page.fill("#word", "STOP")
    with page.expect_navigation():
        page.click("#end")


def test_without_script_enter_behind_the_word_ends_the_link_and_shows_nothing(desk: Desk) -> None:
    """Enter is the first button's, "Show my password": whoever is frightened is heard all the same."""
    page = desk.page(java_script_enabled=False)
    page.goto(desk.link)
    page.fill("#key", desk.link)
    page.fill("#code", desk.house.totp())
    page.locator("details:has(#word) > summary").click()
    page.fill("#word", "stop ")
    page.press("#word", "Enter")
    expect(page.locator("h1")).to_contain_text("Thank you")
    kinds = desk.house.kinds(desk.house.mail.links[-1].reset_id)
    assert ("reset.revealed" in kinds, kinds[-1]) == (False, "reset.revoked")


def test_a_clock_that_is_set_back_keeps_no_password_on_the_page(make_desk: Callable[..., Desk]) -> None:
    """Nor does one that is set on keep it any longer than it should."""
    desk = make_desk(show_for=3)
    page = desk.page()
    shown(desk, page)
    page.evaluate("{ const now = Date.now; Date.now = () => now() - 3600000; }")
    expect(page.locator("#gone")).to_be_visible(timeout=10_000)
    assert desk.password not in page.content()

"""What a screen reader makes of the pages, beyond what axe can judge: what is heard where the focus lands, what speaks
by itself, and that nobody loses their place."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.desk import Desk, give, sitting
from tests.browser.states import STATES, shown, waiting
from tests.browser.test_passkeys import at_desk, invited

ERRORS = {
    "wrong-code": ("#code", "That code is not right. You have 4 more tries"),
    "not-a-code": ("#code", "Type the 6 digits"),
    "not-a-key": ("#key", "This is not a whole link or code"),
    "question": ("#code", "Wait for the next code of your token, then type it"),
    "ask-ending": ("#word", "STOP"),
    "not-disowned": ("#code", "That code is not right"),
}
"""State → the field that has the focus then, and what is heard with it."""
TITLES = {
    "ask": "Collect your new password ·",
    "wrong-code": "Not yet done: Collect your new password ·",
    "over-at-once": "This password has already been shown ·",
    "shown": "Your new password ·",
    "gone": "The password is no longer here ·",
    "not-disowned": "Not yet done: This password has already been shown ·",
    "too-many-wrong": "Too many wrong codes ·",
    "host-away": "The mainframe does not answer ·",
}


@pytest.mark.parametrize("state", ERRORS)
def test_what_went_wrong_is_heard_with_its_field(desk: Desk, state: str) -> None:
    """The focus is in the field when the page comes, so what stands above it is not read: the field says it."""
    page = desk.page()
    STATES[state](desk, page)
    field, words = ERRORS[state]
    expect(page.locator(field)).to_be_focused()
    expect(page.locator(field)).to_have_accessible_description(re.compile(re.escape(words)))
    expect(page).to_have_title(re.compile("^Not yet done: "))


def test_the_word_that_is_missing_is_asked_for_where_it_goes(desk: Desk) -> None:
    """On a phone, with how the link stands told above it meanwhile: field and words are both in sight."""
    page = desk.page(viewport={"width": 320, "height": 568})
    STATES["ask-ending"](desk, page)
    expect(page.locator("#openings")).to_be_attached()
    expect(page.locator("#word")).to_be_in_viewport(ratio=0.9)
    expect(page.get_by_role("alert")).to_be_in_viewport(ratio=0.9)


@pytest.mark.parametrize("state", TITLES)
def test_the_title_says_how_things_stand(desk: Desk, state: str) -> None:
    """It is the first thing that is read, and the name of the tab."""
    page = desk.page()
    STATES[state](desk, page)
    expect(page).to_have_title(re.compile("^" + re.escape(TITLES[state])))


def test_what_will_speak_is_there_before_it_speaks(desk: Desk) -> None:
    """NVDA passes over a status that is shown together with its words."""
    page = desk.page()
    shown(desk, page)
    expect(page.locator("#copy")).to_be_visible()
    expect(page.get_by_role("status")).to_have_count(3)
    for place in page.get_by_role("status").all():
        expect(place).to_be_empty()


def test_each_step_of_the_wait_is_told(desk: Desk) -> None:
    """And that it takes longer, once."""
    page = desk.page()
    page.clock.install()
    waiting(desk, page)
    expect(page.get_by_role("status")).to_have_count(1)
    page.clock.run_for(17_000)
    expect(page.get_by_role("alert")).to_contain_text("longer than usual")


def test_more_time_is_told_and_the_last_of_it_leads_to_no_other_button(desk: Desk) -> None:
    """Whoever presses once too often must not hide the password."""
    page = desk.page()
    page.clock.install()
    shown(desk, page)
    expect(page.locator("#told")).to_be_empty()
    page.focus("#more")
    for _ in range(10):
        page.keyboard.press("Enter")
    expect(page.locator("#told")).to_have_text("This page forgets the password in 2:00")
    expect(page.locator("#more")).to_be_hidden()
    expect(page.locator("#clock")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#password")).to_have_text(desk.password)


def test_who_types_when_the_time_is_over_goes_on_typing(make_desk: Callable[..., Desk]) -> None:
    """It is told all the same; elsewhere the focus goes to what is said now."""
    desk = make_desk(show_for=60)
    page = desk.page()
    page.clock.install()
    shown(desk, page)
    page.focus("#own")
    page.clock.run_for(61_000)
    expect(page.locator("#gone")).to_be_visible()
    expect(page.locator("#own")).to_be_focused()
    expect(page.locator("#told")).to_have_text("The password is no longer here")


def test_the_checker_says_the_same_once(desk: Desk) -> None:
    """Not again with every key."""
    page = desk.page()
    page.clock.install()
    shown(desk, page)
    page.evaluate("""() => {
        globalThis.said = 0;
        new MutationObserver(() => { said += 1; }).observe(document.getElementById("verdict"), {childList: true});
    }""")
    for text in ("a", "ab", "abc"):
        page.fill("#own", text)
        page.clock.run_for(1000)
    expect(page.locator("#verdict")).to_contain_text("Not yet")
    assert page.evaluate("said") == 1


def test_letters_with_english_names_are_said_in_english(chromium: Browser, tmp_path: Path) -> None:
    """By a Hebrew voice they would be silence. Spelled by the page itself, and without script."""
    with sitting(chromium, tmp_path) as desk:
        for script in (True, False):
            page = desk.page(locale="he", java_script_enabled=script)
            page.goto(desk.link)
            if not script:
                page.fill("#key", desk.link)
            give(page, desk.house.totp())
            expect(page.locator("#password")).to_have_text(desk.password)
            names = page.locator(".spell li:has(.letter) [lang=en]")
            expect(names).to_have_count(sum(char.isalpha() for char in desk.password))
            expect(page.locator(".spell li:has(.digit) [lang]")).to_have_count(0)
            desk.house.clock.move(seconds=60)
            desk.publish()


def test_a_passkey_that_was_not_used_takes_nobodys_place(chromium: Browser, tmp_path: Path) -> None:
    """The button that was pressed has the focus still, on each page that has one, and can be pressed again."""
    with at_desk(chromium, tmp_path) as desk:
        page, new = desk.page(), invited(desk)
        STATES["ask"](desk, page)
        _press(page)
        expect(page.locator("#keys-said")).to_be_visible()
        expect(page.locator("#use")).to_be_focused()
        page.goto(new.link.expose())
        page.fill("#code", new.code.expose())
        page.evaluate("() => { navigator.credentials.create = () => Promise.reject(new Error('called off')); }")
        _press(page)
        expect(page.locator("#unmade")).to_be_visible()
        expect(page.locator("#use")).to_be_focused()
        expect(page.locator("#use")).not_to_have_attribute("aria-disabled", "true")


def _press(page: Page) -> None:
    page.focus("#use")
    page.keyboard.press("Enter")

"""What an address brings behind its #: all that can be read is read, and what cannot is never just gone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import Desk, give

BEHIND = (")", "]", ">", ",", ";", "'", '"', "=", ".", "\u200b", "%20", "%C2%A0")
UNREAD = "This is not a whole link or code. Copy it again from the e-mail."


def opened(desk: Desk, address: str) -> Page:
    """The address in a tab that has kept nothing of another."""
    page = desk.page()
    page.goto(address)
    return page


@pytest.mark.parametrize("behind", BEHIND)
def test_what_stands_behind_a_link_does_no_harm(desk: Desk, behind: str) -> None:
    """A sentence's bracket, what a mailing adds, what is left of quoted-printable: recognised, not in the address."""
    page = opened(desk, desk.link + behind)
    expect(page.locator("#recognised")).to_contain_text("✓")
    expect(page.locator("#until")).to_be_visible()
    expect(page.locator("#key")).to_be_hidden()
    assert page.url == desk.link.partition("#")[0]
    assert not desk.heard(desk.key)


def test_a_link_twice_and_a_second_sign_are_read(desk: Desk) -> None:
    """Pasted over itself, or with ## in it: one key, and so the password."""
    for address in (desk.link.replace("#", "##"), desk.link + desk.link):
        page = opened(desk, address)
        expect(page.locator("#recognised")).to_contain_text("✓")
        expect(page.locator("#until")).to_be_visible()
    give(page, desk.house.totp())
    expect(page.locator("#password")).to_have_text(desk.password)


@pytest.mark.parametrize("sign", ["#", "%23", "%2523"])
def test_a_cut_key_stands_in_its_field_and_is_told(desk: Desk, sign: str) -> None:
    """Nothing is claimed of it, it is not in the address any more, and whoever mends it goes on as with a whole one."""
    page = opened(desk, desk.link.replace("#", sign)[:-5])
    expect(page.locator("#recognised")).to_be_empty()
    expect(page.locator("#key")).to_have_value(desk.key[:-5])
    expect(page.get_by_role("alert")).to_have_text(UNREAD)
    assert page.url == desk.link.partition("#")[0]
    page.fill("#key", desk.key)
    expect(page.get_by_role("alert")).to_have_count(0)
    give(page, desk.house.totp())
    expect(page.locator("#password")).to_have_text(desk.password)
    assert not desk.heard(desk.key)


def test_the_tick_waits_for_a_key_that_can_be_read(desk: Desk) -> None:
    """Signs enough for a key are none; nor is a key where the page's own address names no link."""
    cut = desk.link.partition("/r/")[0] + "/r/0123456#" + desk.key
    for address in (desk.link + "7", desk.link[:-1] + "U", desk.link[:-1] + "%C3%84", cut):
        page = opened(desk, address)
        expect(page.get_by_role("alert")).to_have_text(UNREAD)
        expect(page.locator("#recognised")).to_be_empty()
        expect(page.locator("#key")).to_have_value(address.partition("#")[2])


def test_a_place_on_the_page_is_no_key(desk: Desk) -> None:
    """Where only #main stands nothing is said, and nothing stands in the field."""
    page = opened(desk, desk.link.partition("#")[0] + "#main")
    expect(page.locator("#key")).to_be_visible()
    expect(page.locator("#key")).to_have_value("")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_damaged_link_in_a_tab_that_has_the_whole_one(desk: Desk) -> None:
    """What was read before still counts."""
    page = opened(desk, desk.link)
    expect(page.locator("#until")).to_be_visible()
    page.goto(desk.link[:-3])
    expect(page.locator("#recognised")).to_contain_text("✓")
    expect(page.get_by_role("alert")).to_have_count(0)

"""What an address brings behind its #: all that can be read is read, and what cannot is never just gone."""

from __future__ import annotations

import json
import re
from random import Random

import pytest
from playwright.sync_api import Page, expect

from bridge.domain.reading import find
from tests.browser.desk import Desk, give
from tests.browser.test_passkeys import invited
from tests.unit.domain.test_link import DAMAGED, NO_KEYS
from tests.unit.domain.test_reading import CODES, GROUPS, KEY, LINK, LINKS, NEITHER, OTHER, cut, letter

BEHIND = (
    ")", "]", ">", ",", ";", "'", '"', "=", ".", "*", "!", ":", "/", "=20", "=3D", "&utm_source=x", "?utm_source=x",
    "&amp;x", "”", "。", "）", "…", "\u200b", "\u2069", "%20", "%C2%A0",
)  # fmt: skip
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
    expect(page.locator("#key")).to_have_accessible_description(re.compile(re.escape(UNREAD)))
    expect(page.locator("#key")).to_have_attribute("aria-invalid", "true")
    assert page.url == desk.link.partition("#")[0]
    page.fill("#key", desk.key)
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.locator("#key")).not_to_have_attribute("aria-invalid", "true")
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


PIECES = (
    LINK,
    LINK.lower(),
    LINK.replace("#", "%23"),
    LINK.replace("#", "%2523"),
    LINK.partition("#")[0],
    LINK[:-1],
    KEY,
    KEY[:30],
    KEY.lower(),
    GROUPS,
    GROUPS.lower(),
    OTHER,
    cut(OTHER, 4, "-"),
    KEY[:7],
    KEY[7:],
    "#",
    "##",
    "%",
    "%2",
    "%23",
    "%E2%80",
    "%c2%a0",
    "=",
    "= ",
    "=20",
    "=3D",
    "=C2=A0",
    "=E2",
    "=\n",
    "&amp;",
    "&",
    "?",
    "&#35;",
    "&#8203;",
    "&num;",
    "&x;",
    "<",
    ">",
    "<wbr>",
    "</a>",
    "<a href=",
    '"',
    "'",
    "„",
    "”",
    "。",
    "\u200b",
    "\u2066",
    "\u202a",
    "\u05be",
    "\u2212",
    "\u3000",
    "\xa0",
    "\xad",
    "\ufeff",
    "\x00",
    "\x1c",
    "\x85",
    "\u2028",
    "ﷺ",
    "ß",
    "ı",
    "İ",
    "ſ",
    "K",
    "é",
    "e\u0301",
    "代",
    "🔑",
    "＃",
    "Ａ",
    "٣",
    "O",
    "i",
    "l",
    " ",
    "  ",
    "\n",
    "\n> ",
    "\t",
    "-",
    "–",
    "/",
    "/r/",
    "/e/",
    ":",
    "https://",
    "Code: ",
    "This link works until ",
    "Code ",
    "_",
    "*",
    "urldefense.com/v3/__",
    "__;",
    "https://urldefense.proofpoint.com/v2/url?u=",
    "-23",
    "-3A",
    "|",
    "`",
    "~",
    "!",
    "U",
    "7",
)


def made_up(chance: Random) -> str:
    """A text of such pieces: every other one is about a link that was changed at a few places."""
    if chance.random() < 0.5:
        return "".join(chance.choice(PIECES) for _ in range(chance.randint(1, 9)))
    text = chance.choice([LINK, GROUPS, KEY, LINK.lower(), LINK.replace("#", "%23"), *LINKS.values(), *CODES.values()])
    for _ in range(chance.randint(1, 3)):
        at = chance.randint(0, len(text))
        text = text[:at] + chance.choice(PIECES[-80:]) + text[at + chance.randint(0, 1) :]
    return text


def test_script_and_server_find_the_same_in_any_text(desk: Desk) -> None:
    """All that has been seen, all that must not be read, the mail itself, and some thousand texts that nobody wrote."""
    page = desk.page()
    page.goto(desk.base_url)
    chance = Random(2026)
    seen = [*LINKS.values(), *CODES.values(), *NEITHER.values(), *DAMAGED.values(), *NO_KEYS.values(), *letter("he")]
    texts = seen + [made_up(chance) for _ in range(4000)]
    own = "7" * 26
    here = [found and [found.locator or own, found.key] for found in map(find, texts)]
    there = page.evaluate(
        "([texts, own]) => texts.map((text) => seal.read(text, own)).map((it) => it && [it.locator, it.key])",
        [texts, own],
    )
    fitting = [pair if pair and "U" not in pair[0] else None for pair in here]  # of such a name there is no link
    assert [
        json.dumps([text, *pair]) for text, *pair in zip(texts, fitting, there, strict=True) if pair[0] != pair[1]
    ] == []
    assert 600 < len([pair for pair in there[len(seen) :] if pair]) < 3400


def test_an_invitations_link_is_read_the_same_way(desk: Desk) -> None:
    """A bracket behind it does no harm; what is cut stands in the field."""
    link = invited(desk).link.expose()
    page = opened(desk, link + ")")
    expect(page.locator("#recognised")).to_contain_text("✓")
    assert page.url == link.partition("#")[0]
    page = opened(desk, link[:-2])
    expect(page.locator("#recognised")).to_be_empty()
    expect(page.locator("#key")).to_have_value(link.partition("#")[2][:-2])

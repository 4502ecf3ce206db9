"""Everybody can use the pages: WCAG 2.2 AA by axe's judgement, in every state and every way of looking at it."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.desk import Desk, sitting
from tests.browser.looks import LOOKS, PHONE
from tests.browser.states import STATES, ask
from web.settings import SystemFacts

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "resultTypes": ["violations"],  # what is right need not be listed: half the time
}
WEIGHT = """() => ["navigation", "resource"].flatMap((kind) => performance.getEntriesByType(kind))
    .reduce((sum, { decodedBodySize }) => sum + decodedBodySize, 0)"""  # all but the icon; not compressed
THUMB = 44  # CSS pixels, at any text size


@pytest.mark.parametrize("state", STATES)
def test_axe_has_nothing_to_say(desk: Desk, state: str) -> None:
    """No violation at 320 and 1280 pixels, light, dark, in forced colours, with text twice as large; nothing to
    scroll sideways; every control large enough for a thumb; and what one load of it brings is small."""
    page = desk.page(has_touch=True)
    STATES[state](desk, page)
    page.wait_for_load_state()  # its style as well: controls without it are small
    assert 13_000 < page.evaluate(WEIGHT) < 60_000
    said: dict[str, str] = {}
    for look in LOOKS.values():
        look.put_on(page)
        results = Axe().run(page, options=RULES)
        if results.violations_count:
            said[look.name] = results.generate_report()
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > look.width:
            said[f"{look.name} width"] = f"{wide} pixels: {widest(page)}"
        if look.width == PHONE and (missed := small(page)):
            said[f"{look.name} small"] = missed
    assert not said, "\n\n".join(f"{look}: {report}" for look, report in said.items())


def test_axe_sees_what_it_should(desk: Desk) -> None:
    """A field without a name and words too pale are found: the judge is awake."""
    page = desk.page()
    STATES["ask"](desk, page)
    page.evaluate("document.querySelector('label[for=code]').remove()")
    page.evaluate("document.querySelector('.lead').style.color = '#ccc'")
    found = {violation["id"] for violation in Axe().run(page, options=RULES).response["violations"]}
    assert {"label", "color-contrast"} <= found


def test_keys_alone_lead_from_the_link_to_a_logon(desk: Desk) -> None:
    """With text twice as large, at 320 pixels: each control is reached, shows it, and does its work."""
    page = desk.page()
    ask(desk, page)
    LOOKS["phone-large"].put_on(page)
    _tab_to(page, "#code")
    page.keyboard.type(desk.house.totp())
    page.keyboard.press("Enter")
    expect(page.locator("#copy")).to_be_visible()
    LOOKS["phone-large"].put_on(page)
    for control in ("#copy", "#more", "#forget", ".lines summary"):
        _tab_to(page, control)
    page.keyboard.press("Enter")
    expect(page.locator(".lines .screen")).to_be_visible()
    _tab_to(page, "#own")
    page.keyboard.type("wxyz9876")
    expect(page.locator("#verdict")).to_contain_text("It meets the rules")
    _tab_to(page, "#peek")
    page.keyboard.press("Space")
    expect(page.locator("#peek")).to_have_attribute("aria-pressed", "true")
    _tab_to(page, ".notme button")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Thank you")


def test_the_drawn_screen_grows_with_the_text(desk: Desk) -> None:
    """Twice as large at 320 pixels, its rows broken where they must be, nothing cut off; else each row is one line."""
    page = desk.page()
    STATES["shown"](desk, page)
    sizes, rows = {}, {}
    for name in ("phone", "phone-large", "desk", "desk-large"):
        LOOKS[name].put_on(page)
        screen = page.locator(".terminal .screen")
        sizes[name] = screen.evaluate("place => parseFloat(getComputedStyle(place).fontSize)")
        assert screen.evaluate("place => place.scrollWidth <= place.clientWidth"), name
        rows[name] = screen.evaluate("""place => [...place.children].map(
            row => Math.round(row.offsetHeight / parseFloat(getComputedStyle(place).lineHeight)))""")
    assert sizes["phone-large"] >= 1.95 * sizes["phone"]
    assert sizes["desk-large"] >= 1.95 * sizes["desk"]
    assert set(rows["phone"]) == set(rows["desk"]) == {1}
    assert max(rows["phone-large"]) <= 3


def test_one_long_word_does_not_widen_the_page(chromium: Browser, tmp_path: Path) -> None:
    """A German system's title, or a site's name, with text twice as large: it is broken."""
    word = "Versicherungsbestandsführungssystem"
    with sitting(chromium, tmp_path, systems={"PRODA": SystemFacts(title=word)}) as desk:
        page = desk.page()
        STATES["shown"](desk, page)
        page.evaluate("word => { document.querySelector('.site').textContent = word; }", word)
        LOOKS["phone-large"].put_on(page)
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE, widest(page)


def _tab_to(page: Page, control: str) -> None:
    """Press Tab until it has the focus, and a ring around it."""
    for _ in range(8):
        page.keyboard.press("Tab")
        if page.locator(control).evaluate("place => place === document.activeElement"):
            break
    ring = "place => place === document.activeElement && parseInt(getComputedStyle(place).outlineWidth)"
    assert page.locator(control).evaluate(ring) >= 2, control


def widest(page: Page) -> str:
    return str(
        page.evaluate("""() => [...document.querySelectorAll("body *")].filter(
        (e) => e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.outerHTML.slice(0, 90)).join("; ")""")
    )


def small(page: Page) -> str:
    """Controls that a thumb misses; links within text aside (WCAG 2.5.8, Inline)."""
    return str(page.evaluate(
        """(least) => [...document.querySelectorAll("button, input:not([type=hidden]), summary")].filter((e) => {
            const box = e.getBoundingClientRect();
            return box.width && box.height && (box.height < least || box.width < least);
        }).map((e) => e.outerHTML.slice(0, 90)).join("; ")""", THUMB))  # fmt: skip

"""What helps after the reveal, and that nothing is left of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from bridge.domain.password import Rules
from tests.browser.desk import Desk, give, sitting
from tests.browser.states import shown
from web.settings import SystemFacts

STORAGE = "JSON.stringify([localStorage, sessionStorage, history.state, document.documentElement.outerHTML])"
FIELDS = "[...document.querySelectorAll('input, textarea')].map((field) => field.value).join(' ')"


def verdicts(page: Page, text: str) -> dict[str, str]:
    """Type a password into the checker; each rule's verdict."""
    page.fill("#own", text)
    return dict(page.evaluate("""() => [...document.querySelectorAll("#rules > [data-check]")].map((item) => [
        item.dataset.check, item.classList.contains("met") ? "met" : item.classList.contains("unmet") ? "unmet" : ""
    ])"""))  # fmt: skip


def test_the_drawn_screen_says_where_the_two_passwords_go(desk: Desk) -> None:
    """TSO's logon panel with the person's userid, and the same in words for those who do not see it."""
    page = desk.page()
    shown(desk, page)
    screen = page.locator(".screen").first
    expect(screen).to_contain_text("IKJ56415I CURRENT PASSWORD HAS EXPIRED")
    expect(screen).to_contain_text("Userid       ===> JSMITH")
    expect(screen).to_have_attribute("aria-hidden", "true")
    expect(page.get_by_role("figure")).to_contain_text("The password from this page.")
    page.get_by_text("My screen asks line by line").click()
    expect(page.locator(".lines .screen")).to_contain_text("IKJ56714A ENTER NEW PASSWORD")


def test_the_checker_knows_the_systems_rules_and_sends_nothing(desk: Desk) -> None:
    """Eight letters and digits, both kinds, no userid, not the one just shown; no request is made."""
    page = desk.page()
    shown(desk, page)
    page.wait_for_load_state("networkidle")  # what the page itself loads is counted before
    before = page.evaluate("performance.getEntriesByType('resource').length")
    assert verdicts(page, "abcd1234") == {"length": "met", "plain": "met", "form": "met", "other": ""}
    assert verdicts(page, "abcdefgh")["form"] == "unmet"
    assert verdicts(page, "abc1") == {"length": "met", "plain": "met", "form": "unmet", "other": ""}
    assert verdicts(page, "abcde12345")["length"] == "unmet"
    assert verdicts(page, "äbcd1234")["plain"] == "unmet"
    assert verdicts(page, "1jsmith2")["other"] == "unmet"
    assert verdicts(page, desk.password.lower())["other"] == "unmet"
    expect(page.locator("#verdict")).to_contain_text("Not yet")
    assert verdicts(page, "wxyz9876")["form"] == "met"
    expect(page.locator("#verdict")).to_contain_text("It meets the rules")
    assert verdicts(page, "")["form"] == ""
    assert page.evaluate("performance.getEntriesByType('resource').length") == before
    assert page.locator("#own").evaluate("field => field.form === null && field.name === ''")


def test_a_site_that_tells_case_apart_and_wants_signs(chromium: Browser, tmp_path: Path) -> None:
    """Two masks, specials demanded: each is judged by the host's own letters."""
    rules = Rules(length=8, mixed_case=True, specials=True, rules=("mmmmmmsm", "xxxxxxxx"))
    facts = {"PRODA": SystemFacts(title="Production A", rules=rules)}
    with sitting(chromium, tmp_path, systems=facts) as desk:
        page = desk.page()
        shown(desk, page)
        good = {"length": "met", "plain": "met", "special": "met", "form": "met", "other": ""}
        assert verdicts(page, "abCD12.z") == good
        assert verdicts(page, "abcdefgh")["special"] == "unmet"
        assert verdicts(page, "ab.12")["form"] == "unmet"
        assert not desk.complaints


@pytest.mark.parametrize(("code", "order"), [("first", "code, then colon (:), then the password"),
                                              ("last", "password, then colon (:), then the token's code")])  # fmt: skip
def test_who_logs_on_with_a_token_as_well(
    chromium: Browser, tmp_path: Path, code: Literal["first", "last"], order: str
) -> None:
    """What goes where is said, and what would be cut in two is no password of one's own."""
    facts = {"PRODA": SystemFacts(title="Production A", rules=Rules(separator=":", code=code))}
    with sitting(chromium, tmp_path, systems=facts) as desk:
        page = desk.page()
        shown(desk, page)
        expect(page.locator(".steps")).to_contain_text(order)
        expect(page.locator("#next")).to_contain_text("log on once more, with the same password and a new code")
        assert verdicts(page, "wx:z9876")["separator"] == "unmet"
        expect(page.locator("#verdict")).to_contain_text("Not yet")
        assert verdicts(page, "wxyz9876")["separator"] == "met"
        expect(page.locator("#verdict")).to_contain_text("It meets the rules")
        assert not desk.complaints


@pytest.mark.parametrize("way", ["reload", "go_back"])
def test_who_comes_back_is_told_that_it_has_been_shown(desk: Desk, way: str) -> None:
    """In the tab where it was, which no longer has the key; not that it is to come on the next page. A newer link
    opened there is another matter."""
    page = desk.page()
    shown(desk, page)
    getattr(page, way)()
    alert = page.locator("#over")
    expect(alert).to_contain_text("This password has already been shown")
    expect(alert).to_contain_text("ask for a new reset")
    expect(page.locator(".lead")).to_be_hidden()
    expect(page.locator("#key")).to_be_visible()
    assert desk.key not in page.evaluate(STORAGE)
    assert desk.password not in page.evaluate(STORAGE)
    desk.house.clock.move(seconds=60)
    desk.publish()
    page.goto(desk.link)
    expect(page.locator("#recognised")).to_be_visible()
    expect(alert).to_be_hidden()
    expect(page.locator(".lead")).to_be_visible()


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("width", [320, 1280])
def test_a_spelled_password_is_read_in_one_order_alone(desk: Desk, width: int, script: bool) -> None:
    """One character below the other: in two columns, read down each, it would be another password."""
    page = desk.page(java_script_enabled=script, viewport={"width": width, "height": 568})
    page.goto(desk.link)
    if not script:
        page.fill("#key", desk.link)
    give(page, desk.house.totp())
    expect(page.locator("#password")).to_have_text(desk.password)
    assert _columns(page) == 1


def test_a_long_one_has_its_places_numbered(chromium: Browser, tmp_path: Path) -> None:
    """Below each other on a phone; where there is room for more, the numbers say how to go on. No program reads them
    out: they are no part of it."""
    facts = {"PRODA": SystemFacts(title="Production A", rules=Rules(phrase=True))}
    with sitting(chromium, tmp_path, systems=facts) as desk:
        page = desk.page(viewport={"width": 320, "height": 568})
        shown(desk, page)
        assert _columns(page) == 1
        page.set_viewport_size({"width": 1280, "height": 568})
        assert _columns(page) > 1
        before = "item => getComputedStyle(item, '::before').content"
        assert page.locator(".spell li").nth(1).evaluate(before) == 'counter(place) "." / ""'


def _columns(page: Page) -> int:
    page.wait_for_load_state()  # its style as well
    places = page.locator(".spell li").evaluate_all("items => items.map((item) => item.getBoundingClientRect().left)")
    return len(set(places))


@pytest.mark.parametrize(("product", "phrased"), [("racf", True), ("topsecret", True), ("ibmi", False)])
def test_a_password_is_not_taken_for_a_phrase(chromium: Browser, tmp_path: Path, product: str, phrased: bool) -> None:
    """Said where a userid may have both; nothing of tokens where nobody types one."""
    with sitting(chromium, tmp_path, systems={"PRODA": SystemFacts(title="Production A", product=product)}) as desk:
        page = desk.page()
        shown(desk, page)
        said = page.locator("#next").inner_text()
        assert ("not a password phrase" in said) is phrased
        assert "token" not in said


def test_a_phrase_is_called_one(chromium: Browser, tmp_path: Path) -> None:
    """Where it goes, that the password has not changed, and the rules for one's own: those of phrases."""
    facts = {"PRODA": SystemFacts(title="Production A", product="racf", rules=Rules(phrase=True))}
    with sitting(chromium, tmp_path, systems=facts) as desk:
        page = desk.page()
        shown(desk, page)
        said = page.locator("#next").inner_text()
        assert "It is a password phrase, hyphens included" in said
        assert "not a password phrase" not in said
        assert "At least 14 characters" in said
        assert "Capital and small letters are different." in said
        assert "No blanks" not in said


def test_the_checkers_field_is_covered_until_its_owner_looks(desk: Desk) -> None:
    """Dots first; Show and again dots; Hide now empties it."""
    page = desk.page()
    shown(desk, page)
    page.fill("#own", "wxyz9876")
    security = "field => getComputedStyle(field).webkitTextSecurity"
    assert page.locator("#own").evaluate(security) == "disc"
    page.get_by_role("button", name="Show").click()
    assert page.locator("#own").evaluate(security) == "none"
    page.click("#peek")
    assert page.locator("#own").evaluate(security) == "disc"
    page.click("#forget")
    expect(page.locator("#own")).to_have_value("")


def test_without_script_the_rules_are_words(desk: Desk) -> None:
    """The drawing and the rules are there, the field that could not check anything is not."""
    page = desk.page(java_script_enabled=False)
    page.goto(desk.link)
    page.fill("#key", desk.link)
    give(page, desk.house.totp())
    expect(page.locator("#rules")).to_contain_text("8 × letter or digit")
    expect(page.locator(".screen").first).to_be_visible()
    expect(page.locator("#try")).to_be_hidden()


def test_slow_readers_are_warned_in_time(make_desk: Callable[..., Desk]) -> None:
    """Twenty seconds before the end, said so that a screen reader says it too; More time starts anew."""
    desk = make_desk(show_for=60)
    page = desk.page()
    page.clock.install()
    page.goto(desk.link)
    give(page, desk.house.totp())
    expect(page.locator("#left")).to_have_text("1:00")
    page.clock.run_for(25_000)
    expect(page.locator("#said")).to_be_empty()
    page.clock.run_for(17_000)
    expect(page.locator("#said")).to_contain_text("20 seconds left")
    for _ in range(10):
        page.click("#more")
    expect(page.locator("#said")).to_be_empty()
    expect(page.locator("#more")).to_be_hidden()
    expect(page.locator("#left")).to_have_text("1:00")


def test_a_printer_does_not_get_it(desk: Desk) -> None:
    """Neither the password nor its spelling, nor what was typed into the checker."""
    page = desk.page()
    shown(desk, page)
    page.emulate_media(media="print")
    for part in ("#password", ".spell", "#try"):
        expect(page.locator(part)).to_be_hidden()
    expect(page.locator("#rules")).to_be_visible()


def test_nothing_is_left_of_it(desk: Desk) -> None:
    """Away and back, by the browser's own cache or not: no password, no field that kept anything."""
    context = desk.context()
    page = desk.watched(context.new_page())
    shown(desk, page)
    password = desk.password
    page.fill("#own", "wxyz9876")
    page.goto(f"{desk.base_url}/forgotten")
    for step in (page.go_back, page.go_back, page.go_forward):
        step()
        page.wait_for_load_state()
        left = page.evaluate(STORAGE) + page.evaluate(FIELDS)
        assert password not in left
        assert "wxyz9876" not in left
    assert context.cookies() == []

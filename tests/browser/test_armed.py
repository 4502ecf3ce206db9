"""Armed delivery in Chromium: the page waits for the host, with the script that keeps the key and without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from bridge.domain.policy import Policy
from tests.browser.desk import Desk, give, sitting
from tests.browser.states import ask
from tests.browser.test_access import RULES
from tests.browser.test_sealed import revealed

NO_CURVE = """
const known = SubtleCrypto.prototype.importKey;
SubtleCrypto.prototype.importKey = function (form, key, kind, ...rest) {
  if (kind === "X25519") return Promise.reject(new Error("NotSupportedError"));
  return known.call(this, form, key, kind, ...rest);
};
"""


@pytest.fixture
def make(chromium: Browser, tmp_path: Path) -> Iterator[Callable[[], Desk]]:
    with ExitStack() as stack:
        yield lambda: stack.enter_context(
            sitting(chromium, tmp_path, home={"policy": Policy(delivery="armed")}, armed=True)
        )


@pytest.fixture
def desk(make: Callable[[], Desk]) -> Iterator[Desk]:
    made = make()
    yield made
    assert [said for said in made.complaints if "status of 4" not in said and "status of 50" not in said] == []


def waits(desk: Desk, page: Page) -> None:
    """The code is typed, and the page waits: its script has run, which comes after its heading."""
    ask(desk, page)
    give(page, desk.house.totp())
    expect(page.locator("h1")).to_have_text("Your new password is being set")
    page.wait_for_load_state("domcontentloaded")


def test_i2_it_goes_on_by_itself_and_the_key_stays(desk: Desk) -> None:
    """Waiting, with what is done and what is next; then the password, opened in the browser; nothing to be pressed."""
    page = desk.page()
    waits(desk, page)
    expect(page.locator("#way [aria-current]")).to_have_text("Your code was right")
    assert not Axe().run(page, options=RULES).violations_count
    desk.house.work()
    expect(page.locator("#password")).to_have_text(desk.password)
    expect(page.locator(".spell li")).to_have_count(len(desk.password))
    assert not desk.heard(desk.key)
    assert revealed(desk) == 1


def test_the_steps_are_told_as_they_come(desk: Desk) -> None:
    """Logging on, setting: each is said aloud once, while the worker is there."""
    page, heard = desk.page(), []
    waits(desk, page)

    def look(text: str) -> None:
        expect(page.locator("#way [aria-current]")).to_have_text(text)
        heard.append(page.locator("#said").text_content())

    desk.house.host.before_change = lambda: look("Setting your new password, and checking it")
    desk.house.work()
    assert heard == ["Setting your new password, and checking it"]
    expect(page.locator("#password")).to_have_text(desk.password)


def test_without_script_the_button_goes_on(desk: Desk) -> None:
    """Pressed too early the page comes again; no code is typed twice."""
    page = desk.page(java_script_enabled=False)
    page.goto(desk.link.partition("#")[0])
    page.fill("#key", desk.link)
    give(page, desk.house.totp())
    expect(page.locator("h1")).to_have_text("Your new password is being set")
    expect(page.get_by_text("In about ten seconds, press the button")).to_be_visible()
    page.click("#go")
    expect(page.locator("h1")).to_have_text("Your new password is being set")
    desk.house.work()
    page.click("#go")
    expect(page.locator("#password")).to_have_text(desk.password)
    assert revealed(desk) == 1


@pytest.mark.parametrize("script", [True, False])
def test_a_host_that_is_away(desk: Desk, script: bool) -> None:
    """Said, with what has not happened; tried again with one press, and no new code."""
    page = desk.page(java_script_enabled=script)
    page.goto(desk.link if script else desk.link.partition("#")[0])
    if script:
        expect(page.locator("#standing")).to_be_visible()
    else:
        page.fill("#key", desk.link)
    give(page, desk.house.totp())
    expect(page.locator("h1")).to_have_text("Your new password is being set")
    desk.house.host.faults = ["session:unreached"]
    desk.house.clock.move(seconds=30)
    desk.house.work()
    if not script:
        page.click("#go")
    expect(page.locator("h1")).to_have_text("The mainframe does not answer")
    if script:
        assert not Axe().run(page, options=RULES).violations_count
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("h1")).to_have_text("Your new password is being set")
    desk.house.work()
    if not script:
        page.click("#go")
    expect(page.locator("#password")).to_have_text(desk.password)


def test_a_page_that_was_lost_goes_on_where_it_was(desk: Desk) -> None:
    """Reloaded, and closed and opened again in the same tab: nobody types a code a second time."""
    page = desk.page()
    waits(desk, page)
    page.reload()
    expect(page.locator("h1")).to_have_text("Your new password is being set")
    page.goto("about:blank")
    desk.house.work()
    page.goto(desk.link.partition("#")[0])
    expect(page.locator("#password")).to_have_text(desk.password)
    assert not desk.heard(desk.key)
    page.goto("about:blank")
    page.goto(desk.link)
    expect(page.locator("#over")).to_be_visible()


def test_a_ticket_that_lapsed_asks_for_the_code(desk: Desk) -> None:
    """Nobody took it for ten minutes: the page says so, asks once, and does not go round in circles."""
    page = desk.page()
    waits(desk, page)
    desk.house.clock.move(minutes=11)
    expect(page.get_by_role("alert")).to_contain_text("Your place is gone")
    page.reload()
    expect(page.locator("#code")).to_be_visible()
    expect(page.locator("#recognised")).to_be_visible()
    assert revealed(desk) == 0


def test_a_browser_without_the_curve_is_served_before_anything_is_asked(desk: Desk) -> None:
    """The key is sent then, as without script; found out before the code is typed."""
    page = desk.page()
    page.add_init_script(NO_CURVE)
    page.goto(desk.link)
    expect(page.locator("#show")).to_be_enabled()
    give(page, desk.house.totp())
    expect(page.locator("h1")).to_have_text("Your new password is being set")
    desk.house.work()
    expect(page.locator("#password")).to_have_text(desk.password)
    assert desk.heard(desk.key)


def test_a_host_that_refuses_ends_on_a_page_that_says_so(desk: Desk) -> None:
    """By itself, from the waiting page."""
    page = desk.page()
    waits(desk, page)
    desk.house.host.faults = ["change-before:password_rejected"]
    desk.house.work()
    expect(page.locator("h1")).to_have_text("No new password could be set")


def test_two_tabs_and_one_of_them_gets_it(desk: Desk) -> None:
    """The second is told to wait a moment; it opens nothing, spends nothing, and finds out in the end."""
    one, two = desk.page(), desk.page()
    ask(desk, two)
    waits(desk, one)
    give(two, desk.house.totp(-1))
    expect(two.get_by_role("alert")).to_contain_text("made ready")
    desk.house.work()
    expect(one.locator("#password")).to_have_text(desk.password)
    give(two, desk.house.totp(-1))
    expect(two.locator("h1")).to_contain_text("already been shown")
    assert revealed(desk) == 1

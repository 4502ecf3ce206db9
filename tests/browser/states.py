"""Every face of the user's pages, and how a person gets to see it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final
from unittest.mock import patch

from playwright.sync_api import Page, expect

from bridge.domain.errors import (
    FactorUnreached,
    LinkEnded,
    NextQuestion,
    NotYet,
    Overtaken,
    StoreFault,
    StoreUnsure,
    TicketLapsed,
    VaultLocked,
)
from bridge.domain.secret import Secret
from bridge.flows.handover import Step, Waiting
from bridge.flows.look import look
from tests.browser.desk import Desk, give, go_on

HIDE: Final = (
    "v => { Object.defineProperty(document, 'visibilityState', {value: v, configurable: true}); "
    "document.dispatchEvent(new Event('visibilitychange')); }"
)


AGENTS: Final = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E148 Safari/604.1",
    "Barracuda Link Protection",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0",
)


def ask(desk: Desk, page: Page) -> None:
    page.goto(desk.link)
    expect(page.locator("#recognised")).to_be_visible()
    expect(page.locator("#standing").or_(page.locator("#over")).locator("visible=true")).to_have_count(1)


def visited(desk: Desk, page: Page) -> None:
    locator = desk.link.partition("#")[0].rpartition("/")[2]
    for number, agent in enumerate(AGENTS):
        look(locator, f"2001:db8:85a3:1234:5678:8a2e:370:733{number}", agent, desk.house.web)
        desk.house.clock.move(minutes=3)
    ask(desk, page)
    expect(page.locator("#openings")).to_contain_text("Edge, Windows")


def over_at_once(desk: Desk, page: Page) -> None:
    desk.house.open(desk.house.totp())
    ask(desk, page)
    expect(page.locator("#over")).to_be_visible()


def not_disowned(desk: Desk, page: Page) -> None:
    already_shown(desk, page)
    page.wait_for_load_state()
    page.locator("#code").fill(desk.wrong())
    page.get_by_role("button", name="This was not me").click()
    expect(page.get_by_role("alert")).to_be_visible()


def never_disowned(desk: Desk, page: Page) -> None:
    not_disowned(desk, page)
    for _ in range(5):
        page.wait_for_load_state()
        code = page.locator("#code")
        if code.count():
            code.fill(desk.wrong())
            with page.expect_navigation():
                page.get_by_role("button", name="This was not me").click()
    expect(page.get_by_role("alert")).to_contain_text("No more codes")


def disowned_late(desk: Desk, page: Page) -> None:
    already_shown(desk, page)
    desk.house.host.user_logs_on("JSMITH")
    desk.house.clock.move(seconds=60)
    desk.house.work(2)
    page.wait_for_load_state()
    page.locator("#code").fill(desk.house.totp())
    page.get_by_role("button", name="This was not me").click()
    expect(page.locator("h1")).to_contain_text("security team has been told")


def unopened(desk: Desk, page: Page) -> None:
    ask(desk, page)
    page.evaluate("addEventListener('pagehide', () => sessionStorage.clear())")
    give(page, desk.house.totp())
    expect(page.locator("#unopened")).to_be_visible()


def ask_without_key(desk: Desk, page: Page) -> None:
    page.goto(desk.link.partition("#")[0])


def ask_ending(desk: Desk, page: Page) -> None:
    ask(desk, page)
    page.click("summary")
    page.click("#end")
    expect(page.get_by_role("alert")).to_be_visible()


def not_a_code(desk: Desk, page: Page) -> None:
    ask(desk, page)
    give(page, "12345")
    expect(page.get_by_role("alert")).to_be_visible()


def not_a_key(desk: Desk, page: Page) -> None:
    ask_without_key(desk, page)
    page.fill("#key", "ABCD-EFGH")
    give(page, "123456")
    expect(page.get_by_role("alert")).to_be_visible()


def wrong_code(desk: Desk, page: Page) -> None:
    ask(desk, page)
    give(page, desk.wrong())
    expect(page.get_by_role("alert")).to_contain_text("4 more tries")


def slow_clock(desk: Desk, page: Page) -> None:
    ask(desk, page)
    give(page, desk.house.totp(-6))
    expect(page.get_by_role("alert")).to_contain_text("right some minutes ago")


def late_code(desk: Desk, page: Page) -> None:
    desk.house.clock.move(seconds=60)
    code = desk.house.ask().release_code
    assert code
    desk.house.work(2)
    desk.house.clock.move(minutes=13)
    ask(desk, page)
    give(page, code.expose())
    expect(page.get_by_role("alert")).to_contain_text("its time is over")


def last_try(desk: Desk, page: Page) -> None:
    ask(desk, page)
    for left in ("4 more tries", "3 more tries", "2 more tries", "one more try"):
        give(page, desk.wrong())
        expect(page.get_by_role("alert")).to_contain_text(left)


def dead(desk: Desk, page: Page) -> None:
    page.goto(desk.link[:-1] + ("1" if desk.link[-1] != "1" else "2"))
    give(page, "123456")
    expect(page.get_by_role("alert")).to_contain_text("does not open anything")


def shown(desk: Desk, page: Page) -> None:
    ask(desk, page)
    give(page, desk.house.totp())
    expect(page.locator("#password")).to_have_text(desk.password)


def away(desk: Desk, page: Page) -> None:
    shown(desk, page)
    expect(page.locator("#copy")).to_be_visible()  # the script is at work
    page.evaluate(HIDE, "hidden")
    expect(page.locator("#away")).to_be_visible()


def gone(desk: Desk, page: Page) -> None:
    shown(desk, page)
    page.click("#forget")
    expect(page.locator("#gone")).to_be_visible()


def already_shown(desk: Desk, page: Page) -> None:
    desk.house.open(desk.house.totp())
    ask(desk, page)
    go_on(page)
    expect(page.locator("h1")).to_contain_text("already been shown")


def expired(desk: Desk, page: Page) -> None:
    ask(desk, page)
    desk.house.clock.move(hours=24)
    page.reload()
    go_on(page)
    expect(page.locator("h1")).to_contain_text("has run out")


def withdrawn(desk: Desk, page: Page) -> None:
    ended(desk, page)
    page.goto("about:blank")
    ask(desk, page)
    go_on(page)
    expect(page.locator("h1")).to_contain_text("withdrawn")


def ended(desk: Desk, page: Page) -> None:
    ask(desk, page)
    page.click("summary")
    page.fill("#word", "STOP")
    page.click("#end")
    expect(page.locator("h1")).to_contain_text("Thank you")


def too_many_wrong(desk: Desk, page: Page) -> None:
    last_try(desk, page)
    give(page, desk.wrong())
    expect(page.locator("h1")).to_contain_text("Too many")


def forgotten(desk: Desk, page: Page) -> None:
    page.goto(f"{desk.base_url}/forgotten")


def no_such_page(desk: Desk, page: Page) -> None:
    page.goto(f"{desk.base_url}/elsewhere")


def question(desk: Desk, page: Page) -> None:
    _with_trouble(desk, page, NextQuestion("Wait for the next code of your token, then type it:"), "One more question")


def server_away(desk: Desk, page: Page) -> None:
    _with_trouble(desk, page, FactorUnreached("no answer"), "does not answer")


def waiting(desk: Desk, page: Page) -> None:
    _waits(desk, page, Step.SETTING)
    expect(page.locator("#way [aria-current]")).to_contain_text("Setting")


def host_away(desk: Desk, page: Page) -> None:
    _waits(desk, page, Step.AWAY)
    expect(page.locator("h1")).to_contain_text("does not answer")


def _waits(desk: Desk, page: Page, step: Step) -> None:
    until = desk.house.clock.now() + timedelta(minutes=10)
    found = Waiting(step=step, ticket=Secret("0" * 26), until=until)
    desk.stack.enter_context(patch("bridge.flows.reveal.reveal", return_value=found))
    desk.stack.enter_context(patch("web.user.waiting.progress", return_value=found))
    ask(desk, page)
    give(page, desk.house.totp())


def ticket_lapsed(desk: Desk, page: Page) -> None:
    _with_trouble(desk, page, TicketLapsed("no such ticket"), "Your place is gone")


def set_failed(desk: Desk, page: Page) -> None:
    _with_trouble(desk, page, LinkEnded("failed", desk.house.clock.now()), "could be set")


def ran_out_unused(desk: Desk, page: Page) -> None:
    _with_trouble(desk, page, LinkEnded("expired_unset", desk.house.clock.now()), "Nothing has been changed")


def early(desk: Desk, page: Page) -> None:
    _with_trouble(desk, page, NotYet("the mail is being handed over"), "made ready")


def overtaken(desk: Desk, page: Page) -> None:
    _with_trouble(desk, page, Overtaken("R7K2M9QX4TB0C"), "same moment")


def busy(desk: Desk, page: Page) -> None:
    _with_trouble(desk, page, StoreFault("locked"), "again in a moment")


def unsure(desk: Desk, page: Page) -> None:
    _with_trouble(desk, page, StoreUnsure("gone"), "do not know")


def tampered(desk: Desk, page: Page) -> None:
    _with_trouble(desk, page, VaultLocked("damaged"), "cannot be opened")


def broken(desk: Desk, page: Page) -> None:
    _with_trouble(desk, page, RuntimeError("a mistake of ours"), "went wrong here")


def _with_trouble(desk: Desk, page: Page, error: Exception, words: str) -> None:
    ask(desk, page)
    with _raising(error):
        give(page, desk.house.totp())
        expect(page.locator("main")).to_contain_text(words)


@contextmanager
def _raising(error: Exception) -> Iterator[None]:
    with patch("bridge.flows.reveal.reveal", side_effect=error):
        yield


STATES: Final[dict[str, Callable[[Desk, Page], None]]] = {
    reach.__name__.replace("_", "-"): reach
    for reach in (
        ask, ask_without_key, ask_ending, not_a_code, not_a_key, wrong_code, slow_clock, late_code, last_try, dead,
        early, overtaken, shown, question, server_away, waiting, host_away, ticket_lapsed, set_failed, ran_out_unused,
        visited, over_at_once, not_disowned, never_disowned, disowned_late, unopened,
        away, gone, already_shown, expired, withdrawn, ended, too_many_wrong, forgotten, no_such_page, busy, broken,
        unsure, tampered,
    )
}  # fmt: skip
"""Name → takes a tab there."""

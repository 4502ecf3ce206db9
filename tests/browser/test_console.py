"""An operator at the console in Chromium: by keys alone, on a phone and on a wide screen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error, Page, expect

from bridge.domain.names import SystemName
from bridge.domain.outcome import Condition, Reach
from bridge.domain.policy import Policy, Role
from bridge.flows.take import take
from tests.browser.desk import Desk
from tests.browser.looks import LOOKS, PHONE
from tests.browser.test_access import RULES, small, widest
from tests.fakes.web import token_for
from web.settings import SystemFacts

SEEN = ("phone", "phone-large", "phone-forced", "desk-dark")
SAID = {
    "PRODA": (Reach.WELL, "", 90),
    "PRODB": (Reach.UNREACHABLE, "zosb.example.com:992: the connection was refused", 12),
    "TESTC": (Reach.REFUSED, "TESTC: the host refused the service id's logon: IKJ56421I PASSWORD NOT AUTHORIZED", 200),
}
"""System → what node n1 last found, and how many minutes ago."""
FACTS = {
    "PRODA": SystemFacts(title="Production A"),
    "PRODB": SystemFacts(title="Production B", product="acf2"),
    "TESTC": SystemFacts(title="Test C", product="topsecret"),
}


def furnish(desk: Desk, *roles: Role) -> str:
    """Three systems, each in another condition, and a reset that waits. Returns an operator's token."""
    house, now = desk.house, desk.house.clock.now()
    for name in SAID:
        house.web.systems.setdefault(SystemName(name), Policy())  # type: ignore[attr-defined]
    house.ask("MJONES", reason="forgotten, called back")
    if take(house.host.name, house.worker):
        house.clock.move(seconds=100)
        now = house.clock.now()
    with house.store.work() as work:
        for name, (reach, words, ago) in SAID.items():
            at = now - timedelta(minutes=ago)
            work.conditions.put(Condition(system=name, node="n1", reach=reach, words=words, at=at, heard=now))
    return token_for(house, "vera", *roles)


def arrive(desk: Desk, page: Page, *roles: Role) -> None:
    """Sign in: the field has the focus."""
    page.goto(f"{desk.base_url}/console")
    expect(page.locator("#operator_token")).to_be_focused()
    page.keyboard.type(furnish(desk, *roles))
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Systems")


def to_reset(page: Page, userid: str) -> None:
    """Look for it, and open it."""
    page.get_by_role("link", name="Resets", exact=True).click()
    page.get_by_label("Userid").fill(userid.lower())
    page.keyboard.press("Enter")
    page.get_by_role("link", name=userid).click()
    expect(page.locator("h1")).to_contain_text(userid)


def to_form(page: Page) -> None:
    """Where a reset is asked for."""
    page.get_by_role("link", name="Ask", exact=True).click()
    expect(page.locator("h1")).to_have_text("Ask for a reset")


def fill_in(page: Page, userid: str, *, unlock: bool = False) -> None:
    """By keys alone: system, userid, why, and Enter; an unlock by its own button."""
    page.get_by_label("System").select_option("PRODA")
    page.get_by_label("Userid").fill(userid)
    page.get_by_label("Why, in one line").fill("forgotten, called back")
    if unlock:
        page.get_by_role("button", name="Unlock alone").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")


def judged(page: Page) -> dict[str, str]:
    """What is wrong with it."""
    said: dict[str, str] = {}
    page.wait_for_load_state()
    for look in (LOOKS[name] for name in SEEN):
        look.put_on(page)
        results = Axe().run(page, options=RULES)
        if results.violations_count:
            said[look.name] = results.generate_report()
        if page.evaluate("document.documentElement.scrollWidth") > look.width:
            said[f"{look.name} width"] = widest(page)
        if look.width == PHONE and (missed := small(page)):
            said[f"{look.name} small"] = missed
    LOOKS["phone"].put_on(page)
    return said


def test_an_operator_signs_in_looks_ends_a_reset_and_signs_out(desk: Desk) -> None:
    """Each page is judged by axe, none has a script, nothing comes from elsewhere; what is wrong is said first."""
    page = desk.page(has_touch=True)
    page.goto(f"{desk.base_url}/console")
    assert judged(page) == {}
    arrive(desk, page, Role.AGENT)
    names = [card.split()[0] for card in page.locator(".card h2").all_inner_texts()]
    assert names == ["TESTC", "PRODB", "PRODA"]
    expect(page.locator(".card").last).to_contain_text("Slow")
    assert judged(page) == {}
    to_reset(page, "MJONES")
    assert judged(page) == {}
    page.get_by_text("End it now").click()
    page.get_by_label("Why, in one line").fill("asked <b>by</b> the user")
    page.keyboard.press("Enter")
    expect(page.locator(".lead")).to_contain_text("revoked")
    expect(page.locator(".events")).to_contain_text("asked <b>by</b> the user")
    assert "<script" not in page.content()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("status")).to_contain_text("You are signed out")
    page.go_back()
    page.goto(f"{desk.base_url}/console/resets")
    expect(page.locator("h1")).to_have_text("Sign in")


def test_an_agent_asks_for_a_reset_and_reads_its_code_out(desk: Desk) -> None:
    """What is wrong is said and has the focus; the code is on one page, and going back and forth shows it to nobody."""
    page = desk.page(has_touch=True)
    arrive(desk, page, Role.AGENT)
    to_form(page)
    expect(page.get_by_label("System")).to_have_attribute("aria-invalid", "false")  # nobody has chosen yet
    assert judged(page) == {}
    fill_in(page, "J.SMITH")
    expect(page.get_by_role("alert")).to_contain_text("Userid: a userid")
    expect(page.get_by_label("Userid")).to_be_focused()
    expect(page.get_by_label("Why, in one line")).to_have_value("forgotten, called back")
    assert judged(page) == {}
    fill_in(page, "MJONES", unlock=True)
    expect(page.locator("h1")).to_have_text("Unlock PRODA MJONES")
    assert judged(page) == {}
    page.get_by_role("link", name="All unlocks").click()
    expect(page.locator(".resets")).to_contain_text("MJONES")
    assert judged(page) == {}
    to_form(page)
    fill_in(page, "jsmith")
    expect(page.locator("h1")).to_have_text("Read this code to the caller")
    code = page.locator(".release").inner_text()
    assert judged(page) == {}
    page.get_by_role("link", name="Follow it").click()
    expect(page.locator("h1")).to_contain_text("JSMITH")
    assert code not in page.content()
    with pytest.raises(Error, match="ERR_CACHE_MISS"):  # the page with the code is kept nowhere
        page.go_back()


def test_a_link_in_a_ticket_leads_to_the_page_and_what_was_typed_outlives_the_session(desk: Desk) -> None:
    """From another site, with the strict cookie; a reason typed after the session's end is there to be sent again."""
    page = desk.page(has_touch=True)
    arrive(desk, page, Role.AGENT)
    to_reset(page, "MJONES")
    here = page.url
    ticket = page.context.new_page()
    words = f'<!doctype html><a href="{here}">the reset</a>'
    ticket.route("https://ticket.example/*", lambda route: route.fulfill(content_type="text/html", body=words))
    ticket.goto("https://ticket.example/1")
    ticket.get_by_role("link").click()
    expect(ticket.locator("h1")).to_contain_text("MJONES")
    assert ticket.url == here
    page.get_by_text("End it now").click()
    page.get_by_label("Why, in one line").fill("the user called back")
    desk.house.clock.move(minutes=16)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Nothing was done")
    assert judged(page) == {}
    page.get_by_label("Your token").fill("rbt_vera_0123456789")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Nothing has been done yet")
    expect(page.get_by_label("Why, in one line")).to_have_value("the user called back")
    expect(page.get_by_label("Why, in one line")).to_be_focused()
    assert judged(page) == {}
    page.keyboard.press("Enter")
    expect(page.locator(".lead")).to_contain_text("revoked")
    page.get_by_role("link", name="Resets", exact=True).click()
    page.get_by_label("Userid").fill("j'smith")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Userid: a userid")
    assert judged(page) == {}


def test_what_went_wrong_is_as_easy_to_read(desk: Desk) -> None:
    """A wrong token, nothing there, an address that is none, no role: judged as every other page is."""
    page = desk.page(has_touch=True)
    page.goto(f"{desk.base_url}/console")
    page.get_by_label("Your token").fill("rbt_wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("does not let anybody in")
    assert judged(page) == {}
    arrive(desk, page, Role.AUDITOR)
    for path, words in (("resets", "Newest first"), ("resets?state=lapsed", "There is none like that"),
                        ("unlocks", "There is none"), ("resets/R0123456789AB", "There is no such thing here"),
                        ("ask", "That is not yours to do")):  # fmt: skip
        page.goto(f"{desk.base_url}/console/{path}")
        expect(page.locator("main")).to_contain_text(words)
        assert judged(page) == {}, path

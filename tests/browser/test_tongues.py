"""Every language is as usable as English: WCAG by axe's judgement, and nothing to scroll sideways on a small phone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from bridge.domain.errors import WrongAnswer
from bridge.domain.names import SystemName, Userid
from bridge.domain.secret import Secret
from bridge.flows.handover import Shown, Step, Waiting
from bridge.texts import languages, speech
from tests.browser.desk import Desk, give
from tests.browser.looks import LOOKS
from tests.browser.states import ask, waiting
from tests.browser.test_access import RULES, widest


def test_the_page_that_asks_in_each_language(desk: Desk) -> None:
    """With the link recognised, its openings told, and the switch open."""
    page = desk.page()
    ask(desk, page)
    _each(page, "#until time")


def test_the_page_that_waits_in_each_language(desk: Desk) -> None:
    """Each step has words that fit; the place in the queue is kept from one language to the next."""
    page = desk.page()
    waiting(desk, page)
    found = Waiting(step=Step.SETTING, ticket=Secret("0" * 26), until=desk.house.clock.now())
    with patch("web.user.waiting.collect", return_value=found):
        _each(page, "#way [aria-current]")


def test_the_page_takes_the_mails_language_once(desk: Desk) -> None:
    """The key is proven, and stays; whoever chooses another, or comes back to the first page, is not sent on again."""
    desk.house.directory.people = [replace(desk.house.directory.people[0], language="he")]
    desk.house.clock.move(seconds=60)
    desk.publish()
    page = desk.page(locale="fr")
    page.goto(desk.link)
    html = page.locator("html")
    expect(html).to_have_attribute("lang", "he")
    expect(page.locator("#until time")).to_be_visible()
    page.locator(".tongues summary").click()
    page.get_by_role("button", name="Italiano").click()
    expect(html).to_have_attribute("lang", "it")
    page.reload()
    expect(html).to_have_attribute("lang", "it")
    for _ in range(2):
        page.go_back()
    expect(html).to_have_attribute("lang", "fr")
    expect(page.locator("#until time")).to_be_visible()
    assert not desk.heard(desk.key)


def test_the_password_in_each_language(desk: Desk) -> None:
    """Spelled, drawn and explained; with text twice as large, nothing to scroll sideways either."""
    page, said = desk.page(), dict[str, str]()
    ask(desk, page)
    until = desk.house.clock.now() + timedelta(hours=8)
    found = Shown(password=Secret("7QW2KMFX"), system=SystemName("PRODA"), userid=Userid("JSMITH"), unused_until=until,
                  visit="")  # fmt: skip
    with patch("bridge.flows.reveal.reveal", return_value=found):
        give(page, desk.house.totp())
        for language in languages():
            page.evaluate(ONCE_MORE, language)
            expect(page.locator("html")).to_have_attribute("lang", language)
            expect(page.locator("#try")).to_be_visible()
            page.get_by_role("group").first.evaluate("lines => { lines.open = true; }")
            said |= _faults(page, language)
            LOOKS["phone-large"].put_on(page)
            said |= _width(page, f"{language}, large")
    assert not said, "\n\n".join(f"{language}: {report}" for language, report in said.items())


def test_a_release_code_that_came_too_late_in_each_language(desk: Desk) -> None:
    """What it was, how long it works, and what to ask for."""
    page, said = desk.page(), dict[str, str]()
    ask(desk, page)
    late = WrongAnswer(4, lasts=timedelta(minutes=10), ended=True)
    with patch("bridge.flows.reveal.reveal", side_effect=late):
        for language in languages():
            page.evaluate(SPEAKING, language)
            give(page, "12345678")
            expect(page.locator("html")).to_have_attribute("lang", language)
            expect(page.get_by_role("alert").first).to_contain_text("10")
            said |= _faults(page, language)
    assert not said, "\n\n".join(f"{language}: {report}" for language, report in said.items())


SPEAKING = """language => {
    const form = document.querySelector("#open");
    const chosen = form.elements.lang || form.appendChild(document.createElement("input"));
    Object.assign(chosen, {type: "hidden", name: "lang", value: language});
}"""


ONCE_MORE = """language => {
    const form = document.querySelector(".notme form");
    form.action = form.action.replace("/not-me", "");
    form.elements.word.name = "code";
    (form.elements.lang || form.appendChild(document.createElement("input"))).name = "lang";
    form.elements.lang.value = language;
    form.submit();
}"""


def _each(page: Page, part: str) -> None:
    said: dict[str, str] = {}
    LOOKS["phone"].put_on(page)
    for language in (*languages()[1:], "en"):
        page.locator(".tongues summary").click()
        page.get_by_role("button", name=speech(language).name, exact=True).click()
        expect(page.locator("html")).to_have_attribute("lang", language)
        expect(page.locator(part)).to_be_visible()
        page.locator(".tongues").evaluate("switch_ => { switch_.open = true; }")
        said |= _faults(page, language)
        page.locator(".tongues").evaluate("switch_ => { switch_.open = false; }")
    assert not said, "\n\n".join(f"{language}: {report}" for language, report in said.items())


def _faults(page: Page, language: str) -> dict[str, str]:
    LOOKS["phone"].put_on(page)
    page.wait_for_load_state()  # its style as well
    results = Axe().run(page, options=RULES)
    judged = {language: results.generate_report()} if results.violations_count else {}
    return judged | _width(page, language)


def _width(page: Page, what: str) -> dict[str, str]:
    wide = page.evaluate("document.documentElement.scrollWidth")
    return {what: f"{wide} pixels wide: {widest(page)}"} if wide > LOOKS["phone"].width else {}

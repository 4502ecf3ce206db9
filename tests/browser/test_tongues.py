"""Every language is as usable as English: WCAG by axe's judgement, and nothing to scroll sideways on a small phone."""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import patch

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from bridge.domain.secret import Secret
from bridge.flows.handover import Step, Waiting
from bridge.texts import languages, speech
from tests.browser.desk import Desk
from tests.browser.looks import LOOKS
from tests.browser.states import ask, waiting
from tests.browser.test_access import RULES


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


def _each(page: Page, part: str) -> None:
    said: dict[str, str] = {}
    LOOKS["phone"].put_on(page)
    for language in (*languages()[1:], "en"):
        page.locator(".tongues summary").click()
        page.get_by_role("button", name=speech(language).name, exact=True).click()
        expect(page.locator("html")).to_have_attribute("lang", language)
        expect(page.locator(part)).to_be_visible()
        page.locator(".tongues").evaluate("switch_ => { switch_.open = true; }")
        results = Axe().run(page, options=RULES)
        if results.violations_count:
            said[language] = results.generate_report()
        if (wide := page.evaluate("document.documentElement.scrollWidth")) > LOOKS["phone"].width:
            said[f"{language} width"] = str(wide)
        page.locator(".tongues").evaluate("switch_ => { switch_.open = false; }")
    assert not said, "\n\n".join(f"{language}: {report}" for language, report in said.items())

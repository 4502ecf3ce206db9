"""To a real OpenID provider and back, in Chromium: the key stays in the tab, or is pasted once more without script."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from bridge.domain.demand import Demand
from bridge.domain.policy import Policy
from bridge.domain.reset import State
from bridge.domain.secret import Secret
from bridge.texts import languages
from connectors.factors.oidc import OpenIdProvider
from tests.browser.desk import Desk, give, sitting
from tests.browser.looks import LOOKS
from tests.browser.states import ask
from tests.browser.test_access import RULES
from tests.fakes.outside import FakeClock
from tests.live.provider import ONES_OWN, OTHER, SECRET, WEAK, Provider, provider

COOKIE = "__Host-sign-on"


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    with provider(tmp_path_factory.mktemp("provider")) as made:
        yield made


@contextmanager
def signing_on(chromium: Browser, folder: Path, company: Provider, *factors: str, **policy: Any) -> Iterator[Desk]:
    """A desk whose policy takes a sign-on."""
    there = OpenIdProvider(company.settings(), "", Secret(SECRET))
    home = {"policy": Policy(factors=factors, **policy), "sign_on": there, "clock": FakeClock(datetime.now(UTC))}
    with sitting(chromium, folder, home=home, factors=factors) as desk:
        there.redirect_uri = f"{desk.base_url}/sign-on"
        yield desk


@pytest.fixture
def at_desk(chromium: Browser, tmp_path: Path, company: Provider) -> Iterator[Callable[..., Desk]]:
    """A desk whose policy takes a sign-on."""
    with ExitStack() as stack:

        def make(*factors: str, **policy: Any) -> Desk:
            kinds = factors or ("totp", "oidc")
            return stack.enter_context(signing_on(chromium, tmp_path, company, *kinds, **policy))

        yield make
    company.away = False


def alone(page: Page, company: Provider, desk: Desk) -> Page:
    """The provider's page wants a style sheet from far away."""
    page.route(lambda url: not url.startswith((company.issuer, desk.base_url)), lambda route: route.abort())
    return page


def arrive(desk: Desk, page: Page, *, script: bool) -> None:
    if script:
        ask(desk, page)
    else:
        page.goto(desk.link.partition("#")[0])


def sign_on(page: Page, who: str, company: Provider) -> None:
    page.click("#sign-on")
    page.wait_for_url(f"{company.issuer}/**")
    page.fill("input[name=sub]", who)
    page.get_by_role("button", name="Authorize").click()
    page.wait_for_url(re.compile("/r/[0-9A-Z]{26}"))


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("delivery", ["sealed", "armed"])
def test_there_and_back(at_desk: Callable[..., Desk], company: Provider, script: bool, delivery: str) -> None:
    """The password at the end; with script the key never leaves the browser, not to the provider either."""
    desk = at_desk("oidc", delivery=delivery)
    page = alone(desk.page(java_script_enabled=script), company, desk)
    arrive(desk, page, script=script)
    expect(page.locator("#code")).to_be_hidden()
    sign_on(page, ONES_OWN, company)
    expect(page.get_by_text("You have signed on")).to_be_visible()
    clean = desk.link.partition("#")[0]
    assert page.url == clean
    if script:
        expect(page.locator("#recognised")).to_be_visible()
        assert not Axe().run(page, options=RULES).violations_count
    else:
        page.fill("#key", desk.link)
    page.click("#show")
    if delivery == "armed":
        expect(page.get_by_role("heading", name="being set")).to_be_visible()
        desk.house.work(2)
        if not script:
            page.click("#go")
    expect(page.locator("#password")).to_have_text(desk.password)
    assert bool(desk.heard(desk.key)) is not script
    assert not [url for url in desk.asked_for if url.startswith(company.issuer) and desk.key.lower() in url.lower()]
    assert page.context.cookies() == []
    if script:
        locator = page.url.partition("/r/")[2][:26]
        assert page.evaluate("[{...sessionStorage}, localStorage.length]") == [{f"shown {locator}": "yes"}, 0]
    assert not [said for said in desk.complaints if "Content Security Policy" in said]


BOTH = Demand(required=("totp", "oidc"))


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("first", ["totp", "oidc"])
def test_it_is_one_of_two(at_desk: Callable[..., Desk], company: Provider, first: str, script: bool) -> None:
    """Whichever comes first, the other one is asked for alone: what was passed before lasts there and back."""
    desk = at_desk("totp", "oidc", demand=BOTH)
    page = alone(desk.page(java_script_enabled=script), company, desk)
    arrive(desk, page, script=script)
    for kind in (first, *({"totp", "oidc"} - {first})):
        if kind == "oidc":
            sign_on(page, ONES_OWN, company)
        else:
            page.fill("#code", desk.house.totp())
        if not script and page.locator("#key").is_visible():
            page.fill("#key", desk.link)
        page.click("#show")
        if kind == first:
            expect(page.get_by_role("alert")).to_contain_text("The next one is still missing")
    expect(page.locator("#password")).to_have_text(desk.password)
    assert bool(desk.heard(desk.key)) is not script
    assert page.context.cookies() == []
    assert not [said for said in desk.complaints if "Security Policy" in said or "TypeError" in said]


@pytest.mark.parametrize("script", [True, False])
def test_a_read_link_is_disowned_with_a_sign_on(at_desk: Callable[..., Desk], company: Provider, script: bool) -> None:
    """Of another person it is told so; the person's own ends what somebody else began."""
    desk = at_desk("totp", "oidc")
    desk.house.open(desk.house.totp())
    page = alone(desk.page(java_script_enabled=script), company, desk)

    def come() -> None:
        page.goto(desk.link if script else desk.link.partition("#")[0])
        if not script:
            page.fill("#key", desk.link)
        page.locator("#over" if script else "#key").is_visible()
        page.click("#show")
        expect(page.locator("h1")).to_contain_text("already been shown")

    come()
    for who, words in ((OTHER, "sign-on of another person"), (ONES_OWN, "Thank you")):
        sign_on(page, who, company)
        page.goto("about:blank")
        come()
        expect(page.get_by_text("You have signed on")).to_be_visible()
        page.get_by_role("button", name="This was not me").click()
        expect(page.locator("main")).to_contain_text(words)
    assert desk.house.reset(desk.house.mail.links[-1].reset_id).state is State.REVOKED
    assert page.context.cookies() == []


def test_what_was_passed_outlasts_a_sign_on_that_was_none(at_desk: Callable[..., Desk], company: Provider) -> None:
    """Called off, and somebody else's: only the sign-on is asked for again. Without the key it is worth nothing."""
    desk = at_desk("totp", "oidc", demand=BOTH)
    page = alone(desk.page(), company, desk)
    arrive(desk, page, script=True)
    give(page, desk.house.totp())
    expect(page.get_by_role("alert")).to_contain_text("The next one is still missing")
    for who, words in ((WEAK, "not complete"), (OTHER, "")):
        page.click("#sign-on")
        page.fill("input[name=sub]", who)
        page.get_by_role("button", name="Authorize").click()
        page.wait_for_url(desk.base_url + "/**")
        if words:
            expect(page.get_by_role("alert")).to_contain_text(words)
    page.click("#show")
    expect(page.get_by_role("alert")).to_contain_text("sign-on of another person")
    expect(page.get_by_text("Accepted so far")).to_be_visible()
    sign_on(page, ONES_OWN, company)
    page.click("#show")
    expect(page.locator("#password")).to_have_text(desk.password)


def test_nothing_of_it_stays_in_the_history_or_the_log(
    at_desk: Callable[..., Desk], company: Provider, capfd: pytest.CaptureFixture[str]
) -> None:
    """Code and state are in no address that the browser keeps, no referrer, and no line of ours; the cookie is for us
    alone, and a script cannot read it."""
    desk = at_desk()
    page = alone(desk.page(), company, desk)
    arrive(desk, page, script=True)
    sign_on(page, ONES_OWN, company)
    (cookie,) = page.context.cookies()
    assert cookie["name"] == COOKIE
    assert (cookie["httpOnly"], cookie["secure"], cookie["sameSite"], cookie["path"]) == (True, True, "Lax", "/")
    assert page.evaluate("document.cookie") == ""
    assert page.evaluate("document.referrer") == ""
    history = page.context.new_cdp_session(page).send("Page.getNavigationHistory")
    ours = [entry["url"] for entry in history["entries"] if entry["url"].startswith(desk.base_url)]
    assert ours
    assert not [url for url in ours if "code=" in url or "state=" in url or "?" in url]
    (back,) = [url for url in desk.asked_for if url.startswith(f"{desk.base_url}/sign-on?")]
    code, state = (part.partition("=")[2] for part in back.partition("?")[2].split("&")[:2])
    said = "".join(capfd.readouterr())
    mine = [line for line in said.splitlines() if "oauth2" not in line]
    assert not [line for line in mine if code in line or state in line]


def test_a_reload_and_the_way_back_keep_the_sign_on(at_desk: Callable[..., Desk], company: Provider) -> None:
    """Until it is used: a phone may drop the page. So does the language that was chosen."""
    desk = at_desk()
    page = alone(desk.page(), company, desk)
    arrive(desk, page, script=True)
    page.locator(".tongues summary").click()
    page.get_by_role("button", name="Deutsch").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    sign_on(page, ONES_OWN, company)
    page.reload()
    expect(page.get_by_text("Sie haben sich mit Ihrem Firmenkonto angemeldet")).to_be_visible()
    expect(page.locator("#recognised")).to_be_visible()
    page.click("#show")
    expect(page.locator("#password")).to_have_text(desk.password)


@pytest.mark.parametrize("script", [True, False])
def test_another_person_is_told_so(at_desk: Callable[..., Desk], company: Provider, script: bool) -> None:
    """Counted with the key; the page asks anew, and the person's own sign-on opens."""
    desk = at_desk()
    page = alone(desk.page(java_script_enabled=script), company, desk)
    arrive(desk, page, script=script)
    for who in (OTHER, ONES_OWN):
        sign_on(page, who, company)
        if not script:
            page.fill("#key", desk.link)
        page.click("#show")
        if who == OTHER:
            expect(page.get_by_role("alert")).to_contain_text("sign-on of another person")
            expect(page.get_by_role("alert")).to_contain_text("4 more tries")
            assert page.context.cookies() == []
            if script:
                assert not Axe().run(page, options=RULES).violations_count
    expect(page.locator("#password")).to_have_text(desk.password)


def test_too_little_and_called_off_have_their_words(at_desk: Callable[..., Desk], company: Provider) -> None:
    """Nothing is counted, the key is still there, and the app's code opens."""
    desk = at_desk()
    page = alone(desk.page(), company, desk)
    arrive(desk, page, script=True)
    page.click("#sign-on")
    page.fill("input[name=sub]", WEAK)
    page.get_by_role("button", name="Authorize").click()
    expect(page.get_by_role("alert")).to_contain_text("not complete")
    page.click("#sign-on")
    page.get_by_role("button", name="Deny").click()
    page.wait_for_url(desk.base_url + "/**")
    expect(page.get_by_role("alert")).to_contain_text("does not count")
    expect(page.locator("#key-field")).to_be_visible()  # this provider brings no state back: no link is known
    ask(desk, page)
    expect(page.locator("#recognised")).to_be_visible()
    give(page, desk.house.totp())
    expect(page.locator("#password")).to_have_text(desk.password)


def test_a_provider_that_does_not_answer_leaves_the_other_factor(
    at_desk: Callable[..., Desk], company: Provider
) -> None:
    """A page of ours says so, in which the code can be typed."""
    desk = at_desk()
    company.away = True
    page = alone(desk.page(), company, desk)
    arrive(desk, page, script=True)
    page.click("#sign-on")
    expect(page.get_by_role("alert")).to_contain_text("does not answer just now")
    assert not Axe().run(page, options=RULES).violations_count
    expect(page.locator("#recognised")).to_be_visible()
    give(page, desk.house.totp())
    expect(page.locator("#password")).to_have_text(desk.password)


def test_a_code_slipped_into_another_browser_does_not_count(at_desk: Callable[..., Desk], company: Provider) -> None:
    """The browser that comes back is not the one that went."""
    desk = at_desk()
    mallory, victim = desk.context().request, alone(desk.page(), company, desk)
    there = mallory.get(f"{desk.link.partition('#')[0]}/sign-on", max_redirects=0).headers["location"]
    back = mallory.post(there, form={"sub": OTHER}, max_redirects=0).headers["location"]
    arrive(desk, victim, script=True)
    victim.goto(back)
    expect(victim.get_by_role("alert")).to_contain_text("does not count")
    assert "signed on with" not in victim.content()


@pytest.mark.parametrize("look", LOOKS)
def test_everybody_can_use_it(at_desk: Callable[..., Desk], company: Provider, look: str) -> None:
    """320 and 1280 px, dark, forced colours, large text: before and after the sign-on."""
    desk = at_desk()
    page = alone(desk.page(has_touch=True), company, desk)
    arrive(desk, page, script=True)
    LOOKS[look].put_on(page)
    for _ in range(2):
        results = Axe().run(page, options=RULES)
        assert not results.violations_count, results.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= LOOKS[look].width
        button = page.locator("#sign-on").or_(page.locator("#show")).first.bounding_box()
        assert button
        assert button["height"] >= 44
        if page.locator("#sign-on").count():
            sign_on(page, ONES_OWN, company)


def test_it_fits_in_every_language(at_desk: Callable[..., Desk], company: Provider) -> None:
    """On the narrowest phone, nothing to scroll sideways, nothing left in English."""
    desk = at_desk()
    place = desk.link.partition("#")[0]
    for language in languages():
        page = desk.page(viewport={"width": 320, "height": 568}, locale=language)
        for path in ("", "/sign-on/away", "/sign-on/lapsed", "/sign-on/refused"):
            page.goto(place + path)
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, (language, path)
            said = page.locator("main").inner_text()
            assert ("sign on" in said.lower()) is (language == "en"), (language, path)
        page.context.close()

"""A person with a link and Chromium: with and without script, going back, reloading, looking away."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Response, Route, expect
from playwright.sync_api import TimeoutError as Stayed

from bridge.texts import languages
from tests.browser.desk import Desk, give, go_on

STORAGE = "JSON.stringify([localStorage, sessionStorage, history.state, document.documentElement.outerHTML])"


def test_the_key_leaves_the_address_bar_and_the_password_comes(desk: Desk) -> None:
    """Open the link, type the code, see the password; the address holds no key, and no other site is asked."""
    page = desk.page()
    page.goto(desk.link)
    assert desk.key not in page.url
    assert "#" not in page.url
    expect(page.locator("#recognised")).to_be_visible()
    expect(page.locator("#key")).to_be_hidden()
    give(page, desk.house.totp())
    expect(page.locator("#password")).to_have_text(desk.password)
    expect(page.locator("main")).to_contain_text("Production A")
    assert desk.key not in page.url
    assert not [url for url in desk.asked_for if desk.key in url.partition("#")[0]]


def test_without_script_everything_works(desk: Desk) -> None:
    """The field takes the whole link; the password is shown, and after its time a page without it comes by itself."""
    page = desk.page(java_script_enabled=False)
    page.goto(desk.link)
    page.fill("#key", desk.link)
    give(page, desk.house.totp())
    expect(page.locator("#password")).to_have_text(desk.password)
    assert "120; url=/forgotten" in page.content()
    expect(page.locator("#copy")).to_be_hidden()
    expect(page.locator("#clock")).to_be_hidden()


def test_without_script_the_page_is_replaced_when_its_time_is_up(make_desk: Callable[..., Desk]) -> None:
    """One second here: the browser goes to a page that holds nothing."""
    desk = make_desk(show_for=1)
    page = desk.page(java_script_enabled=False)
    page.goto(desk.link)
    page.fill("#key", desk.key.lower())
    page.locator(".tongues summary").click()
    page.get_by_role("button", name="Deutsch").click()
    give(page, desk.house.totp())
    page.wait_for_url("**/forgotten?lang=de")
    expect(page.locator("h1")).to_contain_text("nicht mehr hier")


def test_a_damaged_link_works_with_and_without_script(desk: Desk) -> None:
    """# became %23: the field comes filled in, and with script the address is cleaned."""
    damaged = desk.link.replace("#", "%23")
    page = desk.page()
    page.goto(damaged)
    assert desk.key not in page.url
    bare = desk.page(java_script_enabled=False)
    bare.goto(damaged)
    give(bare, desk.house.totp())
    expect(bare.locator("#password")).to_have_text(desk.password)
    assert desk.key not in bare.url


def test_a_phone_that_dropped_the_page_still_has_the_link(desk: Desk) -> None:
    """Reloaded while its owner looked up the code: the key is still there, though not in the address."""
    page = desk.page()
    page.goto(desk.link)
    page.reload()
    expect(page.locator("#recognised")).to_be_visible()
    give(page, desk.house.totp())
    expect(page.locator("#password")).to_be_visible()


def test_a_wrong_code_keeps_the_link_and_names_the_trouble(desk: Desk) -> None:
    """How many are left is said first; the cursor is in the field; the right code then opens."""
    page = desk.page()
    page.goto(desk.link)
    give(page, desk.wrong())
    expect(page.get_by_role("alert")).to_contain_text("4 more tries")
    expect(page.locator("#code")).to_be_focused()
    give(page, desk.house.totp())
    expect(page.locator("#password")).to_have_text(desk.password)


def test_back_reload_and_a_second_tab_show_nothing(desk: Desk) -> None:
    """The password is on one page, once: history has none, another tab is told that it was shown."""
    context = desk.context()
    page = desk.watched(context.new_page())
    page.goto(desk.link)
    give(page, desk.house.totp())
    expect(page.locator("#password")).to_have_text(desk.password)
    other = desk.watched(context.new_page())
    other.goto(desk.link)
    go_on(other)
    expect(other.locator("h1")).to_have_text("This password has already been shown")
    password = desk.password
    page.goto(desk.base_url)
    page.go_back()
    page.wait_for_load_state()
    assert password not in page.content()
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    assert password not in page.content()


def test_the_countdown_forgets(make_desk: Callable[..., Desk]) -> None:
    """After its time neither the document nor any storage holds the password, and the page says what to do."""
    desk = make_desk(show_for=2)
    page = desk.page()
    page.goto(desk.link)
    give(page, desk.house.totp())
    expect(page.locator("#left")).to_have_text(re.compile(r"0:0[12]"))
    expect(page.locator("#gone")).to_be_visible()
    assert desk.password not in page.evaluate(STORAGE)
    expect(page.locator("#gone h1")).to_be_focused()
    expect(page.get_by_role("button", name="This was not me")).to_be_visible()


def test_more_time_and_hide_now(make_desk: Callable[..., Desk]) -> None:
    """Whoever reads slowly asks for more; whoever is done hides it."""
    desk = make_desk(show_for=60)
    page = desk.page()
    page.clock.install()
    page.goto(desk.link)
    give(page, desk.house.totp())
    expect(page.locator("#left")).to_have_text("1:00")
    page.clock.run_for(40_000)
    expect(page.locator("#left")).to_have_text("0:20")
    page.click("#more")
    expect(page.locator("#left")).to_have_text("1:00")
    page.click("#forget")
    assert desk.password not in page.evaluate(STORAGE)
    assert desk.password[0] + "</span>" not in page.content()


def test_looking_away_covers_it_and_coming_back_shows_it(desk: Desk) -> None:
    """While the tab is hidden the document holds no password; leaving the page forgets it for good."""
    page = desk.page()
    page.goto(desk.link)
    give(page, desk.house.totp())
    expect(page.locator("#password")).to_be_visible()
    hide = "v => { Object.defineProperty(document, 'visibilityState', {value: v, configurable: true}); " \
           "document.dispatchEvent(new Event('visibilitychange')); }"  # fmt: skip
    page.evaluate(hide, "hidden")
    assert desk.password not in page.evaluate(STORAGE)
    page.evaluate(hide, "visible")
    expect(page.locator("#password")).to_have_text(desk.password)
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))")
    assert desk.password not in page.evaluate(STORAGE)
    page.evaluate(hide, "visible")
    expect(page.locator("#gone")).to_be_visible()


def test_copy_takes_the_password_alone(desk: Desk) -> None:
    """No blank, no line end; and the reader is told."""
    context = desk.context(permissions=["clipboard-read", "clipboard-write"])
    page = desk.watched(context.new_page())
    page.goto(desk.link)
    give(page, desk.house.totp())
    page.click("#copy")
    expect(page.locator("#said")).to_contain_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == desk.password


def test_a_double_click_is_one_request(desk: Desk) -> None:
    """The second click would call off the first answer after the password has left."""
    page = desk.page()
    page.goto(desk.link)
    page.fill("#code", desk.house.totp())
    page.dblclick("#show")
    expect(page.locator("#password")).to_have_text(desk.password)


def test_i10_a_scanner_that_submits_every_form_uses_nothing_up(desk: Desk) -> None:
    """Twenty rounds with script, each form and each button, empty and with anything: then the person's turn."""
    scanner = desk.page(user_agent="SafeLinks")
    for round_ in range(20):
        scanner.goto("about:blank")
        scanner.goto(desk.link)
        if round_ % 2:
            for field in scanner.locator("input[type=text]").all():
                field.evaluate("(field, text) => field.value = text", f"random{round_}")
        scanner.evaluate("n => { const all = document.querySelectorAll('button[type=submit]'); "
                         "n % 3 ? document.forms[0].requestSubmit(all[n % all.length]) : document.forms[0].submit(); }",
                         round_)  # fmt: skip
        scanner.wait_for_load_state()
        expect(scanner.locator("h1")).to_have_text("Collect your new password")
    page = desk.page()
    page.goto(desk.link)
    give(page, desk.house.totp())
    expect(page.locator("#password")).to_have_text(desk.password)


def test_not_me_takes_the_word(desk: Desk) -> None:
    """By keyboard alone: open the section, type the word, end the link; the link is then over."""
    page = desk.page()
    page.goto(desk.link)
    page.locator("form summary").press("Enter")
    page.get_by_label("Type the word STOP").fill("stop")
    page.get_by_label("Type the word STOP").press("Enter")
    expect(page.locator("h1")).to_contain_text("Thank you")
    page.goto("about:blank")
    page.goto(desk.link)
    go_on(page)
    expect(page.locator("h1")).to_have_text("This link has been withdrawn")


def test_the_same_link_clicked_again_in_the_same_tab(desk: Desk) -> None:
    """Only the fragment changes then: an ended page still becomes the one that asks."""
    page = desk.page()
    page.goto(desk.link)
    give(page, desk.house.totp())
    page.click("#forget")
    page.goto(desk.link)
    expect(page.locator("#recognised")).to_be_visible()
    assert desk.key not in page.url


@pytest.mark.parametrize(("scheme", "language"), [("dark", "en"), *(("light", each) for each in languages())])
def test_it_fits_a_small_phone(desk: Desk, scheme: str, language: str) -> None:
    """320 pixels wide, nothing to scroll sideways, every control large enough for a thumb, in each language."""
    page = desk.page(viewport={"width": 320, "height": 568}, color_scheme=scheme, locale=language, has_touch=True)
    page.goto(desk.link)
    assert page.locator("html").get_attribute("lang") == language
    for step in (desk.wrong(), desk.house.totp()):
        _fits(page)
        give(page, step)
    expect(page.locator("#password")).to_have_text(desk.password)
    _fits(page)
    assert page.locator("#password").evaluate("e => e.getClientRects().length && e.scrollHeight / parseFloat("
                                              "getComputedStyle(e).lineHeight)") < 2  # fmt: skip


def test_nothing_can_be_pressed_before_the_script_has_the_key(desk: Desk) -> None:
    """On a slow line the page is painted once open.js has run: a form sent earlier would leave the key behind."""
    page = desk.page()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/open.js", hold, times=1)
    with page.expect_request("**/open.js"):
        page.goto(desk.link, wait_until="commit")
    page.fill("#code", desk.house.totp())
    with pytest.raises(Stayed):
        page.click("#show", timeout=1000)
    held[0].continue_()
    page.click("#show")
    expect(page.locator("#password")).to_have_text(desk.password)
    assert not desk.heard(desk.key)


@pytest.mark.parametrize("script", [True, False])
def test_the_switch_of_languages_loses_nothing(desk: Desk, script: bool) -> None:
    """The link stays recognised, its key out of the address, and in no request where there is a script."""
    page = desk.page(java_script_enabled=script)
    page.goto(desk.link)
    if script:
        expect(page.locator("#recognised")).to_be_visible()
    else:
        page.fill("#key", desk.link)
    page.locator(".tongues summary").click()
    page.get_by_role("button", name="Deutsch").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.locator("#key-field")).to_be_hidden()
    if script:
        expect(page.locator("#until")).to_contain_text("26. November 2026")
        expect(page).to_have_url(re.compile(r"\?lang=de$"))
        page.reload()
        expect(page.locator("html")).to_have_attribute("lang", "de")
        expect(page.locator("#recognised")).to_contain_text("✓")
    give(page, desk.house.totp())
    expect(page.locator("#password")).to_have_text(desk.password)
    expect(page.locator("html")).to_have_attribute("lang", "de")
    assert bool(desk.heard(desk.key)) is not script
    if script:
        page.reload()
        expect(page.locator("html")).to_have_attribute("lang", "de")
        page.evaluate("hash => { location.hash = hash; }", desk.key)
        expect(page.locator("#recognised")).to_contain_text("✓")


def _fits(page: Page) -> None:
    page.wait_for_load_state()  # without its style sheet it does not
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    for control in page.locator("button:visible, input:visible, summary:visible").all():
        box = control.bounding_box()
        assert box
        assert box["height"] >= 44
    assert all(page.locator(f"label[for={field.get_attribute('id')}]").count() == 1
               for field in page.locator("input:visible").all())  # fmt: skip


@pytest.mark.parametrize("language", languages())
def test_all_of_it_is_small(desk: Desk, language: str) -> None:
    """Page, style, script, icon together: both pages under 60 kB, neither over 40, from one place, in each language."""
    loads: list[list[int]] = []

    def weigh(response: Response) -> None:
        if response.request.resource_type == "document":
            loads.append([])
        loads[-1].append(len(response.body()))

    page = desk.page(locale=language)
    page.on("response", weigh)
    page.goto(desk.link)
    give(page, desk.house.totp())
    expect(page.locator("#password")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert [len(sizes) >= least for sizes, least in zip(loads, (4, 4), strict=True)] == [True, True]  # or an icon more
    weights = [sum(sizes) for sizes in loads]
    assert max(weights) < 40_000
    assert sum(weights) < 60_000

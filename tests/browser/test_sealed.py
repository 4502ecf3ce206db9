"""The link's key stays in the browser that can open with it; whatever cannot is served as if it had no script."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Error, Page, Playwright, expect

from bridge.domain.errors import BadInput
from bridge.domain.link import read_key
from tests.browser.desk import FLAGS, Desk, give, go_on
from tests.browser.states import ask, shown
from tests.contract.seals import example

KEPT = (
    "JSON.stringify([localStorage, sessionStorage, history.state, location.href, document.documentElement.outerHTML])"
)
BROKEN = {
    "no WebCrypto, as over http": "Object.defineProperty(crypto, 'subtle', {value: undefined})",
    "no HKDF": "SubtleCrypto.prototype.deriveBits = () => Promise.reject(new Error('NotSupportedError'))",
    "an AES that opens to something else": "SubtleCrypto.prototype.decrypt = async () => new Uint8Array(8).buffer",
    "a browser that never answers": "SubtleCrypto.prototype.encrypt = () => new Promise(() => {})",
    "no storage": "Object.defineProperty(window, 'sessionStorage', {get() { throw new Error('SecurityError'); }})",
    "storage that keeps nothing": "Storage.prototype.setItem = () => {}",
}


def revealed(desk: Desk) -> int:
    return desk.house.kinds(desk.house.mail.links[-1].reset_id).count("reset.revealed")


def kinds(page: Page) -> set[str]:
    """What a browser may fill into the fields that a person sees."""
    fields = "[...document.querySelectorAll('input:not([type=hidden])')]"
    return set(page.evaluate(f"{fields}.map((field) => field.type + ' ' + field.autocomplete)"))


def groups(key: str) -> str:
    return " ".join(key[at : at + 4] for at in range(0, len(key), 4))


def test_i2_the_server_never_sees_the_key(desk: Desk, capfd: pytest.CaptureFixture[str]) -> None:
    """Opened, a wrong code, reloaded, the right one, not me: no request, no log line and no file holds the key."""
    page = desk.page()
    ask(desk, page)
    expect(page.locator("#until")).not_to_be_empty()
    give(page, desk.wrong())
    expect(page.get_by_role("alert")).to_contain_text("4 more tries")
    page.goto(desk.link.partition("#")[0])
    give(page, desk.house.totp())
    expect(page.locator("#password")).to_have_text(desk.password)
    spelled = page.locator(".spell .glyph").all_text_contents()
    assert "".join(spelled) == desk.password
    page.get_by_role("button", name="This was not me").click()
    expect(page.locator("h1")).to_contain_text("Thank you")
    assert len([heard for heard in desk.ear.heard if b"proof=" in heard]) >= 4
    assert not desk.heard(desk.key)
    said = "".join(capfd.readouterr())
    assert "web.answered" in said
    assert desk.key not in said
    assert not [file for file in desk.folder.iterdir() if file.is_file() and desk.key.encode() in file.read_bytes()]
    assert revealed(desk) == 1


def test_without_script_the_server_opens_and_the_ear_hears_it(desk: Desk) -> None:
    """The same password by the other path; and the test above could have failed."""
    page = desk.page(java_script_enabled=False)
    page.goto(desk.link)
    page.fill("#key", groups(desk.key).lower())
    give(page, desk.house.totp())
    expect(page.locator("#password")).to_have_text(desk.password)
    assert len(desk.heard(desk.key)) == 1
    assert revealed(desk) == 1


@pytest.mark.parametrize("trouble", BROKEN)
def test_a_browser_that_cannot_is_served_before_anything_is_used_up(desk: Desk, trouble: str) -> None:
    """The password comes by the server's hand, the first time; nothing was spent on finding out."""
    page = desk.page()
    page.add_init_script(BROKEN[trouble])
    page.goto(desk.link)
    expect(page.locator("#show")).to_be_enabled()
    page.reload()
    expect(page.locator("#show")).to_be_enabled()
    assert not desk.heard(desk.key)
    assert revealed(desk) == 0
    give(page, desk.house.totp())
    expect(page.locator("#password")).to_have_text(desk.password)
    assert len(desk.heard(desk.key)) == 1
    assert revealed(desk) == 1


def test_an_answer_that_does_not_open_says_so(desk: Desk) -> None:
    """The key is gone when the page comes (another window closed the session): said, and nothing else is claimed."""
    page = desk.page()
    ask(desk, page)
    page.evaluate("addEventListener('pagehide', () => sessionStorage.clear())")
    give(page, desk.house.totp())
    expect(page.get_by_role("alert")).to_contain_text("could not open")
    expect(page.locator("#password")).to_have_count(0)
    expect(page.get_by_role("button", name="This was not me")).to_be_visible()


def test_the_page_reads_a_link_as_the_server_does(desk: Desk) -> None:
    """Damaged, wrapped, typed by hand: script and server find the same key, or none."""
    page = desk.page()
    page.goto(desk.base_url)
    key, locator = desk.key, desk.link.partition("#")[0].rpartition("/")[2]
    link, half = desk.link, (key[:16], key[16:])
    quoted = link.replace(":", "%3A").replace("/", "%2F").replace("#", "%23")
    wrapped = f"https://eu.safelinks.example/?url={quoted}&data=1"
    coded = link.replace(":", "-3A").replace("#", "-23").replace("/", "_")
    defended = f"https://urldefense.com/v3/__{link.replace('#', '*')}__;Iw!!abc$"
    older = f"https://urldefense.proofpoint.com/v2/url?u={coded}&d=DwMF"
    typed = [
        older, defended,
        link, link.lower(), link.replace("#", "%23"), link.replace("#", "%2523"), wrapped, f"<{link}>", f'"{link}".',
        f"{link}?utm_source=mail", f"{link}&amp;data=05", key, key.lower(), groups(key), groups(key).replace(" ", "-"),
        groups(key).replace(" ", "\r\n"), "\u00ad".join(half), "=\r\n".join(half),
        key.replace("0", "O").replace("1", "l"),
        key[:-1], key + "0", "", "U" * 32, "%", "%zz" + key,
    ]  # fmt: skip
    for text in typed:
        try:
            expected = read_key(text).expose()
        except BadInput:
            expected = ""
        found = page.evaluate("([text, locator]) => seal.read(text, locator)", [text, locator])
        assert (found or {"key": ""})["key"] == expected, text
        assert not found or found["locator"] == locator, text
    assert page.evaluate("text => seal.read(text, '')", link)["locator"] == locator
    assert page.evaluate("text => seal.read(text, '')", wrapped)["locator"] == locator
    for outside in (older, defended):
        assert page.evaluate("text => seal.read(text, '')", outside) == {"locator": locator, "key": key}
    assert page.evaluate("text => seal.read(text, '')", key) is None


def test_the_documented_example_opens_in_a_browser(desk: Desk) -> None:
    """docs/sealing.md, to the byte: the proof that leaves, and the password that the inner layer holds."""
    seen = example()
    page = desk.page()
    page.goto(desk.base_url)
    bound = "\n".join(["resetbridge/1 inner", *(seen[name] for name in ("reset", "system", "userid", "locator"))])
    proof, text = page.evaluate(
        """async ([locator, key, inner, bound]) => {
            const link = await seal.link({ locator, key });
            return [link.proof, await link.open(inner, bound)];
        }""", [seen["locator"], seen["link key"], seen["inner"], bound.encode().hex()])  # fmt: skip
    assert (proof, text) == (seen["proof"], seen["password"])


# --- what gateways do -----------------------------------------------------------------------------

GATEWAYS: dict[str, Callable[[str], str]] = {
    "as it was": lambda link: link,
    "# became %23": lambda link: link.replace("#", "%23"),
    "# became %2523": lambda link: link.replace("#", "%2523"),
    "the fragment cut off": lambda link: link.partition("#")[0],
    "the fragment cut in two": lambda link: link[:-15],
    "lower-cased": str.lower,
    "something appended": lambda link: link + "?utm_source=mail",
    "wrapped and joined with a blank": lambda link: link[:-10] + "%20" + link[-10:],
}


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
@pytest.mark.parametrize("damage", GATEWAYS)
def test_a_damaged_link_leads_to_the_password(desk: Desk, damage: str, script: bool) -> None:
    """What was lost is typed as the mail shows it, in groups of four; nothing is lost, logged or used up on the way."""
    page = desk.page(java_script_enabled=script)
    page.goto(GATEWAYS[damage](desk.link))
    if script:
        assert desk.key[:16].lower() not in page.url.lower()
    if page.locator("#key").is_visible():
        page.fill("#key", groups(desk.key).lower())
    before = len(desk.ear.heard)
    give(page, desk.house.totp())
    expect(page.locator("#password")).to_have_text(desk.password)
    assert revealed(desk) == 1
    if script:
        assert not [heard for heard in desk.heard(desk.key) if heard in desk.ear.heard[before:]]


def test_a_pasted_link_of_a_newer_mail_is_opened_with_its_own_key(desk: Desk) -> None:
    """On an older page, or one that lost its locator: the pasted link counts, and its key stays here all the same."""
    desk.publish()
    page = desk.page()
    page.goto(desk.base_url)
    page.fill("#key", desk.link)
    give(page, desk.house.totp())
    expect(page.locator("#password")).to_have_text(desk.password)
    assert not desk.heard(desk.key)


# --- once the key is proven -----------------------------------------------------------------------


def test_the_page_says_until_when_and_who_was_there(desk: Desk) -> None:
    """Before any code: the end with its time zone, and the visit of another device; nothing is spent."""
    phone = desk.page(
        user_agent="Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile Safari/604.1"
    )
    phone.goto(desk.link.partition("#")[0])
    page = desk.page(timezone_id="Asia/Tokyo", locale="en")
    ask(desk, page)
    expect(page.locator("#until")).to_have_text(
        re.compile(r"November 26, 2026 at 09:00\sPM (GMT\+9|JST) \(26 November 2026, 12:00 UTC\)")
    )
    expect(page.locator("#openings li").first).to_contain_text("09:00")
    expect(page.locator("#openings")).to_contain_text("phone: Safari, iPhone, 127.0.0.1 (the address you have now)")
    expect(page.locator("#stand")).to_be_hidden()
    give(page, desk.wrong())
    expect(page.get_by_role("alert")).to_contain_text("4 more tries")
    expect(page.locator("#openings")).to_contain_text("phone: Safari, iPhone")


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("en-GB", r"26 November 2026 (at|,) \d\d:00"),
        ("pt-BR", r"26 de novembro de 2026 às \d\d:00"),
        ("fr-CA", r"26 novembre 2026 à \d\d h 00"),
        ("fr-FR", r"26 novembre 2026 à \d\d:00"),  # calls its zone UTC−5
    ],
)
def test_times_are_written_as_at_home(desk: Desk, locale: str, said: str) -> None:
    """A language's dates differ from one country to the next; which the page is in does not."""
    page = desk.page(timezone_id="America/New_York", locale=locale)
    ask(desk, page)
    expect(page.locator("html")).to_have_attribute("lang", locale[:2])
    expect(page.locator("#until")).to_contain_text(re.compile(said.replace(" ", r"\s")))
    expect(page.locator("#until")).to_contain_text("12:00 UTC)")


def test_without_script_one_button_tells_the_same(desk: Desk) -> None:
    """Paste, press, read; the key stays in the form."""
    page = desk.page(java_script_enabled=False)
    page.goto(desk.link)
    page.fill("#key", desk.link)
    page.get_by_role("button", name="Who has opened this link?").click()
    expect(page.locator("#until")).to_have_text("26 November 2026, 12:00 UTC")
    expect(page.locator("#openings li")).to_have_count(1)
    give(page, desk.house.totp())
    expect(page.locator("#password")).to_have_text(desk.password)


def test_a_link_that_is_over_says_so_at_once_and_can_be_disowned(desk: Desk) -> None:
    """Somebody else was first: said before any code; with the factor its holder ends what they began."""
    desk.house.open(desk.house.totp())
    page = desk.page()
    page.goto(desk.link)
    expect(page.locator("#over")).to_contain_text("already been shown")
    expect(page.locator("#open").locator("input, button, summary").locator("visible=true")).to_have_count(1)
    desk.house.clock.move(seconds=60)
    go_on(page)
    page.locator("#code").fill(desk.house.totp())
    page.get_by_role("button", name="This was not me").click()
    expect(page.locator("h1")).to_contain_text("Thank you")
    expect(page.get_by_role("link", name="Ask for a new reset by e-mail")).to_be_visible()
    assert not desk.heard(desk.key)


# --- afterwards -----------------------------------------------------------------------------------


def test_nothing_of_the_key_is_left_after_the_reveal(desk: Desk) -> None:
    """Neither storage, state, address nor document holds it; the sealed bytes and the word list are gone as well."""
    context = desk.context()
    page = desk.watched(context.new_page())
    shown(desk, page)
    key = desk.key
    assert key not in page.evaluate(KEPT)
    assert page.evaluate("[{...sessionStorage}, localStorage.length, history.state]") == [
        {"shown " + urlsplit(desk.link).path.removeprefix("/r/"): "yes"}, 0, None]  # fmt: skip
    assert page.locator("#password").evaluate("place => Object.keys(place.dataset)") == ["secret"]
    page.click("#forget")
    assert desk.password not in page.evaluate(KEPT)
    for step in (page.go_back, page.go_forward):
        step()
        page.wait_for_load_state()
        assert key not in page.evaluate(KEPT)
        assert desk.password not in page.evaluate(KEPT)
    assert context.cookies() == []


@pytest.mark.parametrize("script", [True, False])
def test_the_cache_for_going_back_holds_nothing(playwright_: Playwright, desk: Desk, script: bool) -> None:
    """With Chromium's back-forward cache on, which these tests usually switch off: it does not keep the page, although
    it keeps many that say no-store, and what comes in its place has nothing of it."""
    browser: Browser = playwright_.chromium.launch(
        executable_path="/usr/bin/chromium", args=FLAGS, ignore_default_args=["--disable-back-forward-cache"]
    )
    try:
        context = browser.new_context(ignore_https_errors=True, java_script_enabled=script)
        page, reasons = context.new_page(), []
        ear = context.new_cdp_session(page)
        ear.send("Page.enable")
        ear.on("Page.backForwardCacheNotUsed", lambda said: reasons.append(said["notRestoredExplanations"]))
        if script:
            shown(desk, page)
            page.fill("#own", "wxyz9876")
        else:
            page.goto(desk.link)
            page.fill("#key", desk.link)
            give(page, desk.house.totp())
            expect(page.locator("#password")).to_have_text(desk.password)
        page.goto("about:blank")
        with suppress(Error):  # without script it was sent by a form, and Chromium asks before it does that again
            page.go_back()
        page.wait_for_load_state()
        for _ in range(200):
            if reasons:
                break
            page.wait_for_timeout(25)  # until it says so
        assert reasons, "it was taken from the cache"
        fields = "[...document.querySelectorAll('input')].map((field) => field.value).join()"
        left = page.evaluate(KEPT.replace("localStorage, sessionStorage, ", "")) + page.evaluate(fields)
        for secret in (desk.password, desk.key, "wxyz9876"):
            assert secret not in left
        if script:
            assert desk.password not in page.evaluate(KEPT)
    finally:
        browser.close()


def test_no_field_offers_to_remember(desk: Desk) -> None:
    """Every field a person types into says what the browser may fill in: a one-time code, or nothing. None is named
    like a password, so that no manager offers to keep it."""
    page = desk.page()

    ask(desk, page)
    assert kinds(page) == {"text off", "text one-time-code"}
    give(page, desk.house.totp())
    expect(page.locator("#password")).to_have_text(desk.password)
    assert kinds(page) == {"text off"}

"""With the key, as without script, or with a proof of it: the same pages, the same promises."""

from __future__ import annotations

import json
import re

import pytest

from bridge.domain.link import KEY_BYTES, unbase32
from bridge.domain.reset import State
from connectors.vault import decrypt, inner_key
from tests.fakes.kit import House
from tests.fakes.web import Browser
from web.user.devices import device_of

BOTH = pytest.mark.parametrize("how", ["key", "proof"])
PHONE = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36"
ROBOT = "a program, perhaps one that checks mails"
UNKNOWN = "0123456789ABCDEFGHJKMNPQRS"


def password_on(page: str, browser: Browser, how: str) -> str:
    """As the page shows it, or as its script would open it."""
    if how == "key":
        return re.findall(r"data-secret>(\S+)</p>", page)[0]
    path, key = browser.link()
    inner, bound = (bytes.fromhex(re.findall(rf'data-{name}="([0-9a-f]+)"', page)[0]) for name in ("inner", "bound"))
    return decrypt(inner_key(unbase32(key, KEY_BYTES), path.removeprefix("/r/")), inner, bound).decode()


@BOTH
def test_i4_the_right_code_gets_the_password_once(bridge: House, published: Browser, how: str) -> None:
    """On the page, or on it for whoever has the key; the second time it says that it was shown."""
    path, key = published.link()
    data = published.held(how) | {"code": bridge.totp()}
    page = published.post(path, data)
    assert page.status_code == 200
    assert password_on(page.text, published, how) == bridge.host.passwords_ever_set[-1]
    assert (bridge.host.passwords_ever_set[-1] in page.text) is (how == "key")
    assert (key in page.text) is (how == "key")
    again = published.post(path, data)
    assert again.status_code == 410
    assert "already been shown" in again.text
    assert "data-inner" not in again.text


@BOTH
def test_i5_a_wrong_code_shows_how_the_link_stands(bridge: House, published: Browser, how: str) -> None:
    """Key proven, factor not: tries left, until when, and who else was there; nothing of system or account."""
    path, _ = published.link()
    published.get(path, User_Agent=PHONE)
    wrong = str((int(bridge.totp()) + 1) % 10**6).zfill(6)
    for code, status in ((wrong, 403), ("", 400)):
        page = published.post(path, published.held(how) | {"code": code})
        assert page.status_code == status
        for words in (
            "26 November 2026, 12:00 UTC",
            "25 November 2026, 12:00 UTC",
            "phone: Chrome, Android",
            "127.0.0.1",
        ):
            assert words in page.text
        assert "PRODA" not in page.text
        assert "JSMITH" not in page.text
    assert published.post(path, published.held(how) | {"code": bridge.totp()}).status_code == 200


@BOTH
def test_asking_how_it_stands_spends_nothing(bridge: House, published: Browser, how: str) -> None:
    """As a page and for the script: until when, each opening, which of them came from here."""
    path, _ = published.link()
    published.get(path, User_Agent=PHONE)
    published.get(path, User_Agent="Barracuda Link Checker")
    for _ in range(3):
        page = published.post(f"{path}/standing", published.held(how))
        assert page.status_code == 200
        assert page.text.count("(the address you have now)</li>") == 2
        assert '<time datetime="2026-11-26T12:00:00Z">26 November 2026, 12:00 UTC</time>' in page.text
        assert "a program" in page.text
        answer = published.post(f"{path}/standing", published.held(how), Accept="application/json")
        told = json.loads(answer.text)
        assert told["until"] == {"at": "2026-11-26T12:00:00Z", "shown": "26 November 2026, 12:00 UTC"}
        assert [(visit["device"], visit["source"], visit["here"]) for visit in told["visits"]] == [
            ("phone: Chrome, Android", "127.0.0.1", True), (ROBOT, "127.0.0.1", True),
        ]  # fmt: skip
    assert published.post(path, published.held(how) | {"code": bridge.totp()}).status_code == 200


def test_a_stranger_is_told_nothing_of_a_link(bridge: House, published: Browser) -> None:
    """A wrong key or proof and an unknown locator: one answer, as a page and for the script."""
    path, _ = published.link()
    wrong = [{"key": "0" * 32}, {"proof": "0" * 64}, {"proof": "x"}]
    for accept, status in (("text/html", 404), ("application/json", 200)):
        pages = [
            published.post(f"{at}/standing", {"token": published.token()} | held, Accept=accept)
            for at in (path, f"/r/{UNKNOWN}") for held in wrong
        ]  # fmt: skip
        assert {page.status_code for page in pages} == {status}
        assert len({re.sub(r'(value|action|formaction)="[^"]*"', "", page.text) for page in pages}) == 1
        assert "2026-11-2" not in pages[0].text
    page = published.post(
        f"{path}/standing", published.held("key"), Origin="https://evil.example", Sec_Fetch_Site="cross-site"
    )
    assert page.status_code == 403


@BOTH
def test_the_script_hears_at_once_that_a_link_is_over(bridge: House, published: Browser, how: str) -> None:
    """Shown, with when; asking is no second use."""
    path, _ = published.link()
    held = published.held(how)
    published.reveal(bridge.totp())
    told = json.loads(published.post(f"{path}/standing", held, Accept="application/json").text)
    assert told["over"]["title"] == "This password has already been shown"
    assert told["over"]["shown"] == "25 November 2026, 12:00 UTC"
    assert "link.used_again" not in bridge.kinds(bridge.mail.links[-1].reset_id)


@BOTH
def test_many_openings_are_cut_and_counted(bridge: House, published: Browser, how: str) -> None:
    """Anybody who knows the locator can add to them; the newest stay."""
    path, _ = published.link()
    for _ in range(3):
        for _ in range(25):  # an hour has twenty on record, and the number of the rest
            published.get(path)
        bridge.clock.move(hours=1)
    page = published.post(f"{path}/standing", published.held(how))
    assert page.text.count("127.0.0.1") == 50
    assert "Apart from these there were 25 more." in page.text


@BOTH
def test_not_me_on_the_page_that_showed_it(bridge: House, published: Browser, how: str) -> None:
    """Without another code; it offers to ask again."""
    path, _ = published.link()
    page = published.post(path, published.held(how) | {"code": bridge.totp()})
    hidden = dict(re.findall(r'type="hidden" name="([a-z]+)" value="([^"]*)"', page.text))
    done = published.post(f"{path}/not-me", hidden)
    assert done.status_code == 200
    assert "mailto:help@example.com?subject=I%20need" in done.text
    assert bridge.reset(bridge.mail.links[-1].reset_id).state is State.REVOKED


@BOTH
def test_not_me_on_the_page_that_says_it_was_shown(bridge: House, published: Browser, how: str) -> None:
    """Somebody else was first: with the factor the holder ends it, and a wrong code is said to be one."""
    path, _ = published.link()
    published.reveal(bridge.totp())
    bridge.clock.move(seconds=60)
    page = published.post(path, published.held(how) | {"code": bridge.totp()})
    assert page.status_code == 410
    hidden = dict(re.findall(r'type="hidden" name="([a-z]+)" value="([^"]*)"', page.text))
    wrong = str((int(bridge.totp()) + 1) % 10**6).zfill(6)
    assert published.post(f"{path}/not-me", hidden | {"code": ""}).status_code == 410
    no = published.post(f"{path}/not-me", hidden | {"code": wrong})
    assert no.status_code == 403
    assert "That code is not right." in no.text
    done = published.post(f"{path}/not-me", hidden | {"code": bridge.totp()})
    assert done.status_code == 200
    assert bridge.reset(bridge.mail.links[-1].reset_id).state is State.REVOKED


def test_five_wrong_codes_end_the_asking_and_nothing_else(bridge: House, published: Browser) -> None:
    """The page then names the help desk."""
    path, _ = published.link()
    published.reveal(bridge.totp())
    data = published.held("key") | {"word": "STOP", "code": "000000"}
    pages = [published.post(f"{path}/not-me", data) for _ in range(6)]
    assert "No more codes are taken here" in pages[-1].text
    assert bridge.reset(bridge.mail.links[-1].reset_id).state is State.REVEALED


@pytest.mark.parametrize(
    ("agent", "kind", "make"),
    [
        (PHONE, "phone", "Chrome, Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile Safari/604.1",
         "phone", "Safari, iPhone"),
        ("Mozilla/5.0 (iPad; CPU OS 16_0 like Mac OS X) AppleWebKit/605.1.15 Version/16.0 Safari/604.1", "tablet",
         "Safari, iPad"),
        ("Mozilla/5.0 (Linux; Android 13; SM-X700) AppleWebKit/537.36 Chrome/120.0 Safari/537.36", "tablet",
         "Chrome, Android"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0",
         "computer", "Edge, Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "computer", "Firefox, Linux"),
        ("Mozilla/5.0 (compatible; bingbot/2.0)", ROBOT, ""),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/131.0 Safari/537.36",
         ROBOT, ""),
        ("curl/8.5", ROBOT, ""),
        ("", ROBOT, ""),
    ],
)  # fmt: skip
def test_devices_are_named_as_people_name_them(agent: str, kind: str, make: str) -> None:
    """Phone, tablet, computer, and whatever is none of them."""
    assert device_of(agent) == (kind, make)

"""One's own factors on pages: from the page of a password, without script; nothing of it in an address."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pyotp
import pytest
from werkzeug.test import TestResponse

from bridge.domain.names import Person
from bridge.domain.policy import Policy
from bridge.domain.second import PASSKEY, STEP, TOTP
from bridge.flows.invite import Holder
from bridge.flows.self_service import Owned, own
from bridge.ports import WebKit
from tests.fakes.kit import House, house
from tests.fakes.web import Browser
from web.user import owned

EITHER = Policy(factors=(TOTP, PASSKEY, "release_code"))
FACTORS = (TOTP, PASSKEY, "release_code")


def forms(page: TestResponse) -> dict[str, dict[str, str]]:
    """A page's forms: where each goes, and what it holds."""
    found = re.findall(r'<form method="post" action="([^"]+)"[^>]*>(.*?)</form>', page.text, re.DOTALL)
    fields = r'<input type="hidden" name="([^"]+)" value="([^"]*)">'
    return {place: {name: unescape(value) for name, value in re.findall(fields, inside)} for place, inside in found}


def sent(browser: Browser, page: TestResponse, ending: str, **more: str) -> TestResponse:
    """The form whose address ends so, sent."""
    (place, fields), *_ = [(place, fields) for place, fields in forms(page).items() if place.endswith(ending)]
    return browser.post(place, fields | more)


def opened(bridge: House, how: str = "key") -> tuple[Browser, TestResponse]:
    bridge.ask()
    bridge.work()
    browser = Browser(bridge, factors=FACTORS)
    path, _ = browser.link()
    shown = browser.post(path, browser.held(how) | {"code": bridge.totp()})
    assert shown.status_code == 200
    return browser, sent(browser, shown, "/factors")


def added(bridge: House, browser: Browser, page: TestResponse) -> TestResponse:
    """An app set up, from the list to the page that says so."""
    (place,) = [place for place in forms(page) if re.fullmatch(r"/e/[0-9A-Z]{26}", place)]
    app = sent(browser, page, place)
    seed = re.search(r'class="mono" translate="no">([A-Z2-7 ]+)<', app.text)
    assert seed
    code = pyotp.TOTP(seed[1].replace(" ", "")).generate_otp(int(bridge.clock.at.timestamp()) // STEP)
    return sent(browser, app, "/code", answer=code)


def test_added_and_taken_away_without_script(tmp_path: Path) -> None:
    with house(tmp_path, policy=EITHER) as bridge:
        browser, page = opened(bridge)
        assert page.status_code == 200
        assert page.text.count("This one stays for now") == 1
        assert page.text.count("Take it away") == 0
        bridge.clock.move(seconds=1)
        done = added(bridge, browser, page)
        assert "It works from now on." in done.text
        both = sent(browser, done, "/own")
        assert both.text.count("Take it away") == 1
        one = sent(browser, both, "/remove")
        assert "It has been taken away" in one.text
        assert one.text.count("Take it away") == 0
        again = sent(browser, both, "/remove")
        assert "It has been taken away" not in again.text
        assert again.text.count("This one stays for now") == 1


def test_a_browser_that_kept_the_key_to_itself_gets_there_too(tmp_path: Path) -> None:
    """With a proof of it, as everywhere; what this page is opened with is a key of its own."""
    with house(tmp_path, policy=EITHER) as bridge:
        _, page = opened(bridge, "proof")
        _, key = Browser(bridge).link()
        assert page.status_code == 200
        assert key not in page.text


def test_pressed_twice_at_once_one_is_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second ends what the first has opened before that has its list: a page says so, and nothing is at fault."""
    with house(tmp_path, policy=EITHER) as bridge:

        def slower(holder: Holder, kit: WebKit) -> list[Owned]:
            with bridge.store.work() as work:
                work.invitations.end(Person("js"), bridge.clock.now())
            return own(holder, kit)

        monkeypatch.setattr(owned, "own", slower)
        _, page = opened(bridge)
        assert page.status_code == 403
        assert "That time is over" in page.text


def test_after_ten_minutes_it_is_over_and_says_so(tmp_path: Path) -> None:
    """Each of its forms; an invitation's page would ask for a link that nobody has."""
    with house(tmp_path, policy=EITHER) as bridge:
        browser, page = opened(bridge)
        bridge.clock.move(minutes=10)
        for place in forms(page):
            late = sent(browser, page, place)
            assert late.status_code == 403
            assert "That time is over" in late.text


def test_a_wrong_code_keeps_the_seed_and_the_way_back(tmp_path: Path) -> None:
    with house(tmp_path, policy=EITHER) as bridge:
        browser, page = opened(bridge)
        (place,) = [place for place in forms(page) if re.fullmatch(r"/e/[0-9A-Z]{26}", place)]
        app = sent(browser, page, place)
        wrong = sent(browser, app, "/code", answer="000000")
        assert wrong.status_code == 400
        assert forms(wrong)[f"{place}/code"]["own"] == "yes"
        german = sent(browser, page, "/own", speak="de")
        assert "Womit Sie sich ausweisen" in german.text
        assert german.text.count("Das bleibt vorerst") == 1


def test_a_visit_of_somebody_else_opens_nothing(tmp_path: Path) -> None:
    with house(tmp_path, policy=EITHER) as bridge:
        bridge.ask()
        bridge.work()
        browser = Browser(bridge, factors=FACTORS)
        path, _ = browser.link()
        browser.reveal(bridge.totp())
        page = browser.post(f"{path}/factors", browser.held("key") | {"visit": "x" * 64})
        assert page.status_code == 403
        assert "Take it away" not in page.text


def test_where_nobody_enrols_anything_it_is_not_offered(tmp_path: Path) -> None:
    with house(tmp_path) as bridge:
        bridge.ask()
        bridge.work()
        shown = Browser(bridge, factors=("release_code", "phone")).reveal(bridge.totp())
        assert "/factors" not in shown.text

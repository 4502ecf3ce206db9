"""The page of who has passed an armed link's factor: how far it is, the password once, and nothing for anybody else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from bridge.domain.errors import StoreBusy
from bridge.domain.policy import Policy
from bridge.flows import look, sweep
from tests.fakes.kit import House, house
from tests.fakes.web import Browser


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[House]:
    """Somebody with an armed link."""
    with house(tmp_path, policy=Policy(delivery="armed")) as made:
        made.ask()
        made.work()
        yield made


@pytest.fixture
def browser(bridge: House) -> Browser:
    return Browser(bridge, armed=True)


def hidden(text: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    return found[1] if found else ""


def passed(browser: Browser, how: str = "key") -> dict[str, str]:
    """The code typed; the fields of the page that comes then."""
    page = browser.post(browser.link()[0], browser.held(how) | {"code": browser.house.totp()})
    assert page.status_code == 202
    assert "Your new password is being set" in page.text
    return {name: hidden(page.text, name) for name in ("token", "key", "proof", "ticket")}


def wait(browser: Browser, fields: dict[str, str], **headers: str):  # type: ignore[no-untyped-def]
    return browser.post(f"{browser.link()[0]}/wait", fields, **headers)


def step(browser: Browser, fields: dict[str, str]) -> str:
    return str(wait(browser, fields, Accept="application/json").get_json()["step"])


def test_a_database_that_goes_away_behind_a_right_code_takes_no_place_away(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The factor is passed, and stays so: that the language of the mail cannot be looked up is no reason to say that
    nothing has happened."""

    def away(*_: object) -> NoReturn:
        raise StoreBusy("the database cannot be reached")

    monkeypatch.setattr(look, "tongue", away)
    fields = passed(browser)
    browser.house.work()
    assert wait(browser, fields).status_code == 200


@pytest.mark.parametrize("how", ["key", "proof"])
def test_the_password_comes_when_the_host_has_it(browser: Browser, how: str) -> None:
    """Asked too early the page comes once more; then the password, once; a ticket that was used opens nothing."""
    fields = passed(browser, how)
    assert bool(fields["key"]) is (how == "key")
    early = wait(browser, fields)
    assert (early.status_code, hidden(early.text, "ticket")) == (202, fields["ticket"])
    assert step(browser, fields) == "waiting"
    browser.house.work()
    assert step(browser, fields) == "ready"
    shown = wait(browser, fields)
    assert shown.status_code == 200
    password = browser.house.host.passwords_ever_set[-1]
    assert (password in shown.text) is (how == "key")
    assert ('data-armed="yes"' in shown.text) is (how == "proof")
    assert wait(browser, fields).status_code == 410
    assert step(browser, fields) == "over"


def test_another_site_s_page_is_told_nothing(browser: Browser) -> None:
    """Neither how far it is nor the password, though it sends all that the page has."""
    fields = passed(browser)
    browser.house.work()
    for accept in ("application/json", "text/html"):
        page = wait(browser, fields, Accept=accept, Origin="https://evil.example.com")
        assert (page.status_code, "ready" in page.text) == (403, False)
    assert step(browser, fields) == "ready"


def test_a_page_that_lay_open_too_long_is_told_to_come_anew(browser: Browser) -> None:
    """Its token is over, or somebody's own invention: how far it is, is not said."""
    fields = passed(browser)
    browser.house.work()
    assert step(browser, fields | {"token": "x"}) != "ready"
    assert step(browser, fields) == "ready"


def test_the_ticket_alone_opens_nothing_and_nobody_elses_does(browser: Browser) -> None:
    """Without key or proof: as an unknown link. With them and another ticket: the code is asked for again."""
    fields = passed(browser)
    browser.house.work()
    stranger = wait(browser, fields | {"key": "0" * 32})
    assert stranger.status_code == 404
    for ticket in ("", "0" * 26, fields["ticket"][:-1]):
        page = wait(browser, fields | {"ticket": ticket})
        assert (page.status_code, "Your place is gone" in page.text) == (409, True)
        assert step(browser, fields | {"ticket": ticket}) == "over"
    assert wait(browser, fields).status_code == 200


def test_a_host_that_is_away_is_said_and_tried_again(browser: Browser) -> None:
    """Nothing has been changed, the link works, and a button tries once more; that for another language does not."""
    fields = passed(browser)
    browser.house.host.faults = ["session:unreached"]
    browser.house.clock.move(seconds=30)
    browser.house.work()
    assert step(browser, fields) == "away"
    page = wait(browser, fields)
    assert "your password is as it was" in page.text
    assert hidden(page.text, "again") == "yes"
    german = wait(browser, fields | {"again": "yes", "speak": "de"})
    assert 'lang="de"' in german.text
    assert step(browser, fields) == "away"
    again = wait(browser, fields | {"again": "yes"})
    assert "Your new password is being set" in again.text
    browser.house.work()
    assert wait(browser, fields).status_code == 200


def test_a_host_that_refuses_is_said_in_words(browser: Browser) -> None:
    """No word of the host's on the page; the link is over."""
    fields = passed(browser)
    browser.house.host.faults = ["change-before:password_rejected"]
    browser.house.work()
    page = wait(browser, fields)
    assert page.status_code == 410
    assert "No new password could be set" in page.text
    assert "the host's words" not in page.text


@pytest.mark.parametrize("how", ["key", "proof"])
def test_not_me_while_waiting(browser: Browser, how: str) -> None:
    """The button of the waiting page ends it; nothing on the host has been changed, and the page says so."""
    fields = passed(browser, how) | {"word": "STOP"}
    del fields["ticket"]
    page = browser.post(f"{browser.link()[0]}/not-me", fields)
    assert page.status_code == 200
    assert "your password there is as it was" in page.text
    assert browser.house.work() == []


def test_an_unread_link_that_ran_out_says_that_nothing_changed(browser: Browser) -> None:
    """Not that its password was destroyed: there was none."""
    browser.house.clock.move(hours=24)
    sweep.expire(browser.house.web)
    page = browser.reveal(browser.house.totp())
    assert page.status_code == 410
    assert "Nothing has been changed on the mainframe" in page.text


def test_another_tab_is_told_to_come_back(browser: Browser) -> None:
    """While one waits, a second right code counts for nothing and changes nothing."""
    fields = passed(browser)
    page = browser.reveal(browser.house.totp(-1))
    assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
    browser.house.work()
    assert wait(browser, fields).status_code == 200


def test_the_page_that_asks_is_the_same_for_every_link(browser: Browser) -> None:
    """Whether a link is armed cannot be told from its page."""
    pages = [browser.get(path).text for path in (browser.link()[0], "/r/" + "0" * 26)]
    same = [re.sub(r'value="[^"]*"|[0-9A-Z]{26}', "", text) for text in pages]
    assert same[0] == same[1]
    assert 'data-armed="yes"' in pages[0]


def test_forms_of_strangers_are_refused(browser: Browser) -> None:
    """Another site's form, and one that lay open for too long, ask nothing and collect nothing."""
    fields = passed(browser)
    browser.house.work()
    assert wait(browser, fields, Origin="https://evil.example", Sec_Fetch_Site="cross-site").status_code == 403
    assert wait(browser, fields | {"token": "0.x"}).status_code == 400
    assert wait(browser, fields).status_code == 200

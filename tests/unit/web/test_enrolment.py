"""The pages of an invitation: whose forms they take, for how long, and what they keep on record."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from werkzeug.test import TestResponse

from bridge.domain.names import Person
from bridge.domain.second import STEP
from bridge.flows.invite import Invited, invite
from tests.fakes.kit import House, house
from tests.fakes.web import BASE, Browser
from web import guard

DAY = timedelta(days=1)
SHOWN = re.compile(r'class="mono" translate="no">([A-Z2-7 ]+)<')
JS = Person("js")


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[House]:
    """Somebody who has no factor yet."""
    with house(tmp_path, enrolled=False) as made:
        yield made


@pytest.fixture
def browser(bridge: House) -> Browser:
    return Browser(bridge, factors=("totp", "passkey"))


@pytest.fixture
def new(bridge: House) -> Invited:
    """An invitation whose digits have a nought among them."""
    while True:
        made = invite("js", BASE, "local:root", bridge.web, lasts=DAY, wait=DAY)  # type: ignore[arg-type]
        if "0" in made.code.expose():
            return made


def place(new: Invited) -> str:
    return new.link.expose().removeprefix(BASE).partition("#")[0]


def fields(browser: Browser, new: Invited, **more: str) -> dict[str, str]:
    """Link and digits, as they are typed into the page."""
    return {"token": browser.token(), "key": new.link.expose(), "code": new.code.expose()} | more


def seed_on(page: TestResponse) -> str:
    found = SHOWN.search(page.text)
    return found[1].replace(" ", "") if found else ""


def enrolled(bridge: House) -> int:
    with bridge.store.look() as work:
        return len(work.people.factors(JS))


def begun(bridge: House, new: Invited) -> tuple[int, str | None]:
    """How many wrong digits have been counted, and what was begun."""
    with bridge.store.work() as work:
        row = work.invitations.lock(new.invitation.locator)
    assert row
    return row.tries, row.kind


@pytest.mark.parametrize("ending", ["", "/code", "/passkey", "/made", "/own", "/remove"])
def test_another_site_s_page_begins_nothing(bridge: House, browser: Browser, new: Invited, ending: str) -> None:
    """Link and digits right, as somebody who was sent both would have their victim's browser send them."""
    page = browser.post(f"{place(new)}{ending}", fields(browser, new), Origin="https://evil.example.com")
    assert page.status_code == 403
    assert begun(bridge, new) == (0, None)


def test_a_page_that_lay_open_too_long_begins_nothing(bridge: House, browser: Browser, new: Invited) -> None:
    """It is asked again, and the digits have not been looked at."""
    old = fields(browser, new, code="12345678")
    bridge.clock.at += guard.TOKEN_FOR + timedelta(seconds=1)
    page = browser.post(place(new), old)
    assert (page.status_code, seed_on(page)) == (400, "")
    assert browser.post(f"{place(new)}/passkey", old | {"token": "x"}).get_json() == {}
    assert begun(bridge, new) == (0, None)


def test_digits_may_be_typed_as_letters_that_look_like_them(bridge: House, browser: Browser, new: Invited) -> None:
    """Both those that were told and the app's first code; the last page holds nothing that could begin anew."""
    app = browser.post(place(new), fields(browser, new, code=new.code.expose().replace("0", "O")))
    seed = pyotp.TOTP(seed_on(app))
    while "0" not in (code := seed.generate_otp(int(bridge.clock.at.timestamp()) // STEP)):
        bridge.clock.move(seconds=STEP)
        app = browser.post(place(new), fields(browser, new)) if begun(bridge, new)[1] else app
        seed = pyotp.TOTP(seed_on(app))
    done = browser.post(f"{place(new)}/code", fields(browser, new, answer=code.replace("0", "o")))
    assert (done.status_code, enrolled(bridge)) == (200, 1)
    key = new.link.expose().partition("#")[2]
    assert key not in done.text
    assert new.code.expose() not in done.text


def test_a_pasted_link_goes_before_the_address(bridge: House, browser: Browser, new: Invited) -> None:
    """Whoever has an older invitation's page open pastes the new link there."""
    page = browser.post("/e/0123456789ABCDEFGHJKMNPQRS", fields(browser, new))
    assert seed_on(page)


def test_whence_wrong_digits_came_is_on_record(bridge: House, browser: Browser, new: Invited) -> None:
    """And whence a factor was added: security asks that first."""
    wrong = f"{(int(new.code.expose()) + 1) % 10**8:08}"
    assert browser.post(place(new), fields(browser, new, code=wrong)).status_code == 403
    with bridge.store.look() as work:
        last = list(work.audit.records())[-1].event
    assert (last.kind, last.detail["source"]) == ("factor.invitation_refused", "127.0.0.1")

"""The page where several factors are demanded, and where wrong answers are followed by a pause."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.domain.demand import Demand
from bridge.domain.policy import Policy
from tests.fakes.kit import House, house
from tests.fakes.web import Browser
from web.guard import network_of

BOTH = Policy(demand=Demand(required=("totp", "release_code")))


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[House]:
    """A policy that demands the app's code and the help desk's."""
    with house(tmp_path, policy=BOTH) as made:
        yield made


def progress(text: str) -> str:
    found = re.search(r'name="progress" value="([0-9A-Z]{26})"', text)
    assert found
    return found[1]


@pytest.mark.parametrize("how", ["key", "proof"])
def test_one_code_after_the_other(bridge: House, how: str) -> None:
    """After the first the page says so, names the next, and has the key or never had it; a slip keeps the step."""
    asked = bridge.ask()
    bridge.work()
    browser = Browser(bridge)
    path, key = browser.link()
    page = browser.post(path, browser.held(how) | {"code": bridge.totp()})
    assert page.status_code == 200
    assert "That code was right" in page.text
    assert "The page asks you for the code that the help desk gives you" in page.text
    assert (f'value="{key}"' in page.text) is (how == "key")
    assert "data-secret" not in page.text
    token = progress(page.text)
    slip = browser.post(path, browser.held(how) | {"code": "00000000", "progress": token})
    assert slip.status_code == 403
    assert progress(slip.text) == token
    assert "Accepted so far:" in slip.text
    assert asked.release_code
    done = browser.post(path, browser.held(how) | {"code": asked.release_code.expose(), "progress": token})
    assert done.status_code == 200
    assert "data-secret" in done.text


def test_a_step_that_has_lapsed_begins_again(bridge: House) -> None:
    """The page says so, and the form is as at the first."""
    bridge.ask()
    bridge.work()
    browser = Browser(bridge)
    path, _ = browser.link()
    token = progress(browser.post(path, browser.held("key") | {"code": bridge.totp()}).text)
    bridge.clock.move(minutes=10)
    page = browser.post(path, browser.held("key") | {"code": "00000000", "progress": token})
    assert page.status_code == 409
    assert "Your place is gone" in page.text
    assert 'name="progress"' not in page.text


def test_who_holds_the_key_is_told_that_it_takes_more_than_one(bridge: House) -> None:
    """And nobody else; so is who gets the mail."""
    bridge.ask()
    bridge.work()
    browser = Browser(bridge)
    path, _ = browser.link()
    words = "more than one of these"
    assert words not in browser.get(path).text
    assert words in browser.post(f"{path}/standing", browser.held("key")).text
    seen = browser.post(f"{path}/standing", browser.held("proof"), Accept="application/json")
    assert words in seen.get_json()["asks"]
    assert bridge.mail.links[-1].several


def test_a_pause_says_until_when_and_nothing_of_the_code(tmp_path: Path) -> None:
    """The same page for a right code and a wrong one."""
    with house(tmp_path, pause=5) as bridge:
        bridge.ask()
        bridge.work()
        browser = Browser(bridge)
        for _ in range(2):
            assert browser.reveal("000000").status_code == 403
        pages = [browser.reveal(code) for code in ("000000", bridge.totp())]
        for page in pages:
            assert page.status_code == 429
            assert page.headers["Retry-After"] == "6"
            assert 'datetime="2026-11-25T12:01:00Z"' in page.text
        assert len({re.sub(r'name="token" value="[^"]+"', "", page.text) for page in pages}) == 1


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2ff::9", "2001:db8:1:200::/56"),
        ("unknown", "unknown"),
    ],
)
def test_the_network_of_an_address(address: str, network: str) -> None:
    """Of either family; what is no address stands for itself."""
    assert network_of(address, 24, 56) == network


def test_where_one_code_is_taken_it_alone_is_named(tmp_path: Path) -> None:
    """Once the key is proven; before, and where several are taken, the page has its usual words."""
    for factors, words in ((("totp",), ["the six digits"]), (("totp", "release_code"), [])):
        (tmp_path / factors[-1]).mkdir()
        with house(tmp_path / factors[-1], policy=Policy(factors=factors)) as bridge:
            bridge.ask()
            bridge.work()
            browser = Browser(bridge)
            path, _ = browser.link()
            assert "The 6 digits from your authenticator app, or" in browser.get(path).text
            asks = browser.post(f"{path}/standing", browser.held("proof"), Accept="application/json").get_json()["asks"]
            assert [part for part in ("the six digits",) if part in asks] == words

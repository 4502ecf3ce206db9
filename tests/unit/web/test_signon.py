"""The pages around the company's sign-on: the link there, the way back, and the one cookie."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import TestResponse

from bridge.domain.demand import Demand
from bridge.domain.link import new_locator
from bridge.domain.policy import Policy
from bridge.ports import Scope
from tests.fakes.kit import House, dice, house
from tests.fakes.signon import WEAK, FakeSignOn
from tests.fakes.web import Browser

COOKIE = "__Host-sign-on"
FACTORS = ("totp", "oidc")


@pytest.fixture
def provider() -> FakeSignOn:
    return FakeSignOn()


@pytest.fixture
def bridge(tmp_path: Path, provider: FakeSignOn) -> Iterator[House]:
    with house(tmp_path, policy=Policy(factors=FACTORS), sign_on=provider) as made:
        made.ask()
        made.work()
        yield made


@pytest.fixture
def browser(bridge: House) -> Browser:
    return Browser(bridge, factors=FACTORS)


def go(browser: Browser, path: str = "") -> str:
    """Follow the page's link; the state that the provider is given."""
    answer = browser.get(f"{path or browser.link()[0]}/sign-on")
    assert answer.status_code == 303
    return parse_qs(urlsplit(answer.headers["Location"]).query)["state"][0]


def come_back(browser: Browser, state: str, name: str = "js") -> TestResponse:
    return browser.get(f"/sign-on?state={state}&code={name}")


def signed(browser: Browser, name: str = "js", path: str = "") -> str:
    """The ticket in the page that the browser comes back to."""
    answer = come_back(browser, go(browser, path), name)
    assert (answer.status_code, answer.headers["Location"]) == (303, path or browser.link()[0])
    found = re.search(r'name="signed" value="([^"]+)"', browser.get(answer.headers["Location"]).text)
    assert found
    return found[1]


@pytest.mark.parametrize("how", ["key", "proof"])
def test_there_back_and_open(browser: Browser, how: str) -> None:
    """The hidden field opens; the cookie goes with it."""
    ticket = signed(browser)
    assert browser.client.get_cookie(COOKIE, "reset.example.com")
    page = browser.post(browser.link()[0], browser.held(how) | {"signed": ticket})
    assert page.status_code == 200
    assert not browser.client.get_cookie(COOKIE, "reset.example.com")


def test_the_page_that_was_come_back_to_asks_for_no_code(browser: Browser) -> None:
    """And keeps the ticket where the key was forgotten."""
    ticket = signed(browser)
    path, key = browser.link()
    page = browser.post(path, {"token": browser.token(), "signed": ticket})
    assert page.status_code == 400
    assert f'name="signed" value="{ticket}"' in page.text
    assert 'id="code"' not in page.text
    assert browser.post(path, {"token": browser.token(), "key": key, "signed": ticket}).status_code == 200


def test_i10_the_way_is_the_same_for_every_link(browser: Browser) -> None:
    """An invented one leads there and back, to a page that looks the same; HEAD goes nowhere else."""
    invented = f"/r/{new_locator(dice)}"
    texts = [re.sub(r'[0-9A-Z]{26}|value="[^"]*"', "", browser.get(p).text) for p in (invented, browser.link()[0])]
    assert texts[0] == texts[1]
    ticket = signed(browser, path=invented)
    page = browser.post(invented, {"token": browser.token(), "key": browser.link()[1], "signed": ticket})
    assert page.status_code == 404
    assert browser.client.head(f"{invented}/sign-on", base_url="https://reset.example.com").status_code == 303


def test_the_cookie_is_for_this_browser_alone(browser: Browser) -> None:
    """Of nobody's script, over TLS, not beyond ten minutes, and no part of it opens anything."""
    path, key = browser.link()
    for answer in (browser.get(f"{path}/sign-on"), come_back(browser, go(browser))):
        (cookie,) = answer.headers.getlist("Set-Cookie")
        assert cookie.startswith(f"{COOKIE}=")
        assert set(cookie.split("; ")[1:]) >= {"Secure", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=600"}
        assert "Domain" not in cookie
        assert key not in cookie


def test_a_cookie_of_another_link_is_not_shown(browser: Browser) -> None:
    """Nor one that is none."""
    signed(browser)
    assert 'name="signed"' not in browser.get(f"/r/{new_locator(dice)}").text
    browser.client.set_cookie(COOKIE, f'{browser.link()[0][3:]}."><script>', domain="reset.example.com")
    text = browser.get(browser.link()[0]).text
    assert 'name="signed"' not in text
    assert "<script>" not in text


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [(WEAK, 403, "not complete"), ("", 403, "not complete")],
)
def test_what_does_not_count_is_said_on_the_links_page(browser: Browser, name: str, status: int, words: str) -> None:
    """By a redirect: the code that came with it is in no address."""
    answer = come_back(browser, go(browser), name)
    assert answer.headers["Location"] == f"{browser.link()[0]}/sign-on/refused"
    page = browser.get(answer.headers["Location"])
    assert page.status_code == status
    assert words in page.text
    assert 'id="sign-on"' in page.text


def test_a_replayed_state_and_another_browser_are_told_that_it_lapsed(browser: Browser, bridge: House) -> None:
    """And begin again."""
    state = go(browser)
    come_back(browser, state)
    for one in (browser, Browser(bridge, factors=FACTORS)):
        answer = come_back(one, state)
        assert answer.headers["Location"] == f"{browser.link()[0]}/sign-on/lapsed"
        assert "does not count any more" in one.get(answer.headers["Location"]).text
    assert come_back(browser, "x").headers["Location"] == "/sign-on/lapsed"
    assert "does not count any more" in browser.get("/sign-on/lapsed").text


def test_a_used_ticket_says_so_and_counts_nothing(browser: Browser) -> None:
    """A page that lay open, or came from the history."""
    path, key = browser.link()
    ticket = signed(browser, "mallory")
    data = {"key": key, "signed": ticket}
    page = browser.post(path, data | {"token": browser.token()})
    assert page.status_code == 403
    assert "sign-on of another person" in page.text
    assert "4 more tries" in page.text
    page = browser.post(path, data | {"token": browser.token()})
    assert page.status_code == 409
    assert "does not count any more" in page.text
    assert "3 more tries" in browser.reveal("000000").text


def kept(browser: Browser) -> list[str]:
    """What the cookie keeps: link, browser, ticket, progress."""
    cookie = browser.client.get_cookie(COOKIE, "reset.example.com")
    return cookie.value.split(".") if cookie else []


def test_a_ticket_that_was_used_is_not_kept(browser: Browser, bridge: House) -> None:
    """Wrong, or on a read link: coming back to the page there is the field for a code, not a ticket that is spent."""
    path, key = browser.link()
    ticket = signed(browser, "mallory")
    assert kept(browser)[1:3] == ["", ticket]
    assert browser.post(path, {"token": browser.token(), "key": key, "signed": ticket}).status_code == 403
    assert kept(browser) == []
    browser.reveal(bridge.totp())
    ticket = signed(browser)
    done = browser.post(f"{path}/not-me", browser.held("key") | {"word": "STOP", "signed": ticket})
    assert (done.status_code, bridge.reset(bridge.mail.links[-1].reset_id).state) == (200, "revoked")
    assert kept(browser) == []


def test_what_was_passed_before_a_sign_on_outlives_it(tmp_path: Path, provider: FakeSignOn) -> None:
    """The app's code first, then somebody else's sign-on: the next one goes on from there, while it lasts."""
    policy = Policy(factors=FACTORS, demand=Demand(required=FACTORS))
    with house(tmp_path, policy=policy, sign_on=provider) as bridge:
        bridge.ask()
        bridge.work()
        browser = Browser(bridge, factors=FACTORS)
        path, _ = browser.link()
        page = browser.post(path, browser.held("key") | {"code": bridge.totp()})
        (token,) = re.findall(r'name="progress" value="([0-9A-Z]{26})"', page.text)
        assert kept(browser)[2:] == ["", token]
        ticket = signed(browser, "mallory")
        assert kept(browser)[2:] == [ticket, token]
        wrong = browser.post(path, browser.held("key") | {"signed": ticket, "progress": token})
        assert (wrong.status_code, kept(browser)[2:]) == (403, ["", token])
        bridge.ask("MJONES")
        bridge.work()
        other = browser.post(browser.link()[0], browser.held("key") | {"code": "000000", "progress": "0" * 26})
        assert (other.status_code, kept(browser)[2:]) == (409, ["", token])
        bridge.clock.move(minutes=10)
        own = {"token": browser.token(), "key": browser.link(0)[1], "signed": signed(browser, path=path)}
        late = browser.post(path, own | {"progress": token})
        assert late.status_code == 409
        assert token not in kept(browser)


def test_another_link_that_is_opened_meanwhile_takes_nothing_along(browser: Browser, bridge: House) -> None:
    """Two accounts, two links: the sign-on that was begun for the one still opens it."""
    path, key = browser.link()
    ticket = signed(browser)
    bridge.ask("MJONES")
    bridge.work()
    assert browser.reveal(bridge.totp()).status_code == 200
    assert kept(browser)[2] == ticket
    assert browser.post(path, {"token": browser.token(), "key": key, "signed": ticket}).status_code == 200


def test_who_comes_back_is_counted_for_their_network(browser: Browser, bridge: House) -> None:
    """Anybody can put a sign-on on record: of one network only so many an hour have a record of their own."""
    signed(browser, "mallory")
    with bridge.store.look() as work:
        crowd = work.crowds.of(Scope("factor.signed_on", "", "127.0.0.0/24"))
    assert crowd
    assert crowd.noted == 1


def test_a_provider_that_is_away_is_said_to_be(browser: Browser, provider: FakeSignOn) -> None:
    """There and back; with a time to try again, and the code's field."""
    path, _ = browser.link()
    state = go(browser)
    provider.away = True
    page = browser.get(f"{path}/sign-on")
    assert (page.status_code, page.headers["Retry-After"]) == (503, "60")
    assert come_back(browser, state).headers["Location"] == f"{path}/sign-on/away"
    for text in (page.text, browser.get(f"{path}/sign-on/away").text):
        assert "does not answer just now" in text
        assert 'id="code"' in text
    assert browser.reveal(browser.house.totp()).status_code == 200


@pytest.mark.parametrize("path", ["/r/x/sign-on", "/sign-on/x", "/r/x/sign-on/away/more", "/sign-on//evil.example"])
def test_strange_addresses_lead_nowhere(browser: Browser, path: str) -> None:
    """No redirect, no trace of what was sent."""
    page = browser.get(path)
    assert page.status_code in {200, 404}
    assert "evil" not in page.text


def test_no_redirect_goes_where_the_caller_says(browser: Browser) -> None:
    """A state is sealed, and nothing else names a place."""
    for more in ("&redirect_uri=https://evil.example", "&iss=https://evil.example", "&next=//evil.example"):
        answer = browser.get(f"/sign-on?state={go(browser)}&code=js{more}")
        assert answer.headers["Location"] == browser.link()[0]


def test_where_no_policy_takes_a_sign_on_there_is_none(tmp_path: Path) -> None:
    """No link, no way, no cookie."""
    with house(tmp_path) as bridge:
        bridge.ask()
        bridge.work()
        browser = Browser(bridge)
        path, _ = browser.link()
        assert "sign-on" not in browser.get(path).text
        assert browser.get("/sign-on").status_code == 404
        assert browser.get(f"{path}/sign-on").status_code == 200
        assert "Set-Cookie" not in browser.get(path).headers

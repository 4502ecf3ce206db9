"""What stands before every page and call: headers, host, origin, tokens, the client's address."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import request
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.secret import Secret
from tests.fakes.kit import House
from tests.fakes.web import BASE, Browser
from web import guard
from web.guard import client_address, hosts_of, networks, origin_of, share_of

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
EVERYWHERE = [
    ("GET", "/"),
    ("GET", "/r/0123456789ABCDEFGHJKMNPQRS"),
    ("GET", "/nothing/here"),
    ("POST", "/"),
    ("POST", "/r/0123456789ABCDEFGHJKMNPQRS"),
    ("DELETE", "/r/0123456789ABCDEFGHJKMNPQRS"),
    ("OPTIONS", "/api/v1/resets"),
    ("TRACE", "/api/v1/resets"),
    ("GET", "/api/v1/resets"),
    ("GET", "/api/v1/openapi.json"),
    ("GET", "/static/page.css"),
    ("GET", "/console"),
    ("GET", "/console/systems"),
    ("POST", "/console"),
    ("DELETE", "/console/resets"),
    ("GET", "/static/console.css"),
    ("GET", "/static/page.js"),
    ("GET", "/static/../app.py"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", "/robots.txt"),
    ("GET", "/forgotten"),
]


@pytest.mark.parametrize(("method", "path"), EVERYWHERE)
def test_every_answer_is_hardened(browser: Browser, method: str, path: str) -> None:
    """Pages, errors, 404, 405, static files, health: the same headers, no cookie, no version, nothing to cache."""
    answer = browser.client.open(path, method=method, base_url=BASE, headers={"Origin": "https://evil.example"})
    for name, value in guard.HEADERS.items():
        assert answer.headers[name] == value
    for name in ("Set-Cookie", "ETag", "Last-Modified", "Access-Control-Allow-Origin", "X-Powered-By"):
        assert name not in answer.headers
    assert answer.status_code < 500
    if answer.status_code == 405:
        assert answer.headers["Allow"]
    answer.close()


def test_what_every_answer_forbids() -> None:
    """No script but ours, no frame, no form to elsewhere, nothing kept, nothing told to the next site; HTTPS alone."""
    rules = dict(rule.split(" ", 1) for rule in guard.HEADERS["Content-Security-Policy"].split("; "))
    for name in ("default-src", "object-src", "base-uri", "frame-ancestors"):
        assert rules.pop(name) == "'none'"
    for name in ("script-src", "style-src", "connect-src", "form-action"):
        assert rules.pop(name) == "'self'"
    assert rules == {
        "img-src": "'self' data:",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    plain = {
        "Cache-Control": "no-store",
        "Cross-Origin-Embedder-Policy": "require-corp",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "X-Robots-Tag": "noindex, nofollow, noarchive",
    }
    assert guard.HEADERS.items() >= plain.items()
    allowed = dict(rule.split("=") for rule in guard.HEADERS["Permissions-Policy"].split(", "))
    assert {name for name, whom in allowed.items() if whom != "()"} == {
        "publickey-credentials-create", "publickey-credentials-get"
    }  # fmt: skip
    assert {"camera", "geolocation", "microphone"} < allowed.keys()


def test_a_browser_s_name_is_fit_for_a_record(browser: Browser) -> None:
    """What somebody calls themselves clears no auditor's screen, and fills no table."""
    said = {"User-Agent": "Mozilla\x9b2J\t\u00e9" + "x" * 400}
    with browser.app.test_request_context("/", headers=said):
        assert guard.agent_of(request) == "Mozilla?2J??" + "x" * 188


@pytest.mark.parametrize("kind", ["multipart/form-data", "text/plain"])
def test_a_form_of_another_kind_is_none(published: Browser, kind: str) -> None:
    """Ours are of one kind; the parser of uploads is nobody's way in, not even with the right code."""
    path, _ = published.link()
    data = published.held("key") | {"code": published.house.totp()}
    headers = {"Origin": BASE, "Sec-Fetch-Site": "same-origin"}
    page = published.client.post(path, base_url=BASE, data=data, content_type=kind, headers=headers)
    assert page.status_code == 400
    assert published.house.host.passwords_ever_set[-1] not in page.text
    assert published.reveal(published.house.totp()).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "reset.example.com:1", "reset.example.com.evil.example", "", "127.0.0.1"]
)
def test_somebody_elses_name_is_refused(browser: Browser, host: str) -> None:
    """421, and nothing of the name comes back; health is for probes, which call by address."""
    answer = browser.client.get("/", headers={"Host": host})
    assert answer.status_code == 421
    assert not host or host not in answer.text
    assert browser.client.get("/healthz", headers={"Host": host}).status_code == 200


def test_our_own_name_is_taken_in_any_case_and_with_the_default_port(browser: Browser) -> None:
    """As browsers and proxies write it."""
    for host in ("reset.example.com", "RESET.example.com", "reset.example.com:443"):
        assert browser.client.get("/", headers={"Host": host}).status_code == 200


def test_host_and_origin_come_from_the_base_url() -> None:
    """Default ports are left out of an origin; an IPv6 host keeps its brackets."""
    assert hosts_of("https://A.example") == {"a.example", "a.example:443"}
    assert hosts_of("https://a.example:8443") == {"a.example:8443"}
    assert hosts_of("https://[::1]:8443/x") == {"[::1]:8443"}
    assert origin_of("https://a.example:443") == "https://a.example"
    assert origin_of("https://localhost:8443") == "https://localhost:8443"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": ""},
        {"Origin": "null", "Sec-Fetch-Site": ""},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": ""},
        {"Origin": BASE, "Sec-Fetch-Site": "cross-site"},
        {"Origin": BASE, "Sec-Fetch-Site": "same-site"},
        {"Origin": BASE, "Sec-Fetch-Site": "none"},
        {"Origin": "", "Sec-Fetch-Site": ""},
    ],
)
def test_a_form_from_elsewhere_is_refused(bridge: House, published: Browser, headers: dict[str, str]) -> None:
    """No Origin, null, another site's: 403, nothing judged, nothing burnt."""
    refused = published.reveal(bridge.totp(), **{name.replace("-", "_"): value for name, value in headers.items()})
    assert refused.status_code == 403
    assert published.reveal(bridge.totp()).status_code == 200


@pytest.mark.parametrize(
    ("referer", "status"), [(f"{BASE}/r/X", 200), (f"{BASE}.evil.example/", 403), ("https://evil.example/", 403)]
)
def test_a_browser_that_knows_no_origin_says_where_it_comes_from(
    bridge: House, published: Browser, referer: str, status: int
) -> None:
    """lynx sends neither Origin nor Sec-Fetch-Site, and a Referer: ours is believed, another's or none is not."""
    assert published.reveal(bridge.totp(), Origin="", Sec_Fetch_Site="", Referer=referer).status_code == status


def test_null_is_believed_from_our_own_page(bridge: House, published: Browser) -> None:
    """no-referrer makes browsers say null; Sec-Fetch-Site says that it was us."""
    assert published.reveal(bridge.totp(), Origin="null").status_code == 200


@pytest.mark.parametrize("token", ["", "x", "1.2", "ffffffffffff.x", "69a5b2c0.AAAAAAAAAAAAAAAAAAAAAAAA", "é.é"])
def test_a_form_without_our_token_does_nothing(bridge: House, published: Browser, token: str) -> None:
    """It says that the page was open for too long, keeps the key, and has a new token."""
    path, key = published.link()
    answer = published.post(path, {"token": token, "key": key, "code": bridge.totp()})
    assert answer.status_code == 400
    assert key in answer.text
    assert published.reveal(bridge.totp()).status_code == 200


def test_a_token_holds_for_half_a_day() -> None:
    """And only under its own secret; one that a clock ahead of ours has made for as long. No part of it is enough."""
    secret, other = Secret("a" * 32), Secret("b" * 32)
    token = guard.token(secret, NOW)
    assert guard.token_holds(token, secret, NOW + timedelta(hours=12))
    assert not guard.token_holds(token, secret, NOW + timedelta(hours=12, seconds=1))
    assert not guard.token_holds(token, other, NOW)
    assert guard.token_holds(token, secret, NOW - timedelta(hours=12))
    assert not guard.token_holds(token, secret, NOW - timedelta(hours=12, seconds=1))
    for end in range(len(token)):
        assert not guard.token_holds(token[:end], secret, NOW)
    assert len(token.partition(".")[2]) == 24  # of 18 bytes


@pytest.mark.parametrize(
    "extra", [{"role": "admin"}, {"user": "x"}, {"expires": "1"}, {"views": "9"}, {"key[]": "x"}, {"_method": "PUT"}]
)
def test_a_field_that_the_form_does_not_have_is_refused(
    bridge: House, published: Browser, extra: dict[str, str]
) -> None:
    """As are doubled fields, fields in the address, and bodies that are no form."""
    path, key = published.link()
    data = {"token": published.token(), "key": key, "code": bridge.totp()}
    assert published.post(path, data | extra).status_code == 400
    assert published.post(f"{path}?code={bridge.totp()}", data).status_code == 400
    assert published.post(path, data | {"code": [bridge.totp(), bridge.totp()]}).status_code == 400  # type: ignore[dict-item]
    for kind in ("application/json", "multipart/form-data; boundary=x", "text/plain", ""):
        assert published.post(path, "{}", Content_Type=kind).status_code == 400  # type: ignore[arg-type]
    assert published.reveal(bridge.totp()).status_code == 200


@pytest.mark.parametrize(
    "payload", ["<script>alert(1)</script>", '" onfocus=alert(1) x="', "{{7*7}}", "\u2028\x00\u202e", "\ud800"]
)
def test_what_was_typed_comes_back_escaped(published: Browser, payload: str) -> None:
    """In every field, and in the path."""
    path, _ = published.link()
    data = {"token": payload, "key": payload, "code": payload, "word": payload, "visit": payload}
    encoded = {name: value.encode("utf-8", "surrogatepass") for name, value in data.items()}
    for answer in (published.post(path, encoded), published.post(path + "/not-me", encoded)):  # type: ignore[arg-type]
        assert answer.status_code == 400
        assert "<script>alert" not in answer.text
        assert (
            "onfocus=alert(1)" not in answer.text.replace("&#34;", '"').replace("&quot;", '"') or "&#34;" in answer.text
        )
    assert "<script>alert" not in published.get("/r/" + "<script>alert(1)</script>").text


# --- addresses ------------------------------------------------------------------------------------

PROXIES = networks(["10.0.0.0/8", "2001:db8:1::/48"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "203.0.113.9", "192.0.2.1"),  # not a proxy of ours: its word counts for nothing
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"),  # the left one is the client's own invention
        ("10.0.0.1", "203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9, garbage", "10.0.0.1"),
        ("10.0.0.1", "garbage, 10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "203.0.113.9:4711", "203.0.113.9"),
        ("10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"),
        ("10.0.0.1", '"[2001:db8::1]"', "2001:db8::1"),
        ("::ffff:10.0.0.1", "::ffff:203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", ",".join(["203.0.113.9"] + ["10.0.0.3"] * 100), "10.0.0.3"),
        ("10.0.0.1", ", ,", "10.0.0.1"),
        ("", "203.0.113.9", "unknown"),
        ("fe80::1%eth0", "", "fe80::1"),
    ],
)
def test_the_right_most_untrusted_address_counts(peer: str, forwarded: str, client: str) -> None:
    """And only named proxies are asked."""
    assert client_address(peer, forwarded, PROXIES) == client


@given(st.text(max_size=200), st.text(max_size=400))
def test_no_header_makes_an_address_fail(peer: str, forwarded: str) -> None:
    """Whatever is sent, an address or the word unknown comes out."""
    assert client_address(peer, forwarded, PROXIES)
    assert client_address("10.0.0.1", forwarded, PROXIES)


def test_no_address_is_that_long_nor_remembered() -> None:
    """A thousand texts of sixteen thousand signs would be a lot to keep for nothing."""
    guard._read.cache_clear()
    blank = " " * 20_000
    assert client_address("10.0.0.1", f"{blank}203.0.113.9{blank}", PROXIES) == "203.0.113.9"
    assert client_address("10.0.0.1", "203.0.113.9" + "9" * 20_000, PROXIES) == "10.0.0.1"
    assert guard._read.cache_info().currsize == 2
    for remembers in (guard._read, guard.share_of, guard.network_of):
        assert remembers.cache_info().maxsize == guard.KNOWN


def test_a_household_shares_its_ipv6_network() -> None:
    """One /64 is one source; an IPv4 address is itself."""
    assert share_of("2001:db8::1") == share_of("2001:db8::ffff:1")
    assert share_of("192.0.2.1") == "192.0.2.1"


def test_the_proxys_client_is_on_record(bridge: House) -> None:
    """With a named proxy the audit holds the client's address; without one, the peer's."""
    for proxies, expected in (((), "127.0.0.1"), (("127.0.0.0/8",), "203.0.113.9")):
        browser = Browser(bridge, trusted_proxies=proxies)
        asked = bridge.ask()
        bridge.work(2)
        browser.get(browser.link()[0], X_Forwarded_For="198.51.100.1, 203.0.113.9", X_Real_IP="1.2.3.4")
        opened = [r.event for r in bridge.records(asked.reset.id) if r.event.kind == "link.opened"]
        assert [event.detail["source"] for event in opened] == [expected]

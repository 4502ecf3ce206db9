"""The gateway and the OpenID provider behind the company's proxy: a real CONNECT, TLS with the far end."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest
import trustme

from bridge.compose.judging import gateway_found, sign_on_found
from bridge.config.model import Config, GatewaySettings, OidcSettings, SecretRef, Storage
from bridge.domain.errors import CodeUnsent, FactorUnreached, GatewayUnreached
from bridge.domain.secret import Secret
from connectors.factors.gateway import HttpGateway
from connectors.factors.oidc import OpenIdProvider
from tests.live.drips import dripping
from tests.live.provider import ONES_OWN, SECRET, Provider
from tests.live.proxies import proxy
from tests.live.sign_ons import HERE, log_on
from tests.live.test_gateway import BODY, SITE, Recorder, recording

LOGIN = "bridge:open sesame"
CODE = Secret("4711 0815")


@pytest.fixture
def far(tmp_path: Path) -> Iterator[tuple[Recorder, GatewaySettings]]:
    """A gateway over TLS, and what leads there."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with recording(context) as server:
        url = f"https://localhost:{server.server_port}/send"
        yield server, GatewaySettings(url=url, body=BODY, ca=tmp_path / "ca.pem")


def over(settings: GatewaySettings, url: str | None, login: str = "") -> HttpGateway:
    values = {name: getattr(settings, name) for name in ("url", "body", "ca")}
    made = GatewaySettings(**values, proxy=url)
    return HttpGateway(made, SITE, {}, Secret(login) if login else None)


def config(tmp_path: Path, **more: object) -> Config:
    return Config(path=tmp_path / "x.yaml", site=SITE, storage=Storage(url="sqlite://"), keys=(), **more)  # type: ignore[arg-type]


def test_a_code_goes_by_the_proxy_and_is_not_seen_there(far: tuple[Recorder, GatewaySettings]) -> None:
    """It learns the gateway's name, and shows its own login to nobody else."""
    server, settings = far
    with proxy(login=LOGIN) as between:
        line = over(settings, between.url, LOGIN)
        line.reach()
        line.send("+491711234567", CODE, "en")
        assert between.asked == [f"CONNECT localhost:{server.server_port} HTTP/1.1"] * 2
        assert server.code == CODE.expose()
        assert "Proxy-Authorization" not in server.seen[-1][1]
        assert CODE.expose().encode() not in between.passed
        assert len(between.passed) > 500


def test_a_proxy_that_never_ends_its_answer_is_not_heard_out(far: tuple[Recorder, GatewaySettings]) -> None:
    """The limit is for all of the way, and for the answer at its end."""
    server, settings = far
    with dripping(b"HTTP/1.1 200 OK\r\nX-Slow: ") as port:
        slow = replace(settings, proxy=f"http://127.0.0.1:{port}", answer_within=timedelta(milliseconds=300))
        line, began = HttpGateway(slow, SITE, {}), monotonic()
        with pytest.raises(CodeUnsent):
            line.send("+491711234567", CODE, "en")
        assert monotonic() - began < 3
    assert not server.seen


@pytest.mark.parametrize("case", ["no login", "closed", "moved", "no proxy", "another host's certificate"])
def test_what_the_proxy_has_against_it_is_said(
    case: str, far: tuple[Recorder, GatewaySettings], tmp_path: Path
) -> None:
    """Nothing was sent; the doctor says what to do, and the TLS behind it is judged as without it."""
    server, settings = far
    greeting = {"no proxy": b"SSH-2.0-OpenSSH_9.6\r\n", "moved": b"HTTP/1.1 302 Found\r\n\r\n"}.get(case, b"")
    with proxy(login=LOGIN if case == "no login" else "", closed=case == "closed", greeting=greeting) as between:
        url = settings.url.replace("localhost", "127.0.0.1") if "certificate" in case else settings.url
        ours = GatewaySettings(url=url, body=BODY, ca=settings.ca, proxy=between.url)
        line = HttpGateway(ours, SITE, {})
        with pytest.raises(CodeUnsent):
            line.send("+491711234567", CODE, "en")
        with pytest.raises(GatewayUnreached) as raised:
            line.reach()
        (found,) = gateway_found(config(tmp_path, gateway=ours))
    assert found.level == "fail"
    assert not server.seen
    words = {
        "no login": f"the proxy 127.0.0.1:{between.port} answered 407 to CONNECT: give proxy_login, or correct it",
        "moved": f"the proxy 127.0.0.1:{between.port} answered 302 to CONNECT",
        "no proxy": f"127.0.0.1:{between.port} does not answer as a proxy does: correct proxy",
        "closed": f"the proxy 127.0.0.1:{between.port} answered 403 to CONNECT: have it let this machine through",
    }.get(case)
    if words:
        assert words in found.words
        assert words in str(raised.value)
    else:
        assert "127.0.0.1" in found.words
        assert "mismatch" in found.words


def test_a_proxy_that_is_away_is_named(far: tuple[Recorder, GatewaySettings], tmp_path: Path) -> None:
    """Refused, and by whom."""
    _, settings = far
    with proxy() as between:
        pass
    ours = GatewaySettings(url=settings.url, body=BODY, ca=settings.ca, proxy=between.url)
    (found,) = gateway_found(config(tmp_path, gateway=ours))
    assert "Connection refused" in found.words
    assert f"or the proxy 127.0.0.1:{between.port}, over which it is looked for" in found.words


def test_the_environments_proxy_has_no_say(
    far: tuple[Recorder, GatewaySettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever starts the daemon does not choose who is between."""
    server, settings = far
    with proxy() as between:
        for name in ("https_proxy", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, between.url)
        over(settings, None).send("+491711234567", CODE, "en")
        assert not between.asked
    assert server.code == CODE.expose()


def test_a_sign_on_goes_by_the_proxy(company: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Discovery, keys and the code's exchange; and `check`."""
    monkeypatch.setenv("OIDC", SECRET)
    with proxy(login=LOGIN) as between:
        ours = company.settings(proxy=between.url)
        provider = OpenIdProvider(ours, HERE, Secret(SECRET), Secret(LOGIN))
        assert provider.name(log_on(provider, ONES_OWN, company), datetime.now(UTC)) == "JS"
        assert len(between.asked) >= 3
        with pytest.raises(FactorUnreached, match="answered 407 to CONNECT: give proxy_login"):
            OpenIdProvider(ours, HERE, Secret(SECRET)).metadata(datetime.now(UTC))
        file = tmp_path / "login"
        file.touch(mode=0o600)
        file.write_text(LOGIN + "\n")
        told: OidcSettings = company.settings(proxy=between.url, proxy_login=SecretRef(file=file))
        found = list(sign_on_found(config(tmp_path, oidc=told)))
    assert any("reached" in each.words for each in found)
    assert {each.level for each in found} <= {"ok", "warn"}

"""TLS to the host, and the way to it: each failure in words of its own, before a secret leaves."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from bridge.config.model import HostTls, Tn3270
from bridge.domain.errors import ConfigFault, HostUnreached
from bridge.domain.secret import Secret
from connectors.hosts.transports.reach import speaks_tls
from connectors.hosts.transports.tn3270 import Tn3270Wire
from connectors.machine import Deadline
from tests.live.tn3270_host import ScriptedHost, Terminal
from tests.live.tn3270_wires import LIST, opened, said, wire_to

ONE_SECOND = timedelta(seconds=1)
LONG_AGO, SOON_AFTER = datetime(2020, 1, 1, tzinfo=UTC), datetime(2020, 1, 9, tzinfo=UTC)


def context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(made)
    return made


def play(terminal: Terminal) -> None:
    terminal.log_on()
    terminal.typed()
    terminal.ready("USER=PAYROLL7")
    terminal.log_off()


def secured(port: int, ca: Path | None, *, name: str | None = "zos.example.com", **more: Any) -> Tn3270Wire:
    return wire_to(port, tls=HostTls(ca=ca, name=name), insecure=False, **more)


def test_a_proven_host_is_used(authority: trustme.CA, trusted: Path) -> None:
    """The certificate's name and CA are checked by both, probe and emulator; then the session is as any other."""
    host = ScriptedHost(play, tls=context(authority.issue_cert("zos.example.com")))
    with host, opened(secured(host.port, trusted)) as wire:
        assert said(wire.run(LIST)) == ["USER=PAYROLL7"]


CERTIFICATES: list[tuple[str, Callable[[trustme.CA], trustme.LeafCert], str]] = [
    ("other name", lambda ca: ca.issue_cert("other.example.com"), r"another name than zos\.example\.com"),
    ("expired", lambda ca: ca.issue_cert("zos.example.com", not_before=LONG_AGO, not_after=SOON_AFTER), "expired"),
    ("other CA", lambda ca: trustme.CA().issue_cert("zos.example.com"), r"CA is unknown; put .* into tls\.ca"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "words"), [pytest.param(make, words, id=name) for name, make, words in CERTIFICATES])
def test_a_certificate_that_proves_nothing_is_named(
    authority: trustme.CA, trusted: Path, make: Callable[[trustme.CA], trustme.LeafCert], words: str
) -> None:
    """Wrong name, expired, unknown CA: each with its reason and what to do; the host sees no TN3270."""
    seen: list[Terminal] = []
    host = ScriptedHost(seen.append, tls=context(make(authority)))
    with host, pytest.raises(HostUnreached, match=words):
        secured(host.port, trusted).open()

    assert seen == []


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_host_that_wants_a_client_certificate_is_named(
    version: ssl.TLSVersion, authority: trustme.CA, trusted: Path
) -> None:
    """The older version refuses as if no cipher were common; the newer one ends a connection that seemed made."""
    strict = context(authority.issue_cert("zos.example.com"))
    strict.minimum_version = strict.maximum_version = version
    strict.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(strict)
    with (
        ScriptedHost(play, tls=strict) as host,
        pytest.raises(HostUnreached, match=r"wants a client certificate.*HandshakeRole Server"),
    ):
        secured(host.port, trusted).open()


def test_the_systems_own_trust_does_not_cover_a_private_ca(authority: trustme.CA) -> None:
    """Without tls.ca the machine's trust store decides."""
    host = ScriptedHost(play, tls=context(authority.issue_cert("zos.example.com")))
    with host, pytest.raises(HostUnreached, match="CA is unknown|self-signed"):  # noqa: RUF043
        secured(host.port, None).open()


def test_a_plain_port_is_told_from_a_tls_port(trusted: Path) -> None:
    """TLS configured, and the port begins with telnet: not a certificate's fault."""
    with ScriptedHost(play) as host, pytest.raises(HostUnreached, match="does not speak TLS"):
        secured(host.port, trusted).open()


def test_a_tls_port_is_told_from_a_plain_port(authority: trustme.CA) -> None:
    """The other way round: clear text configured, and the port waits for a TLS handshake."""
    host = ScriptedHost(play, tls=context(authority.issue_cert("zos.example.com")))
    with host, pytest.raises(HostUnreached, match="this port speaks TLS"):
        wire_to(host.port, connect_within=ONE_SECOND).open()


def test_a_silent_tls_peer_ends_within_the_limit(trusted: Path) -> None:
    """TCP accepted, handshake never answered."""
    done = threading.Event()
    with ScriptedHost(raw=lambda line: done.wait(20) and None) as host:
        with pytest.raises(HostUnreached, match="no answer to the TLS handshake"):
            secured(host.port, trusted, connect_within=ONE_SECOND).open()
        done.set()


def test_a_peer_that_hangs_up_is_named(trusted: Path) -> None:
    """Accepted and closed, as a firewall or a full server does."""
    with ScriptedHost(raw=lambda line: line.close()) as host, pytest.raises(HostUnreached, match=r"closed|reset"):
        secured(host.port, trusted).open()


def test_a_closed_port_is_refused() -> None:
    """Nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    with pytest.raises(HostUnreached, match="refused"):
        wire_to(port).open()


def test_a_name_that_nobody_knows() -> None:
    """The name has no address."""
    with pytest.raises(HostUnreached, match="no address is known"):
        wire_to(992, host="no-such-host.invalid").open()


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"host": "y:zos.example.com"}, r"transport\.host"),
        ({"host": "zos.example.com=other"}, r"transport\.host"),
        ({"host": "LU1@zos"}, r"transport\.host"),
        ({"host": "zos example"}, r"transport\.host"),
        ({"host": "zos:992"}, r"transport\.host"),
        ({"host": "127.0.0.1"}, r"tls\.name"),
        ({"host": "::1"}, r"tls\.name"),
        ({"host": "any"}, r"tls\.name"),
        ({"tls": HostTls(name="*")}, r"tls\.name"),
        ({"tls": HostTls(name="DNS:x")}, r"tls\.name"),
        ({"tls": HostTls(ca=Path("/nonexistent/ca.pem"))}, r"tls\.ca"),
        ({"lu": ("L:LU1",)}, r"transport\.lu"),
        ({"lu": ("LU1@x",)}, r"transport\.lu"),
        ({"tls": None}, "insecure"),
        ({"codepage": "9999"}, "codepage"),
    ],
)
def test_settings_that_would_weaken_the_session_are_refused(setting: dict[str, Any], words: str) -> None:
    """Prefixes, LU lists and names that s3270 gives a meaning of its own never get as far as s3270."""
    with pytest.raises(ConfigFault, match=words):
        Tn3270Wire("PRODA", Tn3270(**{"host": "zos.example.com", **setting}), "SVCRST1", Secret("SERVICE1"))


@pytest.fixture
def deaf() -> Iterator[int]:
    """A port whose queue of connections is full: SYN gets no answer."""
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(0)
    held = []
    for _ in range(4):
        line = socket.socket()
        line.setblocking(False)
        line.connect_ex(server.getsockname())
        held.append(line)
    yield server.getsockname()[1]
    for line in (*held, server):
        line.close()


def test_an_address_that_does_not_answer_times_out(deaf: int) -> None:
    """No SYN is answered, as behind a firewall that drops."""
    with pytest.raises(HostUnreached, match="firewall"):
        wire_to(deaf, connect_within=ONE_SECOND).open()


def test_a_port_that_speaks_no_tls_is_none() -> None:
    """The question that follows a failed clear-text session is answered in time, too."""
    with ScriptedHost(play) as host:
        assert not speaks_tls("127.0.0.1", host.port, Deadline(ONE_SECOND))

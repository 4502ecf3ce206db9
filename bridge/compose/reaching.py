"""The doctor's way to a host, up to where a session could begin: name, TCP, TLS, and what answers there.

What goes wrong is looked at once more without trust, so that the words name the certificate that is there.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from bridge.compose.finding import Finding, doubt, ill, well
from bridge.config.model import HostTls, Ssh, System, Tn3270
from bridge.domain.errors import HostUnreached
from connectors.certificates import Described, describe
from connectors.hosts.transports.reach import (
    TLS_RECORDS,
    addresses,
    answers_http,
    certificate_of,
    first_words,
    reach,
    speaks_tls,
    trust,
)
from connectors.machine import Deadline, SystemClock

SOON: Final = timedelta(days=30)
LISTEN_FOR: Final = timedelta(seconds=2)
TELNET: Final = 0xFF
WEB: Final = "a web server"


def way(system: System) -> Iterator[Finding]:
    """Name, TCP and, over 3270, TLS. Raises HostUnreached and ConfigFault."""
    transport, name = system.transport, system.name
    found = addresses(name, transport.host, transport.port)
    yield well(name, f"{transport.host} is {', '.join(found)}")
    deadline = Deadline(transport.connect_within)
    address = reach(name, transport.host, transport.port, tls=None, name="", deadline=deadline)
    yield well(name, f"{address} port {transport.port} takes connections")
    if isinstance(transport, Ssh):
        said = first_words(address, transport.port, Deadline(LISTEN_FOR))
        if said and not said.startswith(b"SSH-"):
            yield ill(name, f"no SSH server: {_sounds_like(said)} answers on port {transport.port}; correct port")
        return
    if transport.tls is None:
        yield from _in_clear(name, transport, address)
    else:
        yield from _over_tls(name, transport, transport.tls, address)


def _in_clear(name: str, transport: Tn3270, address: str) -> Iterator[Finding]:
    said = first_words(address, transport.port, Deadline(LISTEN_FOR))
    if said[:1] == bytes((TELNET,)):
        yield doubt(name, "no TLS: every password can be read on the way; use the TLS port, or a tunnel")
    elif said:
        yield ill(name, _another(_sounds_like(said), transport.port))
    elif speaks_tls(address, transport.port, Deadline(LISTEN_FOR)):
        yield ill(name, "this port speaks TLS; write transport.tls: {ca: FILE} in place of null, without insecure")
    elif answers_http(address, transport.port, Deadline(LISTEN_FOR), tls=False):
        yield ill(name, _another(WEB, transport.port))
    else:
        yield doubt(name, "no TLS, and the port says nothing by itself; is it the TN3270 server's?")


def _another(who: str, port: int) -> str:
    return f"no TN3270 server: {who} answers on port {port}; correct port"


def _sounds_like(said: bytes) -> str:
    known = ((b"SSH-", "an SSH server"), (b"220", "a mail or FTP server"), (b"HTTP", WEB),
             (bytes((TELNET,)), "a TN3270 or telnet server"))  # fmt: skip
    return next((words for start, words in known if said.startswith(start)), "something else")


def _over_tls(name: str, transport: Tn3270, tls: HostTls, address: str) -> Iterator[Finding]:
    """TLS with the configured trust; then the certificate in words, or what would be needed."""
    peer = tls.name or transport.host
    try:
        reach(
            name, transport.host, transport.port, tls=trust(name, tls.ca), name=peer,
            deadline=Deadline(transport.connect_within),
        )  # fmt: skip
    except HostUnreached as fault:
        yield ill(name, fault.why)
        seen = certificate_of(address, transport.port, Deadline(LISTEN_FOR))
        if seen is not None:
            yield ill(name, _needed(describe(seen[1]), peer))
        elif (said := first_words(address, transport.port, Deadline(LISTEN_FOR)))[:1] == bytes((TELNET,)):
            yield ill(name, "a TN3270 server without TLS answers there; use its TLS port, 992 as a rule. Only where "
                      "nobody can listen: tls: null with insecure: true")  # fmt: skip
        elif said and said[0] not in TLS_RECORDS:
            yield ill(name, _another(_sounds_like(said), transport.port))
        elif not said and answers_http(address, transport.port, Deadline(LISTEN_FOR), tls=False):
            yield ill(name, _another(WEB, transport.port))
        return
    seen = certificate_of(address, transport.port, Deadline(LISTEN_FOR))
    if seen is not None:
        yield _certificate(name, seen[0], describe(seen[1]), peer)


def _certificate(name: str, version: str, seen: Described, peer: str) -> Finding:
    left = seen.until - SystemClock().now()
    words = f"{version}, certificate for {peer}, signed by {seen.issuer}, until {seen.until:%Y-%m-%d}"
    if left < SOON:
        return doubt(name, f"{words}: {left.days} days left; the host needs a new one soon")
    return well(name, words)


def _needed(seen: Described, peer: str) -> str:
    """What the certificate is, and what would make it good. Whoever changes trust compares the fingerprint first."""
    now = SystemClock().now()
    facts = f"it is for {', '.join(seen.names) or 'no name'}, signed by {seen.issuer}, until {seen.until:%Y-%m-%d}"
    if seen.until <= now:
        need = "a new certificate on the host; nothing here makes up for it"
    elif not _covers(seen.names, peer):
        need = f"host or tls.name to be one of {', '.join(seen.names) or 'its names'}, or a certificate for {peer}"
    elif seen.own:
        need = "this very certificate in tls.ca"
    else:
        need = f"in tls.ca the certificate of {seen.issuer}"
    return f"{facts}; needed is {need}. Compare first with the host's people: SHA-256 {seen.print}"


def _covers(names: tuple[str, ...], peer: str) -> bool:
    wild = "*." + peer.partition(".")[2]
    return any(each.lower() in {peer.lower(), wild.lower()} for each in names)

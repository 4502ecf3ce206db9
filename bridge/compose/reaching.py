"""The doctor's way to a host, up to where a session could begin: name, TCP, TLS, and what answers there.

What goes wrong is looked at once more without trust, so that the words name the certificate that is there.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

from bridge.compose.finding import Finding, doubt, ill, well
from bridge.config.model import HostTls, Ssh, System, Tn3270
from bridge.domain.errors import HostUnreached
from connectors.certificates import Described, describe, described
from connectors.hosts.transports.reach import (
    TLS_RECORDS,
    addresses,
    answers_http,
    certificates_of,
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
    yield from _other_addresses(system, found, address)
    if isinstance(transport, Ssh):
        if who := _no_ssh_server(address, transport.port):
            yield ill(name, f"no SSH server: {who} answers on port {transport.port}; correct port")
        return
    if transport.tls is None:
        yield from _in_clear(name, transport, address)
    else:
        yield from _over_tls(name, transport, transport.tls, address)


def _other_addresses(system: System, found: list[str], answers: str) -> Iterator[Finding]:
    """Those of the name that take no connection: a logon that comes to one of them first is late, or fails."""
    transport, name = system.transport, system.name
    for each in found:
        if each == answers:
            continue
        try:
            reach(name, each, transport.port, tls=None, name="", deadline=Deadline(LISTEN_FOR))
        except HostUnreached as fault:
            tls = isinstance(transport, Tn3270) and transport.tls is not None and not transport.tls.name
            keeping = f" with tls.name: {transport.host}" if tls else ""
            yield doubt(name, f"{transport.host} has an address that takes no connection, and a logon that comes to it "
                        "first loses time: have it mended or taken out of DNS, or write host: "
                        f"{answers}{keeping} ({fault.why})")  # fmt: skip


def _no_ssh_server(address: str, port: int) -> str:
    """Who answers in an SSH server's place, which speaks first; empty where it is one, or merely silent."""
    said = first_words(address, port, Deadline(LISTEN_FOR))
    if said:
        return "" if said.startswith(b"SSH-") else _sounds_like(said)
    if speaks_tls(address, port, Deadline(LISTEN_FOR)):
        return "a server with TLS"
    return WEB if answers_http(address, port, Deadline(LISTEN_FOR), tls=False) else ""


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
        seen = certificates_of(address, transport.port, Deadline(LISTEN_FOR))
        if seen is not None:
            yield ill(name, _needed([describe(each) for each in seen[1]], peer, tls.ca))
        elif (said := first_words(address, transport.port, Deadline(LISTEN_FOR)))[:1] == bytes((TELNET,)):
            yield ill(name, "a TN3270 server without TLS answers there; use its TLS port, 992 as a rule. Only where "
                      "nobody can listen: tls: null with insecure: true")  # fmt: skip
        elif said and said[0] not in TLS_RECORDS:
            yield ill(name, _another(_sounds_like(said), transport.port))
        elif not said and answers_http(address, transport.port, Deadline(LISTEN_FOR), tls=False):
            yield ill(name, _another(WEB, transport.port))
        return
    seen = certificates_of(address, transport.port, Deadline(LISTEN_FOR))
    if seen is not None:
        yield _certificate(name, seen[0], describe(seen[1][0]), peer)


def _certificate(name: str, version: str, seen: Described, peer: str) -> Finding:
    left = seen.until - SystemClock().now()
    words = f"{version}, certificate for {peer}, signed by {seen.issuer}, until {seen.until:%Y-%m-%d}"
    if left < SOON:
        return doubt(name, f"{words}: {left.days} days left; the host needs a new one soon")
    return well(name, words)


def _needed(sent: list[Described], peer: str, ca: Path | None) -> str:
    """What the certificate is, and what would make it good. Whoever changes trust compares the fingerprint first."""
    now, seen = SystemClock().now(), sent[0]
    facts = f"it is for {', '.join(seen.names) or 'no name'}, signed by {seen.issuer}, until {seen.until:%Y-%m-%d}"
    if seen.until <= now:
        need = f"a new certificate on the host, for {peer}; nothing here makes up for it"
    elif seen.since > now:
        need = (f"the right time: it counts from {seen.since:%Y-%m-%d %H:%M} UTC, and this machine says it is "
                f"{now:%Y-%m-%d %H:%M} UTC; set this clock, or, where it is right, have the host's certificate made "
                "anew")  # fmt: skip
    elif seen.weak:
        need = "a new certificate on the host, with a key of RSA 2048 or P-256 at least; nothing here makes up for it"
    elif not _covers(seen.names, peer):
        need = f"host or tls.name to be one of {', '.join(seen.names) or 'its names'}, or a certificate for {peer}"
    elif seen.own:
        need = "this very certificate in tls.ca"
    else:
        need = _missing(sent, ca)
    return f"{facts}; needed is {need}. Compare first with the host's people: SHA-256 {seen.print}"


def _missing(sent: list[Described], ca: Path | None) -> str:
    """Whose certificate is not in tls.ca: that of who signed the last one of those that the host sends."""
    has = described(ca.read_bytes()) if ca else ()
    others, top = {each.subject: each for each in sent[1:]}, sent[0]
    while not top.own and top.issuer in others:
        top = others.pop(top.issuer)
    there = next((each for each in has if each.subject == top.issuer), None)
    if there is not None and not there.own and top is sent[0]:
        return f"in tls.ca, beside the certificate of {there.subject}, that of {there.issuer}, up to the root"
    if there is not None:
        return (f"in tls.ca the present certificate of {top.issuer}: the one in it has another key, or counts no "
                f"longer (until {there.until:%Y-%m-%d})")  # fmt: skip
    if top is sent[0]:
        return (f"in tls.ca the certificate of {top.issuer}, added to what is in it, and, unless that is a root, those "
                "above it up to the root. The host sends its own alone: where it is to send the others too, CONNECT "
                "them to the key ring that AT-TLS uses")  # fmt: skip
    return f"in tls.ca the certificate of {top.issuer}"


def _covers(names: tuple[str, ...], peer: str) -> bool:
    wild = "*." + peer.partition(".")[2]
    return any(each.lower() in {peer.lower(), wild.lower()} for each in names)

"""Tries the way to a host before s3270 takes it: name, TCP, certificate; each failure in words of its own.

s3270 4.1 answers a failed Connect() with text from freed memory, waits without limit on a silent peer, and gives up
when the first of several addresses refuses. So the name is resolved here, and s3270 gets one address that answered.
"""

from __future__ import annotations

import re
import socket
import ssl
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from bridge.domain.errors import ConfigFault, HostUnreached
from connectors.machine import Deadline

# X509_V_ERR_… of OpenSSL (x509_vfy.h) → what is wrong and what to do.
CERTIFICATE_FAULTS: Final = {
    2: "the certificate's CA is known, and the one above it is not; put the certificates up to the root into tls.ca",
    9: "the certificate is not valid yet; compare the clocks",
    10: "the certificate has expired; the host needs a new one",
    18: "the certificate is self-signed and not the one in tls.ca",
    19: "the certificate's CA is unknown; put the CA's certificate into tls.ca",
    20: "the certificate's CA is unknown; put the CA's certificate into tls.ca",
    21: "the certificate's CA is unknown; put the CA's certificate into tls.ca",
    23: "the certificate has been revoked",
    62: "the certificate is for another name than {name}; correct host, or set tls.name",
    64: "the certificate is for another address than {name}; set tls.name to the name in it",
    66: "the certificate's key is too weak",
    67: "the certificate of the CA has too weak a key",
    68: "the certificate, or its CA's, is signed with too weak a hash (SHA-1)",
}

# `reason` of ssl.SSLError → the same for a handshake that failed for another cause than the certificate.
CLIENT: Final = (
    "the host wants a client certificate, and this program has none to give: let AT-TLS ask for none on this port "
    "(HandshakeRole Server in place of ServerWithClientAuth), or give the bridge a port of its own"
)
OLD: Final = "the host offers no TLS version above 1.1; AT-TLS has to allow 1.2 or 1.3 on this port (TLSv1.2 On)"
HANDSHAKE_FAULTS: Final = {
    "UNSUPPORTED_PROTOCOL": OLD,
    "TLSV1_ALERT_PROTOCOL_VERSION": OLD,
    "NO_PROTOCOLS_AVAILABLE": OLD,
    "SSLV3_ALERT_HANDSHAKE_FAILURE": (
        "the host and this machine have no TLS cipher in common; AT-TLS has to allow one with ECDHE and AES-GCM there"
    ),
    "DH_KEY_TOO_SMALL": "the host's TLS key exchange is too weak",
    "EE_KEY_TOO_SMALL": "the certificate's key is too weak",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": CLIENT,
}


class SilentTls(TimeoutError):
    """TCP was accepted, TLS was not answered."""


class PlainPort(ConnectionError):
    """What came first is no TLS record."""


class WantsClient(ConnectionError):
    """The host showed its certificate, and refused to go on without ours: TLS 1.2 has no alert of its own for that."""


class HungUp(ConnectionError):
    """The host closed the connection during the handshake."""


ONE_PEM: Final = r"(?s)-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n"
HANDSHAKE: Final = 0x16
TLS_RECORDS: Final = b"\x15\x16"
"""Alert and handshake, with which every answer to a ClientHello begins (RFC 8446, 5.1)."""

# What an OSError on the way means; the first that fits.
CONNECTION_FAULTS: Final = (
    (PlainPort, "this port does not speak TLS; is it the plain one?"),
    (WantsClient, CLIENT),
    (HungUp, "the host closed the connection during the TLS handshake; is the port right? Its log says why"),
    (SilentTls, "connected, but no answer to the TLS handshake within {seconds}; is it the plain port?"),
    (TimeoutError, "no connection within {seconds}; is a firewall in between?"),
    (ConnectionRefusedError, "connection refused; is the TN3270 server up, and the port right?"),
    (ConnectionResetError, "the host or a firewall reset the connection; is the port right? Their logs say why"),
)


def trust(system: str, ca: Path | None) -> ssl.SSLContext:
    """Return a context that checks chain and name. `ca` replaces the system's trust. Raises ConfigFault."""
    try:
        return ssl.create_default_context(cafile=str(ca) if ca else None)
    except OSError as fault:
        why = fault.strerror or "no certificate in it"
        need = "the certificate of the CA that signed the host's is expected there, as PEM"
        raise ConfigFault(
            [f"systems.{system}.transport.tls.ca: {ca}: {why}; {need} (RACDCERT … EXPORT(…) FORMAT(CERTB64))"]
        ) from None


def reach(
    system: str, host: str, port: int, *, tls: ssl.SSLContext | None, name: str, deadline: Deadline
) -> str:  # fmt: skip
    """Return the first numeric address that takes a connection and, with `tls`, proves to be `name`.

    Raises HostUnreached with the reason of the last address tried.
    """
    why, found = "no address", addresses(system, host, port)
    for place, address in enumerate(found, 1):
        try:
            _try(address, port, tls, name, _share(deadline, len(found) - place))
        except OSError as fault:
            why = _words(fault, name, deadline)
            if isinstance(fault, ssl.SSLCertVerificationError):
                break  # another address of the same name would not be another host
        else:
            return address
    raise HostUnreached(system, f"{host} port {port}: {why}")


def _share(deadline: Deadline, others: int) -> Deadline:
    """What one address may use up: one that is silent leaves time for the `others`, and for the talk that follows."""
    return Deadline(timedelta(seconds=max(deadline.left(), 0)) / (others + 2)) if others else deadline


def speaks_tls(address: str, port: int, within: Deadline) -> bool:
    """Say whether a port that was taken for a plain one answers a TLS handshake; its certificate does not matter."""
    try:
        _try(address, port, _anyone(), "", within)
    except OSError:
        return False
    return True


def certificates_of(address: str, port: int, within: Deadline) -> tuple[str, tuple[bytes, ...]] | None:
    """The TLS version and the certificates (DER) that a port shows, its own first; None without TLS."""
    try:
        session = _try(address, port, _anyone(), "", within)
    except OSError:
        return None
    shown = _shown(session) if session else ()
    return (session.version() or "TLS", shown) if session and shown else None


def _shown(session: Any) -> tuple[bytes, ...]:
    """What the host sent, whatever it is worth. Until 3.13 Python has that, and no public name for it."""
    if hasattr(session, "get_unverified_chain"):
        return tuple(session.get_unverified_chain())
    own = session.getpeercert(binary_form=True)
    sent: Any = getattr(getattr(session, "_sslobj", None), "get_unverified_chain", list)() or ()
    pem = "".join(each.public_bytes() for each in sent)
    return tuple(ssl.PEM_cert_to_DER_cert(each) for each in re.findall(ONE_PEM, pem)) or ((own,) if own else ())


def wants_client(address: str, port: int, within: Deadline) -> bool:
    """Whether a host hangs up for want of a client certificate: TLS 1.3 says so after the handshake (RFC 8446)."""
    try:
        with socket.create_connection((address, port), timeout=max(within.left(), 0.01)) as line:
            line.settimeout(max(within.left(), 0.01))
            with _anyone().wrap_socket(line) as session:
                session.recv(1)
    except ssl.SSLError as fault:
        return fault.reason == "TLSV13_ALERT_CERTIFICATE_REQUIRED"
    except OSError:
        return False
    return False


def first_words(address: str, port: int, within: Deadline) -> bytes:
    """What a port says by itself: a telnet server begins with X'FF'. Empty if it waits to be spoken to."""
    try:
        with socket.create_connection((address, port), timeout=max(within.left(), 0.01)) as line:
            line.settimeout(max(within.left(), 0.01))
            return line.recv(64)
    except OSError:
        return b""


def answers_http(address: str, port: int, within: Deadline, *, tls: bool) -> bool:
    """Whether a web server is there. It is asked for its head, which no TN3270 server understands."""
    try:
        with socket.create_connection((address, port), timeout=max(within.left(), 0.01)) as line:
            line.settimeout(max(within.left(), 0.01))
            with _anyone().wrap_socket(line) if tls else line as way:
                way.sendall(b"HEAD / HTTP/1.0\r\n\r\n")
                return way.recv(64).startswith(b"HTTP/")
    except OSError:
        return False


def _anyone() -> ssl.SSLContext:
    anyone = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    anyone.check_hostname = False
    anyone.verify_mode = ssl.CERT_NONE
    return anyone


def addresses(system: str, host: str, port: int) -> list[str]:
    """The numeric addresses of a name. Raises HostUnreached where there is none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        raise HostUnreached(system, f"{host}: no address is known for this name; correct host, or ask DNS") from None
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def _try(
    address: str, port: int, tls: ssl.SSLContext | None, name: str, deadline: Deadline
) -> ssl.SSLObject | None:  # fmt: skip
    with socket.create_connection((address, port), timeout=max(deadline.left(), 0.01)) as line:
        return None if tls is None else _shake_hands(line, tls, name, deadline)


def _shake_hands(line: socket.socket, tls: ssl.SSLContext, name: str, deadline: Deadline) -> ssl.SSLObject:
    """Do the handshake by hand: a telnet server speaks first, and too little for OpenSSL to see that it is none."""
    received, to_send = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = tls.wrap_bio(received, to_send, server_hostname=name or None)
    first, agreed = True, False
    while True:
        try:
            session.do_handshake()
        except ssl.SSLWantReadError:
            line.sendall(to_send.read())
        except ssl.SSLError as fault:
            if fault.reason == "SSLV3_ALERT_HANDSHAKE_FAILURE" and agreed:
                raise WantsClient from None
            raise
        else:
            line.sendall(to_send.read())
            return session
        line.settimeout(max(deadline.left(), 0.01))
        try:
            data = line.recv(16384)
        except TimeoutError:
            raise SilentTls from None
        if not data:
            raise HungUp
        if first and data[0] not in TLS_RECORDS:
            raise PlainPort
        agreed |= first and data[0] == HANDSHAKE
        first = False
        received.write(data)


def _words(fault: OSError, name: str, deadline: Deadline) -> str:
    if isinstance(fault, ssl.SSLCertVerificationError):
        known = CERTIFICATE_FAULTS.get(fault.verify_code, f"the certificate is refused: {fault.verify_message}")
        return known.format(name=name)
    if isinstance(fault, ssl.SSLError):
        reason = fault.reason or "no reason given"
        return HANDSHAKE_FAULTS.get(reason, f"TLS failed: {reason}")
    seconds = f"{deadline.waited.total_seconds():.0f} s"
    return next(
        (words.format(seconds=seconds) for kind, words in CONNECTION_FAULTS if isinstance(fault, kind)),
        fault.strerror or "no connection",
    )

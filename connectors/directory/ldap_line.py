"""One connection to an LDAP server: secured, bound, and every wait bounded. Raises DirectoryUnreached alone.

libldap would also read ldap.conf, .ldaprc and the environment, where TLS_REQCERT can be `never`: whatever secures a
connection is set on it. It replaces the name `localhost` by the machine's own before it compares certificates.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from errno import ECONNABORTED
from typing import Any, Final, NamedTuple

import ldap
from ldap.controls import SimplePagedResultsControl

from bridge.config.model import LdapSettings
from bridge.domain.errors import DirectoryUnreached
from bridge.domain.secret import Secret
from bridge.observe import elsewhere
from connectors.machine import Deadline

AWAY: Final = (ldap.SERVER_DOWN, ldap.CONNECT_ERROR, ldap.TIMEOUT, ldap.UNAVAILABLE, ldap.BUSY)
"""What another server may not suffer from."""
NOT_HERE: Final = (
    ldap.NO_SUCH_OBJECT, ldap.REFERRAL, ldap.PARTIAL_RESULTS, ldap.INVALID_DN_SYNTAX, ldap.INSUFFICIENT_ACCESS,
)  # fmt: skip
"""What an entry that this server cannot show is called: gone, in another domain, no DN at all, not for us to read."""
REFUSED: Final = (ldap.INVALID_CREDENTIALS, ldap.INAPPROPRIATE_AUTH, ldap.STRONG_AUTH_REQUIRED)
ONE, BELOW = ldap.SCOPE_BASE, ldap.SCOPE_SUBTREE
ANYTHING: Final = "(objectClass=*)"
START_TLS: Final = bytes.fromhex("301d02010177188016") + b"1.3.6.1.4.1.1466.20037"
LONG, SUCCESS, LONGEST = 0x80, b"\x0a\x01\x00", 4096
LEAST: Final = 0.001  # seconds: no wait at all would make the socket one that never waits
PORTS: Final = {"tls": 636, "starttls": 389, "none": 389}


class ServerAway(DirectoryUnreached):
    """This server gave no answer; another may."""


class BindRefused(DirectoryUnreached):
    """The account that we bind with was refused: asked again at once, it would be locked."""


class Found(NamedTuple):
    """An entry, its attributes in lower case."""

    dn: str
    values: Mapping[str, list[bytes]]


class LdapLine:
    """Bound, or not there. For one thread at a time."""

    def __init__(self, server: str, settings: LdapSettings, password: Secret | None) -> None:
        port = settings.port or PORTS[settings.security]
        host = f"[{server}]" if ":" in server else server
        self._where = f"{host}:{port}"
        self._wait = settings.answer_within.total_seconds()
        self._page = settings.page
        if settings.security != "none":
            self._try_handshake(server, port, settings)
        with self._in_words("connecting"):
            scheme = "ldaps" if settings.security == "tls" else "ldap"
            self._line: Any = ldap.initialize(f"{scheme}://{self._where}")
            self._set_up(settings)
        try:
            with self._in_words("securing the connection"):
                if settings.security == "starttls":
                    self._line.start_tls_s()
            if settings.user is not None:
                self._bind(settings.user, password)
        except DirectoryUnreached:
            self.close()
            raise

    def close(self) -> None:
        """Hang up."""
        with suppress(ldap.LDAPError):
            self._line.unbind_ext_s()

    def search(
        self, base: str, scope: int, wanted: str, attributes: Sequence[str], *, most: int = 0
    ) -> list[Found] | None:
        """The entries; None: there are more than `most`. Where one entry is looked at, one that is not there, or is
        another server's to show, is none; a base to search below has to be there."""
        with self._in_words("searching"):
            try:
                rows = self._line.search_ext_s(
                    base, scope, wanted, list(attributes), timeout=self._wait, sizelimit=most
                )
            except ldap.SIZELIMIT_EXCEEDED:
                if most:
                    return None
                raise
            except NOT_HERE:
                if scope == ONE:
                    return []
                raise
        return [_found(dn, held) for dn, held in rows if dn is not None]

    def paged(self, base: str, wanted: str, attributes: Sequence[str]) -> Iterator[Found]:
        """All entries below a base, so many at once as the server likes to give."""
        control = SimplePagedResultsControl(True, size=self._page, cookie="")
        while True:
            with self._in_words(f"searching, {self._page} entries at once as `page` says"):
                asked = self._line.search_ext(
                    base, BELOW, wanted, list(attributes), serverctrls=[control], timeout=self._wait
                )
                _, rows, _, answered = self._line.result3(asked, timeout=self._wait)
            yield from (_found(dn, held) for dn, held in rows if dn is not None)
            cookies = [each.cookie for each in answered if each.controlType == SimplePagedResultsControl.controlType]
            if not cookies or not cookies[0]:
                return
            control.cookie = cookies[0]

    def _try_handshake(self, server: str, port: int, settings: LdapSettings) -> None:
        """Once by ourselves: libldap over GnuTLS (2.5, Debian's) waits for ever for a server that takes the connection,
        or agrees to StartTLS, and says nothing. Its own handshake follows, and checks the certificate again."""
        step = "connecting" if settings.security == "tls" else "securing the connection"
        try:
            context = ssl.create_default_context(cafile=settings.ca)
            with socket.create_connection((server, port), self._wait) as line:
                if settings.security == "starttls" and not _agrees_to_tls(line, Deadline(settings.answer_within)):
                    return  # libldap hears the same, and has words for it
                context.wrap_socket(line, server_hostname=server).close()
        except ssl.SSLCertVerificationError as bad:
            why = f"its certificate is not accepted ({bad.verify_message})"
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or "no TLS" if not isinstance(error, TimeoutError) else "no answer"
        else:
            return
        raise ServerAway(f"ldap: {self._where}: {step}: {why}")

    def _set_up(self, settings: LdapSettings) -> None:
        line = self._line
        line.set_option(ldap.OPT_PROTOCOL_VERSION, 3)
        line.set_option(ldap.OPT_REFERRALS, 0)
        line.set_option(ldap.OPT_DEREF, ldap.DEREF_NEVER)
        line.set_option(ldap.OPT_NETWORK_TIMEOUT, self._wait)
        line.set_option(ldap.OPT_TIMEOUT, self._wait)
        if settings.security != "none":
            ca = str(settings.ca) if settings.ca else ssl.get_default_verify_paths().cafile
            line.set_option(ldap.OPT_X_TLS_REQUIRE_CERT, ldap.OPT_X_TLS_DEMAND)
            line.set_option(ldap.OPT_X_TLS_CACERTFILE, ca)
            line.set_option(ldap.OPT_X_TLS_PROTOCOL_MIN, ldap.OPT_X_TLS_PROTOCOL_TLS1_2)
            line.set_option(ldap.OPT_X_TLS_NEWCTX, 0)  # last: what stands above is read here

    def _bind(self, user: str, password: Secret | None) -> None:
        """An empty password would be taken for an anonymous bind, and "succeed" (RFC 4513, 5.1.2)."""
        if password is None or not password.expose():
            raise BindRefused(f"ldap: {self._where}: no password for {user}; nobody binds without one")
        try:
            with self._in_words("binding"):
                self._line.simple_bind_s(user, password.expose())
        except UnicodeError:
            raise BindRefused(f"ldap: {self._where}: the password of {user} is no text that can be sent") from None

    @contextmanager
    def _in_words(self, step: str) -> Iterator[None]:
        elsewhere.waits()
        try:
            yield
        except REFUSED as refused:
            raise BindRefused(f"ldap: {self._where}: {step}: {_said(refused)}") from None
        except AWAY as away:
            raise ServerAway(f"ldap: {self._where}: {step}: {_said(away)}") from None
        except ldap.LDAPError as error:
            raise DirectoryUnreached(f"ldap: {self._where}: {step}: {_said(error)}") from None


def _agrees_to_tls(line: socket.socket, deadline: Deadline) -> bool:
    """Ask for StartTLS; whether the answer is yes. Raises OSError where none comes in time, however slowly it drips.

    source   RFC 4511, 4.12 and 4.14: the answer is a sequence that begins with its length; resultCode 0 is success
    """
    line.sendall(START_TLS)
    length = _read(line, 2, deadline)[1]
    if length & LONG:
        length = int.from_bytes(_read(line, length & ~LONG, deadline))
    return SUCCESS in _read(line, min(length, LONGEST), deadline)


def _read(line: socket.socket, count: int, deadline: Deadline) -> bytes:
    read = b""
    while len(read) < count:
        if deadline.over:
            raise TimeoutError
        line.settimeout(deadline.left() or LEAST)
        piece = line.recv(count - len(read))
        if not piece:
            raise ConnectionAbortedError(ECONNABORTED, "it hung up")
        read += piece
    return read


def _found(dn: str, held: Mapping[str, list[bytes]]) -> Found:
    return Found(dn, {name.lower(): values for name, values in held.items()})


def _said(error: ldap.LDAPError) -> str:
    """libldap's words, in one line."""
    told = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    words = ": ".join(str(told[name]) for name in ("desc", "info") if told.get(name))
    return " ".join((words or type(error).__name__).split())[:200]

"""An SSH connection: the host proven by its pinned key, one logon, and a channel for each conversation.

paramiko.Transport is driven directly and not through SSHClient: that one pins one host key type only, and would try the
password after a refused key by itself.
"""

from __future__ import annotations

import logging
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Final, NoReturn, TypeVar

import paramiko

from bridge.config.model import Ssh
from bridge.domain.errors import AnswerLost, BridgeError, ConfigFault, HostUnreached, Refused, ServiceIdRejected
from bridge.domain.secret import Secret
from bridge.observe.places import place_of
from connectors.hosts.transports import ssh_keys
from connectors.hosts.transports.base import OURS, Log, Silence
from connectors.hosts.transports.ssh_channel import LIBRARY_FAULTS, Heard, Lost, closing_after, converse, in_words
from connectors.machine import Deadline

T = TypeVar("T")
WEAK: Final = {
    "ciphers": ["aes128-cbc", "aes192-cbc", "aes256-cbc", "3des-cbc"],
    "macs": ["hmac-sha1", "hmac-sha1-96", "hmac-md5", "hmac-md5-96"],
}
KEEPALIVE: Final = 30
ALIVE_WITHIN: Final = 5.0
HAS_EXPIRED: Final = re.compile(r"\bpassword change required but no tty\b", re.IGNORECASE)
"""What sshd says in place of a command (OpenSSH, session.c, do_pwchange; z/OS puts a FOTS number in front)."""
IS_BARRED: Final = re.compile(r"^.*\baccount\b.*\b(?:expired|locked|disabled)\b.*$", re.IGNORECASE | re.MULTILINE)
"""What sshd passes on of PAM ahead of hanging up, as a banner: Your account has expired; please contact …"""


class SshConnection:
    """One connection under one service id. Raises ConfigFault at once for keys that cannot be used.

    key   the private key's text; where there is one, the password is given only if the host asks for both
    log   told of the host key that was proven, and by what the host let the service id in
    """

    def __init__(
        self,
        system: str,
        settings: Ssh,
        userid: str,
        password: Secret | None = None,
        key: Secret | None = None,
        passphrase: Secret | None = None,
        *,
        log: Log | None = None,
    ) -> None:
        self.log: Log = log or Silence()
        if not password and not key:
            raise ConfigFault([f"systems.{system}: transport.key or service_id.password is expected"])
        self.system, self.settings, self.password = system, settings, password
        self._userid = userid
        self._pinned = ssh_keys.pinned(system, settings.host_key)
        self._key = ssh_keys.private(system, key, passphrase) if key else None
        self._transport: paramiko.Transport | None = None
        self._pending = False

    def open(self) -> None:
        """Connect, check the host key, log on."""
        self.close()
        logging.getLogger("paramiko").setLevel(logging.CRITICAL)  # its errors are raised as well
        limit = Deadline(self.settings.connect_within)
        line = self._reach(limit)
        self._pending = False
        try:
            with self.whole():
                self._transport = paramiko.Transport(line, disabled_algorithms=WEAK)
                with closing_after(self._transport, limit.left()):
                    self._greet(self._transport, limit)
                    self._log_on(self._transport)
                self._transport.set_keepalive(KEEPALIVE)
        except LIBRARY_FAULTS as error:
            why = f"the connection to {self.where} was lost while it was being made: {in_words(error)}"
            self.unreached(why, error, typed=self._pending)
        finally:
            if self._transport is None:
                line.close()

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Whatever is raised in the block closes the connection; a fault of ours is HostUnreached, unless the password
        had left and was not answered."""
        try:
            yield
        except (BridgeError, *LIBRARY_FAULTS):
            self.close()
            raise
        except Exception as fault:
            self.close()
            if self._pending:
                raise
            name = type(fault).__name__
            self.log.warning("host.fault", system=self.system, error=name, where=place_of(fault))
            raise HostUnreached(self.system, OURS.format(name=name)) from fault
        except BaseException:
            self.close()
            raise

    def alive(self) -> bool:
        """Whether a channel can be opened: only a round trip shows it, the library's own knowledge is local."""
        transport = self._transport
        if transport is None or not transport.is_active():
            return False
        try:
            with closing_after(transport, ALIVE_WITHIN + 1):
                transport.open_session(timeout=ALIVE_WITHIN).close()
        except LIBRARY_FAULTS:
            return False
        return True

    def close(self) -> None:
        """End the connection and wait for its thread; never raises."""
        transport, self._transport = self._transport, None
        if transport is not None:
            with suppress(Exception):
                transport.close()
                transport.sock.close()
                if transport.is_alive():
                    transport.join(2)

    @property
    def where(self) -> str:
        """HOST:PORT, for an error's words."""
        return f"{self.settings.host}:{self.settings.port}"

    def unreached(self, why: str, cause: BaseException | None = None, *, typed: bool = False) -> NoReturn:
        """Close, and raise HostUnreached: nothing of an order has left. `typed`: the password has."""
        self.close()
        raise HostUnreached(self.system, why, typed=typed) from cause

    def _reach(self, limit: Deadline) -> socket.socket:
        """Connect to the first address that answers; each gets a fair part of the time."""
        host, port = self.settings.host, self.settings.port
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            self.unreached(f"the name {host} cannot be resolved; check transport.host and this machine's DNS", error)
        why = ""
        for at, (family, kind, protocol, _, address) in enumerate(found):
            line = socket.socket(family, kind, protocol)
            try:
                line.settimeout(max(0.05, limit.left() / (len(found) - at)))
                line.connect(address)
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError as error:
                line.close()
                why = in_words(error)
            else:
                return line
        why = f"nothing answers at {self.where} ({why}); check host, port, and the firewalls in between"
        raise HostUnreached(self.system, why)

    def _greet(self, transport: paramiko.Transport, limit: Deadline) -> None:
        """Agree on keys and prove that the host is the one that was pinned."""
        transport.banner_timeout = transport.auth_timeout = transport.channel_timeout = limit.left()
        transport.handshake_timeout = limit.left()
        options = transport.get_security_options()
        options.key_types = ssh_keys.preferred(self._pinned, options.key_types)
        try:
            transport.start_client(timeout=limit.left())
            seen = transport.get_remote_server_key()
        except LIBRARY_FAULTS as error:
            who = f" ({transport.remote_version})" if transport.remote_version else ""
            why = "time ran out" if limit.over else in_words(error)
            self.unreached(
                f"{self.where}{who} did not agree on a connection: {why}; is it an SSH server that knows more than "
                "SHA-1 and CBC?",
                error,
            )
        if seen not in self._pinned:
            expected = ", ".join(ssh_keys.in_words(key) for key in self._pinned)
            self.unreached(
                f"the host key of {self.where} is {ssh_keys.in_words(seen)}, expected was {expected}. Nothing was "
                "sent. Ask the host's administrator whether the key was changed: if so put the new one into "
                f"transport.host_key (ssh-keyscan -p {self.settings.port} {self.settings.host}); if not, somebody "
                "stands in between"
            )
        self.log.info(
            "host.key_proven", system=self.system, key=ssh_keys.in_words(seen), server=transport.remote_version
        )

    def _log_on(self, transport: paramiko.Transport) -> None:
        """Offer the key, or else the password, once. No agent, no key files, no keyboard-interactive."""
        by_password = self._key is None
        try:
            if self._key is not None:
                asked = transport.auth_publickey(self._userid, self._key)
                by_password = "password" in asked
                if not asked:
                    self._let_in("key")
                    return
            if not by_password or self.password is None:
                raise ServiceIdRejected(self.system, ["the host wants a second proof: " + ", ".join(asked)])
            self._pending = True
            asked = transport.auth_password(self._userid, self.password.expose(), fallback=False)
            self._pending = False
        except paramiko.BadAuthenticationType as error:
            raise ServiceIdRejected(self.system, ["it takes only " + ", ".join(error.allowed_types)]) from error
        except paramiko.AuthenticationException as error:
            said = self._said_ahead(transport)
            self._judge_refusal(str(error), said, by_password=by_password, cause=error)
        if asked:
            raise ServiceIdRejected(self.system, ["the host wants a further proof: " + ", ".join(asked)])
        self._let_in("password" if self._key is None else "key and password")

    def _let_in(self, by: str) -> None:
        self.log.info("host.logged_on", system=self.system, userid=self._userid, by=by)

    def _said_ahead(self, transport: paramiko.Transport) -> str:
        """The newest banner: get_banner() knows none any more once the line is cut."""
        banner: str | bytes | None = transport.auth_handler.banner if transport.auth_handler else None
        return banner.decode(self.settings.encoding, "replace") if isinstance(banner, bytes) else banner or ""

    def _judge_refusal(self, words: str, banner: str, *, by_password: bool, cause: Exception) -> NoReturn:
        """The library calls a refusal, silence and a dropped line by one name.

        A line that drops after the password counts as a refusal: hosts hang up on wrong ones, and each try counts. One
        that drops after the key does where the host says of the account that it is closed.
        """
        dropped = "shut down" in words or "EOF" in words
        kind = "password" if by_password else "key"
        if dropped and (barred := IS_BARRED.search(banner)):
            said = f"it hung up after the {kind} of {self._userid} and says: {barred[0].strip()[:200]}"
            raise ServiceIdRejected(self.system, [said], what=Refused.OTHER) from cause
        if "timeout" in words.lower() or (dropped and not by_password):
            why = f"it hung up after the {kind} of {self._userid}" if dropped else words
            self.unreached(f"{self.where} did not finish the logon: {why}", cause, typed=by_password)
        text = f"it hung up after the {kind}" if dropped else f"it does not take the {kind} of {self._userid}"
        raise ServiceIdRejected(self.system, [text]) from cause

    # --- conversations ----------------------------------------------------------------------------

    def converse(
        self, command: str, text: bytes, step: str, judge: Callable[[Heard], T], within: timedelta | None = None
    ) -> T:
        """Run a command, give it the text and the end of input, and return what `judge` makes of all that it said.

        Raises HostUnreached where it was not started. Any answer that is lost, by `judge` raising Lost too, closes the
        connection and raises AnswerLost.
        """
        channel = self._start(command)
        limit = Deadline(min(within or self.settings.answer_within, self.settings.answer_within))
        try:
            with closing_after(channel.get_transport(), limit.left() + 1):
                return judge(converse(channel, text, limit))
        except (Lost, *LIBRARY_FAULTS) as error:
            self.close()
            raise AnswerLost(self.system, step, limit.waited, in_words(error)) from error
        finally:
            with suppress(*LIBRARY_FAULTS):
                channel.close()

    def _start(self, command: str) -> paramiko.Channel:
        """Open a channel and start a command: until then nothing of the order has left."""
        transport, limit = self._transport, Deadline(self.settings.connect_within)
        if transport is None or not transport.is_active():
            self.unreached(f"the connection to {self.where} is gone; it will be made anew")
        try:
            with closing_after(transport, limit.left()):
                channel = transport.open_session(timeout=limit.left())
                channel.exec_command(command.encode(self.settings.encoding))
        except LIBRARY_FAULTS as error:
            self.unreached(f"{self.where} did not start {command!r}: {in_words(error)}", error)
        return channel

    def refuse_expired(self, said: str) -> None:
        """Raise ServiceIdRejected where sshd started nothing, since the service id's password has expired."""
        if HAS_EXPIRED.search(said):
            name = self._userid
            raise ServiceIdRejected(
                self.system,
                [f"the password of {name} has expired, and sshd lets nobody choose another without a terminal"],
                what=Refused.EXPIRED,
                advice=f"give {name} one on the host that lasts; where a password logs on put it into its file, "
                f"where a key does: resetbridge service-id retry {self.system}",
            )

    def decoded(self, heard: Heard) -> tuple[str, str]:
        """Output and errors as text."""
        encoding = self.settings.encoding
        return heard.out.decode(encoding, "replace"), heard.err.decode(encoding, "replace")

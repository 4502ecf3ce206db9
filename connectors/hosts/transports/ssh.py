"""SSH: orders go to a fixed helper on the host, over its standard input: arguments can be listed by others there.

One connection is kept; each order has a channel of its own. paramiko.Transport is driven directly and not through
SSHClient: that one pins one host key type only, and would try the password after a refused key by itself.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Final, NoReturn

import paramiko

from bridge.config.model import Ssh
from bridge.domain.errors import AnswerLost, ConfigFault, HostUnreached, ServiceIdRejected
from bridge.domain.outcome import Order, Reply, Verb
from bridge.domain.secret import Secret
from connectors.hosts.transports import helper, ssh_keys
from connectors.hosts.transports.ssh_channel import LIBRARY_FAULTS, Heard, Lost, closing_after, converse, in_words
from connectors.machine import Deadline, dice

WEAK: Final = {
    "ciphers": ["aes128-cbc", "aes192-cbc", "aes256-cbc", "3des-cbc"],
    "macs": ["hmac-sha1", "hmac-sha1-96", "hmac-md5", "hmac-md5-96"],
}
KEEPALIVE: Final = 30
ALIVE_WITHIN: Final = 5.0
NOT_STARTED: Final = frozenset({126, 127})
"""What a shell exits with when it could not start the command."""


class SshWire:
    """A Wire to the helper. Raises ConfigFault at once for keys that cannot be used.

    key        the private key's text; where there is one, the password is given only if the host asks for both
    dice       n → n random bytes, for nonces
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
        dice: Callable[[int], bytes] = dice,
    ) -> None:
        if not password and not key:
            raise ConfigFault([f"systems.{system}: transport.key or service_id.password is expected"])
        self._system, self._settings, self._userid = system, settings, userid
        self.password = password
        self._pinned = ssh_keys.pinned(system, settings.host_key)
        self._key = ssh_keys.private(system, key, passphrase) if key else None
        self._dice = dice
        self._transport: paramiko.Transport | None = None

    # --- the connection ---------------------------------------------------------------------------

    def open(self) -> None:
        """Connect, check the host key, log on, and let the helper answer a ping."""
        self.close()
        logging.getLogger("paramiko").setLevel(logging.WARNING)
        limit = Deadline(self._settings.connect_within)
        line = self._reach(limit)
        try:
            self._transport = paramiko.Transport(line, disabled_algorithms=WEAK)
            with closing_after(self._transport, limit.left()):
                self._greet(self._transport, limit)
                self._log_on(self._transport)
            self._transport.set_keepalive(KEEPALIVE)
            self._ping()
        except LIBRARY_FAULTS as error:
            self._unreached(
                f"the connection to {self._where} was lost while it was being made: {in_words(error)}", error
            )
        except BaseException:
            self.close()
            raise
        finally:
            if self._transport is None:
                line.close()

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
    def _where(self) -> str:
        return f"{self._settings.host}:{self._settings.port}"

    def _unreached(self, why: str, cause: BaseException | None = None) -> NoReturn:
        self.close()
        raise HostUnreached(self._system, why) from cause

    def _reach(self, limit: Deadline) -> socket.socket:
        """Connect to the first address that answers; each gets a fair part of the time."""
        host, port = self._settings.host, self._settings.port
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            self._unreached(f"the name {host} cannot be resolved; check transport.host and this machine's DNS", error)
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
        why = f"nothing answers at {self._where} ({why}); check host, port, and the firewalls in between"
        raise HostUnreached(self._system, why)

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
            self._unreached(
                f"{self._where}{who} did not agree on a connection: {in_words(error)}; is it an SSH server that "
                "knows more than SHA-1 and CBC?",
                error,
            )
        if seen not in self._pinned:
            expected = ", ".join(ssh_keys.in_words(key) for key in self._pinned)
            self._unreached(
                f"the host key of {self._where} is {ssh_keys.in_words(seen)}, expected was {expected}. Nothing was "
                "sent. Ask the host's administrator whether the key was changed: if so put the new one into "
                f"transport.host_key (ssh-keyscan -p {self._settings.port} {self._settings.host}); if not, somebody "
                "stands in between"
            )

    def _log_on(self, transport: paramiko.Transport) -> None:
        """Offer the key, or else the password, once. No agent, no key files, no keyboard-interactive."""
        by_password = self._key is None
        try:
            if self._key is not None:
                asked = transport.auth_publickey(self._userid, self._key)
                by_password = "password" in asked
                if not asked:
                    return
            if not by_password or self.password is None:
                raise ServiceIdRejected(self._system, ["the host wants a second proof: " + ", ".join(asked)])
            asked = transport.auth_password(self._userid, self.password.expose(), fallback=False)
        except paramiko.BadAuthenticationType as error:
            raise ServiceIdRejected(self._system, ["it takes only " + ", ".join(error.allowed_types)]) from error
        except paramiko.AuthenticationException as error:
            self._judge_refusal(str(error), by_password=by_password, cause=error)
        if asked:
            raise ServiceIdRejected(self._system, ["the host wants a further proof: " + ", ".join(asked)])

    def _judge_refusal(self, words: str, *, by_password: bool, cause: Exception) -> NoReturn:
        """The library calls a refusal, silence and a dropped line by one name.

        A line that drops after the password counts as a refusal: hosts hang up on wrong ones, and each try counts.
        """
        dropped = "shut down" in words or "EOF" in words
        if "timeout" in words.lower() or (dropped and not by_password):
            self._unreached(f"{self._where} did not finish the logon: {words}", cause)
        kind = "password" if by_password else "key"
        text = f"it hung up after the {kind}" if dropped else f"it does not take the {kind} of {self._userid}"
        raise ServiceIdRejected(self._system, [text]) from cause

    def _ping(self) -> None:
        try:
            reply = self.run(Order(verb=Verb.PING))[0]
        except AnswerLost as error:
            self._unreached(f"the helper does not answer a ping: {error.why or 'time ran out'}", error)
        if reply.code != 0:
            self._unreached(f"the helper answers a ping with code {reply.code}: {' / '.join(reply.said)[:200]}")

    # --- orders -----------------------------------------------------------------------------------

    def run(self, order: Order) -> tuple[Reply, ...]:
        """Have the helper carry out the order; one Reply. The connection is given up with any answer that is lost."""
        nonce = self._dice(helper.NONCE_BYTES).hex()
        line = helper.request(order, nonce).expose().encode("ascii")
        secrets = [secret for secret in (order.new, self.password) if secret]
        channel = self._start_helper()
        limit = Deadline(self._settings.answer_within)
        try:
            with closing_after(channel.get_transport(), limit.left() + 1):
                heard = converse(channel, line, limit)
                return (self._judge(heard, nonce, secrets),)
        except (Lost, *LIBRARY_FAULTS) as error:
            self.close()
            raise AnswerLost(self._system, order.verb, limit.waited, in_words(error)) from error
        finally:
            with suppress(*LIBRARY_FAULTS):
                channel.close()

    def _start_helper(self) -> paramiko.Channel:
        """Open a channel and start the helper: until then nothing of the order has left."""
        transport, limit = self._transport, Deadline(self._settings.connect_within)
        if transport is None or not transport.is_active():
            self._unreached(f"the connection to {self._where} is gone; it will be made anew")
        try:
            with closing_after(transport, limit.left()):
                channel = transport.open_session(timeout=limit.left())
                channel.exec_command(self._settings.helper.encode(self._settings.encoding))
        except LIBRARY_FAULTS as error:
            self._unreached(
                f"{self._where} did not start the helper {self._settings.helper!r}: {in_words(error)}", error
            )
        return channel

    def _judge(self, heard: Heard, nonce: str, secrets: list[Secret]) -> Reply:
        """Believe a whole frame of a helper that ended by itself; raise for everything else."""
        encoding = self._settings.encoding
        out, err = heard.out.decode(encoding, "replace"), heard.err.decode(encoding, "replace")
        if heard.status == -1:
            raise Lost("the helper was ended by a signal, or the host did not say how it ended")
        reply = helper.read(out, nonce, secrets)
        if reply.prompt:
            return reply
        said = helper.noise(err + "\n" + out, secrets) or "nothing"
        if heard.status in NOT_STARTED and not helper.began(out):
            self._unreached(
                f"the host cannot start the helper {self._settings.helper!r} (exit {heard.status}, it says: {said}); "
                "install it as deploy/zos/README.md says, or mend transport.helper"
            )
        kind = "an answer that is cut off or another order's" if helper.began(out) else "no answer of the helper's"
        raise Lost(f"{kind} (exit {heard.status}, it says: {said})")

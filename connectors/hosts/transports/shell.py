"""SSH to a shell: an order becomes a script on its standard input; the command that ssh starts is always the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bridge.config.model import Ssh
from bridge.domain.errors import AnswerLost
from bridge.domain.outcome import Order, Reply, Verb
from bridge.domain.secret import Secret
from connectors.hosts.transports import script
from connectors.hosts.transports.base import Log
from connectors.hosts.transports.helper import NONCE_BYTES, noise
from connectors.hosts.transports.ssh import NOT_STARTED
from connectors.hosts.transports.ssh_channel import Heard, Lost
from connectors.hosts.transports.ssh_connection import SshConnection
from connectors.machine import dice

SETTING: Final = "transport.shell"


class ShellWire:
    """A Wire to a shell. Raises ConfigFault at once for keys that cannot be used.

    shell   the command that reads a script on its standard input
    key     the private key's text; where there is one, the password is given only if the host asks for both
    dice    n → n random bytes, for nonces
    log     told of host key and logon

    A Reply's code is the exit status of its line; lines behind one that failed are not run and have no Reply.
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
        shell: str,
        dice: Callable[[int], bytes] = dice,
        log: Log | None = None,
    ) -> None:
        self._line = SshConnection(system, settings, userid, password, key, passphrase, log=log)
        self._shell, self._dice = settings.shell or shell, dice

    @property
    def password(self) -> Secret | None:
        """What it logs on with, None where only a key does."""
        return self._line.password

    def open(self) -> None:
        """Connect, check the host key, log on, and let the shell run a script that does nothing."""
        self._line.open()
        try:
            with self._line.whole():
                self.run(Order(verb=Verb.PING))
        except AnswerLost as error:
            why = error.why or "time ran out"
            self._line.unreached(f"{self._shell!r} does not answer as a shell does: {why}", error)

    def alive(self) -> bool:
        """Whether a channel can be opened."""
        return self._line.alive()

    def close(self) -> None:
        """End the connection and wait for its thread; never raises."""
        self._line.close()

    def run(self, order: Order) -> tuple[Reply, ...]:
        """Have the shell run the order's lines. The connection is given up with any answer that is lost."""
        nonce = self._dice(NONCE_BYTES).hex()
        text = script.script(order, nonce)
        secrets = [secret for secret in (order.new, self.password, *text.secrets) if secret]
        sent = text.expose().encode("ascii")
        replies = self._line.converse(
            self._shell, sent, order.verb, lambda heard: self._judge(heard, nonce, secrets), order.within
        )
        for typed, reply in zip(order.typed, replies, strict=False):
            self._line.log.debug(
                "host.answered", system=self._line.system, line=typed.in_words, rows=reply.rows, code=reply.code
            )
        return replies

    def _judge(self, heard: Heard, nonce: str, secrets: list[Secret]) -> tuple[Reply, ...]:
        """Believe a whole frame of a shell that ended by itself; raise for everything else."""
        out, err = self._line.decoded(heard)
        if heard.status == -1:
            raise Lost("the host did not say how the shell ended: the line was cut, or a signal ended it")
        replies = script.read(out, nonce, secrets)
        if replies is not None:
            return replies
        said = noise(err + "\n" + out, secrets) or "nothing"
        began = script.began(out, nonce)
        if not began:
            self._line.refuse_expired(err + out)
        if heard.status in NOT_STARTED and not began:
            self._line.unreached(
                f"the host cannot start {self._shell!r} (exit {heard.status}, it says: {said}); mend {SETTING}"
            )
        raise Lost(f"no whole answer (exit {heard.status}, it says: {said})")

"""SSH to a fixed helper on the host: orders go over its standard input, since others there can list arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bridge.config.model import Ssh
from bridge.domain.errors import AnswerLost
from bridge.domain.outcome import Order, Reply, Verb
from bridge.domain.secret import Secret
from connectors.hosts.transports import helper
from connectors.hosts.transports.base import Log
from connectors.hosts.transports.ssh_channel import Heard, Lost
from connectors.hosts.transports.ssh_connection import SshConnection
from connectors.machine import dice

NOT_STARTED: Final = frozenset({126, 127})
"""What a shell exits with when it could not start the command."""


class SshWire:
    """A Wire to the helper. Raises ConfigFault at once for keys that cannot be used.

    key        the private key's text; where there is one, the password is given only if the host asks for both
    dice       n → n random bytes, for nonces
    log        told of host key, logon, and what the helper says of itself
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
        log: Log | None = None,
    ) -> None:
        self._line = SshConnection(system, settings, userid, password, key, passphrase, log=log)
        self._helper, self._dice = settings.helper, dice

    @property
    def password(self) -> Secret | None:
        """What it logs on with, None where only a key does."""
        return self._line.password

    def open(self) -> None:
        """Connect, check the host key, log on, and let the helper answer a ping."""
        self._line.open()
        with self._line.whole():
            self._ping()

    def alive(self) -> bool:
        """Whether a channel can be opened."""
        return self._line.alive()

    def close(self) -> None:
        """End the connection and wait for its thread; never raises."""
        self._line.close()

    def run(self, order: Order) -> tuple[Reply, ...]:
        """Have the helper carry out the order; one Reply. The connection is given up with any answer that is lost."""
        nonce = self._dice(helper.NONCE_BYTES).hex()
        line = helper.request(order, nonce).expose().encode("ascii")
        secrets = [secret for secret in (order.new, self.password) if secret]
        reply = self._line.converse(
            self._helper, line, order.verb, lambda heard: self._judge(heard, nonce, secrets), order.within
        )
        if order.asked is not None:
            self._line.log.debug(
                "host.answered", system=self._line.system, line=str(order.asked), rows=reply.rows, code=reply.code
            )
        return (reply,)

    def _ping(self) -> None:
        try:
            reply = self.run(Order(verb=Verb.PING))[0]
        except AnswerLost as error:
            self._line.unreached(f"the helper does not answer a ping: {error.why or 'time ran out'}", error)
        if reply.code != 0:
            self._line.unreached(f"the helper answers a ping with code {reply.code}: {' / '.join(reply.said)[:200]}")
        self._line.log.info("host.helper", system=self._line.system, said=" / ".join(reply.said)[:200])

    def _judge(self, heard: Heard, nonce: str, secrets: list[Secret]) -> Reply:
        """Believe a whole frame of a helper that ended by itself; raise for everything else."""
        out, err = self._line.decoded(heard)
        if heard.status == -1:
            raise Lost("the host did not say how the helper ended: the line was cut, or a signal ended it")
        reply = helper.read(out, nonce, secrets)
        if reply.prompt:
            return reply
        said = helper.noise(err + "\n" + out, secrets) or "nothing"
        began = helper.began(out)
        if not began:
            self._line.refuse_expired(err + out)
        if heard.status in NOT_STARTED and not began:
            self._line.unreached(
                f"the host cannot start the helper {self._helper!r} (exit {heard.status}, it says: {said}); "
                "install it as deploy/zos/README.md says, or mend transport.helper"
            )
        kind = "an answer that is cut off or another order's" if began else "no answer of the helper's"
        raise Lost(f"{kind} (exit {heard.status}, it says: {said})")

"""What every transport keeps: a Wire carries orders to one host and brings back what it said; a Log is told of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from bridge.domain.outcome import Order, Reply
from bridge.domain.secret import Secret

OURS: Final = "a fault of this program ended the logon, and no password is in doubt: {name}"


@dataclass(frozen=True, slots=True)
class Manager:
    """Who the service id is to a session manager that has passwords of its own."""

    userid: str
    password: Secret


class Wire(Protocol):
    """One logged-on connection under one service id. Not thread-safe: a slot's thread owns it.

    Raises HostUnreached (nothing of this order was sent), AnswerLost (something may have happened),
    ServiceIdRejected (the logon was refused; never try again by itself).
    """

    @property
    def password(self) -> Secret | None:
        """What it logs on with, None where a key does: the circuit does not let a refused one be tried again."""

    def open(self) -> None:
        """Connect and log on, to where orders can be taken. Bounded by the transport's own limits."""

    def run(self, order: Order) -> tuple[Reply, ...]:
        """Carry out an order: one Reply per line that was typed (a helper gives exactly one for the whole order).

        Secrets are masked in every Reply, also when a row or a change of case splits or alters them.
        Stops after a line whose prompt did not come, leaves the session at its top level, and returns what it has:
        the last Reply then has prompt "". Stops as well before a line that is to be typed only `after` a certain
        answer. Raises AnswerLost if no end came within the limit.
        """

    def alive(self) -> bool:
        """Whether the connection can still be used: one cheap round trip at the most."""

    def close(self) -> None:
        """Log off if that is still possible, end the child process or connection; never raises."""


class Log(Protocol):
    """Where facts go: an event's name and plain values. structlog's loggers are such."""

    def debug(self, event: str, **facts: object) -> object:
        """Take a fact that helps in finding faults."""

    def info(self, event: str, **facts: object) -> object:
        """Take a fact worth keeping."""

    def warning(self, event: str, **facts: object) -> object:
        """Take a fact that somebody should look at."""


class Silence:
    """A Log that keeps nothing."""

    def debug(self, event: str, **facts: object) -> None:
        """Forget it."""

    info = warning = debug

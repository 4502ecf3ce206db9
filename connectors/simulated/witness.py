"""What a test may know of a simulated host: everything typed, every password set. Nothing else keeps secrets."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from threading import Condition, RLock
from typing import Any, TypeVar

from connectors.simulated.entry import Outcome

T = TypeVar("T")


class Lines(list[str]):
    """Command lines. `count("ALTUSER")` is how many begin with, or contain, that."""

    def count(self, value: Any) -> int:
        return sum(str(value).upper() in line.upper() for line in self)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One logon. `outcome` is None where the session was refused for another reason than the security product's."""

    userid: str
    outcome: Outcome | None
    at: datetime
    hidden: bool
    """Whether the password was typed into a field that does not show it."""


class Witness:
    """Give one to a simulated host. Thread-safe; what it returns are copies."""

    def __init__(self) -> None:
        self._typed = Lines()
        self._passwords: list[str] = []
        self._logons: list[Attempt] = []
        self._violations: list[str] = []
        self._changed = Condition(RLock())

    @property
    def typed(self) -> Lines:
        """Every command that was run, secrets included, in order."""
        with self._changed:
            return Lines(self._typed)

    @property
    def passwords_ever_set(self) -> list[str]:
        with self._changed:
            return list(self._passwords)

    @property
    def logons(self) -> list[Attempt]:
        with self._changed:
            return list(self._logons)

    @property
    def violations(self) -> list[str]:
        """What a careful client never does: typing where no field is, keys on a locked keyboard, a shown password."""
        with self._changed:
            return list(self._violations)

    def ran(self, line: str) -> None:
        self._add(self._typed, line)

    def password_set(self, _userid: str, password: str) -> None:
        self._add(self._passwords, password)

    def logged_on(self, attempt: Attempt) -> None:
        self._add(self._logons, attempt)

    def objected(self, what: str) -> None:
        self._add(self._violations, what)

    def _add(self, items: list[T], item: T) -> None:
        with self._changed:
            items.append(item)
            self._changed.notify_all()

    def wait_until(self, holds: Callable[["Witness"], bool], timeout: float) -> bool:
        """Wait until `holds(witness)`; False when it does not within so many seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: holds(self), timeout)

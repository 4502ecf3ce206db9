"""What products that are typed into a shell have in common: their file, settings, orders, and answers by name. Pure."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from itertools import zip_longest
from typing import ClassVar, Final, Generic, TypeVar

from bridge.domain.errors import NotProven
from bridge.domain.names import Userid
from bridge.domain.outcome import Order, Reply, Verb
from bridge.domain.secret import Secret
from connectors.hosts.dialogs.orders import Command, Orders
from connectors.hosts.dialogs.reader import shipped_orders
from connectors.hosts.products.patterns import Patterns, Table, compiled

BUSY_FOR: Final = timedelta(seconds=20)

S = TypeVar("S")


class Shelled(ABC, Generic[S]):
    """One system. `settings` are those of the product in its configuration, `orders` what its file says.

    step      what a change is called in an error's words
    defaults  makes settings where none are given
    """

    step: ClassVar[str]
    defaults: ClassVar[Callable[[], object]]

    def __init__(
        self,
        system: str,
        *,
        patterns: Mapping[str, Sequence[str]] | None = None,
        ignore: Sequence[str] = (),
        today: Callable[[], date] | None = None,
        settings: S | None = None,
        orders: Orders | None = None,
    ) -> None:
        self.system = system
        self._settings: S = settings or type(self).defaults()  # type: ignore[assignment]
        self._today = today
        self._orders = orders or shipped_orders(self._shipped(self._settings)).dialog
        self._patterns = Patterns(system, Table.of(self._orders), patterns or {}, ignore)
        self.proof_grain = self._grain
        self._busy = [compiled(text) for text in self._orders.busy]

    @classmethod
    @abstractmethod
    def _shipped(cls, settings: S) -> str:
        """The name of the file that is shipped."""

    @property
    @abstractmethod
    def _grain(self) -> timedelta:
        """How close together two changes may be and still look like one."""

    @abstractmethod
    def _words(self) -> Mapping[str, str]:
        """What stands for itself in a line → what the configuration says."""

    @abstractmethod
    def _takes(self, new: Secret) -> Secret:
        """The value, if it can be given. Raises BadInput."""

    def _changes(self, userid: Userid) -> Userid:
        """The userid, if anything of it may be changed. Raises BadInput."""
        return userid

    def status(self, userid: Userid) -> Order:
        """What shows an account."""
        return self._order(Verb.STATUS, self._orders.commands.status, userid)

    def reset(self, userid: Userid, new: Secret, *, resume: bool) -> Order:
        """A password, to be changed at first use. Raises BadInput on a value that cannot be given."""
        command = self._orders.commands.reset
        return self._order(Verb.RESET, command, self._changes(userid), self._takes(new), resume=resume)

    def unlock(self, userid: Userid) -> Order:
        """Let in again who was locked out by wrong passwords: no new password."""
        return self._order(Verb.UNLOCK, self._orders.commands.unlock, self._changes(userid))

    def _order(
        self, verb: Verb, command: Command, userid: Userid, new: Secret | None = None, *, resume: bool = False
    ) -> Order:
        lift_lock = bool(getattr(self._settings, "lift_lock", False))
        typed = self._orders.typed(command, userid, new, resume=resume, lift_lock=lift_lock, words=self._words())
        return Order(verb=verb, userid=userid, new=new, typed=typed, within=command.within)

    def _answers(self, replies: Sequence[Reply]) -> dict[str, Reply]:
        """What was answered to `status`, by its names; empty where there are more answers than lines."""
        pairs = list(zip_longest(self._orders.shown, replies))
        if len(replies) > len(self._orders.shown):
            return {}
        return {name: reply for name, reply in pairs if name is not None and reply is not None}

    def _refuse_busy(self, rows: Sequence[str]) -> None:
        """Raise NotProven where another program is at work."""
        if busy := next((row for row in rows if any(one.search(row) for one in self._busy)), None):
            raise NotProven(self.system, f"another program is at work on it: {busy.strip()}", BUSY_FOR)

"""Clock, dice, directory and relay in memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from bridge.domain.errors import BridgeError, DirectoryUnreached, MailUnreached, NoMailKey
from bridge.domain.names import Account, Person
from bridge.domain.secret import Secret
from bridge.ports import CodeMail, LinkMail, Notice, PersonRecord, Wrapping


class FakeClock:
    """A clock that stands still until moved."""

    def __init__(self, at: datetime = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)) -> None:
        self.at, self.set_back = at, timedelta(0)

    def now(self) -> datetime:
        return self.at

    def latest(self) -> datetime:
        return self.at + self.set_back

    def sleep(self, pause: timedelta) -> None:
        self.at += pause

    def move(self, **by: float) -> None:
        """E.g. move(hours=1)."""
        self.at += timedelta(**by)

    def put_back(self, **by: float) -> None:
        """Set the clock back; no less time has passed for that."""
        self.at -= timedelta(**by)
        self.set_back += timedelta(**by)


def dice(count: int) -> bytes:
    return os.urandom(count)


class FakeDirectory:
    """People in a list. `away`: no question is answered; `asked` is called at each."""

    def __init__(self, *people: PersonRecord, asked: Callable[[], None] = lambda: None) -> None:
        self.people = list(people)
        self.away = False
        self.asked = asked

    def owner_of(self, account: Account) -> PersonRecord | None:
        self._reach()
        return next((record for record in self.people if account in record.accounts), None)

    def person(self, person: Person) -> PersonRecord | None:
        self._reach()
        return next((record for record in self.people if record.person == person), None)

    def everyone(self) -> list[PersonRecord]:
        self._reach()
        return list(self.people)

    def _reach(self) -> None:
        self.asked()
        if self.away:
            raise DirectoryUnreached("the directory of people cannot be used: people.csv: line 3")


class FakeMail:
    """A relay that keeps what it is given. `faults` meet connecting and sending, in order; None lets one pass."""

    def __init__(self) -> None:
        self.links: list[LinkMail] = []
        self.notices: list[Notice] = []
        self.codes: list[CodeMail] = []
        self.connecting: list[BridgeError | None] = []
        self.sending: list[BridgeError | None] = []
        self.wraps = Wrapping()
        self.no_key = ""

    def wrapping(self, to: str) -> Wrapping:
        """How mail is said to leave, or NoMailKey for the reason set."""
        if self.no_key:
            raise NoMailKey(self.no_key)
        return self.wraps

    @contextmanager
    def relay(self) -> Iterator[FakeMail]:
        self._meet(self.connecting)
        yield self

    def send_link(self, mail: LinkMail) -> Wrapping:
        self._meet(self.sending)
        how = self.wrapping(mail.to)
        self.links.append(mail)
        return how

    def send_notice(self, notice: Notice) -> None:
        self._meet(self.sending)
        self.notices.append(notice)

    def send_code(self, mail: CodeMail) -> None:
        self._meet(self.sending)
        self.codes.append(mail)

    @staticmethod
    def _meet(faults: list[BridgeError | None]) -> None:
        if faults and (fault := faults.pop(0)):
            raise fault


class FakeGateway:
    """Keeps what it is given. `faults` meet sending, in order; `away` meets whoever looks whether it is there."""

    lapse, most = timedelta(minutes=10), 5

    def __init__(self) -> None:
        self.codes: list[Secret] = []
        self.masters: list[tuple[str, Secret]] = []
        self.faults: list[BridgeError | None] = []
        self.away: BridgeError | None = None

    def reach(self) -> None:
        if self.away:
            raise self.away

    def send(self, phone: str, code: Secret, language: str, *, master: bool = False) -> None:
        FakeMail._meet(self.faults)
        if master:
            self.masters.append((phone, code))
        else:
            self.codes.append(code)


def unreached() -> MailUnreached:
    return MailUnreached("the relay is away")

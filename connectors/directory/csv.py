"""A directory kept as a file, people.csv, written by whatever exports it.

A file that is broken or gone is not used: the people of the last good reading stay in force, and the log says so at
every look until the file is mended. With nothing read yet, every question fails instead of answering "nobody".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock

from bridge.domain.errors import BadInput, ConfigFault, DirectoryUnreached
from bridge.domain.names import Account, Person
from bridge.domain.roster import Roster, decoded, fields_of, read_roster
from bridge.observe import events
from bridge.ports import Clock, PersonRecord

log = events.logger("directory")
Mark = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _People:
    """One good reading. `mark` tells the file it came from apart from a newer one."""

    mark: Mark
    people: Mapping[Person, PersonRecord] = field(default_factory=dict)
    owners: Mapping[Account, PersonRecord] = field(default_factory=dict)


class CsvDirectory:
    """Reads the file when it has changed; safe to share between threads.

    read     the table's text → what it says
    most     a file that was last written longer ago is not used at all, and neither is its last good reading
    """

    def __init__(
        self, path: Path, read: Callable[[str], Roster] = read_roster, most: timedelta | None = None,
        clock: Clock | None = None,
    ) -> None:  # fmt: skip
        self._path, self._roster = path, read
        self._most, self._clock = most, clock
        self._lock = Lock()
        self._good: _People | None = None

    def owner_of(self, account: Account) -> PersonRecord | None:
        """The person whose account it is. Raises DirectoryUnreached while no reading has ever been good."""
        return self._people().owners.get(account)

    def person(self, person: Person) -> PersonRecord | None:
        """The person of that name. Raises DirectoryUnreached while no reading has ever been good."""
        return self._people().people.get(person)

    def everyone(self) -> list[PersonRecord]:
        """All of them. Raises DirectoryUnreached while no reading has ever been good."""
        return list(self._people().people.values())

    def check(self) -> list[PersonRecord]:
        """Read the file now. Returns the people that it names; raises ConfigFault with every mistake in it."""
        return list(self._read().people.values())

    def _people(self) -> _People:
        with self._lock:
            good = self._good
            try:
                if good is None or good.mark != self._mark():
                    good = self._read()
            except ConfigFault as fault:
                used = "nothing: every question about people fails" if good is None else "the last good reading"
                log.error("directory.broken", fault=fault.faults[0], used=used)
                if good is None:
                    raise DirectoryUnreached(f"the directory of people cannot be used: {fault.faults[0]}") from None
            self._good = good
            if stale := self.stale(good.mark):
                raise DirectoryUnreached(f"the directory of people cannot be used: {stale}")
            return good

    def stale(self, mark: Mark | None = None) -> str | None:
        """What is wrong with the file's age; None: nothing."""
        if self._most is None or self._clock is None:
            return None
        written = datetime.fromtimestamp((mark or self._mark())[0] / 1e9, UTC)
        if self._clock.latest() - written <= self._most:
            return None
        return f"{self._path} was last written on {written:%Y-%m-%d %H:%M} UTC, longer ago than csv_age allows"

    def _mark(self) -> Mark:
        try:
            stat = self._path.stat()
        except OSError as error:
            raise ConfigFault([f"{self._path}: cannot be read: {error.strerror}"]) from None
        return stat.st_mtime_ns, stat.st_size, stat.st_ino

    def _read(self) -> _People:
        mark = self._mark()
        try:
            text = decoded(self._path.read_bytes())
        except BadInput as bad:
            raise ConfigFault([f"{self._path}: {bad}"]) from None
        except OSError as error:
            raise ConfigFault([f"{self._path}: cannot be read: {error.strerror}"]) from None
        roster = self._roster(text)
        if roster.faults:
            raise ConfigFault([f"{self._path}: {fault}" for fault in roster.faults])
        records = [PersonRecord(**fields_of(entry)) for entry in roster.entries]
        return _People(
            mark=mark,
            people={record.person: record for record in records},
            owners={account: record for record in records for account in record.accounts},
        )

"""A table of people that somebody else's program writes: a personnel system's report, with its own names for columns.

Such reports have a line for each telephone number, job or userid of a person: lines of one person are read as one, and
where they differ in what can only be one thing, the table is wrong. People who have left stand in them as well; `only`
leaves them out.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bridge.domain.errors import BadInput
from bridge.domain.mapping import Reading
from bridge.domain.names import Account
from bridge.domain.roster import Entry, Roster

SEPARATORS: Final[Mapping[str, str]] = {"comma": ",", "semicolon": ";", "tab": "\t"}


@dataclass(frozen=True, slots=True)
class Report:
    """How to read it.

    separator  between two cells
    only       column → the values of which it has to hold one for the line to count; case counts
    """

    reading: Reading
    separator: str = ","
    only: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def read(self, text: str) -> Roster:
        """The whole table; every mistake is named by its line, and with one the table is not used."""
        rows = csv.reader(text.removeprefix("\ufeff").splitlines(keepends=True), delimiter=self.separator, strict=True)
        people: dict[str, dict[str, list[str]]] = {}
        lines: dict[str, int] = {}
        try:
            header = [cell.strip() for cell in next(rows, [])]
            if slip := self._header(header):
                return Roster(faults=(f"line 1: {slip}",))
            for row in rows:
                if not any(cell.strip() for cell in row):
                    continue
                if len(row) != len(header):
                    return Roster(faults=(_count(rows.line_num, len(header), len(row)),))
                cells = dict(zip(header, (cell.strip() for cell in row), strict=True))
                if any(cells[column] not in values for column, values in self.only.items()):
                    continue
                person = cells[self.reading.fields["person"]]
                lines.setdefault(person, rows.line_num)
                for name, cell in cells.items():
                    people.setdefault(person, {}).setdefault(name, []).append(cell)
        except csv.Error as error:
            return Roster(faults=(f"line {rows.line_num}: not a table of such cells: {error}",))
        return self._entries(people, lines)

    def _header(self, header: Sequence[str]) -> str | None:
        wanted = {*self.reading.wanted, *self.only}
        if missing := sorted(wanted - set(header)):
            return (
                f"columns called {', '.join(map(repr, missing))} are expected, as the configuration names them; "
                f"there are {', '.join(map(repr, header))[:300]}"
            )
        twice = sorted({name for name in wanted if header.count(name) > 1})
        return f"one column called {twice[0]!r} is expected, there are several" if twice else None

    def _entries(self, people: Mapping[str, Mapping[str, list[str]]], lines: Mapping[str, int]) -> Roster:
        entries: list[Entry] = []
        faults: list[str] = []
        owners: dict[Account, int] = {}
        for person, values in people.items():
            line = lines[person]
            filled = {name: [cell for cell in cells if cell] for name, cells in values.items()}
            try:
                entry = self.reading.entry(filled, line)
            except BadInput as bad:
                faults.append(f"line {line}: {bad}")
                continue
            entries.append(entry)
            for account in entry.accounts:
                first = owners.setdefault(account, line)
                if first != line:
                    faults.append(f"line {line}: accounts: {account} belongs to the person in line {first} already")
        return Roster(entries=() if faults else tuple(entries), faults=tuple(faults))


def _count(line: int, expected: int, found: int) -> str:
    return f"line {line}: {expected} cells are expected, as in the first line; {found} stand here: see `separator`"

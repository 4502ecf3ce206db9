"""Tables that commands work through line by line, and the note beside them of which lines are done.

Lines are counted as an editor counts them: from 1, the heading among them. A cell may hold line ends; its row then is
where it begins.
"""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import click

from bridge.domain.errors import BadInput
from bridge.flows.people import BadTable

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which a table has to have, and which else it may. None: any."""

    needed: tuple[str, ...]
    also: tuple[str, ...] | None = ()

    @property
    def words(self) -> str:
        """What is expected."""
        wanted = ",".join(self.needed)
        if not self.also:
            return f"a column {wanted} is expected" if len(self.needed) == 1 else f"the columns {wanted} are expected"
        return f"the columns are expected: {wanted} and, if wanted, {','.join(self.also)}"

    def fit(self, header: Sequence[str]) -> bool:
        """Whether these are such columns, each once."""
        strangers = set(header) - {*self.needed, *(self.also or ())}
        return set(self.needed) <= set(header) and len(set(header)) == len(header) and not (
            strangers and self.also is not None
        )  # fmt: skip


def read(file: Path, columns: Columns, make: Callable[[Mapping[str, str]], T], *, undone: str) -> dict[int, T]:
    """Line → what `make` makes of the row that begins there; it raises BadInput. Empty rows are passed over.

    Raises BadTable with every bad line, and that `undone`: nothing has been done then.
    """
    made, faults = {}, []
    for line, row in _rows(file, columns):
        try:
            made[line] = make(row())
        except BadInput as bad:
            faults.append(f"{file}: line {line}: {bad}")
    if faults:
        raise BadTable([*faults, f"{file}: {undone}"])
    return made


def _rows(file: Path, columns: Columns) -> Iterator[tuple[int, Callable[[], dict[str, str]]]]:
    try:
        rows = csv.reader(io.StringIO(file.read_bytes().decode("utf-8-sig"), newline=""), strict=True)
        header = [cell.strip().lower() for cell in next(rows, [])]
        if not columns.fit(header):
            raise BadTable([f"{file}: line 1: {columns.words}"])
        ended = rows.line_num
        for row in rows:
            begun, ended = ended + 1, rows.line_num
            if any(cell.strip() for cell in row):
                yield begun, partial(_cells, header, row)
    except OSError as error:
        raise BadInput(str(file), f"cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error):
        raise BadTable([f"{file}: CSV in UTF-8 is expected"]) from None


def _cells(header: Sequence[str], row: Sequence[str]) -> dict[str, str]:
    if len(row) != len(header):
        raise BadInput("columns", "as many as in the first line are expected")
    return {name: cell.strip() for name, cell in zip(header, row, strict=True)}


# --- what is done ---------------------------------------------------------------------------------


class Journal:
    """FILE.csv.progress: a first line that names this run, then one for each line of the table that was done."""

    def __init__(self, run: str, write: Callable[[Mapping[str, object]], None], done: Mapping[int, str]) -> None:
        self.run, self._write, self._done = run, write, dict(done)

    def left(self, table: Mapping[int, T], named: Callable[[T], str], file: Path) -> dict[int, T]:
        """What of the table is still to be done. Raises BadTable where another row stands in a line that was done: the
        table was edited since, and one of its rows would be passed over, another done twice."""
        moved = [
            f"{file}: line {line}: {name} stood here when it was done; now it is {named(table[line])}"
            if line in table else f"{file}: line {line}: {name} stood here when it was done; now the line is gone"
            for line, name in sorted(self._done.items())
            if name and (line not in table or named(table[line]) != name)
        ]  # fmt: skip
        if moved:
            raise BadTable(
                [*moved, f"{file}: put what is still to be done into a new table, or its lines back in place"]
            )
        return {line: row for line, row in table.items() if line not in self._done}

    def note(self, line: int, name: str, made: str) -> None:
        """The line is done; on the disk before the next."""
        self._write({"line": line, "name": name, "id": made})


@contextmanager
def journal(table: Path) -> Iterator[Journal]:
    """What an earlier run has done, and where this one writes it down."""
    path = table.with_name(table.name + ".progress")
    lines = _lines(path)
    run = str(lines[0]["run"]) if lines and "run" in lines[0] else str(uuid4())
    done = {int(str(entry["line"])): str(entry.get("name", "")) for entry in lines if "line" in entry}
    with path.open("a", encoding="utf-8") as file:

        def write(entry: Mapping[str, object]) -> None:
            file.write(json.dumps(dict(entry)) + "\n")
            file.flush()
            os.fsync(file.fileno())

        if not lines:
            write({"run": run})
        try:
            yield Journal(run, write, done)
        except KeyboardInterrupt:
            click.echo(f"stopped; what is done stands in {path}: the same command goes on from there", err=True)
            raise


def _lines(path: Path) -> list[dict[str, object]]:
    if not path.exists():
        return []
    found = []
    for text in path.read_text(encoding="utf-8").splitlines():
        try:
            found.append(dict(json.loads(text)))
        except ValueError:  # cut off by a power failure; the key makes sure that nothing is done twice
            continue
    return found


def with_bar(rows: Sequence[T], *, doing: str) -> Iterator[T]:
    """A bar on standard error where a person looks."""
    if not sys.stderr.isatty():
        yield from rows
        return
    from rich.console import Console  # noqa: PLC0415 - only where a person looks
    from rich.progress import track  # noqa: PLC0415

    yield from track(rows, description=doing, console=Console(stderr=True))

"""`bulk`: many resets after an incident. It may be stopped at any moment and run again: nothing is asked for twice.

Beside FILE.csv it keeps FILE.csv.progress: a first line that names this run, then one line for each reset asked for.
The Idempotency-Key of a line is made of the two, so that an answer lost on the way is no second reset either.
"""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar
from uuid import uuid4

import click

from bridge.cli.client import BUSY, Client, Refused, pause, settings
from bridge.cli.export import csv_row
from bridge.domain.errors import BadInput, BridgeError
from bridge.domain.names import SystemName, typed_userid
from bridge.flows.people import BadTable

COLUMNS: Final = ("system", "userid", "reason", "ticket")
PRINTED: Final = ("line", "system", "userid", "id", "state", "release_code", "error")
LONGEST_WAIT: Final = 60


class SomeFailed(BridgeError):
    """Not every line could be asked for; each failure has been printed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One line of the table."""

    line: int
    system: str
    userid: str
    reason: str
    ticket: str


@click.command("bulk")
@click.argument("file", metavar="FILE.csv", type=click.Path(path_type=Path))
@click.option("--reason", help="For lines without one of their own.")
def bulk_(file: Path, reason: str | None) -> None:
    """Ask for many resets. May be stopped and run again; what was asked for already is not asked for twice.

    The columns are system,userid and, if wanted, reason,ticket. Standard output is a table with each reset's id and
    release code, which is in this output alone. The progress is kept beside the file; delete it to begin anew.

    \b
    Example: resetbridge bulk stolen.csv --reason "incident 4711" > asked.csv
    """
    wishes = read_wishes(file, reason)
    with Client(settings()) as client, journal(file.with_name(file.name + ".progress")) as (run, done, note):
        click.echo(csv_row(list(PRINTED)))
        failed = 0
        for wish in with_bar([wish for wish in wishes if wish.line not in done], doing="asking"):
            answer = _ask(client, wish, f"{run}-{wish.line}")
            failed += "error" in answer
            if "error" not in answer:
                note({"line": wish.line, "id": answer["id"]})
            row = {"line": wish.line, "system": wish.system, "userid": wish.userid, **answer}
            click.echo(csv_row([row.get(name) for name in PRINTED]))
            sys.stdout.flush()
    click.echo(f"{len(wishes)} lines: {len(done)} asked for earlier, {len(wishes) - len(done) - failed} now", err=True)
    if failed:
        raise SomeFailed(f"{failed} could not be asked for; mend what `error` says and run this again")


def read_wishes(file: Path, reason: str | None) -> list[Wish]:
    """Read and check the whole table before anything is asked for. Raises BadTable with every bad line."""
    try:
        rows = csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines(), strict=True)
        wishes, faults = [], []
        strangers = sorted(set(rows.fieldnames or ()) - set(COLUMNS))
        if strangers or not {"system", "userid"} <= set(rows.fieldnames or ()):
            raise BadTable([f"{file}: line 1: the columns are expected: system,userid and, if wanted, reason,ticket"])
        for row in rows:
            try:
                wishes.append(_wish(rows.line_num, row, reason))
            except BadInput as bad:
                faults.append(f"{file}: line {rows.line_num}: {bad}")
    except OSError as error:
        raise BadInput(str(file), f"cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error):
        raise BadTable([f"{file}: CSV in UTF-8 is expected"]) from None
    if faults:
        raise BadTable([*faults, f"{file}: nothing was asked for"])
    return wishes


def _wish(line: int, row: Mapping[str | None, str | None], reason: str | None) -> Wish:
    if None in row or None in row.values():
        raise BadInput("columns", "as many as in the first line are expected")
    cells = {str(name): (cell or "").strip() for name, cell in row.items()}
    why = cells.get("reason") or reason or ""
    if not why:
        raise BadInput("reason", "one is expected, here or as --reason")
    system, userid = SystemName(cells["system"].upper()), typed_userid(cells["userid"])
    return Wish(line=line, system=system, userid=userid, reason=why, ticket=cells.get("ticket", ""))


def _ask(client: Client, wish: Wish, key: str) -> dict[str, str]:
    """Ask for one; while the daemon says that there are too many, wait as long as it says. Raises Unreached."""
    body = {"system": wish.system, "userid": wish.userid, "reason": wish.reason}
    while True:
        try:
            made = client.post("/resets", body | ({"ticket": wish.ticket} if wish.ticket else {}), key=key)
        except Refused as refused:
            if refused.status == BUSY:
                pause(min(refused.retry_after or 1, LONGEST_WAIT))
                continue
            if refused.status in {401, 403} or refused.status >= 500:
                raise
            return {"error": str(refused)}
        return {name: made[name] for name in ("id", "state", "release_code") if made.get(name)}


T = TypeVar("T")
Note = Callable[[Mapping[str, object]], None]


@contextmanager
def journal(path: Path) -> Iterator[tuple[str, frozenset[int], Note]]:
    """What an earlier run has done, and where this one writes it down; each line is on the disk before the next."""
    lines = _lines(path)
    run = str(lines[0]["run"]) if lines and "run" in lines[0] else str(uuid4())
    with path.open("a", encoding="utf-8") as file:

        def note(entry: Mapping[str, object]) -> None:
            file.write(json.dumps(dict(entry)) + "\n")
            file.flush()
            os.fsync(file.fileno())

        if not lines:
            note({"run": run})
        yield run, frozenset(int(entry["line"]) for entry in lines if "line" in entry), note  # type: ignore[call-overload]


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


def with_bar(wishes: Sequence[T], *, doing: str) -> Iterator[T]:
    """A bar on standard error where a person looks."""
    if not sys.stderr.isatty():
        yield from wishes
        return
    from rich.console import Console  # noqa: PLC0415 - only where a person looks
    from rich.progress import track  # noqa: PLC0415

    yield from track(wishes, description=doing, console=Console(stderr=True))

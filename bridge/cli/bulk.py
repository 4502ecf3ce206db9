"""`bulk`: many resets after an incident. It may be stopped at any moment and run again: nothing is asked for twice.

Beside FILE.csv it keeps FILE.csv.progress: a first line that names this run, then one line for each reset asked for,
with what stood there: a table that was edited since is not taken for the same.
The Idempotency-Key of a line is made of the two, so that an answer lost on the way is no second reset either.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from bridge.cli import outlet, table
from bridge.cli.client import BUSY, Client, Refused, pause, settings
from bridge.cli.export import csv_row
from bridge.domain.codes import read_out
from bridge.domain.errors import BadInput, BridgeError
from bridge.domain.names import SystemName, typed_userid

COLUMNS: Final = table.Columns(needed=("system", "userid"), also=("reason", "ticket"))
PRINTED: Final = ("line", "system", "userid", "id", "state", "release_code", "error")
LONGEST_WAIT: Final = 60


class SomeFailed(BridgeError):
    """Not every line could be asked for; each failure has been printed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One line of the table."""

    system: str
    userid: str
    reason: str
    ticket: str

    def __str__(self) -> str:
        return f"{self.system}:{self.userid}"


@click.command("bulk")
@click.argument("file", metavar="FILE.csv", type=click.Path(path_type=Path))
@click.option("--reason", help="For lines without one of their own.")
def bulk_(file: Path, reason: str | None) -> None:
    """Ask for many resets. May be stopped and run again; what was asked for already is not asked for twice.

    The columns are system,userid and, if wanted, reason,ticket. Standard output is a table with each reset's id and
    release code, which is in this output alone. The progress is kept beside the file; delete it to begin anew. Mend a
    line where it stands, and add new ones at the end.

    \b
    Example: resetbridge bulk stolen.csv --reason "incident 4711" > asked.csv
    """
    outlet.demand()
    wishes = read_wishes(file, reason)
    with Client(settings()) as client, table.journal(file) as journal:
        left = journal.left(wishes, str, file)
        click.echo(csv_row(list(PRINTED)))
        failed = 0
        for line in table.with_bar(list(left), doing="asking"):
            wish = left[line]
            answer = _ask(client, wish, f"{journal.run}-{line}")
            failed += "error" in answer
            if "error" not in answer:
                journal.note(line, str(wish), answer["id"])
            row = {"line": line, "system": wish.system, "userid": wish.userid, **answer}
            click.echo(csv_row([row.get(name) for name in PRINTED]))
            sys.stdout.flush()
    earlier = len(wishes) - len(left)
    click.echo(f"{len(wishes)} lines: {earlier} asked for earlier, {len(left) - failed} now", err=True)
    if failed:
        raise SomeFailed(f"{failed} could not be asked for; mend what `error` says and run this again")


def read_wishes(file: Path, reason: str | None) -> dict[int, Wish]:
    """Line → what it wishes for. Reads and checks the whole table before anything is asked for. Raises BadTable."""
    return table.read(file, COLUMNS, lambda row: _wish(row, reason), undone="nothing was asked for")


def _wish(row: Mapping[str, str], reason: str | None) -> Wish:
    why = row.get("reason") or reason or ""
    if not why:
        raise BadInput("reason", "one is expected, here or as --reason")
    system, userid = SystemName(row["system"].upper()), typed_userid(row["userid"])
    return Wish(system=system, userid=userid, reason=why, ticket=row.get("ticket", ""))


def _ask(client: Client, wish: Wish, key: str) -> dict[str, str]:
    """Ask for one; while the daemon says that there are too many, wait as long as it says. Raises Unreached."""
    body = {"system": wish.system, "userid": wish.userid, "reason": wish.reason}
    while True:
        try:
            made = client.post("/resets", body | ({"ticket": wish.ticket} if wish.ticket else {}), key=key)
        except Refused as refused:
            if refused.status == BUSY:
                seconds = min(refused.retry_after or 1, LONGEST_WAIT)
                click.echo(f"{wish}: {refused}; waiting", err=True)
                pause(seconds)
                continue
            if refused.status in {401, 403} or refused.status >= 500:
                raise
            return {"error": str(refused)}
        return {name: made[name] for name in ("id", "state") if made.get(name)} | _code(made)


def _code(made: Mapping[str, str]) -> dict[str, str]:
    """In groups, as it is read out: a spreadsheet would take eight digits for a number, and drop a zero ahead."""
    code = made.get("release_code") or ""
    return {"release_code": read_out(code)} if code else {}

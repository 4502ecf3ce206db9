"""`dialog look`: screens with their rows and columns counted, and their fields: what a dialog is written by."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from bridge.cli.common import as_json, configuration, put_json, put_table

if TYPE_CHECKING:
    from connectors.hosts.transcript import Shown

PLACE: Final = re.compile(r"MoveCursor\((\d+),(\d+)\)")
FIELDS: Final = {"at": "FIELD AT", "length": "LENGTH", "kind": "KIND", "behind": "BEHIND"}


@click.command("look")
@click.argument("what", metavar="SYSTEM|TAPE")
@as_json
@click.pass_context
def look(ctx: click.Context, what: str, as_json: bool) -> None:
    """Show screens as a dialog names them: rows and columns counted from 1, and each field that can be typed into.

    Of a SYSTEM what comes by itself: no key is pressed, nobody logs on, and no password is read. Of a TAPE, a file that
    `dialog record` wrote, every screen that is on it, and what was typed there.

    \b
    Example: resetbridge dialog look PRODA
    """
    from bridge.cli import pictures  # noqa: PLC0415
    from bridge.compose import dialogs as known  # noqa: PLC0415

    tape = Path(what)
    entries = known.on_tape(tape) if tape.is_file() else known.looked_at(configuration(ctx), what)
    if as_json:
        put_json([{"screen": _plain(each)} if not isinstance(each, str) else {"typed": each} for each in entries])
        return
    number = 0
    for each in entries:
        if isinstance(each, str):
            click.echo(f"   typed: {PLACE.sub(_from_one, each)}")
            continue
        number += 1
        click.echo(f"\n{pictures.counted(each, number)}")
        if fields := list(_fields(each)):
            put_table(fields, FIELDS, nothing="")


def _from_one(move: re.Match[str]) -> str:
    return f"at {int(move[1]) + 1}/{int(move[2]) + 1}"


def _plain(shown: Shown) -> dict[str, object]:
    rows = [row.rstrip() for row in shown.rows]
    return {"place": shown.place, "rows": rows, "size": shown.size, "fields": list(_fields(shown))}


def _fields(shown: Shown) -> Iterator[dict[str, object]]:
    """Each field that can be typed into: its first place, and what stands ahead of it in its row."""
    width, after = shown.size[1], 0
    for start, length, protected, hidden in shown.fields:
        row, column = divmod(start, width)
        if not protected and row < len(shown.rows):
            ahead = " ".join(shown.rows[row][after % width if after // width == row else 0 : column].split())
            kind = "hidden" if hidden else "shown"
            yield {"at": f"{row + 1}/{column + 1}", "length": length, "kind": kind, "behind": ahead or None}
            after = start + length

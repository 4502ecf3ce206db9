"""What the commands share: finding the configuration, opening the database, printing tables and JSON."""

from __future__ import annotations

import json
import os
import pwd
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from bridge.config.model import Config
from bridge.config.shapes import Wrong, duration
from bridge.domain.errors import ConfigFault

if TYPE_CHECKING:
    from bridge.compose.shared import Opened

F = TypeVar("F", bound=Callable[..., Any])
PLACES: Final = (Path("resetbridge.yaml"), Path("/etc/resetbridge/resetbridge.yaml"))
WIDE_GAP: Final = 3  # between two columns, where there is room; else one
LONGEST_WORD: Final = 13  # in a column that a narrow terminal squeezes; an id has as many
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def where(ctx: click.Context) -> Path:
    """The configuration's file: --config, $RESETBRIDGE_CONFIG, here, /etc. Raises ConfigFault."""
    named = ctx.find_root().obj or os.environ.get("RESETBRIDGE_CONFIG")
    if named:
        return Path(named)
    found = next((place for place in PLACES if _there(place)), None)
    if found is None:
        raise ConfigFault(
            [f"no configuration: neither {' nor '.join(map(str, PLACES))} exists; `resetbridge init DIR` writes one, "
             "--config FILE names one"]
        )  # fmt: skip
    return found


def _there(place: Path) -> bool:
    """Whether it exists; a folder that is closed to us may hold it, and reading it says why not."""
    try:
        return place.exists()
    except PermissionError:
        return True


def configuration(ctx: click.Context) -> Config:
    """Read the configuration. Raises ConfigFault with every mistake."""
    from bridge.config.reader import read  # noqa: PLC0415 - commands that speak to the API need none

    return read(where(ctx))


@contextmanager
def desk(ctx: click.Context) -> Iterator[Opened]:
    """Keys and database opened, for a command that works on them directly."""
    from bridge.compose import shared  # noqa: PLC0415 - loads SQL and cryptography

    with shared.opened(configuration(ctx)) as opened:
        yield opened


def me() -> str:
    """Who types, for the audit: the account on this machine."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        name = str(os.getuid())
    return f"local:{name}"


class Duration(click.ParamType[timedelta]):
    """90s, 15m, 24h, 7d."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Read it, or say what is expected."""
        if isinstance(value, timedelta):
            return value
        try:
            return duration(value)
        except Wrong as wrong:
            self.fail(str(wrong), param, ctx)


class Day(click.ParamType[datetime]):
    """2026-11-30: its beginning in UTC."""

    name = "yyyy-mm-dd"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read it, or say what is expected."""
        if isinstance(value, datetime):
            return value
        try:
            return datetime.combine(date.fromisoformat(value), time(), UTC)
        except ValueError:
            self.fail(f"a day is expected, like 2026-11-30, not {value[:40]!r}", param, ctx)


def put_json(value: object) -> None:
    """Print as JSON on standard output; times in ISO 8601."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=_plain))


def put_table(rows: Sequence[Mapping[str, object]], columns: Mapping[str, str], *, nothing: str) -> None:
    """Print a table: for people on a terminal, tab-separated for programs. columns: key → heading.

    With no rows, `nothing` is said on standard error and standard output stays empty but for the headings.
    """
    lines = [[_cell(row.get(key)) for key in columns] for row in rows]
    if not rows:
        click.echo(nothing, err=True)
    if sys.stdout.isatty() and rows:
        _rich_table(list(columns.values()), lines)
    else:
        for line in [list(columns.values()), *lines]:
            click.echo("\t".join(line))


def _rich_table(headings: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - only where a person looks
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console()
    widest = [_widest([line[number] for line in [headings, *lines]]) for number in range(len(headings))]
    roomy = sum(widest) + WIDE_GAP * (len(widest) - 1) <= console.width
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1) if roomy else 0)
    for heading, width in zip(headings, widest, strict=True):
        table.add_column(heading, overflow="fold", min_width=width)  # an id, a date, a state: each in one piece
    for line in lines:
        table.add_row(*(Text(cell) for cell in line))
    console.print(table)


def _widest(cells: Sequence[str]) -> int:
    """How wide a column has to be for no word in it to be cut, but for very long ones."""
    return min(max((len(word) for cell in cells for word in cell.split()), default=0), LONGEST_WORD)


def put_fields(fields: Mapping[str, object]) -> None:
    """Print names and values, one a line; values that are None are left out."""
    shown = {name: _cell(value) for name, value in fields.items() if value is not None}
    width = max(map(len, shown), default=0)
    for name, text in shown.items():
        click.echo(f"{name + ':':<{width + 2}}{text}")


def stamp(at: datetime | None) -> str | None:
    """A time as people read it, UTC."""
    return at.strftime("%Y-%m-%d %H:%M:%SZ") if at else None


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, datetime):
        return str(stamp(value))
    if isinstance(value, list | tuple | set | frozenset) and not value:
        return "-"
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(sorted(map(str, value))) if isinstance(value, set | frozenset) else ", ".join(map(str, value))
    return "".join(char if char.isprintable() else " " for char in str(value))


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    return str(value)

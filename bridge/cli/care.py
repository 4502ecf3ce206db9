"""`db`, `keys`, `backup`, `restore`: care of the database and the server's keys."""

from __future__ import annotations

from pathlib import Path

import click

from bridge.cli.common import configuration, me, where


@click.group("db")
def db_() -> None:
    """The database.

    \b
    Example: resetbridge db upgrade
    """


@db_.command("upgrade")
@click.pass_context
def upgrade(ctx: click.Context) -> None:
    """Bring the database to this program's version; makes it if there is none. Back it up first.

    \b
    Example: resetbridge db upgrade
    """
    from bridge.compose.shared import upgrade_database  # noqa: PLC0415 - loads SQL

    before, after = upgrade_database(configuration(ctx))
    if before == after:
        click.echo(f"the database is at {after} already")
    else:
        click.echo(f"the database is at {after}" + (f"; it was at {before}" if before else "; it is new"))


@click.group("keys")
def keys_() -> None:
    """The server's keys.

    \b
    Example: resetbridge keys rotate
    """


@keys_.command("rotate")
@click.pass_context
def rotate(ctx: click.Context) -> None:
    """Draw a new server key beside the present one, and say how to bring it into use.

    The configuration is not touched: with several nodes every one of them must know the key before it is first.

    \b
    Example: resetbridge keys rotate
    """
    from bridge.compose.begin import new_key  # noqa: PLC0415 - loads cryptography

    config = configuration(ctx)
    made = new_key(config)
    home = config.path.absolute().parent
    place = made.relative_to(home) if made.is_relative_to(home) else made
    click.echo(f"{made}  a new key, mode 0600; back it up apart from the database")
    click.echo(f"""
Next:
  1. add it as the last of `keys` in {where(ctx)}, on every node, and restart each:  - {{file: {place}}}
  2. move it to the first place, on every node, and restart each: it now encrypts
  3. after the longest link_ttl, take the old key out of `keys`; keep it with the backups that need it""")


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_context
def backup_(ctx: click.Context, file: Path) -> None:
    """Copy the SQLite database to a new file; the daemon may go on running. Keys are not in it: keep them apart.

    \b
    Example: resetbridge backup /backup/bridge-2026-11-25.db
    """
    from bridge.compose.backup import backup  # noqa: PLC0415 - loads SQL

    size = backup(configuration(ctx), file)
    click.echo(f"{file}: {size} bytes")


@click.command("restore")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.pass_context
def restore_(ctx: click.Context, file: Path | None) -> None:
    """Put a backup in the place of the SQLite database. Stop the daemon first, on every node.

    Without FILE the database has been put back already: PostgreSQL's by pg_restore, a machine's from a snapshot.

    Resets that were under way in the backup are ended, and what they set is made worthless on the hosts: they may have
    been done, and their links read, since. Tokens and factors that were removed since are alive again: look through
    both lists.

    \b
    Example: resetbridge restore /backup/bridge-2026-11-25.db
    """
    from bridge.compose.backup import restore  # noqa: PLC0415 - loads SQL

    done = restore(configuration(ctx), file, me())
    if done.aside:
        click.echo(f"{done.aside}: the database as it was")
    ended = "one open reset" if done.ended == 1 else f"{done.ended} open resets"
    click.echo(f"restored; {done.records} audit records, {done.fault or 'the chain holds'}; {ended} ended")
    click.echo("Next: look through `token list`, `operator list` and `factor list`; then start the daemon", err=True)

"""`service-id`: the daemon's own userids on the hosts. Their passwords are never shown."""

from __future__ import annotations

import click

from bridge.cli.common import as_json, configuration, me, put_json, put_table, stamp

COLUMNS = {
    "system": "SYSTEM", "userid": "USERID", "password": "PASSWORD", "rotate": "ROTATE", "since": "SINCE",
    "expires_at": "EXPIRES", "wanted_by": "WANTED BY", "words": "REMARK",
}  # fmt: skip


@click.group("service-id")
def service_id_() -> None:
    """The userids that the daemon works under, and their own passwords.

    \b
    Example: resetbridge service-id rotate PRODA
    """


@service_id_.command("rotate")
@click.argument("system")
@click.argument("userid", required=False)
@click.pass_context
def rotate(ctx: click.Context, system: str, userid: str | None) -> None:
    """Let the daemon give a service id a new password, and wait until a logon has proven it.

    The daemon draws it by the system's rules, keeps it sealed, and tells nobody. It has to be running: the node that
    holds the service id does it. Over SSH there is no safe way, and it says so.

    \b
    Example: resetbridge service-id rotate PRODA RSTBRDG
    """
    from bridge.compose import service  # noqa: PLC0415 - loads every connector
    from bridge.compose.shared import opened  # noqa: PLC0415

    config = configuration(ctx)
    with opened(config) as desk:
        for made, one in service.service_ids(config, system.upper(), userid.upper() if userid else None):
            own = service.rotated(config, desk, made, one, me())
            click.echo(f"{own.account}: a new password, proven by a logon at {stamp(own.since)}")


@service_id_.command("show")
@click.argument("system", required=False)
@as_json
@click.pass_context
def show(ctx: click.Context, system: str | None, as_json: bool) -> None:
    """Where each service id's password comes from, since when, and when the host says that it expires.

    \b
    Example: resetbridge service-id show PRODA
    """
    from bridge.compose import service  # noqa: PLC0415 - loads every connector
    from bridge.compose.shared import opened  # noqa: PLC0415

    config = configuration(ctx)
    with opened(config) as desk:
        named = service.service_ids(config, system.upper() if system else None, None)
        rows = [service.described(desk, made, one) for made, one in named]
    if as_json:
        put_json(rows)
    else:
        put_table(rows, COLUMNS, nothing="no system is configured")


@service_id_.command("retry")
@click.argument("system")
@click.argument("userid", required=False)
@click.pass_context
def retry(ctx: click.Context, system: str, userid: str | None) -> None:
    """Let a refused password be typed once more, after you have mended the service id on the host.

    A new password in the file needs no such word, one that was there before does: the file counts again. Where the
    host refused two of them, only a new one helps.

    \b
    Example: resetbridge service-id retry PRODA RSTBRDG
    """
    from bridge.compose import service  # noqa: PLC0415 - loads every connector
    from bridge.compose.shared import opened  # noqa: PLC0415

    config = configuration(ctx)
    with opened(config) as desk:
        for made, one in service.service_ids(config, system.upper(), userid.upper() if userid else None):
            done = service.let_in_again(desk, made, one, me())
            what = "may be typed once more" if done else "was not refused"
            click.echo(f"{made.name}:{one.userid}: its password {what}")

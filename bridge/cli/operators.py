"""`operator` and `token`: who may do what."""

from __future__ import annotations

from datetime import datetime, timedelta

import click

from bridge.cli import outlet
from bridge.cli.common import Duration, as_json, desk, me, put_json, put_table, stamp
from bridge.domain.policy import Role
from bridge.flows import enrol
from bridge.ports import OperatorRecord, TokenRecord


@click.group("operator")
def operator_() -> None:
    """Who may use the API: agents, approvers, auditors, programs.

    \b
    Example: resetbridge operator add servicenow --role agent
    """


@operator_.command("add")
@click.argument("name")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice([str(role) for role in Role]),
              help="May be given several times.")  # fmt: skip
@as_json
@click.pass_context
def add(ctx: click.Context, name: str, roles: tuple[str, ...], as_json: bool) -> None:
    """Add an operator, give one other roles, or bring a disabled one back.

    \b
    Example: resetbridge operator add anna --role agent --role approver
    """
    with desk(ctx) as opened:
        record = enrol.add_operator(name, roles, me(), opened)
    if as_json:
        put_json(_operator(record))
    else:
        click.echo(f"{record.name} is {', '.join(sorted(record.roles))}; next: resetbridge token create {record.name}")


@operator_.command("list")
@as_json
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> None:
    """List the operators and their roles.

    \b
    Example: resetbridge operator list
    """
    with desk(ctx) as opened:
        rows = [_operator(record) for record in enrol.list_operators(opened)]
    if as_json:
        put_json(rows)
    else:
        columns = {"name": "NAME", "roles": "ROLES", "status": "STATUS"}
        put_table(rows, columns, nothing="there is no operator; `resetbridge operator add NAME --role ROLE` adds one")


@operator_.command("disable")
@click.argument("name")
@click.pass_context
def disable(ctx: click.Context, name: str) -> None:
    """Refuse all of an operator's tokens from now on.

    \b
    Example: resetbridge operator disable anna
    """
    with desk(ctx) as opened:
        enrol.disable_operator(name, me(), opened)
    click.echo(f"{name} is disabled; `resetbridge operator add {name} --role …` brings them back")


@click.group("token")
def token_() -> None:
    """Tokens for the API.

    \b
    Example: resetbridge token create servicenow --expires 90d
    """


@token_.command("create")
@click.argument("name")
@click.option("--expires", type=Duration(), help="How long it lasts, e.g. 90d. Default: until it is revoked.")
@as_json
@click.pass_context
def create(ctx: click.Context, name: str, expires: timedelta | None, as_json: bool) -> None:
    """Make a token for an operator. It is printed once; only its digest is kept.

    \b
    Example: resetbridge token create servicenow --expires 90d
    """
    outlet.demand()
    with desk(ctx) as opened:
        new = enrol.create_token(name, expires, me(), opened)
    if as_json:
        put_json(_token(new.record) | {"token": new.text.expose()})
        return
    click.echo(new.text.expose())
    ends = f"ends {stamp(new.record.expires_at)}" if new.record.expires_at else "lasts until it is revoked"
    click.echo(
        f"token {new.record.id} of {name} {ends}; shown once. Use it as RESETBRIDGE_TOKEN; "
        f"to end it: resetbridge token revoke {new.record.id}",
        err=True,
    )


@token_.command("revoke")
@click.argument("token_id", metavar="ID")
@click.pass_context
def revoke(ctx: click.Context, token_id: str) -> None:
    """End a token now.

    \b
    Example: resetbridge token revoke T7K2M9QX4TB0C
    """
    with desk(ctx) as opened:
        ended = enrol.revoke_token(token_id, me(), opened)
    click.echo(f"token {ended.id} of {ended.operator} is revoked")


@token_.command("list")
@click.argument("name", required=False)
@as_json
@click.pass_context
def list_tokens(ctx: click.Context, name: str | None, as_json: bool) -> None:
    """List tokens, ended ones included; never their text.

    \b
    Example: resetbridge token list servicenow
    """
    with desk(ctx) as opened:
        now = opened.clock.now()
        rows = [_token(token) | {"status": _status(token, now)} for token in enrol.list_tokens(name, opened)]
    if as_json:
        put_json(rows)
    else:
        columns = {
            "id": "ID",
            "operator": "OPERATOR",
            "created_at": "CREATED",
            "expires_at": "ENDS",
            "status": "STATUS",
        }
        whose = f"{name} has no token" if name else "there is no token"
        put_table(rows, columns, nothing=f"{whose}; `resetbridge token create {name or 'NAME'}` makes one")


def _operator(record: OperatorRecord) -> dict[str, object]:
    status = "disabled" if record.disabled else "active"
    return {"name": record.name, "roles": sorted(map(str, record.roles)), "status": status}


def _token(token: TokenRecord) -> dict[str, object]:
    return {
        "id": token.id,
        "operator": token.operator,
        "created_at": stamp(token.created_at),
        "expires_at": stamp(token.expires_at),
        "revoked_at": stamp(token.revoked_at),
    }


def _status(token: TokenRecord, now: datetime) -> str:
    if token.revoked_at:
        return "revoked"
    return "ended" if token.expires_at is not None and token.expires_at <= now else "active"

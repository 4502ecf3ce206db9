"""`check`: the doctor; `state`: what a host says of one userid."""

from __future__ import annotations

from collections import Counter

import click

from bridge.cli.common import as_json, configuration, me, put_fields, put_json
from bridge.domain.errors import BridgeError
from bridge.observe.masking import mask

SAID = {True: "yes", False: "no"}
COLORS = {"ok": "green", "warn": "yellow", "fail": "red"}


class NotWell(BridgeError):
    """Something failed; what and why has been said."""


@click.command("check")
@click.argument("systems", metavar="[SYSTEM]...", nargs=-1)
@as_json
@click.pass_context
def check_(ctx: click.Context, systems: tuple[str, ...], as_json: bool) -> None:
    """Try everything for real that the daemon will need, and say what to mend.

    Configuration, keys, database, certificate, mail relay, directory; then each system: password rules, name, TCP,
    TLS or host key, logon of each service id, one listing of its own profile. Nothing is changed anywhere.

    \b
    Example: resetbridge check PRODA
    """
    from bridge.compose.doctor import examine  # noqa: PLC0415 - loads every connector

    found = []
    for finding in examine(configuration(ctx), [name.upper() for name in systems]):
        found.append({"level": finding.level, "about": finding.about, "words": mask(finding.words)})
        if not as_json:
            level = click.style(f"{finding.level:<4}", fg=COLORS[finding.level])
            click.echo(f"{level}  {finding.about}: {mask(finding.words)}")
    counts = Counter(one["level"] for one in found)
    if as_json:
        put_json(found)
    if counts["fail"]:
        raise NotWell(f"{counts['fail']} of {len(found)} checks failed")
    if not as_json:
        click.echo(f"all well, {counts['warn']} to look at" if counts["warn"] else "all well")


@click.command("state")
@click.argument("system")
@click.argument("userid")
@as_json
@click.pass_context
def state_(ctx: click.Context, system: str, userid: str, as_json: bool) -> None:
    """Ask a host what it says of a userid: active, expired or suspended, and by whom. Changes nothing.

    \b
    Example: resetbridge state PRODA PAYROLL7
    """
    from bridge.compose.doctor import ask_host  # noqa: PLC0415 - loads every connector

    found = ask_host(configuration(ctx), system.upper(), userid, me())
    plain = {
        "system": system.upper(),
        "userid": found.userid,
        "standing": found.standing,
        "must_change": found.must_change,
        "password_changed": found.stamp,
        "suspended_by": found.suspended_by,
        "privileged": list(found.privileged),
        "protected": found.protected,
        "has_password": found.has_password,
        "has_phrase": found.has_phrase,
        "last_use": found.last_use,
    }
    if as_json:
        put_json(plain)
    else:
        put_fields(
            {name: SAID.get(value, value) if isinstance(value, bool) else value for name, value in plain.items()}
        )

"""`check`: the doctor."""

from __future__ import annotations

from collections import Counter

import click

from bridge.cli.common import as_json, configuration, put_json
from bridge.domain.errors import BridgeError
from bridge.observe.masking import mask

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

"""`nodes`: the machines that work on systems, and forgetting one that is gone."""

from __future__ import annotations

from dataclasses import asdict

import click

from bridge.cli.common import as_json, desk, me, put_json, put_table, stamp
from bridge.flows import nodes

COLUMNS = {"name": "NODE", "heard": "LAST HEARD FROM", "silent": "SILENT", "well": "REACHES", "away": "DOES NOT REACH"}


@click.group("nodes")
def nodes_() -> None:
    """The machines whose daemons have worked on systems.

    \b
    Example: resetbridge nodes list
    """


@nodes_.command("list")
@as_json
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> None:
    """Each with when it was last heard from, and what it last said of the systems it has met.

    A daemon at work is heard from every five minutes. SILENT: not for longer than site.silent_after.

    \b
    Example: resetbridge nodes list
    """
    with desk(ctx) as opened:
        before = opened.clock.now() - opened.config.site.silent_after
        rows = [asdict(node) for node in nodes.nodes(opened, before)]
    if as_json:
        put_json(rows)
    else:
        words = {True: "yes", False: "no"}
        put_table([row | {"silent": words[row["silent"]]} for row in rows], COLUMNS, nothing="no node has met a system")


@nodes_.command("forget")
@click.argument("name")
@click.pass_context
def forget(ctx: click.Context, name: str) -> None:
    """Drop what a machine that is gone for good said last: /readyz, the metrics and `check` go on naming it else.

    Nothing else of it is kept but the audit. A machine that is still at work is back within five minutes.

    \b
    Example: resetbridge nodes forget north
    """
    with desk(ctx) as opened:
        heard = nodes.forget(name, me(), opened)
    click.echo(f"{name} is forgotten; it was last heard from at {stamp(heard)}")

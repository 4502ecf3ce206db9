"""`audit`: evidence that the record was not edited, and the record itself."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import click

from bridge.cli.common import Day, as_json, desk, put_json, stamp
from bridge.cli.export import FORMATS, HEADINGS, plain
from bridge.domain.errors import BadInput, BridgeError
from bridge.flows import evidence

since = click.option("--since", type=Day(), help="From this day on (UTC).")
until = click.option("--until", type=Day(), help="Up to this day, not including it (UTC).")


class Edited(BridgeError):
    """The chain does not hold."""


@click.group("audit")
def audit_() -> None:
    """Who did what, when, why; and the proof that nobody edited it.

    \b
    Example: resetbridge audit verify
    """


@audit_.command("verify")
@click.option("--head", metavar="SEQ:SEAL", help="A head noted elsewhere, e.g. by the event audit.head, to lie on it.")
@as_json
@click.pass_context
def verify(ctx: click.Context, head: str | None, as_json: bool) -> None:
    """Walk the whole chain. Exit status 1, and the first fault, if a record was changed, removed or cut off.

    A database put back to older days is sound in itself: only a head that was noted elsewhere shows it.

    \b
    Example: resetbridge audit verify
    """
    with desk(ctx) as opened:
        found = evidence.verify(opened, head)
    if as_json:
        put_json({"records": found.records, "sound": found.fault is None, "fault": found.fault, "head": found.head})
    if found.fault:
        raise Edited(f"the audit does not hold after {found.records} records: {found.fault}")
    if not as_json:
        click.echo(f"{found.records} records, the chain holds; its head is {found.head}")


@audit_.command("export")
@click.option("--format", "style", type=click.Choice(sorted(FORMATS)), default="jsonl", show_default=True)
@since
@until
@click.pass_context
def export(ctx: click.Context, style: str, since: datetime | None, until: datetime | None) -> None:
    """Print the records for another program, oldest first. In CSV no cell begins as a formula.

    \b
    Example: resetbridge audit export --format cef --since 2026-11-01 > audit.cef
    """
    _in_order(since, until)
    write = FORMATS[style]
    with desk(ctx) as opened:
        if style in HEADINGS:
            click.echo(HEADINGS[style])
        for record in evidence.records(opened, since=since, until=until):
            click.echo(write(record))


@audit_.command("report")
@since
@until
@as_json
@click.pass_context
def report(ctx: click.Context, since: datetime | None, until: datetime | None, as_json: bool) -> None:
    """Sum up a period for an auditor, with the state of the chain first.

    \b
    Example: resetbridge audit report --since 2026-10-01 --until 2026-11-01
    """
    _in_order(since, until)
    with desk(ctx) as opened:
        made = evidence.summarise(opened, since=since, until=until)
        now = opened.clock.now()
        site = opened.config.site.name
    if as_json:
        put_json({
            "site": site, "made_at": now, "since": made.since, "until": made.until,
            "chain": {"records": made.verified.records, "sound": made.verified.fault is None,
                      "fault": made.verified.fault},
            "events": dict(made.kinds), "requests_by_system": dict(made.systems),
            "requests_by_operator": dict(made.operators), "failures": dict(made.failures),
            "notable": [plain(record) for record in made.notable],
        })  # fmt: skip
        return
    chain = made.verified.fault or "holds"
    click.echo(f"{site}: audit report, made {stamp(now)}")
    click.echo(f"Period: {stamp(made.since) or 'the beginning'} to {stamp(made.until) or 'now'}")
    period = f"records {made.first} to {made.last}" if made.last else "none of them"
    click.echo(f"Chain: {made.verified.records} records, {chain}; this period: {period}")
    _section("Events", made.kinds)
    _section("Requests by system", made.systems)
    _section("Requests by operator", made.operators)
    _section("Failures", made.failures)
    click.echo("\nRights, factors and revocations")
    for record in made.notable:
        event = record.event
        detail = ", ".join(f"{key} {value}" for key, value in event.detail.items() if value is not None)
        click.echo(f"  {record.seq:>7}  {stamp(event.at)}  {event.kind}  by {event.by}  {detail}")
    if not made.notable:
        click.echo("  none")


def _section(title: str, counts: Counter[str]) -> None:
    click.echo(f"\n{title}")
    for name, count in counts.most_common():
        click.echo(f"  {count:>7}  {name}")
    if not counts:
        click.echo("  none")


def _in_order(since: datetime | None, until: datetime | None) -> None:
    """A period that ends before it begins is empty, and would look like evidence that nothing happened."""
    if since is not None and until is not None and until <= since:
        raise BadInput("--until", f"a day after --since, {since:%Y-%m-%d}, is expected")

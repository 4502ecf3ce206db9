"""`factor`: second factors."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Final, TypeVar

import click

from bridge.cli import outlet, table
from bridge.cli.common import Duration, as_json, desk, me, put_json, put_table, stamp
from bridge.cli.export import csv_row
from bridge.domain.errors import BadInput
from bridge.domain.names import Person, free_text
from bridge.domain.oath import ALGORITHMS, PERIODS, Oath, seed_of
from bridge.domain.second import TOTP
from bridge.flows import bought, enrol
from bridge.flows.invite import invite, uninvite
from bridge.flows.people import BadTable
from bridge.ports import Enrolled

T = TypeVar("T")
LONGEST = timedelta(days=30)  # of an invitation, as the configuration has it
TOKENS: Final = table.Columns(needed=("person",), also=("secret", "hex", "label", "algorithm", "period"))


@click.group("factor")
def factor_() -> None:
    """Second factors of the users.

    \b
    Example: resetbridge factor add maria.keller totp
    """


@factor_.command("add")
@click.argument("person")
@click.argument("kind", type=click.Choice([TOTP]))
@click.option("--label", default="authenticator app", show_default=True, help="What the person calls it.")
@click.option("--no-qr", is_flag=True, help="Print the address only, for a terminal that cannot show the picture.")
@as_json
@click.pass_context
def add(ctx: click.Context, person: str, kind: str, label: str, no_qr: bool, as_json: bool) -> None:
    """Enrol a second factor. For totp the address and its QR code are printed once and never again.

    Hand it to the person directly. Whoever has seen it can answer for them: remove the factor if in doubt. A passkey
    is set up by its person alone: `resetbridge factor invite PERSON`. The other factors of a policy need none of this.

    \b
    Example: resetbridge factor add maria.keller totp --label "work phone"
    """
    outlet.demand()
    with desk(ctx) as opened:
        wait = opened.config.enrolment.wait
        new = enrol.add_totp(person, opened.config.site.name, label, me(), opened, wait=wait)
    uri = new.uri.expose()
    if as_json:
        put_json(_plain(new.factor) | {"uri": uri, "secret": new.seed.expose()})
        return
    click.echo(f"Factor {new.factor.id} of {person}. Shown once; scan it with an authenticator app now:\n")
    if not no_qr:
        click.echo(qr(uri))
    click.echo(uri)
    works = f"from {stamp(new.factor.usable_from)} on" if new.factor.usable_from else "at once"
    click.echo(f"\nThe first code works {works}. To take it away again: resetbridge factor remove {new.factor.id}")


@factor_.command("invite")
@click.argument("person", required=False)
@click.option("--file", type=click.Path(path_type=Path), help="A table of people to invite: FILE.csv, column person.")
@click.option("--lasts", type=Duration(), help="How long it is open, e.g. 24h. Default: enrolment.link_ttl.")
@as_json
@click.pass_context
def invite_(ctx: click.Context, person: str | None, file: Path | None, lasts: timedelta | None, as_json: bool) -> None:
    """Have a person set up a passkey or an authenticator app themselves: prints a link and eight digits, once.

    Send the link by mail, and tell the digits on another way, to somebody you know: whoever has both has the factor.

    With --file many are invited, and the table is printed with each one's link and digits. It may be stopped and run
    again: whoever is in FILE.csv.progress has been invited. Delete that file to begin anew.

    \b
    Example: resetbridge factor invite maria.keller
             resetbridge factor invite --file staff.csv > invited.csv
    """
    outlet.demand()
    if lasts is not None and lasts > LONGEST:
        raise BadInput("--lasts", f"at most {LONGEST.days}d is expected, as of enrolment.link_ttl")
    if (person is None) == (file is None):
        raise click.UsageError("PERSON or --file FILE.csv is expected, not both")
    if file is not None:
        _invite_all(ctx, file, lasts)
        return
    with desk(ctx) as opened:
        settings, base_url = opened.config.enrolment, opened.config.site.base_url
        new = invite(str(person), base_url, me(), opened, lasts=lasts or settings.link_ttl, wait=settings.wait)
    link, code, until = new.link.expose(), new.code.expose(), stamp(new.invitation.until)
    if as_json:
        put_json({"id": new.invitation.id, "person": person, "link": link, "code": code, "until": until})
        return
    click.echo(f"Invitation {new.invitation.id} of {person}, once, until {until}.\n\nBy mail:\n{link}\n")
    click.echo(f"On another way, by telephone or in person:\n{code[:4]} {code[4:]}")


@factor_.command("import")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE.csv")
@as_json
@click.pass_context
def import_(ctx: click.Context, file: Path, as_json: bool) -> None:
    """Enrol tokens that were bought with their seeds (OATH, RFC 6238), from their maker's table.

    Columns: person, and the seed as `secret` in base32 or as `hex`; if wanted label, algorithm (SHA1, SHA256, SHA512)
    and period (30, 60 seconds). They have to show six digits. All lines are looked at first, and nothing is done where
    one is wrong. It may be stopped and run again: what is enrolled already is passed over. A token whose person has or
    had a factor waits before it counts. The table holds every secret in clear: destroy it afterwards.

    \b
    Example: resetbridge factor import tokens.csv
    """
    with desk(ctx) as opened:
        wait = opened.config.enrolment.wait
        listed = table.read(file, TOKENS, _bought, undone="nothing was enrolled")
        try:
            left = bought.missing(listed, opened)
        except BadTable as bad:
            raise BadTable([*(f"{file}: {fault}" for fault in bad.faults), f"{file}: nothing was enrolled"]) from None
        made = [bought.enrol(left[line], me(), opened, wait=wait)
                for line in table.with_bar(list(left), doing="enrolling")]  # fmt: skip
    if as_json:
        put_json([_plain(factor) for factor in made])
    else:
        click.echo(f"{len(listed)} tokens: {len(listed) - len(left)} enrolled earlier, {len(left)} now")
    if waiting := sum(factor.usable_from is not None for factor in made):
        click.echo(f"of these, waiting before they count: {waiting}; resetbridge factor list says until when", err=True)
    click.echo(f"{file} holds their secrets: destroy it", err=True)


def _bought(row: Mapping[str, str]) -> bought.Bought:
    """A line of the table. Raises BadInput."""
    given = [name for name in ("secret", "hex") if row.get(name)]
    if len(given) != 1:
        raise BadInput("secret", "either it, in base32, or hex is expected")
    oath = Oath(
        seed=seed_of(row[given[0]], hexadecimal=given == ["hex"]),
        algorithm=_one_of(row, "algorithm", ALGORITHMS, lambda text: text.upper().replace("-", "")),
        step=_one_of(row, "period", PERIODS, int),
    )
    label = free_text(row.get("label") or "token", "label", most=64)
    return bought.Bought(person=Person(row["person"]), oath=oath, label=label)


def _one_of(row: Mapping[str, str], name: str, known: Sequence[T], read: Callable[[str], T]) -> T:
    """What the cell says, or the first of those that there are."""
    if not (text := row.get(name)):
        return known[0]
    with suppress(ValueError):
        if (found := read(text)) in known:
            return found
    raise BadInput(name, " or ".join(map(str, known)) + " is expected")


@factor_.command("uninvite")
@click.argument("person")
@click.pass_context
def uninvite_(ctx: click.Context, person: str) -> None:
    """End a person's invitation, whether it went astray or is not wanted any more. What was set up stays.

    \b
    Example: resetbridge factor uninvite maria.keller
    """
    with desk(ctx) as opened:
        ended = uninvite(person, me(), opened)
    click.echo(
        f"{'One invitation' if ended == 1 else f'{ended} invitations'} of {person} ended: opens nothing any more"
    )


def _invite_all(ctx: click.Context, file: Path, lasts: timedelta | None) -> None:
    """Everybody of the table who has not been yet. What is printed is in this output alone."""
    people = read_people(file)
    with desk(ctx) as opened, table.journal(file) as journal:
        settings, base_url = opened.config.enrolment, opened.config.site.base_url
        strangers = {line: person for line, person in people.items() if opened.directory.person(person) is None}
        if strangers:
            raise BadTable(
                [*(f"{file}: line {line}: there is no person {person}" for line, person in strangers.items()),
                 f"{file}: nobody was invited"])  # fmt: skip
        left = journal.left(people, str, file)
        click.echo(csv_row(["person", "id", "link", "code", "until"]))
        for line in table.with_bar(list(left), doing="inviting"):
            new = invite(left[line], base_url, me(), opened, lasts=lasts or settings.link_ttl, wait=settings.wait)
            made = new.invitation
            code = new.code.expose()  # in groups: a spreadsheet would take eight digits for a number
            shown = f"{code[:4]} {code[4:]}"
            click.echo(csv_row([made.person, made.id, new.link.expose(), shown, stamp(made.until)]))
            sys.stdout.flush()
            journal.note(line, made.person, made.id)
    click.echo(f"{len(people)} people: {len(people) - len(left)} invited earlier, {len(left)} now", err=True)


def read_people(file: Path) -> dict[int, Person]:
    """Line → who stands there. Raises BadTable with every bad line: nobody is invited then."""
    seen: set[Person] = set()

    def person(row: Mapping[str, str]) -> Person:
        name = Person(row["person"])
        if name in seen:
            raise BadInput("person", f"{name} stands here twice")
        seen.add(name)
        return name

    return table.read(file, table.Columns(needed=("person",), also=None), person, undone="nobody was invited")


@factor_.command("list")
@click.argument("person", required=False)
@as_json
@click.pass_context
def list_(ctx: click.Context, person: str | None, as_json: bool) -> None:
    """List everybody's second factors, or one person's.

    \b
    Example: resetbridge factor list maria.keller
    """
    with desk(ctx) as opened:
        rows = [_plain(factor) for factor in enrol.list_factors(person, opened)]
    if as_json:
        put_json(rows)
    else:
        columns = {"id": "ID", "person": "PERSON", "kind": "KIND", "label": "LABEL", "added_at": "ADDED",
                   "usable_from": "COUNTS FROM", "by": "BY"}  # fmt: skip
        whose = f"{person} has no second factor" if person else "no second factor is enrolled"
        put_table(rows, columns, nothing=f"{whose}; `resetbridge factor add {person or 'PERSON'} totp` adds one")


@factor_.command("remove")
@click.argument("factor_id", metavar="ID")
@click.pass_context
def remove(ctx: click.Context, factor_id: str) -> None:
    """Take a second factor away.

    \b
    Example: resetbridge factor remove F7K2M9QX4TB0C
    """
    with desk(ctx) as opened:
        gone = enrol.remove_factor(factor_id, me(), opened)
    click.echo(f"{gone.kind} {gone.id} of {gone.person} is removed")


def qr(text: str) -> str:
    """A QR code in half blocks, as a terminal shows it."""
    import segno  # noqa: PLC0415 - only where one is drawn

    drawn = io.StringIO()
    segno.make(text, error="l", micro=False).terminal(out=drawn, border=2, compact=True)
    return drawn.getvalue()


def _plain(factor: Enrolled) -> dict[str, object]:
    return {
        "id": factor.id,
        "person": factor.person,
        "kind": factor.kind,
        "label": factor.label,
        "added_at": stamp(factor.added_at),
        "usable_from": stamp(factor.usable_from) if factor.usable_from else None,
        "by": factor.added_by,
    }

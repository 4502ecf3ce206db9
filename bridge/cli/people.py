"""`people`: users and where mail reaches them, where no directory is connected."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from bridge.cli.common import as_json, configuration, desk, me, put_fields, put_json, put_table, stamp
from bridge.config.model import DirectorySettings
from bridge.domain.errors import BadInput, NotFound
from bridge.domain.roster import decoded, doubts, read_roster
from bridge.flows import people
from bridge.flows.contacts import points
from bridge.ports import Enrolled, PersonRecord


@click.group("people")
def people_() -> None:
    """Users and their contact points, where no directory is connected.

    \b
    Example: resetbridge people import people.csv
    """


@people_.command("import")
@click.argument("file", metavar="FILE.csv", type=click.Path(path_type=Path))
@as_json
@click.pass_context
def import_(ctx: click.Context, file: Path, as_json: bool) -> None:
    """Add or replace the people of a table, all of them or none.

    The columns are person,name,email,phone,language,manager,groups,accounts,other_email; accounts are SYSTEM:USERID
    separated by `;`. Only person is needed; without an address and an account nothing can be reset for them.
    People that the table does not name stay as they are.

    \b
    person,name,email,accounts
    dora,Dora Lang,dora@example.com,PRODA:PAYROLL7;PRODB:DLANG

    \b
    Example: resetbridge people import people.csv
    """
    text = _text(file)
    config = configuration(ctx)
    _note_unused(config.directory)
    with desk(ctx) as opened:
        try:
            done = people.import_people(text, me(), opened)
        except people.BadTable as bad:
            raise people.BadTable(
                [*(f"{file}: {fault}" for fault in bad.faults), f"{file}: nothing was imported"]
            ) from None
    for words in doubts(read_roster(text, opened.forms).entries, config.systems):
        click.echo(f"{file}: note: {words}", err=True)
    counts = {"added": done.added, "changed": done.changed, "unchanged": done.same}
    if as_json:
        put_json(counts)
    else:
        click.echo(f"{done.added} added, {done.changed} changed, {done.same} as before")


@people_.command("show")
@click.argument("person")
@as_json
@click.pass_context
def show(ctx: click.Context, person: str, as_json: bool) -> None:
    """Show a person, with accounts, second factors, and each contact's kind, source and age.

    The age is counted where a policy has contact_age; what was there at the first look has none.

    \b
    Example: resetbridge people show maria.keller
    """
    with desk(ctx) as opened:
        try:
            record, factors = people.show_person(person, opened)
        except NotFound as unknown:
            raise NotFound(f"{unknown}; {_where_people_are(opened.config.directory)}") from None
        reached, source = points(record, opened), _source(opened.config.directory)
        now = opened.clock.now()
    contacts = [{"kind": one.kind, "address": one.address, "source": source, "since": stamp(one.since)}
                for one in reached]  # fmt: skip
    plain = _plain(record) | {"contacts": contacts, "factors": [_factor(factor) for factor in factors]}
    if as_json:
        put_json(plain)
        return
    told = [f"{one['kind']} ({source}, since {one['since'] or 'before the first look'})" for one in contacts]
    put_fields(plain | {"contacts": told or "none",
                        "factors": [_told(one, now) for one in factors] or "none"})  # fmt: skip


@people_.command("remove")
@click.argument("person")
@as_json
@click.pass_context
def remove(ctx: click.Context, person: str, as_json: bool) -> None:
    """Remove a person who has left, with all that is stored of them.

    That is what was imported (name, addresses, telephone number, whose their userids are), what looks at the directory
    found, invitations, and second factors with their seeds. Where another directory is connected the person has to go
    there as well. Resets and audit name the person until storage.keep and storage.audit_keep are over.

    \b
    Example: resetbridge people remove maria.keller
    """
    with desk(ctx) as opened:
        gone = people.remove_person(person, me(), opened)
        directory = opened.config.directory
    if as_json:
        put_json({"person": gone.person, "stored": gone.stored, "accounts": gone.accounts, "contacts": gone.contacts,
                  "invitations": gone.invitations, "factors": gone.factors})  # fmt: skip
    else:
        click.echo(f"{gone.person} is removed; accounts: {gone.accounts}, contacts seen: {gone.contacts}, "
                   f"invitations: {gone.invitations}, second factors: {gone.factors}")  # fmt: skip
    if directory.ldap or directory.csv:
        where = _source(directory)
        click.echo(
            f"resetbridge: note: people come from {where} here; only what is stored in this database is gone. Whoever "
            "is still there is reset as before, and their addresses are seen again",
            err=True,
        )


@people_.command("list")
@as_json
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> None:
    """List the people that were imported.

    \b
    Example: resetbridge people list --json
    """
    with desk(ctx) as opened:
        rows = [_plain(record) for record in people.list_people(opened)]
        _note_unused(opened.config.directory)
    if as_json:
        put_json(rows)
    else:
        columns = {"person": "PERSON", "name": "NAME", "email": "EMAIL", "language": "LANGUAGE", "accounts": "ACCOUNTS"}
        put_table(rows, columns, nothing="nobody is stored; `resetbridge people import FILE.csv` adds people")


def _note_unused(directory: DirectorySettings) -> None:
    """What `people import` stores counts for nothing where another directory is connected."""
    if directory.ldap or directory.csv:
        click.echo(f"resetbridge: note: people come from {_source(directory)} here; what is imported is not used",
                   err=True)  # fmt: skip


def _where_people_are(directory: DirectorySettings) -> str:
    if directory.ldap or directory.csv:
        return f"people come from {_source(directory)} here: check the spelling, or who is left out there"
    return "`resetbridge people list` names those that are stored"


def _source(directory: DirectorySettings) -> str:
    """Who says where people are reached."""
    return "ldap" if directory.ldap else directory.csv.name if directory.csv else "people import"


def _text(file: Path) -> str:
    try:
        return decoded(file.read_bytes())
    except BadInput as bad:
        raise people.BadTable([f"{file}: {bad}", f"{file}: nothing was imported"]) from None
    except OSError as error:
        raise BadInput(str(file), f"cannot be read: {error.strerror}") from None


def _plain(record: PersonRecord) -> dict[str, object]:
    return {
        "person": record.person,
        "name": record.name,
        "email": record.email,
        "other_email": record.other_email,
        "phone": record.phone,
        "language": record.language,
        "manager": record.manager,
        "groups": list(record.groups),
        "accounts": [str(account) for account in record.accounts],
    }


def _told(factor: Enrolled, now: datetime) -> str:
    """One of a person's factors, in words; from when it counts, where it waits."""
    waits = f", counts from {stamp(factor.usable_from)}" if factor.usable_from and factor.usable_from > now else ""
    return f"{factor.kind} {factor.id} ({factor.label}{waits})"


def _factor(factor: Enrolled) -> dict[str, object]:
    return {"id": factor.id, "kind": factor.kind, "label": factor.label, "added_at": stamp(factor.added_at)}

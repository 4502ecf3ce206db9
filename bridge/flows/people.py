"""People and where mail reaches them, where no directory is connected: `people import`; those who have left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace

from bridge.domain.contact import tidy
from bridge.domain.errors import BadInput, NotAllowed, NotFound
from bridge.domain.names import Person
from bridge.domain.roster import Entry, fields_of, read_roster
from bridge.domain.second import e164
from bridge.flows.contacts import LEFT, meet, tell_number_changed
from bridge.flows.ledger import note, tell, tell_person
from bridge.ports import Desk, Enrolled, PersonRecord, Work


class BadTable(BadInput):
    """A table with mistakes, each named; nothing of it was taken."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("table", "; ".join(faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """How many people were new, changed and as before."""

    added: int
    changed: int
    same: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What was stored of a person and is gone. `stored`: they had been imported."""

    person: Person
    stored: bool
    accounts: int
    contacts: int
    invitations: int
    factors: int


def import_people(text: str, by: str, desk: Desk) -> Imported:
    """Add or replace the people of a table, all or none; people it does not name stay. Raises BadTable."""
    roster = read_roster(text, desk.forms, desk.language)
    if roster.faults:
        raise BadTable(roster.faults)
    with desk.store.work() as work:
        before = {record.person: record for record in work.people.all()}
        news = [entry for entry in roster.entries if before.get(entry.person) != PersonRecord(**fields_of(entry))]
        _release(news, before, work)
        _store(news, work)
        for entry in news:
            old, now = before.get(entry.person), PersonRecord(**fields_of(entry))
            if work.contacts.begun():
                meet(now, work, desk, tells=False)
            if old and old.email != entry.email:  # the old address hears of it: a thief would have changed it quietly
                tell(work, desk, "address_changed", old.email, language=old.language, at=desk.clock.now())
            if old and old.other_email != entry.other_email:
                tell(work, desk, "address_changed", old.other_email, language=old.language, at=desk.clock.now())
            if old and e164(old.phone) not in (None, number := e164(entry.phone)):
                tell_number_changed(old, [old.email, old.other_email], work, desk, removed=number is None)
            note(work, "person.changed" if old else "person.added", at=desk.clock.now(), by=by, person=entry.person,
                 changed=", ".join(_changes(old, now)) if old else None)  # fmt: skip
        note(work, "people.imported", at=desk.clock.now(), by=by, lines=len(roster.entries), changed=len(news))
    changed = sum(entry.person in before for entry in news)
    return Imported(added=len(news) - changed, changed=changed, same=len(roster.entries) - len(news))


def _release(news: Iterable[Entry], before: dict[Person, PersonRecord], work: Work) -> None:
    """Take accounts from those who lose them, so that they can go to somebody else in the same table."""
    for entry in news:
        old = before.get(entry.person)
        if old and set(old.accounts) - set(entry.accounts):
            work.people.put(replace(old, accounts=tuple(one for one in old.accounts if one in entry.accounts)))


def _store(news: Iterable[Entry], work: Work) -> None:
    """Store each; raises BadTable with every account that somebody outside the table has."""
    faults: list[str] = []
    for entry in news:
        try:
            work.people.put(PersonRecord(**fields_of(entry)))
        except BadInput as bad:
            faults.append(f"line {entry.line}: {bad}")
    if faults:
        raise BadTable(faults)


def _changes(old: PersonRecord, new: PersonRecord) -> list[str]:
    return [one.name for one in fields(PersonRecord) if getattr(old, one.name) != getattr(new, one.name)]


def remove_person(person: str, by: str, desk: Desk) -> Removed:
    """Forget somebody who has left: all that is stored of them but what resets and the audit say.

    Raises NotFound where nothing is stored, and NotAllowed while a link of theirs can be opened.
    """
    name, now = Person(person), desk.clock.now()
    with desk.store.work() as work:
        if open_ := work.resets.published_for(name):
            raise NotAllowed(f"{name} has a link that can still be opened; `resetbridge revoke {open_[0].id}` first")
        record, factors, known = work.people.get(name), work.people.factors(name), work.contacts.of(name)
        for factor in factors:
            work.people.remove_factor(factor.id, now)
            note(work, "factor.removed", at=now, by=by, person=name, factor=factor.id, factor_kind=factor.kind)
        _tell_gone(record, factors, work, desk)
        work.people.remove(name)
        work.contacts.drop(name, known)
        work.tries.drop(name)
        gone = Removed(
            person=name, stored=record is not None, accounts=len(record.accounts) if record else 0,
            contacts=len(known.keys() - {LEFT}), invitations=work.invitations.drop(name), factors=len(factors),
        )  # fmt: skip
        if not (gone.stored or gone.contacts or gone.invitations or gone.factors):
            raise NotFound(f"nothing is stored of {name}; `resetbridge people list` names those that are")
        note(work, "person.removed", at=now, by=by, person=name, accounts=gone.accounts, contacts=gone.contacts,
             invitations=gone.invitations, factors=gone.factors)  # fmt: skip
    return gone


def _tell_gone(record: PersonRecord | None, factors: Sequence[Enrolled], work: Work, desk: Desk) -> None:
    """Whoever had a factor hears of it, at the addresses that are about to go, or where another directory says."""
    if not factors:
        return
    now = desk.clock.now()
    if record is None:
        tell_person(work, desk, "factor_removed", factors[0].person, at=now)
        return
    for address in {tidy(one): one for one in (record.email, record.other_email) if one}.values():
        tell(work, desk, "factor_removed", address, language=record.language, at=now)


def show_person(person: str, desk: Desk) -> tuple[PersonRecord, list[Enrolled]]:
    """A person of the connected directory, and their second factors. Raises NotFound, BadInput."""
    name = Person(person)
    found = desk.directory.person(name)
    if found is None:
        raise NotFound(f"there is no person {name}")
    with desk.store.look() as work:
        return found, work.people.factors(name)


def list_people(desk: Desk) -> list[PersonRecord]:
    """The people that were imported, by name."""
    with desk.store.look() as work:
        return work.people.all()

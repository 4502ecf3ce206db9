"""The table of people: `person,name,email,phone,language,manager,groups,accounts,other_email`, as text in, entries out.

`accounts` is SYSTEM:USERID separated by `;`, and so are groups. Read by `people import` and by `directory: {csv: …}`,
so that the two can never disagree about a file.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from bridge.domain.contact import mailboxes
from bridge.domain.errors import BadInput
from bridge.domain.names import NO_FORMS, Account, Forms, Person, account, free_text
from bridge.domain.second import e164

COLUMNS: Final = ("person", "name", "email", "phone", "language", "manager", "groups", "accounts", "other_email")
ENGLISH: Final = "en"
FEW: Final = 5
NEEDED: Final = frozenset({"person"})
OTHER_LETTER: Final = r"[^\x00-\xa9\s\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
LETTER: Final = rf"(?:[A-Za-z0-9]|{OTHER_LETTER})"
EMAIL: Final = re.compile(
    r"[^\x00-\x20\x7f-\xa0\s@<>,;:\"()\[\]\\]{1,64}@"
    rf"{LETTER}(?:(?:[.-]|{LETTER}){{0,251}}{LETTER})?"
)
"""What passes for an address: a domain may be in any letters, which mail carries in their xn-- form. Whether mail can
be sent there is asked before a host is touched."""
LANGUAGE: Final = re.compile(r"[a-z]{2,3}(?:-[A-Z]{2})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the table, checked. Field for field what a PersonRecord has, and the line it stands in."""

    line: int = field(compare=False)

    person: Person
    name: str
    email: str | None = None
    other_email: str | None = None
    phone: str | None = None
    language: str = ENGLISH
    manager: str | None = None
    groups: tuple[str, ...] = ()
    accounts: tuple[Account, ...] = ()


class Holder(Protocol):
    """Of an Entry and a PersonRecord, what a look at many of them needs."""

    @property
    def person(self) -> Person: ...
    @property
    def email(self) -> str | None: ...
    @property
    def other_email(self) -> str | None: ...
    @property
    def phone(self) -> str | None: ...
    @property
    def accounts(self) -> tuple[Account, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """What a table says: its entries, and each mistake as `line N: what is expected`. With faults it is not used."""

    entries: tuple[Entry, ...] = ()
    faults: tuple[str, ...] = ()


@dataclass(slots=True)
class _Seen:
    """Where each name and account stood first: an account belongs to one person, or nobody knows whose link it is."""

    people: dict[Person, int] = field(default_factory=dict)
    accounts: dict[Account, int] = field(default_factory=dict)


def fields_of(entry: Entry) -> dict[str, Any]:
    """The entry as the fields of a PersonRecord."""
    return {name: getattr(entry, name) for name in COLUMNS}


def decoded(raw: bytes) -> str:
    """The table's text. Raises BadInput with the line that is not UTF-8."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise BadInput(f"line {line}", "UTF-8 text is expected; save the table as CSV in UTF-8") from None


def doubts(
    people: Collection[Holder], systems: Collection[str], phones: Collection[str] = (), mails: Collection[str] = ()
) -> Iterator[str]:  # fmt: skip
    """What is no mistake of a table, and yet stops a reset: systems that are not there, people without an address.

    phones   the systems whose policy sends codes to a telephone
    mails    those whose policy sends codes to another mailbox than the link's
    """
    strange = [str(one) for each in people for one in each.accounts if one.system not in systems]
    if strange:
        yield f"no such system is configured: {_few(strange)}"
    mute = [each.person for each in people if each.accounts and not (each.email or each.other_email)]
    if mute:
        yield f"no e-mail address, so no link can be sent: {_few(mute)}"
    numberless = [
        each.person for each in people if any(one.system in phones for one in each.accounts) and not e164(each.phone)
    ]
    if numberless:
        yield f"no telephone number with + and country, so no code can be sent: {_few(numberless)}"
    single = [
        each.person for each in people
        if any(one.system in mails for one in each.accounts) and len(mailboxes(each)) < 2
    ]  # fmt: skip
    if single:
        yield f"no second e-mail address, so no code can be sent there: {_few(single)}"


def _few(names: Sequence[str]) -> str:
    more = len(names) - FEW
    return ", ".join(names[:FEW]) + (f" and {more} more" if more > 0 else "")


def read_roster(text: str, forms: Forms = NO_FORMS, language: str = ENGLISH) -> Roster:
    """Read the whole table; every bad line is named. Userids are read in the form that their system has. `language`: of
    those for whom the table names none."""
    rows = csv.reader(text.removeprefix("\ufeff").splitlines(keepends=True), strict=True)
    entries: list[Entry] = []
    faults: list[str] = []
    seen = _Seen()
    try:
        header = tuple(cell.strip().lower() for cell in next(rows, []))
        if slip := _header(header):
            return Roster(faults=(f"line 1: {slip}",))
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            line = rows.line_num
            try:
                entries.append(_entry(header, row, line, forms, language))
            except BadInput as bad:
                faults.append(f"line {line}: {bad}")
                continue
            faults.extend(f"line {line}: {slip}" for slip in _again(entries[-1], line, seen))
    except csv.Error as error:
        faults.append(f"line {rows.line_num}: not CSV: {error}")
    return Roster(entries=() if faults else tuple(entries), faults=tuple(faults))


def _header(header: tuple[str, ...]) -> str | None:
    strangers = sorted(set(header) - set(COLUMNS))
    if NEEDED - set(header) or strangers or len(set(header)) < len(header):
        found = f"; {', '.join(map(repr, strangers))} is none of them" if strangers else ""
        return f"the columns are expected, separated by commas: {','.join(COLUMNS)}{found}"
    return None


def _entry(header: tuple[str, ...], row: list[str], line: int, forms: Forms, language: str) -> Entry:
    if len(row) != len(header):
        raise BadInput("columns", f"{len(header)} are expected, {len(row)} stand here")
    return entry_of(dict(zip(header, row, strict=True)), line, forms, language)


def entry_of(given: Mapping[str, str], line: int, forms: Forms, language: str = ENGLISH) -> Entry:
    """A person from the columns that are there; `language` where they have none. Raises BadInput."""
    cells = {name: cell.strip() for name, cell in given.items()}
    person = Person(cells.get("person", ""))
    return Entry(
        line=line,
        person=person,
        name=free_text(cells.get("name") or person, "name", most=120),
        email=_like(cells, "email", EMAIL, "an e-mail address is expected"),
        other_email=_like(cells, "other_email", EMAIL, "an e-mail address is expected"),
        phone=_text(cells, "phone", most=40),
        language=_like(cells, "language", LANGUAGE, "a language is expected, like en or de") or language,
        manager=_text(cells, "manager", most=64),
        groups=tuple(free_text(group, "groups", most=64) for group in _several(cells.get("groups", ""))),
        accounts=tuple(dict.fromkeys(account(text, forms) for text in _several(cells.get("accounts", "")))),
    )


def _again(entry: Entry, line: int, seen: _Seen) -> Iterator[str]:
    first = seen.people.setdefault(entry.person, line)
    if first != line:
        yield f"person: {entry.person} stands here twice; the first is in line {first}"
    for one in entry.accounts:
        first = seen.accounts.setdefault(one, line)
        if first != line:
            yield f"accounts: {one} belongs to the person in line {first} already"


def _several(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]


def _text(cells: Mapping[str, str], name: str, *, most: int) -> str | None:
    return free_text(cells[name], name, most=most) if cells.get(name) else None


def _like(cells: Mapping[str, str], name: str, pattern: re.Pattern[str], expected: str) -> str | None:
    text = cells.get(name) or None
    if text is not None and not pattern.fullmatch(text):
        raise BadInput(name, expected)
    return text

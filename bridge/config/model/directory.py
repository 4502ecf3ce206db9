"""`directory:`: where people, their accounts and their addresses are looked up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final, Literal

from bridge.config.model.secret import SecretRef

LDAP_FIELDS: Final[Mapping[str, str]] = {
    "person": "uid",
    "name": "cn",
    "email": "mail",
    "phone": "mobile",
    "language": "preferredLanguage",
    "manager": "manager",
    "groups": "memberOf",
}
"""Where `fields` says nothing: inetOrgPerson's (RFC 2798)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LdapGroups:
    """`directory.ldap.groups:`. Where groups name their members; without it, the person's own attribute says it.

    nested   also the groups that have one of these as a member
    """

    base: str
    member: str = "member"
    name: str = "cn"
    nested: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LdapSettings:
    """`directory.ldap:`. security: tls | starttls | none (none only towards loopback).

    servers   asked in this order, the next one where one is away
    port      None: 636 for tls, 389 else
    base      below it are the people
    filter    what else an entry has to be to count as a person
    user      whom to bind as: a DN, or what Active Directory takes for one; None: anonymously
    ca        PEM that replaces the system's trust
    cache     how long an answer is good
    cached    how many answers are kept
    page      how many entries to ask for at once, where all are read
    """

    servers: tuple[str, ...]
    base: str
    security: Literal["tls", "starttls", "none"] = "tls"
    port: int | None = None
    ca: Path | None = None
    user: str | None = None
    password: SecretRef | None = None
    filter: str = "(objectClass=person)"
    groups: LdapGroups | None = None
    answer_within: timedelta = timedelta(seconds=5)
    cache: timedelta = timedelta(minutes=5)
    cached: int = 10_000
    page: int = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectorySettings:
    """`directory:`. Who has which accounts, and where mail reaches them; empty: what `people import` stored.

    csv        a file of people
    ldap       a directory service
    csv_age    a file that is older is not used: whatever writes it has stopped
    separator  between two cells, where the file has columns of its own
    only       column → the values of which a line has to hold one to count
    fields     a person's field → what it is called there
    accounts   system → the field that holds the userid, or a template with its name in braces
    """

    csv: Path | None = None
    csv_age: timedelta | None = None
    separator: Literal["comma", "semicolon", "tab"] = "comma"
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ldap: LdapSettings | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    accounts: Mapping[str, str] = field(default_factory=dict)

"""Where people come from: the database, a file that something else exports, or a directory service."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from bridge.config.model import LDAP_FIELDS, DirectorySettings, LdapSettings
from bridge.domain.errors import ConfigFault
from bridge.domain.mapping import Reading
from bridge.domain.names import NO_FORMS, Forms
from bridge.domain.report import SEPARATORS, Report
from bridge.domain.roster import ENGLISH, Roster, read_roster
from bridge.domain.secret import Secret
from bridge.ports import Clock, Directory, Store
from connectors.directory.csv import CsvDirectory
from connectors.directory.stored import StoredDirectory


def directory(
    settings: DirectorySettings,
    store: Store,
    clock: Clock,
    forms: Forms = NO_FORMS,
    password: Callable[[], Secret | None] = lambda: None,
    language: str = ENGLISH,
) -> Directory:
    """The directory that the configuration names.

    forms      each system's form of userids
    password   of whom we bind as, where that is one
    language   of people for whom it names none
    """
    if settings.ldap is not None:
        reading = Reading({**LDAP_FIELDS, **settings.fields}, settings.accounts, forms, language)
        return _ldap(settings.ldap, reading, clock, password)
    return csv_directory(settings, settings.csv, clock, forms, language) if settings.csv else StoredDirectory(store)


def csv_directory(
    settings: DirectorySettings, file: Path, clock: Clock, forms: Forms, language: str = ENGLISH
) -> CsvDirectory:
    """A table with our columns, or one with its own."""
    read: Callable[[str], Roster] = partial(read_roster, forms=forms, language=language)
    if settings.fields:
        reading = Reading(settings.fields, settings.accounts, forms, language)
        read = Report(reading, SEPARATORS[settings.separator], settings.only).read
    return CsvDirectory(file, read, settings.csv_age, clock)


def _ldap(settings: LdapSettings, reading: Reading, clock: Clock, password: Callable[[], Secret | None]) -> Directory:
    """libldap is loaded where it is used alone: it comes with an extra, and not with Python."""
    try:
        from connectors.directory.ldap import LdapDirectory  # noqa: PLC0415
    except ImportError as missing:
        raise ConfigFault([f"directory.ldap: python-ldap is expected, as directories.md says; {missing}"]) from None
    return LdapDirectory(settings, reading, password, clock)

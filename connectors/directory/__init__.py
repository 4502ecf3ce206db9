"""Where people come from: the database, or a file that something else exports."""

from __future__ import annotations

from bridge.config.model import DirectorySettings
from bridge.domain.names import NO_FORMS, Forms
from bridge.ports import Directory, Store
from connectors.directory.csv import CsvDirectory
from connectors.directory.stored import StoredDirectory


def directory(settings: DirectorySettings, store: Store, forms: Forms = NO_FORMS) -> Directory:
    """The directory that the configuration names. `forms`: each system's form of userids."""
    return CsvDirectory(settings.csv, forms) if settings.csv else StoredDirectory(store)

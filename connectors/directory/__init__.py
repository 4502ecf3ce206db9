"""Where people come from: the database, or a file that something else exports."""

from __future__ import annotations

from bridge.config.model import DirectorySettings
from bridge.ports import Directory, Store
from connectors.directory.csv import CsvDirectory
from connectors.directory.stored import StoredDirectory


def directory(settings: DirectorySettings, store: Store) -> Directory:
    """The directory that the configuration names."""
    return CsvDirectory(settings.csv) if settings.csv else StoredDirectory(store)

"""Somebody's key for mail, and the folder of keys that `mail.keys` names.

ADDRESS.pem holds a certificate, ADDRESS.asc an OpenPGP key. The address is in lower case, and a file is looked for by
it alone: a letter goes to an address, so what matters is who reads mail there. Read anew for each mail: a key that was
replaced counts at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

Kind = Literal["smime", "pgp"]
FILE: Final = re.compile(r"[a-z0-9!#$%&'*+=?^_`{|}~-][a-z0-9!#$%&'*+=?^_`{|}~.@-]{2,253}")
"""An address that can be a file's name: no slash, no dot ahead."""
LARGEST: Final = 1_000_000  # octets


class KeyFault(Exception):
    """A key cannot be used; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailKey:
    """A key that can be used now. `encrypt` takes a MIME entity; `until` is None where it says of no end."""

    kind: Kind
    until: datetime | None
    encrypt: Callable[[bytes], bytes]


Reader = Callable[[bytes, datetime], MailKey]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A file of the folder: its key, or why there is none."""

    name: str
    key: MailKey | None = None
    fault: str = ""


class KeyFolder:
    """The folder. `readers` say how a file of each ending is read, the one to be preferred first."""

    def __init__(self, folder: Path, readers: Mapping[str, Reader]) -> None:
        self._folder, self._readers = folder, readers

    def key_of(self, address: str, at: datetime) -> MailKey | None:
        """The address's key; None where there is no file. Raises KeyFault where there is one and none can be used."""
        name, fault = address.lower(), None
        if not FILE.fullmatch(name):
            return None
        for ending, read in self._readers.items():
            try:
                return read(self._read(self._folder / f"{name}{ending}"), at)
            except FileNotFoundError:
                continue
            except KeyFault as trouble:
                fault = fault or trouble
        if fault is None and not self._folder.is_dir():
            fault = KeyFault("mail.keys is no folder, or may not be looked into")
        if fault is not None:
            raise fault
        return None

    def holds(self, address: str) -> bool:
        """Whether there is a file for the address, good or bad."""
        name = address.lower()
        return bool(FILE.fullmatch(name)) and any((self._folder / f"{name}{end}").exists() for end in self._readers)

    def all(self, at: datetime) -> Iterator[Seen]:
        """Each file, and what can be said against it. Raises KeyFault where there is no folder."""
        try:
            found = sorted(self._folder.iterdir())
        except OSError as trouble:
            raise KeyFault(trouble.strerror or "it cannot be read") from None
        for path in found:
            read = self._readers.get(path.suffix)
            if path.name.startswith("."):
                continue
            if read is None or not FILE.fullmatch(path.stem) or "@" not in path.stem:
                endings = " or ".join(f"ADDRESS{ending}" for ending in self._readers)
                yield Seen(name=path.name, fault=f"it is never looked at: {endings}, in lower case, is expected")
                continue
            try:
                yield Seen(name=path.name, key=read(self._read(path), at))
            except (KeyFault, FileNotFoundError) as trouble:
                yield Seen(name=path.name, fault=str(trouble))

    @staticmethod
    def _read(path: Path) -> bytes:
        try:
            with path.open("rb") as file:
                text = file.read(LARGEST + 1)
        except FileNotFoundError:
            raise
        except OSError as trouble:
            raise KeyFault(f"the key cannot be read: {trouble.strerror or 'no access'}") from None
        if len(text) > LARGEST:
            raise KeyFault("the key's file is too large to be one")
        return text

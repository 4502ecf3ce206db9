"""`init`: a folder with everything that a first start needs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from socket import gethostname
from typing import Final

from bridge.compose.shared import upgrade_database
from bridge.config.model import Config
from bridge.config.reader import read
from bridge.domain.errors import BadInput, StoreFault
from connectors.certificates import development
from connectors.machine import SystemClock, dice
from connectors.vault import new_key_text

PRIVATE, PUBLIC = 0o600, 0o644
FOLDER: Final = 0o700
CONFIGURATION: Final = "resetbridge.yaml"
DATABASE: Final = "bridge.db"


def begin(folder: Path, data: Path | None = None) -> list[tuple[Path, str]]:
    """Fill a new or empty folder; returns what was written, each with what it is.

    data   the folder for the database, if not the same: a hardened unit cannot write beside the configuration
    Raises BadInput where the folder holds anything, StoreFault where it cannot be written.
    """
    database = (data or folder) / DATABASE
    if database.exists():
        raise BadInput(str(database), "a new database is expected; this one is there already")
    url = f"sqlite:///{data.absolute() / DATABASE}" if data else f"sqlite:///{DATABASE}"
    try:
        if data:
            data.mkdir(mode=FOLDER, parents=True, exist_ok=True)
        folder.mkdir(mode=FOLDER, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise BadInput(str(folder), "an empty or a new folder is expected; this one holds something")
        written = [(_write(folder / name, content, mode), words) for name, content, mode, words in _files(url)]
        secrets = folder / "secrets"
        secrets.mkdir(mode=FOLDER)
    except (FileExistsError, NotADirectoryError) as error:
        raise BadInput(
            str(error.filename or folder), "a folder is expected, or nothing; there is a file in the way"
        ) from None
    except OSError as error:
        raise StoreFault(f"{error.filename or folder}: cannot be written: {error.strerror}") from None
    upgrade_database(read(folder / CONFIGURATION))
    return [*written, (secrets, "for passwords: one file each, mode 0600"), (database, "an empty database")]


def new_key(config: Config) -> Path:
    """Draw another server key beside the first that is a file; returns where. Raises StoreFault."""
    beside = next((key.file for key in config.keys if key.file), config.path.absolute().parent / "keys/x")
    now = SystemClock().now()
    path = beside.with_name(f"{now:%Y-%m-%d}.key")
    try:
        if path.exists():
            path = beside.with_name(f"{now:%Y-%m-%dT%H%M%S}.key")
        return _write(path, new_key_text(dice).expose().encode() + b"\n", PRIVATE)
    except OSError as error:
        raise StoreFault(f"{path}: cannot be written: {error.strerror}") from None


def _files(url: str) -> Iterator[tuple[str, bytes, int, str]]:
    """Name, content, mode, what it is."""
    now = SystemClock().now()
    key = f"keys/{now:%Y-%m}.key"
    text = files("bridge.config").joinpath("beginning.yaml").read_text(encoding="utf-8").replace("@KEY@", key)
    text = text.replace("@DATABASE@", f"{url:<34}")
    issued = development(["localhost", "127.0.0.1", "::1", *_own_name()], at=now)
    yield CONFIGURATION, text.encode(), PRIVATE, "the configuration, with a comment on each setting"
    yield (
        key,
        new_key_text(dice).expose().encode() + b"\n",
        PRIVATE,
        "the server's key; back it up apart from the database",
    )
    yield "tls/ca.pem", issued.authority, PUBLIC, "a development authority: RESETBRIDGE_CA, or import it into a browser"
    yield "tls/cert.pem", issued.chain, PUBLIC, "a development certificate for localhost"
    yield "tls/key.pem", issued.key, PRIVATE, "its key"


def _own_name() -> list[str]:
    name = gethostname()
    return [name] if name.isascii() and name != "localhost" and 0 < len(name) <= 64 else []


def _write(path: Path, content: bytes, mode: int) -> Path:
    path.parent.mkdir(mode=FOLDER, exist_ok=True)
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(number, "wb") as file:
        os.fchmod(number, mode)
        file.write(content)
    return path

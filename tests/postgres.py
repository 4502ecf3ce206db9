"""A PostgreSQL server of our own for tests: a temporary folder, a socket in it, no TCP, gone at the end.

In a folder's conftest: ``from tests.postgres import postgres``. The server refuses to run as root, so tests that are
root start it under another account. A machine without PostgreSQL fails the tests that ask for it.
"""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

USER = "bridge"
PORT = 54329  # only a name for the socket
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "150",
    "deadlock_timeout": "200ms",
    "log_min_messages": "panic",
}


@dataclass
class Postgres:
    """A running server. `process` is its postmaster."""

    folder: Path
    process: subprocess.Popen[bytes]
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def url(self, database: str) -> str:
        """How `storage.url` names a database on it; no password is needed."""
        return f"postgresql+psycopg://{USER}@/{database}?host={self.folder}&port={PORT}"

    def new_database(self, like: str = "template0") -> str:
        """Make a database, empty or as a copy of another that nobody is connected to; returns its name."""
        name = f"bridge_{next(self._numbers)}"
        self.run(f'CREATE DATABASE {name} TEMPLATE "{like}"')
        return name

    def drop(self, database: str) -> None:
        """Throw a database away, whoever is connected."""
        self.run(f'DROP DATABASE "{database}" WITH (FORCE)')

    def run(self, statement: str, database: str = "postgres") -> None:
        """Run one statement, each on a connection of its own."""
        with self.connect(database) as connection:
            connection.execute(statement)

    def connect(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """Connect past the store; close it, or use it as a block."""
        return psycopg.connect(host=str(self.folder), port=PORT, user=USER, dbname=database, autocommit=True)


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Start a server; stop it and remove its files at the end of the block."""
    programs = _programs()
    account = _account()
    folder = Path(tempfile.mkdtemp(prefix="rb-pg-"))
    try:
        if account:
            os.chown(folder, account.pw_uid, account.pw_gid)
        _initdb(programs, folder / "data", account)
        process = _start(programs, folder, account)
        try:
            server = Postgres(folder, process)
            _wait_for(server)
            yield server
        finally:
            process.send_signal(signal.SIGQUIT)  # "immediate": what is on the disk is thrown away anyhow
            process.wait(30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for all tests of this process."""
    with running_postgres() as server:
        yield server


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[4]))
    if found:
        return found[-1].parent
    if on_path := shutil.which("postgres"):
        return Path(on_path).parent
    return pytest.fail("PostgreSQL's server is not installed (Debian: postgresql); these tests need it", pytrace=False)


def _account() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return pytest.fail("no account to run PostgreSQL under", pytrace=False)


def _as(account: pwd.struct_passwd | None) -> dict[str, Any]:
    who = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
    return {"cwd": "/", "env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}, **who}


def _initdb(programs: Path, data: Path, account: pwd.struct_passwd | None) -> None:
    order = [str(programs / "initdb"), "-D", str(data), "-U", USER, "--auth=trust", "--encoding=UTF8", "--locale=C"]
    done = subprocess.run([*order, "--no-sync"], capture_output=True, check=False, **_as(account))
    assert done.returncode == 0, done.stderr.decode()


def _start(programs: Path, folder: Path, account: pwd.struct_passwd | None) -> subprocess.Popen[bytes]:
    order = [str(programs / "postgres"), "-D", str(folder / "data"), "-k", str(folder), "-p", str(PORT)]
    for name, value in SETTINGS.items():
        order += ["-c", f"{name}={value}"]
    quiet: Any = subprocess.DEVNULL
    return subprocess.Popen(order, stdin=quiet, stdout=quiet, stderr=quiet, **_as(account))


def _wait_for(server: Postgres) -> None:
    end = time.monotonic() + 30
    while True:
        try:
            server.run("SELECT 1")
            return
        except psycopg.OperationalError:
            if server.process.poll() is not None or time.monotonic() > end:
                raise
            time.sleep(0.05)

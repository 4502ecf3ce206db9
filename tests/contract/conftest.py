"""Both databases, each test its own; a store opened with fresh keys."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bridge.domain.link import new_key
from bridge.domain.policy import Role
from bridge.domain.secret import Secret
from bridge.ports import Vault
from connectors.machine import dice
from connectors.store.engine import SqlStore, open_store
from connectors.store.upgrade import upgrade
from connectors.vault import KeyRing, new_key_text
from tests.contract.caller import Caller
from tests.fakes.kit import House, house
from tests.fakes.web import Browser, token_for
from tests.postgres import Postgres, postgres

__all__ = ["postgres"]

Open = Callable[..., SqlStore]


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file as `upgrade` makes it, to be copied."""
    path = tmp_path_factory.mktemp("template") / "bridge.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres: Postgres) -> str:
    """A PostgreSQL database as `upgrade` makes it, to be copied."""
    name = postgres.new_database()
    upgrade(postgres.url(name))
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A database of its own on either engine, ready to be opened."""
    if request.param == "sqlite":
        yield str(request.getfixturevalue("sqlite_url"))
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = server.new_database(request.getfixturevalue("postgres_template"))
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A SQLite database of its own."""
    path = tmp_path / "bridge.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def key_text() -> Secret:
    """A server key as its file holds it."""
    return new_key_text(dice)


@pytest.fixture
def ring(key_text: Secret) -> KeyRing:
    """A ring of that one key."""
    return KeyRing([key_text])


@pytest.fixture
def open_at(ring: KeyRing) -> Iterator[Open]:
    """Open further stores; all are closed at the end."""
    opened: list[SqlStore] = []

    def opener(at: str, keys: KeyRing = ring) -> SqlStore:
        opened.append(open_store(at, None, keys))
        return opened[-1]

    yield opener
    for one in reversed(opened):
        one.close()


@pytest.fixture
def store(url: str, open_at: Open) -> SqlStore:
    """The store under test, over SQLite and over PostgreSQL."""
    return open_at(url)


@pytest.fixture
def vault(ring: KeyRing) -> Vault:
    """The port."""
    return ring


@pytest.fixture
def key() -> Secret:
    """A link key."""
    return new_key(dice)


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path) as made:
        yield made


@pytest.fixture
def agent(bridge: House) -> Caller:
    return Caller(Browser(bridge), token_for(bridge, "anna", Role.AGENT))

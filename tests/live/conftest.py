"""What more than one of these modules talks to: a relay, a provider, simulated hosts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from connectors.hosts.transports.ssh import SshWire
from connectors.simulated.mailbox import SimulatedMailbox
from connectors.simulated.shell import SimulatedShell
from connectors.simulated.users import UserDatabase
from connectors.simulated.witness import Witness
from connectors.simulated.zos import SimulatedZos
from tests.live.provider import Provider, provider
from tests.live.ssh_shells import PUBLIC, wire_to
from tests.live.tn3270_wires import system


@pytest.fixture
def mailbox() -> Iterator[SimulatedMailbox]:
    with SimulatedMailbox() as box:
        yield box


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    with provider(tmp_path_factory.mktemp("provider")) as made:
        yield made


@pytest.fixture
def company(running: Provider) -> Iterator[Provider]:
    """It, honest and well again after each test."""
    yield running
    running.away, running.bend, running.keys, running.metadata = False, None, None, None
    running.client_key = None


@pytest.fixture
def zos() -> Iterator[SimulatedZos]:
    with system() as zos:
        yield zos


@pytest.fixture
def users() -> UserDatabase:
    users = UserDatabase()
    users.define("RSTBRDG", password="SERVICE1")
    users.define("JSMITH", name="JOHN SMITH", password="OLDPASS1", owner="PAYROLL")
    users.define("BOSS", password="BOSSPASS", attributes={"SPECIAL"})
    users.permit("IRR.PASSWORD.RESET", "RSTBRDG")
    users.permit("IRR.LISTUSER", "RSTBRDG")
    return users


@pytest.fixture
def shell(users: UserDatabase) -> Iterator[SimulatedShell]:
    with SimulatedShell(users, authorized={"RSTBRDG": PUBLIC}, witness=Witness()) as shell:
        yield shell


@pytest.fixture
def wire(shell: SimulatedShell) -> Iterator[SshWire]:
    wire = wire_to(shell)
    wire.open()
    yield wire
    wire.close()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Signs what servers of a module show."""
    return trustme.CA()


@pytest.fixture(scope="module")
def trusted(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its certificate, as `ca` in a configuration has it."""
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path

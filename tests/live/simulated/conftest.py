"""A simulated host with the seeded users, and s3270 sessions at it."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import trustme

from connectors.simulated.seeds import SERVICE, seeded
from connectors.simulated.zos import SimulatedZos, Witness
from tests.live.simulated.emulators import S3270, log_on

SERVICE_PASSWORD, USER_PASSWORD = "SERV1CE9", "OLDPASS1"

StartHost = Callable[..., SimulatedZos]
StartTerminal = Callable[..., S3270]


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


@pytest.fixture
def start(stack: ExitStack) -> StartHost:
    """Start a host: `start("acf2", settings=…, options=…)`."""

    def starting(product: Any = "racf", **given: Any) -> SimulatedZos:
        settings = given.pop("settings", None)
        users = given.pop("users", None) or seeded(
            product, service_password=SERVICE_PASSWORD, user_password=USER_PASSWORD, settings=settings
        )
        given.setdefault("witness", Witness())
        return stack.enter_context(SimulatedZos(product, users=users, **given))

    return starting


@pytest.fixture
def terminal(stack: ExitStack) -> StartTerminal:
    def starting(*options: str, **given: Any) -> S3270:
        return stack.enter_context(S3270(*options, **given))

    return starting


@pytest.fixture
def at_ready(terminal: StartTerminal) -> Callable[[SimulatedZos], S3270]:
    """A session of the service id at READY, prompting off."""

    def going(zos: SimulatedZos) -> S3270:
        session = terminal()
        log_on(session, zos.port, SERVICE, SERVICE_PASSWORD)
        session.command("PROFILE NOPROMPT NOINTERCOM MSGID NOWTPMSG")
        return session

    return going


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.CA, Path]:
    ca = trustme.CA()
    path = tmp_path_factory.mktemp("tls") / "ca.pem"
    ca.cert_pem.write_to_path(str(path))
    return ca, path


@pytest.fixture(scope="session")
def server_tls(authority: tuple[trustme.CA, Path]) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority[0].issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return context

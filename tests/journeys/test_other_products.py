"""One whole reset each on Top Secret over a 3270, and on this very machine as a UNIX system."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.certificates import development
from connectors.machine import SystemClock
from connectors.simulated.seeds import seeded
from connectors.simulated.tso_user import first_logon
from connectors.simulated.witness import Witness
from connectors.simulated.zos import SimulatedZos
from tests.journeys.bridge import Another, bridge
from tests.live import accounts
from tests.live import sshd as servers
from tests.live.accounts import account, log_in
from tests.live.sshd import Sshd

SERVICE = "SERVICE1"
TSS_HOST = "tss.demo.example"


def tls_of(folder: Path) -> tuple[ssl.SSLContext, str]:
    """A server's context for TSS_HOST, and its authority's certificate."""
    issued = development([TSS_HOST], at=SystemClock().now())
    (folder / "tss.pem").write_bytes(issued.chain)
    (folder / "tss.key").write_text(issued.key.decode())
    (folder / "tss-ca.pem").write_bytes(issued.authority)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "tss.pem", folder / "tss.key")
    return context, issued.authority.decode()


def test_i3_i11_a_reset_on_topsecret_is_completed(tmp_path: Path) -> None:
    """Asked, mailed, opened with the release code, used on TSO, completed; a suspension is lifted on the way."""
    context, authority = tls_of(tmp_path)
    users = seeded("topsecret", service_password=SERVICE, user_password="OLDPW234")
    witness = Witness()
    with SimulatedZos("topsecret", users=users, tls=context, witness=witness) as zos:
        transport = {
            "type": "tn3270", "host": zos.host, "port": zos.port, "codepage": "1047",
            "tls": {"ca": str(tmp_path / "tss-ca.pem"), "name": TSS_HOST},
        }  # fmt: skip
        system = Another(
            name="PRODT",
            settings={
                "product": "topsecret", "transport": transport,
                "service_id": {"userid": "RSTBRDG", "password": {"file": "secrets/tss"}},
            },
            secrets={"tss": SERVICE},
            userids=["JSMITH"],
        )  # fmt: skip
        with bridge(tmp_path / "bridge", crowd=1, another=[system]) as made:
            reset = made.ask("PRODT", "JSMITH")
            made.await_state(reset.id, "published")
            page = made.open(made.links("p000@demo.example")[0], reset.release_code)
            assert page.password is not None
            lenient = ssl.create_default_context(cadata=authority)
            lenient.check_hostname = False
            logon = first_logon(zos.host, zos.port, "JSMITH", page.password.expose(), "MYOWN234", ssl_context=lenient)
            assert (logon.forced_change, logon.ready) == (True, True)
            assert made.await_state(reset.id, "completed")["failure"] is None
            assert not made.traces_of(witness.passwords_ever_set)
    assert not users.user("JSMITH").suspensions


@pytest.fixture
def server() -> Iterator[Sshd]:
    """PAM decides, as on any Linux."""
    accounts.machine_is_ready()
    with servers.running("UsePAM yes", "PasswordAuthentication yes", forced=False) as server:
        yield server


def test_i3_i11_a_reset_on_unix_is_completed(tmp_path: Path, server: Sshd) -> None:
    """A real sshd, a real account, chpasswd and PAM; OpenSSH's client is made to choose a new password."""
    own = "My-0wn-Ch01ce"
    with account() as anna:
        transport = {
            "type": "ssh", "host": "127.0.0.1", "port": server.port, "host_key": [server.host_key],
            "key": {"file": "secrets/unix.key"},
        }  # fmt: skip
        system = Another(
            name="UNIX1",
            settings={
                "product": "unix", "transport": transport, "service_id": {"userid": server.user},
                "unix": {"sudo": None}, "password": {"length": 12},
            },
            secrets={"unix.key": server.key.expose()},
            userids=[anna],
        )  # fmt: skip
        with bridge(tmp_path / "bridge", crowd=1, another=[system]) as made:
            reset = made.ask("UNIX1", anna)
            made.await_state(reset.id, "published")
            page = made.open(made.links("p000@demo.example")[0], reset.release_code)
            assert page.password is not None
            shown = page.password.expose()
            login = log_in(server, anna, ("password:", shown), ("current password:", shown),
                           ("new password:", own), ("new password:", own))  # fmt: skip
            assert "You are required to change your password" in login.seen, login.seen
            assert log_in(server, anna, ("password:", own)).shell
            assert made.await_state(reset.id, "completed")["failure"] is None
            assert not made.traces_of([shown])

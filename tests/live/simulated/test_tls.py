"""TN3270 under TLS: the handshake is a real one."""

import ssl
from queue import Empty

import pytest

from connectors.simulated.faults import Fault
from connectors.simulated.seeds import SERVICE
from connectors.simulated.tso_user import first_logon
from connectors.simulated.zos import SimulatedZos
from tests.live.simulated.conftest import SERVICE_PASSWORD
from tests.live.simulated.emulators import log_on


def test_s3270_verifies_the_host(start, terminal, authority, server_tls):
    zos = start(tls=server_tls)
    session = terminal("-cafile", str(authority[1]), "-accepthostname", "localhost")
    log_on(session, zos.port, SERVICE, SERVICE_PASSWORD, prefix="L:")
    assert session.do("Query(Tls)")[0].startswith("secure host-verified")


def test_a_stranger_s_certificate_is_refused(start, terminal, server_tls):
    zos = start(tls=server_tls)
    session = terminal()
    with pytest.raises((AssertionError, Empty)):
        session.do(f'Connect("L:127.0.0.1:{zos.port}")', within=3)


def test_tls_may_hang_before_the_handshake(start, terminal, authority, server_tls):
    zos = start(tls=server_tls)
    zos.faults.arm(Fault.HANG_AT_CONNECT)
    session = terminal("-cafile", str(authority[1]))
    with pytest.raises(Empty):
        session.do(f'Connect("L:127.0.0.1:{zos.port}")', within=1)


def test_the_user_s_first_logon_goes_through_tls(start, authority, server_tls):
    zos: SimulatedZos = start(tls=server_tls)
    zos.users.define("NEWUSER", password="TEMP2345", expired=True)
    trusting = ssl.create_default_context(cafile=str(authority[1]))

    happened = first_logon("localhost", zos.port, "NEWUSER", "TEMP2345", "CHOSEN12", ssl_context=trusting)

    assert happened.forced_change
    assert happened.ready
    assert zos.accepts("NEWUSER", "CHOSEN12")

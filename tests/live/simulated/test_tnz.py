"""A second, independent terminal (tnz, classic TN3270) agrees with s3270 about what the host says."""

import asyncio
import time
from collections.abc import Callable

import pytest
from tnz import tnz

from connectors.simulated.seeds import SERVICE
from tests.live.simulated.conftest import SERVICE_PASSWORD


@pytest.fixture
def session(start):
    zos = start()
    loop = asyncio.new_event_loop()  # tnz takes the thread's, and would leave one behind
    asyncio.set_event_loop(loop)
    try:
        terminal = tnz.connect(zos.host, zos.port, secure=False)
        yield zos, terminal
        terminal.shutdown()
        loop.run_until_complete(asyncio.sleep(0))  # the transport closes its socket in the loop's next round
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def wait(terminal: tnz.Tnz, holds: Callable[[str], bool]) -> str:
    deadline = time.monotonic() + 10
    while terminal.pwait or not holds(terminal.scrstr()):
        assert time.monotonic() < deadline, terminal.scrstr()
        terminal.wait(0.2)
    return str(terminal.scrstr())


def test_a_reset_from_logon_to_logoff(session):
    zos, terminal = session
    wait(terminal, lambda text: "===> Enter LOGON" in text)
    terminal.key_data(f"TSO {SERVICE}")
    terminal.enter()
    wait(terminal, lambda text: "TSO/E LOGON" in text)
    terminal.key_data(SERVICE_PASSWORD)
    terminal.enter()
    wait(terminal, lambda text: "***" in text)
    terminal.enter()
    wait(terminal, lambda text: text.split() == ["READY"])
    terminal.key_data("ALTUSER PAYROLL7 PASSWORD(TEMP2345) EXPIRED")
    terminal.enter()
    wait(terminal, lambda text: text.count("READY") == 2)
    terminal.key_data("LOGOFF")
    terminal.enter()
    wait(terminal, lambda text: "===> Enter LOGON" in text)

    assert zos.accepts("PAYROLL7", "TEMP2345")
    assert zos.sessions() == []
    assert zos.witness.violations == []

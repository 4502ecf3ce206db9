"""To the logon panel of the simulated z/OS."""

from __future__ import annotations


def to_panel(session, zos, userid, prefix=""):
    session.do(f'Connect("{prefix}127.0.0.1:{zos.port}")')
    session.wait_for("===> Enter LOGON")
    session.enter(f"TSO {userid}")
    return session.wait_for("TSO/E LOGON")

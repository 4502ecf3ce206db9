"""Reconnecting to a session that was lost: where it lands, and a new logon from READY."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from connectors.simulated.seeds import SERVICE, seeded
from tests.live.simulated.conftest import SERVICE_PASSWORD, USER_PASSWORD
from tests.live.simulated.emulators import log_on
from tests.live.simulated.panels import to_panel


def test_a_lost_line_leaves_the_session_for_reconnect(start, at_ready, terminal):
    zos = start()
    at_ready(zos).enter("ALTUSER PAYROLL7 PASSWRD(A)")
    assert zos.witness.wait_until(lambda witness: witness.typed.count("PASSWRD") == 1, 10)
    zos.cut_lines()
    assert [session.attached for session in zos.sessions()] == [False]

    again = terminal()
    to_panel(again, zos, SERVICE)
    again.enter(SERVICE_PASSWORD)
    again.wait_for("IKJ56425I")
    again.do("MoveCursor1(21,44)")
    again.type("S")
    again.do("MoveCursor1(8,20)")
    again.enter(SERVICE_PASSWORD)
    screen = again.wait_prompt()

    assert "IKT00300I LOGON RECONNECT SUCCESSFUL, SESSION ESTABLISHED" in screen


def test_a_lost_session_ends_when_its_time_is_up(start, terminal):
    now = [datetime(2026, 11, 25, 12, 0, tzinfo=UTC)]
    users = seeded("racf", service_password=SERVICE_PASSWORD, user_password=USER_PASSWORD, clock=lambda: now[0])
    zos = start(users=users)
    session = terminal()
    log_on(session, zos.port, SERVICE, SERVICE_PASSWORD)
    zos.cut_lines()
    assert len(zos.sessions()) == 1
    now[0] += timedelta(minutes=4)
    assert zos.sessions() == []


def reconnect(session, zos):
    to_panel(session, zos, SERVICE)
    session.type(SERVICE_PASSWORD)
    session.do("MoveCursor1(21,44)")
    session.enter("S")


def test_reconnect_lands_at_an_unanswered_prompt(start, terminal):
    zos = start()
    first = terminal()
    log_on(first, zos.port, SERVICE, SERVICE_PASSWORD)
    first.enter("ALTUSER")
    first.wait_prompt("IKJ56700A ENTER USERID -")
    zos.cut_lines()
    again = terminal()
    reconnect(again, zos)
    again.wait_prompt("IKJ56700A ENTER USERID -")
    again.do("PA(1)")
    again.wait_prompt()


def test_reconnect_lands_in_output_that_nobody_has_seen(start, terminal):
    zos = start()
    first = terminal()
    log_on(first, zos.port, SERVICE, SERVICE_PASSWORD)
    first.enter("LU (PAYROLL7 MBLAKE)")
    first.wait_for("***")
    zos.cut_lines()
    again = terminal()
    reconnect(again, zos)
    assert "USER=PAYROLL7" in again.wait_for("***")


def test_reconnect_lands_in_ispf(start, terminal):
    zos = start()
    first = terminal()
    log_on(first, zos.port, SERVICE, SERVICE_PASSWORD)
    first.enter("ISPF")
    first.wait_for("ISPF Primary Option Menu")
    zos.cut_lines()
    again = terminal()
    reconnect(again, zos)
    again.wait_for("***")
    again.enter()
    again.wait_for("ISPF Primary Option Menu")


def test_reconnect_without_a_session_is_a_plain_logon(start, terminal):
    zos = start()
    session = terminal()
    reconnect(session, zos)
    session.wait_for("IKJ56455I")


def test_logon_at_ready_begins_anew(start, at_ready):
    zos = start()
    session = at_ready(zos)
    session.enter("LOGON")
    session.wait_for("IKJ56700A ENTER USERID -")
    assert zos.sessions() == []

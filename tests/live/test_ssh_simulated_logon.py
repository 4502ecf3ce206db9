"""Connecting and logging on over SSH: host keys, refusals, silence, and what may be tried again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.domain.errors import HostUnreached, ServiceIdRejected
from connectors.hosts.transports.ssh import SshWire
from connectors.hosts.transports.ssh_connection import SshConnection
from connectors.simulated.faults import Fault
from connectors.simulated.shell import Habit, SimulatedShell
from connectors.simulated.users import UserDatabase
from tests.live.ssh_shells import PING, reset, wire_to


@pytest.mark.parametrize("habit", [Habit.DEAF, Habit.NO_CHANNELS])
def test_a_host_that_starts_no_helper_is_unreached_and_nothing_was_sent(
    shell: SimulatedShell, users: UserDatabase, habit: Habit
) -> None:
    """Channels refused, or the request to start the helper never answered: ends within the limit."""
    wire = wire_to(shell, connect_within=timedelta(seconds=1.5))
    wire.open()
    shell.habits.add(habit)

    with pytest.raises(HostUnreached, match="did not start 'rbhelper'"):
        wire.run(reset())
    assert users.accepts("JSMITH", "OLDPASS1")


def test_a_changed_host_key_is_refused_on_the_next_connection(shell: SimulatedShell, wire: SshWire) -> None:
    """Both fingerprints are told; the helper is not asked."""
    pinned = shell.host_key
    shell.change_host_key()
    asked = len(shell.commands)

    with pytest.raises(
        HostUnreached, match=r"is ecdsa-sha2-nistp256 SHA256:\S+, expected was ecdsa-sha2-nistp256 SHA256"
    ):
        wire_to(shell, host_key=(pinned,)).open()
    assert len(shell.commands) == asked
    assert wire.alive()


def test_a_host_that_is_silent_at_connect_is_unreached(shell: SimulatedShell) -> None:
    """And the next attempt goes through."""
    shell.faults.arm(Fault.HANG_AT_CONNECT, times=1)
    wire = wire_to(shell, connect_within=timedelta(seconds=1))

    with pytest.raises(HostUnreached):
        wire.open()
    wire.open()
    assert wire.alive()
    wire.close()


def test_a_password_logs_on_where_the_host_takes_one(shell: SimulatedShell) -> None:
    """Without a key."""
    wire = wire_to(shell, password="SERVICE1")
    wire.open()

    assert wire.run(PING)[0].text == "RBH000I RBHELPER 1 RACF RSTBRDG"
    wire.close()


def test_a_wrong_service_password_is_tried_exactly_once(shell: SimulatedShell, users: UserDatabase) -> None:
    """One violation is counted, the text holds no password, and no thread is left."""
    wire = wire_to(shell, password="Wr0ngOne")

    with pytest.raises(ServiceIdRejected, match="does not take the password of RSTBRDG") as caught:
        wire.open()

    assert users.user("RSTBRDG").violations == 1
    assert "Wr0ngOne" not in str(caught.value)


def test_a_connection_that_is_cut_while_idle_is_noticed_before_anything_is_sent(
    shell: SimulatedShell, users: UserDatabase, wire: SshWire
) -> None:
    """alive() says so; run() is HostUnreached and not AnswerLost."""
    shell.hang_up()

    assert not wire.alive()
    with pytest.raises(HostUnreached):
        wire.run(reset())
    assert users.accepts("JSMITH", "OLDPASS1")


@pytest.mark.parametrize("fault", [Fault.PASSWORD_WRONG, Fault.REVOKED, Fault.PASSWORD_EXPIRED])
@pytest.mark.parametrize("password", ["SERVICE1", None])
def test_a_logon_that_the_host_refuses_is_a_rejected_service_id(
    shell: SimulatedShell, fault: Fault, password: str | None
) -> None:
    """Whatever is offered, a password or a key, and right or not."""
    shell.faults.arm(fault, "RSTBRDG", times=1)

    with pytest.raises(ServiceIdRejected):
        wire_to(shell, password=password).open()


def test_a_line_that_drops_after_the_password_counts_as_a_refusal(shell: SimulatedShell) -> None:
    """Hosts hang up on wrong passwords, and each try counts: it is not repeated."""
    shell.habits.add(Habit.DROP_AT_LOGON)

    with pytest.raises(ServiceIdRejected, match="it hung up after the password"):
        wire_to(shell, password="SERVICE1").open()


def test_a_line_that_drops_after_the_key_can_be_tried_again(shell: SimulatedShell) -> None:
    """A key is not counted; the network may have failed."""
    shell.habits.add(Habit.DROP_AT_LOGON)

    with pytest.raises(HostUnreached, match="did not finish the logon: it hung up after the key of RSTBRDG"):
        wire_to(shell).open()


def test_a_line_that_is_reset_after_the_password_says_that_it_had_left(shell: SimulatedShell) -> None:
    """A firewall's doing, or a refusal: whoever tries again without end has it counted each time."""
    shell.habits.add(Habit.RESET_AT_LOGON)

    with pytest.raises(HostUnreached, match=r"lost while it was being made: .*reset by peer") as caught:
        wire_to(shell, password="SERVICE1").open()
    assert caught.value.typed


@pytest.mark.parametrize("step", ["_greet", "_let_in", "_start"])
def test_a_fault_of_ours_around_the_password_puts_none_in_doubt(
    shell: SimulatedShell, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Ahead of it none has left, behind it the host has taken it: a machine short of threads comes to rights."""

    def short(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(SshConnection, step, short)
    with pytest.raises(HostUnreached, match="no password is in doubt: RuntimeError") as caught:
        wire_to(shell, password="SERVICE1").open()
    assert not caught.value.typed


def test_a_fault_of_ours_while_the_password_is_out_stays_one(
    shell: SimulatedShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was counted nobody knows: that is for the circuit to count."""

    def breaks(*_: object, **__: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr("paramiko.Transport.auth_password", breaks)
    with pytest.raises(KeyError):
        wire_to(shell, password="SERVICE1").open()

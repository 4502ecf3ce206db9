"""Every way in and out of the simulated z/OS: refused once, fetched back, LU names, profiles."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bridge.domain.errors import AnswerLost, HostUnreached, ServiceIdRejected
from bridge.domain.names import Userid
from bridge.domain.outcome import Standing, Verb
from bridge.domain.secret import Line, Secret
from connectors.hosts.products.racf import Racf
from connectors.simulated.faults import Fault
from connectors.simulated.options import LogonStyle, Uss
from connectors.simulated.scenarios import SCENARIOS, UNKNOWN_MENU
from connectors.simulated.zos import SimulatedZos
from tests.live.tn3270_left import ONE_SECOND, nobody_left
from tests.live.tn3270_wires import LIST, NEW, SERVICE, USER, KeepingLog, opened, order, reset, system, wire_to

WAYS_IN: list[tuple[str, dict[str, Any]]] = [
    *((f"uss {uss} {'e' if extended else 'classic'}", {"uss": uss, "extended": extended})
      for uss in Uss for extended in (False, True)),
    *((f"logon {style}", {"logon": style}) for style in LogonStyle),
    ("more before the userid", {"more_before_userid": True}),
    ("no more after logon", {"more_after_logon": False}),
    ("notices on 23 pages", {"broadcast": tuple(f"NOTICE {number}" for number in range(500))}),
    ("notices like prompts", {"broadcast": ("READY", " READY", "***", "USERID X REVOKED", "ENTER USERID -") * 5}),
    ("ispf", {"ispf_autostart": True}),
    ("ispf asking about its log", {"ispf_autostart": True, "ispf_asks_about_log": True}),
    ("line cut at logoff", {"close_after_logoff": True}),
]  # fmt: skip


@pytest.mark.parametrize("options", [pytest.param(options, id=name) for name, options in WAYS_IN])
def test_every_way_in_leads_to_ready_and_out_again(options: dict[str, Any]) -> None:
    """Whatever VTAM, TSO and the logon procedure show, a reset is done and the session is logged off afterwards."""
    with system(**options) as zos:
        with opened(wire_to(zos.port)) as wire:
            before, change, after = wire.run(LIST), wire.run(reset()), wire.run(LIST)

        profile = Racf("PRODA").read_status(after, Userid(USER))
        assert profile.must_change
        assert Racf("PRODA").read_status(before, Userid(USER)).standing is Standing.ACTIVE
        assert [(reply.rows, reply.prompt) for reply in change] == [((), "READY")]
        assert zos.accepts(USER, NEW)
        assert zos.typed[-1] == "LOGOFF"
        nobody_left(zos)


@pytest.mark.parametrize("style", list(LogonStyle))
@pytest.mark.parametrize("fault", [Fault.PASSWORD_WRONG, Fault.PASSWORD_EXPIRED, Fault.REVOKED])
def test_a_refused_service_id_is_tried_once(style: LogonStyle, fault: Fault) -> None:
    """The host's no to the service id is final: one attempt, its words in the error, no session left behind."""
    with system("acf2" if style is LogonStyle.ACF2 else "racf", logon=style) as zos:
        zos.faults.arm(fault)
        wire = wire_to(zos.port)

        with pytest.raises(ServiceIdRejected, match=r"IKJ56|ACF010"):
            wire.open()

        assert zos.faults.fired(fault) == 1
        assert wire.pid is None
        nobody_left(zos)


def test_a_wrong_password_counts_once(zos: SimulatedZos) -> None:
    """A service password that is wrong in the configuration costs one violation, not two."""
    with pytest.raises(ServiceIdRejected, match="IKJ56421I"):
        wire_to(zos.port, password="WRONG123").open()
    with pytest.raises(ServiceIdRejected, match="was not typed: the password begins or ends with a blank"):
        wire_to(zos.port, password="SERVICE1 ").open()

    assert zos.users.user(SERVICE).violations == 1


@pytest.mark.parametrize("options", [{}, {"logon": LogonStyle.LINE}, {"ispf_autostart": True}, {"extended": True}])
def test_a_session_left_behind_is_logged_off_first(options: dict[str, Any]) -> None:
    """After a crash the old TSO session is taken over, logged off, and a new one begun."""
    with system(**options) as zos:
        lost = wire_to(zos.port)
        lost.open()
        assert lost.pid is not None
        os.kill(lost.pid, signal.SIGKILL)
        lost.close()
        assert len(zos.sessions()) == 1

        with opened(wire_to(zos.port)) as wire:
            assert wire.run(reset())[0].prompt == "READY"

        nobody_left(zos)
        assert zos.typed.count("LOGOFF") == 2


def test_a_session_that_stands_before_a_menu_on_no_list_is_logged_off() -> None:
    """The logon fails, and nothing is left in the way of the next one."""
    with system(**SCENARIOS[UNKNOWN_MENU].options) as zos:
        with pytest.raises(HostUnreached, match="the screen says: EXAMPLE BANK MASTER MENU"):
            wire_to(zos.port, logon_within=ONE_SECOND).open()

        nobody_left(zos)
        assert zos.typed.count("LOGOFF") == 1


def test_a_session_that_is_at_work_elsewhere_is_not_taken(zos: SimulatedZos) -> None:
    """Where RECONNECT is refused, the error says that the service id is logged on elsewhere."""
    zos.faults.arm(Fault.ALREADY_LOGGED_ON)

    with pytest.raises(HostUnreached, match="logged on elsewhere"):
        wire_to(zos.port).open()


@pytest.mark.parametrize("known", [True, False], ids=["same process", "another process"])
def test_i1_what_a_session_shows_that_is_taken_over_is_masked(zos: SimulatedZos, known: bool) -> None:
    """The answer to a reset whose line was cut comes after the reconnect, and quotes the password."""
    says = "QUOTE {} AGAIN" if known else "IKJ56702I INVALID PASSWORD, {}\nIKJ56644I NOTHING ELSE"
    zos.faults.arm(Fault.AFTERWORD, "ALTUSER", text=says.format(NEW))
    zos.faults.arm(Fault.DROP_AFTER, "ALTUSER", times=1)
    unread: list[Secret] = []
    with opened(wire_to(zos.port, unread=unread)) as wire, pytest.raises(AnswerLost):
        wire.run(reset())

    log = KeepingLog()
    with opened(wire_to(zos.port, log=log, unread=unread if known else [])) as wire:
        assert wire.run(LIST)[0].prompt == "READY"

    shown = repr(log.facts)
    assert NEW not in shown
    assert "QUOTE ******** AGAIN" in shown if known else "INVALID PASSWORD, ********" in shown
    assert not unread or not known


def test_a_session_that_ends_by_itself_is_waited_for(zos: SimulatedZos) -> None:
    """Within reconnect_wait the logon is tried again."""
    zos.faults.arm(Fault.ALREADY_LOGGED_ON, times=2)

    with opened(wire_to(zos.port, reconnect_wait=timedelta(seconds=30))) as wire:
        assert wire.alive()


def test_lu_names_are_asked_for_in_turn() -> None:
    """The first LU is refused, the second given; where none is given the session is not used."""
    with system(extended=True) as zos:
        zos.faults.arm(Fault.LU_REFUSED, "RSTB01", count=1)
        with opened(wire_to(zos.port, lu=("RSTB01", "RSTB02"))) as wire:
            assert wire.alive()


@pytest.mark.parametrize(
    "command", ["LOGON APPLID(NOPE)", "LOGIN", "LOGON APPLID(TSO", "LOGON APPLID(TSO) COLOUR(RED)", "LOGON"]
)
def test_a_logon_command_that_vtam_refuses_is_shown_with_its_words(zos: SimulatedZos, command: str) -> None:
    """What VTAM says to a wrong logon command is in the error."""
    with pytest.raises(HostUnreached, match=r"no TSO session: .+"):
        wire_to(zos.port, logon={"command": command}).open()


def test_the_userid_can_come_with_the_logon_command(zos: SimulatedZos) -> None:
    """{userid} in the logon command is the service id."""
    with opened(wire_to(zos.port, logon={"command": "LOGON APPLID(TSO) DATA({userid})"})) as wire:
        assert wire.alive()


@pytest.mark.parametrize("page", ["037", "1047", "273", "277", "278", "280", "284", "285", "297", "1141", "1149"])
def test_userids_may_be_long_and_of_national_characters(page: str) -> None:
    """Eight characters, three of which are others in other code pages: the host's userid, by its bytes, is changed."""
    userid = "@#$PAY78"
    with system(codepage=page) as zos:
        zos.users.define(userid, password="OLDPASS1")
        with opened(wire_to(zos.port, codepage=page)) as wire:
            listing = wire.run(replace(order(f"LISTUSER {userid}", verb=Verb.STATUS), userid=Userid(userid)))
            assert Racf("PRODA").read_status(listing, Userid(userid)).standing is Standing.ACTIVE
            wire.run(order(Line(f"ALTUSER {userid} PASSWORD(", Secret(NEW), ") EXPIRED")))
        assert zos.accepts(userid, NEW)


@pytest.mark.parametrize("page", ["1047", "273", "278", "285", "297"])
def test_the_service_ids_own_national_characters_are_the_hosts_bytes(page: str) -> None:
    """In its password, which a file holds as # @ $, and nowhere to be read in what the log is told."""
    log = KeepingLog()
    with system(codepage=page) as zos:
        zos.users.set_password(zos.users.user(SERVICE), "P#@$W234", datetime(2026, 11, 1, tzinfo=UTC), expired=False)
        with opened(wire_to(zos.port, codepage=page, password="P#@$W234", log=log)) as wire:
            assert wire.alive()
    assert log.facts
    assert "W234" not in str(log.facts)


def test_a_profile_that_is_not_answered_leaves_nothing_behind() -> None:
    """Right behind the logon: nothing of any order was sent, so it may be tried again."""
    with system() as zos:
        zos.faults.arm(Fault.FROZEN, "PROFILE", times=1)
        wire = wire_to(zos.port, answer_within=ONE_SECOND)
        with pytest.raises(HostUnreached, match="no answer to PROFILE, right after logon"):
            wire.open()
        assert wire.pid is None


def test_what_a_profile_says_is_told() -> None:
    """A setting that the host refuses shows in the log."""
    log = KeepingLog()
    with system() as zos:
        zos.faults.arm(Fault.AFTERWORD, "PROFILE", text="IKJ56712I INVALID KEYWORD, NOWTPMSG")
        with opened(wire_to(zos.port, log=log)):
            pass
    told = [facts["said"] for event, facts in log.facts if event == "host.profile"]
    assert any("IKJ56712I" in str(each) for each in told)


def test_a_host_that_gives_no_lu_by_hanging_up_is_told() -> None:
    """Classic TN3270 has no words for it."""
    with system(extended=False) as zos:
        zos.faults.arm(Fault.LU_REFUSED, times=None, count=1)
        with pytest.raises(HostUnreached, match="it may not give the LU names LUSIM01"):
            wire_to(zos.port, lu=("LUSIM01",)).open()


def test_a_host_that_gives_no_lu_and_falls_silent_is_told() -> None:
    """Some refuse the name, leave the connection open, and begin no session."""
    with system(extended=True) as zos:
        zos.faults.arm(Fault.HANG_AFTER_NEGOTIATION)
        with pytest.raises(HostUnreached, match=r"does not finish.*may not give the LU names LUSIM01"):
            wire_to(zos.port, lu=("LUSIM01",), connect_within=timedelta(seconds=3)).open()

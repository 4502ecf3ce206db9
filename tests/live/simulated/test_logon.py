"""Every way into TSO, and every way of being turned away, with s3270 as the terminal."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from connectors.simulated.codepages import codepage
from connectors.simulated.datastream import Aid
from connectors.simulated.emulator import Emulator
from connectors.simulated.entry import Outcome
from connectors.simulated.faults import Fault
from connectors.simulated.options import HostOptions, LogonStyle, Uss
from connectors.simulated.seeds import SERVICE
from connectors.simulated.tso_user import first_logon
from tests.live.simulated.conftest import SERVICE_PASSWORD, USER_PASSWORD
from tests.live.simulated.panels import to_panel


def test_the_panel_is_where_captures_have_it(start, terminal):
    session = terminal()
    to_panel(session, start(), SERVICE)
    assert session.status[8:10] == ["7", "19"]  # row 8, column 20
    assert session.do("Ascii(5,4,14)") == ["Userid    ===>"]
    session.type("HIDDEN12")
    assert "HIDDEN12" not in session.screen()


def test_the_wrong_password_is_counted_and_then_revokes(start, terminal):
    zos = start()
    session = terminal()
    to_panel(session, zos, "MBLAKE")
    for _ in range(zos.users.settings.revoke_after):
        session.enter("WRONGPW1")
        session.wait_for("IKJ56421I PASSWORD NOT AUTHORIZED FOR USERID")
    session.wait_for("ICH70003I")
    session.enter(USER_PASSWORD)
    session.wait_for("IKJ56424I")
    assert zos.users.user("MBLAKE").revoked
    assert [attempt.outcome for attempt in zos.witness.logons] == [Outcome.WRONG] * 5 + [Outcome.REVOKED]


def test_an_unknown_userid_is_told_so_before_any_panel(start, terminal):
    session = terminal()
    session.do(f'Connect("127.0.0.1:{start().port}")')
    session.enter("TSO NOBODY")
    session.wait_for("IKJ56420I Userid NOBODY not authorized to use TSO")


def test_first_use_forces_a_new_password_typed_twice(start, terminal):
    zos = start()
    zos.users.define("NEWUSER", password="TEMP2345", expired=True)
    session = terminal()
    to_panel(session, zos, "NEWUSER")
    session.enter("TEMP2345")
    session.wait_for("IKJ56415I")
    session.enter("CHOSEN12")
    session.wait_for("IKJ56447A")
    session.enter("CHOSEN13")
    session.wait_for("NEW PASSWORD NOT VERIFIED")
    session.enter("CHOSEN12")
    session.wait_for("IKJ56447A")
    session.enter("CHOSEN12")
    session.wait_for("IKJ56455I")
    assert zos.accepts("NEWUSER", "CHOSEN12")
    assert not zos.users.user("NEWUSER").password.expired


def test_the_old_password_cannot_be_chosen_again(start, terminal):
    zos = start()
    zos.users.define("NEWUSER", password="TEMP2345", expired=True)
    session = terminal()
    to_panel(session, zos, "NEWUSER")
    session.enter("TEMP2345")
    session.wait_for("IKJ56415I")
    session.enter("TEMP2345")
    session.wait_for("IKJ56447A")
    session.enter("TEMP2345")
    session.wait_for("IKJ56416I")


def test_line_mode_asks_in_a_field_that_does_not_show(start, terminal):
    zos = start(options=HostOptions(logon=LogonStyle.LINE, uss=Uss.NONE))
    session = terminal()
    session.do(f'Connect("127.0.0.1:{zos.port}")')
    session.wait_for("IKJ56700A ENTER USERID -")
    session.enter(SERVICE)
    session.wait_for(f"IKJ56714A ENTER CURRENT PASSWORD FOR {SERVICE}-")
    session.type(SERVICE_PASSWORD)
    assert SERVICE_PASSWORD not in session.screen()
    session.enter()
    session.wait_for("***")
    session.enter()
    session.wait_prompt()
    assert zos.witness.violations == []


def test_a_password_behind_the_userid_works_and_is_noticed(start, terminal):
    zos = start(options=HostOptions(logon=LogonStyle.LINE, uss=Uss.NONE))
    session = terminal()
    session.do(f'Connect("127.0.0.1:{zos.port}")')
    session.wait_for("IKJ56700A")
    session.enter(f"{SERVICE}/{SERVICE_PASSWORD}")
    session.wait_for("IKJ56455I")
    assert zos.witness.violations == ["a password where it can be read"]


def test_one_userid_has_one_session(start, at_ready, terminal):
    zos = start()
    at_ready(zos)
    second = terminal()
    to_panel(second, zos, SERVICE)
    second.enter(SERVICE_PASSWORD)
    second.wait_for(f"IKJ56425I LOGON REJECTED, USERID {SERVICE} ALREADY LOGGED ON TO SYSTEM SYSA")
    second.do("MoveCursor1(21,44)")
    second.type("S")
    second.do("MoveCursor1(8,20)")
    second.enter(SERVICE_PASSWORD)
    second.wait_for("IKJ56411I")


def test_pf3_leaves_the_panel(start, terminal):
    session = terminal()
    to_panel(session, start(), SERVICE)
    session.do("PF(3)")
    session.wait_for("===> Enter LOGON")


def test_the_command_field_is_remembered_and_starts_ispf(start, terminal):
    zos = start(options=HostOptions(ispf_asks_about_log=True))
    session = terminal()
    to_panel(session, zos, SERVICE)
    session.type(SERVICE_PASSWORD)
    session.do("MoveCursor1(18,20)")
    session.enter("ISPF")
    session.wait_for("***")
    session.enter()
    session.wait_for("ISPF Primary Option Menu")
    session.enter("=X")
    session.wait_for("Specify Disposition of Log Data Set")
    session.enter("2")
    session.wait_prompt()
    session.enter("LOGOFF")
    session.wait_for("===> Enter LOGON")
    session.enter(f"TSO {SERVICE}")
    assert "Command   ===> ISPF" in session.wait_for("TSO/E LOGON")


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("ALTUSER PAYROLL7 PASSWORD(X)", "ALTUSER COMMAND UNRECOGNIZED"),
        ("LOGON", "REQUIRED PARAMETER OMITTED"),
        ("LOGON APPLID(CICS)", "LOGON UNABLE TO ESTABLISH SESSION - CICS FAILED WITH SENSE 087D0001"),
        ("LOGON APPLID(TSO", "INVALID LOGON COMMAND SYNTAX"),
        ("LOGON APPLID(TSO) FOO(BAR)", "FOO PARAMETER EXTRANEOUS"),
    ],
)
@pytest.mark.parametrize("uss", [Uss.SSCP, Uss.FORMATTED, Uss.UNFORMATTED])
def test_uss_answers_in_vtam_s_words(start, terminal, typed, answer, uss):
    session = terminal()
    session.do(f'Connect("C:127.0.0.1:{start(options=HostOptions(uss=uss)).port}")')
    session.wait_for("===> Enter LOGON")
    session.enter(typed)
    session.wait_for(answer)


def test_classic_tn3270_works_as_well(start, terminal):
    zos = start(options=HostOptions(uss=Uss.UNFORMATTED))
    session = terminal()
    session.do(f'Connect("N:C:127.0.0.1:{zos.port}")')
    session.wait_for("===> Enter LOGON")
    session.enter(f"LOGON APPLID(TSO) DATA({SERVICE})")
    session.wait_for("TSO/E LOGON")
    session.enter(SERVICE_PASSWORD)
    session.wait_for("***")
    session.enter()
    session.wait_prompt()
    assert session.do("Query(ConnectionState)") == ["connected-3270"]


def test_a_terminal_that_cannot_be_queried_is_no_use_to_tso(start, terminal):
    session = terminal()
    session.do(f'Connect("S:N:127.0.0.1:{start().port}")')
    session.wait_for("===> Enter LOGON")
    session.enter("TSO")
    session.wait_for("IKT00405I")


def test_the_lu_asked_for_is_given_or_refused(start, terminal):
    zos = start(options=HostOptions(lus=("RSTB01", "RSTB02")))
    first, second = terminal(), terminal()
    first.do(f'Connect("RSTB01@127.0.0.1:{zos.port}")')
    second.do(f'Connect("RSTB01,RSTB02@127.0.0.1:{zos.port}")')
    assert first.do("Query(LuName)") == ["RSTB01"]
    assert second.do("Query(LuName)") == ["RSTB02"]


def test_a_refused_lu_falls_back_to_classic(start, terminal):
    zos = start()
    zos.faults.arm(Fault.LU_REFUSED, "RSTB01", times=1)
    session = terminal()
    session.do(f'Connect("C:RSTB01@127.0.0.1:{zos.port}")')
    session.wait_for("===> Enter LOGON")
    assert session.do("Query(ConnectionState)") == ["connected-3270"]


def test_sysreq_and_logoff_end_the_session(start, at_ready):
    zos = start()
    session = at_ready(zos)
    session.do("SysReq()")
    session.do("Wait(1,Output)", must=False)
    session.enter("LOGOFF")
    session.wait_for("===> Enter LOGON")
    assert zos.sessions() == []


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault.PASSWORD_WRONG, "IKJ56421I"),
        (Fault.PASSWORD_EXPIRED, "IKJ56415I"),
        (Fault.REVOKED, "IKJ56424I"),
        (Fault.ALREADY_LOGGED_ON, "IKJ56425I"),
    ],
)
def test_faults_of_the_service_id(start, terminal, fault, words):
    zos = start()
    zos.faults.arm(fault, SERVICE)
    session = terminal()
    to_panel(session, zos, SERVICE)
    session.enter(SERVICE_PASSWORD)
    session.wait_for(words)
    assert zos.users.user(SERVICE).violations == 0


def test_acf2_asks_itself_where_it_is_set_up_so(start, terminal):
    zos = start("acf2", options=HostOptions(logon=LogonStyle.ACF2, uss=Uss.NONE, more_before_userid=True))
    session = terminal()
    session.do(f'Connect("127.0.0.1:{zos.port}")')
    session.wait_for("***")
    session.enter()
    session.wait_for("ACF82003")
    session.enter("PAYROLL7")
    session.wait_for("ACF82004")
    session.enter("WRONGPW1")
    session.wait_for("ACF01012 PASSWORD NOT MATCHED")
    session.enter(USER_PASSWORD)
    session.wait_for("ACF01137 PAYROLL7 LAST SYSTEM ACCESS")


def test_an_operator_cancels_a_user(start, at_ready):
    zos = start()
    session = at_ready(zos)
    assert zos.cancel(SERVICE)
    session.do("Wait(5,Disconnect)")
    assert zos.sessions() == []
    assert not zos.cancel(SERVICE)


def test_a_key_on_a_locked_keyboard_is_dropped_and_noticed(start):
    zos = start()
    with Emulator(zos.host, zos.port) as rude:
        rude.wait(lambda screen: "===> Enter LOGON" in screen.text())
        rude.screen.type("TSO PAYROLL7")
        rude.press(Aid.ENTER)
        rude.press(Aid.ENTER)
        rude.wait(lambda screen: "TSO/E LOGON" in screen.text())
        assert zos.witness.wait_until(lambda witness: witness.violations, 10)
    assert zos.witness.violations[0].startswith("key 7D on a locked keyboard")


def test_text_outside_any_field_is_left_out_and_noticed(start):
    zos = start(options=HostOptions(uss=Uss.NONE))
    with Emulator(zos.host, zos.port) as rude:
        rude.wait(lambda screen: "ENTER USERID" in screen.text())
        rude.screen.type("PAYROLL7")
        rude.press(Aid.ENTER)
        rude.wait(lambda screen: "TSO/E LOGON" in screen.text())
        rude.send(bytes((Aid.ENTER, 0x40, 0x40, 0x11, 0x40, 0x40)) + codepage("1047").encode(USER_PASSWORD))
        rude.screen.locked = True
        rude.wait(lambda screen: "IKJ56476I ENTER PASSWORD" in screen.text())
    assert zos.witness.violations == ["text at cell 0, where no field is"]


def test_many_at_once(start):
    zos = start()
    users = [f"USR{number:03}" for number in range(40)]
    for userid in users:
        zos.users.define(userid, password="TEMP2345", expired=True)

    def go(userid: str) -> bool:
        return first_logon(zos.host, zos.port, userid, "TEMP2345", "CHOSEN12").ready

    with ThreadPoolExecutor(20) as pool:
        assert all(pool.map(go, users))
    assert all(zos.accepts(userid, "CHOSEN12") for userid in users)


def test_stopping_cuts_whoever_is_still_there(start):
    zos = start()
    with Emulator(zos.host, zos.port) as terminal:
        terminal.wait(lambda screen: "===> Enter LOGON" in screen.text())
        zos.stop()
        with pytest.raises(ConnectionError):
            terminal.wait(lambda screen: "never" in screen.text())

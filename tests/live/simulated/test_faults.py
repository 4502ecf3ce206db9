"""What goes wrong on purpose really goes wrong, seen from s3270."""

import queue
import threading

import pytest

from connectors.simulated.faults import Fault
from connectors.simulated.seeds import SERVICE
from tests.live.simulated.conftest import SERVICE_PASSWORD, USER_PASSWORD

RESET = "ALTUSER PAYROLL7 PASSWORD(TEMP2345) EXPIRED"


def test_hang_up_before_leaves_the_password_as_it_was(start, at_ready):
    zos = start()
    session = at_ready(zos)
    zos.hang_up_before("ALTUSER")
    session.enter(RESET)
    session.do("Wait(5,Disconnect)")
    assert zos.accepts("PAYROLL7", USER_PASSWORD)
    assert zos.typed.count("ALTUSER") == 0


def test_hang_up_after_has_set_it_and_does_so_once(start, at_ready):
    zos = start()
    session = at_ready(zos)
    zos.hang_up_after("ALTUSER", times=1)
    session.enter(RESET)
    session.do("Wait(5,Disconnect)")
    assert zos.accepts("PAYROLL7", "TEMP2345")
    assert zos.typed.count("ALTUSER") == 1
    assert zos.faults.take(Fault.DROP_AFTER, RESET) is None


@pytest.mark.parametrize(("fault", "set_"), [(Fault.FROZEN, False), (Fault.FROZEN_AFTER, True)])
def test_a_frozen_host_never_answers(start, at_ready, fault, set_):
    zos = start()
    session = at_ready(zos)
    zos.faults.arm(fault, "ALTUSER")
    session.enter(RESET)
    assert zos.faults.wait_for(fault, 10)
    session.do("Wait(1,Unlock)", must=False)
    assert session.locked
    assert zos.accepts("PAYROLL7", "TEMP2345") is set_


def test_the_flag_is_lost(start, at_ready):
    zos = start()
    session = at_ready(zos)
    zos.faults.arm(Fault.FLAG_IGNORED, "ALTUSER")
    assert session.command(RESET) == []
    assert not any("PASSDATE=00.000" in line for line in session.command("LU PAYROLL7"))
    assert zos.accepts("PAYROLL7", "TEMP2345")


def test_the_change_is_lost(start, at_ready):
    zos = start()
    session = at_ready(zos)
    zos.faults.arm(Fault.CHANGE_IGNORED, "ALTUSER")
    assert session.command(RESET) == []
    assert zos.accepts("PAYROLL7", USER_PASSWORD)


def test_it_may_say_no_or_anything_else(start, at_ready):
    zos = start()
    session = at_ready(zos)
    zos.faults.arm(Fault.NOT_AUTHORIZED, "ALTUSER", times=1)
    assert session.command(RESET)[0].startswith("ICH21005I")
    zos.faults.arm(Fault.ANSWER, "ALTUSER", text="ICH21001I COMMAND ENDED DUE TO ERROR")
    assert session.command(RESET) == ["ICH21001I COMMAND ENDED DUE TO ERROR"]
    assert zos.accepts("PAYROLL7", USER_PASSWORD)


def test_a_slow_unlock_shows_the_output_first(start, at_ready):
    zos = start()
    session = at_ready(zos)
    zos.faults.arm(Fault.SLOW_UNLOCK, "UNABLE TO LOCATE", seconds=1.0)
    session.enter("LU NOBODY")
    session.do("Wait(5,Output)")
    assert "UNABLE TO LOCATE" in session.screen()
    assert session.locked
    session.wait_prompt()


def test_an_early_unlock_is_not_the_end_of_the_output(start, at_ready):
    zos = start()
    session = at_ready(zos)
    zos.faults.arm(Fault.EARLY_UNLOCK, "USER=PAYROLL7", seconds=0.5, times=1)
    session.enter("LU PAYROLL7")
    session.do("Wait(5,Unlock)")
    assert "USER=PAYROLL7" in session.screen()
    assert "SECURITY-LABEL" not in session.screen()
    assert "SECURITY-LABEL" in session.wait_for("SECURITY-LABEL")


def test_delays_are_kept(start, at_ready):
    zos = start()
    session = at_ready(zos)
    zos.faults.arm(Fault.RESPONSE_DELAY, "TIME", count=400)
    session.enter("TIME")
    assert session.locked
    session.wait_for("IKJ56650I")


def test_garbage_does_not_bring_the_terminal_down(start, at_ready):
    zos = start()
    session = at_ready(zos)
    zos.faults.arm(Fault.GARBAGE, "TIME", times=1)
    session.enter("TIME")
    session.wait_for("IKJ56650I", "READY")
    assert zos.faults.fired(Fault.GARBAGE) == 1


def test_a_broadcast_flood_is_a_chain_of_asterisks(start, terminal):
    zos = start()
    zos.faults.arm(Fault.BROADCAST_FLOOD, SERVICE, count=60)
    session = terminal()
    session.do(f'Connect("127.0.0.1:{zos.port}")')
    session.enter(f"TSO {SERVICE}")
    session.wait_for("TSO/E LOGON")
    session.enter(SERVICE_PASSWORD)
    pages = 0
    while session.wait_for("***", "READY").rstrip().endswith("***"):
        pages += 1
        session.enter()
        session.do("Wait(5,Unlock)")
    assert pages == 3


def test_a_message_comes_in_the_middle_of_an_answer(start, at_ready):
    zos = start()
    session = at_ready(zos)
    zos.faults.arm(Fault.MESSAGE, "LU", text="SYSTEM GOES DOWN AT NOON CN(01)", times=1)
    listing = session.command("LU PAYROLL7")
    assert 0 < listing.index("SYSTEM GOES DOWN AT NOON CN(01)") < len(listing) - 1


def test_send_overwrites_what_is_being_typed(start, at_ready):
    zos = start()
    session = at_ready(zos)
    session.command("PROFILE INTERCOM")
    session.do("Ascii()")
    session.type(RESET)
    assert zos.send(SERVICE, "LUNCH")
    session.wait_for("LUNCH CN(01)")
    session.enter()
    session.wait_prompt()
    assert zos.typed.count("ALTUSER") == 0


@pytest.mark.parametrize("fault", [Fault.HANG_AT_CONNECT, Fault.HANG_AFTER_NEGOTIATION])
def test_a_host_that_hangs_says_nothing(start, terminal, fault):
    zos = start()
    zos.faults.arm(fault)
    session = terminal()
    with pytest.raises(queue.Empty):
        session.do(f'Connect("127.0.0.1:{zos.port}")', within=1)
    assert zos.faults.wait_for(fault, 5)


def test_faults_are_armed_and_awaited_from_any_thread(start, at_ready):
    zos = start()
    session = at_ready(zos)
    seen = threading.Event()

    def wait() -> None:
        if zos.faults.wait_for(Fault.CHANGE_IGNORED, 10):
            seen.set()

    waiting = threading.Thread(target=wait)
    waiting.start()
    zos.faults.arm(Fault.CHANGE_IGNORED, "ALTUSER")
    session.command(RESET)
    waiting.join()
    assert seen.is_set()

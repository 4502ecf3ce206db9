"""The TN3270 transport against the simulated host: every way in, orders, every way out, and faults at each step."""

from __future__ import annotations

import gc
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.domain.errors import AnswerLost, HostUnreached
from bridge.domain.names import Userid
from bridge.domain.outcome import Standing
from bridge.domain.secret import Line, Secret
from connectors.hosts.products.acf2 import Acf2
from connectors.hosts.products.racf import Racf
from connectors.simulated.faults import Fault
from connectors.simulated.zos import SimulatedZos
from tests.live.tn3270_left import ONE_SECOND
from tests.live.tn3270_wires import (
    LIST,
    NEW,
    SERVICE,
    USER,
    KeepingLog,
    children,
    opened,
    order,
    reset,
    said,
    system,
    wire_to,
)


@pytest.mark.parametrize("fault", [Fault.FROZEN, Fault.FROZEN_AFTER, Fault.DROP_BEFORE, Fault.DROP_AFTER])
@pytest.mark.parametrize("command", ["ALTUSER", "LISTUSER"])
def test_i7_an_answer_that_does_not_come_is_lost(zos: SimulatedZos, fault: Fault, command: str) -> None:
    """Frozen or cut, before or after the command ran: the answer is lost, and the session is not used again."""
    zos.faults.arm(fault, command, times=1)
    with opened(wire_to(zos.port, answer_within=ONE_SECOND)) as wire:
        with pytest.raises(AnswerLost, match=command) as lost:
            wire.run(reset() if command == "ALTUSER" else LIST)
        dropped = fault in {Fault.DROP_BEFORE, Fault.DROP_AFTER}
        assert ("the host closed the connection" if dropped else "within ") in str(lost.value)

        assert not wire.alive()
        with pytest.raises(HostUnreached):
            wire.run(LIST)


def test_a_line_cut_between_orders_is_safe_to_repeat(zos: SimulatedZos) -> None:
    """Nothing of an order has left when the host is found to be gone: HostUnreached, not AnswerLost."""
    with opened(wire_to(zos.port)) as wire:
        zos.cut_lines()
        assert wire._emulator is not None
        wire._emulator.do("Wait(5,Disconnect)", within=5.0)

        with pytest.raises(HostUnreached):
            wire.run(reset())

    assert "ALTUSER" not in " ".join(zos.typed)


def test_a_host_that_freezes_during_logon_is_unreached(zos: SimulatedZos) -> None:
    """An answer missing to PROFILE is part of the logon, before anything was typed for a reset."""
    zos.faults.arm(Fault.FROZEN, "PROFILE")

    with pytest.raises(HostUnreached, match="PROFILE"):
        wire_to(zos.port, answer_within=ONE_SECOND).open()


def test_a_silent_host_ends_within_the_limit(zos: SimulatedZos) -> None:
    """TCP is accepted and nothing follows: unreached, and the process that waited is gone."""
    zos.faults.arm(Fault.HANG_AT_CONNECT)
    wire = wire_to(zos.port, connect_within=ONE_SECOND)

    with pytest.raises(HostUnreached, match="does not begin"):
        wire.open()

    assert wire.pid is None


def test_a_host_without_a_first_screen_ends_within_the_limit(zos: SimulatedZos) -> None:
    """Negotiated, and no screen: unreached when the logon's time is over."""
    zos.faults.arm(Fault.HANG_AFTER_NEGOTIATION)

    with pytest.raises(HostUnreached, match="READY"):
        wire_to(zos.port, logon_within=ONE_SECOND).open()


@pytest.mark.parametrize("count", [0, 1, 2, 21, 22, 23, 24, 25, 45, 46, 47, 500])
def test_output_of_any_length_is_whole(zos: SimulatedZos, count: int) -> None:
    """Every line over all pages, once and in order, without echo, prompts and ***."""
    zos.faults.arm(Fault.ANSWER, "LISTUSER", text="\n".join(f"LINE {number}" for number in range(count)))

    with opened(wire_to(zos.port)) as wire:
        (reply,) = wire.run(LIST)
        (again,) = wire.run(LIST)

    assert [row.strip() for row in reply.rows] == [f"LINE {number}" for number in range(count)]
    assert reply == again


def test_words_like_prompts_in_output_end_nothing(zos: SimulatedZos) -> None:
    """READY and *** inside the output are output."""
    words = ["READY", "***", "READY NOW", "*** READY ***"] * 12
    zos.faults.arm(Fault.ANSWER, "LISTUSER", text="\n".join([*words, "THE END"]))

    with opened(wire_to(zos.port)) as wire:
        assert said(wire.run(LIST)) == [*words, "THE END"]


@pytest.mark.parametrize("fault", [Fault.SLOW_UNLOCK, Fault.EARLY_UNLOCK])
def test_the_keyboard_is_not_believed(zos: SimulatedZos, fault: Fault) -> None:
    """A keyboard free before the output is complete, or long after it, changes nothing in what is read."""
    zos.faults.arm(fault, seconds=0.1)

    with opened(wire_to(zos.port)) as wire:
        profile = Racf("PRODA").read_status(wire.run(LIST), Userid(USER))
        wire.run(reset())

    assert profile.standing is Standing.ACTIVE
    assert zos.accepts(USER, NEW)


def test_a_host_that_goes_on_writing_has_not_fallen_silent(zos: SimulatedZos) -> None:
    """The listing takes three times as long as it may be silent for, a row at a time at a locked keyboard."""
    zos.faults.arm(Fault.PIECEMEAL, "USER=", seconds=0.15, times=1)

    with opened(wire_to(zos.port, answer_within=timedelta(seconds=0.6))) as wire:
        assert Racf("PRODA").read_status(wire.run(LIST), Userid(USER)).standing is Standing.ACTIVE
    assert zos.faults.fired(Fault.PIECEMEAL) == 1


def test_garbage_ahead_of_the_answer_does_no_harm(zos: SimulatedZos) -> None:
    """A record that is no 3270 data stream is passed over."""
    zos.faults.arm(Fault.GARBAGE)

    with opened(wire_to(zos.port)) as wire:
        assert Racf("PRODA").read_status(wire.run(LIST), Userid(USER)).standing is Standing.ACTIVE


@pytest.mark.parametrize("when", ["before the order", "in the answer"])
def test_somebodys_message_does_not_break_a_line(zos: SimulatedZos, when: str) -> None:
    """SEND to the service id: the command still goes out whole, once, and READY is found behind the message."""
    with opened(wire_to(zos.port)) as wire:
        zos.users.user(SERVICE).tso.profile["INTERCOM"] = True  # type: ignore[union-attr]
        if when == "in the answer":
            zos.faults.arm(Fault.MESSAGE, "ALTUSER", text="BACK AT NOON CN(01)", times=1)
        else:
            assert zos.send(SERVICE, "BACK AT NOON")
        (reply,) = wire.run(reset())

    assert reply.prompt == "READY"
    assert zos.accepts(USER, NEW)
    assert sum(line.startswith("ALTUSER") for line in zos.typed) == 1


@pytest.mark.parametrize("echo", [NEW, NEW.lower(), f"{'X' * 45} {NEW}", "".join(f"{'Y' * 70}{NEW}" for _ in range(3))])
def test_i1_a_secret_that_the_host_prints_is_masked(zos: SimulatedZos, echo: str) -> None:
    """The parser echoes what it refuses: in any case and over two rows, it reaches neither reply nor log."""
    log = KeepingLog()
    zos.faults.arm(Fault.ANSWER, "ALTUSER", text=f"IKJ56702I INVALID PASSWORD, {echo}")

    with opened(wire_to(zos.port, log=log)) as wire:
        replies = wire.run(reset())

    shown = "".join("".join(reply.rows) for reply in replies).replace(" ", "").upper()
    assert "IKJ56702I" in shown
    assert NEW not in shown
    for text in (NEW, "SERVICE1"):
        assert text not in repr(log.facts).upper()


def test_a_question_is_left_by_attention(zos: SimulatedZos) -> None:
    """A command that asks gets no answer: what it asked is returned without a prompt, and READY is there again."""
    with opened(wire_to(zos.port)) as wire:
        zos.users.user(SERVICE).tso.profile["PROMPT"] = True  # type: ignore[union-attr]
        (reply,) = wire.run(order("ALTUSER"))

        assert reply.prompt == ""
        assert "IKJ56700A" in reply.text or "ENTER" in reply.text
        assert wire.run(reset())[0].prompt == "READY"


def test_acf2_is_entered_and_left_with_every_order() -> None:
    """ACF, SET LID, the subcommand, END: each back at its prompt, and READY in the end."""
    with system("acf2") as zos, opened(wire_to(zos.port)) as wire:
        inside = (("ACF", ("ACF",)), ("SET LID", ("LID",)))
        change = Line(f"CHANGE {USER} PASSWORD(", Secret(NEW), ") PSWD-EXP")
        replies = wire.run(order(*inside, (change, ("LID",)), leave=("END",)))

        assert [reply.prompt for reply in replies] == ["ACF", "LID", "LID"]
        assert zos.typed[-1] == "END"
        assert wire.run(order("TIME"))[0].prompt == "READY"
        assert zos.accepts(USER, NEW)


def test_a_prompt_that_does_not_come_ends_the_order(zos: SimulatedZos) -> None:
    """READY where another prompt was expected: the lines behind it are not typed."""
    with opened(wire_to(zos.port)) as wire:
        replies = wire.run(order(("ACF", ("ACF",)), ("SET LID", ("LID",)), leave=("END",)))

        assert [reply.prompt for reply in replies] == [""]
        assert "IKJ56500I" in replies[0].text
        assert zos.typed[-1] == "ACF"
        assert wire.alive()


def test_thirty_sessions_leave_nothing_behind(zos: SimulatedZos) -> None:
    """Thirty times open and close: no descriptor, no process, no thread more than before."""

    def held() -> tuple[int, int, set[int]]:
        return len(list(Path("/proc/self/fd").iterdir())), threading.active_count(), children()

    with opened(wire_to(zos.port)):
        pass  # what is loaded once
    gc.collect()  # what earlier tests left to it
    before = held()
    for _ in range(30):
        with opened(wire_to(zos.port)):
            pass

    assert held() == before


def test_i3_a_phrase_is_set_and_the_password_beside_it_stays(zos: SimulatedZos) -> None:
    """Over a real s3270: what LISTUSER says before and after proves the phrase alone."""
    phrase, racf = "k7mq-2xrt-9hfe-w4nb", Racf("PRODA", phrase=True)
    zos.users.define("PHRASED", password="OLDPW234", phrase="correct horse 9 battery", owner="PAYROLL")
    with opened(wire_to(zos.port)) as wire:
        before = racf.read_status(wire.run(racf.status(Userid("PHRASED"))), Userid("PHRASED"))
        replies = wire.run(racf.reset(Userid("PHRASED"), Secret(phrase), resume=True))
        racf.read_reset(replies, Userid("PHRASED"))
        after = racf.read_status(wire.run(racf.status(Userid("PHRASED"))), Userid("PHRASED"))

    user = zos.users.user("PHRASED")
    assert user.phrase.matches(phrase) and user.phrase.expired
    assert zos.witness is not None and zos.witness.passwords_ever_set[-1] == phrase
    assert user.password.matches("OLDPW234") and not user.password.expired
    assert racf.judge(before, after).note == "the pass phrase was set; its password is unchanged and still good"


def test_i3_a_phrase_of_acf2_has_a_record_of_its_own_and_the_password_stays() -> None:
    """Over a real s3270: the record of PROFILE(USER) DIV(PWPHRASE), before and after, proves the phrase alone."""
    phrase, acf2, who = "k7mq-2xrt-9hfe-w4nb", Acf2("PRODB", phrase=True), Userid("PHRASED")
    with system("acf2") as zos, opened(wire_to(zos.port)) as wire:
        zos.users.define("PHRASED", password="OLDPW234", phrase="correct horse 9 battery")
        assert not acf2.read_status(wire.run(acf2.status(Userid(USER))), Userid(USER)).resettable
        before = acf2.read_status(wire.run(acf2.status(who)), who)
        acf2.read_reset(wire.run(acf2.reset(who, Secret(phrase), resume=True)), who)
        after = acf2.read_status(wire.run(acf2.status(who)), who)

    user = zos.users.user("PHRASED")
    assert user.phrase.matches(phrase) and user.phrase.expired
    assert zos.witness is not None and zos.witness.passwords_ever_set[-1] == phrase
    assert user.password.matches("OLDPW234") and not user.password.expired
    assert acf2.judge(before, after).note == "the pass phrase was set; its password is unchanged and still good"

"""Hosts that say again what they said before, or write a question ahead of its place for an answer."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from bridge.domain.errors import AnswerLost, HostUnreached, ServiceIdRejected
from tests.live.tn3270_host import BRIGHT, ENTER, PA1, PLAIN, ScriptedHost, Terminal, cursor, text
from tests.live.tn3270_wires import LIST, PASSWORD, SERVICE, opened, order, wire_to

LATE = 0.6
NEWS = "YOUR PASSWORD HAS EXPIRED? CALL 4711"
LOGO = (
    text(5, 10, NEWS) + text(22, 0, "===> ENTER LOGON APPLID(XXX)") + text(23, 0, "", PLAIN) + cursor(23, 1)
)  # fmt: skip


@pytest.mark.parametrize("unrecognized", [True, False])
def test_words_of_a_logo_that_comes_back_refuse_nobody(unrecognized: bool) -> None:
    """VTAM takes no LOGON, or has lost it, and shows its logo again: news of expired passwords is news as before."""

    def play(terminal: Terminal) -> None:
        terminal.send(LOGO)
        assert terminal.key().text == "LOGON APPLID(TSO)"
        terminal.send(LOGO + (text(20, 0, "LOGON COMMAND UNRECOGNIZED") if unrecognized else b""))
        terminal.key()
        terminal.log_on()
        terminal.log_off()

    with ScriptedHost(play) as host:
        if unrecognized:
            with pytest.raises(HostUnreached, match="no TSO session: LOGON COMMAND UNRECOGNIZED"):
                wire_to(host.port).open()
        else:
            with opened(wire_to(host.port)):
                pass


def test_a_question_that_is_written_ahead_of_its_field_is_answered_there() -> None:
    """The words stand already, the keyboard is free from the screen before, and the cursor comes behind them."""

    def play(terminal: Terminal) -> None:
        terminal.send(text(0, 0, "EXAMPLE BANK", BRIGHT))
        terminal.send(text(0, 0, "IKJ56700A ENTER USERID -", BRIGHT) + b"\x1d\x40" + cursor(0, 0), unlock=False)
        terminal.send(b"", erase=False)
        time.sleep(LATE)
        terminal.send(text(1, 0, "", PLAIN) + cursor(1, 1), erase=False)
        assert terminal.typed() == SERVICE
        terminal.lines("IKJ56714A ENTER CURRENT PASSWORD FOR SVCRST1-", hidden=True)
        terminal.typed()
        terminal.lines("ICH70001I SVCRST1  LAST ACCESS AT 09:12:00 ON FRIDAY, NOVEMBER 20, 2026", "READY")
        for _ in range(2):
            terminal.typed()
            terminal.ready()
        terminal.typed()
        terminal.ready("USER=PAYROLL7")
        terminal.log_off()

    with ScriptedHost(play) as host, opened(wire_to(host.port)) as wire:
        assert wire.run(LIST)[0].said


LOST_SCREEN = "IKT00405I SCREEN ERASURE CAUSED BY ERROR RECOVERY PROCEDURE"
PAGES = 200


class Round:
    """`***` after the same page without end; attention breaks it off. Counts what came, and keeps how it was left."""

    def __init__(self) -> None:
        self.turned = 0

    def play(self, terminal: Terminal) -> None:
        for _ in range(PAGES):
            terminal.send(text(0, 0, LOST_SCREEN, BRIGHT) + text(1, 0, "***", BRIGHT) + cursor(1, 5))
            if terminal.key(ENTER, PA1).aid == PA1:
                return
            self.turned += 1
        pytest.fail("nobody has broken it off")


def test_a_session_that_loops_at_three_asterisks_is_broken_off_and_logged_off() -> None:
    """TSO cannot write its screen: after a bounded number of the same page attention, and no session is left behind."""
    loop, left = Round(), []

    def play(terminal: Terminal) -> None:
        terminal.lines("IKJ56700A ENTER USERID -")
        terminal.typed()
        terminal.lines("IKJ56714A ENTER CURRENT PASSWORD FOR SVCRST1-", hidden=True)
        terminal.typed()
        terminal.more("ICH70001I SVCRST1  LAST ACCESS AT 09:12:00 ON FRIDAY, NOVEMBER 20, 2026")
        loop.play(terminal)
        terminal.lines("READY")
        terminal.log_off()
        left.append("logged off")

    with ScriptedHost(play) as host, pytest.raises(HostUnreached, match="does not get past MORE"):
        wire_to(host.port).open()
    assert left == ["logged off"]
    assert loop.turned < PAGES / 4


def test_a_logoff_that_loops_at_three_asterisks_is_asked_for_once_more() -> None:
    """Attention brings READY back, and with it the session: it is logged off from there."""
    loop, left = Round(), []

    def play(terminal: Terminal) -> None:
        terminal.log_on()
        assert terminal.typed() == "LOGOFF"
        loop.play(terminal)
        terminal.lines("READY")
        terminal.log_off()
        left.append("logged off")

    with ScriptedHost(play) as host, opened(wire_to(host.port)):
        pass
    assert left == ["logged off"]


def test_i7_a_ready_that_was_on_its_way_is_no_answer_to_logoff() -> None:
    """A message brings READY back behind LOGOFF; the line is not cut before the host has taken that."""
    left = []

    def play(terminal: Terminal) -> None:
        terminal.log_on()
        assert terminal.typed() == "LOGOFF"
        terminal.lines("IKJ56247I NEWS FOR EVERYBODY", "READY")
        left.append(terminal.stays(LATE))
        terminal.lines("IKJ56470I SVCRST1 LOGGED OFF TSO AT 09:15:00 ON NOVEMBER 20, 2026", unlock=False)

    with ScriptedHost(play) as host, opened(wire_to(host.port)):
        pass
    assert left == [True]


LINES = 70  # more than a logon may wait on one screen, and more than a session is left in steps


def dribble(terminal: Terminal, then: str) -> None:
    """A host that writes a line at a time, the keyboard locked until the last one."""
    for number in range(LINES):
        row = number % 22
        terminal.send(text(row, 0, f"NEWS {number:03}", BRIGHT) + b"\x1d\x40", erase=not row, unlock=False)
        time.sleep(0.02)
    terminal.lines(then)


def test_news_that_come_line_by_line_are_read_to_their_end() -> None:
    """Each line is something that has come, not a wait in vain."""

    def play(terminal: Terminal) -> None:
        terminal.lines("IKJ56700A ENTER USERID -")
        terminal.typed()
        terminal.lines("IKJ56714A ENTER CURRENT PASSWORD FOR SVCRST1-", hidden=True)
        terminal.typed()
        dribble(terminal, "ICH70001I SVCRST1  LAST ACCESS AT 09:12:00 ON FRIDAY, NOVEMBER 20, 2026")
        terminal.lines("READY")
        for _ in range(2):
            terminal.typed()
            terminal.ready()
        terminal.log_off()

    with ScriptedHost(play) as host, opened(wire_to(host.port)):
        pass


def test_a_session_is_logged_off_behind_whatever_is_still_being_written() -> None:
    """It is given up in the middle of a host's output: READY, which comes behind it, is waited for."""
    left = []

    def play(terminal: Terminal) -> None:
        terminal.log_on()
        terminal.typed()
        time.sleep(1.5)  # longer than it may take
        terminal.key(PA1)
        dribble(terminal, "READY")
        terminal.log_off()
        left.append("logged off")

    limits = {"answer_within": timedelta(seconds=1)}
    with ScriptedHost(play) as host, opened(wire_to(host.port, **limits)) as wire, pytest.raises(AnswerLost):
        wire.run(LIST)
    assert left == ["logged off"]


def test_a_prompt_with_a_blank_of_its_own_is_known_where_all_prompts_are_indented() -> None:
    """READY behind two blanks, ` LID` behind three."""

    def play(terminal: Terminal) -> None:
        terminal.lines("IKJ56700A ENTER USERID -")
        terminal.typed()
        terminal.lines("IKJ56714A ENTER CURRENT PASSWORD FOR SVCRST1-", hidden=True)
        terminal.typed()
        terminal.lines("ACF01137 SVCRST1 LAST SYSTEM ACCESS 09.12-11/20/26 FROM LU1", " READY")
        for word in (" READY", " READY", " ACF", "  LID", "  LID", " READY"):
            terminal.typed()
            terminal.lines(word, at=1, erase=False)
        terminal.log_off()

    acf = order(("ACF", ("ACF",)), ("SET LID", ("LID",)), ("LIST PAYROLL7", ("LID",)), leave=("END",))
    with ScriptedHost(play) as host, opened(wire_to(host.port)) as wire:
        assert [reply.prompt for reply in wire.run(acf)] == ["ACF", "LID", "LID"]


@pytest.mark.parametrize("goes_on", [True, False])
def test_a_question_that_a_message_has_painted_anew_gets_no_second_password(goes_on: bool) -> None:
    """SEND comes while the host looks at it: a host that goes on is followed, one that stays may have refused it."""
    given = []

    def play(terminal: Terminal) -> None:
        terminal.lines("IKJ56700A ENTER USERID -")
        terminal.typed()
        question = "IKJ56714A ENTER CURRENT PASSWORD FOR SVCRST1-"
        terminal.lines(question, hidden=True)
        given.append(terminal.typed())
        terminal.lines("HELLO FROM THE OPERATOR CN(01)", question, hidden=True)
        if not goes_on:
            terminal.key(PA1)  # and nothing else
            return
        time.sleep(LATE)
        terminal.lines("ICH70001I SVCRST1  LAST ACCESS AT 09:12:00 ON FRIDAY, NOVEMBER 20, 2026", "READY")
        for _ in range(2):
            terminal.typed()
            terminal.ready()
        terminal.log_off()

    with ScriptedHost(play) as host:
        if goes_on:
            with opened(wire_to(host.port)):
                pass
        else:
            with pytest.raises(ServiceIdRejected, match="HELLO FROM THE OPERATOR"):
                wire_to(host.port).open()
    assert given == [PASSWORD]

"""The dialog at READY at a desk that shows what it is told: what hosts seldom do, and what must end well even so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from bridge.domain.errors import AnswerLost, HostUnreached
from bridge.domain.outcome import Order, Typed, Verb
from bridge.domain.secret import Line, Secret
from connectors.hosts.transports.base import Silence
from connectors.hosts.transports.desk import Desk
from connectors.hosts.transports.ready import TRUSTED_FOR, Ready
from connectors.hosts.transports.s3270 import Answer, NothingSent, SessionLost
from connectors.hosts.transports.screens import Screen, Status

STATUS = Status.read(b"U F U C(192.0.2.1) I 2 24 80 0 0 0x0 0.000")
GONE = SessionLost("the host closed the connection")


def shows(*lines: str, row: int | None = None, unlocked: bool = True) -> Screen:
    rows = tuple(line.ljust(80) for line in (*lines, *[""] * (24 - len(lines))))
    return Screen(rows, replace(STATUS, unlocked=unlocked, cursor=(len(lines) if row is None else row, 0)))


READY = shows("READY")
BLANK = shows(row=0)
BUSY = shows("BUSY", unlocked=False)


class Scripted:
    """A desk and its emulator: each look, key and line takes the next screen of the script; the last one stays."""

    codepage = "1047"
    gone = False

    def __init__(self, *script: Screen | SessionLost, empty: bool = True, wipes: bool = True) -> None:
        self._script, self._empty, self._wipes = list(script), empty, wipes
        self.emulator = self
        self._shown = BLANK
        self.done: list[str] = []

    def _next(self) -> Screen:
        found = self._script.pop(0) if len(self._script) > 1 else self._script[0]
        if isinstance(found, SessionLost):
            raise found
        self._shown = found
        return found

    def do(self, *actions: str | Line, within: float) -> Answer:
        del within
        self.done.append(str(actions[0]))
        screen = self._next()
        return Answer(ok=True, data=tuple(row.encode() for row in screen.rows), status=screen.status)

    def press(self, *actions: str, within: float) -> Screen:
        del within
        self.done += actions
        return self._next()

    def rows(self) -> Screen:
        return self._next()

    def await_rows(self, within: float) -> tuple[Screen, bool]:
        del within
        before, screen = self._shown, self._next()
        return screen, screen is not before

    def empty(self, within: float) -> bool:
        del within
        return self._empty

    def wipe(self, within: float) -> None:
        del within
        if not self._wipes:
            raise GONE

    def describe(self, screen: Screen) -> str:
        return " / ".join(screen.lines)


def ready_at(desk: Scripted, *, within: float = 5.0, clean: bool = False, indent: int = 0) -> Ready:
    made = Ready(cast("Desk", desk), "PRODA", timedelta(seconds=within), (), Silence(), indent)
    made.clean = clean
    return made


def order(*lines: str, ends: tuple[str, ...] = ("READY",), leave: tuple[str, ...] = (), **more: Any) -> Order:
    typed = tuple(Typed(line=Line(each), ends=ends, **(more if number else {})) for number, each in enumerate(lines))
    return Order(verb=Verb.STATUS, typed=typed, leave=tuple(Typed(line=Line(each)) for each in leave))


def rows_of(made: Ready, *lines: str) -> tuple[str, ...]:
    return made.run(order(*lines))[0].rows


def test_a_prompt_ahead_of_the_last_stop_is_the_end() -> None:
    """READY at the foot of a page, ***, and then an empty screen: nothing more comes."""
    full = shows(" USER=X", "READY", "***", row=2)
    made = ready_at(Scripted(full, BLANK), clean=True)
    assert rows_of(made, "LU X") == (" USER=X",)
    assert made.at_ready


def test_a_prompt_as_far_to_the_right_as_at_logon_is_one() -> None:
    """Another word that is indented so far is output."""
    there = shows(" A", "       READY")
    assert rows_of(ready_at(Scripted(there), clean=True, indent=7), "LU X") == (" A",)
    with pytest.raises(AnswerLost):
        rows_of(ready_at(Scripted(there), clean=True, within=0.1), "LU X")


def test_nothing_typed_behind_an_answer_that_is_not_the_awaited_one() -> None:
    """The second line is for after DONE alone."""
    desk = Scripted(shows(" NOT QUITE", "READY"))
    replies = ready_at(desk, clean=True).run(order("ONE", "TWO", after="DONE"))
    assert len(replies) == 1
    assert "TWO" not in desk.done


@pytest.mark.parametrize(
    ("came", "said"),
    [
        (shows("ALTUSER X", "READY", "READY"), ()),
        (READY, ()),
        (shows("ALTUSER X", "READY", " ICH21005I NO", "READY"), (" ICH21005I NO",)),
        (shows(" ICH21005I NO", "READY"), (" ICH21005I NO",)),
    ],
)
def test_i3_where_silence_is_the_proof_ready_has_to_come_once_more(came: Screen, said: tuple[str, ...]) -> None:
    """The READY below the line may have been due before: what follows ENTER alone belongs to the answer as well."""
    desk = Scripted(shows("ALTUSER X", "READY"), came)
    made = ready_at(desk, clean=True)
    assert made.run(replace(order("ALTUSER X"), fenced=True))[0].rows == said
    assert desk.done == ["ALTUSER X", "Enter()"]
    assert made.at_ready


def test_what_never_left_is_not_lost() -> None:
    """The emulator died before it took the line: nothing of the order was sent."""
    with pytest.raises(HostUnreached, match="before anything was typed"):
        rows_of(ready_at(Scripted(NothingSent("dead")), clean=True), "LU X")


def test_a_line_that_is_cut_while_the_screen_is_wiped_has_its_answer_all_the_same() -> None:
    """The session is not used again."""
    made = ready_at(Scripted(READY, wipes=False), clean=True)
    assert rows_of(made, "LU X") == ()
    assert not made.usable
    assert not made.check()


def test_a_screen_that_does_not_come_clean_is_not_typed_on() -> None:
    """A host that is busy is waited for; one that writes each time is left, before anything of the order has left."""
    desk = Scripted(READY, BUSY, BLANK, BLANK, shows(" DONE", "READY"))
    assert ready_at(desk).run(order("LU X"))[0].prompt == "READY"
    noise = shows(" NOTICE", " NOTICE")
    with pytest.raises(HostUnreached, match="something else is on the screen"):
        ready_at(Scripted(READY, noise), within=0.1).run(order("LU X"))


def test_what_kept_a_later_line_from_the_screen_is_named() -> None:
    """The host answered in time, and what stood there next was no place to type: no wait is blamed for that."""
    noise = shows(" NOTICE", " NOTICE")
    made = ready_at(Scripted(READY, BLANK, shows(" DONE", "READY"), noise, wipes=False), within=0.3)
    with pytest.raises(AnswerLost, match="no answer to LIST: something else is on the screen"):
        made.run(order("LU X", "LIST Y"))


def test_a_cleaned_screen_on_which_something_has_come_is_cleaned_again() -> None:
    """It is seen not to be empty, and no more than that."""
    desk = Scripted(shows("NOTICE"), READY, BLANK, shows(" DONE", "READY"), empty=False)
    assert ready_at(desk, clean=True).run(order("LU X"))[0].prompt == "READY"
    assert desk.done[:2] == ["Enter()", "Clear()"]


def test_attention_passes_what_stands_in_the_way() -> None:
    """Behind a question: output that stops, output that goes on, and the prompt at last."""
    question = shows("IKJ56703A REENTER THIS OPERAND -", row=0)
    desk = Scripted(question, question, shows("***", row=0), shows("MORE", row=0), READY)
    made = ready_at(desk, clean=True)
    (reply,) = made.run(order("LU X"))
    assert reply.prompt == ""
    assert made.usable
    assert desk.done == ["LU X", "Reset()", "PA(1)", "Enter()"]


def test_attention_that_brings_nothing_ends_the_session() -> None:
    """And there is nobody to log off from."""
    question = shows("IKJ56703A REENTER THIS OPERAND -", row=0)
    desk = Scripted(question)
    made = ready_at(desk, clean=True, within=0.2)
    with pytest.raises(AnswerLost):
        made.run(order("LU X"))
    assert (made.usable, made.silent) == (False, True)


def test_a_prompt_that_is_left_by_no_line_is_left_by_attention() -> None:
    """The lines that should lead back to READY do not."""
    acf = shows("ACF")
    desk = Scripted(acf, shows("ACF"), READY)
    made = ready_at(desk, clean=True)
    replies = made.run(order("ACF", ends=("ACF",), leave=("END",)))
    assert replies[0].prompt == "ACF"
    assert desk.done == ["ACF", "END", "Reset()", "PA(1)"]
    assert made.at_ready


def test_output_without_an_end_is_given_up() -> None:
    """However often it says that more is to come."""
    with pytest.raises(AnswerLost):
        ready_at(Scripted(shows(" A", "***", row=1)), clean=True, within=0.5).run(order("LU X"))


def test_i1_a_question_on_no_list_is_quoted_without_the_password() -> None:
    """Nobody answers it, and what it was is told; where the line alone stands there, there is nothing to tell."""
    line = Line("ALTUSER X PASSWORD(", Secret("Q7ZK2MWX"), ")")
    asked = Order(verb=Verb.RESET, typed=(Typed(line=line),))
    for screen, told in (
        (shows("ALTUSER X PASSWORD(Q7ZK2MWX)", " TRUST Q7ZK2MWX?"), "ALTUSER X PASSWORD(********) / TRUST ********?"),
        (shows("ALTUSER X PASSWORD(Q7ZK2MWX)"), ""),
    ):  # fmt: skip
        with pytest.raises(AnswerLost) as lost:
            ready_at(Scripted(screen), clean=True, within=0.1).run(asked)
        assert str(lost.value).partition("; the screen says: ")[2] == told


def test_a_session_long_silent_is_tried_by_a_round_trip() -> None:
    """READY from half an hour ago proves nothing; a host that is gone is found to be."""
    for answer, alive in ((BLANK, True), (GONE, False)):
        made = ready_at(Scripted(READY, answer))
        made._idle._started -= TRUSTED_FOR.total_seconds() + 1
        assert made.check() is alive


def test_a_message_behind_ready_is_passed_and_anything_else_is_not() -> None:
    """Enter brings READY again; a screen without it belongs to somebody else."""
    assert ready_at(Scripted(shows("READY", " NOTICE"), READY)).check()
    assert not ready_at(Scripted(shows(" NOTICE"))).check()
    assert not ready_at(Scripted(shows("READY", " NOTICE")), within=0.05).check()


def test_a_host_that_writes_for_ever_is_left_at_the_limit_for_the_whole() -> None:
    """Each write begins the silence anew, and not the whole; the error says that it wrote."""
    endless = [shows(*(f" LINE {number}" for number in range(at % 20 + 1)), unlocked=False) for at in range(1, 20000)]
    made = Ready(
        cast("Desk", Scripted(*endless)), "PRODA", timedelta(seconds=0.05), (), Silence(),
        ends_within=timedelta(seconds=0.1),
    )  # fmt: skip
    made.clean = True
    with pytest.raises(AnswerLost, match=r"the host went on writing for \d s and came to no end"):
        rows_of(made, "LU X")

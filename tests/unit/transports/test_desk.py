"""A desk over an emulator that only answers: keys that are refused, and a keyboard that is freed for them."""

from __future__ import annotations

from typing import cast

import pytest

from bridge.domain.secret import Line, Secret
from connectors.hosts.transports.base import Silence
from connectors.hosts.transports.desk import Desk, still_connected
from connectors.hosts.transports.masking import Mask
from connectors.hosts.transports.s3270 import Answer, Emulator, SessionLost
from connectors.hosts.transports.screens import Screen, Status

FREE = b"U U U C(192.0.2.1) I 2 24 80 0 0 0x0 0.000"
LOCKED = b"L U U C(192.0.2.1) I 2 24 80 7 3 0x0 0.000"
GONE = b"L U U N N 2 24 80 0 0 0x0 -"


def answer(status: bytes, *rows: str, ok: bool = True) -> Answer:
    return Answer(ok=ok, data=tuple(row.encode() for row in rows), status=Status.read(status))


class Script:
    """Answers in turn, and keeps what it was told."""

    def __init__(self, *answers: Answer, begun: Answer | None = None) -> None:
        self._answers, self._begun = list(answers), begun
        self.did: list[str] = []

    def do(self, *actions: str | Line, within: float) -> Answer:
        del within
        self.did.append(" ".join(map(str, actions)))
        return self._answers.pop(0)

    def begin(self, *actions: str, within: float) -> None:
        del within
        self.did.append(f"begun {actions[0]}")

    def finish(self) -> Answer | None:
        begun, self._begun = self._begun, None
        return begun


def desk_of(script: Script) -> Desk:
    return Desk(cast(Emulator, script), "PRODA", Mask([Secret("SERVICE1")]), Silence())


def test_a_screen_that_was_cleared_needs_no_second_look() -> None:
    """The answer to what was begun is fresh."""
    script = Script(begun=answer(FREE, "connected-tn3270e", "", ""))
    desk = desk_of(script)
    desk.wipe(1.0)
    assert desk.empty(1.0)
    assert script.did == ["begun Clear()"]


def test_a_clear_that_was_refused_frees_the_keyboard_for_the_next_one() -> None:
    """The host has written meanwhile: the cursor is not where a cleared screen has it."""
    script = Script(answer(FREE), begun=answer(LOCKED, ok=False))
    assert not desk_of(script).empty(1.0)
    assert script.did == ["Reset()"]


def test_a_host_that_is_only_slow_is_waited_for() -> None:
    """The cursor stands where a cleared screen has it: the keyboard is left to the host."""
    script = Script(begun=answer(FREE, ok=False))
    assert not desk_of(script).empty(1.0)
    assert script.did == []


@pytest.mark.parametrize("status", [LOCKED, GONE])
def test_a_keyboard_that_stays_locked_or_a_host_that_is_gone_leaves_nothing_empty(status: bytes) -> None:
    """Neither is a place to type."""
    assert not desk_of(Script(answer(status, "not-connected", "", ""))).empty(1.0)


def test_keys_that_are_not_taken_leave_no_lock_behind() -> None:
    """As where the cursor stood on protected text; nothing is tried with a host that is gone."""
    script = Script(answer(LOCKED, ok=False), answer(FREE))
    assert not desk_of(script).type("MoveCursor(1,1)", Line("X ", Secret("SERVICE1")))
    assert script.did == ["MoveCursor(1,1) X «secret»", "Reset()"]
    gone = Script(answer(GONE, ok=False))
    assert not desk_of(gone).type("Enter()")
    assert gone.did == ["Enter()"]


def test_whoever_looks_at_a_lost_session_hears_of_it() -> None:
    """A screen of a connection that is closed is none."""
    with pytest.raises(SessionLost, match="closed the connection"):
        still_connected(Screen((), Status.read(GONE)))

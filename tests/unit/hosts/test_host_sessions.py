"""A host's sessions: kept warm, asked whether they live, replaced once, dropped after anything but a refusal."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.domain.errors import (
    AnswerLost,
    HostRefused,
    HostUnreached,
    ServiceIdRejected,
    UnexpectedAnswer,
)
from bridge.domain.failure import Reason
from bridge.domain.outcome import Reply, Standing
from tests.fakes.wire import FakeWire
from tests.unit.hosts.one_host import NEW, NOISE, REFUSED, UNKNOWN, USERID, host_over


def test_session_is_kept_warm_between_blocks() -> None:
    """Two blocks within half a minute log on once, and nobody asks the wire whether it is alive."""
    wire = FakeWire(answers=[UNKNOWN])
    host, clock = host_over(wire)
    for _ in range(2):
        with host.session() as session:
            session.profile(USERID)
        clock.move(seconds=29)
    assert wire.diary == ["open", "run status", "run status"]


def test_session_idle_for_half_a_minute_is_asked_whether_it_is_alive() -> None:
    """A warm wire that was idle is used again only when it says that it is alive."""
    wire = FakeWire(answers=[UNKNOWN])
    host, clock = host_over(wire)
    for _ in range(2):
        with host.session() as session:
            session.profile(USERID)
        clock.move(seconds=30)
    assert wire.diary == ["open", "run status", "alive", "run status"]


@pytest.mark.parametrize("living", [False, AnswerLost("PRODA", "PING", timedelta(1)), OSError("gone")], ids=str)
def test_dead_session_is_closed_and_replaced(living: bool | Exception) -> None:
    """A wire that is not alive, or fails when asked, is closed and a new one logged on."""
    first, second = FakeWire(answers=[UNKNOWN], living=living), FakeWire(answers=[UNKNOWN])
    host, clock = host_over(first, second)
    for _ in range(2):
        with host.session() as session:
            session.profile(USERID)
        clock.move(seconds=31)
    assert first.diary == ["open", "run status", "alive", "close"]
    assert second.diary == ["open", "run status"]


@pytest.mark.parametrize(("uses", "pause"), [(1, 5 * 60), (500, 58)])
def test_session_beyond_its_limits_is_logged_off(uses: int, pause: int) -> None:
    """Idle for its limit, or in use for eight hours: the next block logs on anew."""
    first, second = FakeWire(answers=[UNKNOWN]), FakeWire(answers=[UNKNOWN])
    host, clock = host_over(first, second)
    for _ in range(uses):
        with host.session() as session:
            session.profile(USERID)
        clock.move(seconds=pause)
    with host.session() as session:
        session.profile(USERID)
    assert (first.diary[0], first.diary[-1]) == ("open", "close")
    assert second.diary[:2] == ["open", "run status"]


def test_tend_logs_off_what_is_idle() -> None:
    """An idle worker calls tend: short of the limit nothing happens, at the limit the session is logged off."""
    wire = FakeWire(answers=[UNKNOWN])
    host, clock = host_over(wire)
    with host.session() as session:
        session.profile(USERID)
    clock.move(minutes=4, seconds=59)
    host.tend(clock.now())
    assert wire.diary[-1] == "run status"
    clock.move(seconds=1)
    host.tend(clock.now())
    host.tend(clock.now())
    host.close()
    assert wire.diary == ["open", "run status", "close"]


def test_refusal_leaves_the_session_warm() -> None:
    """The host said no in words that we know: the session is as good as before."""
    wire = FakeWire(answers=[REFUSED, UNKNOWN])
    host, _ = host_over(wire)
    with pytest.raises(HostRefused) as raised, host.session() as session:
        session.change(USERID, NEW, resume=True)
    assert raised.value.reason is Reason.NOT_AUTHORIZED
    with host.session() as session:
        session.profile(USERID)
    assert wire.diary == ["open", "run reset", "run status"]


def test_listing_that_cannot_be_read_is_asked_for_once_more() -> None:
    """An operator's message falls between lines; a listing changes nothing, so it is repeated, and only once."""
    host, _ = host_over(wire := FakeWire(answers=[NOISE, UNKNOWN]))
    with host.session() as session:
        assert session.profile(USERID).standing is Standing.UNKNOWN
    assert wire.diary == ["open", "run status", "run status"]
    host, _ = host_over(wire := FakeWire(answers=[NOISE]))
    with pytest.raises(UnexpectedAnswer), host.session() as session:
        session.profile(USERID)
    assert wire.diary == ["open", "run status", "run status", "close"]


def test_session_that_shows_no_listing_any_more_is_replaced() -> None:
    """Somebody has changed its settings since: the next logon makes them anew. A listing after that is asked twice."""
    first, second = FakeWire(answers=[UNKNOWN, NOISE]), FakeWire(answers=[UNKNOWN, NOISE])
    host, _ = host_over(first, second)
    with host.session() as session:
        session.profile(USERID)
    with pytest.raises(UnexpectedAnswer), host.session() as session:
        assert session.profile(USERID).standing is Standing.UNKNOWN
        assert first.diary == ["open", "run status", "run status", "run status", "close"]
        session.profile(USERID)
    assert second.diary == ["open", "run status", "run status", "run status", "close"]


def test_session_whose_successor_shows_no_listing_either_is_given_up() -> None:
    """One logon is enough to find out."""
    first, second = FakeWire(answers=[UNKNOWN, NOISE]), FakeWire(answers=[NOISE])
    host, _ = host_over(first, second)
    with host.session() as session:
        session.profile(USERID)
    with pytest.raises(UnexpectedAnswer), host.session() as session:
        session.profile(USERID)
    assert second.diary == ["open", "run status", "close"]


def test_listing_that_came_to_no_prompt_is_not_asked_for_again() -> None:
    """Nobody knows what the session waits for."""
    host, _ = host_over(wire := FakeWire(answers=[(Reply(rows=("WHAT?",), prompt=""),)]))
    with pytest.raises(UnexpectedAnswer), host.session() as session:
        session.profile(USERID)
    assert wire.diary == ["open", "run status", "close"]


@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        (NOISE, UnexpectedAnswer),
        (AnswerLost("PRODA", "ALTUSER", timedelta(seconds=30)), AnswerLost),
        (ConnectionResetError("gone"), AnswerLost),
        (EOFError(), AnswerLost),
        (ValueError("a mistake of ours"), ValueError),
    ],
    ids=str,
)
def test_i7_anything_but_a_refusal_drops_the_session(answer: object, raised: type[Exception]) -> None:
    """After an answer that nobody understands, or none, nothing more is typed on that session."""
    wire, second = FakeWire(answers=[answer]), FakeWire(answers=[UNKNOWN])  # type: ignore[list-item]
    host, _ = host_over(wire, second)
    with pytest.raises(raised), host.session() as session:
        session.change(USERID, NEW, resume=True)
    assert wire.diary == ["open", "run reset", "close"]
    with host.session() as session:
        session.profile(USERID)
    assert second.diary == ["open", "run status"]


def test_stranger_error_in_the_block_drops_the_session() -> None:
    """Whatever the caller raises in the block, the session is not handed to the next one."""
    wire = FakeWire()
    host, _ = host_over(wire)
    with pytest.raises(KeyboardInterrupt), host.session():
        raise KeyboardInterrupt
    assert wire.diary == ["open", "close"]


def test_warm_wire_that_is_gone_is_replaced_once_before_anything_was_sent() -> None:
    """HostUnreached on the first order of a block over a warm wire: log on once more and type it there."""
    first = FakeWire(answers=[UNKNOWN, HostUnreached("PRODA", "gone")])
    second = FakeWire(answers=[UNKNOWN])
    host, _ = host_over(first, second)
    with host.session() as session:
        session.profile(USERID)
    with host.session() as session:
        session.profile(USERID)
    assert first.diary == ["open", "run status", "run status", "close"]
    assert second.diary == ["open", "run status"]


def test_fresh_wire_that_is_gone_is_not_replaced() -> None:
    """A wire that was just opened and is unreachable says so; nobody insists."""
    wire = FakeWire(answers=[HostUnreached("PRODA", "gone")])
    host, _ = host_over(wire)
    with pytest.raises(HostUnreached), host.session() as session:
        session.profile(USERID)
    assert wire.diary == ["open", "run status", "close"]


def test_warm_wire_is_replaced_for_the_first_order_only() -> None:
    """Between two orders of one block a lost wire is lost: what the first one learnt may not hold on the next."""
    first = FakeWire(answers=[UNKNOWN, UNKNOWN, HostUnreached("PRODA", "gone")])
    host, _ = host_over(first, FakeWire(answers=[UNKNOWN]))
    with host.session() as session:
        session.profile(USERID)
    with pytest.raises(HostUnreached), host.session() as session:
        session.profile(USERID)
        session.change(USERID, NEW, resume=True)
    assert first.diary[-1] == "close"


def test_a_fault_of_ours_that_no_wire_foresees_is_tried_twice_at_most() -> None:
    """How far the logon had got nobody knows: the password may have left. After a pause once more, then never."""
    wires = [FakeWire(opens=[KeyError("x")], password=NEW) for _ in range(2)]
    host, clock = host_over(*wires)
    with pytest.raises(HostUnreached, match="a fault of this program ended the logon: KeyError"), host.session():
        pass
    with pytest.raises(HostUnreached, match="the next time in"), host.session():
        pass
    clock.move(minutes=1)
    for _ in range(2):
        with pytest.raises(ServiceIdRejected, match="the service id is held"), host.session():
            pass
        clock.move(hours=1)
    assert [wire.diary for wire in wires] == [["open", "close"]] * 2

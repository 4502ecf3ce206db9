"""One product and one wire make one host."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.domain.errors import (
    AnswerLost,
    BadInput,
    ConfigFault,
    HostRefused,
    HostUnreached,
    ServiceIdRejected,
    UnexpectedAnswer,
)
from bridge.domain.failure import Reason
from bridge.domain.names import LoginName, Userid
from bridge.domain.outcome import Profile, Reach, Reply, Standing, Verdict
from bridge.domain.secret import Secret
from bridge.ports import Host, Session
from connectors.hosts.circuit import Circuit
from connectors.hosts.own import Untouched
from connectors.hosts.products.racf import Racf
from tests.fakes.wire import FakeWire
from tests.unit.hosts.one_host import NEW, NOISE, SILENCE, UNKNOWN, USERID, host_over


def test_keeps_the_ports() -> None:
    """A SystemHost is a Host and yields a Session, as the type checker sees them too."""
    host, _ = host_over(FakeWire(answers=[UNKNOWN]))
    kept: Host = host
    with kept.session() as session:
        one: Session = session
        assert one.profile(USERID).standing is Standing.UNKNOWN


def test_refused_service_id_is_never_tried_again_until_a_person_says_so() -> None:
    """One refused logon closes the way for every slot of the system; reset_circuit opens it."""
    circuit = Circuit()
    wire = FakeWire(answers=[UNKNOWN], opens=[ServiceIdRejected("PRODA", ["IKJ56421I PASSWORD NOT AUTHORIZED"])])
    other = FakeWire(answers=[UNKNOWN])
    host, clock = host_over(wire, circuit=circuit)
    sibling, _ = host_over(other, circuit=circuit)
    with pytest.raises(ServiceIdRejected), host.session():
        pass
    for one in (host, sibling, host):
        clock.move(hours=24)
        with pytest.raises(ServiceIdRejected, match="IKJ56421I"), one.session():
            pass
    assert wire.diary == ["open", "close"]
    assert other.diary == []
    host.reset_circuit()
    with sibling.session() as session:
        session.profile(USERID)
    assert other.diary == ["open", "run status"]


def test_a_changed_password_opens_the_way_by_itself() -> None:
    """The one that was refused is not tried again; another one is, without a stop and without a command."""
    refused = ServiceIdRejected("PRODA", ["IKJ56421I PASSWORD NOT AUTHORIZED"])
    first = FakeWire(opens=[refused], password=Secret("OLDONE12"))
    same = FakeWire(password=Secret("OLDONE12"))
    mended = FakeWire(answers=[UNKNOWN], password=Secret("NEWONE34"))
    host, _ = host_over(first, same, mended)
    for _ in range(2):
        with pytest.raises(ServiceIdRejected), host.session():
            pass
    assert same.diary == []
    with host.session() as session:
        session.profile(USERID)
    assert mended.diary == ["open", "run status"]


def test_secrets_that_cannot_be_read_are_waited_for() -> None:
    """No logon is tried without them, and what was asked for stays in the queue."""
    host, _ = host_over(FakeWire())
    host._wire = lambda: (_ for _ in ()).throw(ConfigFault(["secrets/proda: there is no file"]))
    with pytest.raises(HostUnreached, match="there is no file"), host.session():
        pass


def test_service_id_refused_in_the_middle_closes_the_way_too() -> None:
    """A wire that logs on anew for an order, and is refused, counts like a refused logon."""
    wire = FakeWire(answers=[ServiceIdRejected("PRODA")])
    host, _ = host_over(wire)
    with pytest.raises(ServiceIdRejected), host.session() as session:
        session.profile(USERID)
    assert host.circuit.refused
    with pytest.raises(ServiceIdRejected), host.session():
        pass
    assert wire.diary == ["open", "run status", "close"]


def test_unreachable_host_is_left_alone_for_a_growing_pause() -> None:
    """Each failed logon doubles the pause, within which nobody even tries; a logon that works forgets them all."""
    down = HostUnreached("PRODA", "connection refused")
    wire = FakeWire(answers=[UNKNOWN], opens=[down, OSError("no route"), down, None, down])
    host, clock = host_over(wire)
    for pause in (2, 4, 8):
        with pytest.raises(HostUnreached), host.session():
            pass
        tried = wire.diary.count("open")
        clock.move(seconds=pause - 1)
        with pytest.raises(HostUnreached, match="the next time in 1 s"), host.session():
            pass
        assert wire.diary.count("open") == tried
        clock.move(seconds=1)
    with host.session() as session:
        session.profile(USERID)
    assert host.condition == (Reach.WELL, "")
    host.close()
    with pytest.raises(HostUnreached, match="connection refused"), host.session():
        pass
    clock.move(seconds=2)
    with host.session():
        pass


def test_change_is_refused_before_anything_is_typed() -> None:
    """An empty value never reaches the wire: on an old system it would set a guessable password."""
    wire = FakeWire()
    host, _ = host_over(wire)
    with pytest.raises(BadInput), host.session() as session:
        session.change(USERID, Secret(""), resume=True)
    assert wire.diary == ["open", "close"]


@pytest.mark.parametrize(
    ("asked", "allowed", "typed"), [(True, True, True), (True, False, False), (False, True, False)]
)
def test_resume_needs_caller_and_configuration(asked: bool, allowed: bool, typed: bool) -> None:
    """A suspension by wrong passwords is lifted when the caller wants it and the system's configuration lets it."""
    wire = FakeWire()
    host, _ = host_over(wire, resume=allowed)
    with host.session() as session:
        session.change(USERID, NEW, resume=asked)
    assert ("RESUME" in str(wire.orders[0].typed[0].line)) is typed


def test_unlock_types_no_password() -> None:
    """unlock lifts the suspension and sets nothing."""
    wire = FakeWire()
    host, _ = host_over(wire)
    with host.session() as session:
        session.unlock(USERID)
    assert str(wire.orders[0].typed[0].line) == "ALTUSER JSMITH RESUME"
    assert wire.orders[0].new is None


@pytest.mark.parametrize(("code", "said"), [(0, True), (None, False)])
def test_i11_return_code_is_mentioned_where_only_silence_is_evidence(code: int | None, said: bool) -> None:
    """PASSDATE was 00.000 before as well: the note says that only silence is evidence, and the code where known."""
    host, _ = host_over(FakeWire(answers=[(Reply(rows=(), prompt="READY", code=code),)]))
    with host.session() as session:
        session.change(USERID, NEW, resume=True)
    expired = Profile(userid=USERID, standing=Standing.EXPIRED, must_change=True, stamp="00.000")
    proof = host.judge(expired, expired)
    assert proof.verdict is Verdict.YES
    assert "silence" in proof.note
    assert ("return code was 0" in proof.note) is said


def test_i1_no_error_or_repr_shows_the_password() -> None:
    """Order, line and every error on the way hold a mask where the password is."""
    wire = FakeWire(answers=[NOISE])
    host, _ = host_over(wire)
    with pytest.raises(UnexpectedAnswer) as raised, host.session() as session:
        session.change(USERID, NEW, resume=True)
    assert "NEWPW234" not in f"{raised.value!r} {raised.value} {wire.orders} {wire.orders[0].typed}"


def test_moved_on_is_the_products_word() -> None:
    """The host asks its product whether the user has moved on."""
    host, _ = host_over(FakeWire())
    now = Profile(userid=USERID, standing=Standing.ACTIVE, stamp="26.140")
    assert host.moved_on("00.000", now)
    assert not host.moved_on(None, now)


def test_return_code_of_an_earlier_change_is_never_cited() -> None:
    """A change whose answer was lost has no return code, though the one before it had."""
    first = (Reply(rows=(), prompt="READY", code=0),)
    host, _ = host_over(FakeWire(answers=[first, AnswerLost("PRODA", "reset", timedelta(seconds=30))]))
    with pytest.raises(AnswerLost), host.session() as session:
        session.change(USERID, NEW, resume=True)
        session.change(USERID, NEW, resume=True)
    expired = Profile(userid=USERID, standing=Standing.EXPIRED, must_change=True, stamp="00.000")
    assert "return code" not in host.judge(expired, expired).note


class Choosy(Racf):
    """A product that resumes only whom the listing shows suspended."""

    resumes_anybody = False


@pytest.mark.parametrize("who", ["nobody asked", "another", "himself"])
def test_choosy_product_resumes_only_whom_the_listing_shows_suspended(
    who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No listing, or one of another userid, or one that shows no suspension by wrong passwords: no resume."""
    wire = FakeWire(answers=[SILENCE])
    host, _ = host_over(wire)
    host._product = Choosy("PRODA")
    seen = Profile(userid=USERID, standing=Standing.SUSPENDED, suspended_by="violations")
    monkeypatch.setattr(Choosy, "read_status", lambda *_: seen)
    with host.session() as session:
        if who != "nobody asked":
            session.profile(USERID)
        session.change(USERID if who == "himself" else Userid("OTHER"), NEW, resume=True)
    assert str(wire.orders[-1].asked).endswith(",resume") is (who == "himself")


@pytest.mark.parametrize("deed", ["profile", "change", "unlock"])
def test_no_userid_of_another_systems_form_reaches_a_command(deed: str) -> None:
    """A row left over from before the system's product was changed: refused before anything is typed."""
    wire = FakeWire()
    host, _ = host_over(wire)
    stray = LoginName("anna.berg")
    with host.session() as session, pytest.raises(HostRefused, match="not asked") as raised:
        {
            "profile": lambda: session.profile(stray),
            "change": lambda: session.change(stray, NEW, resume=True),
            "unlock": lambda: session.unlock(stray),
        }[deed]()
    assert raised.value.reason is Reason.UNKNOWN_USER
    assert not wire.orders


def test_a_refused_service_id_for_privileged_userids_shows_in_the_condition() -> None:
    """Ordinary resets go on; a person has to know all the same. What mends it is noticed while idle."""
    host, clock = host_over(FakeWire(answers=[UNKNOWN]))
    other, _ = host_over(FakeWire(opens=[ServiceIdRejected("PRODA", ["IKJ56424I REVOKED"])]))
    host.elevated = other
    assert host.condition == (Reach.WELL, "")
    with pytest.raises(ServiceIdRejected), other.session():
        pass
    with host.session() as session:
        session.profile(USERID)
    reach, words = host.condition
    assert reach is Reach.REFUSED
    assert words.startswith("for privileged userids: PRODA: the host refused")
    other._own = Untouched(lambda: Secret("ANOTHER1"))
    clock.move(seconds=5)
    host.tend(clock.now())
    assert host.condition == (Reach.WELL, "")
    host.circuit.refuse(ServiceIdRejected("PRODA", ["IKJ56421I"]))
    assert "privileged" not in host.condition[1]


def test_a_service_id_in_use_elsewhere_leaves_its_work_to_the_others() -> None:
    """As long as one of them can be logged on; whoever has a session goes on with it."""
    taken = HostUnreached("PRODA", "logged on elsewhere", answered=True)
    circuit = Circuit()
    first, clock = host_over(FakeWire(answers=[UNKNOWN], opens=[taken]), circuit=circuit)
    second, _ = host_over(FakeWire(answers=[UNKNOWN]), circuit=circuit)
    first._userid, second._userid = "SVC1", "SVC2"
    with pytest.raises(HostUnreached), first.session():
        pass
    assert not first.stands_back(clock.now())
    with second.session():
        pass
    assert first.stands_back(clock.now())
    assert not second.stands_back(clock.now())
    clock.move(seconds=30)
    assert not first.stands_back(clock.now())


def test_a_host_that_lets_us_in_and_never_answers_a_change_is_left_alone_and_said_to_be_so() -> None:
    """It lists as ever, so no logon tells; the third lost change does, to every slot, until one is answered."""
    circuit = Circuit()
    frozen = [FakeWire(answers=[UNKNOWN, AnswerLost("PRODA", "reset", timedelta(seconds=30))]) for _ in range(3)]
    well = FakeWire(answers=[UNKNOWN, SILENCE])
    host, clock = host_over(*frozen, well, circuit=circuit)
    sibling, _ = host_over(FakeWire(answers=[UNKNOWN]), circuit=circuit)
    for _ in frozen:
        assert host.condition[0] is Reach.WELL
        with pytest.raises(AnswerLost), host.session() as session:
            session.profile(USERID)
            session.change(USERID, NEW, resume=True)
    assert host.condition[0] is Reach.UNREACHABLE
    for one in (host, sibling):
        with pytest.raises(HostUnreached, match="`reset` has been lost 3 times"), one.session():
            pass
    clock.move(seconds=9)
    with host.session() as session:
        session.profile(USERID)
        session.change(USERID, NEW, resume=True)
    assert host.condition == (Reach.WELL, "")

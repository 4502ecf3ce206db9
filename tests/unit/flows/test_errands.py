"""Unlock and state: no password, no link; an administrator's lock is never lifted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.domain.errand import Errand, ErrandId, Kind, Step
from bridge.domain.failure import Reason
from bridge.domain.names import SystemName, Userid
from bridge.domain.outcome import Profile, Standing
from bridge.flows import errands
from bridge.flows.ask import Ask
from tests.fakes.kit import AGENT, House

LOCKED = Profile(userid=Userid("JSMITH"), standing=Standing.SUSPENDED, suspended_by="violations")


def send(bridge: House, kind: Kind, userid: str = "JSMITH") -> Errand:
    return errands.send(kind, Ask(system="PRODA", userid=userid, reason="locked out"), AGENT, bridge.web)


def do(bridge: House) -> Errand:
    taken = errands.take(bridge.host.name, bridge.worker)
    assert taken is not None
    errand, lease = taken
    after = errands.carry_out(errand, bridge.host, bridge.worker)
    with bridge.store.work() as work:
        work.leases.give_back(lease)
    return after


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="by violations"),
        pytest.param({"suspended_by": None}, id="RACF says REVOKED and not by what"),
        pytest.param({"standing": Standing.ACTIVE}, id="ACF2 says PSWD-VIO alone"),
    ],
)
def test_a_locked_user_is_unlocked_and_told(bridge: House, changes: dict[str, object]) -> None:
    """The listing proves it, a notice goes out, no password is set."""
    bridge.host.accounts[Userid("JSMITH")].profile = replace(LOCKED, **changes)  # type: ignore[arg-type]
    sent = send(bridge, Kind.UNLOCK)
    after = do(bridge)
    assert (after.step, after.answer["suspended_by"], after.answer["lifted"]) == (Step.DONE, None, True)
    assert not bridge.host.passwords_ever_set
    assert bridge.kinds(sent.id) == ["unlock.requested", "unlock.done"]
    with bridge.store.look() as work:
        assert [notice.kind for notice in work.outbox.due(bridge.clock.now(), 10)] == ["unlocked"]


def test_an_unlocking_counts_though_the_directory_cannot_be_read(bridge: House) -> None:
    """It is done on the host: the notice is lost, the record is not."""
    bridge.host.accounts[Userid("JSMITH")].profile = LOCKED
    sent = send(bridge, Kind.UNLOCK)
    bridge.directory.away = True
    assert do(bridge).step is Step.DONE
    assert bridge.kinds(sent.id) == ["unlock.requested", "unlock.done"]


def test_an_unlocking_that_does_not_show_fails(bridge: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """RACF still lists REVOKED: nobody is told of an unlock that was none."""
    bridge.host.accounts[Userid("JSMITH")].profile = replace(LOCKED, suspended_by=None)
    monkeypatch.setattr(bridge.host, "unlock", lambda _: None)
    send(bridge, Kind.UNLOCK)
    after = do(bridge)
    assert (after.step, after.failure) == (Step.FAILED, Reason.NOT_PROVEN)


def test_a_user_who_is_not_locked_is_left_alone(bridge: House) -> None:
    """Nothing is typed, the answer says so, and nobody is told of an unlock that was none."""
    send(bridge, Kind.UNLOCK)
    after = do(bridge)
    assert (after.step, after.answer["lifted"]) == (Step.DONE, False)
    assert "unlock-before" not in bridge.host.calls
    with bridge.store.look() as work:
        assert not work.outbox.due(bridge.clock.now(), 10)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"suspended_by": "administrator"}, Reason.SUSPENDED_BY_ADMINISTRATOR),
        ({"privileged": ("SPECIAL",)}, Reason.PRIVILEGED_USER),
        ({"protected": True}, Reason.PROTECTED_USER),
    ],
)
def test_what_may_not_be_unlocked(bridge: House, changes: dict[str, object], reason: Reason) -> None:
    """An administrator's lock, privileged and protected ids: failed with the reason, nothing typed."""
    bridge.host.accounts[Userid("JSMITH")].profile = replace(LOCKED, **changes)  # type: ignore[arg-type]
    send(bridge, Kind.UNLOCK)
    after = do(bridge)
    assert (after.step, after.failure) == (Step.FAILED, reason)
    assert "unlock-before" not in bridge.host.calls


def test_state_tells_what_the_host_says_and_changes_nothing(bridge: House) -> None:
    """The host's listing in the bridge's words."""
    bridge.host.accounts[Userid("JSMITH")].profile = LOCKED
    send(bridge, Kind.STATE)
    after = do(bridge)
    assert after.answer["standing"] == "suspended"
    assert (after.answer["suspended_by"], after.answer["wrong_passwords"]) == ("violations", True)
    assert bridge.host.calls == ["session", "profile"]


def test_wrong_passwords_that_are_counted_are_no_suspension_yet(bridge: House) -> None:
    """ACF2's PSWD-VIO and Linux's faillock stand beside an account that is active: their limits are not listed."""
    bridge.host.accounts[Userid("JSMITH")].profile = replace(LOCKED, standing=Standing.ACTIVE)
    send(bridge, Kind.STATE)
    shown = do(bridge).answer
    assert (shown["standing"], shown["suspended_by"], shown["wrong_passwords"]) == ("active", None, True)


def test_a_lost_answer_is_tried_again_and_then_given_up(bridge: House) -> None:
    """Unlocking may be repeated; three lost answers are enough."""
    bridge.host.accounts[Userid("JSMITH")].profile = LOCKED
    send(bridge, Kind.UNLOCK)
    for expected in (Step.QUEUED, Step.QUEUED, Step.FAILED):
        bridge.host.faults = ["unlock-before:lost"]
        assert do(bridge).step is expected
        bridge.clock.move(minutes=1)


def test_a_stale_errand_is_not_done(bridge: House) -> None:
    """Nobody wants an unlock of yesterday."""
    send(bridge, Kind.UNLOCK)
    bridge.clock.move(hours=5)
    assert do(bridge).step is Step.FAILED
    assert not bridge.host.calls


def test_what_waited_too_long_says_what_was_in_its_way(bridge: House) -> None:
    """The last trouble stands in the reason: a host that was away is no mystery."""
    send(bridge, Kind.STATE)
    bridge.host.faults = ["session:unreached"]
    waiting = do(bridge)
    bridge.clock.move(hours=5)

    ended = do(bridge)

    assert waiting.step is Step.QUEUED
    assert waiting.failure_text
    assert ended.step is Step.FAILED
    assert f"the last thing in the way: {waiting.failure_text}" in (ended.failure_text or "")


def test_a_reset_is_read_back_on_the_systems_that_share_the_database(bridge: House) -> None:
    """After publication the other system is asked, and its answer is on record beside the reset's id."""
    sharing = {SystemName("PRODA"): (SystemName("PRODB"),)}
    bridge.worker = replace(bridge.worker, sharing=sharing)
    asked = bridge.ask()
    bridge.work()
    with bridge.store.look() as work:
        errand = work.errands.next_due(SystemName("PRODB"), bridge.clock.now())
    assert errand is not None
    assert (errand.kind, errand.userid, errand.ticket) == (Kind.STATE, "JSMITH", asked.reset.id)
    errands.carry_out(errand, bridge.host, bridge.worker)
    (*_, done) = bridge.records(errand.id)
    assert (done.event.kind, done.event.detail["must_change"]) == ("state.done", True)
    assert done.event.detail["ticket"] == asked.reset.id
    seen = bridge.records(asked.reset.id)[-1].event
    assert (seen.kind, seen.detail["on"], seen.detail["must_change"]) == ("host.seen_elsewhere", "PRODB", True)


def test_a_system_on_the_same_database_that_cannot_be_asked_is_reported_too(bridge: House) -> None:
    """The reset stands; its events say what is not known. A ticket that names any other reset tells it nothing."""
    bridge.worker = replace(bridge.worker, sharing={SystemName("PRODA"): (SystemName("PRODB"),)})
    asked = bridge.ask()
    bridge.work()
    with bridge.store.look() as work:
        errand = work.errands.next_due(SystemName("PRODB"), bridge.clock.now())
    assert errand is not None
    before = len(bridge.records(asked.reset.id))
    for change in ({"ticket": "R0000000000ZZ"}, {"userid": Userid("OTHER")}, {"system": SystemName("PRODC")}):
        stray = replace(errand, id=ErrandId("E0000000000ZZ"), **change)
        with bridge.store.work() as work:
            errands._tell_reset(work, stray, bridge.worker)
    assert len(bridge.records(asked.reset.id)) == before
    bridge.host.faults = ["session:service_id"]
    errands.carry_out(errand, bridge.host, bridge.worker)
    seen = bridge.records(asked.reset.id)[-1].event
    assert (seen.kind, seen.detail["on"], seen.detail["why"]) == ("host.seen_elsewhere", "PRODB", "service_id_rejected")

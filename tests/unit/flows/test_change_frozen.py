"""I3: a worker that was frozen past its lease types over what somebody else set; no link shows what is not set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bridge.domain.errors import LinkEnded, Overtaken
from bridge.domain.names import Userid
from bridge.domain.outcome import Profile
from bridge.domain.reset import Cleanup, Reset, State
from bridge.flows import decide, sweep
from bridge.flows.take import take
from tests.fakes.kit import AGENT, House


def _frozen_beyond_its_lease(bridge: House, meanwhile: Callable[[], object]) -> None:
    """The next change is typed only after the lease has run out and something has happened."""

    def freeze() -> None:
        bridge.host.before_change = lambda: None
        bridge.clock.move(minutes=4)
        meanwhile()

    bridge.host.before_change = freeze


def _somebody_else(bridge: House) -> list[Reset]:
    """What another node's worker gets done meanwhile."""
    sweep.reclaim(bridge.web)
    bridge.clock.move(seconds=10)
    bridge.worker, ours = replace(bridge.worker, owner="there/W2"), bridge.worker
    try:
        return bridge.work()
    finally:
        bridge.worker = ours


def test_i3_a_worker_that_was_frozen_past_its_lease_owns_up(bridge: House) -> None:
    """It types over what the next holder published: that link ends, is on record, and the host is made worthless."""
    asked = bridge.ask()
    _frozen_beyond_its_lease(bridge, lambda: _somebody_else(bridge))
    with pytest.raises(Overtaken):
        bridge.work()
    assert len(bridge.mail.links) == 1
    with pytest.raises(LinkEnded):
        bridge.open(asked.release_code)
    left = bridge.reset(asked.reset.id)
    assert (left.state, left.cleanup) == (State.REVOKED, Cleanup.DUE)
    assert "host.typed_late" in bridge.kinds(left.id)
    with bridge.store.look() as work:
        kept = work.links.of(left.id)
        told = [notice.kind for notice in work.outbox.due(bridge.clock.now(), 9)]
    assert kept
    assert kept.ciphertext is None
    assert told == ["revoked"]
    assert bridge.work()[0].cleanup is Cleanup.DONE


@pytest.mark.parametrize("task", ["change", "spoil"])
def test_i3_a_worker_whose_lease_is_gone_types_nothing(bridge: House, task: str) -> None:
    """It was frozen while it looked at the profile, and another one has the account by now."""
    asked, profile = bridge.ask(), bridge.host.profile
    if task == "spoil":
        bridge.work()
        decide.revoke(asked.reset.id, AGENT, "wrong person", bridge.web)
    before = len(bridge.host.passwords_ever_set)

    def slow(userid: Userid) -> Profile:
        bridge.host.profile = profile  # type: ignore[method-assign]
        seen = profile(userid)
        bridge.clock.move(minutes=4)
        sweep.reclaim(bridge.web)
        bridge.clock.move(seconds=10)
        assert take(bridge.host.name, replace(bridge.worker, owner="there/W2")) is not None
        return seen

    bridge.host.profile = slow  # type: ignore[method-assign]
    with pytest.raises(Overtaken):
        bridge.work()
    assert len(bridge.host.passwords_ever_set) == before
    assert "host.typed_late" not in bridge.kinds(asked.reset.id)


def test_i3_a_password_that_was_read_already_ends_as_well(bridge: House) -> None:
    """Its user holds one that is not the host's any more: told so, and another one is needed."""
    asked = bridge.ask()

    def publish_and_read() -> None:
        _somebody_else(bridge)
        assert bridge.open(asked.release_code)

    _frozen_beyond_its_lease(bridge, publish_and_read)
    with pytest.raises(Overtaken):
        bridge.work()
    left = bridge.reset(asked.reset.id)
    assert (left.state, left.cleanup) == (State.REVOKED, Cleanup.DUE)
    with bridge.store.look() as work:
        assert "revoked" in [notice.kind for notice in work.outbox.due(bridge.clock.now(), 9)]


def test_i3_a_late_spoiling_ends_the_newer_link_it_typed_over(bridge: House) -> None:
    """Frozen while it made an old reset worthless, and a newer one was published meanwhile."""
    older = bridge.ask()
    bridge.work()
    decide.revoke(older.reset.id, AGENT, "wrong person", bridge.web)
    newer = []

    def ask_and_publish() -> None:
        newer.append(bridge.ask())
        assert _somebody_else(bridge)[0].state is State.PUBLISHED

    _frozen_beyond_its_lease(bridge, ask_and_publish)
    with pytest.raises(Overtaken):
        bridge.work()
    assert bridge.reset(newer[0].reset.id).state is State.REVOKED


def test_i3_the_holder_whose_change_was_typed_over_begins_again(bridge: House) -> None:
    """Typed over between another worker's change and its publishing: that one mails nothing and begins anew."""
    asked = bridge.ask()

    def take_only() -> None:
        sweep.reclaim(bridge.web)
        bridge.clock.move(seconds=10)
        job = take(bridge.host.name, replace(bridge.worker, owner="there/W2"))
        assert job
        theirs.append(job.reset.version)

    theirs: list[int] = []
    _frozen_beyond_its_lease(bridge, take_only)
    with pytest.raises(Overtaken):
        bridge.work()
    left = bridge.reset(asked.reset.id)
    assert (left.state, left.touched) == (State.CHANGING, True)
    assert left.version > theirs[0]  # the holder's next write finds a stranger's
    bridge.clock.move(minutes=4)
    sweep.reclaim(bridge.web)
    bridge.clock.move(seconds=10)
    assert bridge.work()[0].state is State.PUBLISHED
    assert bridge.open(asked.release_code).password.expose() == bridge.host.accounts[Userid("JSMITH")].password

"""After a restore."""

from __future__ import annotations

import pytest

from bridge.domain.errors import LinkEnded
from bridge.domain.reset import Cleanup, State
from bridge.flows import restore
from bridge.flows.restore import after_restore
from bridge.flows.take import give_back, take
from tests.fakes.kit import House


def test_i4_a_link_that_was_open_in_the_backup_opens_no_more(bridge: House) -> None:
    """I4: it may have been read since; it is revoked, its ciphertext gone, and the host's password to be spoiled."""
    reset = bridge.ask().reset
    bridge.work()

    ended = after_restore("local:root", bridge.web)

    assert ended == 1
    after = bridge.reset(reset.id)
    assert (after.state, after.cleanup) == (State.REVOKED, Cleanup.DUE)
    with bridge.store.look() as work:
        kept = work.links.of(reset.id)
    assert kept
    assert kept.ciphertext is None
    with pytest.raises(LinkEnded):
        bridge.open(bridge.totp())
    assert after_restore("local:root", bridge.web) == 0


def test_what_waited_in_the_backup_is_not_done_again(bridge: House) -> None:
    """Queued or in a worker's hands then, it has been done since: nobody's own password is overwritten."""
    held = bridge.ask("MILLER").reset
    job = take(bridge.host.name, bridge.worker)
    assert job is not None
    queued = bridge.ask().reset

    assert after_restore("local:root", bridge.web) == 2

    give_back(job, bridge.worker)
    assert bridge.reset(queued.id).state is State.CANCELLED
    assert bridge.reset(held.id).state is State.REVOKED
    assert bridge.work() == []


def test_however_many_were_open_all_are_ended(bridge: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are ended some at a time: those of the last page as well."""
    monkeypatch.setattr(restore, "PAGE", 1)
    resets = [bridge.ask(userid).reset.id for userid in ("JSMITH", "MJONES", "MILLER")]
    assert after_restore("local:root", bridge.web) == 3
    assert {bridge.reset(each).state for each in resets} == {State.CANCELLED}

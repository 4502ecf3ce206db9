"""The chain's head, noted elsewhere."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.domain.errors import BadInput
from bridge.flows import evidence, sweep
from tests.fakes.kit import House


def test_a_head_noted_elsewhere_lies_on_the_chain_or_does_not(bridge: House) -> None:
    """An honest chain that went on holds; a head of another chain is missed; nonsense is refused with the place."""
    bridge.ask()
    noted = evidence.verify(bridge.web).head
    bridge.ask("MJONES")
    assert evidence.verify(bridge.web, noted).fault is None
    seq, _, seal = noted.partition(":")
    assert evidence.verify(bridge.web, f"{seq}:{'0' * len(seal)}").fault
    assert evidence.verify(bridge.web, f"999:{seal}").fault
    with pytest.raises(BadInput, match="SEQ:SEAL"):
        evidence.verify(bridge.web, "1:abc")


def test_old_records_are_deleted_and_that_is_on_record(bridge: House) -> None:
    """What is older than `audit_keep` goes; the chain of the rest holds, and says how many went."""
    old = bridge.ask().reset
    written = evidence.verify(bridge.web).records
    bridge.clock.move(days=10)
    new = bridge.ask("MJONES").reset
    assert sweep.thin(bridge.web, timedelta(days=9)) == written
    assert bridge.kinds(old.id) == []
    assert bridge.kinds(new.id)
    assert evidence.verify(bridge.web).fault is None
    with bridge.store.look() as work:
        last = work.audit.records()[-1].event
    assert (last.kind, last.detail["records"]) == ("audit.thinned", written)
    assert sweep.thin(bridge.web, timedelta(days=9)) == 0

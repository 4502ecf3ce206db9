"""The chain's head, noted elsewhere."""

from __future__ import annotations

import pytest

from bridge.domain.errors import BadInput
from bridge.flows import evidence
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

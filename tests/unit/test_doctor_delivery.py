"""What `check` says of armed delivery."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bridge.compose.doctor import _delivery
from bridge.config.reader import read

EXAMPLE = Path(__file__).parents[2] / "deploy" / "resetbridge.example.yaml"


@pytest.mark.parametrize(("sessions", "words"), [(1, "they wait for each other"), (3, "3 sessions")])
def test_check_tells_who_waits(sessions: int, words: str) -> None:
    """That users wait for the host, and how many at once need not wait for each other; nothing where it is sealed."""
    config = read(EXAMPLE)
    system = replace(next(iter(config.systems.values())), sessions=sessions)
    assert list(_delivery(config, system)) == []
    armed = {system.policy: replace(config.policies[system.policy], delivery="armed")}
    (finding,) = _delivery(replace(config, policies=armed), system)
    assert (finding.level, "wait at the page" in finding.words) == ("ok", True)
    assert words in finding.words

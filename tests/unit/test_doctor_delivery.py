"""What `check` says of armed delivery, and of what a policy demands."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bridge.compose.doctor import _delivery, _demanded, _filed
from bridge.compose.judging import idle_policies
from bridge.config.model import GatewaySettings
from bridge.config.reader import read
from bridge.domain.demand import Demand

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


def test_check_tells_how_files_are_opened() -> None:
    """By telephone or another mailbox; by that alone without a gateway, which bars people; nothing for pages."""
    config = read(EXAMPLE)
    system = next(iter(config.systems.values()))
    assert list(_filed(config, system)) == []
    files = {system.policy: replace(config.policies[system.policy], view="keepass")}
    for gateway, level, words in (
        (None, "warn", "whoever has no second e-mail address is not reset"),
        (GatewaySettings(url="https://sms.example.com/", body="{phone} {text}"), "ok", "goes by gateway"),
    ):
        (finding,) = _filed(replace(config, policies=files, gateway=gateway), system)
        assert (finding.level, words in finding.words) == (level, True)


def test_check_tells_what_a_demand_never_asks_for() -> None:
    """And that one factor is not enough; nothing where any one is."""
    config = read(EXAMPLE)
    system = next(iter(config.systems.values()))
    assert list(_demanded(config, system)) == []
    policy = replace(config.policies[system.policy], factors=("totp", "phone", "release_code"))
    demands = [Demand(required=("totp", "release_code")), Demand(required=("totp",), at_least=2)]
    found = [
        [finding.words for finding in _demanded(replace(config, policies={system.policy: each}), system)]
        for each in (replace(policy, demand=demand) for demand in demands)
    ]
    assert [len(words) for words in found] == [2, 1]
    assert "names phone, which its demand never asks for" in found[0][1]


def test_check_names_a_policy_that_no_system_has() -> None:
    """A mistyped `standrd` is otherwise a site without its approvals; the built-in one may stand there unused."""
    config = read(EXAMPLE)
    assert list(idle_policies(config)) == []
    mistyped = replace(config, policies={**config.policies, "standrd": replace(config.policies["standard"])})
    (finding,) = idle_policies(mistyped)
    assert finding.level == "warn"
    assert finding.words.startswith("policies.standrd: no system has it")
    careful = {name: replace(system, policy="careful") for name, system in config.systems.items()}
    assert list(idle_policies(replace(config, systems=careful))) == []
    assert list(idle_policies(replace(mistyped, systems={}))) == [], "a file that has only been begun"

"""How often one account may be asked for, and how much one operator may ask for."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bridge.domain.errors import TooMany
from bridge.domain.policy import Caller, Policy, Role
from bridge.domain.reset import State
from bridge.flows.ask import Ask, Once, ask
from tests.fakes.kit import House, house

ADMIN = Caller(name="root", roles=frozenset({Role.ADMIN}))


def test_an_account_is_asked_for_so_often_an_hour(tmp_path: Path) -> None:
    """Past the limit nothing changes, whoever asks; the words say when to come again, and then it goes through."""
    with house(tmp_path, policy=Policy(per_account=2)) as bridge:
        bridge.ask()
        bridge.clock.move(minutes=10)
        last = bridge.ask().reset
        bridge.clock.move(minutes=20)
        for caller_asks in (bridge.ask, lambda: by(ADMIN, "JSMITH", bridge)):
            with pytest.raises(TooMany) as refused:
                caller_asks()
            assert "PRODA:JSMITH has had 2 within the hour" in refused.value.limit
        assert refused.value.retry_after == timedelta(minutes=30).total_seconds()
        assert bridge.reset(last.id).state is State.QUEUED
        assert bridge.ask("MJONES").reset.state is State.QUEUED
        bridge.clock.move(minutes=30)
        bridge.ask()
        with pytest.raises(TooMany):
            bridge.ask()


def test_an_operator_asks_for_so_many_an_hour(tmp_path: Path) -> None:
    """Over all accounts; admins, who reset in bulk, and other operators are not held up."""
    with house(tmp_path, policy=Policy(per_operator=2)) as bridge:
        bridge.ask("JSMITH")
        bridge.ask("MJONES")
        with pytest.raises(TooMany) as refused:
            bridge.ask("MILLER")
        assert (
            "anna has had 2 within the hour, the most that policies.standard.per_operator allows" in refused.value.limit
        )
        by(Caller(name="ben", roles=frozenset({Role.AGENT})), "MILLER", bridge)
        for userid in ("MILLER", "JSMITH", "MJONES"):
            by(ADMIN, userid, bridge)


def test_a_repeated_request_is_none_too_many(tmp_path: Path) -> None:
    """An answer lost on the way is asked for again under its key: the same reset comes back."""
    with house(tmp_path, policy=Policy(per_account=1)) as bridge:
        once = Once(key="k", fingerprint=bytes(32))
        made = by(ADMIN, "JSMITH", bridge, once)
        assert by(ADMIN, "JSMITH", bridge, once) == made


def test_0_is_no_limit(tmp_path: Path) -> None:
    """As often as anybody likes."""
    with house(tmp_path, policy=Policy(per_account=0, per_operator=0)) as bridge:
        for _ in range(30):
            bridge.ask()


def by(caller: Caller, userid: str, bridge: House, once: Once | None = None) -> str:
    """Ask as somebody."""
    return ask(Ask(system="PRODA", userid=userid, reason="forgotten"), caller, bridge.web, once=once).reset.id

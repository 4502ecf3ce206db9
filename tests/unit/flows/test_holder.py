"""Who holds a link: a name that nobody gave out is looked at for as long as one whose key is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bridge.domain.errors import LinkDead, WrongAnswer
from bridge.domain.link import Sealed
from bridge.domain.policy import Policy
from bridge.domain.second import PHONE, RADIUS, RELEASE_CODE, TOTP
from bridge.domain.secret import Secret
from bridge.flows.holder import Attempt, proven
from bridge.flows.reveal import reveal
from tests.fakes.judge import FakeJudge
from tests.fakes.kit import House, house


class Watched:
    """The vault, and what it was asked about."""

    def __init__(self, vault: Any) -> None:
        self._vault, self.asked = vault, list[tuple[str, bool]]()

    def matches(self, sealed: Sealed | None, key: Secret) -> bool:
        """Whether the key is the link's."""
        self.asked.append(("key", sealed is not None))
        return bool(self._vault.matches(sealed, key))

    def proven(self, sealed: Sealed | None, proof: Secret) -> bool:
        """The same of a proof."""
        self.asked.append(("proof", sealed is not None))
        return bool(self._vault.proven(sealed, proof))


def test_what_is_typed_for_one_factor_is_judged_by_no_other(tmp_path: Path) -> None:
    """A release code in the field of the telephone is wrong there; an app's code goes to no other server."""
    judge = FakeJudge()
    policy = Policy(factors=(TOTP, PHONE, RELEASE_CODE, RADIUS))
    with house(tmp_path, policy=policy, judges={RADIUS: judge}) as bridge:
        code = bridge.ask().release_code
        bridge.work()
        assert code
        for kind, answer in ((PHONE, code), (TOTP, Secret("000000"))):
            with pytest.raises(WrongAnswer):
                reveal(replace(bridge.attempt(answer), kind=kind), bridge.web)
        assert judge.asked == []
        bridge.clock.move(minutes=10)
        with pytest.raises(WrongAnswer) as wrong:
            reveal(replace(bridge.attempt(code), kind=PHONE), bridge.web)
        assert not wrong.value.ended
        bridge.clock.move(minutes=-10)
        assert reveal(replace(bridge.attempt(code), kind=RELEASE_CODE), bridge.web)


@pytest.mark.parametrize("act", [reveal, proven])
def test_i10_an_unknown_name_takes_as_long_as_a_wrong_key(bridge: House, act: Callable[[Attempt, Any], object]) -> None:
    """The vault is asked about nothing as it is about a link, once each: how long it takes tells no name."""
    bridge.ask()
    bridge.work()
    wrong = bridge.attempt("000000", key="0" * 32)
    unknown = replace(wrong, locator="0" * 26)
    for proof, how in ((None, "key"), (Secret("0" * 64), "proof")):
        for attempt, known in ((wrong, True), (unknown, False), (replace(wrong, locator="no name"), False)):
            vault = Watched(bridge.web.vault)
            with pytest.raises(LinkDead, match="no such link, or not its key"):
                act(replace(attempt, proof=proof), replace(bridge.web, vault=vault))  # type: ignore[arg-type]
            assert vault.asked == [(how, known)]

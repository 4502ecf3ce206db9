"""A challenge for somebody's passkeys: for the link's holder, while the link lives, for its own link alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from bridge.domain.errors import KeyCopied, LinkDead, LinkEnded, NoPasskey, WrongAnswer
from bridge.domain.names import Person
from bridge.domain.policy import Policy
from bridge.domain.second import PASSKEY, TOTP, question_kind, seed_label
from bridge.domain.secret import Secret
from bridge.flows.challenge import challenge
from bridge.flows.disown import disown
from bridge.flows.reveal import reveal
from bridge.ports import Enrolled
from tests.fakes.kit import House, house

JS = Person("js")


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[House]:
    """A link of somebody who has a passkey and an app."""
    with house(tmp_path, policy=Policy(factors=(PASSKEY, TOTP))) as made:
        give_key(made, "F7")
        made.ask()
        made.work()
        yield made


def give_key(made: House, name: str, usable_from: datetime | None = None) -> None:
    text = Secret(json.dumps({"id": name, "key": "x"}))
    seed = made.web.vault.seal_seed(text, seed_label(JS, name, PASSKEY))
    now = made.clock.now()
    with made.store.work() as work:
        work.people.add_factor(Enrolled(id=name, person=JS, kind=PASSKEY, label="key", seed=seed, added_at=now,
                                        added_by="test", usable_from=usable_from))  # fmt: skip


def keys_of(asked: object) -> list[str]:
    return [each["id"] for each in cast(dict[str, list[dict[str, str]]], asked)["allowCredentials"]]


def open_question(made: House, read_link: str = "") -> bytes | None:
    with made.store.look() as work:
        found = work.questions.get(JS, question_kind(PASSKEY, read_link))
    return found.state if found else None


def test_who_holds_the_link_is_asked_for_a_key_that_counts(bridge: House) -> None:
    """One that was added lately is not named: it would be refused. 256 bits that nobody has seen before, each time."""
    give_key(bridge, "F8", bridge.clock.now() + timedelta(days=1))
    asked = [challenge(bridge.attempt(""), bridge.web) for _ in range(2)]
    assert [keys_of(each) for each in asked] == [["F7"], ["F7"]]
    assert {len(str(each["challenge"])) for each in asked} == {43}
    assert asked[0]["challenge"] != asked[1]["challenge"]
    with bridge.store.look() as work:
        kept = work.questions.get(JS, PASSKEY)
    assert kept
    assert (kept.reset_id, kept.until) == (bridge.mail.links[-1].reset_id, bridge.clock.now() + timedelta(minutes=5))


def test_who_has_no_key_of_the_link_learns_nothing(bridge: House) -> None:
    """Not whether its person has passkeys, nor which."""
    with pytest.raises(LinkDead):
        challenge(bridge.attempt("", key="0" * 32), bridge.web)
    assert open_question(bridge) is None


def test_a_link_that_is_over_asks_for_none(bridge: House) -> None:
    """Nor does it take the place of the challenge on another one."""
    attempt = bridge.attempt("")
    bridge.ask("MJONES")
    bridge.work()
    challenge(bridge.attempt(""), bridge.web)
    live = open_question(bridge)
    disown(attempt, bridge.web)
    with pytest.raises(LinkEnded):
        challenge(attempt, bridge.web)
    assert open_question(bridge) == live


def test_a_wrong_code_of_the_app_is_compared_with_no_passkey(bridge: House) -> None:
    """It is wrong, and nothing that is stored of the passkey is taken for a seed that is damaged."""
    with pytest.raises(WrongAnswer):
        bridge.open("000000")
    assert "link.damaged" not in bridge.kinds(bridge.mail.links[-1].reset_id)


def test_a_read_link_asks_apart_from_one_that_can_be_opened(bridge: House) -> None:
    """Who kept an old link would else disturb its person at the new one."""
    attempt = bridge.attempt("")
    bridge.open(bridge.totp())
    bridge.ask("MJONES")
    bridge.work()
    challenge(bridge.attempt(""), bridge.web)
    live = open_question(bridge)
    challenge(attempt, bridge.web)
    assert open_question(bridge) == live
    assert open_question(bridge, bridge.mail.links[0].reset_id)


@pytest.mark.parametrize("why", ["no key yet", "no such factor"])
def test_nobody_is_asked_in_vain(tmp_path: Path, why: str) -> None:
    """Somebody without a key that counts, and a policy that takes none."""
    factors = (TOTP,) if why == "no such factor" else (PASSKEY, TOTP)
    with house(tmp_path, policy=Policy(factors=factors)) as bridge:
        give_key(bridge, "F7", None if why == "no such factor" else bridge.clock.now() + timedelta(days=1))
        bridge.ask()
        bridge.work()
        with pytest.raises(NoPasskey):
            challenge(bridge.attempt(""), bridge.web)
        assert open_question(bridge) is None


class Judged:
    """A passkey that says yes, or whose counter has fallen behind."""

    kind = PASSKEY

    def __init__(self, *, right: bool) -> None:
        self.right = right

    def offered(self, *_: object) -> bool:
        return True

    def shaped(self, _: Secret) -> bool:
        return True

    def accepts(self, *_: object) -> bool:
        if self.right:
            return True
        raise KeyCopied("F7")


def test_i5_a_copied_key_is_a_wrong_answer_and_an_alarm(bridge: House) -> None:
    """Which one it is stands in the record, and security is told of it by mail."""
    kit = replace(bridge.web, factors={**bridge.web.factors, PASSKEY: Judged(right=False)})  # type: ignore[dict-item]
    with pytest.raises(WrongAnswer):
        reveal(replace(bridge.attempt("{}"), kind=PASSKEY), kit)
    last = {one.event.kind: one.event for one in bridge.records(bridge.mail.links[-1].reset_id)}
    assert last["factor.copied"].detail["factor"] == "F7"
    with bridge.store.look() as work:
        told = [(notice.kind, notice.to) for notice in work.outbox.due(bridge.clock.now(), 9)]
    assert told == [("key_copied", "security@example.com")]

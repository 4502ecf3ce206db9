"""A challenge for the person's passkeys, for whoever holds the link's key. Nothing is counted for asking."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bridge.domain.errors import BridgeError, LinkDead, NoPasskey
from bridge.domain.link import Sealed
from bridge.domain.second import PASSKEY, question_kind, state_label
from bridge.domain.secret import Secret
from bridge.flows.holder import Attempt, proven, shut, was_read
from bridge.ports import Passkeys, Question, WebKit, Work

CHALLENGE_BYTES: Final = 32


def challenge(attempt: Attempt, kit: WebKit) -> Mapping[str, object]:
    """What the browser has to have signed. An earlier challenge is worth nothing from here on, of whatever link.

    Raises LinkDead, LinkEnded, NotYet, NoPasskey, VaultLocked.
    """
    sealed, passkeys = proven(attempt, kit), kit.passkeys
    if passkeys is None:
        raise NoPasskey("no policy takes passkeys")
    with kit.store.work() as work:
        drawn = _drawn(sealed, passkeys, work, kit)
    if isinstance(drawn, BridgeError):
        raise drawn
    return drawn


def new_challenge(kit: WebKit) -> Secret:
    """256 random bits, in hex."""
    return Secret(kit.dice(CHALLENGE_BYTES).hex())


def _drawn(found: Sealed, passkeys: Passkeys, work: Work, kit: WebKit) -> Mapping[str, object] | BridgeError:
    sealed = work.links.lock(found.locator)
    if sealed is None:
        return LinkDead("no such link, or not its key")
    reset, now = work.resets.get(sealed.reset_id), kit.clock.now()
    if why_not := shut(reset, sealed, kit.clock.latest()):
        return why_not
    policy, person = kit.systems.get(reset.system), reset.person
    if policy is None or PASSKEY not in policy.factors or person is None:
        return NoPasskey("no passkey opens this link")
    work.tries.lock(person)
    keys = [factor for factor in work.people.factors(person) if factor.kind == PASSKEY and factor.usable(now)]
    if not keys:
        return NoPasskey("the person has no passkey that can be used yet")
    drawn = new_challenge(kit)
    question = Question(
        person=person,
        kind=question_kind(PASSKEY, reset.id if was_read(reset, sealed) else ""),
        reset_id=reset.id,
        at=now,
        until=now + passkeys.lapse,
        state=kit.vault.seal_seed(drawn, state_label(PASSKEY, person, reset.id)),
        asked=1,
        since=now,
    )
    work.questions.put(question)
    return passkeys.ask(keys, drawn)

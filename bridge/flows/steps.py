"""How far a claim has come whose policy demands several factors. Not a flow: what a flow goes on with that judged one.

The page of whoever has passed some of them holds a token, the store a keyed hash of it: whoever has the link's key, and
not that token, begins at the first. Nothing of the link is used up, and no wrong answer forgotten, until all is met.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bridge.domain.errors import TicketLapsed
from bridge.domain.link import Sealed, new_ticket
from bridge.domain.policy import Policy
from bridge.domain.reset import Reset
from bridge.domain.secret import Secret
from bridge.flows.handover import PASS_FOR, Shown, Waiting, hand_over, let_in
from bridge.flows.holder import HOLDER, Attempt
from bridge.flows.ledger import note
from bridge.ports import Progress, WebKit, Work

AT_ONCE: Final = 8  # pages of one link that may be in between; an older one begins again


@dataclass(frozen=True, slots=True, kw_only=True)
class OneMore:
    """The answer was right, and is not enough.

    token         with the link's key, it stands for the factors in `passed`
    wanted        any of these brings it further
    passed_until  until when
    """

    token: Secret
    passed: tuple[str, ...]
    wanted: tuple[str, ...]
    passed_until: datetime
    several: bool = True


def walked(reset: Reset, attempt: Attempt, work: Work, kit: WebKit) -> Progress | None:
    """How far the page that sends this has come; None at the beginning. Raises TicketLapsed: nothing was judged."""
    if attempt.progress is None:
        return None
    for progress in work.steps.of(reset.id):
        if kit.vault.tag_matches(progress.tag, _label(reset), attempt.progress):
            if kit.clock.latest() < progress.until:
                return progress
            break
    raise TicketLapsed("no factor of this link's has been passed there, or too long ago")


def wanted(policy: Policy, before: Progress | None) -> tuple[str, ...]:
    """The kinds of factors that bring a claim further: of no other is an answer looked at."""
    return policy.demand.wanted(before.passed if before else (), policy.factors)


def passed(
    reset: Reset, sealed: Sealed, policy: Policy, attempt: Attempt, kind: str, before: Progress | None, work: Work,
    kit: WebKit,
) -> Shown | Waiting | OneMore:  # fmt: skip
    """A factor has been passed, under the link's lock: claim it if that was the last, in the caller's transaction."""
    done = (*(before.passed if before else ()), kind)
    if not policy.demand.met(done):
        return _one_more(reset, policy, attempt, done, before, work, kit)
    if len(done) > 1:
        work.steps.drop(reset.id)
    factor = "+".join(done)
    if sealed.public is not None and sealed.ciphertext is None:
        return let_in(reset, attempt, factor, work, kit)
    return hand_over(reset, sealed, policy, attempt, factor, work, kit)


def _one_more(
    reset: Reset, policy: Policy, attempt: Attempt, done: tuple[str, ...], before: Progress | None, work: Work,
    kit: WebKit,
) -> OneMore:  # fmt: skip
    """Ten minutes for all of them together: a token that replaces another one ends when that did."""
    token, ends = new_ticket(kit.dice), kit.clock.latest() + PASS_FOR
    until = before.until if before else min(ends, reset.expires_at or ends)
    if before:
        work.steps.drop(reset.id, before.tag)
    progress = Progress(reset_id=reset.id, tag=kit.vault.tag(_label(reset), token), passed=done, until=until)
    work.steps.put(progress, AT_ONCE)
    note(work, "factor.passed", at=kit.clock.now(), by=HOLDER, reset=reset, factor=done[-1], source=attempt.source,
         agent=attempt.agent[:200], passed="+".join(done))  # fmt: skip
    return OneMore(token=token, passed=done, wanted=wanted(policy, progress), passed_until=until)


def _label(reset: Reset) -> str:
    return f"progress:{reset.id}"

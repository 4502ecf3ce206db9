"""Answers that another server judges. Not a flow: what `reveal` asks with.

The server is asked outside of any transaction, by one request for each person at a time, on any number of nodes:
as many guesses as fit into one silence would else be free. The answer is counted as wrong before it leaves, and no more
once it turns out not to be: a crash gives no try back (I5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bridge.domain.errors import BridgeError, FactorUnreached, Overtaken, QuestionLapsed, TooMany
from bridge.domain.names import Person
from bridge.domain.reset import Reset
from bridge.domain.second import Challenge, state_label
from bridge.domain.secret import Secret
from bridge.flows.holder import Attempt
from bridge.ports import Judge, Question, WebKit, Work

COUNTED_OVER: Final = timedelta(hours=1)

Ruling = bool | Challenge | FactorUnreached


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """An answer on its way to another server.

    claim   what keeps others from asking for the same person meanwhile
    last    when the person's count had been set before this answer was counted
    heard   a factor of ours has refused the same answer: whatever the server says but yes, it was a wrong one. Without
            that, somebody could try our factors' codes for nothing while the server is away
    """

    judge: Judge
    reset: Reset
    claim: Question
    answer: Secret
    state: Secret | None
    last: datetime
    heard: bool


def judge_of(kinds: Sequence[str], attempt: Attempt, kit: WebKit) -> Judge | None:
    """The first judge of those kinds that could take this answer."""
    judges = [kit.judges[kind] for kind in kinds if kind in kit.judges]
    return next((judge for judge in judges if judge.shaped(attempt.answer, asked=attempt.asked)), None)


def begin(
    judge: Judge, reset: Reset, person: Person, attempt: Attempt, wrong: int, heard: bool, work: Work, kit: WebKit
) -> Inquiry | BridgeError:
    """Claim the right to ask, and count the answer. Call under the lock of the person's `tries`."""
    now = kit.clock.now()
    last = work.questions.get(person, judge.kind)
    if last and last.state is None and now < last.until:
        return Overtaken("an answer that is being judged")
    recent = last if last and now - last.since < COUNTED_OVER else None
    if recent and recent.asked >= judge.most:
        return TooMany(int((recent.since + COUNTED_OVER - now).total_seconds()) + 1)
    state = None
    if attempt.asked:
        if last is None or last.state is None or last.reset_id != reset.id or now >= last.until:
            return QuestionLapsed("the question is not open any more")
        state = kit.vault.open_seed(last.state, state_label(judge.kind, person, reset.id))
    claim = Question(
        person=person,
        kind=judge.kind,
        reset_id=reset.id,
        at=now,
        until=now + judge.patience,
        state=None,
        asked=recent.asked if recent else 0,
        since=recent.since if recent else now,
    )
    work.questions.put(claim)
    before = work.tries.last(person)
    work.tries.set(person, wrong + 1, now)
    return Inquiry(judge=judge, reset=reset, claim=claim, answer=attempt.answer, state=state, last=before, heard=heard)


def ruled(inquiry: Inquiry) -> Ruling:
    """Ask. Takes as long as the server does: never inside a transaction."""
    try:
        return inquiry.judge.ask(inquiry.reset, inquiry.answer, inquiry.state)
    except FactorUnreached as unreached:
        return unreached


def end(inquiry: Inquiry, ruling: Ruling, work: Work, kit: WebKit) -> None:
    """Give the claim back, or keep the server's question for as long as it is open."""
    now, claim = kit.clock.now(), inquiry.claim
    if work.questions.get(claim.person, claim.kind) != claim:
        return  # it took longer than anything may, and somebody else is asking
    if isinstance(ruling, Challenge):
        label = state_label(claim.kind, claim.person, claim.reset_id)
        state, until = kit.vault.seal_seed(ruling.state, label), now + inquiry.judge.lapse
        work.questions.put(replace(claim, at=now, until=until, state=state, asked=claim.asked + 1))
    else:
        work.questions.put(replace(claim, until=now))


def uncount(inquiry: Inquiry, wrong: int, work: Work, kit: WebKit) -> None:
    """It was no wrong answer, and no pause begins with it; one that began meanwhile goes on."""
    person = inquiry.claim.person
    meanwhile = work.tries.last(person)
    work.tries.set(person, max(wrong - 1, 0), inquiry.last if meanwhile == inquiry.claim.at else meanwhile)

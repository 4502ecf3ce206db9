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
from bridge.domain.second import OF_A_READ_LINK, Challenge, question_kind, state_label
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
    read    for the link of a password that was read, which it ends and does not open
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
    read: bool = False


def judge_of(kinds: Sequence[str], attempt: Attempt, kit: WebKit) -> Judge | None:
    """The first judge of those kinds that could take this answer."""
    judges = [kit.judges[kind] for kind in kinds if kind in kit.judges]
    return next((judge for judge in judges if judge.shaped(attempt.answer, asked=attempt.asked)), None)


def begin(
    judge: Judge, reset: Reset, person: Person, attempt: Attempt, wrong: int, heard: bool, work: Work, kit: WebKit
) -> Inquiry | BridgeError:
    """Claim the right to ask, and count the answer. Call under the lock of the person's `tries`."""
    begun = claimed(judge, reset, person, attempt, heard, work, kit)
    if isinstance(begun, Inquiry):
        work.tries.set(person, wrong + 1, kit.clock.now())
    return begun


def claimed(
    judge: Judge, reset: Reset, person: Person, attempt: Attempt, heard: bool, work: Work, kit: WebKit,
    *, read: bool = False,
) -> Inquiry | BridgeError:  # fmt: skip
    """Claim the right to ask; counting the answer is left to the caller. Call under the lock of the person's `tries`.

    read   for the link of a password that was read: in a place of that link's own, and each answer, not the server's
           questions alone, is counted over the hour. Too many wrong ones would have many a server lock the person out
    """
    now, slot = kit.clock.now(), question_kind(judge.kind, reset.id if read else "")
    last = work.questions.get(person, slot)
    if last and last.state is None and now < last.until:
        return Overtaken("an answer that is being judged")
    recent = last if last and now - last.since < COUNTED_OVER else None
    most = min(judge.most, OF_A_READ_LINK) if read else judge.most
    # the last question of the hour can be answered; one that its answer leads to cannot
    if recent and recent.asked >= most + attempt.asked and not (read and attempt.asked):
        return TooMany(int((recent.since + COUNTED_OVER - now).total_seconds()) + 1)
    state = None
    if attempt.asked:
        if last is None or last.state is None or last.reset_id != reset.id or now >= last.until:
            return QuestionLapsed("the question is not open any more")
        state = kit.vault.open_seed(last.state, state_label(judge.kind, person, reset.id))
    claim = Question(
        person=person,
        kind=slot,
        reset_id=reset.id,
        at=now,
        until=now + judge.patience,
        state=None,
        asked=(recent.asked if recent else 0) + (read and not attempt.asked),
        since=recent.since if recent else now,
    )
    work.questions.put(claim)
    before = work.tries.last(person)
    return Inquiry(judge=judge, reset=reset, claim=claim, answer=attempt.answer, state=state, last=before, heard=heard,
                   read=read)  # fmt: skip


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
        first = inquiry.read and inquiry.state is None  # that was counted when it was asked
        label = state_label(inquiry.judge.kind, claim.person, claim.reset_id)
        state, until = kit.vault.seal_seed(ruling.state, label), now + inquiry.judge.lapse
        work.questions.put(replace(claim, at=now, until=until, state=state, asked=claim.asked + (not first)))
    else:
        work.questions.put(replace(claim, until=now))


def uncount(inquiry: Inquiry, wrong: int, work: Work, kit: WebKit) -> None:
    """It was no wrong answer, and no pause begins with it; one that began meanwhile goes on."""
    person = inquiry.claim.person
    meanwhile = work.tries.last(person)
    work.tries.set(person, max(wrong - 1, 0), inquiry.last if meanwhile == inquiry.claim.at else meanwhile)

"""A code to the person's telephone, for whoever holds the link's key: another channel than the link's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bridge.domain.codes import new_release_code
from bridge.domain.errors import BridgeError, CodeUnsent, LinkDead, NoPhone, TooMany
from bridge.domain.link import Sealed
from bridge.domain.policy import COUNTED_OVER
from bridge.domain.reset import Reset
from bridge.domain.second import PHONE, code_label, e164, masked
from bridge.domain.secret import Secret
from bridge.flows.holder import HOLDER, Attempt, over, proven
from bridge.flows.ledger import note
from bridge.ports import Gateway, PersonRecord, Question, WebKit, Work

PAUSE: Final = timedelta(seconds=30)  # between two codes: what was pressed twice is sent once


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A code is on its way. `to` is masked."""

    to: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Code:
    phone: str
    language: str
    code: Secret
    question: Question


def send(attempt: Attempt, kit: WebKit) -> Sent:
    """Draw a code, store its hash, hand it over. An earlier one is worth nothing from here on, of whatever link.

    The number is the directory's, never one that the caller names. Counted before it is sent, and never given back: a
    gateway that says no may have sent it all the same. Raises LinkDead, LinkEnded, NotYet, NoPhone, TooMany,
    CodeUnsent.
    """
    sealed, gateway = proven(attempt, kit), kit.gateway
    if gateway is None:
        raise NoPhone("no gateway is configured")
    owner = _owner(sealed, kit)
    with kit.store.work() as work:
        drawn = _drawn(sealed, owner, attempt, gateway, work, kit)
    if isinstance(drawn, BridgeError):
        raise drawn
    try:
        gateway.send(drawn.phone, drawn.code, drawn.language)
    except CodeUnsent:
        with kit.store.work() as work:
            _withdrawn(sealed, drawn.question, attempt, work, kit)
        raise
    return Sent(to=masked(drawn.phone), until=drawn.question.until)


def _owner(sealed: Sealed, kit: WebKit) -> PersonRecord | None:
    """Whose link it is. The directory is asked ahead of the transaction: while it thinks, others can write."""
    with kit.store.look() as work:
        person = work.resets.get(sealed.reset_id).person
    return kit.directory.person(person) if person else None


def _drawn(
    found: Sealed, owner: PersonRecord | None, attempt: Attempt, gateway: Gateway, work: Work, kit: WebKit
) -> _Code | BridgeError:
    sealed = work.links.lock(found.locator)
    if sealed is None:
        return LinkDead("no such link, or not its key")
    reset, now = work.resets.get(sealed.reset_id), kit.clock.now()
    if why_not := over(reset, sealed, kit.clock.latest()):
        return why_not
    policy = kit.systems.get(reset.system)
    phone = e164(owner.phone) if owner and owner.person == reset.person else None
    if policy is None or PHONE not in policy.factors or owner is None or phone is None:
        return NoPhone("no telephone number to send a code to")
    work.tries.lock(owner.person)
    last = work.questions.get(owner.person, PHONE)
    recent = last if last and now - last.since < COUNTED_OVER else None
    if wait := _wait(recent, gateway, now):
        return TooMany(int(wait.total_seconds()) + 1)
    code = new_release_code(kit.dice)
    question = Question(
        person=owner.person,
        kind=PHONE,
        reset_id=reset.id,
        at=now,
        until=now + gateway.lapse,
        state=kit.vault.tag(code_label(reset.id), code).encode(),
        asked=recent.asked + 1 if recent else 1,
        since=recent.since if recent else now,
    )
    work.questions.put(question)
    _note("factor.sent", reset, attempt, work, kit, to=masked(phone))
    return _Code(phone=phone, language=owner.language, code=code, question=question)


def _wait(recent: Question | None, gateway: Gateway, now: datetime) -> timedelta | None:
    """How long until the next one may be sent."""
    if recent is None:
        return None
    if recent.asked >= gateway.most:
        return recent.since + COUNTED_OVER - now
    return recent.at + PAUSE - now if recent.state is not None and now < recent.at + PAUSE else None


def _withdrawn(found: Sealed, question: Question, attempt: Attempt, work: Work, kit: WebKit) -> None:
    work.tries.lock(question.person)
    if work.questions.get(question.person, PHONE) == question:
        work.questions.put(replace(question, state=None))
    _note("factor.unsent", work.resets.get(found.reset_id), attempt, work, kit)


def _note(kind: str, reset: Reset, attempt: Attempt, work: Work, kit: WebKit, **facts: str) -> None:
    note(work, kind, at=kit.clock.now(), by=HOLDER, reset=reset, factor=PHONE, source=attempt.source,
         agent=attempt.agent[:200], **facts)  # fmt: skip

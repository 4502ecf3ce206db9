"""A code to the person's telephone, or another mailbox, for whoever holds the link's key: never where the link went.

What takes a code to a telephone is asked from here. The relay's password is the worker's (I9): what goes by mail waits,
sealed, in the outbox; it is put there in the transaction that makes the code count.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from bridge.domain.codes import new_id, new_release_code
from bridge.domain.contact import address
from bridge.domain.errors import BridgeError, CodeUnsent, LinkDead, LinkEnded, NoOtherMail, NoPhone, TooMany
from bridge.domain.link import Sealed
from bridge.domain.policy import COUNTED_OVER, Policy
from bridge.domain.reset import Reset
from bridge.domain.second import (
    MAIL,
    OF_A_READ_LINK,
    OF_A_READ_LINK_EVER,
    PHONE,
    code_label,
    e164,
    masked,
    posted_label,
    question_kind,
)
from bridge.domain.secret import Secret
from bridge.flows.contacts import address_since, spare_mails, vouched
from bridge.flows.holder import HOLDER, Attempt, proven, shut, used_up, was_read
from bridge.flows.ledger import note
from bridge.ports import CODE, Notice, PersonRecord, Question, WebKit, Work

LATELY: Final = timedelta(hours=24)  # what was read since then is what its person may still have to disown in a hurry
OLD: Final = "old links"  # all of a person's, under the name of which they are counted together
PAUSE: Final = timedelta(seconds=30)  # between two codes: what was pressed twice is sent once


class _Limits(NamedTuple):
    """How long a code is good for, and how many one person may be sent within an hour."""

    lapse: timedelta
    most: int


BY_MAIL: Final = _Limits(timedelta(minutes=10), 5)  # ASVS 5.0, 6.5.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A code is on its way. `to` is masked; `read_at`: when the link was read, on which it only disowns."""

    to: str
    until: datetime
    kind: str = PHONE
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Code:
    to: str
    language: str
    code: Secret
    question: Question
    read_at: datetime | None


def send(attempt: Attempt, kit: WebKit, kind: str = PHONE) -> Sent:
    """Draw a code, store its hash, hand it over. An earlier one is worth nothing from here on, of whatever link.

    On a link that has been read it is good for "this was not me" alone, and counted apart, for each such link: whoever
    kept an old one neither uses up what its person may be sent on another, nor ends a code that is on its way there.
    Those that were read longer than a day ago are counted together as well: many of them ring no oftener than one.

    Number and address are the directory's, never ones that the caller names. Counted before it is sent, and never
    given back: a gateway that says no may have sent it all the same. Raises LinkDead, LinkEnded, NotYet, NoPhone,
    NoOtherMail, TooMany, CodeUnsent.
    """
    sealed, gateway = proven(attempt, kit), kit.gateway
    if kind == PHONE and gateway is None:
        raise NoPhone("no gateway is configured")
    limits = _Limits(gateway.lapse, gateway.most) if kind == PHONE and gateway else BY_MAIL
    owner = owner_of(sealed, kit)
    with kit.store.work() as work:
        drawn = _drawn(sealed, owner, attempt, kind, limits, work, kit)
        if kind == MAIL and isinstance(drawn, _Code):
            _post(drawn, work, kit)
    if isinstance(drawn, BridgeError):
        raise drawn
    if kind == PHONE and gateway:
        try:
            gateway.send(drawn.to, drawn.code, drawn.language)
        except CodeUnsent:
            with kit.store.work() as work:
                _withdrawn(sealed, drawn.question, kind, attempt, work, kit)
            raise
    return Sent(to=masked(drawn.to), until=drawn.question.until, kind=kind, read_at=drawn.read_at)


def ways(sealed: Sealed, kit: WebKit) -> frozenset[str]:
    """How a code could be sent to this link's person: `phone`, `mail`. None while the directory does not answer."""
    try:
        owner = owner_of(sealed, kit)
    except BridgeError:
        return frozenset()
    aged = any(policy.contact_age for policy in kit.systems.values())
    with kit.store.work() if aged else kit.store.look() as work:  # what nobody has seen yet begins to count here, too
        reset = work.resets.get(sealed.reset_id)
        kinds = [MAIL] if kit.gateway is None else [PHONE, MAIL]
        return frozenset(kind for kind in kinds if _where(reset, owner, kind, work, kit))


def owner_of(sealed: Sealed, kit: WebKit) -> PersonRecord | None:
    """Whose link it is. The directory is asked ahead of the transaction: while it thinks, others can write."""
    with kit.store.look() as work:
        person = work.resets.get(sealed.reset_id).person
    return kit.directory.person(person) if person else None


def _drawn(
    found: Sealed, owner: PersonRecord | None, attempt: Attempt, kind: str, limits: _Limits, work: Work, kit: WebKit
) -> _Code | BridgeError:
    sealed = work.links.lock(found.locator)
    if sealed is None:
        return LinkDead("no such link, or not its key")
    reset, now = work.resets.get(sealed.reset_id), kit.clock.now()
    if why_not := shut(reset, sealed, kit.clock.latest()):
        return why_not
    to, read_at = _where(reset, owner, kind, work, kit), sealed.opened_at if was_read(reset, sealed) else None
    if read_at and (to is None or used_up(reset, sealed, kit)):
        return LinkEnded("opened", read_at)
    if owner is None or to is None:
        until = _usable(reset, owner, kind, work, kit)
        words = "no telephone number to send a code to" if kind == PHONE else "no other address"
        return NoPhone(words, until) if kind == PHONE else NoOtherMail(words, until)
    work.tries.lock(owner.person)
    slot = question_kind(kind, reset.id if read_at else "")
    limits = limits if read_at is None else limits._replace(most=min(limits.most, OF_A_READ_LINK))
    last = work.questions.get(owner.person, slot)
    recent = last if last and now - last.since < COUNTED_OVER else None
    wait = COUNTED_OVER if read_at and all_sent(reset, kind, read_at, work) else _wait(recent, limits, now)
    if wait is None and read_at and now - read_at >= LATELY:
        wait = _one_of_many(owner, reset, kind, work, now)
    if wait:
        return TooMany(int(wait.total_seconds()) + 1)
    code = new_release_code(kit.dice)
    question = Question(
        person=owner.person,
        kind=slot,
        reset_id=reset.id,
        at=now,
        until=now + limits.lapse,
        state=kit.vault.tag(code_label(reset.id, kind), code).encode(),
        asked=recent.asked + 1 if recent else 1,
        since=recent.since if recent else now,
    )
    work.questions.put(question)
    _note("factor.sent", kind, reset, attempt, work, kit, to=masked(to))
    return _Code(to=to, language=owner.language, code=code, question=question, read_at=read_at)


def _one_of_many(owner: PersonRecord, reset: Reset, kind: str, work: Work, now: datetime) -> timedelta | None:
    """Count a code for one of the person's old links; how long until the next, where they have had theirs."""
    last = work.questions.get(owner.person, question_kind(kind, OLD))
    recent = last if last and now - last.since < COUNTED_OVER else None
    if recent and recent.asked >= OF_A_READ_LINK:
        return recent.since + COUNTED_OVER - now
    since, asked = (recent.since, recent.asked + 1) if recent else (now, 1)
    work.questions.put(
        Question(
            person=owner.person, kind=question_kind(kind, OLD), reset_id=reset.id, at=now, until=now, state=None,
            asked=asked, since=since,
        )
    )  # fmt: skip
    return None


def all_sent(reset: Reset, kind: str, read_at: datetime, work: Work, what: str = "factor.sent") -> bool:
    """Whether no more codes of that kind are sent for this link since it was read; or questions asked of a server."""
    sent = [record.event for record in work.audit.of_reset(reset.id, kind=what) if record.event.at > read_at]
    return sum(event.detail["factor"] == kind for event in sent) >= OF_A_READ_LINK_EVER


def _where(reset: Reset, owner: PersonRecord | None, kind: str, work: Work, kit: WebKit) -> str | None:
    """What the directory says, if the policy sends codes there and has known it for long enough."""
    policy, now = kit.systems.get(reset.system) or Policy(name=reset.policy), kit.clock.now()
    found = _places(reset, owner, kind, work, kit)
    return next((to for to, since in found if vouched(since, reset, policy, now)), None)


def _usable(reset: Reset, owner: PersonRecord | None, kind: str, work: Work, kit: WebKit) -> datetime | None:
    """From when on there is somewhere to send a code, where that is too new by now."""
    policy = kit.systems.get(reset.system) or Policy(name=reset.policy)
    return min((since + policy.contact_age for _, since in _places(reset, owner, kind, work, kit)), default=None)


def _places(
    reset: Reset, owner: PersonRecord | None, kind: str, work: Work, kit: WebKit
) -> Iterator[tuple[str, datetime]]:
    """Where the policy sends codes, as the directory says, and since when it has."""
    policy = kit.systems.get(reset.system)
    if policy is None or kind not in policy.factors or owner is None or owner.person != reset.person:
        return
    for which in (PHONE,) if kind == PHONE else spare_mails(reset, owner, kit):
        if to := e164(owner.phone) if which == PHONE else address(owner, which):
            yield to, address_since(owner, which, policy, work, kit)


def _post(drawn: _Code, work: Work, kit: WebKit) -> None:
    """Leave it to the worker. Bound to its address: whoever writes another one beside it gets nothing."""
    name = new_id(kit.dice, "N")
    sealed = kit.vault.seal_seed(drawn.code, posted_label(name, drawn.to)).hex()
    values = {"sealed": sealed, "until": drawn.question.until.isoformat()}
    at, to, language = drawn.question.at, drawn.to, drawn.language
    work.outbox.add(Notice(id=name, at=at, kind=CODE, to=to, language=language, values=values))


def _wait(recent: Question | None, limits: _Limits, now: datetime) -> timedelta | None:
    """How long until the next one may be sent."""
    if recent is None:
        return None
    if recent.asked >= limits.most:
        return recent.since + COUNTED_OVER - now
    return recent.at + PAUSE - now if recent.state is not None and now < recent.at + PAUSE else None


def _withdrawn(found: Sealed, question: Question, kind: str, attempt: Attempt, work: Work, kit: WebKit) -> None:
    work.tries.lock(question.person)
    if work.questions.get(question.person, question.kind) == question:
        work.questions.put(replace(question, state=None))
    _note("factor.unsent", kind, work.resets.get(found.reset_id), attempt, work, kit)


def _note(kind: str, factor: str, reset: Reset, attempt: Attempt, work: Work, kit: WebKit, **facts: str) -> None:
    note(work, kind, at=kit.clock.now(), by=HOLDER, reset=reset, factor=factor, source=attempt.source,
         agent=attempt.agent[:200], **facts)  # fmt: skip

"""The password is handed over once, to whoever holds the link and passes the factor (I4, I5, I10)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bridge.domain.errors import BadInput, BridgeError, LinkDead, LinkEnded, NotYet, WrongAnswer, WrongTurn
from bridge.domain.link import Locator, Sealed
from bridge.domain.names import Account, Person, SystemName, Userid
from bridge.domain.policy import Policy
from bridge.domain.reset import Reset, State, advance
from bridge.domain.secret import Secret
from bridge.flows.ledger import note, tell, tell_owner, write
from bridge.ports import Binding, WebKit, Work

FIRST_LOOK: Final = timedelta(seconds=5)  # after a reveal, when the host is first asked whether it was used
HOLDER: Final = "link holder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What a browser sent. `source` and `agent` go into the record; key and answer never do."""

    locator: str
    key: Secret
    answer: Secret
    source: str
    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the one page shows. `visit` lets this page say "this was not me" without another factor."""

    password: Secret
    system: SystemName
    userid: Userid
    unused_until: datetime
    visit: str


def look(locator: str, source: str, agent: str, kit: WebKit) -> None:
    """Record that a page was opened, if there is such a link. Spends nothing, whoever it was."""
    sealed = _find(locator, kit)
    if sealed is None:
        return
    with kit.store.work() as work:
        note(work, "link.opened", at=kit.clock.now(), by=HOLDER, reset=work.resets.get(sealed.reset_id),
             source=source, agent=agent[:200])  # fmt: skip


def reveal(attempt: Attempt, kit: WebKit) -> Shown:
    """Hand over the password once.

    The answer is judged, counted, and the row claimed in one transaction under the link's row lock: of any number of
    requests on any number of nodes one gets the password, and no wrong answer goes uncounted. The text leaves only
    after the commit. Raises LinkDead, LinkEnded, NotYet, WrongAnswer, BadInput, VaultLocked (nothing spent).
    """
    sealed = _proven(attempt.locator, attempt.key, kit)
    with kit.store.work() as work:
        outcome = _judged(sealed, attempt, work, kit)
    if isinstance(outcome, BridgeError):
        raise outcome
    return outcome


def disown(attempt: Attempt, kit: WebKit, *, visit: str = "") -> None:
    """ "This was not me": the holder of the key ends an unread link; a read one, whoever passed the factor.

    Raises LinkDead, LinkEnded, WrongAnswer.
    """
    sealed = _proven(attempt.locator, attempt.key, kit)
    with kit.store.work() as work:
        outcome = _disowned(sealed, attempt, visit, work, kit)
    if outcome:
        raise outcome


def _find(locator: str, kit: WebKit) -> Sealed | None:
    try:
        name = Locator(locator.upper())
    except BadInput:
        return None
    with kit.store.look() as work:
        return work.links.look(name)


def _proven(locator: str, key: Secret, kit: WebKit) -> Sealed:
    """The link whose key this is. LinkDead is one answer for an unknown name and a wrong key, in one time."""
    sealed = _find(locator, kit)
    if not kit.vault.matches(sealed, key) or sealed is None:
        raise LinkDead("no such link, or not its key")
    return sealed


def _judged(found: Sealed, attempt: Attempt, work: Work, kit: WebKit) -> Shown | BridgeError:
    """Inside the transaction. What must be stored although the answer is no is returned, not raised."""
    sealed = work.links.lock(found.locator)
    if sealed is None:
        return LinkDead("no such link, or not its key")
    reset, now = work.resets.get(sealed.reset_id), kit.clock.now()
    if over := _over(reset, sealed, now):
        if reset.state is not State.CHANGING:
            note(work, "link.used_again", at=now, by=HOLDER, reset=reset, source=attempt.source, state=str(over))
        return over
    policy = kit.systems.get(reset.system) or Policy(name=reset.policy)
    wrong = work.tries.lock(_person(reset))
    accepted = _accepted(reset, policy, attempt.answer, now, work, kit)
    if accepted is None:
        return _wrong(reset, policy, wrong + 1, attempt, work, kit)
    return _claimed(reset, sealed, policy, attempt, accepted, work, kit)


def _over(reset: Reset, sealed: Sealed, now: datetime) -> BridgeError | None:
    """Why this link cannot be opened any more, or not yet; None if it can."""
    if reset.state in {State.CHANGING, State.QUEUED} and sealed.ciphertext:
        return NotYet("the link's mail is being handed over; try again in a moment")
    if sealed.opened_at is not None and reset.state is not State.REVOKED:
        return LinkEnded("opened", sealed.opened_at)
    if reset.state is State.PUBLISHED and sealed.ciphertext is not None:
        if reset.expires_at is not None and now < reset.expires_at:
            return None
        return LinkEnded("expired", reset.expires_at or now)
    return LinkEnded("expired" if reset.state is State.EXPIRED else "revoked", reset.since)


def _accepted(reset: Reset, policy: Policy, answer: Secret, now: datetime, work: Work, kit: WebKit) -> str | None:
    """The kind of factor that accepts the answer. Raises BadInput when no allowed factor has answers of that shape:
    a scanner that fills fields with anything is no attempt (I10)."""
    shaped = [kit.factors[kind] for kind in policy.factors if kind in kit.factors and kit.factors[kind].shaped(answer)]
    if not shaped:
        raise BadInput("code", "the code from your authenticator app, or the one the help desk read to you")
    for factor in shaped:
        if factor.accepts(reset, policy, answer, now, work):
            return factor.kind
    return None


def _wrong(reset: Reset, policy: Policy, count: int, attempt: Attempt, work: Work, kit: WebKit) -> BridgeError:
    """Count a wrong answer; at the limit destroy the link and tell (I5)."""
    now, left = kit.clock.now(), max(policy.attempts - count, 0)
    note(work, "factor.wrong", at=now, by=HOLDER, reset=reset, source=attempt.source, agent=attempt.agent[:200],
         count=count, left=left)  # fmt: skip
    work.tries.set(_person(reset), 0 if left == 0 else count, now)
    if left == 0:
        after = advance(reset, State.REVOKED, at=now, note="too many wrong answers")
        write(work, reset, after, by="system", wrong_answers=count)
        work.links.erase([reset.id])
        values = {"system": reset.system, "userid": reset.userid, "source": attempt.source, "reset": reset.id}
        tell(work, kit, "link_destroyed", kit.security_address, at=now, **values)
        tell_owner(work, kit, "link_destroyed", after)
    return WrongAnswer(left)


def _claimed(
    reset: Reset, sealed: Sealed, policy: Policy, attempt: Attempt, factor: str, work: Work, kit: WebKit
) -> Shown:
    """Open, erase, move on: in the transaction that the caller commits before anything is shown."""
    now = kit.clock.now()
    password = kit.vault.open(sealed, attempt.key, _binding(reset, sealed))
    after = advance(reset, State.REVEALED, at=now, expires_at=now + policy.unused_ttl, not_before=now + FIRST_LOOK)
    write(work, reset, after, by=HOLDER, factor=factor, source=attempt.source, agent=attempt.agent[:200])
    work.links.put(replace(sealed, ciphertext=None, opened_at=now))
    work.tries.set(_person(reset), 0, now)
    tell_owner(work, kit, "revealed", after, when=now.strftime("%Y-%m-%d %H:%M UTC"))
    return Shown(
        password=password,
        system=reset.system,
        userid=reset.userid,
        unused_until=now + policy.unused_ttl,
        visit=_visit(reset, sealed, kit).expose(),
    )


def _disowned(found: Sealed, attempt: Attempt, visit: str, work: Work, kit: WebKit) -> BridgeError | None:
    sealed = work.links.lock(found.locator)
    if sealed is None:
        return LinkDead("no such link, or not its key")
    reset, now = work.resets.get(sealed.reset_id), kit.clock.now()
    read = reset.state is State.REVEALED
    if read and Secret(visit) != _visit(reset, sealed, kit):
        return LinkEnded("opened", sealed.opened_at)
    try:
        after = advance(reset, State.REVOKED, at=now, note="the user said: this was not me")
    except WrongTurn:
        return _over(reset, sealed, now) or LinkEnded(reset.state, reset.since)
    write(work, reset, after, by=HOLDER, disowned=True, source=attempt.source, agent=attempt.agent[:200])
    work.links.erase([reset.id])
    tell(work, kit, "disowned", kit.security_address, at=now, system=reset.system, userid=reset.userid,
         reset=reset.id, source=attempt.source, read="yes" if read else "no")  # fmt: skip
    return None


def _visit(reset: Reset, sealed: Sealed, kit: WebKit) -> Secret:
    """What only the page that showed the password knows."""
    return Secret(kit.vault.tag(f"visit:{reset.id}", Secret(sealed.locator)))


def _binding(reset: Reset, sealed: Sealed) -> Binding:
    return Binding(reset_id=reset.id, account=Account(reset.system, reset.userid), locator=sealed.locator)


def _person(reset: Reset) -> Person:
    """Published resets have a person: `change` refuses to mail nobody."""
    if reset.person is None:
        raise LinkDead("no such link, or not its key")
    return reset.person

"""One's own second factors, for ten minutes after a reveal: whoever passed a factor sees them, adds and takes away.

The page that showed the password opens it; what is done there, is done with the factor that was passed. A weaker one
neither takes a stronger one away nor puts one in its place at once, or the weakest would be what all of them are worth.
Nor does one code that was overheard take the owner's place: who has passed one of its kind alone leaves it there until
another has stood beside it for as long as a new one is told ahead.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bridge.domain.codes import new_id
from bridge.domain.errors import BadInput, BridgeError, LinkDead, NotInvited
from bridge.domain.link import Sealed, new_key, new_locator
from bridge.domain.names import Person
from bridge.domain.second import MAIL, PASSKEY, PHONE, TOTP, e164, strength
from bridge.domain.secret import Secret
from bridge.flows.handover import PASS_FOR, person_of
from bridge.flows.holder import HOLDER, Attempt, proven, visit_of, was_read
from bridge.flows.invite import OWNER, Holder, entered, key_label
from bridge.flows.ledger import note
from bridge.flows.wallet import remove
from bridge.ports import Enrolled, Invitation, PersonRecord, WebKit, Work

ENROLLED: Final = (TOTP, PASSKEY)
OPENED: Final = frozenset({"reset.revealed", "reset.queued"})  # the second: of an armed link
MOST_OPENED: Final = 10  # times for one link: each is on record, and lets a handful of factors in
BY_TICKET: Final = "ticket"  # an armed link's page had passed the factor before


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What the page needs to go on: the name and the key of what was opened, and until when."""

    locator: str
    key: Secret
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """A factor of one's own. `kept`: why it cannot be taken away here: `weaker` was passed, it is `needed`, or what
    would be left is too `young`."""

    factor: Enrolled
    kept: str = ""


def open_own(attempt: Attempt, visit: str, kit: WebKit) -> Access:
    """Open it for the page that showed the password. What was open for this person before is over.

    Raises LinkDead, and NotInvited for any other page, or later than ten minutes after.
    """
    sealed = proven(attempt, kit)
    with kit.store.work() as work:
        outcome = _opened(sealed, attempt, visit, work, kit)
    if isinstance(outcome, BridgeError):
        raise outcome
    return outcome


def _opened(found: Sealed, attempt: Attempt, visit: str, work: Work, kit: WebKit) -> Access | BridgeError:
    sealed = work.links.lock(found.locator)
    if sealed is None:
        return LinkDead("no such link, or not its key")
    reset, now = work.resets.get(sealed.reset_id), kit.clock.now()
    fresh = sealed.opened_at is not None and kit.clock.latest() < sealed.opened_at + PASS_FOR
    passed = _passed(sealed, work)
    if not (was_read(reset, sealed) and fresh and passed) or Secret(visit) != visit_of(reset, sealed, kit):
        return NotInvited()
    if len(work.audit.of_reset(reset.id, kind="factor.own_opened")) >= MOST_OPENED:
        return NotInvited()
    made, key, person = new_id(kit.dice, "E"), new_key(kit.dice), person_of(reset)
    invitation = Invitation(
        id=made,
        person=person,
        locator=new_locator(kit.dice),
        tag=kit.vault.tag(key_label(made), key),
        code=None,
        passed=passed,
        wait=kit.factor_wait,
        at=now,
        by=HOLDER,
        until=now + PASS_FOR,
    )
    ended = work.invitations.end(person, now)
    work.invitations.add(invitation)
    note(work, "factor.own_opened", at=now, by=HOLDER, reset=reset, person=person, invitation=made, factor=passed,
         ended=ended, source=attempt.source, agent=attempt.agent[:200])  # fmt: skip
    return Access(locator=invitation.locator, key=key, until=invitation.until)


def own(holder: Holder, kit: WebKit) -> list[Owned]:
    """The person's factors. Raises NotInvited, DirectoryUnreached."""
    record = _record(holder, kit)
    return entered(holder, kit, lambda invitation, work: _owned(invitation, record, work, kit))


def remove_own(holder: Holder, factor_id: str, kit: WebKit) -> list[Owned]:
    """Take one of them away; what is left. Raises NotInvited, DirectoryUnreached, and BadInput for one that has to
    stay, or is gone."""
    record = _record(holder, kit)

    def act(invitation: Invitation, work: Work) -> list[Owned] | BridgeError:
        found = next((one for one in _owned(invitation, record, work, kit) if one.factor.id == factor_id), None)
        if found is None or found.kept:
            return BadInput("factor", "one that can be taken away")
        remove(found.factor, kit.clock.now(), OWNER, work, kit, source=holder.source, agent=holder.agent[:200])
        return _owned(invitation, record, work, kit)

    return entered(holder, kit, act)


def _record(holder: Holder, kit: WebKit) -> PersonRecord | None:
    """Whom the directory knows them as: asked outside of any transaction, since it can take its time."""

    def act(invitation: Invitation, _: Work) -> Person | BridgeError:
        return NotInvited() if invitation.passed is None else invitation.person

    return kit.directory.person(entered(holder, kit, act))


def _owned(invitation: Invitation, record: PersonRecord | None, work: Work, kit: WebKit) -> list[Owned]:
    factors, now = work.people.factors(invitation.person), kit.clock.now()
    return [
        Owned(factor=factor, kept=_kept(factor, factors, invitation, record, now, kit))
        for factor in factors if factor.kind in ENROLLED
    ]  # fmt: skip


def _kept(
    factor: Enrolled, factors: list[Enrolled], invitation: Invitation, record: PersonRecord | None, now: datetime,
    kit: WebKit,
) -> str:  # fmt: skip
    """Why it has to stay, if it has to."""
    passed = invitation.passed or ""
    if strength(passed) < strength(factor.kind):
        return "weaker"
    before = {one.kind for one in factors if one.usable(now)}
    after = {one.kind for one in factors if one.usable(now) and one.id != factor.id}
    if _lost(before, after, record, kit):
        return "needed"
    another = "+".join(kind for kind in passed.split("+") if kind != factor.kind)
    vouched = strength(another) >= strength(factor.kind) or not factor.usable(now)
    return "" if vouched or _stood_by(factor, factors, now, kit) else "young"


def _stood_by(factor: Enrolled, factors: list[Enrolled], now: datetime, kit: WebKit) -> bool:
    """Whether one that is worth as much is left: there before it, or for as long as its person has had to object."""
    return any(
        one.usable(now) and (one.added_at < factor.added_at or one.added_at + kit.factor_wait <= now)
        for one in factors
        if one.id != factor.id and strength(one.kind) >= strength(factor.kind)
    )


def _lost(before: set[str], after: set[str], record: PersonRecord | None, kit: WebKit) -> bool:
    """Whether a link of one of the person's systems could be opened with those, and not with these."""
    systems = {account.system for account in record.accounts} if record else set(kit.systems)
    for policy in (kit.systems[system] for system in systems if system in kit.systems):
        other = {kind for kind in policy.factors if kind not in ENROLLED and _reached(kind, record)}
        can, could = ({*other, *(kind for kind in have if kind in policy.factors)} for have in (after, before))
        if policy.demand.met(could) and not policy.demand.met(can):
            return True
    return False


def _reached(kind: str, record: PersonRecord | None) -> bool:
    """Whether a code of that kind has a way to this person. Of what another server keeps nobody here knows."""
    if kind == PHONE:
        return record is not None and e164(record.phone) is not None
    if kind == MAIL:
        return record is not None and record.other_email is not None
    return True


def _passed(sealed: Sealed, work: Work) -> str:
    """The factors that opened this link, as its record says: `totp`, or several with a plus between."""
    records = work.audit.of_reset(sealed.reset_id)
    said = [str(record.event.detail.get("factor") or "") for record in records if record.event.kind in OPENED]
    return next((factor for factor in reversed(said) if factor and factor != BY_TICKET), "")

"""changing → published | queued | failed: draft, set, read back, seal, mail (I3, I7, I11).

Everything that can be known before the host is touched is asked first: where the link would go, whether the person
could open it, whether the relay is there, what the host says of the userid. From the first command that carries the
password on, the row says `touched`, and whatever ends it owes a clean-up.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from bridge.domain.codes import new_id
from bridge.domain.errand import Errand, ErrandId, Kind
from bridge.domain.errors import (
    AnswerLost,
    BridgeError,
    DirectoryUnreached,
    HostRefused,
    HostUnreached,
    Interrupted,
    MailUnreached,
    NoContactPoint,
    NotProven,
    Overtaken,
    TryLater,
)
from bridge.domain.failure import Reason
from bridge.domain.link import grouped, new_key, new_locator
from bridge.domain.names import SystemName
from bridge.domain.outcome import Profile, Proof, Verdict
from bridge.domain.password import draft
from bridge.domain.patience import growing
from bridge.domain.policy import Policy
from bridge.domain.reset import Reset, State, advance, amend
from bridge.domain.secret import Secret
from bridge.domain.standing import why_not
from bridge.flows.ledger import note, tell, tell_owner, write
from bridge.flows.take import Job, session_for, typing
from bridge.ports import Binding, Host, LinkMail, PersonRecord, Relay, Session, WorkKit

MAIL_TRIES: Final = 3
MAIL_PAUSE: Final = timedelta(seconds=2)


def change(job: Job, host: Host, kit: WorkKit) -> Reset:
    """Carry one reset as far as it goes today; returns it as stored. Raises Overtaken, or what the store raises."""
    held = _Held(job.reset)
    policy = kit.systems[job.reset.system]
    try:
        return _carry_out(held, job, host, policy, kit)
    except (HostUnreached, MailUnreached, DirectoryUnreached) as trouble:
        return _later(held, trouble, policy, kit)
    except (NotProven, AnswerLost, Interrupted) as trouble:
        return _anew(held, trouble, host, policy, kit)
    except Overtaken:
        raise
    except _Privileged as trouble:
        return _await(held, trouble, kit)
    except BridgeError as trouble:
        return _fail(held, trouble.reason, str(trouble), kit)


class _Held:
    """The reset as last stored by us: every write starts from it, so that a stranger's write is noticed."""

    def __init__(self, reset: Reset) -> None:
        self.reset = reset


def _carry_out(held: _Held, job: Job, host: Host, policy: Policy, kit: WorkKit) -> Reset:
    owner = _contact(held, policy, kit)
    with kit.mail.relay() as relay:
        with session_for(held.reset, host, kit) as (used, session):
            password, after, proof = _set(held, job, used, session, kit)
        mail = _seal(held, password, after, owner, policy, kit)
        _send(mail, relay, kit)
    return _published(held, proof, policy, kit)


def _contact(held: _Held, policy: Policy, kit: WorkKit) -> PersonRecord:
    """Who gets the link, and that they have a factor to open it with."""
    owner = kit.directory.owner_of(held.reset.account)
    if owner is None or not owner.email:
        raise NoContactPoint(f"{held.reset.account}: {Reason.NO_CONTACT_POINT.words}")
    with kit.store.work() as work:
        if held.reset.person != owner.person:
            named = amend(held.reset, person=owner.person)
            work.resets.save(held.reset, named)
            held.reset = named
        now = kit.clock.now()
        factors = [kit.factors[kind] for kind in policy.factors if kind in kit.factors]
        judges = [kit.judges[kind] for kind in policy.factors if kind in kit.judges]
        offered = [factor.kind for factor in factors if factor.offered(held.reset, now, work)]
        if not offered and not any(judge.offered(held.reset) for judge in judges):
            raise _NoFactor(f"{owner.person}: {Reason.NO_FACTOR.words}")
    return owner


class _NoFactor(NoContactPoint):
    reason = Reason.NO_FACTOR


def _set(held: _Held, job: Job, host: Host, session: Session, kit: WorkKit) -> tuple[Secret, Profile, Proof]:
    """Read, set, read back; returns the password only if the host's own listing proves it."""
    before = _permitted(held, host, session, kit)
    password = draft(host.rules, held.reset.userid, kit.dice)
    _touch(held, job, host, kit)
    try:
        with typing(job, kit):
            session.change(held.reset.userid, password, resume=True)
    except HostRefused:
        _untouch_if(before == session.profile(held.reset.userid), held, kit)
        raise
    after = session.profile(held.reset.userid)
    proof = host.judge(before, after)
    if proof.verdict is Verdict.YES:
        return password, after, proof
    if proof.again is not None:
        raise NotProven(host.name, proof.note, proof.again)
    if proof.flag_ignored:
        raise HostRefused(host.name, Reason.FIRST_USE_IGNORED, after.raw[:3])
    raise HostRefused(host.name, Reason.NOT_PROVEN, after.raw[:3])


def _permitted(held: _Held, host: Host, session: Session, kit: WorkKit) -> Profile:
    """The profile, if the reset may touch it. Raises _Privileged where another person's word would help."""
    reset = held.reset
    ask = kit.systems[reset.system].privileged == "approve" and not reset.elevated
    try:
        profile = session.profile(reset.userid)
    except HostRefused as refused:  # RACF's IRR.LISTUSER does not show privileged userids to a delegate at all
        if ask and refused.reason is Reason.NOT_AUTHORIZED:
            raise _Privileged(host.name, Reason.PRIVILEGED_USER, refused.said) from None
        raise
    reason = why_not(profile)
    if reason is Reason.PRIVILEGED_USER and ask:
        raise _Privileged(host.name, reason, profile.raw[:3])
    if reason is not None and not (reason is Reason.PRIVILEGED_USER and reset.elevated):
        raise HostRefused(host.name, reason, profile.raw[:3])
    return profile


class _Privileged(HostRefused):
    """The host calls the userid privileged, and the policy lets another person decide."""


def _touch(held: _Held, job: Job, host: Host, kit: WorkKit) -> None:
    """Write down that the host may have a new password from now on, and that the account is still ours."""
    now = kit.clock.now()
    with kit.store.work() as work:
        if not work.leases.renew(job.lease, now + kit.lease_for):
            raise Overtaken(f"the lease on {held.reset.account}")
        touched = amend(held.reset, touched=True, seen=None)
        work.resets.save(held.reset, touched)
        note(work, "host.change", at=now, by=f"worker:{kit.owner}", reset=touched, attempt=touched.tries + 1,
             dialogs=host.dialogs or None)  # fmt: skip
        held.reset = touched


def _untouch_if(unchanged: bool, held: _Held, kit: WorkKit) -> None:
    """The host refused and shows the profile as it was: there is nothing to clean up, unless an earlier try left it."""
    if unchanged and held.reset.tries == 0:
        with kit.store.work() as work:
            clean = amend(held.reset, touched=False)
            work.resets.save(held.reset, clean)
            held.reset = clean


def _seal(held: _Held, password: Secret, after: Profile, owner: PersonRecord, policy: Policy, kit: WorkKit) -> LinkMail:
    """Store what is sealed, and make the mail that alone holds the key. An earlier link of this reset dies here."""
    locator, key = new_locator(kit.dice), new_key(kit.dice)
    seen = amend(held.reset, seen=after.stamp)
    bound = Binding(reset_id=seen.id, account=seen.account, locator=locator)
    with kit.store.work() as work:
        work.resets.save(held.reset, seen)
        work.links.put(kit.vault.seal(password, key, bound))
        held.reset = seen
    return LinkMail(
        reset_id=seen.id,
        to=owner.email or "",
        name=owner.name,
        language=owner.language,
        url=Secret(f"{kit.base_url}/r/{locator}#{key.expose()}"),
        code=Secret(grouped(key)),
        expires_at=kit.clock.latest() + policy.link_ttl,
        factors=policy.factors,
    )


def _send(mail: LinkMail, relay: Relay, kit: WorkKit) -> None:
    """Mail straight from memory: the key is nowhere else. A relay that went away meanwhile is tried a few times."""
    try:
        relay.send_link(mail)
        return
    except MailUnreached as trouble:
        last = trouble
    for _ in range(MAIL_TRIES):
        kit.clock.sleep(MAIL_PAUSE)
        try:
            with kit.mail.relay() as fresh:
                fresh.send_link(mail)
                return
        except MailUnreached as trouble:
            last = trouble
    raise last


def _published(held: _Held, proof: Proof, policy: Policy, kit: WorkKit) -> Reset:
    ends = kit.clock.latest() + policy.link_ttl
    after = advance(held.reset, State.PUBLISHED, at=kit.clock.now(), expires_at=ends, failure=None, failure_text=None)
    with kit.store.work() as work:
        write(work, held.reset, after, by=f"worker:{kit.owner}", proof=proof.note or None)
        for other in kit.sharing.get(after.system, ()):
            work.errands.add(_look_there(after, other, kit))
    return after


def _look_there(reset: Reset, other: SystemName, kit: WorkKit) -> Errand:
    """Ask another system on the same database what it shows now; its answer goes into the record."""
    return Errand(
        id=ErrandId(new_id(kit.dice, "E")),
        kind=Kind.STATE,
        system=other,
        userid=reset.userid,
        reason=f"shares its database with {reset.system}, where it was reset",
        ticket=reset.id,
        asked_by=reset.requested_by,
        asked_at=reset.since,
        since=reset.since,
    )


def _later(held: _Held, trouble: TryLater, policy: Policy, kit: WorkKit) -> Reset:
    """Back into the queue: nothing was typed for it, or its link never left. Ends with the policy's patience."""
    now = kit.clock.now()
    if now - held.reset.requested_at >= policy.queue_ttl:
        return _fail(held, trouble.reason, str(trouble), kit)
    pause = growing(held.reset.requested_at, now)
    return _queue(held, trouble, now + pause, held.reset.tries, kit)


def _anew(
    held: _Held, trouble: NotProven | AnswerLost | Interrupted, host: Host, policy: Policy, kit: WorkKit
) -> Reset:
    """Begin again with a new password (I7), so often as the policy says; once where the host did answer."""
    tries = held.reset.tries + 1
    most = min(policy.host_tries, 2) if isinstance(trouble, Interrupted) else policy.host_tries
    if tries >= most:
        return _fail(held, trouble.reason, str(trouble), kit)
    pause = trouble.wait if isinstance(trouble, NotProven) else host.settle
    return _queue(held, trouble, kit.clock.now() + pause, tries, kit)


def _queue(held: _Held, trouble: BridgeError, not_before: datetime, tries: int, kit: WorkKit) -> Reset:
    after = advance(
        held.reset, State.QUEUED, at=kit.clock.now(), not_before=not_before, tries=tries, failure_text=str(trouble)
    )
    with kit.store.work() as work:
        write(work, held.reset, after, by=f"worker:{kit.owner}", why=trouble.reason, text=str(trouble), tries=tries)
        work.links.erase([after.id])
    return after


def _await(held: _Held, trouble: HostRefused, kit: WorkKit) -> Reset:
    """Another person has to approve; then the other service id does it."""
    now = kit.clock.now()
    after = advance(held.reset, State.AWAITING_APPROVAL, at=now, elevated=True, note=str(trouble))
    with kit.store.work() as work:
        write(work, held.reset, after, by=f"worker:{kit.owner}", why=trouble.reason, text=str(trouble))
    return after


def _fail(held: _Held, reason: Reason, text: str, kit: WorkKit) -> Reset:
    now = kit.clock.now()
    after = advance(held.reset, State.FAILED, at=now, failure=reason, failure_text=text)
    with kit.store.work() as work:
        write(work, held.reset, after, by=f"worker:{kit.owner}", why=reason, text=text)
        work.links.erase([after.id])
        if reason not in {Reason.MAIL_REFUSED, Reason.MAIL_UNREACHABLE}:
            tell_owner(work, kit, "reset_failed", after)
        if reason is Reason.FIRST_USE_IGNORED:
            tell(work, kit, "first_use_ignored", kit.security_address, at=now, system=after.system, userid=after.userid,
                 reset=after.id)  # fmt: skip
    return after

"""changing → published | queued | failed: draft, set, read back, seal, mail (I3, I7, I11).

Everything that can be known before the host is touched is asked first: where the link would go, whether the person
could open it, whether the relay is there, what the host says of the userid. From the first command that carries the
password on, the row says `touched`, and whatever ends it owes a clean-up.

Where delivery is armed there are two rounds. The first asks all that and mails a link with no password behind it. The
second begins when somebody has passed that link's factor, and what it has set and proven waits for them alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bridge.domain.contact import address, for_link, mailboxes
from bridge.domain.demand import Demand
from bridge.domain.errors import (
    AnswerLost,
    BridgeError,
    Broken,
    DirectoryUnreached,
    GatewayUnreached,
    HostRefused,
    HostUnreached,
    Interrupted,
    MailUnreached,
    NoContactPoint,
    NotProven,
    Overtaken,
    StoreBusy,
    TicketLapsed,
    TryLater,
    VaultLocked,
)
from bridge.domain.failure import Reason
from bridge.domain.link import Locator, new_key, new_locator
from bridge.domain.outcome import Profile, Proof, Verdict
from bridge.domain.password import draft
from bridge.domain.patience import growing
from bridge.domain.policy import Policy
from bridge.domain.reset import Delivery, Reset, State, View, advance, amend
from bridge.domain.second import MAIL, OIDC, PHONE
from bridge.domain.secret import Secret
from bridge.domain.standing import why_not
from bridge.flows.contacts import code_ways, known_since, mail_tag, young
from bridge.flows.filing import Way, filed, none, reach, relayed, ways
from bridge.flows.ledger import note, tell, tell_owner, write
from bridge.flows.mailing import link_mail, send
from bridge.flows.sharing import look_at_sharing
from bridge.flows.take import Job, session_for, still_awaited, typing
from bridge.ports import Binding, Host, LinkMail, Pass, PersonRecord, Session, WorkKit, Wrapping

CODES: Final = {PHONE: "codes by telephone", MAIL: "codes by mail"}
PATIENCE: Final = timedelta(seconds=20)  # for a host that is away while somebody looks at the page


def change(job: Job, host: Host, kit: WorkKit) -> Reset:
    """Carry one reset as far as it goes today; returns it as stored. Raises Overtaken, or what the store raises."""
    with kit.store.look() as work:
        held = _Held(job.reset, work.links.passed(job.reset.id) if job.reset.awaited else None)
    policy = kit.systems[job.reset.system]
    try:
        return _carry_out(held, job, host, policy, kit)
    except (HostUnreached, MailUnreached, DirectoryUnreached, GatewayUnreached) as trouble:
        return _later(held, trouble, policy, kit)
    except (NotProven, AnswerLost, Interrupted) as trouble:
        return _anew(held, trouble, host, policy, kit)
    except (Overtaken, StoreBusy):  # the row says what may have happened; whoever takes it next knows what to do
        raise
    except _Privileged as trouble:
        return _await(held, trouble, kit, elevated=True)
    except _NewContact as trouble:
        return _await(held, trouble, kit, contact_since=trouble.since)
    except BridgeError as trouble:
        return _refused(held, trouble, kit)


class _Held:
    """The reset as last stored by us: every write starts from it, so that a stranger's write is noticed.

    passed   who waits for it at an armed link's page; ways: of the policy's kinds of factors, those its person has
    """

    def __init__(self, reset: Reset, passed: Pass | None = None) -> None:
        self.reset, self.passed = reset, passed
        self.ways: tuple[str, ...] = ()


def _carry_out(held: _Held, job: Job, host: Host, policy: Policy, kit: WorkKit) -> Reset:
    if held.passed is not None:
        return _for_who_waits(held, held.passed, job, host, policy, kit)
    if held.reset.delivery is Delivery.ARMED:
        return _arm(held, host, policy, kit)
    owner = _contact(held, policy, kit)
    way = _way(held, owner, policy, kit)
    with kit.mail.relay() as relay:
        with session_for(held.reset, host, kit) as (used, session):
            password, after, proof = _set(held, job, used, session, kit)
        ends = kit.clock.latest() + policy.link_ttl
        content = filed(held.reset, password, way, ends, policy, relay, kit)
        mail = _seal(held, content, after, owner, policy, kit)
        how = send(mail, relay, kit)
    return _published(held, proof, how, policy, kit)


def _arm(held: _Held, host: Host, policy: Policy, kit: WorkKit) -> Reset:
    """Mail a link with no password behind it. The host is only asked: whoever may not be reset gets none."""
    owner = _contact(held, policy, kit)
    _way(held, owner, policy, kit)
    with kit.mail.relay() as relay:
        with session_for(held.reset, host, kit) as (used, session):
            _permitted(held, used, session, kit)
        locator, key = new_locator(kit.dice), new_key(kit.dice)
        with kit.store.work() as work:
            work.resets.save(held.reset, mine := amend(held.reset, mailed_to=mail_tag(held.reset, owner, policy, kit)))
            work.links.put(replace(kit.vault.arm(key, _binding(mine, locator)), language=owner.language))
            held.reset = mine
        how = send(link_mail(held.reset, locator, key, owner, policy, held.ways, kit), relay, kit)
    return _published(held, None, how, policy, kit)


def _for_who_waits(held: _Held, passed: Pass, job: Job, host: Host, policy: Policy, kit: WorkKit) -> Reset:
    """Set and prove a password for who has passed an armed link's factor, and seal it for that link."""
    still_awaited(passed, kit)
    way, ends = _way(held, None, policy, kit), min(held.reset.expires_at or passed.until, passed.until)
    with relayed(way, kit) as relay:
        with session_for(held.reset, host, kit) as (used, session):
            password, after, proof = _set(held, job, used, session, kit)
        content = filed(held.reset, password, way, ends, policy, relay, kit)
    shown = advance(held.reset, State.PUBLISHED, at=kit.clock.now(), seen=after.stamp, expires_at=ends,
                    failure=None, failure_text=None)  # fmt: skip
    with kit.store.work() as work:
        write(work, held.reset, shown, by=f"worker:{kit.owner}", proof=proof.note or None)
        armed = work.links.of(shown.id)
        if armed is None:
            raise VaultLocked(f"the link of {shown.id} is gone")
        work.links.put(kit.vault.fill(armed, content, _binding(shown, armed.locator)))
        look_at_sharing(shown, work, kit)
    return shown


def _contact(held: _Held, policy: Policy, kit: WorkKit) -> PersonRecord:
    """Who gets the link, that it may leave for them, and that they have all the factors that the policy demands."""
    owner = kit.directory.owner_of(held.reset.account)
    kind = for_link(owner, policy.link_to) if owner else None
    if owner is None or kind is None:
        barred = f"; links go to {' or '.join(policy.link_to)} alone here" if owner and mailboxes(owner) else ""
        raise NoContactPoint(f"{held.reset.account}: {Reason.NO_CONTACT_POINT.words}{barred}")
    kit.mail.wrapping(address(owner, kind) or "")
    if policy.contact_age:
        _known(held, owner, kind, policy, kit)
    if held.reset.person != owner.person:
        named = amend(held.reset, person=owner.person)
        with kit.store.work() as work:
            work.resets.save(held.reset, named)
        held.reset = named
    with kit.store.work() if policy.contact_age else kit.store.look() as work:  # a look does not queue with the writers
        now = kit.clock.now()
        factors = [kit.factors[name] for name in policy.factors if name in kit.factors]
        judges = [kit.judges[name] for name in policy.factors if name in kit.judges]
        told = code_ways(owner, kind, policy, work, kit)
        new = young(told, held.reset, policy, now)
        sure = {OIDC, *told} - new.keys()
        offered = [one.kind for one in factors if one.kind in sure or one.offered(held.reset, now, work)]
        offered += [judge.kind for judge in judges if judge.offered(held.reset, owner)]
        if lacks := policy.demand.lacks(offered):
            if new and not policy.demand.lacks([*offered, *new]):
                raise _NewContact(new)
            missing = f"; missing: {', '.join(lacks)}" if policy.demand != Demand() else ""
            raise _NoFactor(f"{owner.person}: {Reason.NO_FACTOR.words}{missing}")
    held.ways = tuple(kind for kind in policy.factors if kind in offered)
    return owner


def _known(held: _Held, owner: PersonRecord, kind: str, policy: Policy, kit: WorkKit) -> None:
    """Raise _NewContact for an address, or an owner, that is new, unless somebody has vouched for just that one.

    It names what is new of where codes would go, too: the same word will cover it.
    """
    with kit.store.work() as work:
        needed = known_since(owner, kind, held.reset.account, work, kit)
        told = code_ways(owner, kind, policy, work, kit)
        told = {**told, **{way.kind: way.since for way in ways(held.reset, owner, policy, work, kit)}}
    now = kit.clock.now()
    if new := young(needed, held.reset, policy, now):
        raise _NewContact({**new, **young(told, held.reset, policy, now)})


def _way(held: _Held, owner: PersonRecord | None, policy: Policy, kit: WorkKit) -> Way | None:
    """How what opens the KeePass file goes to its person, if there is to be one. Raises NoOtherContact, _NewContact;
    GatewayUnreached. Once the link is out nobody is asked for their word any more."""
    if held.reset.view is not View.KEEPASS:
        return None
    owner = owner or kit.directory.owner_of(held.reset.account)
    if owner is None or owner.person != held.reset.person:
        raise NoContactPoint(f"{held.reset.account}: {Reason.NO_CONTACT_POINT.words}")
    with kit.store.work() as work:
        found = ways(held.reset, owner, policy, work, kit)
    new = young({way.kind: way.since for way in found}, held.reset, policy, kit.clock.now())
    way = next((way for way in found if way.kind not in new), None)
    if way is None and new and not held.reset.awaited:
        raise _NewContact(new)
    if way is None:
        raise none(owner, kit)
    reach(way, kit)
    return way


class _NewContact(NoContactPoint):
    """The policy lets another person decide whether a link, or a code, may go where it is new.

    new     kind of address, account, or factor → since when the directory has named it
    """

    reason = Reason.NEW_CONTACT

    def __init__(self, new: Mapping[str, datetime]) -> None:
        said = (f"{CODES.get(what, what)} since {since:%Y-%m-%d %H:%M} UTC" for what, since in new.items())
        super().__init__(f"{Reason.NEW_CONTACT.words} ({', '.join(said)})")
        self.since = max(new.values())


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
    except HostRefused as refused:
        _untouch_if(not refused.partly and before == session.profile(held.reset.userid), held, kit)
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
    still_awaited(held.passed, kit)
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
    seen = amend(held.reset, seen=after.stamp, mailed_to=mail_tag(held.reset, owner, policy, kit))
    with kit.store.work() as work:
        work.resets.save(held.reset, seen)
        work.links.put(replace(kit.vault.seal(password, key, _binding(seen, locator)), language=owner.language))
        held.reset = seen
    return link_mail(seen, locator, key, owner, policy, held.ways, kit)


def _binding(reset: Reset, locator: Locator) -> Binding:
    return Binding(reset_id=reset.id, account=reset.account, locator=locator)


def _published(held: _Held, proof: Proof | None, how: Wrapping, policy: Policy, kit: WorkKit) -> Reset:
    """The link is out; `proof` is None while there is nothing behind it to be proven."""
    mailed = {name: said for name, said in (("wrapped", how.how), ("unwrapped", how.why_not)) if said}
    ends = kit.clock.latest() + policy.link_ttl
    after = advance(held.reset, State.PUBLISHED, at=kit.clock.now(), expires_at=ends, failure=None, failure_text=None)
    with kit.store.work() as work:
        if proof is None:
            write(work, held.reset, after, by=f"worker:{kit.owner}", delivery=after.delivery, **mailed)
        else:
            write(work, held.reset, after, by=f"worker:{kit.owner}", proof=proof.note or None, **mailed)
            look_at_sharing(after, work, kit)
    return after


def _later(held: _Held, trouble: TryLater, policy: Policy, kit: WorkKit) -> Reset:
    """Back into the queue: nothing was typed for it, or its link never left. Ends with the policy's patience."""
    now = kit.clock.now()
    if held.passed is not None:
        if now - held.passed.at >= PATIENCE and not held.reset.touched:
            return _away(held, trouble, kit)
        return _queue(held, trouble, now + growing(held.passed.at, now, most=PATIENCE / 2), held.reset.tries, kit)
    if now - held.reset.requested_at >= policy.queue_ttl:
        return _fail(held, trouble.reason, str(trouble), kit)
    pause = growing(held.reset.requested_at, now)
    return _queue(held, trouble, now + pause, held.reset.tries, kit)


def _away(held: _Held, trouble: BridgeError | None, kit: WorkKit) -> Reset:
    """Nothing was typed for who waits, and they need not wait any longer: the link is as good as before."""
    text = str(trouble) if trouble else "nobody waits for it any more"
    after = advance(held.reset, State.PUBLISHED, at=kit.clock.now(), failure_text=text)
    with kit.store.work() as work:
        why = trouble.reason.value if trouble else None
        write(work, held.reset, after, by=f"worker:{kit.owner}", why=why, text=text)
    return after


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


def _await(held: _Held, trouble: HostRefused | _NewContact, kit: WorkKit, **needs: object) -> Reset:
    """Another person has to approve. `needs`: what they approve, as fields of the reset."""
    now = kit.clock.now()
    after = advance(held.reset, State.AWAITING_APPROVAL, at=now, note=str(trouble), expires_at=None, **needs)
    with kit.store.work() as work:
        write(work, held.reset, after, by=f"worker:{kit.owner}", why=trouble.reason, text=str(trouble))
    return after


def _refused(held: _Held, trouble: BridgeError, kit: WorkKit) -> Reset:
    """Asking again changes nothing; but what a person has to mend here first is no fault of who waits at the page."""
    lapsed = isinstance(trouble, TicketLapsed)
    if (lapsed or isinstance(trouble, Broken)) and held.passed is not None and not held.reset.touched:
        return _away(held, None if lapsed else trouble, kit)
    reason = Reason.HOST_TIMEOUT if lapsed else trouble.reason
    return _fail(held, reason, reason.words if lapsed else str(trouble), kit)


def _fail(held: _Held, reason: Reason, text: str, kit: WorkKit) -> Reset:
    now = kit.clock.now()
    after = advance(held.reset, State.FAILED, at=now, failure=reason, failure_text=text)
    with kit.store.work() as work:
        write(work, held.reset, after, by=f"worker:{kit.owner}", why=reason, text=text)
        work.links.erase([after.id])
        if reason not in {Reason.MAIL_REFUSED, Reason.MAIL_UNREACHABLE}:
            tell_owner(work, kit, "change_failed" if after.awaited else "reset_failed", after)
        if reason is Reason.FIRST_USE_IGNORED:
            tell(work, kit, "first_use_ignored", kit.security_address, at=now, system=after.system, userid=after.userid,
                 reset=after.id)  # fmt: skip
    return after

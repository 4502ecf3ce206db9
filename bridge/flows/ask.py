"""Somebody asks for a reset; an older one of the same account ends (I6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Final

from bridge.domain.codes import letters_of, new_release_code, new_release_words, new_reset_id
from bridge.domain.contact import EMAIL, for_code, for_link
from bridge.domain.errors import BadInput, NotAllowed, TooMany
from bridge.domain.names import Operator, ResetId, account_of, free_text
from bridge.domain.policy import COUNTED_OVER, Caller, Deed, Policy, Role, demand
from bridge.domain.reset import NOTHING_SET_YET, SUPERSEDED, Delivery, Reset, State, View, advance
from bridge.domain.second import MAIL, OIDC, PHONE, RELEASE_CODE, e164
from bridge.domain.secret import Secret
from bridge.flows.ledger import note, write
from bridge.ports import PersonRecord, WebKit, Work

WITHHELD: Final = "withheld"  # instead of a release code, in the record


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What came in, unchecked."""

    system: str
    userid: str
    reason: str
    ticket: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """An Idempotency-Key and the SHA-256 of the request it came with."""

    key: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The reset, and its release code: shown to whoever asked, here and never again.

    withheld  there is no code since the person has a second factor of their own (`release_code_for`)
    repeated  nothing new was made
    """

    reset: Reset
    release_code: Secret | None = None
    withheld: bool = False
    repeated: bool = False


def ask(wish: Ask, caller: Caller, kit: WebKit, *, once: Once | None = None) -> Asked:
    """Accept a reset; an older open one of the account is cancelled, or revoked where something may have been set.

    Whether the account exists is for the worker to find out: every answer here is the same, and as quick.
    Raises NotAllowed, BadInput, and TooMany past the policy's limits: nothing is typed or mailed for it then.
    """
    demand(caller, Deed.ASK)
    reset, policy, owner = _new(wish, caller, kit)
    draw = new_release_words if policy.release_code == "words" else new_release_code
    code = draw(kit.dice) if RELEASE_CODE in policy.factors else None
    with kit.store.work() as work:
        if once and (made := work.idempotency.get(caller.name, once.key)):
            return _again(made, once, work)
        open_ones = work.resets.open_for(reset.account)  # holds the account: requests at once are counted one by one
        _demand_few(reset, policy, caller, work)
        _supersede(open_ones, reset, caller, work)
        work.resets.add(reset)
        withheld = (
            code is not None and policy.release_code_for == "unenrolled" and _enrolled(reset, owner, policy, work, kit)
        )
        code = None if withheld else code
        note(work, "reset.requested", at=reset.since, by=f"operator:{caller.name}", reset=reset,
             reason=reset.reason, ticket=reset.ticket, source=caller.source, person=reset.person,
             release_code=WITHHELD if withheld else None)  # fmt: skip
        ready = advance(reset, State.AWAITING_APPROVAL if policy.approvals else State.QUEUED, at=reset.since)
        write(work, reset, ready, by="system")
        if code:
            work.links.set_code(reset.id, kit.vault.tag(f"release_code:{reset.id}", letters_of(code) or code))
        if once:
            work.idempotency.put(caller.name, once.key, once.fingerprint, reset.id, reset.since)
    return Asked(reset=ready, release_code=code, withheld=withheld)


def _enrolled(reset: Reset, owner: PersonRecord | None, policy: Policy, work: Work, kit: WebKit) -> bool:
    """Whether the person has a factor of their own that would open this link, with what else they can be asked for.

    A policy that demands two may be met by that factor and the code alone: the code is then no way round it, and who
    has set up the one would else be helped by nobody.
    """
    if owner is None:
        return False
    own = {one.kind for one in work.people.factors(owner.person) if one.usable(reset.requested_at)}
    others = {PHONE: e164(owner.phone), MAIL: for_code(owner, for_link(owner, policy.link_to) or EMAIL), OIDC: True}
    had = {kind for kind, there in others.items() if there}
    had |= {kind for kind, judge in kit.judges.items() if judge.offered(reset, owner)}
    return bool(own & {*policy.factors}) and not policy.demand.lacks([*{*policy.factors} & (own | had)])


def _new(wish: Ask, caller: Caller, kit: WebKit) -> tuple[Reset, Policy, PersonRecord | None]:
    """Check the wish and make a reset of it; with whose account it is."""
    account = account_of(wish.system, wish.userid, kit.forms)
    policy = kit.systems.get(account.system)
    if account in kit.own:
        raise NotAllowed(f"{account} is a service id of this bridge; its password is changed where it is configured")
    if policy is None:
        raise BadInput("system", "one of " + ", ".join(sorted(kit.systems)) + " is expected")
    owner = kit.directory.owner_of(account)
    now = kit.clock.now()
    reset = Reset(
        id=new_reset_id(kit.dice),
        system=account.system,
        userid=account.userid,
        person=owner.person if owner else None,
        policy=policy.name,
        delivery=Delivery(policy.delivery),
        view=View(policy.view),
        state=State.REQUESTED,
        reason=free_text(wish.reason, "reason", most=500),
        ticket=free_text(wish.ticket, "ticket", most=64) if wish.ticket else None,
        requested_by=Operator(caller.name),
        requested_at=now,
        since=now,
    )
    return reset, policy, owner


def _again(made: tuple[bytes, str], once: Once, work: Work) -> Asked:
    """The same key came before: the same reset, without its code, and whether there was one."""
    fingerprint, reset_id = made
    if fingerprint != once.fingerprint:
        raise BadInput("Idempotency-Key", "a key of its own for each request: this one came with another body")
    reset = work.resets.get(ResetId(reset_id))
    asked = work.audit.of_reset(reset.id, kind="reset.requested")
    withheld = any(record.event.detail.get("release_code") == WITHHELD for record in asked)
    return Asked(reset=reset, withheld=withheld, repeated=True)


def _demand_few(reset: Reset, policy: Policy, caller: Caller, work: Work) -> None:
    """Raise TooMany where the account, or the operator, has had the hour's share: each reset takes away a password that
    somebody uses, and a stolen token could take everybody's."""
    since = reset.requested_at - COUNTED_OVER
    last, limit, most = None, "", 0
    if policy.per_account:
        limit, most = "per_account", policy.per_account
        last = work.resets.asked(most, since=since, account=reset.account)
    if last is None and policy.per_operator and Role.ADMIN not in caller.roles:
        limit, most = "per_operator", policy.per_operator
        last = work.resets.asked(most, since=since, by=caller.name)
    if last is not None:
        whose = reset.account if limit == "per_account" else caller.name
        said = f"{whose} has had {most} within the hour, the most that policies.{policy.name}.{limit} allows"
        raise TooMany(max(1, ceil((last - since).total_seconds())), said)


def _supersede(open_ones: Sequence[Reset], newer: Reset, caller: Caller, work: Work) -> None:
    """End every open reset of the account.

    A password that was read stays good for its time where the newer one is armed: nothing on the host changes because
    somebody has asked, and so nobody is locked out by it.
    """
    for older in open_ones:
        to = State.CANCELLED if older.state in NOTHING_SET_YET else State.REVOKED
        after = advance(older, to, at=newer.since, note=SUPERSEDED + newer.id)
        if older.state is State.REVEALED and newer.delivery is Delivery.ARMED:
            after = replace(after, not_before=older.expires_at)
        write(work, older, after, by=f"operator:{caller.name}", superseded_by=newer.id)
        work.links.erase([older.id])

"""A link at which a person enrols a second factor themselves: an operator makes it, its holder uses it once.

The link alone enrols nothing: eight digits go with it, on another way than the link. Whoever reads the mailbox would
otherwise have the factor, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, TypeVar, cast

from bridge.domain.codes import RELEASE_CODE_DIGITS, new_id, new_release_code
from bridge.domain.errors import BadInput, BridgeError, NotFound, NotInvited
from bridge.domain.link import Locator, name_in, new_key, new_locator
from bridge.domain.names import Person
from bridge.domain.second import PASSKEY, TOTP, digits, seed_label, strength
from bridge.domain.secret import Secret
from bridge.flows.challenge import new_challenge
from bridge.flows.ledger import note, tell
from bridge.flows.wallet import add, new_seed, otpauth, usable_from
from bridge.ports import Desk, Enrolled, Invitation, WebKit, Work

T = TypeVar("T")
INVITED: Final = "invited person"
OWNER: Final = "the person"  # who has passed a factor, and needs no invitation (flows/self_service.py)
MOST: Final = 5  # wrong codes: the link is then over
MOST_ADDED: Final = 5  # factors of one's own at one go: each is told by mail, and tried with each code from then on
OPEN_FOR: Final = timedelta(minutes=15)  # from the code of an invitation to the end of what it began
LABELS: Final[Mapping[str, str]] = {TOTP: "authenticator app", PASSKEY: "passkey"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """A fresh invitation. Link and code are in this answer alone; they go to the person on two ways."""

    invitation: Invitation
    link: Secret
    code: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """What a browser sent: the link's name and key, and the code that was told."""

    locator: str
    key: Secret
    code: Secret
    source: str
    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewApp:
    """What an authenticator app has to be given. Shown until its first code has been typed."""

    person: Person
    seed: Secret
    uri: Secret


def invite(person: str, base_url: str, by: str, desk: Desk, *, lasts: timedelta, wait: timedelta) -> Invited:
    """Invite a person to enrol a factor; the invitations before are over. Raises NotFound, BadInput.

    Somebody is invited again because the link or the digits went astray: who has them must not come first.
    """
    name, now = Person(person), desk.clock.now()
    if desk.directory.person(name) is None:
        raise NotFound(f"there is no person {name}; import or add them first, or check the spelling")
    made, locator, key, code = (
        new_id(desk.dice, "E"), new_locator(desk.dice), new_key(desk.dice), new_release_code(desk.dice)
    )  # fmt: skip
    invitation = Invitation(
        id=made,
        person=name,
        locator=locator,
        tag=desk.vault.tag(key_label(made), key),
        code=desk.vault.tag(_code_label(made), code),
        passed=None,
        wait=wait,
        at=now,
        by=by,
        until=now + lasts,
    )
    with desk.store.work() as work:
        ended = work.invitations.end(name, now)
        work.invitations.add(invitation)
        note(work, "factor.invited", at=now, by=by, person=name, invitation=made, until=invitation.until.isoformat(),
             ended=ended)  # fmt: skip
    return Invited(invitation=invitation, link=Secret(f"{base_url}/e/{locator}#{key.expose()}"), code=code)


def uninvite(person: str, by: str, desk: Desk) -> int:
    """End whichever of the person's invitations are open, and the list of their own factors, if they have that open.

    Returns how many. Raises NotFound where there are none, BadInput.
    """
    name, now = Person(person), desk.clock.now()
    with desk.store.work() as work:
        ended = work.invitations.end(name, now)
        if ended:
            note(work, "factor.uninvited", at=now, by=by, person=name, ended=ended)
    if not ended:
        raise NotFound(f"{name} has no invitation that is open; nothing was ended")
    return ended


def begin_app(holder: Holder, issuer: str, kit: WebKit) -> NewApp:
    """Draw a seed, or give the one that was drawn a moment ago: who loads the page again has scanned it already.

    Raises NotInvited, VaultLocked.
    """

    def act(invitation: Invitation, work: Work) -> NewApp:
        seed = _pending(invitation, TOTP, kit)
        if seed is None:
            seed = new_seed(kit.dice)
            _keep(invitation, TOTP, seed, OPEN_FOR, work, kit)
        return NewApp(person=invitation.person, seed=seed, uri=otpauth(issuer, invitation.person, seed))

    return entered(holder, kit, act)


def finish_app(holder: Holder, answer: Secret, kit: WebKit) -> Enrolled:
    """Enrol the app whose first code this is. Raises NotInvited, BadInput where it is not, VaultLocked."""

    def act(invitation: Invitation, work: Work) -> Enrolled | BridgeError:
        seed = _pending(invitation, TOTP, kit)
        step = kit.apps.step(seed, answer, kit.clock.now()) if seed and kit.apps else None
        if seed is None or step is None:
            return BadInput("answer", "the six digits that the app shows now")
        return _enrolled(invitation, TOTP, seed, step, holder, work, kit)

    return entered(holder, kit, act)


def begin_key(holder: Holder, site: str, kit: WebKit) -> Mapping[str, object]:
    """What the browser needs to make a passkey. Raises NotInvited, VaultLocked."""

    def act(invitation: Invitation, work: Work) -> Mapping[str, object] | BridgeError:
        passkeys = kit.passkeys
        if passkeys is None:
            return NotInvited()
        drawn = new_challenge(kit)
        _keep(invitation, PASSKEY, drawn, passkeys.lapse, work, kit)
        return passkeys.offer(invitation.person, site, _passkeys(invitation, work), drawn)

    return entered(holder, kit, act)


def finish_key(holder: Holder, answer: Secret, kit: WebKit) -> Enrolled:
    """Enrol the passkey that the browser made. Raises NotInvited, BadInput, VaultLocked."""

    def act(invitation: Invitation, work: Work) -> Enrolled | BridgeError:
        drawn, passkeys = _pending(invitation, PASSKEY, kit), kit.passkeys
        if drawn is None or passkeys is None:
            return BadInput("passkey", "an answer to a challenge that is still open")
        work.invitations.put(replace(invitation, kind=None, pending=None, pending_until=None))
        try:
            made = passkeys.made(answer, drawn, _passkeys(invitation, work))
        except BadInput as wrong:
            return wrong
        return _enrolled(invitation, PASSKEY, made.text, made.count, holder, work, kit)

    return entered(holder, kit, act)


# --- within ---------------------------------------------------------------------------------------


def entered(holder: Holder, kit: WebKit, act: Callable[[Invitation, Work], T | BridgeError]) -> T:
    """Let in who has key and code, and act in the same transaction. What must be stored although the answer is no is
    returned to here, not raised."""
    with kit.store.work() as work:
        invitation = _found(holder, work, kit)
        no = _refused(invitation, holder, work, kit) if invitation else NotInvited()
        outcome = no or act(cast(Invitation, invitation), work)
    if isinstance(outcome, BridgeError):
        raise outcome
    return outcome


def _found(holder: Holder, work: Work, kit: WebKit) -> Invitation | None:
    """The invitation whose key this is, while it is open."""
    try:
        found = work.invitations.lock(Locator(name_in(holder.locator)))
    except BadInput:
        found = None
    right = kit.vault.tag_matches(found.tag if found else None, key_label(found.id if found else ""), holder.key)
    open_ = found is not None and found.ended_at is None and kit.clock.latest() < found.until
    return found if right and open_ else None


def _refused(invitation: Invitation, holder: Holder, work: Work, kit: WebKit) -> NotInvited | None:
    """None if the code is right. What cannot be a code is no attempt: a scanner fills fields with anything."""
    code = digits(holder.code, RELEASE_CODE_DIGITS)
    if invitation.code is None:
        return None
    if code is None:
        return NotInvited()
    if kit.vault.tag_matches(invitation.code, _code_label(invitation.id), code):
        return None
    now, count = kit.clock.now(), invitation.tries + 1
    left = max(MOST - count, 0)
    work.invitations.put(replace(invitation, tries=count, ended_at=None if left else now))
    facts = {"person": str(invitation.person), "source": holder.source}
    note(work, "factor.invitation_refused", at=now, by=INVITED, reset=None, invitation=invitation.id,
         count=count, left=left, agent=holder.agent[:200], **facts)  # fmt: skip
    if not left:
        tell(work, kit, "invitation_destroyed", kit.security_address, at=now, **facts)
    return NotInvited(left)


def _pending(invitation: Invitation, kind: str, kit: WebKit) -> Secret | None:
    """What was begun, if it was of that kind and is still open."""
    until = invitation.pending_until
    if invitation.kind != kind or invitation.pending is None or until is None or kit.clock.now() >= until:
        return None
    return kit.vault.open_seed(invitation.pending, _pending_label(invitation, kind))


def _passkeys(invitation: Invitation, work: Work) -> list[Enrolled]:
    return [factor for factor in work.people.factors(invitation.person) if factor.kind == PASSKEY]


def _keep(invitation: Invitation, kind: str, text: Secret, lasts: timedelta, work: Work, kit: WebKit) -> None:
    sealed = kit.vault.seal_seed(text, _pending_label(invitation, kind))
    until = kit.clock.now() + lasts
    work.invitations.put(replace(invitation, kind=kind, pending=sealed, pending_until=until))


def _enrolled(
    invitation: Invitation, kind: str, text: Secret, count: int, holder: Holder, work: Work, kit: WebKit
) -> Enrolled:
    """The factor; an operator's invitation is used up by it, one's own list by a handful. Who passed one that is at
    least as strong has nothing to wait for: the new one is worth no more than what was proven."""
    now, made, passed = kit.clock.now(), new_id(kit.dice, "F"), invitation.passed
    proven = passed is not None and strength(passed) >= strength(kind)
    factor = Enrolled(
        id=made,
        person=invitation.person,
        kind=kind,
        label=LABELS[kind],
        seed=kit.vault.seal_seed(text, seed_label(invitation.person, made, kind)),
        added_at=now,
        added_by=OWNER if passed else INVITED,
        last_step=count,
        usable_from=None if proven else usable_from(invitation.person, invitation.wait, now, work),
    )
    add(factor, work, kit, invitation=invitation.id, source=holder.source, agent=holder.agent[:200])
    count = invitation.tries + 1 if passed else invitation.tries  # nobody tries digits on a list of one's own
    ended = now if not passed or count >= MOST_ADDED else None
    work.invitations.put(replace(invitation, tries=count, ended_at=ended, kind=None, pending=None, pending_until=None))
    return factor


def key_label(invitation_id: str) -> str:
    return f"invitation:{invitation_id}"


def _code_label(invitation_id: str) -> str:
    return f"invitation code:{invitation_id}"


def _pending_label(invitation: Invitation, kind: str) -> str:
    return f"invitation {kind}:{invitation.person}:{invitation.id}"

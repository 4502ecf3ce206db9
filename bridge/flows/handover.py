"""The password leaves the store, or is asked for where there is none yet. Not a flow: how reveal and collect end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from bridge.domain.errors import LinkDead
from bridge.domain.link import Closed, Sealed, new_ticket
from bridge.domain.names import Account, Person, SystemName, Userid
from bridge.domain.policy import Policy
from bridge.domain.reset import Reset, State, View, advance
from bridge.domain.secret import Secret
from bridge.flows.holder import HOLDER, Attempt, visit_of
from bridge.flows.ledger import tell_owner, write
from bridge.ports import Binding, Pass, WebKit, Work

FIRST_LOOK: Final = timedelta(seconds=5)  # after a reveal, when the host is first asked whether it was used
PASS_FOR: Final = timedelta(minutes=10)  # as long as any code or session that is derived from a link may live


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the one page shows. `visit` lets this page say "this was not me" without another factor.

    password   Closed where the link's key stayed in the browser, which opens the rest
    language   of the link's mail
    view       whether it is the password, or a KeePass file in base64
    """

    password: Secret | Closed
    system: SystemName
    userid: Userid
    unused_until: datetime
    visit: str
    language: str = ""
    view: View = View.PAGE

    @property
    def file(self) -> str:
        """What the KeePass file is called; empty where it is none."""
        return f"{self.system}-{self.userid}.kdbx" if self.view is View.KEEPASS else ""


class Step(StrEnum):
    """How far the host has come, as the page of who waits tells it."""

    WAITING = "waiting"
    CONNECTING = "connecting"
    SETTING = "setting"
    READY = "ready"
    AWAY = "away"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Who passed an armed link's factor waits for the host.

    ticket   with the link's key, it stands for the factor
    until    until when
    """

    step: Step
    ticket: Secret
    until: datetime


def hand_over(
    reset: Reset, sealed: Sealed, policy: Policy, attempt: Attempt, factor: str, work: Work, kit: WebKit
) -> Shown:
    """Open, erase, move on: in the transaction that the caller commits before anything is shown."""
    now, unused_until = kit.clock.now(), kit.clock.latest() + policy.unused_ttl
    password = opened(reset, sealed, attempt, kit)
    after = advance(reset, State.REVEALED, at=now, expires_at=unused_until, not_before=now + FIRST_LOOK)
    write(work, reset, after, by=HOLDER, factor=factor, source=attempt.source, agent=attempt.agent[:200])
    work.links.spend(sealed.locator, now)
    work.tries.set(person_of(reset), 0, now)
    tell_owner(work, kit, "revealed", after)
    return Shown(
        password=password,
        system=reset.system,
        userid=reset.userid,
        unused_until=unused_until,
        visit=visit_of(reset, sealed, kit).expose(),
        language=sealed.language,
        view=reset.view,
    )


def opened(reset: Reset, sealed: Sealed, attempt: Attempt, kit: WebKit) -> Secret | Closed:
    """Both layers with the key; the server's alone with a proof of it."""
    bound_to = Binding(reset_id=reset.id, account=Account(reset.system, reset.userid), locator=sealed.locator)
    if attempt.proof is not None:
        return kit.vault.unwrap(sealed, attempt.proof, bound_to)
    return kit.vault.open(sealed, attempt.key, bound_to)


def let_in(reset: Reset, attempt: Attempt, factor: str, work: Work, kit: WebKit) -> Waiting:
    """An armed link's factor has been passed: have the host changed, for who holds the ticket.

    The release code ends here, whichever factor it was: a host that is away gives the link more time, and that none.
    """
    now, ticket, ends = kit.clock.now(), new_ticket(kit.dice), kit.clock.latest() + PASS_FOR
    after = queued_for(reset, now)
    write(work, reset, after, by=HOLDER, factor=factor, source=attempt.source, agent=attempt.agent[:200])
    passed = Pass(
        reset_id=reset.id,
        tag=kit.vault.tag(f"pass:{reset.id}", ticket),
        at=now,
        until=min(ends, reset.expires_at or ends),
    )
    work.links.let_in(passed)
    work.links.drop_code(reset.id)
    work.tries.set(person_of(reset), 0, now)
    return Waiting(step=Step.WAITING, ticket=ticket, until=passed.until)


def queued_for(reset: Reset, now: datetime) -> Reset:
    """The reset of an armed link on its way to a worker."""
    return advance(reset, State.QUEUED, at=now, not_before=None, tries=0, failure=None, failure_text=None)


def person_of(reset: Reset) -> Person:
    """Published resets have a person: `change` refuses to mail nobody."""
    if reset.person is None:
        raise LinkDead("no such link, or not its key")
    return reset.person

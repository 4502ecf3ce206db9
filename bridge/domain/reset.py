"""A reset, its states, and the one table of steps between them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from bridge.domain.errors import WrongTurn
from bridge.domain.failure import Reason
from bridge.domain.names import Account, Operator, Person, ResetId, SystemName, Userid


class State(StrEnum):
    """Where a reset stands; product.md's drawing, one word each."""

    REQUESTED = "requested"
    AWAITING_APPROVAL = "awaiting_approval"
    QUEUED = "queued"
    CHANGING = "changing"
    PUBLISHED = "published"
    REVEALED = "revealed"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    EXPIRED = "expired"
    REVOKED = "revoked"
    LAPSED = "lapsed"


# PUBLISHED leads back to QUEUED where delivery is armed: somebody has passed the factor, and now the host is changed. A
# host that is away, or nobody who does it, leads to PUBLISHED again: the link is as good as before.
# CHANGING leads to AWAITING_APPROVAL because only the host's listing tells that a userid is privileged. It leads to
# REVOKED because a newer reset, or a person, may end one that a worker is holding: the worker then finds its version
# gone and mails nothing; what it may have set is spoiled.
LEADS_TO: Final[dict[State, frozenset[State]]] = {
    State.REQUESTED: frozenset({State.AWAITING_APPROVAL, State.QUEUED, State.CANCELLED}),
    State.AWAITING_APPROVAL: frozenset({State.QUEUED, State.REJECTED, State.CANCELLED}),
    State.QUEUED: frozenset({State.CHANGING, State.FAILED, State.CANCELLED, State.PUBLISHED}),
    State.CHANGING: frozenset({State.PUBLISHED, State.FAILED, State.QUEUED, State.REVOKED, State.AWAITING_APPROVAL}),
    State.PUBLISHED: frozenset({State.REVEALED, State.EXPIRED, State.REVOKED, State.QUEUED}),
    State.REVEALED: frozenset({State.COMPLETED, State.LAPSED, State.REVOKED}),
}
ENDED: Final = frozenset(set(State) - set(LEADS_TO))
READ: Final = frozenset({State.REVEALED, State.COMPLETED, State.LAPSED})
NOTHING_SET_YET: Final = frozenset({State.REQUESTED, State.AWAITING_APPROVAL, State.QUEUED})


SUPERSEDED: Final = "superseded by "
"""How the note of a reset begins that a newer one ended."""


class Delivery(StrEnum):
    """Whether the password waits behind the link, or is made when the link's holder has passed the factor."""

    SEALED = "sealed"
    ARMED = "armed"


class View(StrEnum):
    """What its link leads to: the password on the page, or in a KeePass file."""

    PAGE = "page"
    KEEPASS = "keepass"


class Cleanup(StrEnum):
    """Whether what this reset may have left on the host still has to be made worthless."""

    NONE = "none"
    DUE = "due"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """One reset. Times are aware UTC; `version` grows with each stored step.

    since       when the present state began
    touched     True from the moment a command may have reached the host with a new password
    not_before  no worker takes it earlier (queued), or cleans up or follows earlier
    tries       how often a worker has begun
    expires_at  when the link ends (published) or must have been used (revealed)
    elevated    the host calls the userid privileged: another service id, and another person's word, are needed
    contact_since  since when the address is known that another person vouched for, or has to
    mailed_to   keyed hash of the address that its link went to: a code never goes there, too
    seen        the host profile's stamp right after the change, for `follow`: product's own words
    """

    id: ResetId
    system: SystemName
    userid: Userid
    person: Person | None
    policy: str
    state: State
    reason: str
    requested_by: Operator
    requested_at: datetime
    since: datetime
    ticket: str | None = None
    version: int = 1
    tries: int = 0
    touched: bool = False
    not_before: datetime | None = None
    expires_at: datetime | None = None
    failure: Reason | None = None
    failure_text: str | None = None
    cleanup: Cleanup = Cleanup.NONE
    seen: str | None = None
    note: str | None = None
    approved_by: tuple[str, ...] = field(default=())
    elevated: bool = False
    contact_since: datetime | None = None
    mailed_to: str | None = None
    delivery: Delivery = Delivery.SEALED
    view: View = View.PAGE

    @property
    def awaited(self) -> bool:
        """While queued or changing: its link is out, and somebody who has passed the factor waits for the password."""
        return self.delivery is Delivery.ARMED and self.expires_at is not None

    @property
    def account(self) -> Account:
        """The userid on its system."""
        return Account(self.system, self.userid)

    @property
    def ended(self) -> bool:
        """True when no step leads on from here."""
        return self.state in ENDED


def advance(reset: Reset, to: State, *, at: datetime, **changes: object) -> Reset:
    """Return `reset` one step on, with `changes` to other fields; storing it is the caller's.

    A reset that ends after something may have been set owes a clean-up; one that is completed does not.
    Raises WrongTurn if the table knows no such step.
    """
    if to not in LEADS_TO.get(reset.state, frozenset()):
        raise WrongTurn(reset.id, reset.state, to)
    if to in ENDED and to is not State.COMPLETED and reset.touched:
        changes.setdefault("cleanup", Cleanup.DUE)
        changes.setdefault("not_before", None)
    return replace(reset, state=to, since=at, version=reset.version + 1, **changes)  # type: ignore[arg-type]


def amend(reset: Reset, **changes: object) -> Reset:
    """Return `reset` in the same state with other fields changed, one version on."""
    return replace(reset, version=reset.version + 1, **changes)  # type: ignore[arg-type]

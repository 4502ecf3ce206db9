"""Who may do what, and the limits of a reset."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Final, Literal

from bridge.domain.contact import EMAIL
from bridge.domain.demand import Demand
from bridge.domain.errors import NotAllowed


class Role(StrEnum):
    """What an operator may be."""

    AGENT = "agent"
    APPROVER = "approver"
    ADMIN = "admin"
    AUDITOR = "auditor"
    OPERATOR = "operator"


class Deed(StrEnum):
    """What an operator may want to do."""

    ASK = "ask for a reset"
    SEE = "see resets"
    SEE_SYSTEMS = "see systems"
    REVOKE = "revoke a reset"
    DECIDE = "approve or reject a reset"
    AUDIT = "read the audit"


MAY: Final[dict[Role, frozenset[Deed]]] = {
    Role.AGENT: frozenset({Deed.ASK, Deed.SEE, Deed.SEE_SYSTEMS, Deed.REVOKE}),
    Role.APPROVER: frozenset({Deed.SEE, Deed.SEE_SYSTEMS, Deed.DECIDE}),
    Role.ADMIN: frozenset({Deed.ASK, Deed.SEE, Deed.SEE_SYSTEMS, Deed.REVOKE}),
    Role.AUDITOR: frozenset({Deed.SEE, Deed.SEE_SYSTEMS, Deed.AUDIT}),
    Role.OPERATOR: frozenset({Deed.SEE_SYSTEMS, Deed.SEE}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Somebody whose token has been checked. `source` is the address the request came from."""

    name: str
    roles: frozenset[Role]
    source: str = ""


def demand(caller: Caller, deed: Deed) -> None:
    """Raise NotAllowed unless one of the caller's roles permits the deed."""
    if not any(deed in MAY[role] for role in caller.roles):
        raise NotAllowed(
            f"{caller.name} may not {deed.value}; it needs the role "
            + " or ".join(sorted(role for role in MAY if deed in MAY[role]))
        )


COUNTED_OVER: Final = timedelta(hours=1)
"""The time over which requests are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The limits of a reset; `policies.NAME` of the configuration.

    link_ttl          from the mail's acceptance to the end of an unread link, at most 24 h
    unused_ttl        from the reveal to the first use
    queue_ttl         a reset that cannot be carried out for so long fails
    release_code_ttl  from the mail's acceptance to the end of the release code
    release_code      digits | words: what the help desk reads out
    release_code_for  everybody | unenrolled: whom a code is drawn for. The second leaves out whoever has an app or a
                      passkey that the policy takes: a factor is worth no more than what stands in for it
    view              page: the page shows the password; keepass: it hands over a KeePass file, and what opens that goes
                      another way than the link
    factors           what may be used at all
    demand            which of them together open the link; as it is, any one
    link_to           the kinds of address that a link may go to; to the first one that the person has
    contact_age       an address, or an account's owner, that the directory has named for less long needs another
                      person's approval before a link goes there; 0: none does
    attempts          wrong answers, of a link and of a person, before every live link of that person is destroyed
    pause             after the second wrong answer in a row no other is looked at for so long, doubled with each more
    host_tries        how often the change is begun anew when the host's answer is lost
    follow_every      how often the host is asked whether a revealed password was used
    privileged        refuse | approve: what becomes of a userid that the host calls privileged
    per_account       so often may one account be asked for within an hour; 0: as often as anybody likes
    per_operator      so many resets may one operator ask for within an hour, admins excepted; 0: any number
    """

    name: str = "standard"
    link_ttl: timedelta = timedelta(hours=24)
    unused_ttl: timedelta = timedelta(hours=8)
    queue_ttl: timedelta = timedelta(hours=4)
    release_code_ttl: timedelta = timedelta(minutes=10)
    release_code: Literal["digits", "words"] = "digits"
    release_code_for: Literal["everybody", "unenrolled"] = "everybody"
    delivery: str = "sealed"
    view: str = "page"
    factors: tuple[str, ...] = ("totp", "release_code")
    demand: Demand = field(default_factory=Demand)
    link_to: tuple[str, ...] = (EMAIL,)
    contact_age: timedelta = timedelta(0)
    attempts: int = 5
    pause: timedelta = timedelta(seconds=1)
    approvals: int = 0
    host_tries: int = 5
    follow_every: timedelta = timedelta(minutes=5)
    privileged: Literal["refuse", "approve"] = "refuse"
    per_account: int = 10
    per_operator: int = 200

    @property
    def code_lasts(self) -> timedelta:
        """How long a release code works: for no longer than its link."""
        return min(self.release_code_ttl, self.link_ttl)

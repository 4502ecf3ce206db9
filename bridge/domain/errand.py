"""An errand: something smaller than a reset to be done or asked on a host. No password, no link.

`unlock` lifts a suspension by wrong passwords and sends a notice; `state` asks what the host says of a userid.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from bridge.domain.failure import Reason
from bridge.domain.names import Account, Name, Operator, SystemName, Userid
from bridge.domain.outcome import Profile, Standing


class ErrandId(Name):
    """Names one errand for ever: E and 12 of Crockford's base32."""

    pattern = re.compile(r"E[0-9A-HJKMNP-TV-Z]{12}")
    place = "id"
    expected = "an errand's id: E and 12 letters or digits"


class Kind(StrEnum):
    """What is to be done."""

    UNLOCK = "unlock"
    STATE = "state"


class Step(StrEnum):
    """Where an errand stands."""

    QUEUED = "queued"
    DONE = "done"
    FAILED = "failed"


MOST_TRIES: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One errand. Times are aware UTC; `answer` is what the host said, in plain values, once it is done."""

    id: ErrandId
    kind: Kind
    system: SystemName
    userid: Userid
    reason: str
    asked_by: Operator
    asked_at: datetime
    step: Step = Step.QUEUED
    ticket: str | None = None
    since: datetime
    version: int = 1
    tries: int = 0
    not_before: datetime | None = None
    failure: Reason | None = None
    failure_text: str | None = None
    answer: Mapping[str, str | bool | None] = field(default_factory=dict)

    @property
    def account(self) -> Account:
        """The userid on its system."""
        return Account(self.system, self.userid)


def end(errand: Errand, step: Step, *, at: datetime, **changes: object) -> Errand:
    """Return the errand ended."""
    return replace(errand, step=step, since=at, version=errand.version + 1, **changes)  # type: ignore[arg-type]


def again(errand: Errand, *, not_before: datetime, text: str) -> Errand:
    """Return the errand waiting for another try."""
    return replace(errand, tries=errand.tries + 1, not_before=not_before, failure_text=text, version=errand.version + 1)


def described(profile: Profile) -> dict[str, str | bool | None]:
    """What `state` answers: the host's listing in the bridge's words, nothing of its free text.

    Wrong passwords that are counted suspend nobody before the host's own limit, which ACF2 and Linux do not list.
    """
    suspended = profile.standing is Standing.SUSPENDED
    return {
        "standing": profile.standing.value,
        "must_change": profile.must_change,
        "suspended_by": profile.suspended_by if suspended else None,
        "wrong_passwords": profile.suspended_by == "violations",
        "protected": profile.protected,
        "privileged": " ".join(profile.privileged) or None,
        "has_password": profile.has_password,
        "has_phrase": profile.has_phrase,
        "last_change": profile.stamp,
        "last_use": profile.last_use,
    }


def why_no_unlock(profile: Profile) -> Reason | None:
    """Why a userid may not be unlocked; None if it may. An administrator's lock is never lifted."""
    if profile.standing is Standing.UNKNOWN:
        return Reason.UNKNOWN_USER
    if profile.protected:
        return Reason.PROTECTED_USER
    if profile.privileged:
        return Reason.PRIVILEGED_USER
    if profile.suspended_by == "administrator":
        return Reason.SUSPENDED_BY_ADMINISTRATOR
    return None

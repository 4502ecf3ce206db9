"""Whether an account may be reset at all, by what the host says of it."""

from __future__ import annotations

from bridge.domain.failure import Reason
from bridge.domain.outcome import Profile, Standing


def why_not(profile: Profile) -> Reason | None:
    """Why a reset must not touch this account; None if it may."""
    if profile.standing is Standing.UNKNOWN:
        return Reason.UNKNOWN_USER
    if profile.protected:
        return Reason.PROTECTED_USER
    if profile.privileged:
        return Reason.PRIVILEGED_USER
    if profile.suspended_by == "administrator":
        return Reason.SUSPENDED_BY_ADMINISTRATOR
    if not profile.resettable:
        return Reason.NO_PASSWORD
    return None

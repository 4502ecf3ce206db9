"""Where a reset stands, in plain words: for the command line and the console."""

from __future__ import annotations

from typing import Final

from bridge.domain.reset import Delivery

SAYS: Final = {
    "requested": "accepted",
    "awaiting_approval": "waits for somebody to approve it",
    "queued": "waits for a worker",
    "changing": "is being set on the host",
    "published": "is set, and its link is mailed",
    "revealed": "has been shown to the user",
    "completed": "is done: the user has chosen a new password",
}
ARMED: Final = {
    "changing": "is being looked up on the host",
    "published": "its link is mailed; the host is changed when the user opens it",
}
"""The same, of armed delivery. Whoever follows a reset sees it only until its link is out."""
ENDS: Final = {
    "failed": "has failed",
    "cancelled": "was called off before anything was set",
    "rejected": "was not approved",
    "expired": "its link was not opened in time",
    "revoked": "was ended by a person, a newer reset or too many wrong codes",
    "lapsed": "was shown, and not used in time",
}
CLEANED: Final = {
    "due": "due: what was set still works on the host",
    "done": "done: what was set is worthless",
}


def said(state: str, delivery: str) -> str:
    """A state in words."""
    armed = ARMED.get(state) if delivery == Delivery.ARMED else None
    return armed or SAYS.get(state) or ENDS[state]

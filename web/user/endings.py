"""How a link can be over: what its page then says, and advises."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from bridge.texts.letters import marked


class Ending(NamedTuple):
    """How a link can be over, said to whoever holds its key."""

    title: str
    text: str
    advice: str


ENDINGS: Final[Mapping[str, Ending]] = {
    "opened": Ending(
        marked("This password has already been shown"),
        marked("The password behind this link was shown once, and erased here at that moment."),
        marked(
            "If it was you, and you could not log on with it, ask for a new reset. If it was not you, call the help "
            "desk now: somebody else has seen it."
        ),
    ),
    "expired": Ending(
        marked("This link has run out"),
        marked(
            "The password was not collected in time. It has been destroyed, and it no longer works on the mainframe."
        ),
        marked("Ask for a new reset: you will get a new link."),
    ),
    "revoked": Ending(
        marked("This link has been withdrawn"),
        marked(
            "It was replaced by a newer one, or ended by you, by the help desk, or after too many wrong codes. Its "
            "password has been destroyed and does not work."
        ),
        marked("Look for a newer e-mail from us. If there is none, ask for a new reset."),
    ),
    "expired_unset": Ending(
        marked("This link has run out"),
        marked("It was not used in time. Nothing has been changed on the mainframe: your password there is as it was."),
        marked("If you still need a new password, ask for a new reset: you will get a new link."),
    ),
    "revoked_unset": Ending(
        marked("This link has been withdrawn"),
        marked(
            "It was replaced by a newer one, or ended by you, by the help desk, or after too many wrong codes. Nothing "
            "has been changed on the mainframe: your password there is as it was."
        ),
        marked("Look for a newer e-mail from us. If there is none, ask for a new reset."),
    ),
    "failed": Ending(
        marked("No new password could be set"),
        marked("The mainframe did not take the new password, or did not say whether it took it."),
        marked("Call the help desk: they can read the reason. This link does not work any more."),
    ),
}

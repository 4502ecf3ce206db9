"""What the page that asks says of an answer that led nowhere."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from bridge.domain.errors import (
    BridgeError,
    CodeUnsent,
    FactorUnreached,
    NoOtherMail,
    NoPhone,
    NotYet,
    Overtaken,
    Paused,
    QuestionLapsed,
    SignOnLapsed,
    TicketLapsed,
    TooMany,
)
from bridge.domain.second import MAIL, OIDC, PASSKEY, PHONE, RADIUS
from bridge.texts.letters import marked
from web.user.visits import TYPED

NO_CODE: Final = marked("Type the 6 digits from your authenticator app, or the 8 digits the help desk gave you.")
NO_PASSCODE: Final = marked("Type the code from your app or token, or the 8 digits the help desk gave you.")
NO_WORDS: Final = marked("Type the code from your app or token, or the words that the help desk gave you.")
NO_SIGN_ON: Final = marked("Type a code, or sign on with your company account.")
NO_PASSKEY: Final = marked("A passkey needs JavaScript, which is switched off in this browser.")
SIGN_ON: Final = marked("Sign on with your company account")
NO_MESSAGE: Final = marked("Type the code from your app, from the message we sent you, or from the help desk.")

NOTICES: Final[Mapping[type[BridgeError], tuple[int, str, int]]] = {
    NotYet: (503, "early", 5),
    QuestionLapsed: (409, "lapsed", 0),
    SignOnLapsed: (409, "sign_lapsed", 0),
    FactorUnreached: (503, "away", 60),
    NoPhone: (409, "nophone", 0),
    NoOtherMail: (409, "nomail", 0),
    CodeUnsent: (503, "unsent", 60),
    TooMany: (429, "often", 60),
    Overtaken: (409, "again", 0),
    TicketLapsed: (409, "ticket", 0),
    Paused: (429, "paused", 60),
}
"""Error → status, what the asking page says of it, and after how many seconds it may be worth another try."""


def missing(mine: Collection[str], wanted: Collection[str], *, worded: bool = False) -> str:
    """What to type or do, where nothing was typed that could be an answer. `mine`: whatever any link takes.
    `worded`: the help desk reads out words."""
    if TYPED.isdisjoint(wanted):
        return NO_PASSKEY if PASSKEY in mine else SIGN_ON
    if OIDC in mine:
        return NO_SIGN_ON
    if {PHONE, MAIL} & {*mine}:
        return NO_MESSAGE
    return NO_WORDS if worded else NO_PASSCODE if RADIUS in mine else NO_CODE

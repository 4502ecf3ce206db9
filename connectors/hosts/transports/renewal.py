"""A new password in the middle of a logon: how the host asks for it, takes it, or does not. Pure.

This is the same wherever TSO asks, so it is no part of a site's dialog; a dialog's refusals are read first.

Sources: z/OS TSO/E User's Guide, "Logging on": it is asked for twice, in the same field; RACF Messages and Codes
(ICH080..I); Broadcom KB 25705 (ACF01017, ACF00118). Not confirmed: the wording of IKJ56415I and IKJ56416I, the words
that ask for it again, and Top Secret's. They are matched loosely; what fits nothing leaves it to the next logon.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum, auto
from typing import Final

from bridge.domain.errors import Refused
from connectors.hosts.dialogs.shapes import Dialog
from connectors.hosts.transports import tso
from connectors.hosts.transports.screens import Field, Screen
from connectors.hosts.transports.tso import Place, Sight


class Turn(Enum):
    """Where a change stands, as far as one screen tells."""

    EXPIRED = auto()  # the present one is right, and a new one is demanded
    AGAIN = auto()  # the same once more
    REFUSED = auto()  # not this one


def _any(*expressions: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{each})" for each in expressions), re.IGNORECASE)


EXPIRED: Final = _any(
    r"\bIKJ56415I\b",  # CURRENT PASSWORD HAS EXPIRED
    r"\bACF01017\b",
    r"\bTSS7110E\b",
    r"(PASSWORD|PASS PHRASE)\b.*\bEXPIRED",
    r"EXPIRED.*\bNEW PASSWORD",
)
WRONG: Final = _any(
    r"\bIKJ56421I\b", r"PASSWORD NOT AUTHORIZED FOR USERID", r"\bACF01012\b", r"\bTSS7101E\b", r"\bTSS7120E\b",
    r"\bICH70003I\b",
)  # fmt: skip
LAST_STRAW: Final = _any(r"\bICH70003I\b", r"\bTSS7120E\b", r"\bREVOKED\b", r"\bSUSPENDED\b")
NEW_REFUSED: Final = _any(
    r"\bIKJ56416I\b",
    r"\bACF00118\b",
    r"\bICH080(02|14|15)I\b",
    r"NEW PASSWORD\b.*\b(NOT VALID|INVALID|REJECTED|NOT ACCEPTED|CANNOT|MATCHES|DOES NOT MEET|TOO)\b",
    r"(INVALID|ANOTHER) NEW PASSWORD",
)
AGAIN: Final = _any(
    r"RE-?ENTER.*\bPASSWORD",
    r"\bPASSWORD\b.*\bAGAIN\b",
    r"\bVERIF(Y|ICATION)\b.*\bPASSWORD",
    r"PASSWORD.*\bVERIF(Y|ICATION)\b",
)
ASKED: Final = _any(r"\bNEW PASSWORD\b", r"\bPASSWORD\b.*\bAGAIN\b")
NEW_LABEL: Final = r"\bNEW PASSWORD\b[^=]*=+>"


def what_of_password(said: Sequence[str], *, known: bool) -> Refused:
    """What a refused logon says of the password that was typed. `known`: in words that the dialog lists."""
    text = "\n".join(said)
    if WRONG.search(text):
        return Refused.LAST_STRAW if LAST_STRAW.search(text) else Refused.WRONG
    if EXPIRED.search(text):
        return Refused.EXPIRED
    return Refused.OTHER if known else Refused.UNCLEAR


def turn(screen: Screen, seen: Sight, dialog: Dialog, *, typed: int) -> tuple[Turn | None, Sight]:
    """What the screen means for a change, None if nothing; and what it means otherwise.

    typed   how often the new one has been typed: before that a host can only demand it
    """
    if not typed:
        demanded = seen.place is Place.REJECTED and EXPIRED.search("\n".join(seen.said))
        return (Turn.EXPIRED, seen) if demanded else (None, seen)
    panel = tso.panel_of(screen, dialog)
    if panel is not None:
        said = tso.messages(screen, panel)
        for pattern, what in ((NEW_REFUSED, Turn.REFUSED), (AGAIN, Turn.AGAIN)):
            if words := tso.matching(said, pattern):
                return what, Sight(Place.REJECTED, "rejected", words)
        return None, seen
    return _line_by_line(screen, seen, dialog, typed)


def _line_by_line(screen: Screen, seen: Sight, dialog: Dialog, typed: int) -> tuple[Turn | None, Sight]:
    """What led here still stands above the question; the question itself is the last line, and hides what is typed."""
    under = screen.under_cursor()
    if screen.status.unlocked and under is not None and under.takes_secret and ASKED.search(screen.last):
        if typed == 1 and AGAIN.search(screen.last):
            return Turn.AGAIN, Sight(Place.REJECTED, "rejected", (screen.last.strip(),))
        words = tso.matching(screen.lines, NEW_REFUSED)[-1:] or (screen.last.strip(),)
        return Turn.REFUSED, Sight(Place.REJECTED, "rejected", words)
    if seen.place is not Place.REJECTED:
        return None, seen
    old = tuple(line for line in seen.said if EXPIRED.search(line) or NEW_REFUSED.search(line))
    if len(old) < len(seen.said):
        return None, seen
    other = tso.message_in([line for line in screen.lines if line.strip() not in old], dialog)
    return None, other or Sight(Place.WAIT)


def new_field(screen: Screen, dialog: Dialog) -> Field | None:
    """Where a new one goes: the panel's field for it, or the hidden one under the cursor. None while there is none."""
    field = screen.behind(NEW_LABEL) if tso.panel_of(screen, dialog) is not None else screen.under_cursor()
    return field if field is not None and field.takes_secret else None

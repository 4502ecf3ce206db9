"""A new password in the middle of a logon: how the host asks for it, takes it, or does not. Pure.

The words stand under `renewal` in the dialog, where a site corrects them; its refusals are read first. What fits none
of them leaves it to the next logon. Source: z/OS TSO/E User's Guide, "Logging on": it is asked for twice, in one field.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto

from bridge.domain.errors import Refused
from connectors.hosts.dialogs.shapes import Dialog, Renewal
from connectors.hosts.transports import tso
from connectors.hosts.transports.screens import Field, Screen
from connectors.hosts.transports.tso import Place, Sight


class Turn(Enum):
    """Where a change stands, as far as one screen tells."""

    EXPIRED = auto()  # the present one is right, and a new one is demanded
    AGAIN = auto()  # the same once more
    REFUSED = auto()  # not this one


def what_of_password(said: Sequence[str], words: Renewal, *, known: bool) -> Refused:
    """What a refused logon says of the password that was typed. `known`: in words that the dialog lists."""
    text = "\n".join(said)
    if words.wrong.anywhere.search(text):
        return Refused.LAST_STRAW if words.last_straw.anywhere.search(text) else Refused.WRONG
    if words.expired.anywhere.search(text):
        return Refused.EXPIRED
    return Refused.OTHER if known else Refused.UNCLEAR


def turn(screen: Screen, seen: Sight, dialog: Dialog, *, typed: int) -> tuple[Turn | None, Sight]:
    """What the screen means for a change, None if nothing; and what it means otherwise.

    typed   how often the new one has been typed: before that a host can only demand it
    """
    words = dialog.renewal
    if not typed:
        demanded = seen.place is Place.REJECTED and words.expired.anywhere.search("\n".join(seen.said))
        return (Turn.EXPIRED, seen) if demanded else (None, seen)
    panel = tso.panel_of(screen, dialog)
    if panel is not None:
        said = tso.messages(screen, panel)
        for each, what in ((words.refused, Turn.REFUSED), (words.again, Turn.AGAIN)):
            if found := tso.matching(said, each.anywhere):
                return what, Sight(Place.REJECTED, "rejected", found)
        return None, seen
    return _line_by_line(screen, seen, dialog, typed)


def _line_by_line(screen: Screen, seen: Sight, dialog: Dialog, typed: int) -> tuple[Turn | None, Sight]:
    """What led here still stands above the question; the question itself is the last line, and hides what is typed."""
    words, under = dialog.renewal, screen.under_cursor()
    if screen.status.unlocked and under is not None and under.takes_secret and words.asked.anywhere.search(screen.last):
        if typed == 1 and words.again.anywhere.search(screen.last):
            return Turn.AGAIN, Sight(Place.REJECTED, "rejected", (screen.last.strip(),))
        found = tso.matching(screen.lines, words.refused.anywhere)[-1:] or (screen.last.strip(),)
        return Turn.REFUSED, Sight(Place.REJECTED, "rejected", found)
    if seen.place is not Place.REJECTED:
        return None, seen
    known = (words.expired.anywhere, words.refused.anywhere)
    old = tuple(line for line in seen.said if any(one.search(line) for one in known))
    if len(old) < len(seen.said):
        return None, seen
    other = tso.message_in([line for line in screen.lines if line.strip() not in old], dialog)
    return None, other or Sight(Place.WAIT)


def new_field(screen: Screen, dialog: Dialog) -> Field | None:
    """Where a new one goes: the panel's field for it, or the hidden one under the cursor. None while there is none."""
    label = dialog.renewal.field_pattern
    on_panel = tso.panel_of(screen, dialog) is not None
    field = (screen.behind(label) if label else None) if on_panel else screen.under_cursor()
    return field if field is not None and field.takes_secret else None

"""Where the passwords go, drawn: the host's own screens, cut down to what matters at the first logon.

In a row `{userid}` is the user's, `{old}` the field for the password just shown, `{new}` that for the user's own.
Forty columns at most, so that a phone shows them whole. The drawing is for the eye; the page says the same in words.

Sources: TSO/E Customization (logon panel); TSO/E Messages (IKJ56415I, IKJ56714A); Broadcom, ACF2 Messages (ACF01017,
ACF82004) and Top Secret Message Reference (TSS7110E); OpenSSH with PAM; IBM i, Sign On and Change Password (CHGPWD).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

FIELDS: Final = (
    "Userid       ===> {userid}",
    "Password     ===> {old}",
    "New Password ===> {new}",
)
TITLE: Final = "------------ TSO/E LOGON -------------"
PANELS: Final[Mapping[str, Sequence[str]]] = {
    "racf": (TITLE, "IKJ56415I CURRENT PASSWORD HAS EXPIRED", "", *FIELDS),
    "acf2": (TITLE, "ACF01017 PASSWORD FOR LOGONID {userid}", "HAS EXPIRED", "", *FIELDS),
    "topsecret": (TITLE, "TSS7110E Password Has Expired.", "New Password Missing", "", *FIELDS),
    "ibmi": ("               Sign On", "User  . . . . .  {userid}", "Password  . . .  {old}", "",
             "           Change Password", "Current password {old}", "New password     {new}",
             "New password", "  (to verify)    {new}"),
}  # fmt: skip
LINES: Final[Mapping[str, Sequence[str]]] = {
    "racf": ("IKJ56714A ENTER CURRENT PASSWORD", "FOR {userid}- {old}", "IKJ56415I CURRENT PASSWORD HAS EXPIRED",
             "IKJ56714A ENTER NEW PASSWORD", "FOR {userid}- {new}"),
    "acf2": ("ACF82004 ACF2, ENTER PASSWORD - {old}", "ACF01017 PASSWORD FOR LOGONID {userid}", "HAS EXPIRED",
             "ACF2, ENTER NEW PASSWORD - {new}"),
    "topsecret": ("IKJ56714A ENTER CURRENT PASSWORD", "FOR {userid}- {old}", "TSS7110E Password Has Expired.",
                  "IKJ56714A ENTER NEW PASSWORD", "FOR {userid}- {new}"),
    "unix": ("Password: {old}", "You must change your password now.", "Current password: {old}",
             "New password: {new}", "Retype new password: {new}"),
}  # fmt: skip
"""Product → what it asks where there are no panels."""

AROUND: Final = " .=>:()-"
PIECE: Final = re.compile(r"(\{\w+\})")


class Piece(NamedTuple):
    """Part of a row: its text, and which slot it is, if any (old, new)."""

    text: str
    slot: str = ""


Drawing = list[list[Piece]]


def panel(product: str, userid: str) -> Drawing:
    """The full-screen panel; empty where the product has none."""
    return [_pieces(row, userid) for row in PANELS.get(product, ())]


def lines(product: str, userid: str) -> Drawing:
    """What is asked line by line; empty where the product does not ask that way."""
    return [_pieces(row, userid) for row in LINES.get(product, ())]


def labels(drawing: Drawing) -> Mapping[str, str]:
    """What the screen calls its fields, for who hears the page: slot → the words ahead of it, each once."""
    found: dict[str, list[str]] = {"old": [], "new": []}
    for row in drawing:
        for before, piece in pairwise(row):
            name = before.text.strip(AROUND)
            if piece.slot and name not in found[piece.slot]:
                found[piece.slot].append(name)
    return {slot: ", ".join(names) for slot, names in found.items()}


def _pieces(row: str, userid: str) -> list[Piece]:
    known = {"{userid}": Piece(userid), "{old}": Piece("", "old"), "{new}": Piece("", "new")}
    return [known.get(part) or Piece(part) for part in PIECE.split(row) if part]

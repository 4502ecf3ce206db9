"""Which characters a host's code page holds, and which of them it means by # @ $.

What a page does not hold is refused before it is typed.

Source: IBM's character sets 697 (Latin-1 in every page listed here, in different places) and 695 (the same with the
euro sign for the currency sign). Python has no codec for most of these pages, but only the set is needed: s3270
translates.

In userids and passwords of the mainframe # @ $ are the bytes X'7B' X'7C' X'5B', whatever a page shows there: § in
German, Ä Ö Å in Swedish. Here, in the configuration and in the API they are written # @ $ everywhere. Source: z/OS
Security Server RACF General User's Guide, changing your password; the bytes of each page from IBM's CDRA tables.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from bridge.domain.errors import ConfigFault
from bridge.domain.secret import Line, Secret

ASCII: Final = frozenset(map(chr, range(0x20, 0x7F)))
LATIN_1: Final = ASCII | frozenset(map(chr, range(0xA1, 0x100)))
EURO: Final = (LATIN_1 - {"¤"}) | {"€"}

PAGES: Final = {
    **dict.fromkeys(("037", "273", "277", "278", "280", "284", "285", "297", "500", "871", "1047"), LATIN_1),
    **dict.fromkeys(("1140", "1141", "1142", "1143", "1144", "1145", "1146", "1147", "1148", "1149"), EURO),
}
OTHERS: Final = {"424": "cp424", "875": "cp875", "1026": "cp1026"}
"""Pages with another alphabet for which Python has a codec."""
NATIONALS: Final = "#@$"
SHOWN: Final = {
    **dict.fromkeys(("273", "1141"), "#§$"), **dict.fromkeys(("277", "1142"), "ÆØÅ"),
    **dict.fromkeys(("278", "1143"), "ÄÖÅ"), **dict.fromkeys(("280", "1144"), "£§$"),
    **dict.fromkeys(("284", "1145"), "Ñ@$"), **dict.fromkeys(("285", "1146"), "#@£"),
    **dict.fromkeys(("297", "1147"), "£à$"), **dict.fromkeys(("871", "1149"), "#Ð$"),
}  # fmt: skip
"""Page → what it has at the bytes of # @ $, where that is something else."""
LONGEST_PASSWORD: Final = 8
"""A longer secret is a phrase, in which any character may stand for itself."""


def national(text: str, codepage: str) -> str:
    """A userid, or a command with one, in the characters that give the host the bytes it knows it by."""
    shown = SHOWN.get(page_number(codepage))
    return text.translate(str.maketrans(NATIONALS, shown)) if shown else text


def national_secret(secret: Secret, codepage: str) -> Secret:
    """The same of a password; the very same one where nothing in it moves."""
    text = secret.expose()
    moved = national(text, codepage)
    return secret if moved == text or len(text) > LONGEST_PASSWORD else Secret(moved)


def national_line(line: Line, codepage: str) -> Line:
    """The same of a command."""
    if page_number(codepage) not in SHOWN:
        return line
    return Line(*(national_secret(part, codepage) if isinstance(part, Secret) else national(part, codepage)
                  for part in line.parts))  # fmt: skip


def page_number(codepage: str) -> str:
    """Return the number as s3270 writes it: "37", "cp037" and "IBM-037" are 037."""
    return codepage.upper().removeprefix("IBM").removeprefix("CP").removeprefix("-").rjust(3, "0")


@cache
def characters(codepage: str) -> frozenset[str]:
    """Return what can be typed. Raises ConfigFault for a page that is not known here."""
    number = page_number(codepage)
    if number in PAGES:
        return PAGES[number]
    if number not in OTHERS:
        known = ", ".join(sorted({*PAGES, *OTHERS}, key=int))
        raise ConfigFault([f"transport.codepage: no such page: {codepage!r}; known are {known}"])
    held = bytes(range(0x40, 0xFF)).decode(OTHERS[number], errors="ignore")
    return frozenset(each for each in held if each.isprintable() and each != "\xa0")

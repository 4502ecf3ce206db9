"""Which characters a host's code page holds; what it does not hold is refused before it is typed.

Source: IBM's character sets 697 (Latin-1 in every page listed here, in different places) and 695 (the same with the
euro sign for the currency sign). Python has no codec for most of these pages, but only the set is needed: s3270
translates.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from bridge.domain.errors import ConfigFault

ASCII: Final = frozenset(map(chr, range(0x20, 0x7F)))
LATIN_1: Final = ASCII | frozenset(map(chr, range(0xA1, 0x100)))
EURO: Final = (LATIN_1 - {"¤"}) | {"€"}

PAGES: Final = {
    **dict.fromkeys(("037", "273", "277", "278", "280", "284", "285", "297", "500", "871", "1047"), LATIN_1),
    **dict.fromkeys(("1140", "1141", "1142", "1143", "1144", "1145", "1146", "1147", "1148", "1149"), EURO),
}
OTHERS: Final = {"424": "cp424", "875": "cp875", "1026": "cp1026"}
"""Pages with another alphabet for which Python has a codec."""


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

"""EBCDIC code pages by number: text to the bytes that a 3270 carries, and back.

Python has codecs for some pages only. The others are kept here as what differs from a page that it has; every
one of them holds the characters of Latin-1, elsewhere. Source: IBM's CDRA tables as in the GNU C library's iconv.
"""

from functools import cache
from typing import Final

KNOWN_TO_PYTHON: Final = {
    "037": "cp037", "273": "cp273", "500": "cp500", "875": "cp875", "1026": "cp1026", "1140": "cp1140",
}  # fmt: skip

DIFFERENCES: Final[dict[str, tuple[str, dict[int, str]]]] = {
    "1047": ("037", {0x5F: "^", 0xAD: "[", 0xB0: "¬", 0xBA: "Ý", 0xBB: "¨", 0xBD: "]"}),
    "277": ("500", {
        0x47: "}", 0x4A: "#", 0x5A: "¤", 0x5B: "Å", 0x67: "$", 0x6A: "ø", 0x70: "¦", 0x7B: "Æ", 0x7C: "Ø",
        0x80: "@", 0x9C: "{", 0x9E: "[", 0x9F: "]", 0xA1: "ü", 0xC0: "æ", 0xD0: "å", 0xDC: "~",
    }),
    "278": ("500", {
        0x43: "{", 0x47: "}", 0x4A: "§", 0x51: "`", 0x5A: "¤", 0x5B: "Å", 0x63: "#", 0x67: "$", 0x6A: "ö",
        0x71: "\\", 0x79: "é", 0x7B: "Ä", 0x7C: "Ö", 0x9F: "]", 0xA1: "ü", 0xB5: "[", 0xC0: "ä", 0xCC: "¦",
        0xD0: "å", 0xDC: "~", 0xE0: "É", 0xEC: "@",
    }),
    "280": ("500", {
        0x44: "{", 0x48: "\\", 0x4A: "°", 0x51: "]", 0x54: "}", 0x58: "~", 0x5A: "é", 0x6A: "ò", 0x79: "ù",
        0x7B: "£", 0x7C: "§", 0x90: "[", 0xA1: "ì", 0xB1: "#", 0xB5: "@", 0xC0: "à", 0xCD: "¦", 0xD0: "è",
        0xDD: "`", 0xE0: "ç",
    }),
    "284": ("037", {
        0x49: "¦", 0x4A: "[", 0x5A: "]", 0x69: "#", 0x6A: "ñ", 0x7B: "Ñ", 0xA1: "¨", 0xB0: "¢", 0xBA: "^",
        0xBB: "!", 0xBD: "~",
    }),
    "285": ("037", {
        0x4A: "$", 0x5B: "£", 0xA1: "¯", 0xB0: "¢", 0xB1: "[", 0xBA: "^", 0xBC: "~",
    }),
    "297": ("500", {
        0x44: "@", 0x48: "\\", 0x4A: "°", 0x51: "{", 0x54: "}", 0x5A: "§", 0x6A: "ù", 0x79: "µ", 0x7B: "£",
        0x7C: "à", 0x90: "[", 0xA0: "`", 0xA1: "¨", 0xB1: "#", 0xB5: "]", 0xBD: "~", 0xC0: "é", 0xD0: "è",
        0xDD: "¦", 0xE0: "ç",
    }),
    "871": ("500", {
        0x4A: "þ", 0x5A: "Æ", 0x5F: "Ö", 0x79: "ð", 0x7C: "Ð", 0x8C: "`", 0x8E: "{", 0x9C: "}", 0x9E: "]",
        0xA1: "ö", 0xAC: "@", 0xAE: "[", 0xBE: "\\", 0xC0: "Þ", 0xCC: "~", 0xD0: "æ", 0xE0: "´", 0xEC: "^",
    }),
    "1141": ("273", {0x9F: "€"}), "1142": ("277", {0x5A: "€"}), "1143": ("278", {0x5A: "€"}),
    "1144": ("280", {0x9F: "€"}), "1145": ("284", {0x9F: "€"}), "1146": ("285", {0x9F: "€"}),
    "1147": ("297", {0x9F: "€"}), "1148": ("500", {0x9F: "€"}), "1149": ("871", {0x9F: "€"}),
}  # fmt: skip

NATIONAL_BYTES: Final = b"\x7b\x7c\x5b"
"""What RACF calls # @ $: it means the bytes, whatever a national page shows there (General User's Guide)."""
NATIONALS: Final = "#@$"

SPECIAL_BYTES: Final = bytes.fromhex("4B4C4E4F505A5C606C6D6E6F7A7E")
"""RACF's optional specials, in the order of the Security Administrator's Guide."""


class Codepage:
    """One page. `encode` raises UnicodeEncodeError for a character that the page does not have."""

    def __init__(self, number: str, table: str) -> None:
        self.number = number
        self._characters = table
        self._bytes = {character: byte for byte, character in enumerate(table)}

    def encode(self, text: str) -> bytes:
        try:
            return bytes(self._bytes[character] for character in text)
        except KeyError as missing:
            at = text.index(str(missing.args[0]))
            raise UnicodeEncodeError(f"cp{self.number}", text, at, at + 1, "not in this page") from None

    def encode_for_show(self, text: str) -> bytes:
        """As `encode`, with a question mark for what the page does not have."""
        unknown = self._bytes["?"]
        return bytes(self._bytes.get(character, unknown) for character in text)

    def decode(self, data: bytes) -> str:
        return "".join(self._characters[byte] for byte in data)

    def nationals(self) -> str:
        return NATIONALS

    def specials(self) -> str:
        return self.decode(SPECIAL_BYTES)


class HostPage(Codepage):
    """The host's own end: # @ $ are bytes to it, and what a page has by these names elsewhere is none of them."""

    def __init__(self, number: str, table: str) -> None:
        super().__init__(number, table)
        strange = "".join("\ufffd" if character in NATIONALS else character for character in table)
        named = dict(zip(NATIONAL_BYTES, NATIONALS, strict=True))
        self._characters = "".join(named.get(byte, character) for byte, character in enumerate(strange))
        self._bytes |= dict(zip(NATIONALS, NATIONAL_BYTES, strict=True))


@cache
def host_page(number: str) -> HostPage:
    """The page with this number, as the programs on the host take it."""
    page = codepage(number)
    return HostPage(page.number, page.decode(bytes(range(256))))


@cache
def codepage(number: str) -> Codepage:
    """Return the page with this number, as "037", "cp037" or "IBM-037". Raises LookupError for one not carried here."""
    plain = number.upper().removeprefix("IBM").removeprefix("CP").removeprefix("-").rjust(3, "0")
    return Codepage(plain, _table(plain))


def numbers() -> list[str]:
    return sorted({*KNOWN_TO_PYTHON, *DIFFERENCES})


def _table(number: str) -> str:
    if number in KNOWN_TO_PYTHON:
        return bytes(range(256)).decode(KNOWN_TO_PYTHON[number], errors="replace")
    if number not in DIFFERENCES:
        raise LookupError(f"code page {number} is not carried here; these are: {', '.join(numbers())}")
    base, differences = DIFFERENCES[number]
    characters = list(_table(base))
    for byte, character in differences.items():
        characters[byte] = character
    return "".join(characters)

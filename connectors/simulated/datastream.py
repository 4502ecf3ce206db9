"""The 3270 data stream: what the host writes, and what the terminal sends back.

Source: IBM 3270 Data Stream Programmer's Reference (GA23-0059). Rows and columns count from 1. A screen has 24 by 80
cells, or those of the terminal's model after Erase/Write Alternate.
"""

from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Final

from connectors.simulated.codepages import Codepage

ROWS: Final = 24
COLUMNS: Final = 80

SIX_BITS: Final = bytes.fromhex(
    "40C1C2C3C4C5C6C7C8C94A4B4C4D4E4F"
    "50D1D2D3D4D5D6D7D8D95A5B5C5D5E5F"
    "6061E2E3E4E5E6E7E8E96A6B6C6D6E6F"
    "F0F1F2F3F4F5F6F7F8F97A7B7C7D7E7F"
)
"""How six bits are written as a graphic character: addresses and attributes."""

WRITE, ERASE_WRITE, ERASE_WRITE_ALTERNATE, WRITE_STRUCTURED = 0xF1, 0xF5, 0x7E, 0xF3
SBA, SF, IC, SA, GE = 0x11, 0x1D, 0x13, 0x28, 0x08
READ_PARTITION_QUERY: Final = bytes((WRITE_STRUCTURED, 0x00, 0x05, 0x01, 0xFF, 0x02))


class Control(IntFlag):
    """The write control character, before it is made graphic."""

    NONE = 0x00
    RESET_MODIFIED = 0x01
    RESTORE_KEYBOARD = 0x02
    ALARM = 0x04


class Attribute(IntFlag):
    """Field attribute bits."""

    PLAIN = 0x00
    MODIFIED = 0x01
    BRIGHT = 0x08
    HIDDEN = 0x0C
    NUMERIC = 0x10
    PROTECTED = 0x20
    SKIP = 0x30


class Aid(IntEnum):
    """Attention identifiers, and two keys that travel as telnet commands."""

    NONE = 0x60
    STRUCTURED = 0x88
    ENTER = 0x7D
    PF1 = 0xF1
    PF3 = 0xF3
    PF12 = 0x7C
    PF13 = 0xC1
    PF15 = 0xC3
    PA1 = 0x6C
    PA2 = 0x6E
    PA3 = 0x6B
    CLEAR = 0x6D
    SYSREQ = 0xF0
    ATTENTION = 0x100


SHORT_READS: Final = frozenset({Aid.PA1, Aid.PA2, Aid.PA3, Aid.CLEAR})


@dataclass(frozen=True, slots=True)
class Typed:
    """What one key sent: the key, the cursor, and the modified fields by the cell where their data begins.

    An unformatted screen has one entry, at -1. Nulls have been left out by the terminal.
    """

    aid: int
    cursor: int = 0
    fields: tuple[tuple[int, bytes], ...] = ()


def cell(row: int, column: int, columns: int = COLUMNS) -> int:
    return (row - 1) * columns + column - 1


def graphic(six_bits: int) -> int:
    return SIX_BITS[six_bits & 0x3F]


def address(at: int) -> bytes:
    """Return a 12-bit buffer address, as on screens under 4096 cells."""
    return bytes((SIX_BITS[at >> 6 & 0x3F], SIX_BITS[at & 0x3F]))


def read_address(first: int, second: int) -> int:
    """Return the cell; a first byte with zero on top is a 14-bit address, any other a 12-bit one."""
    if first & 0xC0 == 0:
        return first << 8 | second
    return (first & 0x3F) << 6 | second & 0x3F


class Writer:
    """Builds one outbound write, order by order."""

    def __init__(self, page: Codepage, command: int, control: Control, columns: int = COLUMNS) -> None:
        self._page, self._columns = page, columns
        self._data = bytearray((command, graphic(control)))

    def at(self, row: int, column: int) -> "Writer":
        self._data += bytes((SBA,)) + address(cell(row, column, self._columns))
        return self

    def field(self, attribute: Attribute) -> "Writer":
        self._data += bytes((SF, graphic(attribute)))
        return self

    def text(self, text: str) -> "Writer":
        self._data += self._page.encode_for_show(text)
        return self

    def cursor(self) -> "Writer":
        self._data.append(IC)
        return self

    def bytes(self) -> bytes:
        return bytes(self._data)


def read_typed(data: bytes) -> Typed | None:
    """Read an inbound record; None for one too short to be from a terminal."""
    if not data:
        return None
    if len(data) < 3:
        return Typed(data[0])
    fields: list[tuple[int, bytearray]] = []
    at = 3
    while at < len(data):
        if data[at] == SBA and at + 2 < len(data):
            fields.append((read_address(data[at + 1], data[at + 2]), bytearray()))
            at += 3
        elif data[at] == SA:
            at += 3
        elif data[at] == GE:
            at += 2
        else:
            if not fields:
                fields.append((-1, bytearray()))
            fields[-1][1].append(data[at])
            at += 1
    return Typed(data[0], read_address(data[1], data[2]), tuple((start, bytes(text)) for start, text in fields))

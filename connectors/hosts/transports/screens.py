"""What s3270 says turned into values: status line, rows of a screen, and its fields. Pure.

Source: x3270 documentation, "s3270 status line" and ReadBuffer(); attribute bits from the 3270 Data Stream
Programmer's Reference (GA23-0059): 20 protected, 0C non-display.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self

STATUS: Final = re.compile(
    rb"([ULE]) ([FU]) ([PU]) (N|C\(.*\)) ([NILCP]) (\d+) (\d+) (\d+) (\d+) (\d+) 0x[0-9a-f]+ (?:-|\d+\.\d+)"
)
PROTECTED: Final = 0x20
DISPLAY_BITS: Final = 0x0C
NON_DISPLAY: Final = 0x0C
ATTRIBUTE: Final = re.compile(r"SF\((?:[0-9a-f]{2}=[0-9a-f]{2},)*?c0=([0-9a-f]{2})[^)]*\)")


@dataclass(frozen=True, slots=True)
class Status:
    """One status line. `cursor` is (row, column) from 0; `mode` I is 3270 (SSCP too), P not negotiated, N none."""

    unlocked: bool
    formatted: bool
    protected: bool
    connected: bool
    mode: str
    size: tuple[int, int]
    cursor: tuple[int, int]

    @classmethod
    def read(cls, line: bytes) -> Self:
        """Read the line. Raises ValueError if it is none."""
        found = STATUS.fullmatch(line.strip())
        if not found:
            raise ValueError("not a status line")
        keyboard, shape, field, line_state, mode, _, rows, columns, row, column = found.groups()
        return cls(
            unlocked=keyboard == b"U",
            formatted=shape == b"F",
            protected=field == b"P",
            connected=line_state != b"N",
            mode=mode.decode("ascii"),
            size=(int(rows), int(columns)),
            cursor=(int(row), int(column)),
        )


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `start` is the cell after its attribute, counted from 0 over all rows; `length` in cells.

    text   what stands in it, nulls as blanks; of a hidden field, too: never to be logged
    filled how many of its cells hold anything
    """

    start: int
    length: int
    protected: bool
    hidden: bool
    text: str
    filled: int

    def __repr__(self) -> str:
        return f"Field({self.start}, {self.length}, protected={self.protected}, hidden={self.hidden})"

    @property
    def takes_secret(self) -> bool:
        """Whether something typed here stays invisible."""
        return self.hidden and not self.protected

    def holds(self, cell: int) -> bool:
        return self.start <= cell < self.start + self.length


@dataclass(frozen=True)
class Screen:
    """Rows without what hidden fields hold, at full width; fields in the order of the screen, if they were read."""

    rows: tuple[str, ...]
    status: Status
    fields: tuple[Field, ...] = ()

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The rows up to the last one that is not blank, without trailing blanks."""
        stripped = [row.rstrip() for row in self.rows]
        while stripped and not stripped[-1]:
            stripped.pop()
        return tuple(stripped)

    @cached_property
    def said(self) -> str:
        """The lines as one text, as they stand there; capitals would turn one letter of German into two."""
        return "\n".join(self.lines)

    @property
    def blank(self) -> bool:
        return not self.lines

    @property
    def last(self) -> str:
        """The last line that is not blank."""
        return self.lines[-1] if self.lines else ""

    @property
    def cursor_cell(self) -> int:
        row, column = self.status.cursor
        return row * self.status.size[1] + column

    @property
    def marks(self) -> tuple[object, ...]:
        """What tells this screen from another: its lines, and how full each field is, hidden ones too."""
        return self.lines, tuple(each.filled for each in self.fields)

    def under_cursor(self) -> Field | None:
        """The field that the cursor stands in."""
        return next((each for each in self.fields if each.holds(self.cursor_cell)), None)

    @property
    def takes_no_input(self) -> bool:
        """Whether there are fields, and the cursor stands on the attribute of one or where nothing may be typed."""
        under = self.under_cursor()
        return bool(self.fields) and (under is None or under.protected)

    def at(self, start: int) -> Field | None:
        """The field that starts at this cell."""
        return next((each for each in self.fields if each.start == start), None)

    def behind(self, label: str) -> Field | None:
        """The first unprotected field to the right of a label, in its row. `label` is a regular expression."""
        found = self._find(label)
        if found is None:
            return None
        row, _, end = found
        return next((each for each in self._inputs(row) if each.start >= end), None)

    def ahead_of(self, label: str) -> Field | None:
        """The last unprotected field to the left of a label, in its row."""
        found = self._find(label)
        if found is None:
            return None
        row, start, _ = found
        return next((each for each in reversed(self._inputs(row)) if each.start < start), None)

    def next_to(self, label: str, field: Field) -> bool:
        """Whether nothing but dots, blanks and one arrow is between a label and the field behind it."""
        found = self._find(label)
        if found is None:
            return False
        row, start, end = found
        width = self.status.size[1]
        between = self.rows[row][start % width : field.start % width]
        return field.start // width == row and between.count(">") <= max(1, between[: end - start].count(">"))

    def _find(self, label: str) -> tuple[int, int, int] | None:
        width = self.status.size[1]
        for row, text in enumerate(self.rows):
            if found := re.search(label, text, re.IGNORECASE):
                return row, row * width + found.start(), row * width + found.end()
        return None

    def _inputs(self, row: int) -> list[Field]:
        width = self.status.size[1]
        return [each for each in self.fields if not each.protected and each.start // width == row]


def from_ascii(data: Sequence[bytes], status: Status) -> Screen:
    """Read the answer to Ascii(), from which s3270 leaves out what hidden fields hold."""
    width = status.size[1]
    rows = b"\n".join(data).decode("utf-8", "replace").split("\n") if data else []
    return Screen(tuple(row.ljust(width) for row in rows), status)


def from_buffer(data: Sequence[bytes], status: Status) -> Screen:
    """Read the answer to ReadBuffer(Ascii): one token a cell, and SA(…) that take none."""
    cells: list[str] = []
    attributes: list[tuple[int, int]] = []
    for token in " ".join(row.decode("ascii", "replace") for row in data).split():
        if token.startswith("SA("):
            continue
        if found := ATTRIBUTE.fullmatch(token):
            attributes.append((len(cells), int(found[1], 16)))
            cells.append(" ")
        else:
            cells.append(_character(token))
    fields = _fields(cells, attributes)
    width = status.size[1]
    shown = _without_hidden(cells, fields)
    rows = tuple("".join(shown[at : at + width]) for at in range(0, len(shown), width))
    return Screen(rows, status, fields)


def _character(token: str) -> str:
    """One cell; "" for a null, so that it can be told from a blank."""
    try:
        text = bytes.fromhex(token.removeprefix("GE(").removesuffix(")")).decode("utf-8", "replace")
    except ValueError:
        return " "
    return "" if text == "\0" else text[:1]


def _fields(cells: Sequence[str], attributes: Sequence[tuple[int, int]]) -> tuple[Field, ...]:
    """A field reaches to the next attribute; the last one around the end of the screen to the first."""
    found = []
    for number, (at, bits) in enumerate(attributes):
        start = at + 1
        end = attributes[number + 1][0] if number + 1 < len(attributes) else len(cells)
        content = list(cells[start:end])
        if number + 1 == len(attributes):
            content += cells[: attributes[0][0]]
        found.append(
            Field(
                start=start % len(cells),
                length=len(content),
                protected=bool(bits & PROTECTED),
                hidden=bits & DISPLAY_BITS == NON_DISPLAY,
                text="".join(each or " " for each in content),
                filled=sum(bool(each.strip()) for each in content),
            )
        )
    return tuple(found)


def _without_hidden(cells: Sequence[str], fields: Sequence[Field]) -> list[str]:
    shown = [each or " " for each in cells]
    for field in fields:
        if field.hidden:
            for at in range(field.start, field.start + field.length):
                shown[at % len(shown)] = " "
    return shown

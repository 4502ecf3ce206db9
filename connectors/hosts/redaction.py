"""What is kept of a session, without its secrets: whole or in pieces, over rows, fields and pages, in whatever case.

A secret may be wrapped at the end of a row, stand in two fields, go on behind `***` on the next page, be set in a frame
or spelled with dots between. So the same cells are read in several ways, and what is a secret in one of them is covered
in all. That covers too much now and then: a transcript is for looking at screens, and its own words can be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from bridge.domain.secret import Secret
from connectors.hosts.transcript import Shown
from connectors.hosts.transports.masking import Mask

COVER: Final = "*"
MORE: Final = "***"
ADDRESS: Final = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")

Cell = tuple[int, int, int]
"""Screen, row, column."""


def redact(shown: Sequence[Shown], secrets: Iterable[Secret], names: Mapping[str, str] | None = None) -> list[Shown]:
    """The screens in their order, with secrets covered and names replaced.

    names   what somebody is called → what to call it; letter by letter, so that columns keep their places
    """
    known = tuple(secrets)
    cells = [[list(row) for row in each.rows] for each in shown]
    covered: set[Cell] = set()
    masks = Mask(known, pieces=True), Mask(known, bare=True, pieces=True)
    for view in _views(shown):
        for mask, kept in zip(masks, (str.isprintable, str.isalnum), strict=True):
            places = [place for place in view if kept(_at(cells, place)) and not _at(cells, place).isspace()]
            text = "".join(_at(cells, place) for place in places)
            for start, end in mask.spans(text):
                covered.update(places[start:end])
    for screen, row, column in covered:
        cells[screen][row][column] = COVER
    found = [replace(each, rows=_named(cells[number], names or {})) for number, each in enumerate(shown)]
    return [replace(each, place=_line(each.place, masks[0], names or {})) for each in found]


def _at(cells: Sequence[Sequence[Sequence[str]]], place: Cell) -> str:
    screen, row, column = place
    return cells[screen][row][column]


def _views(shown: Sequence[Shown]) -> Iterator[list[Cell]]:
    """The ways to read: all rows, rows without `***`, input fields, protected fields, each block of columns."""
    rows = [(s, r) for s, each in enumerate(shown) for r in range(len(each.rows))]
    text = [(s, r) for s, r in rows if shown[s].rows[r].strip() != MORE]
    for some in (rows, text):
        yield [(s, r, c) for s, r in some for c in range(len(shown[s].rows[r]))]
    for protected in (False, True):
        yield [place for s, each in enumerate(shown) for place in _fields(s, each, protected=protected)]
    for number, each in enumerate(shown):
        for left, right in _blocks(each):
            yield [
                (number, r, c) for r, row in enumerate(each.rows) for c in range(left, min(right, len(row)))
            ]  # fmt: skip


def _fields(number: int, shown: Shown, *, protected: bool) -> Iterator[Cell]:
    """The cells of the fields of one kind, in the order of the screen."""
    width = shown.size[1]
    for start, length, is_protected, _ in shown.fields:
        if is_protected is protected:
            for at in range(start, start + length):
                row, column = divmod(at % (width * shown.size[0]), width)
                if row < len(shown.rows) and column < len(shown.rows[row]):
                    yield number, row, column


def _blocks(shown: Shown) -> Iterator[tuple[int, int]]:
    """Columns of text: what stands below each other between two columns that are blank from top to bottom."""
    width = max((len(row) for row in shown.rows), default=0)
    blank = [all(c >= len(row) or row[c].isspace() for row in shown.rows) for c in range(width)] + [True]
    left: int | None = None
    for column, empty in enumerate(blank):
        if empty and left is not None:
            yield left, column
            left = None
        elif not empty and left is None:
            left = column


def _named(rows: Sequence[Sequence[str]], names: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(renamed("".join(row), names) for row in rows)


def renamed(text: str, names: Mapping[str, str]) -> str:
    """A text with names replaced and the digits of addresses gone."""
    for name, other in names.items():
        if name:
            stands_for = (other + "0" * len(name))[: len(name)]
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", stands_for, text, flags=re.IGNORECASE)
    return ADDRESS.sub(lambda found: re.sub(r"\d", "0", found[0]), text) if names else text


def _line(text: str, mask: Mask, names: Mapping[str, str]) -> str:
    return renamed(mask.rows([text])[0], names)

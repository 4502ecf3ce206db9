"""What a screen lacks of one that the dialog expects, in words for whoever writes the dialog. Pure.

Nearly always it is a sign at another place than the file says, a screen ahead that fits as well, or a label that stands
there otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Final

from connectors.hosts.dialogs.shapes import ANY, Dialog, Entry, Rule, Spot
from connectors.hosts.transports import tso
from connectors.hosts.transports.screens import Field, Screen

MOST: Final = 2
"""How many screens are spoken of."""
MOST_FIELDS: Final = 4
MOST_WORDS: Final = 4


def nearly(screen: Screen, dialog: Dialog, after: str, taken: str = "") -> str:
    """Which of the screens that may come it could be meant for, and why it is none of them; "" where none is near.

    after   the screen before, "" at the beginning
    taken   the screen that it was taken for and that is not expected here
    """
    rule = dialog.screens.get(after)
    names = rule.next if rule is not None else dialog.begin
    every = tuple(dialog.screens) if ANY in names else names
    said = list(
        _hidden_by(screen, dialog, every, taken) if taken in dialog.screens else _misfits(screen, dialog, every)
    )
    return "; ".join(said[:MOST])


def _hidden_by(screen: Screen, dialog: Dialog, names: Iterable[str], taken: str) -> Iterator[str]:
    for name in names:
        if name != taken and tso.fits(screen, dialog.screens[name]):
            yield (
                f"{name} fits as well, and {taken} stands ahead of it in the dialog: put {name} ahead, or know {taken} "
                "by a sign that is not on this screen"
            )


def _misfits(screen: Screen, dialog: Dialog, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        rule = dialog.screens[name]
        if rule.only_out or tso.fits(screen, rule):
            continue
        for spot in rule.at:
            if moved := _moved(screen, spot):
                place = f"in row {spot.row}, column {spot.column}"
                yield f"{name} would have {_quoted(spot.text)} {place}, and it stands {moved}"
                break
        else:
            if rule.at and rule.expression is not None and tso.fits(screen, replace(rule, says=(), pattern=())):
                yield f"{name} fits by its place, and nothing on this screen fits its {_texts(rule)}"


def _texts(rule: Rule) -> str:
    return " or ".join(key for key, texts in (("says", rule.says), ("pattern", rule.pattern)) if texts)


def _moved(screen: Screen, spot: Spot) -> str:
    """Where a text stands that is not at its place, "" where it is there or nowhere."""
    width = len(spot.text)
    row = screen.rows[spot.row - 1] if 1 <= spot.row <= len(screen.rows) else ""
    if row[spot.column - 1 : spot.column - 1 + width].upper() == spot.text.upper():
        return ""
    for number, line in sorted(enumerate(screen.rows, start=1), key=lambda each: abs(each[0] - spot.row)):
        if (at := line.upper().find(spot.text.upper())) >= 0:
            return f"in row {number}, column {at + 1}"
    return ""


def fields_there(screen: Screen, entry: Entry, masked: Callable[[tuple[str, ...]], tuple[str, ...]]) -> str:
    """What there is in place of the field that an entry asks for, in words for an error.

    masked   takes out of lines what may be a secret
    """
    kind = "hidden" if entry.hidden else "shown"
    label = entry.behind or entry.ahead_of
    hints = []
    if label and not any(" ".join(label.split()).upper() in " ".join(row.split()).upper() for row in screen.rows):
        hints.append(f"no row has {_quoted(label)}")
    free = [each for each in screen.fields if not each.protected]
    there = [_place(each, screen, masked) for each in free if each.hidden is entry.hidden]
    if there:
        hints.append(f"{kind} fields, by row/column: {', '.join(there[:MOST_FIELDS])}")
    else:
        hints.append(f"no field is {kind}")
    return ", ".join(hints)


def _place(field: Field, screen: Screen, masked: Callable[[tuple[str, ...]], tuple[str, ...]]) -> str:
    row, column = divmod(field.start, screen.status.size[1])
    (ahead,) = masked((screen.rows[row][_behind_other(field, screen) : column],))
    label = " ".join(ahead.replace(".", " ").split()[-MOST_WORDS:]).strip(" :=>_-")
    return f"{row + 1}/{column + 1}" + (f" behind {_quoted(label)}" if label else "")


def _behind_other(field: Field, screen: Screen) -> int:
    """The column behind the field that stands ahead of it in its row."""
    width = screen.status.size[1]
    start = field.start - field.start % width
    ends = (each.start + each.length for each in screen.fields if not each.protected)
    return max((end for end in ends if start < end < field.start), default=start) - start


def _quoted(text: str) -> str:
    return f"“{text}”"

"""3270 screens as pictures: framed text for a terminal, SVG for a document. Pure; what is shown is masked already.

A hidden field is drawn as what it is, a place where something may stand that nobody sees.
"""

from __future__ import annotations

import re
from html import escape
from typing import Final

from bridge.observe.masking import mask
from connectors.hosts.transcript import Shown

HIDDEN: Final = "░"
CELL: Final = (9.6, 20.0)
"""Width and height of one character, in pixels."""
MARGIN: Final = 16.0
GLASS, GREEN, BRIGHT, DIM, CURSOR = "#06120a", "#33d17a", "#b6ffcf", "#1f7a48", "#33d17a"
FONT: Final = "'IBM 3270', 'IBM Plex Mono', 'DejaVu Sans Mono', 'Courier New', monospace"
LABEL: Final = re.compile(r"=+>")
"""What a panel has ahead of a field: the last mask would take `Password ===>` for a password that follows."""
SURELY_TEXT: Final = re.compile(r"[^\x20-\x7e\xa0-\uffff]")


def framed(shown: Shown, number: int) -> str:
    """One screen with a frame around it, the cursor's place and what the keyboard does below."""
    width = shown.size[1]
    title = f" {number}  {shown.system}  {shown.place} "[: width - 2]
    row, column = shown.cursor
    state = "" if shown.answer else f" cursor {row + 1}/{column + 1}{'' if shown.unlocked else ', keyboard locked'} "
    lines = [f"│{line:<{width}}│" for line in _rows(shown)]
    return "\n".join([f"┌─{title:─<{width - 1}}┐", *lines, f"└{state:─>{width - 1}}─┘"])


def counted(shown: Shown, number: int) -> str:
    """The same with its rows and columns counted from 1, as a dialog does."""
    top, *rows, bottom = framed(shown, number).split("\n")
    tens = "".join(f"{column:>10}" for column in range(10, shown.size[1] + 1, 10))
    marks = "".join("+" if column % 5 == 0 else "." for column in range(1, shown.size[1] + 1))
    lines = [f"{row:>3}{text}" for row, text in enumerate(rows, start=1)]
    return "\n".join([f"    {tens}", f"    {marks}", f"   {top}", *lines, f"   {bottom}"])


def svg(shown: Shown) -> str:
    """The screen as an image, green on dark."""
    rows, columns = (max(shown.size[0], len(shown.rows)), shown.size[1])
    wide, high = columns * CELL[0] + 2 * MARGIN, (rows + 1.6) * CELL[1] + 2 * MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:.0f} {high:.0f}" width="{wide:.0f}" '
        f'height="{high:.0f}" role="img" aria-label="{escape(f"{shown.system} {shown.place}")}">',
        f'<rect width="100%" height="100%" rx="14" fill="{GLASS}"/>',
        *(_field(each, columns) for each in shown.fields if not each[2]),
        *_cursor(shown),
        f'<g font-family="{FONT}" font-size="16" fill="{GREEN}" xml:space="preserve">',
        *(
            _words(number, run)
            for number, text in enumerate(_rows(shown, marks=False))
            for run in re.finditer(r"\S+(?: \S+)*", text)
        ),
        "</g>",
        _status(shown, rows, columns),
        "</svg>\n",
    ]
    return "\n".join(part for part in parts if part)


def file_name(shown: Shown, number: int) -> str:
    """A name for the image: its number, the system and the place, nothing else."""
    place = re.sub(r"[^A-Za-z0-9]+", "-", shown.place).strip("-").lower()[:40]
    return f"{number:02}-{shown.system.lower()}-{place}.svg"


def _rows(shown: Shown, *, marks: bool = True) -> list[str]:
    """The rows up to the last that shows anything, masked once more; hidden fields marked."""
    width = shown.size[1]
    rows = [SURELY_TEXT.sub(" ", row if LABEL.search(row) else mask(row))[:width].ljust(width) for row in shown.rows]
    hidden = [(start, length) for start, length, _, unseen in shown.fields if marks and unseen and length < width]
    last = max([len(rows), *((start + length) // width + 1 for start, length in hidden)])
    cells = list("".join([*rows, *[" " * width] * (last - len(rows))]))
    for start, length in hidden:
        cells[start : start + length] = HIDDEN * length
    text = "".join(cells)
    return [text[at : at + width].rstrip() for at in range(0, last * width, width)] or [""]


def _words(number: int, run: re.Match[str]) -> str:
    """A run of words with one blank between, held to its cells whatever the font's width."""
    words = run[0]
    x, y = MARGIN + run.start() * CELL[0], MARGIN + (number + 0.75) * CELL[1]
    bright = f' fill="{BRIGHT}"' if re.match(r"(IKJ|ICH|IKT|ACF|TSS|IRR)\w{3}", words) else ""
    long = f'textLength="{len(words) * CELL[0]:.1f}" lengthAdjust="spacingAndGlyphs"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {long}{bright}>{escape(words)}</text>'


def _field(field: tuple[int, int, bool, bool], columns: int) -> str:
    """An input field: a line below it; one that hides is filled."""
    start, length, _, unseen = field
    if length > columns:
        return ""
    row, column = divmod(start, columns)
    x, y, width = MARGIN + column * CELL[0], MARGIN + row * CELL[1], min(length, columns - column) * CELL[0]
    body = f'<rect x="{x:.1f}" y="{y + 2:.1f}" width="{width:.1f}" height="{CELL[1] - 4:.1f}" fill="{DIM}" '
    line = f'<path d="M{x:.1f} {y + CELL[1] - 1:.1f}h{width:.1f}" stroke="{DIM}"/>'
    return f'{body}opacity="0.6"><title>a hidden field</title></rect>{line}' if unseen else line


def _cursor(shown: Shown) -> list[str]:
    if shown.answer:
        return []
    row, column = shown.cursor
    x, y = MARGIN + column * CELL[0], MARGIN + row * CELL[1] + 2
    size = f'width="{CELL[0]:.1f}" height="{CELL[1] - 4:.1f}"'
    return [f'<rect x="{x:.1f}" y="{y:.1f}" {size} fill="{CURSOR}" opacity="0.85"/>']


def _status(shown: Shown, rows: int, columns: int) -> str:
    y = MARGIN + (rows + 0.4) * CELL[1]
    row, column = shown.cursor
    right = "" if shown.answer else f"{row + 1:03}/{column + 1:03}"
    x = MARGIN + columns * CELL[0]
    style = f'font-family="{FONT}" font-size="14" fill="{GREEN}"'
    left = f"{'4A' if shown.unlocked else 'X SYSTEM'}   {shown.system}   {shown.place}"
    return (
        f'<path d="M{MARGIN} {y:.1f}h{columns * CELL[0]:.1f}" stroke="{DIM}"/>'
        f'<text x="{MARGIN}" y="{y + 18:.1f}" {style} xml:space="preserve">{escape(mask(left))}</text>'
        f'<text x="{x:.1f}" y="{y + 18:.1f}" text-anchor="end" {style}>{right}</text>'
    )

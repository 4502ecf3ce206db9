"""TSO line mode on a 3270 (VTIOC): output row after row, ` ***` when the screen is full, input below it.

Each line of output is an unprotected bright field and ends with another attribute, as in a capture of a live system
(pmattes/x3270 issue 65): "the cursor is in an unprotected field" says nothing about where input belongs.
"""

import asyncio
from collections.abc import Iterable
from typing import Final

from connectors.simulated.datastream import Aid, Attribute, Typed, Writer, cell
from connectors.simulated.faults import Fault
from connectors.simulated.terminal import Terminal

MORE: Final = "***"


class Attention(Exception):
    """The attention key: whatever was going on is to stop."""


class LineMode:
    """The screen of one terminal in line mode. Output is collected, and written when an answer is asked for."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._waiting: list[str] = []
        self._row = 1
        self._erase = True
        self._bare = False
        """Unformatted since CLEAR: without an attribute in the last cell, input would run on into the top of it."""
        self._input_at = -1
        self._prompting = False

    @property
    def _last_row(self) -> int:
        """The last row for output; the one below is kept for ` ***` or for input."""
        return self._terminal.line.alternate[0] - 1

    @property
    def _width(self) -> int:
        return self._terminal.line.alternate[1] - 1

    def put(self, lines: Iterable[str]) -> None:
        """Add output, wrapped at the width of the screen."""
        for line in lines:
            wide = self._width
            self._waiting += [line[at : at + wide] for at in range(0, max(len(line), 1), wide)]

    def begin_again(self) -> None:
        """After something full-screen: the next output starts on an empty screen."""
        self._row, self._erase = 1, True

    async def ask(self, prompt: str, *, hidden: bool = False) -> str:
        """Show what is waiting and the prompt; return what is typed. Raises Attention."""
        await self._show_pages(room=2 if hidden else 1)
        await self._early()
        await self._write([*self._take(), prompt], hidden=hidden)
        while True:
            self._prompting = True
            typed = await self._terminal.key()
            self._prompting = False
            if typed.aid == Aid.CLEAR:
                await self._clear()
            elif typed.aid in {Aid.PA1, Aid.ATTENTION}:
                self._row = min(self._row, self._last_row + 1)
                raise Attention
            elif typed.aid == Aid.PA2:
                await self._terminal.write(self._terminal.writer(), unlock=True)
            else:
                return self._read(typed, hidden=hidden)

    async def more(self) -> None:
        """Show what is waiting, and wait for ENTER behind ` ***`. Raises Attention."""
        await self._show_pages(room=0)
        await self._stop(self._take())

    async def last_words(self) -> None:
        """Show what is waiting and leave the keyboard locked: the session is over."""
        lines = self._take()[-self._last_row :]
        if self._row + len(lines) > self._last_row:
            self.begin_again()
        await self._write(lines, unlock=False)

    async def prompt_alone(self, prompt: str) -> None:
        """Write a prompt that nobody waits behind."""
        await self._write([prompt])

    async def interrupt(self, lines: list[str]) -> bool:
        """Write somebody's message over the input line, as SEND does; False when it has to wait its turn."""
        if not self._prompting:
            return False
        if self._row + len(lines) > self._last_row:
            self.begin_again()
        self.put(lines)
        await self._write(self._take(), alarm=True)
        return True

    async def _show_pages(self, *, room: int) -> None:
        while self._row + len(self._waiting) + room - 1 > self._last_row:
            fitting = max(0, self._last_row - self._row + 1)
            page, self._waiting = self._waiting[:fitting], self._waiting[fitting:]
            await self._stop(page)

    async def _stop(self, page: list[str]) -> None:
        await self._write(page, more=True)
        typed = await self._terminal.key()
        if any(data.strip(b"\x40") for _, data in typed.fields):
            self._terminal.object_to("something typed at ***")
        self.begin_again()
        if typed.aid in {Aid.PA1, Aid.ATTENTION}:
            self._waiting = []
            raise Attention

    async def _early(self) -> None:
        """The early unlock: part of the output restores the keyboard, more of it follows. Or it comes bit by bit."""
        pieces = self._terminal.faults.take(Fault.PIECEMEAL, "\n".join(self._waiting)) if self._waiting else None
        for line in self._take() if pieces else ():
            await self._write([line], unlock=False)
            await asyncio.sleep(pieces.seconds if pieces else 0)
        early = self._terminal.faults.take(Fault.EARLY_UNLOCK, "\n".join(self._waiting)) if self._waiting else None
        if early is None:
            return
        first, self._waiting = self._waiting[:1], self._waiting[1:]
        await self._write(first)
        await asyncio.sleep(early.seconds)

    def _take(self) -> list[str]:
        lines, self._waiting = self._waiting, []
        return lines

    async def _write(
        self,
        lines: list[str],
        *,
        hidden: bool = False,
        alarm: bool = False,
        more: bool = False,
        unlock: bool = True,
    ) -> None:
        """Write lines from the present row on; below them the input field, or ` ***` with the cursor behind it."""
        writer = self._terminal.writer(erase=self._erase, unlock=unlock, alarm=alarm, large=True)
        if not self._erase and self._bare:
            writer.at(self._last_row + 1, self._width + 1).field(Attribute.PLAIN)
        self._erase = self._bare = False
        for line in lines:
            self._lay_out(writer, self._row, line)
            self._row += 1
        row = min(self._row, self._last_row + 1)
        if more:
            self._lay_out(writer, row, MORE)
            writer.cursor()
        else:
            writer.at(row, 1).field(Attribute.HIDDEN if hidden else Attribute.PLAIN).cursor()
        if hidden:
            writer.at(row + 1, 1).field(Attribute.PLAIN)
        self._input_at = cell(row, 2, self._width + 1)
        await self._terminal.write(writer, unlock=unlock, text="\n".join(lines))

    async def _clear(self) -> None:
        """CLEAR empties the screen at the terminal; READY is not said again."""
        self._row, self._erase, self._bare, self._input_at = 1, False, True, -1
        await self._terminal.write(self._terminal.writer(), unlock=True)

    def _read(self, typed: Typed, *, hidden: bool) -> str:
        """Return the text, and put the next output below it: the echo is what stays on the screen."""
        fields = [(max(start, 0), data) for start, data in typed.fields]
        if hidden and any(start != self._input_at and data for start, data in fields):
            self._terminal.object_to("a password where it can be read")
        here = cell(self._row, 1, self._width + 1)
        last = max((start + len(data) - 1 for start, data in fields if data), default=here - 1)
        self._row = max(last // (self._width + 1) + 2, self._row)
        return " ".join(self._terminal.page.decode(data) for _, data in fields).strip()

    def _lay_out(self, writer: Writer, row: int, line: str) -> None:
        writer.at(row, 1).field(Attribute.BRIGHT).text(line)
        if len(line) < self._width:
            writer.field(Attribute.PLAIN)

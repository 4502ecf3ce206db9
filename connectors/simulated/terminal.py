"""A terminal in session: writes that lock and restore its keyboard, keys that come back, and what is not allowed."""

import asyncio
from collections.abc import Callable

from connectors.simulated.codepages import Codepage
from connectors.simulated.datastream import (
    COLUMNS,
    ERASE_WRITE,
    ERASE_WRITE_ALTERNATE,
    READ_PARTITION_QUERY,
    ROWS,
    WRITE,
    Aid,
    Control,
    Typed,
    Writer,
)
from connectors.simulated.faults import Fault, Faults
from connectors.simulated.line import Line, LineLost, SscpText

DEFAULT = (ROWS, COLUMNS)
RESTORE = Control.RESTORE_KEYBOARD | Control.RESET_MODIFIED


class SessionCut(Exception):
    """The session was ended from outside it: SYSREQ and LOGOFF. The line is still there."""


class Terminal:
    """One bound terminal. Raises LineLost anywhere, once the other end has gone."""

    def __init__(self, line: Line, page: Codepage, faults: Faults, object_to: Callable[[str], None]) -> None:
        self.line, self.page, self.faults, self.object_to = line, page, faults, object_to
        self.locked = True
        self.size = DEFAULT

    def writer(self, *, erase: bool = False, unlock: bool = True, alarm: bool = False, large: bool = False) -> Writer:
        """Begin a write. `large`: erase to the model's own size, where it has one beside 24 by 80."""
        control = (RESTORE if unlock else Control.NONE) | (Control.ALARM if alarm else Control.NONE)
        if erase:
            self.size = self.line.alternate if large else DEFAULT
        large = self.size != DEFAULT
        command = (ERASE_WRITE_ALTERNATE if large else ERASE_WRITE) if erase else WRITE
        return Writer(self.page, command, control, self.size[1])

    async def write(self, writer: Writer, *, unlock: bool, text: str = "") -> None:
        """Send it; with `unlock`, the keyboard is free from then on, or later where that fault is armed."""
        slow = self.faults.take(Fault.SLOW_UNLOCK, text) if unlock else None
        data = writer.bytes()
        if slow is not None:
            await self.line.send(without_restore(data))
            await asyncio.sleep(slow.seconds)
            data = self.writer().bytes()
        if unlock:
            self.locked = False
        await self.line.send(data)

    async def query(self) -> None:
        """Ask the terminal what it can do, as TSO does. Without an answer TSO does not start."""
        await self.line.send(READ_PARTITION_QUERY)
        while True:
            reply = await self.line.receive()
            if isinstance(reply, Typed) and reply.aid == Aid.STRUCTURED:
                return
            if isinstance(reply, Typed) and reply.aid != Aid.NONE:
                self.object_to(f"key {reply.aid:02X} on a locked keyboard")

    async def key(self) -> Typed:
        """Return the next key. One that comes while the keyboard is locked is no terminal's: it is dropped."""
        while True:
            received = await self.line.receive()
            if isinstance(received, SscpText):
                self.object_to("unbound text during a session")
                continue
            if not isinstance(received, Typed):
                await self._system_request()
                continue
            if received.aid in {Aid.STRUCTURED, Aid.NONE}:
                continue
            if self.locked and received.aid not in {Aid.ATTENTION, Aid.PA1}:
                self.object_to(f"key {received.aid:02X} on a locked keyboard")
                continue
            self.locked = True
            await self._pause(received)
            return received

    async def _pause(self, typed: Typed) -> None:
        text = " ".join(self.page.decode(data) for _, data in typed.fields)
        delay = self.faults.take(Fault.RESPONSE_DELAY, text)
        if delay is not None:
            await asyncio.sleep(delay.count / 1000)

    async def _system_request(self) -> None:
        """SYSREQ: unbound text until the key comes again; LOGOFF there ends the session."""
        if not self.line.sscp:
            return
        await self.line.send_sscp("")
        while isinstance(received := await self.line.receive(), SscpText):
            if received.text.strip().upper() == "LOGOFF":
                raise SessionCut
            await self.line.send_sscp(f"{received.text.split()[0].upper()[:8]} COMMAND UNRECOGNIZED\n")

    async def never_answer(self) -> None:
        """Stay connected and silent until the other end gives up: raises LineLost."""
        while True:
            await self.line.receive()

    def cut(self) -> None:
        """Drop the line. Raises LineLost."""
        self.line.drop()
        raise LineLost("cut on purpose")


def without_restore(data: bytes) -> bytes:
    """Return the same write with the keyboard left locked."""
    return data[:1] + b"\x40" + data[2:]

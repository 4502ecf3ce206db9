"""A session and its terminal, from the first output to LOGOFF; with what goes wrong in between."""

import asyncio

from connectors.simulated.datastream import Aid
from connectors.simulated.faults import Fault
from connectors.simulated.linemode import Attention, LineMode
from connectors.simulated.operands import Result
from connectors.simulated.panels import ISPF_LOG, menu_of
from connectors.simulated.session import Place, Session
from connectors.simulated.system import System
from connectors.simulated.tampering import afterword, flags_lost, instead
from connectors.simulated.telnet import record
from connectors.simulated.terminal import Terminal

GARBAGE = bytes.fromhex("00FFAA11FFFF3C3C3C1D")


class Conversation:
    """One session on one terminal."""

    def __init__(self, system: System, terminal: Terminal, lines: LineMode, session: Session) -> None:
        self._system, self._terminal, self._lines, self._session = system, terminal, lines, session

    async def run(self, *, fresh: bool) -> None:
        """Go on until the user logs off. `fresh`: just logged on, so notices come first and ` ***` after them."""
        session = self._session
        if fresh and self._system.options.more_after_logon:
            await self._show_and_stop()
        while session.place in {Place.READY, Place.ISPF}:
            if session.place is Place.ISPF:
                await self._ispf()
            else:
                await self._line()
        self._lines.put(session.output)
        await self._lines.last_words()

    async def send(self, message: str) -> None:
        """Show somebody's SEND now, or with the next output."""
        if not self._session.profile["INTERCOM"]:
            return
        if not await self._lines.interrupt([message]):
            self._session.output.append(message)

    def hang_up(self) -> None:
        """Drop the line under the conversation."""
        self._terminal.line.drop()

    async def _show_and_stop(self) -> None:
        self._lines.put(self._session.output)
        try:
            await self._lines.more()
        except Attention:
            self._session.attention()
        self._session.output.clear()

    async def _line(self) -> None:
        """One line of input, and what comes of it. Output counts as shown once there is input again."""
        session = self._session
        prompt, hidden = session.ask()
        self._lines.put(session.output)
        shown = len(session.output)
        try:
            typed = await self._lines.ask("" if session.partial else prompt, hidden=hidden)
        except Attention:
            session.attention()
            return
        for _ in range(shown):
            session.output.popleft()
        line = session.complete(typed)
        if line is not None:
            await self._perform(line)

    async def _perform(self, line: str) -> None:
        faults, terminal = self._system.faults, self._terminal
        if faults.take(Fault.DROP_BEFORE, line):
            terminal.cut()
        if faults.take(Fault.FROZEN, line):
            await terminal.never_answer()
        self._run(line)
        if early := faults.take(Fault.READY_FIRST, line):
            await self._lines.prompt_alone(self._session.ask()[0])
            await asyncio.sleep(early.seconds)
        if faults.take(Fault.DROP_AFTER, line):
            terminal.cut()
        if faults.take(Fault.FROZEN_AFTER, line):
            await terminal.never_answer()
        if faults.take(Fault.GARBAGE, line):
            await terminal.line.send_raw(record(GARBAGE))

    def _run(self, line: str) -> None:
        """Run it, or do what a fault puts in its place."""
        faults, session = self._system.faults, self._session
        replaced = instead(faults, self._system.users.settings.product, line)
        if replaced is not None:
            session.finish(replaced)
        else:
            with flags_lost(faults, self._system.users, line):
                session.take(line, self._system.clock())
            session.say(*afterword(faults, line, Result()).lines)
        if self._system.witness is not None and line:
            self._system.witness.ran(line)
        message = faults.take(Fault.MESSAGE, line)
        if message is not None:
            session.output.insert(len(session.output) // 2, message.text)

    async def _ispf(self) -> None:
        """The primary option menu until it is left; then READY."""
        if self._session.output:
            await self._show_and_stop()
        messages: list[str] = []
        menu = menu_of(self._system.options.menu)
        while True:
            await menu.show(self._terminal, {}, messages, "option")
            typed = await self._terminal.key()
            option = menu.read(self._terminal, typed).get("option", "").upper()
            if typed.aid in {Aid.PF3, Aid.PF15} or option in {"=X", "X"}:
                break
            messages = [f"Invalid option: {option}"] if option else []
        if self._system.options.ispf_asks_about_log:
            await self._ispf_log()
        self._lines.begin_again()
        self._session.place = Place.READY

    async def _ispf_log(self) -> None:
        while True:
            await ISPF_LOG.show(self._terminal, {}, [], "option")
            typed = await self._terminal.key()
            if typed.aid in {Aid.PF3, Aid.PF15} or ISPF_LOG.read(self._terminal, typed).get("option", "") in "1234":
                return

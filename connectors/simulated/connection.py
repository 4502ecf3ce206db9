"""One terminal from connect to disconnect: TLS, negotiation, the USS screen, TSO, and the USS screen again."""

import asyncio
import ssl
from collections.abc import Callable

from connectors.simulated.conversation import Conversation
from connectors.simulated.datastream import Aid, Attribute
from connectors.simulated.faults import Fault
from connectors.simulated.line import Line, LineLost, SscpText
from connectors.simulated.linemode import Attention, LineMode
from connectors.simulated.logon import ERASED, log_on
from connectors.simulated.manager import Manager
from connectors.simulated.options import Uss
from connectors.simulated.session import Place, Session
from connectors.simulated.system import System
from connectors.simulated.terminal import SessionCut, Terminal
from connectors.simulated.vtam import Request, logo, read_command

HANDSHAKE_SECONDS = 10.0
USS_INPUT = (23, 2)


class Connection:
    """What one accepted socket goes through. `talks` learns of the conversation while there is one."""

    def __init__(
        self,
        system: System,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        talks: Callable[[str, Conversation | None], None],
    ) -> None:
        self._system, self._reader, self._writer, self._talks = system, reader, writer, talks
        self._source = ":".join(str(part) for part in writer.get_extra_info("peername", ("", ""))[:2])
        self._line = Line(reader, writer, system.page)
        self._terminal = Terminal(self._line, system.page, system.faults, system.object_to)
        self._lines = LineMode(self._terminal)
        self._manager = Manager(system, self._terminal)

    async def run(self, tls: ssl.SSLContext | None) -> None:
        """Serve until the line is lost, by either end. Raises LineLost."""
        if self._system.faults.take(Fault.HANG_AT_CONNECT):
            await self._line.silence()
        if tls is not None:
            await self._writer.start_tls(tls, ssl_handshake_timeout=HANDSHAKE_SECONDS)
        try:
            await self._line.negotiate(self._system.choose_lu, offer_extended=self._system.options.extended)
            if self._system.faults.take(Fault.HANG_AFTER_NEGOTIATION):
                await self._line.silence()
            while True:
                await self._visit(await self._choose())
        finally:
            self._system.free_lu(self._line.lu)

    async def _visit(self, request: Request) -> None:
        """One session with an application, up to the end of it."""
        await self._line.bind(request.application)
        self._terminal.locked = True
        self._lines.begin_again()
        data = request.data
        try:
            while await self._tso(data) is Place.LOGON_AGAIN:
                data = ""
        except SessionCut:
            pass
        await self._line.unbind()
        if self._system.options.close_after_logoff:
            await self._line.finish()

    async def _tso(self, data: str) -> Place | None:
        if not self._line.with_query:
            await self._unsuitable()
            return None
        await self._terminal.query()
        session = await log_on(self._system, self._terminal, self._lines, data)
        return await self._converse(session) if session is not None else None

    async def _unsuitable(self) -> None:
        """A terminal that cannot be queried: TSO gives up on it."""
        try:
            await self._lines.ask(ERASED)
        except Attention:
            return

    async def _converse(self, session: Session) -> Place:
        """Talk until LOGOFF; a session whose line is lost waits for its user instead of ending."""
        fresh = not any(line.startswith("IKT00300I") for line in session.output)
        conversation = Conversation(self._system, self._terminal, self._lines, session)
        self._talks(session.userid, conversation)
        try:
            await conversation.run(fresh=fresh)
        except (LineLost, asyncio.CancelledError):
            self._system.lose(session, self._system.clock())
            raise
        except SessionCut:
            self._system.end(session)
            raise
        finally:
            self._talks(session.userid, None)
        self._system.end(session)
        return session.place

    async def _choose(self) -> Request:
        """Show the USS screen until it leads somewhere."""
        options = self._system.options
        if options.manager:
            await self._line.bind("EXGATE")
            return await self._manager.choose()
        if options.uss is Uss.NONE:
            return Request(options.applications[0])
        message = ""
        while True:
            typed = await self._uss(message)
            answer = read_command(options, typed) if typed else ""
            if isinstance(answer, Request):
                return answer
            message = answer

    async def _uss(self, message: str) -> str:
        rows = logo(self._system.options, self._line.lu, self._source)
        if self._line.sscp and self._system.options.uss is Uss.SSCP:
            return await self._uss_unbound(rows, message)
        await self._line.bind("USS")
        if self._system.options.uss is Uss.UNFORMATTED:
            return await self._uss_unformatted([*rows, message])
        return await self._uss_formatted(rows, message)

    async def _uss_unbound(self, rows: list[str], message: str) -> str:
        """The logo, or after a mistake the message alone, below what was typed."""
        await self._line.send_sscp(f"\n{message}\n" if message else "\n".join([*rows, "", ""]))
        while not isinstance(received := await self._line.receive(), SscpText):
            pass
        return received.text.strip()

    async def _uss_formatted(self, rows: list[str], message: str) -> str:
        terminal = self._terminal
        writer = terminal.writer(erase=True)
        for number, text in enumerate([*rows, f" {message}"], start=1):
            writer.at(number, 1).field(Attribute.SKIP).text(text[1:80])
        row, column = USS_INPUT
        writer.at(row, column - 1).field(Attribute.PLAIN).cursor().at(row + 1, 1).field(Attribute.SKIP)
        await terminal.write(writer, unlock=True)
        typed = await terminal.key()
        return " ".join(terminal.page.decode(data) for _, data in typed.fields).strip()

    async def _uss_unformatted(self, rows: list[str]) -> str:
        """No fields: the terminal returns the whole screen, of which what we wrote is not input."""
        terminal = self._terminal
        writer = terminal.writer(erase=True)
        written = "".join(f"{text:<80}"[:80] for text in rows)
        writer.at(1, 1).text(written).cursor()
        await terminal.write(writer, unlock=True)
        typed = await terminal.key()
        if typed.aid == Aid.CLEAR:
            return ""
        return "".join(terminal.page.decode(data) for _, data in typed.fields).removeprefix(written).strip()

"""One terminal's connection: telnet, TN3270 or TN3270E, and records in both directions.

Source: RFC 1576 and RFC 2355; SNA BIND as TN3270 servers fill it in.
"""

import asyncio
import contextlib
import socket
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from connectors.simulated.codepages import Codepage
from connectors.simulated.datastream import Aid, Typed, read_typed
from connectors.simulated.telnet import (
    ABORT_OUTPUT,
    Event,
    Negotiated,
    Option,
    Parser,
    Record,
    Signal,
    Sub,
    Verb,
    record,
    say,
    sub,
)


class Kind(IntEnum):
    """TN3270E data types."""

    DATA = 0
    SCS = 1
    RESPONSE = 2
    BIND_IMAGE = 3
    UNBIND = 4
    NVT = 5
    REQUEST = 6
    SSCP = 7


class Function(IntEnum):
    BIND_IMAGE = 0
    RESPONSES = 2
    SYSREQ = 4


CONNECT_WORD, DEVICE_WORD, FUNCTIONS_WORD = 0x01, 0x02, 0x03
IS_WORD, REASON_WORD, REJECT_WORD, REQUEST_WORD, SEND_WORD = 0x04, 0x05, 0x06, 0x07, 0x08
SUPPORTED: Final = (Function.BIND_IMAGE, Function.RESPONSES, Function.SYSREQ)
UNBIND_NORMAL: Final = b"\x01"
NEW_LINE: Final = b"\x15"
SIZES: Final = {"2": (24, 80), "3": (32, 80), "4": (43, 80), "5": (27, 132)}

LuChoice = Callable[[str], tuple[str, int | None]]
"""Takes the LU asked for, or ""; returns the LU given, and None or the reason of a REJECT."""


class LineLost(ConnectionError):
    """The terminal has gone."""


@dataclass(frozen=True, slots=True)
class SscpText:
    """A line typed before a session is bound."""

    text: str


@dataclass(frozen=True, slots=True)
class SystemRequest:
    """The SYSREQ key."""


Received = Typed | SscpText | SystemRequest


class Line:
    """The host's end of one connection. Every method raises LineLost once the other end has gone."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, page: Codepage) -> None:
        self._reader, self._writer, self._page = reader, writer, page
        self._parser = Parser()
        self._events: deque[Event] = deque()
        self._sequence = 0
        self.extended = False
        self.functions: frozenset[int] = frozenset()
        self.device = ""
        self.lu = ""
        self.bound = False
        self.refused_by_terminal: list[bytes] = []

    @property
    def with_query(self) -> bool:
        """Whether the terminal says that it can be asked what it can do; TSO does not go without."""
        return self.device.upper().endswith("-E") or "DYNAMIC" in self.device.upper()

    @property
    def alternate(self) -> tuple[int, int]:
        """Rows and columns of the largest screen that the terminal's model has."""
        return size_of(self.device)

    @property
    def sscp(self) -> bool:
        """Whether unbound text can be exchanged: the usual home of a USS screen."""
        return self.extended and Function.BIND_IMAGE in self.functions

    async def negotiate(self, choose: LuChoice, *, offer_extended: bool) -> None:
        """Agree on how to talk. Raises LineLost where the terminal is no 3270."""
        if offer_extended:
            self._write(say(Verb.DO, Option.TN3270E))
            answer = await self._expect_option(Option.TN3270E)
            if answer == Verb.WILL and await self._extended(choose):
                self.extended = True
                return
        await self._classic(choose)

    async def _extended(self, choose: LuChoice) -> bool:
        """Settle device and functions; False when the terminal falls back to classic after a refusal."""
        self._write(sub(Option.TN3270E, bytes((SEND_WORD, DEVICE_WORD))))
        while True:
            event = await self._event()
            if isinstance(event, Negotiated) and event == Negotiated(Verb.WONT, Option.TN3270E):
                return False
            if not isinstance(event, Sub) or event.option != Option.TN3270E:
                continue
            if event.data[:2] == bytes((DEVICE_WORD, REQUEST_WORD)):
                self._device(event.data[2:], choose)
            elif event.data[:2] == bytes((FUNCTIONS_WORD, REQUEST_WORD)):
                if self._functions(event.data[2:]):
                    return True
            elif event.data[:2] == bytes((FUNCTIONS_WORD, IS_WORD)):
                self.functions = frozenset(event.data[2:])
                return True

    def _device(self, asked: bytes, choose: LuChoice) -> None:
        device, _, lu = asked.partition(bytes((CONNECT_WORD,)))
        given, reason = choose(lu.decode("ascii", "replace"))
        if reason is not None:
            refusal = bytes((DEVICE_WORD, REJECT_WORD, REASON_WORD, reason))
            self._write(sub(Option.TN3270E, refusal))
            return
        self.device, self.lu = device.decode("ascii", "replace"), given
        granted = bytes((DEVICE_WORD, IS_WORD)) + device + bytes((CONNECT_WORD,)) + given.encode()
        self._write(sub(Option.TN3270E, granted))

    def _functions(self, asked: bytes) -> bool:
        """Agree to what is asked if we can do all of it; ask for less otherwise."""
        common = bytes(each for each in asked if each in SUPPORTED)
        agreed = set(common) == set(asked)
        self._write(sub(Option.TN3270E, bytes((FUNCTIONS_WORD, IS_WORD if agreed else REQUEST_WORD)) + common))
        if agreed:
            self.functions = frozenset(common)
        return agreed

    async def _classic(self, choose: LuChoice) -> None:
        self._write(say(Verb.DO, Option.TERMINAL_TYPE))
        if await self._expect_option(Option.TERMINAL_TYPE) != Verb.WILL:
            raise LineLost("the terminal does not say what it is")
        self._write(sub(Option.TERMINAL_TYPE, b"\x01"))
        while not isinstance(event := await self._event(), Sub) or event.option != Option.TERMINAL_TYPE:
            pass
        self.device, _, asked = event.data[1:].decode("ascii", "replace").partition("@")
        self.lu, reason = choose(asked)
        if reason is not None:
            raise LineLost("classic TN3270 has no words for a refused LU: the line is closed")
        for option in (Option.EOR, Option.BINARY):
            self._write(say(Verb.DO, option) + say(Verb.WILL, option))
        for option in (Option.EOR, Option.BINARY):
            if await self._expect_option(option) != Verb.WILL:
                raise LineLost("the terminal does not end its records")

    async def _expect_option(self, option: Option) -> int:
        """Wait for WILL or WONT; other talk is left aside."""
        while True:
            event = await self._event()
            if isinstance(event, Negotiated) and event.option == option and event.verb in {Verb.WILL, Verb.WONT}:
                return event.verb

    async def _event(self) -> Event:
        while not self._events:
            try:
                received = await self._reader.read(4096)
            except (OSError, asyncio.IncompleteReadError) as lost:
                raise LineLost(str(lost)) from lost
            if not received:
                raise LineLost("the terminal has hung up")
            self._acknowledge()
            self._events += self._parser.feed(received)
        return self._events.popleft()

    def _acknowledge(self) -> None:
        """Acknowledge at once: a terminal's Nagle holds back the next key until its last record is acknowledged."""
        connected = self._writer.get_extra_info("socket")
        if connected is not None and hasattr(socket, "TCP_QUICKACK"):
            with contextlib.suppress(OSError):
                connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    async def receive(self) -> Received:
        """Return the next thing that a person did; responses and other housekeeping are taken care of."""
        while True:
            event = await self._event()
            if isinstance(event, Signal):
                return SystemRequest() if event.code == ABORT_OUTPUT else Typed(Aid.ATTENTION)
            received = self._read_record(event.data) if isinstance(event, Record) else None
            if received is not None:
                return received

    def _read_record(self, data: bytes) -> Received | None:
        if not self.extended:
            return SystemRequest() if data[:4] == b"\x01\x6c\x61\x02" else read_typed(data)
        kind, payload = data[0] if data else -1, data[5:]
        if kind == Kind.SSCP:
            return SscpText(self._page.decode(payload))
        if kind == Kind.RESPONSE and data[2:3] == b"\x01":
            self.refused_by_terminal.append(payload)
        return read_typed(payload) if kind == Kind.DATA else None

    async def send(self, data: bytes) -> None:
        """Write a 3270 record, asking for a response where those were agreed."""
        await self._send(Kind.DATA, data, 0x02 if Function.RESPONSES in self.functions else 0x00)

    async def send_sscp(self, text: str) -> None:
        """Write unbound text from the cursor on; a line feed becomes EBCDIC's new line."""
        await self._send(Kind.SSCP, NEW_LINE.join(map(self._page.encode_for_show, text.split("\n"))), 0x00)

    async def send_raw(self, data: bytes) -> None:
        self._write(data)
        await self._drain()

    async def bind(self, application: str) -> None:
        """Begin a session, where the terminal wants to be told."""
        if self.sscp and not self.bound:
            await self._send(Kind.BIND_IMAGE, bind_image(application, self._page, self.device), 0x00)
        self.bound = True

    async def unbind(self) -> None:
        if self.sscp and self.bound:
            await self._send(Kind.UNBIND, UNBIND_NORMAL, 0x00)
        self.bound = False

    async def _send(self, kind: Kind, data: bytes, response: int) -> None:
        if not self.extended:
            await self.send_raw(record(data))
            return
        header = bytes((kind, 0x00, response, self._sequence >> 8 & 0xFF, self._sequence & 0xFF))
        self._sequence = (self._sequence + 1) & 0x7FFF
        await self.send_raw(record(header + data))

    def _write(self, data: bytes) -> None:
        if self._writer.is_closing():
            raise LineLost("the line is closed")
        self._writer.write(data)

    async def _drain(self) -> None:
        try:
            await self._writer.drain()
        except OSError as lost:
            raise LineLost(str(lost)) from lost

    async def silence(self) -> None:
        """Say nothing more until the other end gives up. Raises LineLost."""
        while True:
            await self._event()

    async def finish(self) -> None:
        """Close after everything written has gone out. Raises LineLost."""
        self._writer.close()
        raise LineLost("closed after logoff")

    def drop(self) -> None:
        """Cut the connection without a word."""
        with contextlib.suppress(OSError):
            self._writer.transport.abort()


def size_of(device: str) -> tuple[int, int]:
    """What the terminal type says, as in IBM-3279-4-E."""
    return SIZES.get(device[9:10], SIZES["2"])


def bind_image(application: str, page: Codepage, device: str) -> bytes:
    """Return a BIND for LU type 2: primary size 24 by 80, the alternate that the model has, and who binds."""
    rows, columns = size_of(device)
    image = bytearray(28)
    image[:12] = bytes.fromhex("31010303B1903080008087F8")
    image[14], image[20], image[21], image[22], image[23] = 0x02, 24, 80, rows, columns
    image[24] = 0x7F if (rows, columns) != (24, 80) else 0x02
    name = page.encode(application)
    image[27] = len(name)
    return bytes(image) + name + b"\x00"

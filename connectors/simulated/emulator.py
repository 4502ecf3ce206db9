"""A small 3270 terminal of our own: the user's side of a simulated logon. Classic TN3270, 24 by 80.

Source: IBM 3270 Data Stream Programmer's Reference (GA23-0059); RFC 1576.
"""

import socket
import ssl
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from connectors.simulated.codepages import Codepage, codepage
from connectors.simulated.datastream import (
    COLUMNS,
    ERASE_WRITE,
    IC,
    ROWS,
    SBA,
    SF,
    WRITE,
    WRITE_STRUCTURED,
    Aid,
    Attribute,
    Control,
    address,
    read_address,
)
from connectors.simulated.telnet import Negotiated, Option, Parser, Record, Sub, Verb, record, say, sub

CELLS: Final = ROWS * COLUMNS
DEVICE: Final = b"IBM-3278-2-E"
AGREED: Final = frozenset({Option.TERMINAL_TYPE, Option.EOR, Option.BINARY})
QUERY_REPLY: Final = bytes((Aid.STRUCTURED, 0x00, 0x06, 0x81, 0x80, 0x80, 0x81))
"""Query Reply (Summary): only what is needed to be asked no further."""


class Unfinished(TimeoutError):
    """The host did not show, in time, what was waited for."""


class Screen:
    """What the terminal shows: characters, field attributes, cursor, and whether the keyboard is free."""

    def __init__(self, page: Codepage) -> None:
        self._page = page
        self._cells = bytearray(CELLS)
        self._fields: dict[int, Attribute] = {}
        self.cursor = 0
        self.locked = True

    def apply(self, data: bytes) -> None:
        """Obey one outbound write. Commands other than Write and Erase/Write are not for this terminal."""
        if not data or data[0] not in {WRITE, ERASE_WRITE}:
            return
        if data[0] == ERASE_WRITE:
            self.clear()
        control = Control(data[1] & 0x07)
        if Control.RESET_MODIFIED in control:
            self._fields = {at: field & ~Attribute.MODIFIED for at, field in self._fields.items()}
        self._orders(data[2:])
        if Control.RESTORE_KEYBOARD in control:
            self.locked = False

    def clear(self) -> None:
        self._cells = bytearray(CELLS)
        self._fields, self.cursor = {}, 0

    def _orders(self, data: bytes) -> None:
        """The three orders that the simulated host uses; every other byte is a character."""
        at, here = 0, 0
        while at < len(data):
            order = data[at]
            if order == SBA:
                here, at = read_address(data[at + 1], data[at + 2]) % CELLS, at + 3
            elif order == SF:
                self._put(here, 0, Attribute(data[at + 1] & 0x3F))
                here, at = (here + 1) % CELLS, at + 2
            elif order == IC:
                self.cursor, at = here, at + 1
            else:
                self._put(here, order, None)
                here, at = (here + 1) % CELLS, at + 1

    def _put(self, at: int, byte: int, field: Attribute | None) -> None:
        self._cells[at] = byte
        self._fields.pop(at, None)
        if field is not None:
            self._fields[at] = field

    def _field_of(self, at: int) -> int | None:
        """Return where the attribute stands that governs a cell; None on an unformatted screen."""
        before = [each for each in self._fields if each <= at]
        return max(before) if before else max(self._fields, default=None)

    def hidden_at(self, at: int) -> bool:
        start = self._field_of(at)
        return start is not None and self._fields[start] & Attribute.HIDDEN == Attribute.HIDDEN

    def text(self) -> str:
        """Return the rows, without trailing blanks; hidden fields look blank, as on glass."""
        shown = [
            " " if byte == 0 or at in self._fields or self.hidden_at(at) else self._page.decode(bytes((byte,)))
            for at, byte in enumerate(self._cells)
        ]
        rows = ("".join(shown[at : at + COLUMNS]).rstrip() for at in range(0, CELLS, COLUMNS))
        return "\n".join(rows).rstrip("\n")

    def inputs(self) -> list[int]:
        """Return the first cells of the unprotected fields, in screen order."""
        return [at + 1 for at, field in sorted(self._fields.items()) if not field & Attribute.PROTECTED]

    def type(self, text: str) -> None:
        """Type at the cursor. Raises ValueError where the keyboard is locked or the field protected or too short."""
        for byte in self._page.encode(text):
            start = self._field_of(self.cursor)
            closed = start is not None and self._fields[start] & Attribute.PROTECTED
            if self.locked or closed or self.cursor in self._fields:
                raise ValueError("no input is possible at the cursor")
            if start is not None:
                self._fields[start] |= Attribute.MODIFIED
            self._cells[self.cursor] = byte
            self.cursor = (self.cursor + 1) % CELLS

    def press(self, aid: Aid) -> bytes:
        """Return what this key sends; the keyboard is locked from then on."""
        self.locked = True
        if aid in {Aid.PA1, Aid.PA2, Aid.PA3, Aid.CLEAR}:
            if aid == Aid.CLEAR:
                self.clear()
            return bytes((aid,))
        data = bytes((aid,)) + address(self.cursor)
        if not self._fields:
            return data + bytes(self._cells).replace(b"\0", b"")
        starts = sorted(self._fields)
        for start, end in zip(starts, [*starts[1:], starts[0] + CELLS], strict=True):
            if self._fields[start] & Attribute.MODIFIED:
                content = bytes(self._cells[at % CELLS] for at in range(start + 1, end))
                data += bytes((SBA,)) + address((start + 1) % CELLS) + content.replace(b"\0", b"")
        return data


class Emulator:
    """A terminal with its connection. Every wait ends, after `timeout` seconds, in Unfinished."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        ssl_context: ssl.SSLContext | None = None,
        page: str = "1047",
        timeout: float = 10.0,
    ) -> None:
        self._timeout = timeout
        plain = socket.create_connection((host, port), timeout)
        self._socket = ssl_context.wrap_socket(plain, server_hostname=host) if ssl_context else plain
        self._parser = Parser()
        self.screen = Screen(codepage(page))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def press(self, aid: Aid) -> None:
        self.send(self.screen.press(aid))

    def send(self, data: bytes) -> None:
        """Send a record, whatever it is."""
        self._socket.sendall(record(data))

    def wait(self, holds: Callable[[Screen], bool]) -> str:
        """Read until the keyboard is free and `holds(screen)`; return the text. Raises Unfinished, ConnectionError."""
        deadline = time.monotonic() + self._timeout
        while self.screen.locked or not holds(self.screen):
            left = deadline - time.monotonic()
            if left <= 0:
                raise Unfinished(f"the host showed something else:\n{self.screen.text()}")
            self._socket.settimeout(left)
            try:
                received = self._socket.recv(4096)
            except TimeoutError:
                continue
            if not received:
                raise ConnectionError("the host has hung up")
            self._obey(received)
        return self.screen.text()

    def _obey(self, received: bytes) -> None:
        for event in self._parser.feed(received):
            if isinstance(event, Negotiated):
                self._agree(event)
            elif isinstance(event, Sub) and event.option == Option.TERMINAL_TYPE:
                self._socket.sendall(sub(Option.TERMINAL_TYPE, b"\0" + DEVICE))
            elif isinstance(event, Record) and event.data[:1] == bytes((WRITE_STRUCTURED,)):
                self._socket.sendall(record(QUERY_REPLY))
            elif isinstance(event, Record):
                self.screen.apply(event.data)

    def _agree(self, event: Negotiated) -> None:
        wanted = event.option in AGREED
        if event.verb == Verb.DO:
            self._socket.sendall(say(Verb.WILL if wanted else Verb.WONT, event.option))
        elif event.verb == Verb.WILL:
            self._socket.sendall(say(Verb.DO if wanted else Verb.DONT, event.option))

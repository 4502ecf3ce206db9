"""A TN3270 host that a test writes line by line: what to show, what comes back. A second opinion beside the simulator.

One thread a connection; `play(terminal)` is called once the terminal has been negotiated, and the line is cut when
it returns. Bytes: RFC 1576, RFC 2355; 3270 Data Stream Programmer's Reference (GA23-0059).
"""

from __future__ import annotations

import select
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

CODES: Final = bytes(
    (0x40, *range(0xC1, 0xCA), *range(0x4A, 0x51), *range(0xD1, 0xDA), *range(0x5A, 0x62), *range(0xE2, 0xEA),
     *range(0x6A, 0x70), *range(0xF0, 0xFA), *range(0x7A, 0x80))
)  # fmt: skip
ENTER, CLEAR, PA1, PF3 = 0x7D, 0x6D, 0x6C, 0xF3
PLAIN, BRIGHT, HIDDEN, PROTECTED, SKIP = 0x40, 0xC8, 0x4C, 0x60, 0xF0
WAIT: Final = 20.0


def address(row: int, column: int) -> bytes:
    """Row and column from 0."""
    cell = row * 80 + column
    return bytes((CODES[cell >> 6], CODES[cell & 0x3F]))


def text(row: int, column: int, words: str, attribute: int = SKIP) -> bytes:
    """A field: its attribute at the place, the words behind it."""
    return b"\x11" + address(row, column) + bytes((0x1D, attribute)) + words.encode("cp037")


def cursor(row: int, column: int) -> bytes:
    return b"\x11" + address(row, column) + b"\x13"


class Key:
    """What came back: which key, and what was typed, field by field."""

    def __init__(self, record: bytes) -> None:
        self.aid = record[0]
        parts = record[3:].split(b"\x11")
        self.fields = [part[2:].decode("cp037") for part in parts[1:]] if len(parts) > 1 else []
        self.text = " ".join(self.fields).strip() if self.fields else record[3:].decode("cp037").strip()


class Terminal:
    """The host's side of one connection. Raises EOFError once the terminal has gone."""

    def __init__(self, line: socket.socket) -> None:
        self._line, self._buffer = line, b""

    def negotiate(self) -> None:
        self._line.sendall(b"\xff\xfd\x18")
        self._until(b"\xff\xfb\x18")
        self._line.sendall(b"\xff\xfa\x18\x01\xff\xf0")
        self.device = self._until(b"\xff\xf0")[4:-2].decode("ascii")
        self._line.sendall(b"\xff\xfd\x19\xff\xfb\x19\xff\xfd\x00\xff\xfb\x00")
        for answer in (b"\xff\xfb\x19", b"\xff\xfd\x19", b"\xff\xfb\x00", b"\xff\xfd\x00"):
            self._until(answer)

    def send(self, data: bytes, *, erase: bool = True, unlock: bool = True) -> None:
        """Write orders: Erase/Write or Write, with or without restoring the keyboard."""
        record = bytes((0xF5 if erase else 0xF1, 0xC3 if unlock else 0x40)) + data
        self._line.sendall(record.replace(b"\xff", b"\xff\xff") + b"\xff\xef")

    def lines(self, *rows: str, at: int = 0, erase: bool = True, unlock: bool = True, hidden: bool = False) -> None:
        """TSO's line mode: rows from `at` on, below them the input field with the cursor in it."""
        data = b"".join(text(at + number, 0, row, BRIGHT) + b"\x1d\x40" for number, row in enumerate(rows))
        below = (at + len(rows)) % 24
        field = text(below, 0, "", HIDDEN if hidden else PLAIN) + cursor(below, 1)
        tail = text((below + 1) % 24, 0, "", PLAIN) if hidden else b""
        self.send(data + tail + field, erase=erase, unlock=unlock)

    def more(self, *rows: str) -> None:
        """A page that ends with *** and the cursor behind it; returns when ENTER has been pressed."""
        data = b"".join(text(number, 0, row, BRIGHT) + b"\x1d\x40" for number, row in enumerate((*rows, "***")))
        self.send(data + cursor(len(rows), 5))
        self.key(ENTER)

    def key(self, *expected: int) -> Key:
        """The next key; with `expected`, one of these."""
        key = Key(self._until(b"\xff\xef")[:-2].replace(b"\xff\xff", b"\xff"))
        assert not expected or key.aid in expected, f"key {key.aid:02X}: {key.text}"
        return key

    def typed(self) -> str:
        """The next line that is entered; CLEAR before it is answered as TSO does."""
        while (key := self.key()).aid == CLEAR:
            self.send(b"", erase=False)
        assert key.aid == ENTER, f"key {key.aid:02X}"
        return key.text

    def ready(self, *rows: str, at: int = 1) -> None:
        """Say rows and READY below what was typed."""
        self.lines(*rows, "READY", at=at, erase=False)

    def log_on(self) -> None:
        """The shortest way to READY: line mode, and the PROFILE commands."""
        self.lines("IKJ56700A ENTER USERID -")
        self.typed()
        self.lines("IKJ56714A ENTER CURRENT PASSWORD FOR SVCRST1-", hidden=True)
        self.typed()
        self.lines("ICH70001I SVCRST1  LAST ACCESS AT 09:12:00 ON FRIDAY, NOVEMBER 20, 2026", "READY")
        for _ in range(2):
            self.typed()
            self.ready()

    def log_off(self) -> None:
        assert self.typed() == "LOGOFF"
        self.lines("IKJ56470I SVCRST1 LOGGED OFF TSO AT 09:15:00 ON NOVEMBER 20, 2026", unlock=False)

    def stays(self, seconds: float) -> bool:
        """Whether the terminal keeps the line for so long, and presses nothing."""
        return not select.select([self._line], [], [], seconds)[0]

    def silence(self) -> None:
        """Neither write nor close until the terminal goes."""
        while True:
            self._until(b"\xff\xef")

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._buffer:
            received = self._line.recv(4096)
            if not received:
                raise EOFError("the terminal has gone")
            self._buffer += received
        end = self._buffer.index(mark) + len(mark)
        found, self._buffer = self._buffer[:end], self._buffer[end:]
        return found


Play = Callable[[Terminal], None]


class ScriptedHost:
    """Listens on loopback while in its `with` block. `failures` holds what plays raised; leaving the block raises it.

    plays   one per connection that gets as far as TN3270, the last one for all that follow
    raw     instead: what to do with an accepted socket, before anything else
    """

    def __init__(
        self, *plays: Play, tls: ssl.SSLContext | None = None, raw: Callable[[socket.socket], None] | None = None
    ) -> None:
        self._plays, self._tls, self._raw = plays, tls, raw
        self._next = 0
        self._lines: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.failures: list[BaseException] = []

    def __enter__(self) -> Self:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        self._threads.append(threading.Thread(target=self._accept))
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for line in self._lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(WAIT)
        for line in self._lines:
            line.close()
        if self.failures and error is None:
            raise self.failures[0]

    def _accept(self) -> None:
        while True:
            try:
                line, _ = self._server.accept()
            except OSError:
                return
            self._lines.append(line)
            thread = threading.Thread(target=self._serve, args=(line,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, line: socket.socket) -> None:
        line.settimeout(WAIT)
        try:
            if self._raw is not None:
                self._raw(line)
                return
            if self._tls is not None:
                line = self._tls.wrap_socket(line, server_side=True)
                self._lines.append(line)
            terminal = Terminal(line)
            terminal.negotiate()
            play = self._plays[min(self._next, len(self._plays) - 1)]
            self._next += 1
            play(terminal)
        except (EOFError, OSError):
            pass  # the other end has gone, or a probe that said nothing
        except AssertionError as failure:
            self.failures.append(failure)
        finally:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

"""The gate between socket and Tornado: heads are judged here, slow readers are cut here, refusals are said here.

To Tornado it is the stream itself; it uses the stream's public methods only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final, NoReturn

from tornado.gen import with_timeout
from tornado.iostream import IOStream, StreamClosedError

from web import wire
from web.bare import API, bare
from web.guard import HEADERS

TORNADOS_REFUSAL: Final = b"HTTP/1.1 400 Bad Request\r\n\r\n"
LINGER: Final = timedelta(milliseconds=300)
MOST_LINGER: Final = 64 * 1024


class Gate:
    """One connection.

    fresh    no request has been read on it yet
    waiting  between requests: nobody is harmed when it is closed
    taking   in the middle of a body: nothing has been done for it yet
    """

    def __init__(self, stream: IOStream, *, write_within: float, refused: Callable[[int], None]) -> None:
        self._stream, self._write_within, self._refused = stream, write_within, refused
        self._buffer = bytearray()
        self._body = 0
        self._api = False
        self.fresh = True
        self.waiting = True
        self.taking = False

    def __getattr__(self, name: str) -> Any:
        """Everything else is the stream's: close, closed, set_close_callback, set_nodelay, io_loop, socket, …"""
        return getattr(self._stream, name)

    def read_until_regex(self, regex: bytes, max_bytes: int | None = None) -> Awaitable[bytes]:
        """Tornado asks for a head."""
        return asyncio.ensure_future(self._head())

    def read_until(self, delimiter: bytes, max_bytes: int | None = None) -> Awaitable[bytes]:
        """Tornado asks for a chunk's first line."""
        return asyncio.ensure_future(self._chunk_line())

    def read_bytes(self, num_bytes: int, partial: bool = False) -> Awaitable[bytes]:
        """Tornado asks for a piece of the body, or the CRLF behind a chunk."""
        return asyncio.ensure_future(self._bytes(num_bytes, partial))

    def write(self, data: bytes) -> asyncio.Future[None]:
        """Send, or hang up on somebody who does not take it."""
        if data == TORNADOS_REFUSAL:
            self._refused(400)
            data = refusal(400, api=self._api)
        sending: asyncio.Future[None] = self._stream.write(data)
        if not sending.done():
            alarm = self._stream.io_loop.call_later(self._write_within, self._stream.close)
            sending.add_done_callback(lambda done: self._stream.io_loop.remove_timeout(alarm))
        return sending

    async def _head(self) -> bytes:
        self.waiting = True
        try:
            while (head := wire.read(bytes(self._buffer))) is None:
                self._buffer += await self._stream.read_bytes(4096, partial=True)
        except wire.Refused as refused:
            self._api = bool(API.match(self._buffer))
            await self._refuse(refused.status)
        finally:
            self.waiting = False
        self._api = bool(API.match(head.text))
        del self._buffer[: head.size]
        self.fresh, self._body = False, 0
        return head.text

    async def _chunk_line(self) -> bytes:
        try:
            while (end := self._buffer.find(b"\r\n", 0, 16)) < 0:
                if len(self._buffer) >= 16:
                    raise wire.Refused(400)
                await self._more(4096)
            line = bytes(self._buffer[: end + 2])
            self._body += wire.chunk_size(line)
            if self._body > wire.MOST_BODY:
                raise wire.Refused(413)
        except wire.Refused as refused:
            await self._refuse(refused.status)
        del self._buffer[: len(line)]
        return line

    async def _bytes(self, count: int, partial: bool) -> bytes:
        while len(self._buffer) < (1 if partial else count):
            await self._more(65536)
        piece = bytes(self._buffer[:count])
        del self._buffer[:count]
        return piece

    async def _more(self, most: int) -> None:
        """More of a body."""
        self.taking = True
        try:
            self._buffer += await self._stream.read_bytes(most, partial=True)
        finally:
            self.taking = False

    async def _refuse(self, status: int) -> NoReturn:
        """Answer, take in a little of what is still coming (else a reset overtakes the answer), close."""
        self._refused(status)
        await self._stream.write(refusal(status, api=self._api))
        taken = 0
        try:
            while taken < MOST_LINGER:
                piece = self._stream.read_bytes(4096, partial=True)
                taken += len(await with_timeout(LINGER, piece, quiet_exceptions=StreamClosedError))
        except (TimeoutError, StreamClosedError):
            pass
        self._stream.close()
        raise StreamClosedError


def refusal(status: int, *, api: bool = False) -> bytes:
    """A whole answer to something that never became a request. It repeats nothing of what was sent."""
    reason = HTTPStatus(status).phrase
    kind, body = bare(status, reason if api else f"{status} {reason}", api=api)
    fields = {
        **HEADERS,
        "Content-Type": kind,
        "Content-Length": str(len(body)),
        "Connection": "close",
    }
    lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body

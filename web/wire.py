"""Reading an HTTP/1.1 head as strictly as RFC 9112 allows: pure, bytes in, verdict out.

Tornado 6.6 takes bare LF, drops what is too long without a word, and knows no limit on lines. Two readers that
disagree about where a request ends are how requests are smuggled, so whatever two could read in two ways is refused
here (rows on smuggling and sizes), and Tornado only ever sees what can be read in one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

MOST_LINE: Final = 8 * 1024
MOST_HEADERS: Final = 16 * 1024
MOST_LINES: Final = 64
MOST_BODY: Final = 64 * 1024
MOST_HEAD: Final = MOST_LINE + MOST_HEADERS + 8

END: Final = b"\r\n\r\n"
STRAY: Final = re.compile(rb"(?<!\r)\n|\r(?!\n|\Z)|\x00")
REQUEST: Final = re.compile(rb"([A-Z]{1,20}) (/[\x21-\x7e]*) HTTP/(\d)\.(\d)")
TARGET_TOO_LONG: Final = re.compile(rb"[A-Z]{1,20} /")
FIELD: Final = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*((?:[\x21-\x7e\x80-\xff][\x20-\x7e\x80-\xff\t]*)?)")
HOST: Final = re.compile(rb"(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?")
CHUNK: Final = re.compile(rb"([0-9A-Fa-f]{1,8})\r\n")
ONCE: Final = frozenset({b"authorization", b"content-length", b"content-type", b"expect", b"host", b"idempotency-key",
                         b"origin", b"sec-fetch-site", b"transfer-encoding"})  # fmt: skip


class Refused(Exception):
    """Not a request that this server reads. `status` says why; the connection ends."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A head that can be read in one way only. `text` is what Tornado gets: without the names it must not see."""

    text: bytes
    size: int


def early(buffer: bytes) -> None:
    """Judge a head that is not complete yet. Raises Refused as soon as the rest cannot save it."""
    end = buffer.find(END)
    seen = buffer if end < 0 else buffer[: end + len(END)]
    line = seen.find(b"\r\n")
    if (line if line >= 0 else len(seen)) > MOST_LINE:
        raise Refused(414 if TARGET_TOO_LONG.match(seen) else 400)
    if STRAY.search(seen):
        raise Refused(400)
    if line >= 0 and len(seen) - line > MOST_HEADERS + len(END):
        raise Refused(431)
    if seen.count(b"\r\n") > MOST_LINES + 2:
        raise Refused(431)


def read(buffer: bytes) -> Head | None:
    """The head at the start of `buffer`, or None while it is incomplete. Raises Refused."""
    early(buffer)
    end = buffer.find(END)
    if end < 0:
        return None
    line, *lines = buffer[:end].split(b"\r\n")
    _request_line(line)
    fields = [_field(text) for text in lines]
    if len(fields) > MOST_LINES:
        raise Refused(431)
    _judge(line, fields)
    kept = [line, *(name + b": " + value for name, value in fields if b"_" not in name)]
    return Head(text=b"\r\n".join(kept) + END, size=end + len(END))


def chunk_size(line: bytes) -> int:
    """The size in a chunk's first line. Extensions, signs, blanks and overflow are refused."""
    found = CHUNK.fullmatch(line)
    if not found:
        raise Refused(400)
    return int(found[1], 16)


def _request_line(line: bytes) -> None:
    found = REQUEST.fullmatch(line)
    if not found:
        raise Refused(400)
    if (found[3], found[4]) not in {(b"1", b"0"), (b"1", b"1")}:
        raise Refused(505)


def _field(text: bytes) -> tuple[bytes, bytes]:
    found = FIELD.fullmatch(text)
    if not found:
        raise Refused(400)
    return found[1], found[2].rstrip(b" \t")


def _judge(line: bytes, fields: list[tuple[bytes, bytes]]) -> None:
    values: dict[bytes, bytes] = {}
    for written, value in fields:
        name = written.lower()
        if name in values and name in ONCE:
            raise Refused(400)
        values[name] = value
    if not HOST.fullmatch(values.get(b"host", b"")):
        raise Refused(400)
    length, coding = values.get(b"content-length"), values.get(b"transfer-encoding")
    if coding is not None and (length is not None or line.endswith(b"1.0")):
        raise Refused(400)
    if coding is not None and coding.lower() != b"chunked":
        raise Refused(501)
    if length is not None and not re.fullmatch(rb"\d{1,18}", length):
        raise Refused(400)
    if length is not None and int(length) > MOST_BODY:
        raise Refused(413)
    if values.get(b"content-encoding", b"identity").lower() != b"identity":
        raise Refused(415)
    if values.get(b"expect", b"100-continue").lower() != b"100-continue":
        raise Refused(417)

"""Makes screenshots small: at most 16 colours, four bits a pixel. Good enough for text, a quarter of the size."""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from itertools import pairwise

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST = 16


def fewer_colours(png: bytes) -> bytes:
    """The same picture with the colours that occur most often; each other pixel gets the nearest of them."""
    width, height, rows = _pixels(png)
    counts = Counter(colour for row in rows for colour in row)
    palette: list[tuple[int, int, int]] = []
    for colour, _ in counts.most_common():
        if all(_far(colour, other) > 1500 for other in palette):
            palette.append(colour)
        if len(palette) == MOST:
            break
    place = {colour: min(range(len(palette)), key=lambda at: _far(colour, palette[at])) for colour in counts}
    packed = bytearray()
    for row in rows:
        spots = [place[colour] for colour in row] + [0] * (width % 2)
        packed.append(0)
        packed += bytes(high << 4 | low for high, low in list(pairwise(spots))[::2])
    header = struct.pack(">IIBBBBB", width, height, 4, 3, 0, 0, 0)
    colours = b"".join(bytes(colour) for colour in palette)
    chunks = ((b"IHDR", header), (b"PLTE", colours), (b"IDAT", zlib.compress(bytes(packed), 9)), (b"IEND", b""))
    return SIGNATURE + b"".join(_chunk(name, data) for name, data in chunks)


def _pixels(png: bytes) -> tuple[int, int, list[list[tuple[int, int, int]]]]:
    """Width, height, rows of (red, green, blue). Chromium writes 8 bits, RGB or RGBA, not interlaced."""
    at, data, size = 8, b"", 3
    width = height = 0
    while at < len(png):
        length, name = struct.unpack_from(">I4s", png, at)
        body = png[at + 8 : at + 8 + length]
        if name == b"IHDR":
            width, height, depth, kind = struct.unpack_from(">IIBB", body)
            assert (depth, kind) in {(8, 2), (8, 6)}
            size = 3 if kind == 2 else 4
        elif name == b"IDAT":
            data += body
        at += length + 12
    raw = zlib.decompress(data)
    above, rows, stride = bytes(width * size), [], width * size
    for number in range(height):
        start = number * (stride + 1)
        above = _unfiltered(raw[start], raw[start + 1 : start + 1 + stride], above, size)
        rows.append([(above[at], above[at + 1], above[at + 2]) for at in range(0, stride, size)])
    return width, height, rows


def _unfiltered(kind: int, line: bytes, above: bytes, size: int) -> bytes:
    """PNG's five filters."""
    if kind == 0:
        return line
    done = bytearray(line)
    for at in range(len(done)):
        left = done[at - size] if at >= size else 0
        up = above[at]
        corner = above[at - size] if at >= size else 0
        done[at] = (done[at] + (left, up, (left + up) // 2, _paeth(left, up, corner))[kind - 1]) & 0xFF
    return bytes(done)


def _paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    return min((left, up, corner), key=lambda part: abs(guess - part))


def _far(one: tuple[int, int, int], other: tuple[int, int, int]) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

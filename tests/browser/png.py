"""Makes screenshots small: at most 14 colours, four bits a pixel. Good enough for text, a quarter of the size.

The pixels are counted and replaced in the browser that drew them: in Python it takes seconds for each.
"""

from __future__ import annotations

import struct
import zlib
from base64 import b64decode, b64encode
from typing import Final

from playwright.sync_api import Page

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
MOST: Final = 14
APART: Final = ((10, 1500), (MOST, 150))
"""How many are taken, and how far each is from those before, squared, in RGB: hues first, then shades."""

FEWER: Final = """
async ([png, steps]) => {
  const image = await createImageBitmap(await (await fetch("data:image/png;base64," + png)).blob());
  const { width, height } = image;
  const pen = new OffscreenCanvas(width, height).getContext("2d");
  pen.drawImage(image, 0, 0);
  const pixels = new Uint32Array(pen.getImageData(0, 0, width, height).data.buffer);
  const counts = new Map();
  for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) || 0) + 1);
  const parts = (pixel) => [pixel & 255, pixel >> 8 & 255, pixel >> 16 & 255];
  const far = (one, other) => one.reduce((sum, part, at) => sum + (part - other[at]) ** 2, 0);
  const palette = [];
  const often = [...counts.keys()].sort((one, other) => counts.get(other) - counts.get(one) || one - other);
  for (const [most, apart] of steps) {
    for (const pixel of often.map(parts)) {
      if (palette.length < most && palette.every((taken) => far(taken, pixel) > apart)) palette.push(pixel);
    }
  }
  const place = new Map();
  for (const pixel of counts.keys()) {
    const away = palette.map((taken) => far(taken, parts(pixel)));
    place.set(pixel, away.indexOf(Math.min(...away)));
  }
  const row = Math.ceil(width / 2), packed = new Uint8Array(row * height);
  pixels.forEach((pixel, at) => {
    const across = at % width;
    packed[Math.floor(at / width) * row + (across >> 1)] |= place.get(pixel) << (across % 2 ? 0 : 4);
  });
  let text = "";
  for (let at = 0; at < packed.length; at += 32768) text += String.fromCharCode(...packed.subarray(at, at + 32768));
  return { width, height, palette: palette.flat(), packed: btoa(text) };
}
"""


def fewer_colours(png: bytes, studio: Page) -> bytes:
    """The same picture with the colours that occur most often; each other pixel gets the nearest of them.

    `studio` is any tab that may fetch a data: address, an empty one for example.
    """
    made = studio.evaluate(FEWER, [b64encode(png).decode(), APART])
    packed, row = b64decode(made["packed"]), (made["width"] + 1) // 2
    rows = b"".join(b"\0" + packed[at : at + row] for at in range(0, len(packed), row))
    header = struct.pack(">IIBBBBB", made["width"], made["height"], 4, 3, 0, 0, 0)
    colours = bytes(made["palette"])
    chunks = ((b"IHDR", header), (b"PLTE", colours), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return SIGNATURE + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

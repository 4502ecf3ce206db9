"""KDBX 4.0, the file that KeePass and its kin open: written here, never read.

source  https://keepass.info/help/kb/kdbx.html; every number is little-endian
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from struct import pack
from typing import Final
from xml.sax.saxutils import escape

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256, ChaCha20
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.padding import PKCS7

from bridge.ports import Dice

SIGNATURE: Final = bytes.fromhex("03d9a29a67fb4bb5")
VERSION: Final = pack("<HH", 0, 4)
AES: Final = bytes.fromhex("31c1f2e6bf714350be5805216afc5aff")
ARGON2ID: Final = bytes.fromhex("9e298b1956db4773b23dfc3ec6f0a1e6")
MEMORY: Final = 16 << 20  # bytes: one worker may make several files at once
PASSES: Final = 3
LANES: Final = 1
BLOCK: Final = 1 << 20
CHACHA20: Final = 3
NEVER_TIME: Final = datetime(1, 1, 1, tzinfo=UTC)
UINT32, UINT64, BYTES = 0x04, 0x05, 0x42  # kinds of a variant dictionary's values


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The one entry of a file. All of it but the password is plain text."""

    title: str
    username: str
    notes: str
    expires: datetime
    made: datetime


def written(entry: Entry, password: str, master: str, program: str, dice: Dice) -> bytes:
    """A file with that entry, which the master password opens."""
    seed, iv, salt = dice(32), dice(16), dice(32)
    header = b"".join((SIGNATURE, VERSION, *_header(seed, iv, salt)))
    stretched = _stretched(master, salt)
    key = hashlib.sha256(seed + stretched).digest()
    tags = hashlib.sha512(seed + stretched + b"\x01").digest()
    stream = dice(64)
    inner = _fields((1, pack("<I", CHACHA20)), (2, stream), (0, b""))
    sealed = _encrypted(inner + _xml(entry, _protected(password, stream), program, dice).encode(), key, iv)
    proof = hmac.digest(_block_key(tags, 2**64 - 1), header, "sha256")
    return b"".join((header, hashlib.sha256(header).digest(), proof, *_blocks(sealed, tags)))


def _header(seed: bytes, iv: bytes, salt: bytes) -> Iterator[bytes]:
    stretching = _dictionary(
        (BYTES, b"$UUID", ARGON2ID), (BYTES, b"S", salt), (UINT32, b"P", pack("<I", LANES)),
        (UINT64, b"M", pack("<Q", MEMORY)), (UINT64, b"I", pack("<Q", PASSES)), (UINT32, b"V", pack("<I", 0x13)),
    )  # fmt: skip
    uncompressed = pack("<I", 0)
    yield _fields((2, AES), (3, uncompressed), (4, seed), (7, iv), (11, stretching), (0, b"\r\n\r\n"))


def _fields(*fields: tuple[int, bytes]) -> bytes:
    return b"".join(pack("<BI", name, len(value)) + value for name, value in fields)


def _dictionary(*values: tuple[int, bytes, bytes]) -> bytes:
    """A variant dictionary: each value with its kind and its name."""
    items = (pack("<BI", kind, len(name)) + name + pack("<I", len(value)) + value for kind, name, value in values)
    return b"".join((pack("<H", 0x100), *items, b"\0"))


def _stretched(master: str, salt: bytes) -> bytes:
    """The composite key (a password and nothing else), made costly to guess from."""
    composite = hashlib.sha256(hashlib.sha256(master.encode()).digest()).digest()
    kdf = Argon2id(salt=salt, length=32, iterations=PASSES, lanes=LANES, memory_cost=MEMORY >> 10)
    return kdf.derive(composite)


def _encrypted(text: bytes, key: bytes, iv: bytes) -> bytes:
    padder, cipher = PKCS7(128).padder(), Cipher(AES256(key), CBC(iv)).encryptor()
    return cipher.update(padder.update(text) + padder.finalize()) + cipher.finalize()


def _block_key(tags: bytes, number: int) -> bytes:
    return hashlib.sha512(pack("<Q", number) + tags).digest()


def _blocks(sealed: bytes, tags: bytes) -> Iterator[bytes]:
    """Each with its tag; an empty one ends them."""
    pieces = [sealed[at : at + BLOCK] for at in range(0, len(sealed), BLOCK)]
    for number, piece in enumerate([*pieces, b""]):
        size = pack("<I", len(piece))
        yield hmac.digest(_block_key(tags, number), pack("<Q", number) + size + piece, "sha256") + size + piece


def _protected(text: str, stream: bytes) -> str:
    """A value that stays encrypted in the memory of the program that opens the file."""
    key = hashlib.sha512(stream).digest()
    cipher = Cipher(ChaCha20(key[:32], bytes(4) + key[32:44]), mode=None).encryptor()
    return base64.b64encode(cipher.update(text.encode())).decode()


def _time(at: datetime) -> str:
    return base64.b64encode(pack("<q", int((at - NEVER_TIME).total_seconds()))).decode()


def _xml(entry: Entry, password: str, program: str, dice: Dice) -> str:
    made, expires = _time(entry.made), _time(entry.expires)
    group, own = (base64.b64encode(dice(16)).decode() for _ in range(2))
    title, program = escape(entry.title), escape(program)
    texts = {"Title": title, "UserName": escape(entry.username), "URL": "", "Notes": escape(entry.notes)}
    strings = "".join(f"<String><Key>{key}</Key><Value>{text}</Value></String>" for key, text in texts.items())
    return (
        '<?xml version="1.0" encoding="utf-8" standalone="yes"?>'
        f"<KeePassFile><Meta><Generator>{program}</Generator><DatabaseName>{title}</DatabaseName>"
        f"<DatabaseNameChanged>{made}</DatabaseNameChanged><SettingsChanged>{made}</SettingsChanged>"
        "<MemoryProtection><ProtectTitle>False</ProtectTitle><ProtectUserName>False</ProtectUserName>"
        "<ProtectPassword>True</ProtectPassword><ProtectURL>False</ProtectURL><ProtectNotes>False</ProtectNotes>"
        "</MemoryProtection><RecycleBinEnabled>False</RecycleBinEnabled></Meta>"
        f"<Root><Group><UUID>{group}</UUID><Name>{title}</Name><IconID>48</IconID>{_times(made, made, False)}"
        "<IsExpanded>True</IsExpanded>"
        f"<Entry><UUID>{own}</UUID><IconID>0</IconID>{_times(made, expires, True)}{strings}"
        f'<String><Key>Password</Key><Value Protected="True">{password}</Value></String>'
        "</Entry></Group><DeletedObjects/></Root></KeePassFile>"
    )


def _times(made: str, expires: str, ends: bool) -> str:
    same = "".join(
        f"<{name}>{made}</{name}>"
        for name in ("CreationTime", "LastModificationTime", "LastAccessTime", "LocationChanged")
    )
    return f"<Times>{same}<ExpiryTime>{expires}</ExpiryTime><Expires>{ends}</Expires><UsageCount>0</UsageCount></Times>"

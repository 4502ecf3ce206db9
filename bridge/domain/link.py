"""A link: a locator that names it and a key that opens it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bridge.domain.errors import BadInput
from bridge.domain.names import Name, ResetId
from bridge.domain.reading import find
from bridge.domain.secret import Secret
from bridge.domain.typed import MISREAD

CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
KEY_BYTES: Final = 20  # 160 bits: 32 characters, eight groups of four
LOCATOR_BYTES: Final = 16  # 128 bits: 26 characters


class Locator(Name):
    """Names a link in its path: 128 bits in Crockford's base32."""

    pattern = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
    place = "locator"
    expected = "26 letters and digits"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """What the database holds of a link: nothing that opens it.

    verifier    32 bytes: a hash of the proof that is derived from the link key; whoever reads it can prove nothing
    ciphertext  the password, sealed under the link key and again under the server's key; None once erased, and of an
                armed link until there is a password
    public      of an armed link: what a worker that never saw the link's key seals for it with; None of all others
    key_id      which server key sealed the outer layer
    code_hash   keyed hash of the release code, None where the policy has none; code_until its end
    tries       wrong answers on this link so far
    language    what its mail was written in; empty where that is not known
    """

    reset_id: ResetId
    locator: Locator
    verifier: bytes
    ciphertext: bytes | None
    key_id: str
    tries: int = 0
    opened_at: datetime | None = None
    public: bytes | None = None
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A password as the link's key alone opens it: what a browser gets that kept the key to itself.

    inner   the inner layer: nonce, ciphertext and tag; of an armed link encapsulated key, ciphertext and tag
    bound   what it is bound to: its associated data
    armed   which of the two it is
    """

    inner: bytes
    bound: bytes
    armed: bool = False


def base32(raw: bytes) -> str:
    """Write bytes in Crockford's base32, most significant bit first, padded with zero bits at the end."""
    bits = "".join(f"{byte:08b}" for byte in raw)
    bits += "0" * (-len(bits) % 5)
    return "".join(CROCKFORD[int(bits[i : i + 5], 2)] for i in range(0, len(bits), 5))


def unbase32(text: str, size: int) -> bytes:
    """Read `size` bytes back. Raises BadInput on a wrong character or length. Say nothing of the text: it is a key."""
    try:
        bits = "".join(f"{CROCKFORD.index(char):05b}" for char in text)
    except ValueError:
        raise BadInput("code", "letters and digits are expected") from None
    if len(bits) != -(-size * 8 // 5) * 5:
        raise BadInput("code", f"{-(-size * 8 // 5)} letters and digits are expected")
    return bytes(int(bits[i : i + 8], 2) for i in range(0, size * 8, 8))


def name_in(text: str) -> str:
    """A locator as it was written, in the letters that locators have: O for 0 and I or L for 1 are no other one."""
    return text.upper().translate(MISREAD)


def new_locator(dice: Callable[[int], bytes]) -> Locator:
    """Draw a locator."""
    return Locator(base32(dice(LOCATOR_BYTES)))


def new_key(dice: Callable[[int], bytes]) -> Secret:
    """Draw a link key, as text."""
    return Secret(base32(dice(KEY_BYTES)))


def new_ticket(dice: Callable[[int], bytes]) -> Secret:
    """Draw what the page keeps of a factor that was passed: 128 bits, as text."""
    return Secret(base32(dice(LOCATOR_BYTES)))


def grouped(key: Secret) -> str:
    """The key as the mail shows it for typing in: eight groups of four."""
    text = key.expose()
    return " ".join(text[i : i + 4] for i in range(0, len(text), 4))


def read_key(typed: str) -> Secret:
    """Read a link key from what a person pasted or typed: the whole link, however damaged, the code alone, or all the
    mail with both. Raises BadInput, never with the text."""
    found = find(typed)
    if found is None:
        raise BadInput("code", "one link, or its code of 32 letters and digits, is expected")
    return Secret(found.key)

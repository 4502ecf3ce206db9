"""What an authenticator app, or a token that was bought, makes its codes from: OATH's TOTP (RFC 6238)."""

from __future__ import annotations

import re
from base64 import b32decode, b32encode
from dataclasses import dataclass
from typing import Final

from bridge.domain.errors import BadInput
from bridge.domain.second import STEP
from bridge.domain.secret import Secret

ALGORITHMS: Final = ("SHA1", "SHA256", "SHA512")
PERIODS: Final = (STEP, 60)
LEAST: Final = 16  # bytes: RFC 4226, R6
MOST: Final = 128
BETWEEN: Final = re.compile(r"[\s-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Oath:
    """As apps have it unless they are told otherwise: SHA-1, thirty seconds. The digits are six, always.

    seed   in base32, as apps take it
    step   seconds for which a code is the current one
    """

    seed: Secret
    algorithm: str = ALGORITHMS[0]
    step: int = STEP

    @classmethod
    def of(cls, kept: Secret) -> Oath:
        """What `kept` made."""
        *rest, seed = kept.expose().split(" ")
        if not rest:
            return cls(seed=kept)
        algorithm, step = rest
        return cls(seed=Secret(seed), algorithm=algorithm, step=int(step))

    @property
    def settings(self) -> str:
        """All but the seed, for people."""
        return f"{self.algorithm}, {self.step} seconds"

    @property
    def kept(self) -> Secret:
        """All of it in one text, to be sealed: the seed alone where the rest is as apps have it."""
        if (self.algorithm, self.step) == (ALGORITHMS[0], STEP):
            return self.seed
        return Secret(f"{self.algorithm} {self.step} {self.seed.expose()}")


def seed_of(text: str, *, hexadecimal: bool) -> Secret:
    """A seed as its maker's table has it; blanks and hyphens do no harm. Raises BadInput, which does not repeat it."""
    name, form = ("hex", "hexadecimal digits are") if hexadecimal else ("secret", "base32 is")
    plain = BETWEEN.sub("", text).upper().rstrip("=")
    try:
        raw = bytes.fromhex(plain) if hexadecimal else b32decode(plain + "=" * (-len(plain) % 8))
    except ValueError:
        raise BadInput(name, f"{form} expected, as the maker's table has the seed") from None
    if not LEAST <= len(raw) <= MOST:
        raise BadInput(name, f"{LEAST} to {MOST} bytes are expected, these are {len(raw)}")
    return Secret(b32encode(raw).decode().rstrip("="))

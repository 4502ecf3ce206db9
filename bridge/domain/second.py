"""What the two sides of a second factor have to agree on: enrolling it and checking it."""

from __future__ import annotations

import re
from typing import Final

from bridge.domain.secret import Secret

TOTP: Final = "totp"
RELEASE_CODE: Final = "release_code"
SEED_BYTES: Final = 20  # 160 bits, what RFC 4226 recommends and authenticator apps take
STEP: Final = 30  # seconds


def seed_label(person: str, factor_id: str) -> str:
    """What a stored seed is bound to: moved to another row, or another person, it does not open."""
    return f"{TOTP}:{person}:{factor_id}"


def digits(answer: Secret, count: int) -> Secret | None:
    """The answer's digits, if there are so many; blanks and hyphens that people type between them do no harm."""
    text = re.sub(r"[\s\u00a0\u2010-\u2015-]", "", answer.expose())
    return Secret(text) if re.fullmatch(rf"[0-9]{{{count}}}", text) else None

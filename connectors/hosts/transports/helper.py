"""The helper's protocol: an order becomes one line, what comes back becomes one Reply. deploy/zos has the other end.

Request, on the helper's standard input, then end of file: what the product's file says under `helper`, a new password
as two hexadecimal digits for each character's ASCII code, whatever code page the host has, and 16 digits for {nonce}.
A ping stands in no file: `ping;;;nonce=…`
Answer, anywhere in its output:   RB1 BEGIN nonce, any number of RB1 MSG text, RB1 RC n, RB1 END nonce
    Everything outside the frame, and every other line inside it, is noise: login messages, warnings, profiles.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from bridge.domain.errors import BadInput
from bridge.domain.names import CONTROLS
from bridge.domain.outcome import Order, Reply, Verb
from bridge.domain.secret import Line, Secret
from connectors.hosts.dialogs.orders import NONCE
from connectors.hosts.transports.masking import Mask

NONCE_BYTES: Final = 8
ENDED: Final = "READY"
"""The prompt of a Reply whose frame ended as it should."""

LINE_ENDS: Final = re.compile(r"\r\n|[\n\r\x85]")
"""EBCDIC's new line arrives as LF or as NEL (X'85'), by the conversion that sshd was given."""

SAYABLE: Final = re.compile(r"[\x20-\x7e]+")
PING: Final = Line(f"ping;;;nonce={NONCE}")
CODE: Final = re.compile(r"RB1 RC (\d{1,5})")
STARTS: Final = re.compile(r"RB1 BEGIN \S+")


def request(order: Order, nonce: str) -> Line:
    """Return the line that asks for `order`, the new line included. Raises BadInput for what it cannot carry."""
    asked = PING if order.verb is Verb.PING else order.asked
    if asked is None:
        raise BadInput("the helper's line", "the product's file is expected to say what the helper is given")
    if not all(asked.secrets) or (order.verb is Verb.RESET and not asked.secrets):
        raise BadInput("new", "a password is expected: an empty one is guessable on old systems")
    parts = [part.replace(NONCE, nonce) if isinstance(part, str) else _in_hex(part) for part in asked.parts]
    if not SAYABLE.fullmatch("".join(part for part in parts if isinstance(part, str))):
        raise BadInput("the helper's line", "one line of ASCII characters is expected")
    return Line(*parts, "\n")


def _in_hex(new: Secret) -> Secret:
    try:
        return Secret(new.expose().encode("ascii").hex())
    except UnicodeEncodeError:
        raise BadInput("new", "a password of ASCII characters is expected: others move between code pages") from None


def read(output: str, nonce: str, secrets: Iterable[Secret] = ()) -> Reply:
    """Find the frame with this nonce in what the helper printed.

    returns   the texts of MSG, masked; the code of RC; prompt READY if the frame began and ended once, "" otherwise
    """
    rows: list[str] = []
    codes: list[int] = []
    begun, ended = 0, False
    for line in LINE_ENDS.split(output):
        bare = line.rstrip()
        if bare == f"RB1 BEGIN {nonce}":
            begun += 1
        elif not begun or ended:
            continue
        elif bare == f"RB1 END {nonce}":
            ended = True
        elif line.startswith("RB1 MSG ") or bare == "RB1 MSG":
            rows.append(CONTROLS.sub(" ", line[8:]).rstrip())
        elif found := CODE.fullmatch(bare):
            codes.append(int(found[1]))
    whole = begun == 1 and ended and len(codes) == 1
    return Reply(rows=_masked(rows, secrets), code=codes[0] if len(codes) == 1 else None, prompt=ENDED if whole else "")


def began(output: str) -> bool:
    """Whether a helper has started at all, with whatever nonce."""
    return any(STARTS.fullmatch(line.rstrip()) for line in LINE_ENDS.split(output))


def noise(output: str, secrets: Iterable[Secret] = (), *, most: int = 200) -> str:
    """What was said outside a frame, in one masked line for an error's words."""
    rows = [CONTROLS.sub(" ", row).strip() for row in LINE_ENDS.split(output) if not row.startswith("RB1 ")]
    return " / ".join(row for row in _masked(rows, secrets) if row)[:most]


def _masked(rows: Sequence[str], secrets: Iterable[Secret]) -> tuple[str, ...]:
    """Take out each secret and its hexadecimal form: a shell that read the request would quote that."""
    known = [secret for secret in secrets if secret]
    return Mask([*known, *(Secret(each.expose().encode("latin-1", "replace").hex()) for each in known)]).rows(rows)

"""An order as a script for a shell's standard input, and what came back as Replies. Pure.

The script is one compound command: a shell reads it whole before it begins, and does nothing with one that was cut off
on the way. Each line of the order runs in the shell itself, without input of its own unless it is `given` one; one that
fails is the last. Around them, each in a line of its own:

    RB1 BEGIN nonce, what the first line said, RB1 RC nonce n, what the second said, RB1 RC nonce n …, RB1 END nonce

What a line is given on its standard input is written by `echo` where that is part of the shell, and nowhere else: a
program of that name would have it as an argument, for others to list. No here-document is used: some shells write
those to a file. Source: POSIX Shell and Utilities, 2.9.4.1 (grouping), 2.6 (`command -v` names a built-in by its name).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from bridge.domain.errors import BadInput
from bridge.domain.names import CONTROLS
from bridge.domain.outcome import Order, Reply, Typed
from bridge.domain.secret import Line, Secret
from connectors.hosts.transports.helper import ENDED, LINE_ENDS
from connectors.hosts.transports.masking import Mask

GIVEN: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_@#$:=.%+, -]*")
"""What echo hands on as it is, in any shell and between apostrophes: no backslash, no apostrophe, no hyphen first."""

LINE: Final = re.compile(r"[\x20-\x7e]+")
NO_ECHO: Final = "RBS001E THE SHELL HAS NO ECHO OF ITS OWN, NOTHING WAS RUN"


def script(order: Order, nonce: str) -> Line:
    """Return what is sent for an order. Raises BadInput for a line that no shell would take as one."""
    parts: list[str | Secret] = [f"{{\necho 'RB1 BEGIN {nonce}'\n"]
    for typed in order.typed:
        parts += ["{ ", *_command(typed), "\n} </dev/null 2>&1\nrb_code=$?\necho\n"]
        parts.append(f'echo "RB1 RC {nonce} $rb_code"\n')
        parts.append(f'[ "$rb_code" = 0 ] || {{ echo "RB1 END {nonce}"; exit 0; }}\n')
    return Line(*parts, f"echo 'RB1 END {nonce}'\nexit 0\n}}\n")


def _command(typed: Typed) -> list[str | Secret]:
    """A line of the order, and what it is given ahead of it."""
    line = typed.line.parts
    if not LINE.fullmatch(typed.line.expose()):
        raise BadInput("line to type", "one line of ASCII characters is expected")
    if typed.given is None:
        return [*line]
    if not GIVEN.fullmatch(typed.given.expose()):
        raise BadInput("input of a command", "letters, digits and _ @ # $ : = . % + , - are expected")
    given = ["echo '", *typed.given.parts, "' | "]
    return ['if [ "$(command -v echo)" = echo ]; then ', *given, *line, f"; else echo '{NO_ECHO}'; (exit 126); fi"]


def read(output: str, nonce: str, secrets: Iterable[Secret] = ()) -> tuple[Reply, ...] | None:
    """Find the frame with this nonce in what the shell printed, one Reply for each line that was run.

    None where it did not begin once, or does not end. Rows are masked; blank ones at the end of a Reply are not there.
    """
    code = re.compile(rf"RB1 RC {nonce} (\d{{1,5}})")
    replies: list[Reply] = []
    rows: list[str] = []
    begun, ended = 0, False
    mask = Mask(secrets)
    for line in LINE_ENDS.split(output):
        bare = line.rstrip()
        if bare == f"RB1 BEGIN {nonce}":
            begun += 1
            rows = []
        elif not begun or ended:
            continue
        elif bare == f"RB1 END {nonce}":
            ended = True
        elif found := code.fullmatch(bare):
            while rows and not rows[-1].strip():
                rows.pop()
            replies.append(Reply(rows=mask.rows(rows), prompt=ENDED, code=int(found[1])))
            rows = []
        else:
            rows.append(CONTROLS.sub(" ", line).rstrip())
    return tuple(replies) if begun == 1 and ended else None


def began(output: str, nonce: str) -> bool:
    """Whether the shell had started with the script."""
    return any(line.rstrip() == f"RB1 BEGIN {nonce}" for line in LINE_ENDS.split(output))

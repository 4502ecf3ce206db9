"""The other side of the comparison: s3270 driven over its pipes by the least that a competent script does.

The same program with the same options as the product starts it. Per command: clear the screen, type, press Enter, wait
for the keyboard, read the screen; see that it ends with READY, and go on reading while it does not. Nothing is
masked, parsed, quoted, checked against a code page, proven or bounded in time.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Final

from benchmarks.host import NAME
from connectors.hosts.transports.s3270 import ENVIRONMENT, command_line

VERDICTS: Final = (b"\nok\n", b"\nerror\n")
MOST_SCREENS: Final = 10  # a host that asks instead of answering would be waited for without end


class BareScript:
    """One s3270. `in_one`: all actions of a command in one line to s3270, else a line each, as most scripts do."""

    def __init__(self, authority: Path, *, in_one: bool) -> None:
        self._in_one = in_one
        self._process = subprocess.Popen(
            command_line("1047", ca=authority, certificate_name=NAME),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0, env=ENVIRONMENT,
        )  # fmt: skip
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._to, self._from = self._process.stdin.fileno(), self._process.stdout.fileno()

    @property
    def pid(self) -> int:
        return self._process.pid

    def close(self) -> None:
        """Log off and end."""
        self._do("Clear()", "Wait(5,Unlock)", 'String("LOGOFF")', "Enter()", "Wait(0.5,Output)")
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()

    def log_on(self, port: int, userid: str, password: str) -> None:
        """From nothing to READY, by way of the USS screen and the logon panel."""
        self._do(f'Connect("C:L:127.0.0.1:{port}")')
        self._until(b"Enter LOGON")
        self._do(f'String("LOGON APPLID(TSO) DATA({userid})")', "Enter()", "Wait(10,Unlock)")
        self._until(b"TSO/E LOGON")
        self._do(f'String("{password}")', "Enter()", "Wait(10,Unlock)")
        self._until(b"***")
        self._do("Enter()", "Wait(10,Unlock)")
        self._until(b"READY")

    def command(self, text: str) -> list[bytes]:
        """Type one command; its answer with everything else on the screen."""
        typed = text.replace("\\", "\\\\").replace('"', '\\"')
        screen = self._do("Clear()", "Wait(30,Unlock)", f'String("{typed}")', "Enter()", "Wait(30,Unlock)", "Ascii()")
        rows = _rows(screen)
        for _ in range(MOST_SCREENS):
            if rows and rows[-1].strip() == b"READY":
                return rows
            more = ("Enter()", "Wait(30,Unlock)") if rows and rows[-1].strip() == b"***" else ("Wait(30,Output)",)
            rows = _rows(self._do(*more, "Ascii()"))
        raise AssertionError(f"no READY after {text.split(maxsplit=1)[0]} in {MOST_SCREENS} looks; what is asked?")

    def _until(self, text: bytes) -> None:
        for _ in range(100):
            if text in self._do("Wait(0.1,Output)", "Ascii()") + self._do("Ascii()"):
                return
        raise AssertionError(f"no {text!r} came:\n{self._do('Ascii()').decode()}")

    def _do(self, *actions: str) -> bytes:
        """The answer to the last of the actions."""
        if self._in_one:
            return self._line(" ".join(actions))
        answer = b""
        for action in actions:
            answer = self._line(action)
        return answer

    def _line(self, line: str) -> bytes:
        os.write(self._to, line.encode() + b"\n")
        seen = b""
        while not seen.endswith(VERDICTS):
            seen += os.read(self._from, 65536)
        return seen


def _rows(screen: bytes) -> list[bytes]:
    """The rows of Ascii() that are not blank."""
    return [row[6:] for row in screen.split(b"\n") if row.startswith(b"data: ") and row[6:].strip()]

"""The same dialog by tnz, a 3270 client in Python without a process beside it: for scale, nothing is asked of it.

Classic TN3270 over TLS; the certificate is not verified.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any, Final

WITHIN: Final = 30.0


class TnzScript:
    """One tnz session, to be used by one thread."""

    def __init__(self, port: int) -> None:
        os.environ["TNZ_LOGGING"] = ""  # or it writes a file into the working directory
        from tnz import tnz

        self._terminal: Any = tnz.connect("127.0.0.1", port, secure=True, verifycert=False)

    def close(self) -> None:
        """Log off and end."""
        self._clear()
        self._terminal.enter("LOGOFF")
        self._until(lambda text: "Enter LOGON" in text)
        self._terminal.shutdown()

    def log_on(self, userid: str, password: str) -> None:
        """From nothing to READY."""
        self._until(lambda text: "Enter LOGON" in text)
        self._terminal.enter(f"TSO {userid}")
        self._until(lambda text: "TSO/E LOGON" in text)
        self._terminal.enter(password)
        self._until(lambda text: "***" in text)
        self._terminal.enter()
        self._until(lambda text: text.split() == ["READY"])

    def command(self, text: str) -> list[str]:
        """Type one command; its answer with everything else on the screen."""
        self._clear()
        self._terminal.enter(text)
        shown = self._until(lambda seen: seen.rstrip().endswith("READY"))
        return [row for row in shown.split("\n") if row.strip()]

    def _clear(self) -> None:
        self._terminal.clear()
        self._until(lambda text: not text.strip())

    def _until(self, holds: Callable[[str], bool]) -> str:
        """Wait until the keyboard is free and the screen is as it should be."""
        ends = time.monotonic() + WITHIN
        while self._terminal.pwait or not holds(self._shown()):
            assert time.monotonic() < ends, self._shown()
            self._terminal.wait(WITHIN)
        return self._shown()

    def _shown(self) -> str:
        text = str(self._terminal.scrstr(rstrip=False))
        return "\n".join(text[at : at + 80].rstrip() for at in range(0, len(text), 80))

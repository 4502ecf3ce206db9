"""The same dialog by 3270 clients in Python, without a process beside them: for scale, nothing is asked of them.

Classic TN3270 over TLS; the certificate is not verified. Both read the whole screen after whatever arrives.
"""

from __future__ import annotations

import os
import ssl
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Final

WITHIN: Final = 30.0
COLUMNS: Final = 80
CODE_PAGE: Final = "cp037"  # what is typed and read here is the same in 1047


class PythonScript(ABC):
    """One session, to be used by one thread."""

    def close(self) -> None:
        """Log off and end."""
        self._clear()
        self._enter("LOGOFF")
        self._until(lambda text: "Enter LOGON" in text)
        self._hang_up()

    def log_on(self, userid: str, password: str) -> None:
        """From nothing to READY."""
        self._until(lambda text: "Enter LOGON" in text)
        self._enter(f"TSO {userid}")
        self._until(lambda text: "TSO/E LOGON" in text)
        self._enter(password)
        self._until(lambda text: "***" in text)
        self._enter("")
        self._until(lambda text: text.split() == ["READY"])

    def command(self, text: str) -> list[str]:
        """Type one command; its answer with everything else on the screen."""
        self._clear()
        self._enter(text)
        shown = self._until(lambda seen: seen.rstrip().endswith("READY"))
        return [row for row in shown.split("\n") if row.strip()]

    def _clear(self) -> None:
        self._press_clear()
        self._until(lambda text: not text.strip())

    def _until(self, holds: Callable[[str], bool]) -> str:
        """Wait until the keyboard is free and the screen is as it should be."""
        ends = time.monotonic() + WITHIN
        while self._locked() or not holds(self._shown()):
            assert time.monotonic() < ends, self._shown()
            self._wait()
        return self._shown()

    def _shown(self) -> str:
        text = self._screen()
        return "\n".join(text[at : at + COLUMNS].rstrip() for at in range(0, len(text), COLUMNS))

    @abstractmethod
    def _enter(self, text: str) -> None:
        """Type where the cursor is, and press Enter."""

    @abstractmethod
    def _press_clear(self) -> None:
        """Press Clear."""

    @abstractmethod
    def _locked(self) -> bool:
        """Whether the host still has the keyboard."""

    @abstractmethod
    def _wait(self) -> None:
        """Until something arrives."""

    @abstractmethod
    def _screen(self) -> str:
        """All positions."""

    @abstractmethod
    def _hang_up(self) -> None:
        """End the connection."""


class TnzScript(PythonScript):
    """By tnz."""

    def __init__(self, port: int) -> None:
        os.environ["TNZ_LOGGING"] = ""  # or it writes a file into the working directory
        from tnz import tnz

        self._terminal: Any = tnz.connect("127.0.0.1", port, secure=True, verifycert=False)

    def _enter(self, text: str) -> None:
        self._terminal.enter(text)

    def _press_clear(self) -> None:
        self._terminal.clear()

    def _locked(self) -> bool:
        return bool(self._terminal.pwait)

    def _wait(self) -> None:
        self._terminal.wait(WITHIN)

    def _screen(self) -> str:
        return str(self._terminal.scrstr(rstrip=False))

    def _hang_up(self) -> None:
        self._terminal.shutdown()


class Pytn3270Script(PythonScript):
    """By pytn3270."""

    def __init__(self, port: int) -> None:
        from tn3270 import AID, Emulator, Telnet

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.sslsocket_class = _Whole
        self._keys: Any = AID
        self._line: Any = Telnet("IBM-3278-2-E", is_tn3270e_enabled=False)
        self._line.open("127.0.0.1", port, ssl_context=context)
        self._terminal: Any = Emulator(self._line, 24, COLUMNS)

    def _enter(self, text: str) -> None:
        for byte in text.encode(CODE_PAGE):
            self._terminal.input(byte)
        self._terminal.aid(self._keys.ENTER)

    def _press_clear(self) -> None:
        self._terminal.aid(self._keys.CLEAR)

    def _locked(self) -> bool:
        return bool(self._terminal.keyboard_locked)

    def _wait(self) -> None:
        self._terminal.update(timeout=WITHIN)

    def _screen(self) -> str:
        shown: bytes = self._terminal.get_bytes(0, 24 * COLUMNS - 1)
        return shown.decode(CODE_PAGE).replace("\0", " ")

    def _hang_up(self) -> None:
        self._line.close()


class _Whole(ssl.SSLSocket):
    """pytn3270 takes 1,024 bytes, then asks the system whether there are more; what TLS holds it does not know."""

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        return super().recv(65536, flags)


CLIENTS: Final[dict[str, tuple[str, type[TnzScript | Pytn3270Script]]]] = {
    "tnz": ("tnz", TnzScript),
    "pytn3270": ("tn3270", Pytn3270Script),
}
"""Name → the module that has to be installed, and the script."""

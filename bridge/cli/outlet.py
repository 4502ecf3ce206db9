"""Standard output and error as the commands write to them: a reader that goes away ends no command half-way.

`resetbridge show … | head` takes what it wants. What a command does, and its exit status, stay as they would
have been. A few commands print what stands nowhere else; for them a reader that is gone is an error.
"""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING, TextIO

from bridge.domain.errors import BridgeError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class Unwritten(BridgeError):
    """What a command had to print has not all arrived."""


class Outlet(io.RawIOBase):
    """A file descriptor to write to. Once it has taken no more it takes everything, and drops it."""

    def __init__(self, number: int) -> None:
        self._number, self._gone, self.once = number, False, False

    def writable(self) -> bool:
        """Always."""
        return True

    def fileno(self) -> int:
        """For whoever asks for its size."""
        return self._number

    def isatty(self) -> bool:
        """Whether a person looks."""
        return os.isatty(self._number)

    def write(self, data: ReadableBuffer, /) -> int:
        """Write some of it. Raises Unwritten, once, where what is lost matters."""
        if self._gone:
            return memoryview(data).nbytes
        try:
            return os.write(self._number, data)
        except BrokenPipeError:
            self._gone = True
            if self.once:
                raise Unwritten(
                    "whoever read the output went away; what is missing of it stands nowhere else"
                ) from None
        except OSError as error:
            self._gone = True
            raise Unwritten(f"the output cannot be written: {error.strerror}") from None
        return memoryview(data).nbytes


def install() -> None:
    """Put outlets in the place of both streams; where one is closed from the start, nothing is printed."""
    if sys.stdout is sys.__stdout__:  # not so where a test looks on
        sys.stdout = _wrapped(sys.stdout, 1)
    if sys.stderr is sys.__stderr__:
        sys.stderr = _wrapped(sys.stderr, 2)


def demand() -> None:
    """From here on the output has to arrive, or the command says that it did not: a code, a token or a key is in it."""
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    if isinstance(raw, Outlet):
        raw.once = True


def _wrapped(stream: TextIO | None, number: int) -> TextIO:
    if not isinstance(stream, io.TextIOWrapper):  # None: it was closed
        return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123 - for as long as we run
    return io.TextIOWrapper(
        io.BufferedWriter(Outlet(number)), stream.encoding, stream.errors, line_buffering=stream.line_buffering
    )

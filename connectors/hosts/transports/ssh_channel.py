"""One channel of an SSH connection: send a line, listen to both streams, wait for the end; each wait has a limit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Timer
from typing import Final

import paramiko

from connectors.machine import Deadline

MOST: Final = 1 << 20
"""Bytes of output, both streams together, after which a command is no longer listened to."""

PIECE: Final = 1 << 15
TICK: Final = 0.1
"""Seconds between looks at the other stream: reading one to its end while the other fills would block both."""

LIBRARY_FAULTS: Final = (paramiko.SSHException, EOFError, OSError)


@dataclass(slots=True)
class Heard:
    """What one channel brought: both streams as bytes, and the exit status (-1: none, or a signal)."""

    out: bytearray
    err: bytearray
    status: int = -1


class Lost(Exception):
    """The answer will not come; the text says why."""


@contextmanager
def closing_after(transport: paramiko.Transport, seconds: float) -> Iterator[None]:
    """Close the connection if the block lasts longer: the library waits for some answers without any limit."""
    timer = Timer(seconds, transport.close)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def converse(channel: paramiko.Channel, line: bytes, limit: Deadline) -> Heard:
    """Send the line and the end of input, then listen until both the output and the command have ended.

    What was started may have ended before it was given all of that: what it said by then is the answer, or says why.
    """
    channel.settimeout(limit.left())
    try:
        channel.sendall(line)
        channel.shutdown_write()
    except TimeoutError:
        raise
    except OSError:
        pass
    heard = Heard(bytearray(), bytearray())
    while _listen(channel, heard, limit):
        pass
    while not channel.status_event.wait(min(TICK, limit.left())):
        _drain(channel, heard)
        if limit.over:
            raise Lost("what was started closed its output but has not ended")
    _drain(channel, heard)
    heard.status = channel.recv_exit_status()
    return heard


def _listen(channel: paramiko.Channel, heard: Heard, limit: Deadline) -> bool:
    """Take what has come; False at the end of the output."""
    channel.settimeout(min(TICK, limit.left()))
    try:
        piece = channel.recv(PIECE)
    except TimeoutError:
        piece = None
    heard.out += piece or b""
    _drain(channel, heard)
    if limit.over:
        raise Lost("")
    return piece != b""


def _drain(channel: paramiko.Channel, heard: Heard) -> None:
    while channel.recv_stderr_ready() and len(heard.err) <= MOST:
        heard.err += channel.recv_stderr(PIECE)
    if len(heard.out) + len(heard.err) > MOST:
        raise Lost(f"more than {MOST} bytes of output")


def in_words(error: BaseException) -> str:
    """What went wrong, in one short line; a library's error may have no text at all."""
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, EOFError):
        return "the host hung up"
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(text.split())[:200] if text or isinstance(error, Lost) else type(error).__name__

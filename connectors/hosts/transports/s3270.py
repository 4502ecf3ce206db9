"""One s3270 process, driven through py3270: owned, bounded, quoted, and gone when anything is out of step.

py3270 waits without limit, leaves zombies, never reads stderr, logs what it types, and its finaliser talks to the
process. So it is handed an `app` of ours, which reads with a limit. A thread starts the process and waits for its end:
it lives exactly as long, because the kernel sends the death signal when the *thread* that started it ends. It does not
read as well: handing each answer from thread to thread would cost more than s3270 does.

Source: x3270 4.1 documentation; measured with s3270 4.1ga10 and py3270 0.3.5.
"""

from __future__ import annotations

import logging
import os
import select
import shutil
import subprocess
import threading
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from queue import SimpleQueue
from typing import Final

import py3270

from bridge.domain.errors import ConfigFault
from bridge.domain.secret import Line
from connectors.hosts.transports.actions import as_string_action
from connectors.hosts.transports.charset import page_number
from connectors.hosts.transports.screens import STATUS, Status
from connectors.machine import Deadline

PATH: Final = "/usr/local/bin:/usr/bin:/bin"
ENVIRONMENT: Final = {"PATH": PATH, "LC_ALL": "C", "HOME": "/"}
"""Nothing of the daemon's own; C, for a decimal point in Wait()."""
FENCE: Final = "Execute Script Source Prompt Transfer Printer PrintText Trace ScreenTrace"
"""Actions that s3270 answers and does not carry out: a second fence behind the quoting."""
GRACE: Final = 2.0
"""Seconds that s3270 may be late with the end of a Wait()."""
QUIT_WITHIN: Final = 1.0
MOST_AT_ONCE: Final = 65536
LOOKS: Final = 300
"""How often to look for more of an answer before sleeping again: some tenths of a millisecond."""
EAGER: Final = threading.Lock()
"""Held by the thread that looks for an answer before it has begun."""
VERDICTS: Final = (b"ok", b"error")

SILENCED: Final = logging.Logger("py3270", logging.CRITICAL + 1)
py3270.log = SILENCED  # it logs each command, password and all; this logger no configuration can reach
logging.getLogger("py3270").setLevel(logging.WARNING)


class SessionLost(Exception):
    """The process, or the host behind it, is gone or silent. The text holds nothing that was on the screen."""


class NothingSent(SessionLost):
    """The process was gone before it could be handed these actions: none of them has reached the host."""


@dataclass(frozen=True, slots=True)
class Block:
    """An answer: all before the status line is data, even without the prefix that s3270 4.1 forgets on failures."""

    data: tuple[bytes, ...]
    status: bytes
    ok: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What a line of actions came to. Not `ok` is a Wait() that ran out, or an action that was refused."""

    ok: bool
    data: tuple[bytes, ...]
    status: Status


class Child:
    """The `app` of py3270.Emulator: owns the process. Everything raises SessionLost once that is gone.

    limit   seconds for the next command; past it the process is killed
    """

    def __init__(self, arguments: list[str]) -> None:
        self.limit = 10.0
        self.block: Block | None = None
        self._lines: deque[bytes] = deque()
        born: SimpleQueue[subprocess.Popen[bytes] | OSError] = SimpleQueue()
        self._keeper = threading.Thread(target=_keep, args=(arguments, born), name="s3270", daemon=True)
        self._keeper.start()
        first = born.get()
        if isinstance(first, OSError):
            self._keeper.join()
            raise ConfigFault([f"{arguments[0]} cannot be started: {first.strerror}"])
        assert first.stdin is not None
        assert first.stdout is not None
        self._process, self._stdin, self._stdout = first, first.stdin, first.stdout
        os.set_blocking(self._stdout.fileno(), False)
        self._readable = select.poll()
        self._readable.register(self._stdout, select.POLLIN)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def write(self, data: bytes) -> None:
        """Send one command for py3270, wait for its answer, and let it read how that ended; `block` holds the rest."""
        self.send(data)
        self.block = block = self.receive()
        self._lines.extend((block.status, b"ok") if block.ok else (b"data: refused", block.status, b"error"))

    def send(self, data: bytes) -> None:
        """Send one command; receive() has to follow, sooner or later. Raises NothingSent if none is there to read."""
        try:
            self._stdin.write(data)
        except (OSError, ValueError):
            self.close()
            raise NothingSent("s3270 has ended") from None

    def receive(self) -> Block:
        """Wait for the whole answer, or kill the process at the limit."""
        try:
            return self._answer()
        except (OSError, ValueError):
            self.close()
            raise SessionLost("s3270 has ended") from None
        except SessionLost:
            self.close()
            raise

    def _answer(self) -> Block:
        """Read up to a status line and its verdict. Nothing but that ends an answer: there may be garbage before it.

        Each row loses its prefix while s3270 makes the next one.
        """
        deadline, rest = Deadline(timedelta(seconds=self.limit)), b""
        lines: list[bytes] = []
        rows: list[bytes] = []
        with closing(self._coming(deadline)) as chunks:
            for chunk in chunks:
                *whole, rest = (rest + chunk).split(b"\n")
                lines += whole
                rows += [each.removeprefix(b"data:").removeprefix(b" ") for each in whole]
                if not rest and len(lines) > 1 and lines[-1] in VERDICTS and STATUS.fullmatch(lines[-2].strip()):
                    return Block(tuple(rows[:-2]), lines[-2], lines[-1] == b"ok")
        raise SessionLost(f"no answer within {self.limit:.0f} s")

    def _coming(self, deadline: Deadline) -> Generator[bytes, None, None]:
        """Whatever comes up to the deadline.

        To be woken for an answer costs about as much as all that s3270 does for it; so one thread of the process looks
        for a while before it sleeps. More of them would take the processor from each other, and from s3270.
        """
        if EAGER.acquire(blocking=False):
            try:
                yield from self._chunks()
            finally:
                EAGER.release()
        while self._readable.poll(deadline.left() * 1000):
            yield from self._chunks()

    def _chunks(self) -> Iterator[bytes]:
        """What is there, and what follows at once: s3270 writes row by row, and having to wake us for each slows it."""
        for _ in range(LOOKS):
            try:
                chunk = os.read(self._stdout.fileno(), MOST_AT_ONCE)
            except BlockingIOError:
                os.sched_yield()
                continue
            if not chunk:
                raise SessionLost("s3270 has ended")
            yield chunk

    def readline(self) -> bytes:
        """Hand py3270 the next line of how a command ended; none of its text: a failed one's may be freed memory."""
        return self._lines.popleft() + b"\n" if self._lines else b""

    def quit(self) -> None:
        """Let it end by itself, which closes the connection properly; kill it if it does not."""
        with suppress(OSError, ValueError):
            self._stdin.write(b"Quit\n")
        self._keeper.join(QUIT_WITHIN)
        self.close()

    def close(self) -> None:
        """Kill it, wait for its end, close the pipes. Any number of times."""
        with suppress(OSError):
            self._process.kill()
        self._keeper.join(QUIT_WITHIN)
        for pipe in (self._stdin, self._stdout):
            with suppress(OSError):
                pipe.close()


def _keep(arguments: list[str], born: SimpleQueue[subprocess.Popen[bytes] | OSError]) -> None:
    """Start the process and wait for its end. Knows nothing of the Child, which can be collected."""
    try:
        process = subprocess.Popen(
            arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env=ENVIRONMENT,
            cwd="/",
            umask=0o077,
            start_new_session=True,
        )
    except OSError as fault:
        born.put(fault)
    else:
        born.put(process)
        process.wait()


class Emulator:
    """s3270 as this family sees it: lines of actions in, data and status out. Raises SessionLost."""

    def __init__(self, codepage: str, *, model: str = "2", ca: Path | None = None, certificate_name: str = "") -> None:
        self.codepage = codepage
        self._child = Child(command_line(codepage, model=model, ca=ca, certificate_name=certificate_name))
        self._py3270 = py3270.Emulator(app=self._child)
        self._py3270.terminate = self._child.close  # what its finaliser calls: kills, and does not talk
        self.gone = self._begun = False

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def running(self) -> bool:
        return not self.gone and self._child.running

    def do(self, *actions: str | Line, within: float) -> Answer:
        """Carry out actions in one go; the first that is refused ends it. A Line is typed with String().

        within   seconds that the actions may take by themselves; past that and a little the process is killed
        """
        self.finish()
        line = self._line(actions, within)
        try:
            with suppress(py3270.CommandError):
                self._py3270.exec_command(line)
        except SessionLost:
            self.kill()
            raise
        block = self._child.block
        assert block is not None
        return Answer(block.ok, block.data, Status.read(block.status))

    def begin(self, *actions: str, within: float) -> None:
        """As do(), but wait for nothing: finish() has the answer, and a do() that comes first throws it away."""
        self.finish()
        line = self._line(actions, within)
        try:
            self._child.send(line + b"\n")
        except SessionLost:
            self.kill()
            raise
        self._begun = True

    def finish(self) -> Answer | None:
        """Wait for the answer to what was begun; None if there is nothing to wait for."""
        if not self._begun or self.gone:
            return None
        self._begun = False
        try:
            block = self._child.receive()
        except SessionLost:
            self.kill()
            raise
        return Answer(block.ok, block.data, Status.read(block.status))

    def _line(self, actions: Sequence[str | Line], within: float) -> bytes:
        if self.gone:
            raise NothingSent("the session is over")
        self._child.limit = within + GRACE
        words = [as_string_action(each, self.codepage) if isinstance(each, Line) else each for each in actions]
        return " ".join(words).encode("utf-8")

    def quit(self) -> None:
        """End the process in its own way."""
        self.gone = self._py3270.is_terminated = True
        self._child.quit()

    def kill(self) -> None:
        """End the process at once."""
        self.gone = self._py3270.is_terminated = True
        self._child.close()


def command_line(codepage: str, *, model: str = "2", ca: Path | None, certificate_name: str) -> list[str]:
    """Return the arguments: nothing secret, no host (it would connect before it reads a command), no core dump.

    Raises ConfigFault when a program is missing.
    """
    return [
        *(_program("setpriv"), "--pdeathsig", "KILL", "--no-new-privs", "--"),
        *(_program("prlimit"), "--core=0:0", "--"),
        *(_program("s3270"), "-utf8", "-model", model, "-codepage", f"cp{page_number(codepage)}"),
        *(("-cafile", str(ca)) if ca else ()),
        *(("-accepthostname", certificate_name) if certificate_name else ()),
        *("-connecttimeout", "10", "-clear", "aidWait"),
        *("-xrm", f"s3270.suppressActions: {FENCE}", "-xrm", "s3270.nopSeconds: 60"),
        *("-xrm", "s3270.unlockDelay: false", "-xrm", "s3270.hostsFile: /dev/null"),
    ]


def _program(name: str) -> str:
    found = shutil.which(name, path=PATH)
    if found is None:
        package = "s3270" if name == "s3270" else "util-linux"
        raise ConfigFault([f"the program {name} is not installed; on Debian: apt-get install {package}"])
    return found

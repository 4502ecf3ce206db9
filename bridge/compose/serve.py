"""The daemon: with no role named, this process works and keeps time, and a child of it faces the users (I9).

The child is a process of its own with nothing of the parent's memory; it is killed when the parent dies, however
the parent dies, so that a restart finds the port free.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from bridge.config.model import Config
from bridge.observe import events

ROLES: Final = ("web", "worker", "scheduler")
STOP_WITHIN: Final = 25.0  # seconds for the child to finish what it has begun
RESTART_PAUSE: Final = 1.0
SETPRIV: Final = shutil.which("setpriv", path="/usr/bin:/bin")

log = events.logger("serve")


def run(config: Config, roles: Sequence[str] = ()) -> int:
    """Run until SIGTERM or SIGINT; returns the exit status. Raises ConfigFault or StoreFault before anything begins."""
    if tuple(roles) == ("web",):
        from bridge.compose import web  # noqa: PLC0415 - a role imports its own root alone

        return web.run(config)
    if not roles:
        return _parent(config, ("worker", "scheduler"), with_web=True)
    return _parent(config, [role for role in roles if role != "web"], with_web="web" in roles)


def _parent(config: Config, roles: Sequence[str], *, with_web: bool) -> int:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    child = Child(["serve", "--role", "web"], config) if with_web else None
    if child:
        child.start()
        signal.signal(signal.SIGHUP, lambda *_: child.send(signal.SIGHUP))
    else:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with _opened(config, roles):
            log.info("serve.started", roles=",".join(roles), pid=os.getpid(), web=child.pid if child else None)
            return _watch(stop, child)
    finally:
        if child:
            child.stop()


def _opened(config: Config, roles: Sequence[str]) -> AbstractContextManager[None]:
    from bridge.compose import worker  # noqa: PLC0415 - a role imports its own root alone

    return worker.running(config, roles)


def _watch(stop: threading.Event, child: Child | None) -> int:
    """Wait for the end; bring the child back when it goes, unless it cannot even begin."""
    while not stop.wait(0.2):
        if child is None or child.lives():
            continue
        if child.code == 2 or child.short_lived():
            log.error("serve.web_ended", code=child.code)
            return child.code or 1
        log.error("serve.web_restarted", code=child.code)
        stop.wait(RESTART_PAUSE)
        child.start()
    log.info("serve.stopping")
    return 0


class Child:
    """This program once more, with other arguments and the same configuration; its events may go to a file."""

    def __init__(
        self,
        arguments: Sequence[str],
        config: Config,
        *,
        log_to: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        program = [sys.executable, "-I", "-c", "from bridge.cli.main import run; run()"]
        guard = [SETPRIV, "--pdeathsig", "KILL", "--"] if SETPRIV else []
        self._command = [*guard, *program, "--config", str(config.path), *arguments]
        self._process: subprocess.Popen[bytes] | None = None
        self._clock = clock
        self._began = 0.0
        self._log_to = log_to

    def start(self) -> None:
        """Start it. From the main thread: its death is this thread's."""
        self._began = self._clock()
        if self._log_to is None:
            self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL)
            return
        with self._log_to.open("ab") as log_file:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=log_file, stderr=subprocess.STDOUT
            )

    @property
    def pid(self) -> int | None:
        """Its process id."""
        return self._process.pid if self._process else None

    @property
    def code(self) -> int | None:
        """Its exit status, None while it lives."""
        return self._process.poll() if self._process else None

    def lives(self) -> bool:
        """Whether it has not ended."""
        return self._process is not None and self._process.poll() is None

    def short_lived(self) -> bool:
        """Whether it ended within its first seconds: it cannot even begin, and another start will not help."""
        return self._clock() - self._began < 5.0

    def send(self, number: signal.Signals) -> None:
        """Pass a signal on."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)

    def stop(self) -> None:
        """Ask it to end, wait, and end it if it does not."""
        self.send(signal.SIGTERM)
        if self._process is None:
            return
        try:
            self._process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

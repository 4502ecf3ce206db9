"""Throw-away accounts on this very machine, and people who log on to them: for a real sshd, chpasswd and PAM.

Needs root: accounts are made by useradd and gone by userdel. Each has a name of its own, so that runs do not meet.
"""

from __future__ import annotations

import os
import pty
import re
import secrets
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

from bridge.domain.names import LoginName
from tests.live.sshd import Sshd

NEEDED = ("useradd", "userdel", "chpasswd", "chage", "passwd", "usermod", "ssh")


def machine_is_ready() -> None:
    """Fail with what to do: without these nothing here can be shown."""
    assert os.getuid() == 0, "these tests make accounts with useradd: run them as root"
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    missing = [name for name in (*NEEDED, "sudo") if not shutil.which(name, path=path)]
    assert not missing, f"missing: {', '.join(missing)}; apt-get install passwd openssh-client sudo"


def run(*command: str, given: str = "") -> str:
    """A command that has to work; what it said. /etc/passwd may be locked by another run for a moment."""
    for _ in range(20):
        done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode == 0 or "try again later" not in done.stderr:
            break
        time.sleep(0.5)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}"
    return done.stdout


@contextmanager
def account(*options: str, password: str | None = "0ld-One-23") -> Iterator[LoginName]:
    """An account with a home folder, from here to the end of the block."""
    name = LoginName(f"rb{secrets.token_hex(5)}")
    run("useradd", "-m", "-s", "/bin/bash", *options, name)
    try:
        if password is not None:
            run("chpasswd", given=f"{name}:{password}\n")
        yield name
    finally:
        with suppress(AssertionError):
            run("userdel", "-r", "-f", name)


@dataclass
class Login:
    """What a person saw at `ssh NAME@HOST` on a terminal. `seen` is everything, `shell` whether a command was run."""

    seen: str = ""
    shell: bool = False
    typed: list[str] = field(default_factory=list)


def log_in(sshd: Sshd, name: str, *answers: tuple[str, str], within: float = 30.0) -> Login:
    """Run OpenSSH's client on a terminal and answer each question, in order, when it comes.

    answers   (text that is waited for, what is typed then); behind the last one `echo done-42` has to work
    """
    options = ("UserKnownHostsFile=/dev/null", "StrictHostKeyChecking=no", "PubkeyAuthentication=no",
               "PreferredAuthentications=password", "NumberOfPasswordPrompts=1")  # fmt: skip
    words = [word for option in options for word in ("-o", option)]
    command = ["ssh", "-tt", "-p", str(sshd.port), *words, f"{name}@127.0.0.1"]
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp(command[0], command)
    login = Login()
    try:
        _converse(login, terminal, [*answers, ("$ ", "echo done-$((6*7)); exit")], within)
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(terminal)
    login.shell = "done-42" in login.seen
    return login


def _converse(login: Login, terminal: int, answers: list[tuple[str, str]], within: float) -> None:
    ends, fresh = time.monotonic() + within, ""
    while time.monotonic() < ends:
        if answers and answers[0][0].lower() in fresh.lower():
            _, text = answers.pop(0)
            login.typed.append(text)
            os.write(terminal, text.encode() + b"\n")
            fresh = ""
            continue
        ready, _, _ = select.select([terminal], [], [], 0.2)
        if not ready:
            continue
        try:
            piece = os.read(terminal, 4096).decode("utf-8", "replace")
        except OSError:  # the other end of the terminal is closed
            return
        piece = re.sub(r"\x1b\[\??[0-9;]*[A-Za-z]", "", piece)
        login.seen += piece
        fresh += piece


@contextmanager
def watching() -> Iterator[list[bytes]]:
    """Whatever the processes of this machine show, looked at over and over until the end of the block."""
    seen: set[bytes] = set()
    found: list[bytes] = []
    over = Event()

    def watch() -> None:
        while not over.is_set():
            for process in Path("/proc").glob("[0-9]*"):
                with suppress(OSError):  # gone meanwhile
                    seen.add((process / "cmdline").read_bytes())

    watcher = Thread(target=watch)
    watcher.start()
    try:
        yield found
    finally:
        over.set()
        watcher.join()
        found += seen


@contextmanager
def spy(folder: Path, *, before: str = "") -> Iterator[Path]:
    """A program to stand where sudo does: it keeps what every process shows, then runs the command.

    before   shell words to run ahead of it, e.g. a pause
    """
    seen = folder / "seen"
    seen.mkdir()
    program = folder / "spy"
    program.write_text(
        f"#!/bin/sh\nout={seen}/$1.$$\n"
        'for process in /proc/[0-9]*; do cat "$process/cmdline" "$process/environ" 2>/dev/null; done >"$out"\n'
        f'{before}\nexec "$@"\n'
    )
    program.chmod(0o755)
    yield program

"""A real sshd on a high port with keys of its own, and the gate at which tests decide what its helper answers."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any

from bridge.config.model import Ssh
from bridge.domain.secret import Secret
from tests.ports import free_port

STAND_IN = Path(__file__).with_name("ssh_stand_in.py")
Answer = Callable[[str], dict[str, Any]]


def nonce_of(line: str) -> str:
    return line.rpartition("nonce=")[2].partition(",")[0]


def frame(line: str, *rows: str, code: int = 0) -> str:
    """A whole answer to a request."""
    nonce = nonce_of(line)
    return "\n".join(
        [f"RB1 BEGIN {nonce}", *(f"RB1 MSG {row}" for row in rows), f"RB1 RC {code}", f"RB1 END {nonce}", ""]
    )


class Gate:
    """Where each stand-in asks what to do: `answer` and, for pings, `ping` are called with the request."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "gate"
        self.seen: list[str] = []
        self.answer: Answer = lambda line: {"out": frame(line)}
        self.ping: Answer = lambda line: {"out": frame(line)}
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.path))
        self._listener.listen(16)
        self._threads = [Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self) -> None:
        while True:
            try:
                caller, _ = self._listener.accept()
            except OSError:
                return
            self._threads.append(Thread(target=self._serve, args=(caller,), daemon=True))
            self._threads[-1].start()

    def _serve(self, caller: socket.socket) -> None:
        with caller, caller.makefile("rb") as lines, suppress(OSError):
            line = lines.readline().decode("ascii").rstrip("\n")
            self.seen.append(line)
            told = self.ping(line) if line.startswith("ping;") else self.answer(line)
            caller.sendall(json.dumps(told).encode())

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(10)


@dataclass(frozen=True)
class Sshd:
    """A running sshd. `host_key` is its Ed25519 key, `rsa_key` another it has; `key` logs on the current user."""

    port: int
    host_key: str
    rsa_key: str
    key: Secret
    other_key: Secret
    user: str
    gate: Gate

    def settings(self, **more: Any) -> Ssh:
        return Ssh(**{"host": "127.0.0.1", "port": self.port, "host_key": (self.host_key,), **more})


def open_sockets() -> int:
    """How many this very process has."""
    found = (Path(entry.path) for entry in os.scandir("/proc/self/fd"))
    return sum(str(path.readlink()).startswith("socket:") for path in found if path.is_symlink())


def keygen(path: Path, kind: str = "ed25519") -> tuple[Secret, str]:
    """Make a key with OpenSSH's own tool; return the private text and the public line."""
    subprocess.run(
        [_tool("ssh-keygen"), "-q", "-t", kind, "-N", "", "-C", "test", "-f", str(path)], check=True, timeout=60
    )
    return Secret(path.read_text()), " ".join(path.with_suffix(".pub").read_text().split()[:2])


def _tool(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    assert found, f"{name} is missing: apt-get install openssh-server openssh-client"
    return found


@contextmanager
def running(*options: str, forced: bool = True) -> Iterator[Sshd]:
    """Start sshd with further lines of configuration; with `forced`, the stand-in is all that can be run."""
    folder = Path(tempfile.mkdtemp(prefix="rb-sshd-"))
    gate = Gate(folder)
    try:
        _, host_key = keygen(folder / "host")
        _, rsa_key = keygen(folder / "rsa", "rsa")
        key, public = keygen(folder / "client")
        other, _ = keygen(folder / "other")
        user = pwd.getpwuid(os.getuid()).pw_name
        command = f'restrict,command="exec {sys.executable} {STAND_IN} {gate.path}" ' if forced else ""
        (folder / "authorized").write_text(f"{command}{public}\n")
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # sshd's own, where root starts it
        with _started(folder, options) as port:
            yield Sshd(port, host_key, rsa_key, key, other, user, gate)
    finally:
        gate.close()
        shutil.rmtree(folder)


@contextmanager
def _started(folder: Path, options: tuple[str, ...]) -> Iterator[int]:
    for _ in range(5):  # another process may take the port that was free a moment ago
        port = free_port()
        config = folder / "config"
        config.write_text("\n".join([
            *options,  # of two lines for the same thing, sshd takes the first
            f"Port {port}", "ListenAddress 127.0.0.1", f"HostKey {folder}/host", f"HostKey {folder}/rsa",
            "PidFile none", f"AuthorizedKeysFile {folder}/authorized", "StrictModes no", "UsePAM no",
            "PasswordAuthentication no", "KbdInteractiveAuthentication no", "PermitRootLogin yes", "",
        ]))  # fmt: skip
        daemon = subprocess.Popen(
            [_tool("sshd"), "-D", "-e", "-o", "LogLevel=INFO", "-f", str(config)], stderr=subprocess.PIPE, text=True
        )
        assert daemon.stderr is not None
        listening, said = Event(), list[str]()
        reader = Thread(target=_read, args=(daemon.stderr, listening, said), daemon=True)
        reader.start()
        try:
            listening.wait(20)
            if daemon.poll() is None and any("listening on" in line for line in said):
                yield port
                return
        finally:
            daemon.terminate()
            daemon.wait(10)
            reader.join(10)
            if not reader.is_alive():  # a session that outlives its server holds the pipe; closing would wait for it
                daemon.stderr.close()
        assert any("in use" in line for line in said), "".join(said)
    raise AssertionError("no free port was found for sshd")


def _read(stream: Any, listening: Event, said: list[str]) -> None:
    """Keep sshd's messages; it listens, or has ended, when the event is set."""
    for line in stream:
        said.append(line)
        if "listening on" in line:
            listening.set()
    listening.set()

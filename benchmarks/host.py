"""A simulated z/OS in a process of its own, so that its work is on another core and not on either side's bill.

The parent says in one line of JSON what it wants; the child answers with one line; then it takes orders, a line each:
`delay N` makes every command take N ms of host time from now on, `cpu` tells how much CPU it has used so far.
"""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.report import ROOT
from bridge.domain.secret import Secret

NAME: Final = "zos.demo.example"
COMMANDS: Final = ("LISTUSER", "ALTUSER")


@dataclass(frozen=True, kw_only=True)
class Remote:
    """The host as its clients see it. service_ids: userid → password."""

    port: int
    authority: Path
    service_ids: dict[str, Secret]
    targets: tuple[str, ...]
    process: subprocess.Popen[str]

    def delay(self, milliseconds: int) -> None:
        """From now on each command takes so long; keys without a command do not."""
        self._tell(f"delay {milliseconds}")

    def cpu(self) -> float:
        """Seconds of CPU that the host has used."""
        return float(self._tell("cpu"))

    def _tell(self, order: str) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(order + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()


@contextmanager
def running(folder: Path, *, service_ids: int = 2, targets: int = 40) -> Iterator[Remote]:
    """Start it; it ends with the block. Service ids are BENCH00 and on, the userids to reset U00000 and on."""
    child = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.host"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        wanted = {"folder": str(folder), "service_ids": service_ids, "targets": targets}
        child.stdin.write(json.dumps(wanted) + "\n")
        child.stdin.flush()
        said: dict[str, Any] = json.loads(child.stdout.readline())
        yield Remote(
            port=said["port"],
            authority=folder / "ca.pem",
            service_ids={name: Secret(password) for name, password in said["service_ids"].items()},
            targets=tuple(said["targets"]),
            process=child,
        )
    finally:
        child.stdin.close()
        child.wait(20)
        child.stdout.close()


def main() -> None:
    """The child."""
    from connectors.simulated.faults import Fault
    from connectors.simulated.options import HostOptions
    from connectors.simulated.users import UserDatabase
    from connectors.simulated.zos import SimulatedZos

    wanted = json.loads(sys.stdin.readline())
    users = UserDatabase()
    names = [f"BENCH{number:02}" for number in range(wanted["service_ids"])]
    passwords = {name: f"S{os.urandom(3).hex().upper()}" for name in names}
    for name, password in passwords.items():
        users.define(name, password=password, name="RESET BRIDGE")
        for resource in ("IRR.PASSWORD.RESET", "IRR.LISTUSER"):
            users.permit(resource, name)
    targets = [f"U{number:05}" for number in range(wanted["targets"])]
    for target in targets:
        users.define(target, password="INITIAL1", name="BENCHMARK USER")
    with SimulatedZos(
        "racf", users=users, tls=_server(Path(wanted["folder"])), options=HostOptions(system="BENCH")
    ) as zos:
        print(json.dumps({"port": zos.port, "service_ids": passwords, "targets": targets}), flush=True)
        for line in sys.stdin:
            order, _, number = line.strip().partition(" ")
            if order == "delay":
                zos.faults.clear(Fault.RESPONSE_DELAY)
                for command in COMMANDS if int(number) else ():
                    zos.faults.arm(Fault.RESPONSE_DELAY, command, count=int(number))
            print(time.process_time() if order == "cpu" else "done", flush=True)


def _server(folder: Path) -> ssl.SSLContext:
    from connectors.certificates import development
    from connectors.machine import SystemClock

    issued = development([NAME], at=SystemClock().now())
    (folder / "ca.pem").write_bytes(issued.authority)
    key = folder / "zos.key"
    key.touch(mode=0o600)
    key.write_bytes(issued.key)
    (folder / "zos.pem").write_bytes(issued.chain)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "zos.pem", key)
    return context


if __name__ == "__main__":
    main()

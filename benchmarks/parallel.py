"""Fifty service ids at work at once, against fifty bare s3270 scripts on the same simulated host: resets in a second.

The host's own limit is what the scripts reach: they type the dialog and do nothing else. Resets queue up before the
real worker process begins; the first ones, which pay for the logons, and the last ones, which leave slots without
work, are not counted. The host computes on the same two cores, for both sides alike.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.bare import BareScript
from benchmarks.host import NAME, Remote, running
from benchmarks.processes import tree
from benchmarks.report import Figure, Result
from benchmarks.settings import configured
from benchmarks.warm_reset import AGENT, web_kit
from bridge.compose.shared import Opened, opened
from bridge.compose.worker import work_kit
from bridge.config.model import Config
from bridge.domain.names import Userid
from bridge.flows.ask import Ask, ask
from connectors.hosts.products.racf import Racf
from connectors.simulated.mailbox import SimulatedMailbox

SESSIONS: Final = 50
DELAYS: Final = ((200, 5), (1000, 4))
"""Milliseconds of host time per command, and resets per session that are counted."""
WITHIN: Final = 1.25
"""The scripts' resets per second over the worker's, at most: 20 % less than theirs."""
PROGRAM: Final = [sys.executable, "-I", "-c", "from bridge.cli.main import run; run()"]
LOOK: Final = 0.05  # seconds


@dataclass(frozen=True, kw_only=True)
class _Rate:
    per_second: float
    cpu: float  # seconds of CPU for each reset, all processes of that side


def run(*, quick: bool = False) -> Result:
    """Measure."""
    sessions = 10 if quick else SESSIONS
    figures: list[Figure] = []
    for milliseconds, rounds in DELAYS[: 1 if quick else None]:
        with tempfile.TemporaryDirectory(prefix="rb-bench-") as name, ExitStack() as stack:
            folder = Path(name)
            many = sessions * (rounds + 2)
            remote = stack.enter_context(running(folder, service_ids=sessions, targets=many))
            scripts, their_mb = _scripts(remote, milliseconds, rounds)
            worker, our_mb, threads = _worker(folder, remote, milliseconds, rounds)
        at = f"host {milliseconds} ms:"
        figures += [
            Figure(name=f"{at} {sessions} scripts", value=scripts.per_second, unit="resets/s"),
            Figure(name=f"{at} worker, {sessions} service ids", value=worker.per_second, unit="resets/s"),
            Figure(name=f"{at} scripts / worker", value=scripts.per_second / worker.per_second, unit="×", most=WITHIN),
            Figure(name=f"{at} CPU for each reset, scripts", value=scripts.cpu * 1000, unit="ms"),
            Figure(name=f"{at} CPU for each reset, worker", value=worker.cpu * 1000, unit="ms"),
            Figure(name=f"{at} RSS of an s3270", value=their_mb, unit="MB"),
            Figure(name=f"{at} RSS of the worker, {threads} threads", value=our_mb, unit="MB"),
        ]
    return Result(
        benchmark="parallel",
        title=f"{sessions} service ids of one system in parallel, and as many bare s3270 scripts",
        figures=tuple(figures),
        notes=("with the logons done; everything, the host too, on the same cores",),
    )


# --- the scripts --------------------------------------------------------------------------------------


def _scripts(remote: Remote, milliseconds: int, rounds: int) -> tuple[_Rate, float]:
    """Resets per second, and MB of one s3270."""
    remote.delay(0)
    scripts: list[BareScript] = []
    try:
        for userid, password in remote.service_ids.items():
            scripts.append(BareScript(remote.authority, in_one=True))
            scripts[-1].log_on(remote.port, userid, password.expose())
        remote.delay(milliseconds)
        racf, targets = Racf("BENCH"), iter(remote.targets)
        share = {script: [next(targets) for _ in range(rounds + 1)] for script in scripts}
        ready = threading.Barrier(len(scripts) + 1)
        threads = [
            threading.Thread(target=_type, args=(script, [Userid(name) for name in names], racf, ready))
            for script, names in share.items()
        ]
        for thread in threads:
            thread.start()
        pids = [script.pid for script in scripts]
        ready.wait()
        before, began = sum(_cpu(pid) for pid in pids) + time.process_time(), time.perf_counter()
        for thread in threads:
            thread.join()
        took = time.perf_counter() - began
        cpu = sum(_cpu(pid) for pid in pids) + time.process_time() - before
        heaviest = max(tree(pid)[0].rss for pid in pids)
    finally:
        for script in scripts:
            script.close()
    done = len(scripts) * rounds
    return _Rate(per_second=done / took, cpu=cpu / done), heaviest


def _type(script: BareScript, targets: list[Userid], racf: Racf, ready: threading.Barrier) -> None:
    for number, userid in enumerate(targets):
        if number == 1:  # the first one warms up
            ready.wait()
        status = racf.status(userid).typed[0].line.expose()
        reset = f"ALTUSER {userid} PASSWORD(Q7ZK2MW{number}) EXPIRED RESUME"
        script.command(status)
        assert len(script.command(reset)) == 2
        script.command(status)


# --- the worker ---------------------------------------------------------------------------------------


def _worker(folder: Path, remote: Remote, milliseconds: int, rounds: int) -> tuple[_Rate, float, int]:
    """Resets per second, MB of the worker, and its threads."""
    remote.delay(milliseconds)
    with SimulatedMailbox() as mailbox:
        config = _config(folder, remote, mailbox.port)
        with opened(config) as kept:
            sessions, kit = len(remote.service_ids), web_kit(kept, work_kit(kept, owner="bench/W1"))
            for target in remote.targets:
                ask(Ask(system="BENCH", userid=target, reason="benchmark"), AGENT, kit)
            with _daemon(config) as process:
                first = _published(kept, sessions * 2)
                before, began = _cpus(process.pid), time.perf_counter()
                last = _published(kept, first + sessions * (rounds - 1))
                took = time.perf_counter() - began
                cpu, seen = _cpus(process.pid) - before, tree(process.pid)[0]
    return _Rate(per_second=(last - first) / took, cpu=cpu / (last - first)), seen.rss, seen.threads


def _config(folder: Path, remote: Remote, relay: int) -> Config:
    people = [f"p{n},Person {n},p{n}@demo.example,,en,,,BENCH:{target}" for n, target in enumerate(remote.targets)]
    system = {
        "title": "Benchmark", "product": "racf", "policy": "standard", "password": {"length": 8},
        "transport": {"type": "tn3270", "host": "127.0.0.1", "port": remote.port,
                      "tls": {"ca": "ca.pem", "name": NAME}},
        "sessions": len(remote.service_ids),
        "service_ids": [{"userid": userid, "password": {"file": f"secrets/{userid}"}} for userid in remote.service_ids],
    }  # fmt: skip
    return configured(folder, systems={"BENCH": system}, secrets=remote.service_ids, people=people, relay=relay)


@contextmanager
def _daemon(config: Config) -> Iterator[subprocess.Popen[bytes]]:
    with (config.path.parent / "daemon.log").open("wb") as log:
        process = subprocess.Popen(
            [*PROGRAM, "--config", str(config.path), "serve", "--role", "worker", "--role", "scheduler"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            yield process
        finally:
            process.terminate()
            process.wait(120)


def _published(kept: Opened, many: int) -> int:
    """Wait until so many are, and say how many."""
    until = time.monotonic() + 300
    while time.monotonic() < until:
        with kept.store.look() as work:
            found = work.resets.counts()
        if found.get("failed"):
            raise AssertionError(f"{found['failed']} resets failed")
        if found.get("published", 0) >= many:
            return found["published"]
        time.sleep(LOOK)
    raise AssertionError(f"not {many} resets published in five minutes: {found}")


def _cpu(pid: int) -> float:
    return tree(pid)[0].cpu


def _cpus(pid: int) -> float:
    return sum(one.cpu for one in tree(pid))

"""The real daemon with the demonstration's three systems: how soon it is ready, what it weighs and costs at rest.

Two moments: as started, and after one reset on each system, with every session warm.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyotp

from benchmarks.processes import Seen, together, tree
from benchmarks.report import Figure, Result, Spread
from bridge.compose.audience import Audience, Person
from bridge.compose.demo import CASES
from bridge.compose.shared import opened, upgrade_database
from bridge.compose.stage import Stage, set_up
from bridge.config.reader import read
from bridge.domain.policy import Role
from bridge.flows import enrol
from connectors.machine import SystemClock

START_WITHIN: Final = 2.0  # seconds
WEIGHT: Final = 120.0  # MB
CPU: Final = 2.0  # percent of one core
PORT: Final = 8449
PROGRAM: Final = [sys.executable, "-I", "-c", "from bridge.cli.main import run; run()"]


def run(*, quick: bool = False) -> Result:
    """Measure."""
    seconds = 4.0 if quick else 30.0
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rb-bench-")))
        stage = stack.enter_context(set_up(folder, PORT, SystemClock().now()))
        audience = stack.enter_context(_audience(stage))
        starts = [_start_only(stage, audience) for _ in range(1 if quick else 7)]
        with _daemon(stage, audience) as (process, took):
            starts.append(took)
            fresh = _rest(process.pid, seconds)
            for system, userid, *_ in CASES:
                reset = audience.ask(system, userid)
                state = audience.follow(reset.id, "published", within=60)
                assert state == "published", (system, state)
            warm = _rest(process.pid, seconds)
    figures = [
        Figure(name="start to /readyz", value=statistics.median(starts), unit="s", most=START_WITHIN,
               spread=Spread.of(starts)),
        *_figures("as started", fresh, WEIGHT),
        *_figures("sessions warm", warm, None),
    ]  # fmt: skip
    return Result(
        benchmark="idle",
        title=f"The daemon at rest: three systems, {seconds:.0f} s of each state",
        figures=tuple(figures),
        notes=("MB of 10⁶ bytes; RSS counts shared pages twice, PSS gives shares to whoever else runs Python here",),
        details={"as started": _lines(fresh), "sessions warm": _lines(warm)},
    )


@contextmanager
def _audience(stage: Stage) -> Iterator[Audience]:
    config = read(stage.config)
    upgrade_database(config)
    with opened(config) as kept:
        enrol.add_operator("agent", [Role.AGENT, Role.AUDITOR], "benchmark", kept)
        token = enrol.create_token("agent", None, "benchmark", kept).text
        people = {}
        for name in ("anna", "ben"):
            seed = enrol.add_totp(name, "benchmark", "phone", "benchmark", kept).seed
            people[name] = Person(address=f"{name}@demo.example", app=pyotp.TOTP(seed.expose()))
    audience = Audience(stage, token, people)
    try:
        yield audience
    finally:
        audience.close()


@contextmanager
def _daemon(stage: Stage, audience: Audience) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    """Run it; the process, and how many seconds it took to be ready."""
    with (stage.folder / "daemon.log").open("ab") as log:
        began = time.perf_counter()
        process = subprocess.Popen(
            [*PROGRAM, "--config", str(stage.config), "serve"], stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        while not audience.ready():
            assert process.poll() is None, (stage.folder / "daemon.log").read_text()[-3000:]
            time.sleep(0.01)
        yield process, time.perf_counter() - began
    finally:
        process.terminate()
        process.wait(60)


def _start_only(stage: Stage, audience: Audience) -> float:
    with _daemon(stage, audience) as (_, took):
        return took


@dataclass(frozen=True, kw_only=True)
class Rest:
    """The processes at two moments, so many seconds apart, and what those of Python take together."""

    before: list[Seen]
    after: list[Seen]
    seconds: float
    together: float | None


def _rest(pid: int, seconds: float) -> Rest:
    """Let it settle, then look twice."""
    time.sleep(2)
    before = tree(pid)
    time.sleep(seconds)
    after = tree(pid)
    pythons = [one.pid for one in after if one.name != "s3270"]
    return Rest(before=before, after=after, seconds=seconds, together=together(pythons))


def _figures(state: str, rest: Rest, most: float | None) -> Iterator[Figure]:
    python = [one for one in rest.after if one.name != "s3270"]
    emulators = [one for one in rest.after if one.name == "s3270"]
    for one, role in zip(python, ("worker", "web"), strict=False):
        yield Figure(name=f"{state}: RSS of the {role} process", value=one.rss, unit="MB")
    yield Figure(name=f"{state}: RSS, sum of both", value=sum(one.rss for one in python), unit="MB")
    if all(one.pss is not None for one in python):
        yield Figure(name=f"{state}: PSS, sum of both", value=sum(one.pss or 0 for one in python), unit="MB", most=most)
    if rest.together is not None:
        yield Figure(name=f"{state}: both, shared pages once", value=rest.together, unit="MB", most=most)
    if emulators:
        yield Figure(name=f"{state}: RSS of {len(emulators)} s3270", value=sum(e.rss for e in emulators), unit="MB")
        if all(one.pss is not None for one in emulators):
            pss = sum(one.pss or 0 for one in emulators)
            yield Figure(name=f"{state}: PSS of {len(emulators)} s3270", value=pss, unit="MB")
    used = {one.pid: one.cpu for one in rest.before}
    percent = sum(one.cpu - used[one.pid] for one in rest.after if one.pid in used) / rest.seconds * 100
    yield Figure(name=f"{state}: CPU of all", value=percent, unit="% of a core", most=CPU)


def _lines(rest: Rest) -> list[dict[str, object]]:
    used = {one.pid: one.cpu for one in rest.before}
    return [
        {
            "name": one.name,
            "rss": one.rss,
            "pss": one.pss,
            "threads": one.threads,
            "cpu": one.cpu - used.get(one.pid, 0),
        }
        for one in rest.after
    ]

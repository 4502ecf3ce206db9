"""Passwords shown in a second, beside SnapPass: the same listener, machine and load, by turns in one run.

A reveal is the page of a link, looked at, and the form on it, sent. Here that counts and judges a second factor, opens
two seals, erases, and writes a sealed record, all of it synced to disk; there it opens one seal and deletes a key from
memory. SnapPass has Debian's redis-server, where that is installed, and else fakeredis in its own process.
"""

from __future__ import annotations

import http.client
import os
import re
import shutil
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from benchmarks.processes import tree
from benchmarks.report import Figure, Result, Spread
from benchmarks.settings import configured
from bridge.compose.shared import Opened, opened
from bridge.domain.codes import new_release_code, new_reset_id
from bridge.domain.link import new_key, new_locator
from bridge.domain.names import Operator, Person, SystemName, Userid
from bridge.domain.reset import Reset, State
from bridge.domain.secret import Secret
from bridge.ports import Binding
from connectors.certificates import development
from connectors.machine import SystemClock
from tests.ports import free_port

PEOPLE: Final = 8  # at once, each with a connection of their own
REVEALS: Final = 400  # of each side in each round
ROUNDS: Final = 5
WARM: Final = 40
TOKEN: Final = re.compile(r'name="token" value="([^"]+)"')
MAIN: Final = "127.0.0.1:8443"  # benchmarks/settings.py: the only name that the bridge answers to
SHOWN: Final = "PASSWORD"
PERSON: Final = "p1,Person One,p1@demo.example,,en,,,BENCH:NOBODY"


@dataclass(frozen=True, kw_only=True)
class Link:
    """Where a password waits, and what its form holds."""

    path: str
    form: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One round of one side: reveals per second, seconds from form to password, CPU seconds of the server for each."""

    per_second: float
    answers: list[float]
    cpu: float


def run(*, quick: bool = False) -> Result:
    """Measure."""
    reveals, rounds = (REVEALS // 5, 1) if quick else (REVEALS, ROUNDS)
    turns: dict[str, list[Turn]] = {"bridge": [], "snappass": []}
    with tempfile.TemporaryDirectory(prefix="rb-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        config = configured(folder, systems={"BENCH": _system()}, secrets={"bench": Secret("unused")}, people=[PERSON])
        issued = development(["127.0.0.1"], at=SystemClock().now())
        (folder / "cert.pem").write_bytes(issued.chain)
        (folder / "key.pem").write_bytes(issued.key)
        store = stack.enter_context(_redis(folder))
        kept = stack.enter_context(opened(config))
        sides: dict[str, Callable[[int, int], Sequence[Link]]] = {
            "bridge": lambda _, many: _fill(kept, many),
            "snappass": _fill_snappass,
        }
        servers = {which: stack.enter_context(_serving(folder, which, store)) for which in sides}
        for which, (port, process) in servers.items():
            _all(port, sides[which](port, WARM), process)
        for _ in range(rounds):
            for which, (port, process) in servers.items():
                turns[which].append(_all(port, sides[which](port, reveals), process))
        with kept.store.look() as work:
            assert work.audit.verify()[1] is None
    rates = {which: Spread.of([turn.per_second for turn in of]) for which, of in turns.items()}
    late = {which: Spread.of([_p95(turn.answers) for turn in of]) for which, of in turns.items()}
    figures = [
        *(Figure(name=f"{which}, reveals", value=one.median, unit="1/s", spread=one) for which, one in rates.items()),
        Figure(name="snappass / bridge", value=rates["snappass"].median / rates["bridge"].median, unit="×", most=1.0),
        *(
            Figure(name=f"{which}, p95", value=one.median * 1000, unit="ms", spread=_thousandfold(one))
            for which, one in late.items()
        ),
        *(
            Figure(name=f"{which}, CPU for each", value=statistics.median(turn.cpu for turn in of) * 1000, unit="ms")
            for which, of in turns.items()
        ),
    ]
    return Result(
        benchmark="reveals",
        title=f"Passwords shown, {PEOPLE} people at once, {rounds} × {reveals} of each side by turns",
        figures=tuple(figures),
        notes=(
            f"SnapPass with {store.words}; p95 from the form sent to the password read; the people on the same cores",
        ),
    )


def _p95(answers: Sequence[float]) -> float:
    return statistics.quantiles(answers, n=20)[-1]


def _thousandfold(spread: Spread) -> Spread:
    return Spread(
        count=spread.count, median=spread.median * 1000, low=spread.low * 1000, high=spread.high * 1000
    )  # fmt: skip


# --- the servers --------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Store:
    """What SnapPass keeps its passwords in."""

    words: str
    environment: dict[str, str]


@contextmanager
def _redis(folder: Path) -> Iterator[Store]:
    """Debian's server in memory alone, as SnapPass's own instructions have it; else a stand-in."""
    program = shutil.which("redis-server")
    if program is None:
        yield Store(words="fakeredis in its own process", environment={"MOCK_REDIS": "1"})
        return
    port = free_port()
    process = subprocess.Popen(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)],
        stdout=subprocess.DEVNULL,
    )
    try:
        yield Store(words="redis-server", environment={"REDIS_PORT": str(port), "REDIS_HOST": "127.0.0.1"})
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def _serving(folder: Path, which: str, store: Store) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    port = free_port()
    with (folder / f"{which}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "benchmarks.serving", str(folder), str(port), which],
            env=os.environ | store.environment, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            _await(port, process, folder / f"{which}.log")
            yield port, process
        finally:
            process.terminate()
            process.wait(60)


def _await(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    ends = time.monotonic() + 60
    while True:
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < ends, log.read_text()
        try:
            line = _connection(port)
            line.request("GET", "/", headers={"Host": MAIN})
            line.getresponse().read()
        except OSError:
            time.sleep(0.05)
        else:
            line.close()
            return


def _system() -> dict[str, object]:
    """Never spoken to."""
    return {
        "title": "Benchmark", "product": "racf", "policy": "standard", "password": {"length": 8},
        "transport": {"type": "tn3270", "host": "127.0.0.1", "tls": None, "insecure": True},
        "service_id": {"userid": "BENCH", "password": {"file": "secrets/bench"}},
    }  # fmt: skip


# --- links --------------------------------------------------------------------------------------------


def _fill(kept: Opened, many: int) -> list[Link]:
    """Published resets, an account each, and what their users would type."""
    now, links = kept.clock.now(), []
    with kept.store.work() as work:
        for _ in range(many):
            reset = Reset(
                id=new_reset_id(kept.dice), system=SystemName("BENCH"), userid=Userid("B" + _letters(kept)),
                person=Person("p1"), policy="standard", state=State.PUBLISHED, reason="benchmark", touched=True,
                requested_by=Operator("agent"), requested_at=now, since=now, expires_at=now + timedelta(hours=1),
            )  # fmt: skip
            work.resets.add(reset)
            bound = Binding(reset_id=reset.id, account=reset.account, locator=new_locator(kept.dice))
            key, code = new_key(kept.dice), new_release_code(kept.dice)
            work.links.put(kept.vault.seal(Secret(SHOWN), key, bound))
            work.links.set_code(reset.id, kept.vault.tag(f"release_code:{reset.id}", code))
            form = {"key": key.expose(), "code": code.expose()}
            links.append(Link(path=f"/r/{bound.locator}", form=form))
    return links


def _letters(kept: Opened) -> str:
    return "".join(chr(65 + byte % 26) for byte in kept.dice(7))


def _fill_snappass(port: int, many: int) -> list[Link]:
    """By its own form."""
    line, links = _connection(port), []
    for _ in range(many):
        body = urlencode({"password": SHOWN, "ttl": "hour"})
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Host": MAIN}
        line.request("POST", "/", body, headers)
        found = re.search(rf"https://{re.escape(MAIN)}(/[^\"<\s]+)", line.getresponse().read().decode())
        assert found
        links.append(Link(path=found[1], form={}))
    line.close()
    return links


# --- people -------------------------------------------------------------------------------------------


def _all(port: int, links: Sequence[Link], process: subprocess.Popen[bytes]) -> Turn:
    """So many people share the links and open them, each as fast as answers come."""
    ready, answers = threading.Barrier(PEOPLE + 1), [list[float]() for _ in range(PEOPLE)]
    threads = [
        threading.Thread(target=_person, args=(port, links[n::PEOPLE], ready, answers[n])) for n in range(PEOPLE)
    ]
    for thread in threads:
        thread.start()
    ready.wait()
    before, began = tree(process.pid)[0].cpu, time.perf_counter()
    for thread in threads:
        thread.join()
    took, cpu = time.perf_counter() - began, tree(process.pid)[0].cpu - before
    seen = [seconds for each in answers for seconds in each]
    assert len(seen) == len(links), f"{len(links) - len(seen)} passwords were not shown"
    return Turn(per_second=len(links) / took, answers=seen, cpu=cpu / len(links))


def _person(port: int, links: Sequence[Link], ready: threading.Barrier, answers: list[float]) -> None:
    line = _connection(port)
    line.connect()
    ready.wait()
    for link in links:
        line.request("GET", link.path, headers={"Host": MAIN})
        page = line.getresponse().read().decode()
        token = TOKEN.search(page)
        form = link.form | ({"token": token[1]} if token else {})
        headers = {
            "Content-Type": "application/x-www-form-urlencoded", "Host": MAIN, "Origin": f"https://{MAIN}",
            "Sec-Fetch-Site": "same-origin",
        }  # fmt: skip
        began = time.perf_counter()
        line.request("POST", link.path, urlencode(form), headers)
        answer = line.getresponse()
        text = answer.read().decode()
        if answer.status == 200 and SHOWN in text:
            answers.append(time.perf_counter() - began)
    line.close()


def _connection(port: int) -> http.client.HTTPSConnection:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # the certificate is not what is measured
    return http.client.HTTPSConnection("127.0.0.1", port, timeout=60, context=context)

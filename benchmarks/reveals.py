"""Passwords shown in a second, beside SnapPass: the same listener, machine and load, by turns in one run.

A reveal is the page of a link, looked at, and the form on it, sent. Here that counts and judges a second factor, opens
two seals, erases, and writes a sealed record, all of it synced to disk; there it opens one seal and deletes a key from
memory. SnapPass has Debian's redis-server, where that is installed, and else fakeredis in its own process.

Twice: the page and the form alone, which compares the work behind them; and with the style sheets and scripts that the
pages name, since each password is shown to another person's browser, which has none of them yet. Fonts are left out.
"""

from __future__ import annotations

import html
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
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from email.message import Message
from pathlib import Path
from typing import Final
from urllib.parse import urlencode, urljoin

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
NAMED: Final = re.compile(r"""<(?:script\b[^>]*\bsrc|link\b[^>]*\bhref)="([^"]+)\"""")
MAIN: Final = "127.0.0.1:8443"  # benchmarks/settings.py: the only name that the bridge answers to
SHOWN: Final = "PASSWORD"
PERSON: Final = "p1,Person One,p1@demo.example,,en,,,BENCH:NOBODY"


SIDES: Final = ("bridge", "snappass")


@dataclass(frozen=True, kw_only=True)
class Link:
    """Where a password waits, and what its form holds."""

    path: str
    form: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One round of one side: reveals per second, seconds from form to password, and from the link to the last byte of
    the page with the password; CPU seconds and bytes sent for each."""

    per_second: float
    answers: list[float]
    visits: list[float]
    cpu: float
    sent: float


def run(*, quick: bool = False) -> Result:
    """Measure."""
    reveals, rounds = (REVEALS // 5, 1) if quick else (REVEALS, ROUNDS)
    turns: dict[tuple[str, bool], list[Turn]] = {(which, whole): [] for whole in (False, True) for which in SIDES}
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
            for (which, whole), of in turns.items():
                port, process = servers[which]
                of.append(_all(port, sides[which](port, reveals), process, whole=whole))
        with kept.store.look() as work:
            assert work.audit.verify()[1] is None
    figures = [figure for whole in (False, True) for figure in _figures(turns, whole=whole)]
    return Result(
        benchmark="reveals",
        title=f"Passwords shown, {PEOPLE} people at once, {rounds} × {reveals} of each side by turns",
        figures=tuple(figures),
        notes=(
            f"SnapPass with {store.words}; p95 from the form sent to the password read; the people on the same cores",
            "p95 of a visit: from the link to the last byte of the page that shows the password",
            "whole: with the style sheets and scripts that the pages name, as a browser has it that was never there",
        ),
    )


def _figures(turns: Mapping[tuple[str, bool], Sequence[Turn]], *, whole: bool) -> Iterator[Figure]:
    """Of both sides. Reveals per second, their ratio, p95 in milliseconds, CPU and bytes of each."""
    of = {which: turns[which, whole] for which in SIDES}
    also = ", whole" if whole else ""
    rates = {which: Spread.of([turn.per_second for turn in mine]) for which, mine in of.items()}
    for which, rate in rates.items():
        yield Figure(name=f"{which}, reveals{also}", value=rate.median, unit="1/s", spread=rate)
    ratio = rates["snappass"].median / rates["bridge"].median
    yield Figure(name=f"snappass / bridge{also}", value=ratio, unit="×", most=1.0)
    for which, mine in of.items():
        late = Spread.of([_p95(turn.answers) for turn in mine])
        yield Figure(name=f"{which}, p95{also}", value=late.median * 1000, unit="ms", spread=_thousandfold(late))
    for which, mine in of.items():
        late = Spread.of([_p95(turn.visits) for turn in mine])
        name = f"{which}, p95 of a visit{also}"
        yield Figure(name=name, value=late.median * 1000, unit="ms", spread=_thousandfold(late))
    for which, mine in of.items():
        cpu = statistics.median(turn.cpu for turn in mine)
        yield Figure(name=f"{which}, CPU for each{also}", value=cpu * 1000, unit="ms")
    for which, mine in of.items():
        yield Figure(name=f"{which}, sent for each{also}", value=mine[-1].sent / 1000, unit="kB")


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


def _all(port: int, links: Sequence[Link], process: subprocess.Popen[bytes], *, whole: bool = False) -> Turn:
    """So many people share the links and open them, each as fast as answers come."""
    ready, people = threading.Barrier(PEOPLE + 1), [_Person(port, links[n::PEOPLE], whole=whole) for n in range(PEOPLE)]
    threads = [threading.Thread(target=person.opens, args=(ready,)) for person in people]
    for thread in threads:
        thread.start()
    ready.wait()
    before, began = tree(process.pid)[0].cpu, time.perf_counter()
    for thread in threads:
        thread.join()
    took, cpu = time.perf_counter() - began, tree(process.pid)[0].cpu - before
    seen = [seconds for person in people for seconds in person.answers]
    assert len(seen) == len(links), f"{len(links) - len(seen)} passwords were not shown"
    sent = sum(person.received for person in people) / len(links)
    visits = [seconds for person in people for seconds in person.visits]
    return Turn(per_second=len(links) / took, answers=seen, visits=visits, cpu=cpu / len(links), sent=sent)


class _Person:
    """Opens one link after the other, each as somebody who was never there before.

    answers   seconds from the form to the password
    visits    seconds from the link to the last byte of all
    received  bytes of all bodies
    """

    def __init__(self, port: int, links: Sequence[Link], *, whole: bool) -> None:
        self._line, self._links, self._whole = _connection(port), links, whole
        self.answers: list[float] = []
        self.visits: list[float] = []
        self.received = 0

    def opens(self, ready: threading.Barrier) -> None:
        self._line.connect()
        ready.wait()
        for link in self._links:
            had: dict[str, str] = {}
            came = time.perf_counter()
            page = self._ask("GET", link.path)[1]
            self._rest(link.path, page, had)
            token = TOKEN.search(page)
            form = link.form | ({"token": token[1]} if token else {})
            began = time.perf_counter()
            status, text, _ = self._ask("POST", link.path, urlencode(form))
            if status == 200 and SHOWN in text:
                self.answers.append(time.perf_counter() - began)
            self._rest(link.path, text, had)
            self.visits.append(time.perf_counter() - came)
        self._line.close()

    def _rest(self, at: str, page: str, had: dict[str, str]) -> None:
        """What the page names: anew where nothing may be stored, else with the question whether it is the same."""
        for named in NAMED.findall(page) if self._whole else ():
            path = urljoin(at, html.unescape(named))
            asked = {"If-None-Match": had[path]} if path in had else {}
            status, _, headers = self._ask("GET", path, **asked)
            assert status == (304 if asked else 200), path
            if "no-store" not in headers.get("Cache-Control", "") and "ETag" in headers:
                had[path] = headers["ETag"]

    def _ask(self, method: str, path: str, form: str | None = None, **more: str) -> tuple[int, str, Message]:
        headers = {"Host": MAIN} | more
        if form is not None:
            headers |= {
                "Content-Type": "application/x-www-form-urlencoded", "Origin": f"https://{MAIN}",
                "Sec-Fetch-Site": "same-origin",
            }  # fmt: skip
        self._line.request(method, path, form, headers)
        answer = self._line.getresponse()
        body = answer.read()
        self.received += len(body)
        return answer.status, body.decode(), answer.headers


def _connection(port: int) -> http.client.HTTPSConnection:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # the certificate is not what is measured
    return http.client.HTTPSConnection("127.0.0.1", port, timeout=60, context=context)

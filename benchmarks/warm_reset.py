"""A reset on a warm session against the same dialog typed by a bare s3270 script: same run, same simulated host, in
turn, compared pair by pair.

A, the dialog   what the flow `change` does with a host: profile, change, profile, judge; through SystemHost
A, once more    the same for a userid whose password was due to be changed already: its listing looks the same after as
                before, so ENTER alone proves first that the answer was the change's
A, all of it    take the reset from the queue, `change` with everything around the dialog (SQLite, sealing, a relay in
                memory), give the lease back: what the worker does from the queue to `published`
B               LISTUSER, ALTUSER, LISTUSER, typed by BareScript
C               the same, typed by 3270 clients in Python (tnz, pytn3270), where they are installed

Each has userids of its own, of which every one is reset once; only "once more" has always the same.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from benchmarks.bare import BareScript
from benchmarks.bare_python import CLIENTS, PythonScript
from benchmarks.host import NAME, Remote, running
from benchmarks.report import Figure, Result, Spread
from benchmarks.settings import configured
from bridge.compose.shared import Opened, opened
from bridge.compose.worker import make_host, work_kit
from bridge.config.model import Config
from bridge.domain.names import Userid
from bridge.domain.outcome import Verdict
from bridge.domain.password import draft
from bridge.domain.policy import Caller, Role
from bridge.domain.reset import State
from bridge.flows.ask import Ask, ask
from bridge.flows.change import change
from bridge.flows.take import held, take
from bridge.ports import CodeMail, LinkMail, Notice, WebKit, WorkKit, Wrapping
from connectors.hosts.circuit import Circuit
from connectors.hosts.host import SystemHost
from connectors.hosts.products.racf import Racf
from connectors.machine import dice, read_secret

MOST: Final = 1.10
"""Of the script's time, however long the host takes itself."""
DELAYS: Final = ((0, 300), (20, 40), (200, 8))
"""Milliseconds of host time per command, and rounds."""
WARM_UP: Final = 3
TARGETS: Final = (5 + len(CLIENTS)) * sum(WARM_UP + rounds for _, rounds in DELAYS) + 1
AGENT: Final = Caller(name="agent", roles=frozenset({Role.AGENT}), source="127.0.0.1")


def run(*, quick: bool = False) -> Result:
    """Measure."""
    with _stage() as stage:
        figures: list[Figure] = []
        details: dict[str, object] = {}
        for milliseconds, rounds in DELAYS:
            stage.remote.delay(milliseconds)
            taken = _rounds(stage, max(4, rounds // 10) if quick else rounds)
            details[f"{milliseconds} ms"] = taken
            figures += _figures(milliseconds, taken)
    notes = ("ratio: this round's A over this round's B, then the median of all rounds",)
    return Result(
        benchmark="warm_reset",
        title="A reset on a warm session, and the same dialog typed by a bare s3270 script",
        figures=tuple(figures),
        notes=notes,
        details=details,
    )


@dataclass(frozen=True, kw_only=True)
class _Stage:
    """Both sides, logged on to one host under a service id each."""

    remote: Remote
    targets: Iterator[str]
    host: SystemHost
    kit: WorkKit
    web: WebKit
    one_line: BareScript
    line_by_line: BareScript
    clients: Mapping[str, PythonScript]


@contextmanager
def _stage() -> Iterator[_Stage]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rb-bench-")))
        remote = stack.enter_context(running(folder, service_ids=3 + len(CLIENTS), targets=TARGETS))
        (ours, password), *theirs = remote.service_ids.items()
        people = [f"p{n},Person {n},p{n}@demo.example,,en,,,BENCH:{target}" for n, target in enumerate(remote.targets)]
        system = {
            "title": "Benchmark", "product": "racf", "policy": "standard", "password": {"length": 8},
            "transport": {"type": "tn3270", "host": "127.0.0.1", "port": remote.port,
                          "tls": {"ca": "ca.pem", "name": NAME}},
            "service_id": {"userid": ours, "password": {"file": "secrets/bench"}},
        }  # fmt: skip
        config = configured(folder, systems={"BENCH": system}, secrets={"bench": password}, people=people)
        kept = stack.enter_context(opened(config))
        kit = replace(work_kit(kept, owner="bench/W1"), mail=Memory())
        host = host_of(config)
        stack.callback(host.close)
        scripts = [BareScript(remote.authority, in_one=in_one) for in_one in (True, False)]
        for script in scripts:
            userid, its_password = theirs.pop(0)
            stack.callback(script.close)
            script.log_on(remote.port, userid, its_password.expose())
        clients: dict[str, PythonScript] = {}
        for name, (module, client) in CLIENTS.items():
            if find_spec(module):
                userid, its_password = theirs.pop(0)
                clients[name] = client(remote.port)
                clients[name].log_on(userid, its_password.expose())
                stack.callback(clients[name].close)
        yield _Stage(
            remote=remote,
            targets=iter(remote.targets[:-1]),
            host=host,
            kit=kit,
            web=web_kit(kept, kit),
            one_line=scripts[0],
            line_by_line=scripts[1],
            clients=clients,
        )


def host_of(config: Config) -> SystemHost:
    """The worker's own making of a host, for the one system of the configuration."""
    (system,) = config.systems.values()
    (service_id,) = system.service_ids
    password = read_secret(service_id.password) if service_id.password else None
    return make_host(system, service_id, lambda: password, Circuit())


def web_kit(kept: Opened, kit: WorkKit) -> WebKit:
    return WebKit(
        store=kept.store, clock=kept.clock, dice=kept.dice, directory=kept.directory, systems=kept.systems,
        vault=kept.vault, factors=kit.factors,
    )  # fmt: skip


class Memory:
    """A relay that takes everything at once."""

    @contextmanager
    def relay(self) -> Iterator[Memory]:
        """Itself."""
        yield self

    def wrapping(self, to: str) -> Wrapping:
        """In clear."""
        return Wrapping()

    def send_link(self, mail: LinkMail) -> Wrapping:
        """Take it."""
        return Wrapping()

    def send_notice(self, notice: Notice) -> None:
        """Take it."""

    def send_code(self, mail: CodeMail) -> None:
        """And that."""


# --- rounds -----------------------------------------------------------------------------------------


def _rounds(stage: _Stage, rounds: int) -> dict[str, list[float]]:
    """Seconds that each side took, round by round; who begins changes from round to round."""
    again = Userid(stage.remote.targets[-1])
    sides: dict[str, Callable[[Userid], float]] = {
        "dialog": lambda userid: _dialog(stage, userid),
        "once more": lambda userid: _dialog(stage, again),
        "one line": lambda userid: _bare(stage, stage.one_line, userid),
        "flow": lambda userid: _flow(stage, userid),
        "line by line": lambda userid: _bare(stage, stage.line_by_line, userid),
    }
    for name, client in stage.clients.items():
        sides[name] = partial(_bare, stage, client)
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for warm_up in (*([True] * WARM_UP), *([False] * rounds)):
        order = list(sides) if len(taken["dialog"]) % 2 else list(reversed(sides))
        for name in order:
            seconds = sides[name](Userid(next(stage.targets)))
            if not warm_up:
                taken[name].append(seconds)
    return taken


def _dialog(stage: _Stage, userid: Userid) -> float:
    password = draft(stage.host.rules, userid, dice)
    began = time.perf_counter()
    with stage.host.session() as session:
        before = session.profile(userid)
        session.change(userid, password, resume=True)
        proof = stage.host.judge(before, session.profile(userid))
    took = time.perf_counter() - began
    assert proof.verdict is Verdict.YES
    return took


def _flow(stage: _Stage, userid: Userid) -> float:
    asked = ask(Ask(system="BENCH", userid=userid, reason="benchmark"), AGENT, stage.web)
    began = time.perf_counter()
    job = take(stage.host.name, stage.kit)
    assert job is not None
    with held(job, stage.kit):
        after = change(job, stage.host, stage.kit)
    took = time.perf_counter() - began
    assert after.id == asked.reset.id
    assert after.state is State.PUBLISHED, after.failure_text
    _put_away(stage, after.id)
    return took


def _put_away(stage: _Stage, reset_id: str) -> None:
    """End the reset without a clean-up, so that the next round finds its own alone in the queue."""
    from bridge.domain.reset import Cleanup, advance
    from bridge.flows.ledger import write

    with stage.kit.store.work() as work:
        published = work.resets.get(reset_id)  # type: ignore[arg-type]
        ended = advance(published, State.REVOKED, at=stage.kit.clock.now(), cleanup=Cleanup.DONE)
        write(work, published, ended, by="benchmark")


def _bare(stage: _Stage, script: BareScript | PythonScript, userid: Userid) -> float:
    """Type what the product would: the very orders of its RACF module."""
    racf = Racf("BENCH")
    status = racf.status(userid).typed[0].line.expose()
    reset = racf.reset(userid, draft(stage.host.rules, userid, dice), resume=True).typed[0].line.expose()
    began = time.perf_counter()
    script.command(status)
    answer = script.command(reset)
    after = script.command(status)
    took = time.perf_counter() - began
    assert len(answer) == 2, answer  # the echo and READY: silence is success
    assert "PASSDATE=00.000" in str(after), after
    return took


# --- figures ----------------------------------------------------------------------------------------


def _figures(milliseconds: int, taken: dict[str, list[float]]) -> list[Figure]:
    at = f"host {milliseconds} ms:"

    def time_of(name: str, text: str) -> Figure:
        spread = Spread.of([seconds * 1000 for seconds in taken[name]])
        return Figure(name=f"{at} {text}", value=spread.median, unit="ms", spread=spread)

    def ratio(ours: str, theirs: str, text: str, most: float | None) -> Figure:
        spread = Spread.of([a / b for a, b in zip(taken[ours], taken[theirs], strict=True)])
        return Figure(name=f"{at} {text}", value=spread.median, unit="×", most=most, spread=spread)

    return [
        time_of("dialog", "A, the dialog"),
        time_of("once more", "A, once more"),
        time_of("flow", "A, all of it"),
        time_of("one line", "B, a command in one line"),
        time_of("line by line", "B, line by line"),
        *(time_of(name, f"C, {name}") for name in CLIENTS if name in taken),
        ratio("dialog", "one line", "A dialog / B in one line", MOST),
        ratio("once more", "one line", "A once more / B in one line", None),
        ratio("dialog", "line by line", "A dialog / B line by line", None),
        ratio("flow", "one line", "A all of it / B in one line", None),
    ]

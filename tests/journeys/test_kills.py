"""Crash-only (I7): the daemon is killed at random moments; every reset ends, and nothing is shown that is not set."""

from __future__ import annotations

import os
import random
import threading
import time
from pathlib import Path

import pytest
import requests

from bridge.compose.audience import Reset
from tests.journeys.bridge import Bridge, bridge

RESETS = int(os.environ.get("RESETBRIDGE_KILL_RESETS", "9"))
SETTLED = {"published", "revealed", "completed", "failed", "expired", "lapsed", "revoked"}


class Killer(threading.Thread):
    """Kills and restarts until stopped, at moments that the seed decides."""

    def __init__(self, made: Bridge, seed: int) -> None:
        super().__init__(daemon=True)
        self.made, self.random, self.kills = made, random.Random(seed), 0
        self.over = threading.Event()
        self.killed = threading.Semaphore(0)
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            while not self.over.wait(self.random.uniform(0.2, 3.0)):
                self.made.kill()
                self.kills += 1
                self.killed.release()
                self.made.start()
        except BaseException as failure:
            self.failure = failure


def patiently(call):  # type: ignore[no-untyped-def]
    """What a person does when a page does not come: try again. A lost answer stays lost."""
    ends = time.monotonic() + 90
    while True:
        try:
            return call()
        except requests.RequestException:
            assert time.monotonic() < ends
            time.sleep(0.1)


RESET_BEFORE_TLS = r"Exception ignored in. <ssl\.SSLSocket [^>]*laddr=\('127\.0\.0\.1', \d+\)>"
"""Python's ssl leaves a socket open whose peer is killed between connect and handshake: it raises ConnectionResetError
from its look for early data and closes nothing. It is this test's own client, told from all others by having no raddr.
"""


@pytest.mark.timeout(600)
@pytest.mark.filterwarnings(f"ignore:{RESET_BEFORE_TLS}:pytest.PytestUnraisableExceptionWarning")
def test_i7_i3_i4_killed_at_random_moments(tmp_path: Path) -> None:
    """Every reset ends; what was shown was the host's at that moment, and once; the audit holds; no trace is left."""
    seed = int(os.environ.get("RESETBRIDGE_KILL_SEED", str(random.randrange(10**6))))
    print(f"RESETBRIDGE_KILL_SEED={seed}")
    with bridge(tmp_path, crowd=RESETS) as made:
        killer = Killer(made, seed)
        killer.start()
        asked: list[tuple[str, str, str, Reset]] = []
        for number in range(RESETS):
            if number % 3 == 2:  # so that the kills fall among the resets, however quick these are
                assert killer.killed.acquire(timeout=60)
            system, letter = (("PRODA", "U"), ("PRODS", "S"))[number % 2]
            userid = f"{letter}{number:03}"
            reset = patiently(lambda system=system, userid=userid: made.ask(system, userid))
            asked.append((system, userid, f"p{number:03}@demo.example", reset))
        shown = _read_them(made, asked)
        killer.over.set()
        killer.join(120)
        assert killer.failure is None, killer.failure
        _all_end(made, asked)
        assert killer.kills >= 3
        assert all(count <= 1 for count in shown.values())
        verified = made.run("audit", "verify")
        assert verified.returncode == 0, verified.stderr
        assert not made.traces_of(made.passwords_ever_set())


def _read_them(made: Bridge, asked: list[tuple[str, str, str, Reset]]) -> dict[str, int]:
    """Open each link as it comes, twice; how often each userid was shown a password."""
    shown = {userid: 0 for _, userid, _, _ in asked}
    for system, userid, address, reset in asked:
        state = patiently(lambda reset=reset: made.await_state(reset.id, *SETTLED, within=120))
        if state["state"] != "published":
            continue
        for mail in made.links(address):
            for _ in range(2):
                try:
                    page = made.open(mail, reset.release_code)
                except (requests.RequestException, AssertionError):
                    time.sleep(0.5)
                    continue
                if page.password is not None:
                    shown[userid] += 1
                    assert made.stage.hosts[system].accepts(userid, page.password.expose())
    return shown


def _all_end(made: Bridge, asked: list[tuple[str, str, str, Reset]]) -> None:
    made.await_ready()
    for _, _, _, reset in asked:
        made.await_state(reset.id, *SETTLED, within=120)

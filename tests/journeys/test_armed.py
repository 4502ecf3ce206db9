"""Armed delivery by the daemon as a process: what the host sees, and when; killed at every step; two nodes."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from bridge.compose.audience import Page, Reset, Visit, _Reader
from connectors.simulated.faults import Fault
from connectors.simulated.mailbox import link_in
from connectors.simulated.tso_user import first_logon
from tests.journeys.bridge import Bridge, bridge
from tests.journeys.test_kills import Killer, patiently
from tests.journeys.test_two_nodes import second_node, storage

__all__ = ["storage"]

SYSTEMS = ("PRODA", "PRODB", "PRODS")
RESETS = int(os.environ.get("RESETBRIDGE_KILL_RESETS", "8"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridge]:
    with bridge(tmp_path_factory.mktemp("bridge"), crowd=12, armed=SYSTEMS) as running:
        yield running


_numbers = count()


@pytest.fixture
def number() -> int:
    """A person that no other test takes."""
    return next(_numbers)


def linked(made: Bridge, system: str, userid: str, number: int) -> tuple[Reset, Visit]:
    """Asked for and mailed; the page is open."""
    reset = made.ask(system, userid)
    made.await_state(reset.id, "published")
    visit = made.visit(made.links(f"p{number:03}@demo.example")[-1])
    assert visit.look() == 200
    return reset, visit


def waited(visit: Visit, within: float = 60) -> Page:
    """Press the waiting page's button until something else comes."""
    ends = time.monotonic() + within
    while (page := visit.wait()).status == 202:
        assert time.monotonic() < ends, page.title
        time.sleep(0.1)
    return page


@pytest.mark.parametrize(("system", "letter"), [("PRODA", "U"), ("PRODB", "U"), ("PRODS", "S")])
def test_i3_i11_the_host_is_changed_when_the_factor_is_passed(
    made: Bridge, number: int, system: str, letter: str
) -> None:
    """Nothing before, one change after, read back and shown; used on TSO, completed; no trace anywhere."""
    userid = f"{letter}{number:03}"
    zos = made.stage.hosts[system]
    before = len(set(made.passwords_ever_set()))
    reset, visit = linked(made, system, userid, number)
    assert len(set(made.passwords_ever_set())) == before
    page = visit.open(reset.release_code)
    assert (page.status, len(set(made.passwords_ever_set()))) == (200, before + 1)
    assert page.password is not None
    assert zos.accepts(userid, page.password.expose())
    assert visit.wait().status == 410
    context = made.stage.host_context
    context.check_hostname = False
    logon = first_logon(zos.host, zos.port, userid, page.password.expose(), "MYOWN234", ssl_context=context)
    assert (logon.forced_change, logon.ready) == (True, True)
    events = made.await_state(reset.id, "completed")["events"]
    states = [event["state"] for event in events if event["state"]]
    assert states[-6:] == ["published", "queued", "changing", "published", "revealed", "completed"]
    assert not made.traces_of(made.passwords_ever_set())


def test_a_request_that_nobody_opens_changes_nothing(made: Bridge, number: int) -> None:
    """Asked for three times and revoked: the user's password is the one from before."""
    userid = f"U{number:03}"
    before = len(set(made.passwords_ever_set()))
    for _ in range(3):
        reset, visit = linked(made, "PRODA", userid, number)
    assert made.run("revoke", reset.id, "--reason", "nobody asked for it").returncode == 0
    assert visit.enter(reset.release_code).status == 410
    assert made.state(reset.id)["cleanup"] == "none"
    assert len(set(made.passwords_ever_set())) == before


def test_a_host_that_is_away_leaves_the_link_as_it_was(made: Bridge, number: int) -> None:
    """TSO lets nobody in: said on the page, nothing changed, and the same place goes on when it is back."""
    userid = f"U{number:03}"
    zos = made.stage.hosts["PRODA"]
    reset, visit = linked(made, "PRODA", userid, number)
    typed = made.stage.witnesses[0].typed.count(f"ALTUSER {userid}")
    zos.faults.arm(Fault.DROP_BEFORE, f"LISTUSER {userid}")
    zos.faults.arm(Fault.TSO_FULL)
    page = visit.enter(reset.release_code)
    ends = time.monotonic() + 60
    while "does not answer" not in page.title:
        assert page.status == 202
        assert time.monotonic() < ends
        time.sleep(0.2)
        page = visit.wait()
    away = made.state(reset.id)
    assert (away["state"], away["cleanup"], away["failure"]) == ("published", "none", None)
    assert made.stage.witnesses[0].typed.count(f"ALTUSER {userid}") == typed
    zos.faults.clear()
    visit.wait()
    shown = waited(visit)
    assert shown.password is not None
    assert zos.accepts(userid, shown.password.expose())


def test_a_host_that_refuses_is_said_and_nothing_is_left(made: Bridge, number: int) -> None:
    """Not authorised for the change: failed, the page says so, and the password is the old one."""
    userid = f"U{number:03}"
    reset, visit = linked(made, "PRODA", userid, number)
    made.stage.hosts["PRODA"].faults.arm(Fault.NOT_AUTHORIZED, f"ALTUSER {userid}", times=1)
    page = visit.open(reset.release_code)
    assert (page.status, page.title) == (410, "No new password could be set")
    ended = made.state(reset.id)
    assert (ended["failure"]["code"], ended["cleanup"]) == ("not_authorized", "none")


def test_a_lost_line_begins_anew_while_the_page_waits(made: Bridge, number: int) -> None:
    """ALTUSER ran and the line dropped: set again, and the second one is shown."""
    userid = f"U{number:03}"
    zos, witness = made.stage.hosts["PRODA"], made.stage.witnesses[0]
    reset, visit = linked(made, "PRODA", userid, number)
    zos.faults.arm(Fault.DROP_AFTER, f"ALTUSER {userid}", times=1)
    page = visit.open(reset.release_code)
    assert page.password is not None
    assert len([line for line in witness.typed if line.startswith(f"ALTUSER {userid}")]) == 2
    assert zos.accepts(userid, page.password.expose())


@pytest.mark.parametrize("fault", [Fault.FROZEN, Fault.FROZEN_AFTER])
@pytest.mark.parametrize("command", ["LISTUSER", "ALTUSER"])
def test_i7_killed_while_the_host_is_changed(tmp_path: Path, fault: Fault, command: str) -> None:
    """SIGKILL before and after the listing, before and after the change: the same ticket gets what was set last."""
    with bridge(tmp_path, crowd=1, armed=SYSTEMS) as made:
        zos = made.stage.hosts["PRODA"]
        reset, visit = linked(made, "PRODA", "U000", 0)
        zos.faults.arm(fault, f"{command} U000", times=1)
        assert visit.enter(reset.release_code).status == 202
        assert zos.faults.wait_for(fault, 40)
        made.kill()
        made.start()
        shown = waited(visit)
        assert shown.password is not None
        assert zos.accepts("U000", shown.password.expose())
        assert visit.wait().status == 410
        assert made.run("audit", "verify").returncode == 0
        assert not made.traces_of(made.passwords_ever_set())


@pytest.mark.timeout(600)
def test_i7_i4_killed_at_random_moments_while_people_wait(tmp_path: Path) -> None:
    """Each is shown what the host has, once; or nothing was changed and the link is good; or it is over and spoiled."""
    seed = int(os.environ.get("RESETBRIDGE_KILL_SEED", str(random.randrange(10**6))))
    print(f"RESETBRIDGE_KILL_SEED={seed}")
    with bridge(tmp_path, crowd=RESETS, armed=SYSTEMS) as made:
        asked = []
        for number in range(RESETS):
            system = SYSTEMS[number % 3]
            userid = f"{'S' if system == 'PRODS' else 'U'}{number:03}"
            asked.append((system, userid, *linked(made, system, userid, number)))
        killer = Killer(made, seed)
        killer.start()
        with ThreadPoolExecutor(3) as pool:
            shown = list(pool.map(lambda each: _collected(*each), asked))
        while killer.kills < 3:
            assert killer.killed.acquire(timeout=60)
        killer.over.set()
        killer.join(120)
        assert killer.failure is None, killer.failure
        made.await_ready()
        for (system, userid, reset, visit), password in zip(asked, shown, strict=True):
            if password is not None:
                assert made.stage.hosts[system].accepts(userid, password)
                assert patiently(visit.wait).status == 410
                continue
            state = made.await_state(reset.id, "published", "revealed", "failed", "expired", "lapsed", within=120)
            assert state["state"] != "published" or state["cleanup"] == "none"
        assert len([word for word in shown if word]) >= RESETS // 2
        verified = made.run("audit", "verify")
        assert verified.returncode == 0, verified.stderr
        assert not made.traces_of(made.passwords_ever_set())


def _collected(system: str, userid: str, reset: Reset, visit: Visit) -> str | None:
    """Type the code once, then wait, whatever the line does; None where an answer was lost or it came to an end."""
    page = patiently(lambda: visit.enter(reset.release_code))
    ends = time.monotonic() + 120
    while page.status in {202, 503} and time.monotonic() < ends:
        time.sleep(0.2)
        page = patiently(visit.wait) if page.status == 202 else patiently(lambda: visit.enter(reset.release_code))
    return page.password.expose() if page.password else None


def test_i4_passed_on_one_node_and_collected_on_two(tmp_path: Path, storage: dict[str, str]) -> None:
    """One right code; thirty-two collect with its ticket, half on each node: one answer holds the password."""
    with bridge(tmp_path, changes=storage, armed=SYSTEMS) as made, second_node(made) as other:
        reset, visit = linked(made, "PRODA", "U000", 0)
        link = link_in(made.links("p000@demo.example")[-1])
        assert visit.enter(reset.release_code).status == 202
        made.await_state(reset.id, "published")
        form, together = visit._waiting, threading.Barrier(32)
        bases = [made.stage.url, other]

        def send(number: int) -> requests.Response:
            url = link.partition("#")[0].replace(made.stage.url, bases[number % 2])
            headers = {"Host": urlsplit(made.stage.url).netloc, "Origin": made.stage.url}
            together.wait(30)
            return requests.post(
                f"{url}/wait", data=form, headers=headers, verify=str(made.stage.certificate), timeout=60
            )

        with ThreadPoolExecutor(32) as pool:
            answers = list(pool.map(send, range(32)))
        holding = [answer for answer in answers if _Reader.of(answer.text).password]
        assert len(holding) == 1
        assert made.stage.hosts["PRODA"].accepts("U000", _Reader.of(holding[0].text).password)
        assert {answer.status_code for answer in answers if answer is not holding[0]} <= {410, 503}
        assert made.run("audit", "verify").returncode == 0

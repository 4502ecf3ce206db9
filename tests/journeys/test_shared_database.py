"""Two systems in front of one security database: what is reset on one is seen on the other, and said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.simulated.faults import Fault
from connectors.simulated.options import HostOptions
from connectors.simulated.witness import Witness
from connectors.simulated.zos import SimulatedZos
from tests.journeys.bridge import Another, Bridge, bridge, until
from tests.ports import free_port

OPTIONS = HostOptions(system="SYSA")
SHARES = {"title: Production A\n": "title: Production A\n    shares_database_with: [PRODC]\n"}


def second(port: int) -> Another:
    """Another image of the sysplex, with the service id of PRODA."""
    transport = {
        "type": "tn3270", "host": "127.0.0.1", "port": port, "codepage": "1047", "tls": None, "insecure": True,
        "connect_within": "2s",
    }  # fmt: skip
    service = {"userid": "RSTBRDG", "password": {"file": "secrets/proda"}}
    settings = {"product": "racf", "transport": transport, "service_id": service, "password": {"length": 8}}
    return Another(name="PRODC", settings=settings, secrets={}, userids=["U000"])


def elsewhere(made: Bridge, reset_id: str) -> dict[str, Any]:
    """The event that tells of the other system, once it has come."""
    found: list[dict[str, Any]] = []

    def there() -> bool:
        events = made.state(reset_id)["events"]
        found[:] = [each for each in events if each["kind"] == "host.seen_elsewhere"]
        return bool(found)

    until(there, within=60)
    (event,) = found
    return dict(event["detail"])


@pytest.mark.parametrize(("asked_on", "seen_on"), [("PRODA", "PRODC"), ("PRODC", "PRODA")])
def test_a_reset_on_one_is_read_back_on_the_other(tmp_path: Path, asked_on: str, seen_on: str) -> None:
    """By API, `show` and audit, whichever of the two names the other; nothing is changed there a second time."""
    port = free_port()
    with bridge(tmp_path, crowd=1, changes=SHARES, another=[second(port)]) as made:
        users = made.stage.hosts["PRODA"].users
        with SimulatedZos("racf", users=users, port=port, options=OPTIONS, witness=Witness()) as other:
            reset = made.ask(asked_on, "U000")
            made.await_state(reset.id, "published")
            detail = elsewhere(made, reset.id)
            assert detail["on"] == seen_on
            assert (detail["standing"], detail["must_change"]) == ("expired", True)
            shown = made.run("show", reset.id)
            assert "host.seen_elsewhere" in shown.stdout
            assert f"on={seen_on}" in shown.stdout
            records = [
                json.loads(line) for line in made.run("audit", "export", "--format", "jsonl").stdout.splitlines()
            ]
            mine = [each for each in records if each["reset"] == reset.id]
            assert "host.seen_elsewhere" in [each["kind"] for each in mine]
            typed = [*made.stage.hosts["PRODA"].typed, *other.typed]
            assert sum(line.startswith("ALTUSER U000") for line in typed) == 1


def test_another_system_that_does_not_show_the_userid_is_said_not_to(tmp_path: Path) -> None:
    """The reset is published all the same."""
    port = free_port()
    with bridge(tmp_path, crowd=1, changes=SHARES, another=[second(port)]) as made:
        users = made.stage.hosts["PRODA"].users
        with SimulatedZos("racf", users=users, port=port, options=OPTIONS, witness=Witness()) as other:
            other.faults.arm(Fault.ANSWER, "LISTUSER", text="ICH30002I NOT AUTHORIZED TO LIST U000", times=9)
            reset = made.ask("PRODA", "U000")
            made.await_state(reset.id, "published")
            detail = elsewhere(made, reset.id)
            assert (detail["on"], detail["why"]) == ("PRODC", "not_authorized")

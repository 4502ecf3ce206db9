"""Two whole daemons on one database and the same service ids: each reset is done once, no session is taken away."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from connectors.simulated.faults import Fault
from tests.journeys.bridge import PROGRAM, Bridge, bridge
from tests.ports import free_port
from tests.postgres import Postgres

RESETS = 8


@contextmanager
def second_daemon(made: Bridge) -> Iterator[None]:
    """Another node: a port and a name of its own, everything else the same."""
    port = free_port()
    first = urlsplit(made.stage.url).port
    text = made.stage.config.read_text()
    other = made.stage.folder / "other.yaml"
    other.write_text(
        text.replace(f"listen: 127.0.0.1:{first}", f"listen: 127.0.0.1:{port}").replace("node: demo", "node: two")
    )
    with (made.stage.folder / "other.log").open("ab") as log:
        command = [*PROGRAM, "--config", str(other), "serve"]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        made.await_ready(address=f"https://127.0.0.1:{port}")
        yield
    finally:
        process.terminate()
        process.wait(60)


def test_two_daemons_share_systems_and_service_ids(tmp_path: Path, postgres: Postgres) -> None:
    """All resets are published after one change each; no logon of a service id met another session of it."""
    changes = {"sqlite:///bridge.db": postgres.url(postgres.new_database())}
    with bridge(tmp_path, crowd=RESETS, changes=changes) as made, second_daemon(made):
        for name in ("PRODA", "PRODB"):  # slow enough that both nodes find work at the same time
            made.stage.hosts[name].faults.arm(Fault.RESPONSE_DELAY, "U0", count=400)
        asked = [made.ask(("PRODA", "PRODB")[number % 2], f"U{number:03}") for number in range(RESETS)]
        for reset in asked:
            made.await_state(reset.id, "published", within=120)
        for witness in made.stage.witnesses[:2]:
            assert len([each for each in witness.logons if each.userid == "RSTBRDG"]) == 1
        typed = [line for witness in made.stage.witnesses for line in witness.typed]
        changed = Counter(line.split()[1] for line in typed if line.startswith(("ALTUSER", "CHANGE")))
        assert set(changed.values()) == {1}, changed
        refused = made.call("POST", "/resets", json={"system": "PRODA", "userid": "RSTBRDG", "reason": "mine"})
        assert refused.status_code == 403

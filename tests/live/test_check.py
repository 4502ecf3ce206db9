"""The doctor against simulated hosts, through s3270 and SSH."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bridge.compose.begin import begin
from bridge.compose.dialogs import record
from bridge.compose.doctor import Finding, ask_host, examine
from bridge.compose.seat import Held, seated
from bridge.compose.shared import Opened, node, opened, upgrade_database
from bridge.compose.simulate import Ports, simulated
from bridge.config.model import Config
from bridge.config.reader import read
from bridge.domain.errors import NotFound
from bridge.domain.names import Account, SystemName, Userid
from bridge.domain.outcome import Condition, Reach, Standing
from connectors.machine import SystemClock


@contextmanager
def configured(folder: Path, scenario: str) -> Iterator[Config]:
    """A configuration with the simulated systems."""
    begin(folder / "bridge")
    file = folder / "bridge/resetbridge.yaml"
    with simulated(folder / "simulated", scenario, Ports()) as words:
        head, _, rest = file.read_text().partition("systems: {}")
        systems = words[words.index("systems:") :].replace("ssh, ", "ssh, answer_within: 5s, ")
        systems = systems.replace("tn3270, ", "tn3270, answer_within: 5s, connect_within: 5s, logon_within: 10s, ")
        file.write_text(head + systems + "\n" + rest[rest.index("policies:") :])
        yield read(file)


@contextmanager
def checked(folder: Path, scenario: str) -> Iterator[list[Finding]]:
    """What the doctor finds of the simulated systems."""
    with configured(folder, scenario) as config:
        yield list(examine(config))


def levels(found: list[Finding]) -> dict[str, list[str]]:
    """About → levels, in order."""
    made: dict[str, list[str]] = {}
    for finding in found:
        made.setdefault(finding.about, []).append(finding.level)
    return made


@pytest.mark.slow
def test_hosts_that_are_well_are_found_well(tmp_path: Path) -> None:
    """Rules, way, TLS, logon and one listing of each service id: all well, on each product and transport."""
    with checked(tmp_path, "ordinary") as found:
        seen = levels(found)

        for name in ("SIMRACF", "SIMACF2", "SIMTSS", "SIMSSH", "SIMACFH", "SIMTSSH", "SIMIBMI"):
            assert set(seen[name]) == {"ok"}, found
            assert set(seen[f"{name} RSTBRDG"]) <= {"ok", "warn"}, found


def test_a_secret_that_others_may_read_is_named_once(tmp_path: Path) -> None:
    """With its mode and the mend, wherever the configuration points to it; of the others nothing is said."""
    begin(tmp_path)
    file, key = tmp_path / "resetbridge.yaml", tmp_path / "secrets/other"
    key.touch(mode=0o640)
    key.write_text("hush\n")
    user = "  username: bridge\n  password: {file: secrets/other}\n"
    server = "{host: 127.0.0.1, port: 1, secret: {file: secrets/other}}"
    radius = f"radius: {{answer_within: 1s, tries: 1, servers: [{server}]}}\n"
    text = file.read_text().replace("  port: 25\n  security: none ", f"  port: 1\n{user}  security: tls ")
    file.write_text(f"{radius}{text}")
    upgrade_database(config := read(file))

    found = [finding for finding in examine(config) if finding.about == "secrets"]

    mend = f"{key} can be read by others (mode 0640); mend it with: chmod 600 {key}"
    assert [(finding.level, finding.words) for finding in found] == [("warn", mend)]
    key.chmod(0o600)
    assert not [finding for finding in examine(config) if finding.about == "secrets"]


@pytest.mark.slow
def test_a_refused_service_id_is_named(tmp_path: Path) -> None:
    """A wrong password of the service id: the way is well, the logon fails, and the words say whose it is."""
    with checked(tmp_path, "wrong-service-password") as found:
        seen = levels(found)

        assert set(seen["SIMRACF"]) == {"ok"}, found
        assert seen["SIMRACF RSTBRDG"][-1] == "fail", found
        words = [finding.words for finding in found if finding.about == "SIMRACF RSTBRDG" and finding.level == "fail"]
        assert any("refused the service id's logon" in each for each in words)


@pytest.mark.slow
def test_a_host_says_what_it_knows_of_a_userid(tmp_path: Path) -> None:
    """A userid that was locked out is suspended, by wrong passwords; an unknown one is not found."""
    with configured(tmp_path, "ordinary") as config:
        found = ask_host(config, "SIMRACF", "jsmith", "local:test")
        with pytest.raises(NotFound, match="knows no userid NOBODY"):
            ask_host(config, "SIMSSH", "NOBODY", "local:test")
        disabled = ask_host(config, "SIMIBMI", "ldubois", "local:test")

    assert (disabled.standing, disabled.suspended_by) == (Standing.SUSPENDED, "administrator")
    assert found.standing is Standing.SUSPENDED


@pytest.mark.slow
def test_what_stopped_the_daemon_is_told_on(tmp_path: Path) -> None:
    """Its last word on a system stands beside what the doctor finds now; a system that it found well needs none."""
    with configured(tmp_path, "ordinary") as config:
        upgrade_database(config)
        at = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
        words = {"SIMRACF": (Reach.REFUSED, "the host refused the logon"), "SIMACF2": (Reach.WELL, "")}
        with opened(config) as desk, desk.store.work() as work:
            now = desk.clock.now()
            for name, (reach, why) in words.items():
                work.conditions.put(Condition(system=name, node="north", reach=reach, words=why, at=at, heard=now))
            work.conditions.put(Condition(system="SIMACF2", node="gone", reach=Reach.WELL, words="", at=at, heard=at))

        found = [each.words for each in examine(config, ["SIMRACF", "SIMACF2"]) if "the daemon on" in each.words]

    assert len(found) == 2
    assert found.pop().startswith("the daemon on gone has not been heard from since 2026-03-01 09:30 UTC")
    assert found[0].startswith(
        "the daemon on north stopped at 2026-03-01 09:30 UTC: the host refused the logon; a new password of "
    )


@pytest.mark.slow
def test_a_session_that_a_worker_has_is_not_taken_away(tmp_path: Path) -> None:
    """`check`, `dialog record` and `state` leave a host alone while a worker holds the seat, then hold it."""
    seat, at = Account(SystemName("SIMRACF"), Userid("RSTBRDG")), SystemClock().now()
    with configured(tmp_path, "ordinary") as config:
        upgrade_database(config)
        with opened(config) as desk:
            with desk.store.work() as work:
                worker = work.leases.take(seat, "n1/W1", at=at, until=at + timedelta(minutes=3))
            assert worker
            (said,) = [finding for finding in examine(config, ["SIMRACF"]) if finding.about == "SIMRACF RSTBRDG"]
            assert said.level == "warn"
            assert "a worker is logged on with it now" in said.words
            with pytest.raises(Held, match="a worker is logged on with it now"):
                record(config, "SIMRACF", names=False)
            with pytest.raises(Held, match="a worker is logged on with it now"):
                ask_host(config, "SIMRACF", "JSMITH", "local:root")
            with desk.store.work() as work:
                work.leases.give_back(worker)
            held = []

            def look(_: object) -> None:
                with desk.store.work() as work:  # as a daemon does that is started meanwhile
                    work.leases.give_back_dead(node(config), "W2")
                held.append(_held(desk, seat))

            for finding in examine(config, ["SIMRACF"], watch=look):
                assert finding.level != "fail" or finding.about != "SIMRACF RSTBRDG", finding
            assert held
            assert all(held)
            assert not _held(desk, seat)
            system = config.systems["SIMRACF"]  # a logon of 10 s, a second one, and 20 s of waiting in between
            with seated(system, system.service_ids[0], desk, "check"):
                assert [_held(desk, seat, seconds=seconds) for seconds in (210, 240)] == [True, False]


def _held(desk: Opened, seat: Account, *, seconds: int = 0) -> bool:
    """Whether somebody has the seat, so long from now."""
    with desk.store.look() as work:
        return work.leases.held(seat, desk.clock.now() + timedelta(seconds=seconds))

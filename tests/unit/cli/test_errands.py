"""`unlock` and `state`, with a worker that has answered."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bridge.cli import errands
from bridge.compose import doctor
from bridge.domain.errand import Errand, ErrandId, Kind, Step, again
from bridge.domain.names import Operator, SystemName, Userid
from bridge.flows import errands as flow
from tests.unit.cli.conftest import Run

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the worker says of the userid."""
    answer: dict[str, Any] = {"last_use": None, "must_change": False, "standing": "active"}

    def done(_: object, kind: Kind, wish: tuple[str, ...]) -> Errand:
        return Errand(id=ErrandId("E7K2M9QX4TB0C"), kind=kind, system=SystemName(wish[0]), userid=Userid(wish[1]),
                      reason="r", ticket=None, asked_by=Operator("jo"), asked_at=NOON, since=NOON, step=Step.DONE,
                      answer=answer)  # fmt: skip

    monkeypatch.setattr(errands, "_run", done)
    monkeypatch.setattr(doctor, "worker_runs", lambda _: True)
    return answer


def test_an_unlock_says_whether_there_was_anything_to_lift(desk: Run, answered: dict[str, Any]) -> None:
    """A user who was not locked has another trouble; the agent has to know."""
    answered["lifted"] = True
    first = desk("unlock", "PRODA", "JSMITH", "--reason", "r")
    answered["lifted"] = False
    second = desk("unlock", "PRODA", "JSMITH", "--reason", "r")

    assert first.out.startswith("PRODA JSMITH is unlocked\n")
    assert second.out.startswith("PRODA JSMITH was not locked; nothing was done\n")


def test_state_prints_the_facts_in_one_order(desk: Run, answered: dict[str, Any]) -> None:
    """Whoever asked the host, and however the database keeps them."""
    assert desk("state", "PRODA", "JSMITH").out.splitlines() == [
        "system:      PRODA", "userid:      JSMITH", "standing:    active", "must_change: no",
    ]  # fmt: skip


def test_state_of_an_unknown_userid_is_an_error(desk: Run, answered: dict[str, Any]) -> None:
    """Not a table that says it has a password."""
    answered.update(standing="unknown", has_password=True)
    ended = desk("state", "PRODA", "NOBODY")

    assert (ended.code, ended.out) == (1, "")
    assert "PRODA knows no userid NOBODY" in ended.err


def with_proda(folder: Path) -> None:
    """Add a system that nobody talks to."""
    file = folder / "bridge/resetbridge.yaml"
    system = "PRODA: {title: A, product: racf, transport: {type: tn3270, host: localhost, tls: null, insecure: true}, "
    service = "service_id: {userid: RSTBRDG, password: {file: secrets/proda}}}"
    file.write_text(file.read_text().replace("systems: {}", f"systems:\n  {system}{service}"))


def test_an_unlock_that_nobody_takes_says_that_it_may_still_be_done(
    desk: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While no daemon runs: that it is waited for, and that it stays in the queue."""
    with_proda(tmp_path)
    monkeypatch.setattr(errands, "QUIET", 0.1)
    monkeypatch.setattr(errands, "UNTAKEN", 0.5)
    ended = desk("unlock", "PRODA", "JSMITH", "--reason", "r")

    assert ended.code == 1
    assert ended.err.startswith("waiting for a worker\n")
    assert ended.err.count("waiting") == 1
    assert ended.err.endswith("It is done all the same if one takes it within 30 minutes\n")


def test_an_unlock_that_is_tried_in_vain_says_what_is_in_the_way(
    desk: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker is there and the host is not: whoever waits is not sent to look for the daemon."""
    with_proda(tmp_path)
    see = flow.see

    def tried(*asked: Any) -> Errand:
        return again(see(*asked), not_before=NOON, text="PRODA: it takes no connections")

    monkeypatch.setattr(flow, "see", tried)
    monkeypatch.setattr(errands, "LOOK_EVERY", 0.001)
    monkeypatch.setattr(errands, "QUIET", 0.05)
    monkeypatch.setattr(errands, "WITHIN", 0.1)
    ended = desk("unlock", "PRODA", "JSMITH", "--reason", "r")

    assert ended.code == 1
    assert ended.err.startswith("waiting for PRODA\n")
    assert "worker" not in ended.err
    assert ended.err.endswith(" s: PRODA: it takes no connections; it is tried for 30 minutes in all\n")

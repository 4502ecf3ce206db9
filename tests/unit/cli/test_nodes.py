"""`nodes`: which machines there are, and what is left of one that was forgotten."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bridge.compose.shared import opened
from bridge.config.reader import read
from bridge.domain.outcome import Condition, Reach
from tests.unit.cli.conftest import Run


@pytest.fixture
def two(desk: Run, tmp_path: Path) -> Run:
    """A bridge on which two machines have worked; one for the last time two days ago."""
    with opened(read(tmp_path / "bridge/resetbridge.yaml")) as kept, kept.store.work() as work:
        now = kept.clock.now()
        for node, system, reach, ago in (
            ("north", "PRODA", Reach.UNREACHABLE, 48), ("north", "PRODB", Reach.WELL, 49),
            ("south", "PRODA", Reach.WELL, 0),
        ):  # fmt: skip
            at = now - timedelta(hours=ago)
            work.conditions.put(Condition(system=system, node=node, reach=reach, words="", at=at, heard=at))
    return desk


def test_nodes_are_listed_with_how_they_stand(two: Run) -> None:
    """When they were last heard from, and whether that is long ago; in JSON as well."""
    listed = two("nodes", "list")
    assert [line.split("\t")[2:] for line in listed.out.splitlines()[1:]] == [
        ["yes", "PRODB", "PRODA"], ["no", "PRODA", "-"],
    ]  # fmt: skip
    assert [(one["name"], one["silent"]) for one in two("nodes", "list", "--json").json] == [
        ("north", True), ("south", False),
    ]  # fmt: skip


def test_a_node_is_forgotten_on_record_and_once(two: Run, tmp_path: Path) -> None:
    """The other stays; who did it is in the audit."""
    assert "north is forgotten" in two("nodes", "forget", "north").out
    assert [one["name"] for one in two("nodes", "list", "--json").json] == ["south"]
    again = two("nodes", "forget", "north")
    assert (again.code, "no node north" in again.err) == (1, True)
    with opened(read(tmp_path / "bridge/resetbridge.yaml")) as kept, kept.store.look() as work:
        (said,) = [one.event for one in work.audit.records() if one.event.kind == "node.forgotten"]
    assert said.by.startswith("local:")
    assert (said.detail["node"], said.detail["systems"]) == ("north", 2)

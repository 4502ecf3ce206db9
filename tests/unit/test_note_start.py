"""What a daemon leaves in the audit when it begins."""

from __future__ import annotations

import hashlib
from pathlib import Path

from bridge.compose.begin import begin
from bridge.compose.shared import base_kit, note_start, opened, upgrade_database
from bridge.config.reader import read


def test_a_changed_configuration_is_seen_at_the_next_start(tmp_path: Path) -> None:
    """Each start names the file's digest: two that differ were of two configurations."""
    begin(tmp_path / "bridge")
    file = tmp_path / "bridge/resetbridge.yaml"
    upgrade_database(read(file))
    digests = []
    for _ in range(2):
        digests.append(hashlib.sha256(file.read_bytes()).hexdigest())
        config = read(file)
        with opened(config) as kept:
            note_start(base_kit(kept), config, ["worker", "scheduler"])
            with kept.store.look() as work:
                events = [record.event for record in work.audit.records()]
        file.write_text(file.read_text() + "# changed\n")

    assert [event.kind for event in events] == ["daemon.started"] * 2
    assert [event.detail["configuration"] for event in events] == digests
    assert digests[0] != digests[1]
    assert events[0].detail["roles"] == "worker,scheduler"

"""`people show`: who says where a person is reached, and since when."""

from __future__ import annotations

from pathlib import Path

from bridge.compose.shared import Opened, opened
from bridge.config.reader import read
from bridge.flows.contacts import meet
from bridge.ports import PersonRecord
from tests.unit.cli.conftest import Run
from tests.unit.cli.test_desk import TABLE


def test_each_contact_is_shown_with_kind_source_and_age(desk: Run, tmp_path: Path) -> None:
    """An address that came after the first look has a time, one that was there has none; a new owner's accounts are
    no contact."""
    (tmp_path / "people.csv").write_text(TABLE)
    desk("people", "import", "people.csv")
    config = tmp_path / "bridge/resetbridge.yaml"
    with opened(read(config)) as kept, kept.store.work() as work:
        work.contacts.begin(kept.clock.now())
        meet(people_of(kept)["maria"], work, kept)
    (tmp_path / "people.csv").write_text(TABLE.replace("maria@", "thief@"))
    desk("people", "import", "people.csv")

    old, new = (desk("people", "show", name, "--json").json["contacts"] for name in ("joe", "maria"))
    assert [(one["kind"], one["source"], one["since"]) for one in old] == [("email", "people import", None)]
    assert new[0]["address"].startswith("thief@")
    assert new[0]["since"].endswith("Z")
    shown = desk("people", "show", "maria").out
    assert f"email (people import, since {new[0]['since']})" in shown


def people_of(kept: Opened) -> dict[str, PersonRecord]:
    return {str(one.person): one for one in kept.directory.everyone()}

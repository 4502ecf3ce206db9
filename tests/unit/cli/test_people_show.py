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


def test_with_a_directory_of_its_own_nobody_is_sent_to_what_was_imported(desk: Run, tmp_path: Path) -> None:
    """The list of imported people answers nothing there: each command that reads or writes it says so."""
    (tmp_path / "people.csv").write_text(TABLE)
    unknown = desk("people", "show", "nobody")
    assert "`resetbridge people list`" in unknown.err
    assert "is not used" not in desk("people", "import", "people.csv").err
    config = tmp_path / "bridge/resetbridge.yaml"
    ldap = "{servers: [127.0.0.1], base: 'dc=example', security: none}"
    for source, directory in (
        ("staff.csv", "{csv: staff.csv}"),
        ("ldap", f"{{ldap: {ldap}, accounts: {{PRODA: racfid}}}}"),
    ):
        (config.parent / "staff.csv").write_text("person,email\nsue,sue@example.com\n")
        text = config.read_text().partition("\ndirectory:")[0]
        config.write_text(f"{text}\ndirectory: {directory}\n")
        note = f"resetbridge: note: people come from {source} here; what is imported is not used"
        assert note in desk("people", "list").err
        assert note in desk("people", "import", "people.csv").err
    config.write_text(config.read_text().partition("\ndirectory:")[0] + "\ndirectory: {csv: staff.csv}\n")
    assert "people come from staff.csv here: check the spelling" in desk("people", "show", "nobody").err


def test_a_factor_that_waits_says_from_when_it_counts(desk: Run, tmp_path: Path) -> None:
    """Who has lost a device is asked about it while the new one waits."""
    (tmp_path / "people.csv").write_text(TABLE)
    desk("people", "import", "people.csv")
    desk("factor", "add", "maria", "totp")
    assert "counts from" not in desk("people", "show", "maria").out
    desk("factor", "add", "maria", "totp", "--label", "second")
    assert "(second, counts from 20" in desk("people", "show", "maria").out


def people_of(kept: Opened) -> dict[str, PersonRecord]:
    return {str(one.person): one for one in kept.directory.everyone()}

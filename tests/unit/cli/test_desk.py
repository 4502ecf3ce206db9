"""The commands on the daemon's own machine: init, check, people, factor, operator, token, audit, db, keys."""

from __future__ import annotations

import csv
import io
import json
import stat
from pathlib import Path
from typing import NoReturn

import pyotp
import pytest

from bridge.compose.shared import opened
from bridge.config.reader import read
from tests.unit.cli.conftest import Run

TABLE = """\
person,name,email,phone,language,manager,groups,accounts
maria,Maria Keller,maria@example.com,,de,,ops,PRODA:PAYROLL7;PRODA:MK01
joe,Joe Doe,joe@example.com,,en,,,PRODA:JOE
"""


@pytest.fixture
def people(desk: Run, tmp_path: Path) -> Run:
    """A bridge that knows Maria and Joe."""
    (tmp_path / "people.csv").write_text(TABLE)
    assert desk("people", "import", "people.csv").code == 0
    return desk


# --- init and check -------------------------------------------------------------------------------


def test_init_writes_a_configuration_that_can_be_read(run: Run, tmp_path: Path) -> None:
    """What init writes is read without a fault, keys are private, and the next steps are named."""
    ended = run("init", tmp_path / "new")

    config = read(tmp_path / "new/resetbridge.yaml")
    key = config.keys[0].file
    assert ended.code == 0
    assert "operator add" in ended.out
    assert key is not None
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new/tls/key.pem").stat().st_mode) == 0o600
    assert key.read_text().strip() not in ended.out
    assert not config.notes


def test_init_puts_the_database_where_a_service_may_write(run: Run, tmp_path: Path) -> None:
    """Its own folder, made if need be, named whole in the configuration; never over another."""
    ended = run("init", "new", "--data", "state")

    config = read(tmp_path / "new/resetbridge.yaml")
    assert ended.code == 0
    assert config.storage.url == f"sqlite:///{tmp_path}/state/bridge.db"
    assert (tmp_path / "state/bridge.db").exists()
    assert not (tmp_path / "new/bridge.db").exists()
    assert run("init", "other", "--data", "state").code == 2
    assert not (tmp_path / "other").exists()


def test_init_leaves_a_folder_with_something_in_it_alone(run: Run, tmp_path: Path) -> None:
    """A folder that holds anything is refused, and nothing is written."""
    (tmp_path / "old").mkdir()
    (tmp_path / "old/letter").write_text("dear")

    ended = run("init", tmp_path / "old")

    assert ended.code == 2
    assert "an empty or a new folder is expected" in ended.err
    assert [path.name for path in (tmp_path / "old").iterdir()] == ["letter"]


def test_check_says_what_is_wrong_and_what_to_do(desk: Run) -> None:
    """A fresh bridge without a relay fails its check, naming the relay; what is merely missing is a warning."""
    ended = desk("check", "--json")

    levels = {one["about"]: one["level"] for one in ended.json}
    assert ended.code == 1
    assert (levels["keys"], levels["database"], levels["web"]) == ("ok", "ok", "ok")
    assert (levels["mail"], levels["operators"], levels["systems"]) == ("fail", "warn", "warn")
    assert ended.err == "resetbridge: 1 of 8 checks failed: mail\n"


def test_check_of_an_unknown_system_is_a_usage_error(desk: Run) -> None:
    """A system that is not configured: status 2, before anything is tried."""
    assert desk("check", "NOSUCH").code == 2


def test_a_configuration_with_mistakes_ends_with_status_2_and_all_of_them(run: Run, tmp_path: Path) -> None:
    """Each mistake is a line of its own on standard error: file, line, key, what is expected."""
    (tmp_path / "resetbridge.yaml").write_text("site: {nam: x}\nkeys: []\n")

    ended = run("people", "list")

    assert ended.code == 2
    assert ended.out == ""
    assert "resetbridge.yaml:1: site.nam: no such key; did you mean name?" in ended.err.splitlines()
    assert "resetbridge.yaml:2: keys: at least one key is expected: - {file: keys/NAME.key}" in ended.err.splitlines()


def test_no_configuration_says_where_it_was_looked_for(run: Run) -> None:
    """Neither --config nor a file in one of the places: status 2 and a sentence."""
    ended = run("people", "list")

    assert ended.code == 2
    assert "neither resetbridge.yaml nor /etc/resetbridge/resetbridge.yaml exists" in ended.err


def test_a_configuration_that_is_closed_to_this_user_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of mode 0700 looked into as somebody else: a fault in words, with what to do."""

    def closed(path: Path, *_: object, **__: object) -> NoReturn:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "exists", closed)
    monkeypatch.setattr(Path, "read_bytes", closed)
    ended = run("people", "list")

    assert ended.code == 2
    assert ended.err == "resetbridge.yaml: cannot be read: Permission denied; is it run as the daemon's user?\n"


def test_the_environment_names_the_configuration(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """RESETBRIDGE_CONFIG is used where --config is not given."""
    monkeypatch.setenv("RESETBRIDGE_CONFIG", str(tmp_path / "other.yaml"))

    assert "other.yaml: no such file" in run("people", "list").err


# --- people ---------------------------------------------------------------------------------------


def test_people_are_imported_and_shown(people: Run) -> None:
    """What the table says is what show and list print."""
    shown = people("people", "show", "maria", "--json").json

    assert shown["accounts"] == ["PRODA:PAYROLL7", "PRODA:MK01"]
    assert [one["person"] for one in people("people", "list", "--json").json] == ["joe", "maria"]


def test_the_same_table_again_changes_nothing(people: Run) -> None:
    """An export that runs every night writes nothing where nothing is new."""
    assert people("people", "import", "people.csv", "--json").json == {"added": 0, "changed": 0, "unchanged": 2}


def test_the_old_address_hears_that_it_was_changed(people: Run, tmp_path: Path) -> None:
    """To where links went until now, in the person's language; a change of anything else is no news."""
    (tmp_path / "people.csv").write_text(TABLE.replace("maria@", "thief@").replace("Joe", "Joseph"))
    assert people("people", "import", "people.csv").code == 0

    with opened(read(tmp_path / "bridge/resetbridge.yaml")) as kept, kept.store.look() as work:
        due = work.outbox.due(kept.clock.now(), 10)
    assert [(notice.kind, notice.to.split("@")[0]) for notice in due] == [("address_changed", "maria")]


def test_a_bad_table_is_refused_as_a_whole_with_every_bad_line(people: Run, tmp_path: Path) -> None:
    """Each bad line is named; nothing of the table is taken; status 1."""
    (tmp_path / "bad.csv").write_text(
        TABLE.replace("joe@", "joe") + "new,New,,,,,,PRODA:JOE\nx y,X,,,,,,\nz,Z,,,,,,PRODA\n"
    )

    ended = people("people", "import", "bad.csv")

    assert ended.code == 1
    assert ended.err.splitlines() == [
        "bad.csv: line 3: email: an e-mail address is expected",
        "bad.csv: line 5: person: a person's name in the directory is expected: 1 to 64 of letters, digits . _ @ + -",
        "bad.csv: line 6: accounts: SYSTEM:USERID is expected, not 'PRODA'",
        "bad.csv: nothing was imported",
    ]
    assert people("people", "show", "new").code == 1


def test_what_will_stop_a_reset_is_noted_though_it_is_no_mistake(desk: Run, tmp_path: Path) -> None:
    """Systems that are not configured, people without an address: imported, and said; `check` says it as well."""
    (tmp_path / "few.csv").write_text("person,accounts\njo,PRODX:JO\n")
    said = ["no such system is configured: PRODX:JO", "no e-mail address, so no link can be sent: jo"]

    ended = desk("people", "import", "few.csv")

    assert (ended.code, ended.out) == (0, "1 added, 0 changed, 0 as before\n")
    assert ended.err.splitlines() == [f"few.csv: note: {words}" for words in said]
    found = desk("check", "--json").json
    assert [one["words"] for one in found if (one["level"], one["about"]) == ("warn", "directory")] == said


def test_a_table_in_another_code_page_names_the_line(desk: Run, tmp_path: Path) -> None:
    """A spreadsheet's own choice, more often than not."""
    (tmp_path / "old.csv").write_bytes("person,name\njo,Jo\nlea,Léa\n".encode("cp1252"))

    ended = desk("people", "import", "old.csv")

    assert ended.code == 1
    assert ended.err.startswith("old.csv: line 3: UTF-8 text is expected; save the table as CSV in UTF-8\n")


def test_an_account_may_change_hands_within_one_table(people: Run, tmp_path: Path) -> None:
    """MK01 goes from Maria to Joe, who gives JOE to Maria, whatever the order of the lines."""
    (tmp_path / "swap.csv").write_text(TABLE.replace("PRODA:MK01", "PRODA:SWAP").replace("PRODA:JOE", "PRODA:MK01")
                                       .replace("PRODA:SWAP", "PRODA:JOE"))  # fmt: skip

    assert people("people", "import", "swap.csv").code == 0
    assert people("people", "show", "maria", "--json").json["accounts"] == ["PRODA:PAYROLL7", "PRODA:JOE"]


def test_an_account_of_somebody_outside_the_table_is_refused(people: Run, tmp_path: Path) -> None:
    """The line that takes somebody else's account is named, and nothing is taken."""
    (tmp_path / "more.csv").write_text(TABLE.splitlines()[0] + "\nnew,New,,,,,,\neve,Eve,,,,,,PRODA:JOE\n")

    ended = people("people", "import", "more.csv")

    assert ended.code == 1
    assert "more.csv: line 3: accounts: PRODA:JOE already belongs to joe" in ended.err
    assert people("people", "show", "new").code == 1


# --- factors, operators, tokens -------------------------------------------------------------------


def test_a_factor_is_shown_once_and_can_be_removed(people: Run) -> None:
    """The address works in an authenticator app, is nowhere in the list, and the factor can be taken away."""
    added = people("factor", "add", "maria", "totp", "--json").json
    listed = people("factor", "list", "--json")

    assert pyotp.parse_uri(added["uri"]).secret == added["secret"]  # type: ignore[union-attr]
    assert len(added["secret"]) == 32
    assert [one["id"] for one in listed.json] == [added["id"]]
    assert added["secret"] not in listed.out
    assert people("factor", "remove", added["id"]).code == 0
    assert people("factor", "remove", added["id"]).code == 1


def test_a_factor_for_a_person_on_the_terminal_has_a_picture(people: Run) -> None:
    """Without --json the address and its QR code are printed; an unknown person gets none."""
    added = people("factor", "add", "joe", "totp")

    assert "otpauth://totp/Mainframe%20access:joe?secret=" in added.out
    assert "█" in added.out
    assert people("factor", "add", "nobody", "totp").code == 1


def test_i1_a_token_is_printed_once_and_kept_as_a_digest(desk: Run, tmp_path: Path) -> None:
    """I1: the token's text is in no file of the bridge; only what `token create` printed has it."""
    assert desk("operator", "add", "anna", "--role", "agent", "--role", "auditor").code == 0
    token = desk("token", "create", "anna", "--expires", "90d").out.strip()
    listed = desk("token", "list", "anna", "--json").json

    assert token.startswith("rb_")
    assert len(token) == 35
    assert listed[0]["status"] == "active"
    assert not any(token.encode() in file.read_bytes() for file in (tmp_path / "bridge").rglob("*") if file.is_file())
    assert desk("token", "revoke", listed[0]["id"]).code == 0
    assert desk("token", "list", "--json").json[0]["status"] == "revoked"
    assert desk("token", "revoke", listed[0]["id"]).code == 1


@pytest.mark.parametrize("wrong", [["--role", "king"], []])
def test_an_operator_needs_a_role_that_exists(wrong: list[str], desk: Run) -> None:
    """An unknown role, or none: usage, status 2."""
    assert desk("operator", "add", "anna", *wrong).code == 2


def test_a_disabled_operator_gets_no_token(desk: Run) -> None:
    """Disabled is disabled; adding again brings the operator back."""
    desk("operator", "add", "anna", "--role", "agent")
    assert desk("operator", "disable", "anna").code == 0
    assert desk("operator", "list", "--json").json == [{"name": "anna", "roles": ["agent"], "status": "disabled"}]
    assert desk("token", "create", "anna").code == 1
    assert desk("operator", "add", "anna", "--role", "admin").code == 0
    assert desk("token", "create", "anna", "--expires", "soon").code == 2
    assert desk("operator", "disable", "nobody").code == 1


# --- audit and care -------------------------------------------------------------------------------


def test_i8_each_change_is_on_record_and_the_chain_holds(people: Run) -> None:
    """I8: who, what and when of each change; no seed and no token in it."""
    added = people("factor", "add", "maria", "totp", "--json").json
    people("operator", "add", "anna", "--role", "agent")
    token = people("token", "create", "anna").out.strip()
    exported = people("audit", "export").out
    records = [json.loads(line) for line in exported.splitlines()]

    kinds = [record["kind"] for record in records]
    assert kinds == [
        "person.added",
        "person.added",
        "people.imported",
        "factor.added",
        "operator.added",
        "token.created",
    ]
    assert all(record["by"].startswith("local:") for record in records)
    assert added["secret"] not in exported
    assert token not in exported
    verified = people("audit", "verify", "--json").json
    head = verified.pop("head")
    assert verified == {"records": 6, "sound": True, "fault": None}
    assert people("audit", "verify", "--head", head).code == 0


def test_no_cell_of_the_csv_begins_as_a_formula(people: Run) -> None:
    """What a spreadsheet would run is made text; the others are as they were."""
    people("factor", "add", "maria", "totp", "--label", "=HYPERLINK(1)")
    rows = list(csv.DictReader(io.StringIO(people("audit", "export", "--format", "csv").out)))

    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())
    assert rows[0]["kind"] == "person.added"


def test_a_report_begins_with_the_chain(people: Run) -> None:
    """An auditor sees first whether the record can be trusted, then what happened; a day outside it is empty."""
    report = people("audit", "report")

    assert "Chain: 3 records, holds" in report.out
    assert people("audit", "report", "--until", "2001-01-01", "--json").json["events"] == {}
    assert "this period: none of them" in people("audit", "report", "--until", "2001-01-01").out


def test_the_database_is_made_once(run: Run, desk: Run, tmp_path: Path) -> None:
    """upgrade on a new database says so, a second time that there is nothing to do; without it, what to run."""
    (tmp_path / "bridge/bridge.db").unlink()
    for leftover in (tmp_path / "bridge").glob("bridge.db-*"):
        leftover.unlink()

    missing = desk("people", "list")
    assert missing.code == 1
    assert "db upgrade" in missing.err
    assert "it is new" in desk("db", "upgrade").out
    assert "already" in desk("db", "upgrade").out


def test_a_new_key_is_drawn_beside_the_first(desk: Run, tmp_path: Path) -> None:
    """keys rotate writes a private file and says where it goes; twice makes two keys."""
    before = set((tmp_path / "bridge/keys").iterdir())
    assert desk("keys", "rotate").code == 0
    assert desk("keys", "rotate").code == 0

    fresh = set((tmp_path / "bridge/keys").iterdir()) - before
    assert len(fresh) == 2
    assert {stat.S_IMODE(path.stat().st_mode) for path in fresh} == {0o600}


def test_a_backup_can_be_put_back(people: Run, tmp_path: Path) -> None:
    """What was there at the time is back, what was there until now is kept aside, and the restore is on record."""
    assert people("backup", "copy.db").code == 0
    assert people("backup", "copy.db").code == 1
    people("operator", "add", "anna", "--role", "agent")

    ended = people("restore", "copy.db")

    assert ended.code == 0, ended.err
    assert "3 audit records, the chain holds; 0 open resets ended" in ended.out
    assert stat.S_IMODE((tmp_path / "copy.db").stat().st_mode) == 0o600
    assert people("operator", "list", "--json").json == []
    assert len(list((tmp_path / "bridge").glob("bridge.db.before-*"))) == 1
    assert json.loads(people("audit", "export").out.splitlines()[-1])["kind"] == "store.restored"


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100])
def test_what_is_no_backup_is_not_put_back(content: bytes, people: Run, tmp_path: Path) -> None:
    """The database stays as it is."""
    (tmp_path / "letter").write_bytes(content)

    assert people("restore", "letter").code == 1
    assert people("restore", "nothing").code == 1
    assert len(people("people", "list", "--json").json) == 2
    assert not list((tmp_path / "bridge").glob("*.restoring"))


def test_many_are_invited_once_each(people: Run, tmp_path: Path) -> None:
    """A second run invites who has not been; somebody unknown, or a slip, and nobody is."""
    table = tmp_path / "staff.csv"
    table.write_text("person\nmaria\nnobody\n")
    unknown = people("factor", "invite", "--file", "staff.csv")
    assert (unknown.code, unknown.out) == (1, "")
    table.write_text('person\nmaria\n\n""\nmaria\n')
    assert people("factor", "invite", "--file", "staff.csv").code == 1
    table.write_text("person\nmaria\n")
    first = people("factor", "invite", "--file", "staff.csv")
    assert first.code == 0, first.err
    table.write_text("person\nmaria\njoe\n")
    second = people("factor", "invite", "--file", "staff.csv")
    rows = [*csv.DictReader(io.StringIO(first.out)), *csv.DictReader(io.StringIO(second.out))]
    assert [row["person"] for row in rows] == ["maria", "joe"]
    assert len({row["link"] for row in rows} | {row["code"] for row in rows}) == 4
    assert "1 invited earlier, 1 now" in second.err
    with opened(read(tmp_path / "bridge/resetbridge.yaml")) as kept, kept.store.look() as work:
        kinds = [record.event.kind for record in work.audit.records()]
    assert kinds.count("factor.invited") == 2
    assert people("factor", "invite").code == 2
    assert people("factor", "uninvite", "maria").out == "One invitation of maria ended: opens nothing any more\n"
    assert people("factor", "uninvite", "maria").code == 1

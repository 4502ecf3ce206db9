"""ACF2's subcommands: prompts, records, refusals that change nothing."""

from datetime import UTC, datetime

import pytest

from connectors.simulated.acf2 import AcfDialog, Reply
from connectors.simulated.settings import SecuritySettings
from connectors.simulated.users import UserDatabase

NOW = datetime(2026, 11, 25, 14, 2, tzinfo=UTC)
NO = "ACF0A017 NOT AUTHORIZED FOR REQUESTED FUNCTION"


def database(**settings) -> UserDatabase:
    users = UserDatabase(settings=SecuritySettings(product="acf2", **settings), clock=lambda: NOW)
    users.define("ADMIN1", password="ADMPW123", privileges={"ACCOUNT", "TSO"})
    users.define("DESK1", password="DESKPW12")
    users.define("SEC1", password="SECPW123", privileges={"SECURITY"})
    users.define("USER1", password="USERPW12", name="JOHN SMITH", group="PAY1", violations=7)
    for field in ("PASSWORD", "PSWD-VIO", "SUSPEND", "LIST"):
        users.permit(f"ACFCMD.USER.{field}", "DESK1")
    return users


def ask(users: UserDatabase, line: str, issuer: str = "ADMIN1") -> Reply:
    return AcfDialog(users, issuer).answer(line, NOW)


def test_prompts_follow_the_setting():
    dialog = AcfDialog(database(), "ADMIN1")
    assert dialog.start() == Reply((), "ACF")
    assert dialog.answer("SET LID", NOW) == Reply((), "LID")
    assert dialog.answer("set lid", NOW) == Reply((), "LID")
    assert dialog.answer("", NOW) == Reply((), "LID")
    assert dialog.answer("END", NOW) == Reply((), None)


def test_a_reset_sets_flag_and_counter():
    users = database()
    ask(users, "CHANGE USER1 PASSWORD(NEWPW123) PSWD-EXP PSWD-VIO(0) NOSUSPEND")
    user = users.user("USER1")
    assert users.accepts("USER1", "NEWPW123")
    assert (user.password.expired, user.violations, user.suspended) == (True, 0, False)


def test_list_shows_the_record():
    users = database()
    ask(users, "CHANGE USER1 PASSWORD(NEWPW123) PSWD-EXP SUSPEND")
    lines = ask(users, "LIST USER1").lines
    text = " ".join(lines)
    assert lines[0] == " USER1                PAY1USER1                JOHN SMITH"
    assert "      CANCEL/SUSPEND  SUSPEND CSDATE(11/25/26) CSWHO(ADMIN1)" in lines
    assert "PSWD-EXP PSWD-INV(0)" in text
    assert "PSWD-TOD(11/25/26-14:02)" in text
    assert "PSWD-VIO(7)" in text
    assert all(len(line) < 80 for line in lines)


def test_the_flag_is_absent_when_off():
    users = database()
    assert "PSWD-EXP" not in " ".join(ask(users, "LIST USER1").lines)
    ask(users, "CHANGE USER1 PASSWORD(NEWPW123) PSWD-EXP")
    ask(users, "CHANGE USER1 NOPSWD-EXP")
    assert "PSWD-EXP" not in " ".join(ask(users, "LIST USER1").lines)


@pytest.mark.parametrize("forced", [True, False])
def test_pswdfrc_decides_whether_a_bare_change_sets_the_flag(forced):
    users = database(force_change=forced)
    ask(users, "CHANGE USER1 PASSWORD(NEWPW123)")
    assert users.user("USER1").password.expired is forced


def test_the_minimal_id_may_not_set_the_flag_itself():
    users = database()
    assert ask(users, "CHANGE USER1 PASSWORD(NEWPW123) PSWD-EXP", "DESK1").lines == (NO,)
    assert users.accepts("USER1", "USERPW12")
    assert NO not in ask(users, "CHANGE USER1 PASSWORD(NEWPW123) PSWD-VIO(0)", "DESK1").lines
    assert ask(users, "CHANGE ADMIN1 PASSWORD(NEWPW123)", "DESK1").lines == (NO,)
    assert ask(users, "CHANGE SEC1 PASSWORD(NEWPW123)").lines == (NO,)


@pytest.mark.parametrize(("password", "number"), [
    ("ABCDEFGHI", "ACF00114"), ("AB.CD", "ACF00114"), ("ABCDEFG", "ACF00118"), ("IBMPASS1", "ACF00149"),
    ("USERPW12", "ACF00118"), ("AABCDEF1", "ACF00118"),
])  # fmt: skip
def test_rules_bind_the_administrator(password, number):
    users = database(need_digit=True, reserved=("IBM",), pairs_allowed=False)
    assert ask(users, f"CHANGE USER1 PASSWORD({password})").lines[0].startswith(number)
    assert users.accepts("USER1", "USERPW12")


def test_a_wrong_field_stops_the_whole_subcommand():
    users = database()
    assert ask(users, "CHANGE USER1 PSWD-VIO(0) PSWDEXP").lines[0].startswith("ACF00114")
    assert users.user("USER1").violations == 7
    assert ask(users, "CHANGE USER1 PSWD-VIO(X)").lines[0].startswith("ACF00114")


def test_unknown_names():
    users = database()
    assert ask(users, "LIST NOBODY").lines == ("ACF01004 LOGONID NOBODY NOT FOUND",)
    assert ask(users, "FOO").lines[0].startswith("INVALID SUBCOMMAND")
    assert ask(users, "SET FOO").lines[0].startswith("INVALID SETTING")


def test_star_is_whoever_came_last():
    users = database()
    dialog = AcfDialog(users, "ADMIN1")
    dialog.start()
    dialog.answer("LIST USER1", NOW)
    dialog.answer("CHANGE * PSWD-VIO(0)", NOW)
    assert users.user("USER1").violations == 0


def test_change_may_be_terse():
    assert ask(database(record_after_change=False), "CHANGE USER1 PSWD-VIO(0)").lines == ()

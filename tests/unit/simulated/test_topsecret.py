"""Top Secret's command: one line of success, one of failure, and what it changes in between."""

from datetime import UTC, date, datetime, timedelta

import pytest

from connectors.simulated.entry import Outcome, enter
from connectors.simulated.operands import Result
from connectors.simulated.settings import SecuritySettings
from connectors.simulated.topsecret import execute
from connectors.simulated.users import UserDatabase

NOW = datetime(2026, 11, 25, 14, 2, tzinfo=UTC)
DESK = {"MISC8(PWMAINT)", "DATA(BASIC)", "DATA(PASSWORD)"}


def database(**settings) -> UserDatabase:
    users = UserDatabase(settings=SecuritySettings(product="topsecret", **settings), clock=lambda: NOW)
    users.define("DESK1", password="DESKPW12", authorities=set(DESK), scope="PAYDEPT", kind="DCA")
    users.define("NOBODY1", password="NOPOWER1")
    users.define("USER1", password="USERPW12", name="JOHN SMITH", group="PAYDEPT", interval=60)
    users.define("USER2", password="USERPW12", group="STOCK")
    users.define("MASTER1", password="USERPW12", group="PAYDEPT", kind="MASTER")
    return users


def tss(users: UserDatabase, line: str, issuer: str = "DESK1") -> Result:
    return execute(line, issuer, users, NOW)


def test_replace_sets_and_expires_and_says_so():
    users = database()
    assert tss(users, "TSS REPLACE(USER1) PASSWORD(NEWPW123,,EXP)").lines == ("TSS0300I  REPLACE  FUNCTION SUCCESSFUL",)
    assert users.accepts("USER1", "NEWPW123")
    assert (users.user("USER1").password.expired, users.user("USER1").interval) == (True, 60)


def test_without_exp_it_is_good_for_the_interval():
    users = database()
    tss(users, "TSS REP(USER1) PASS(NEWPW123,30)")
    assert (users.user("USER1").password.expired, users.user("USER1").interval) == (False, 30)
    listing = tss(users, "TSS LIST(USER1) DATA(BASIC,PASSWORD)").lines
    assert "PASSWORD   = ........  EXPIRES=12/25/26  INTERVAL=030" in listing


def test_the_values_that_are_no_passwords():
    users = database()
    tss(users, "TSS REPLACE(USER1) PASSWORD(*,,EXP)")
    assert users.accepts("USER1", "USERPW12")
    tss(users, "TSS REPLACE(USER1) PASSWORD(NOPW)")
    assert users.user("USER1").password.current is None
    assert any("= NOPW" in line for line in tss(users, "TSS LIST(USER1) DATA(BASIC,PASSWORD)").lines)


def test_list_shows_the_first_use_date_behind_the_basic_lines():
    users = database()
    tss(users, "TSS REPLACE(USER1) PASSWORD(NEWPW123,,EXP)")
    lines = tss(users, "TSS LIST(USER1) DATA(BASIC,PASSWORD)").lines
    assert lines[0] == "ACCESSORID = USER1     NAME       = JOHN SMITH"
    assert lines[1] == "TYPE       = USER      SIZE       =      512  BYTES"
    assert "PASSWORD   = ........  EXPIRES=01/01/80  INTERVAL=060" in lines
    assert lines[-1] == "TSS0300I  LIST     FUNCTION SUCCESSFUL"
    assert not any(line.startswith("PASSWORD") for line in tss(users, "TSS LIST(USER1)").lines)
    assert all(len(line) < 80 for line in lines)


def test_dates_follow_the_installation():
    users = database(dates="%y/%m/%d")
    tss(users, "TSS REPLACE(USER1) PASSWORD(NEWPW123,,EXP)")
    assert any("EXPIRES=80/01/01" in line for line in tss(users, "TSS LIST(USER1) DATA(BASIC,PASSWORD)").lines)


def test_pwview_shows_what_stands_there():
    users = database()
    users.user("DESK1").authorities.add("DATA(PWVIEW)")
    assert any("HUSH2345" in line for line in tss(users, "TSS LIST(USER1) DATA(BASIC,PASSWORD)").lines)


@pytest.mark.parametrize(
    ("line", "issuer", "reason"),
    [
        ("TSS REPLACE(GHOST) PASSWORD(NEWPW123,,EXP)", "DESK1", "TSS0314E  ACID DOES NOT EXIST"),
        ("TSS REPLACE(USER2) PASSWORD(NEWPW123,,EXP)", "DESK1", "ACID IS NOT WITHIN SCOPE OF ADMINISTRATOR"),
        ("TSS REPLACE(USER1) PASSWORD(NEWPW123,,EXP)", "NOBODY1", "NOT AUTHORIZED FOR THIS FUNCTION OR OPERAND"),
        ("TSS LIST(USER1) DATA(BASIC,PASSWORD)", "NOBODY1", "NOT AUTHORIZED FOR THIS FUNCTION OR OPERAND"),
        ("TSS REMOVE(USER1) ASUSPEND", "DESK1", "NOT AUTHORIZED FOR THIS FUNCTION OR OPERAND"),
        ("TSS ADDTO(USER1) SUSPEND", "DESK1", "NOT AUTHORIZED FOR THIS FUNCTION OR OPERAND"),
        ("TSS REPLACE(MASTER1) PASSWORD(NEWPW123,,EXP)", "DESK1",
         "TSS7251E Access Denied to CASECAUT <TSSCMD.USER.REPLACE.MSCAPW>"),
        ("TSS REPLACE(USER1) PASSWORD(NEW,PW,123,EXP)", "DESK1", "TSS0242E  UNACCEPTABLE KEYWORD OR OPERAND"),
        ("TSS REPLACE(USER1) PASSWORD()", "DESK1", "TSS0242E  UNACCEPTABLE KEYWORD OR OPERAND"),
        ("TSS REPLACE(USER1) PASSWORD(RANDOM,,EXP)", "DESK1", "TSS0242E  UNACCEPTABLE KEYWORD OR OPERAND"),
        ("TSS REPLACE(*) PASSWORD(NEWPW123,,EXP)", "DESK1", "TSS0242E  UNACCEPTABLE KEYWORD OR OPERAND"),
        ("TSS WIPE(USER1)", "DESK1", "TSS0242E  UNACCEPTABLE KEYWORD OR OPERAND"),
    ],
)  # fmt: skip
def test_what_fails_says_why_and_changes_nothing(line, issuer, reason):
    users = database()
    result = tss(users, line, issuer)
    assert result.lines[0] == reason
    assert result.lines[1].startswith("TSS0301I  ")
    assert result.code == 8
    assert users.accepts("USER1", "USERPW12")
    assert not users.user("USER1").password.expired


def test_rules_bind_an_administrator_only_under_pwadmin():
    rules = {"rules": ("LLLLLLNN",)}
    assert tss(database(**rules), "TSS REPLACE(USER1) PASSWORD(ABCDEFGH,,EXP)").code == 0
    refused = tss(database(pwadmin=True, **rules), "TSS REPLACE(USER1) PASSWORD(ABCDEFGH,,EXP)")
    assert (refused.code, refused.lines[0]) == (8, "PASSWORD IS INVALID BY THE INSTALLATION'S RULES")


def test_remove_suspend_leaves_what_an_administrator_suspended():
    users = database()
    users.user("USER1").suspensions |= {"PSUSPEND", "ASUSPEND"}
    assert "ATTRIBUTES = ASUSPEND PSUSPEND" in tss(users, "TSS LIST(USER1) DATA(BASIC)").lines
    assert tss(users, "TSS REMOVE(USER1) SUSPEND").lines == ("TSS0300I  REMOVE   FUNCTION SUCCESSFUL",)
    assert users.user("USER1").suspensions == {"ASUSPEND"}
    assert tss(users, "TSS REMOVE(USER1) SUSPEND").code == 8


def test_whoami_names_the_issuer():
    assert tss(database(), "TSS WHOAMI").lines == ("TSS0303I  ACIDNAME(DESK1) TYPE(DCA) MODE(FAIL)",)


def test_signon_counts_suspends_and_forces():
    users = database(revoke_after=2)
    assert enter(users, "USER1", "WRONG123", NOW).lines == ("TSS7101E Password is Incorrect",)
    assert enter(users, "USER1", "WRONG123", NOW).lines == ("TSS7120E Password Violation Threshold Exceeded",)
    assert users.user("USER1").suspensions == {"PSUSPEND"}
    assert enter(users, "USER1", "USERPW12", NOW).lines == ("TSS7141E Use of Accessor ID Suspended",)
    tss(users, "TSS REPLACE(USER1) PASSWORD(TEMP1234,,EXP)")
    tss(users, "TSS REMOVE(USER1) SUSPEND")
    assert enter(users, "USER1", "TEMP1234", NOW).outcome is Outcome.EXPIRED
    entered = enter(users, "USER1", "TEMP1234", NOW + timedelta(hours=1), new="CHOSEN12")
    assert entered.outcome is Outcome.IN
    assert entered.lines[0].startswith("TSS7000I USER1 Last-Used")


def test_suspended_until_a_day_is_shown():
    users = database()
    users.user("USER1").suspended_until = date(2026, 12, 31)
    assert "SUSPEND    = UNTIL 12/31/26" in tss(users, "TSS LIST(USER1) DATA(BASIC)").lines
    assert enter(users, "USER1", "USERPW12", NOW).outcome is Outcome.REVOKED

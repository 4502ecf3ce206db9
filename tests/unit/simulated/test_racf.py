"""RACF's engine: exact words, silence on success, and one operand after the other."""

from datetime import UTC, datetime, timedelta

import pytest

from connectors.simulated.operands import Result
from connectors.simulated.racf import execute
from connectors.simulated.settings import SecuritySettings
from connectors.simulated.users import UserDatabase

NOW = datetime(2026, 11, 25, 14, 30, tzinfo=UTC)


def database(**settings) -> UserDatabase:
    users = UserDatabase(settings=SecuritySettings(**settings), clock=lambda: NOW)
    users.define("HELP1", password="HELPPW12")
    users.define("OWNER1", password="OWNPW123")
    users.define("BOSS", password="BOSSPW12", attributes={"SPECIAL"})
    users.define("AUDIT1", password="AUDPW123", attributes={"AUDITOR"})
    users.define("USER1", password="USERPW12", owner="OWNER1", group="PAYROLL", name="JOHN SMITH")
    users.define("PHRASED", phrase="correct horse 9 battery")
    users.define("STC1", attributes={"PROTECTED"})
    users.permit("IRR.PASSWORD.RESET", "HELP1")
    users.permit("IRR.LISTUSER", "HELP1")
    return users


def run(users: UserDatabase, line: str, issuer: str = "HELP1", **options) -> Result:
    return execute(line, issuer, users, NOW, **options)


def test_success_is_silence():
    users = database()
    assert run(users, "ALTUSER USER1 PASSWORD(NEWPW123) EXPIRED RESUME") == Result()
    assert users.accepts("USER1", "newpw123")
    assert users.user("USER1").password.expired


def test_expired_is_what_happens_without_being_said():
    users = database()
    run(users, "ALU USER1 PASS(NEWPW123)")
    assert users.user("USER1").password.expired


@pytest.mark.parametrize("target", ["BOSS", "AUDIT1", "STC1"])
def test_the_privileged_are_out_of_reach(target):
    users = database()
    answer = run(users, f"ALTUSER {target} PASSWORD(NEWPW123) EXPIRED RESUME")
    assert answer.lines == (
        "ICH21005I NOT AUTHORIZED TO SPECIFY PASSWORD, OPERAND IGNORED",
        "ICH21007I EXPIRED/NOEXPIRED OPERAND IGNORED",
        "ICH21005I NOT AUTHORIZED TO SPECIFY RESUME, OPERAND IGNORED",
    )
    assert answer.code == 4
    assert not users.accepts(target, "NEWPW123")


def test_resume_is_done_although_the_password_is_refused():
    users = database(password_exit=("BAD",))
    users.user("USER1").revoked = True
    answer = run(users, "ALTUSER USER1 PASSWORD(BADPW123) RESUME")
    assert answer.lines == ("ICH21016I PASSWORD CHANGE FOR 'USER1' SUPPRESSED BY INSTALLATION PASSWORD EXIT",)
    assert not users.user("USER1").revoked
    assert users.accepts("USER1", "USERPW12")


def test_the_password_alone_does_not_resume():
    users = database()
    users.user("USER1").revoked = True
    run(users, "ALTUSER USER1 PASSWORD(NEWPW123) EXPIRED")
    assert users.user("USER1").revoked


def test_expired_alone_is_ignored():
    assert run(database(), "ALTUSER USER1 EXPIRED").lines == ("ICH21007I EXPIRED/NOEXPIRED OPERAND IGNORED",)


@pytest.mark.parametrize(("access", "lines", "expired"), [
    ("READ", ("ICH21005I NOT AUTHORIZED TO SPECIFY NOEXPIRED, OPERAND IGNORED",), True),
    ("UPDATE", (), False),
])  # fmt: skip
def test_noexpired_needs_update(access, lines, expired):
    users = database()
    users.permit("IRR.PASSWORD.RESET", "HELP1", access)
    assert run(users, "ALTUSER USER1 PASSWORD(NEWPW123) NOEXPIRED").lines == lines
    assert users.user("USER1").password.expired is expired


def test_syntax_rules_hold_for_noexpired_only():
    users = database(rules=("LLLLLLLL",))
    assert run(users, "ALTUSER USER1 PASSWORD(ABC) EXPIRED").lines == ()
    refused = run(users, "ALTUSER USER1 PASSWORD(ABCDEFGH) NOEXPIRED", "BOSS")
    assert refused.lines == (
        "ICH21034I PASSWORD CHANGE REJECTED BY INSTALLATION SYNTAX RULES",
        "ICH21007I EXPIRED/NOEXPIRED OPERAND IGNORED",
    )
    assert run(users, "ALTUSER USER1 PASSWORD(ABCDEFG1) NOEXPIRED", "BOSS").lines == ()


def test_no_value_is_ignored_or_on_an_old_system_dangerous():
    users = database()
    assert run(users, "ALTUSER USER1 PASSWORD()").lines[0].startswith("ICH21045I")
    assert users.accepts("USER1", "USERPW12")
    old = database(default_password_is_group=True)
    assert run(old, "ALTUSER USER1 PASSWORD").lines == ()
    assert old.accepts("USER1", "PAYROLL")


def test_case_is_folded_unless_it_counts():
    folding, mixed = database(), database(mixed_case=True)
    run(folding, "ALTUSER USER1 PASSWORD(NewPw123)")
    run(mixed, "ALTUSER USER1 PASSWORD(NewPw123)")
    assert folding.accepts("USER1", "NEWPW123")
    assert not mixed.accepts("USER1", "NEWPW123")
    assert mixed.accepts("USER1", "NewPw123")


@pytest.mark.parametrize("password", ["ABCDEFGHI", "AB.CD", "'AB CD'", "ÄBC"])
def test_the_parser_shows_what_it_does_not_like(password):
    users = database()
    answer = run(users, f"ALTUSER USER1 PASSWORD({password}) RESUME")
    assert answer.lines == (f"IKJ56702I INVALID PASSWORD, {password}",)
    assert answer.code == 12


def test_specials_are_taken_where_they_are_on():
    users = database(specials=True)
    assert run(users, "ALTUSER USER1 PASSWORD(A_:=.%12)").lines == ()
    assert users.accepts("USER1", "A_:=.%12")


def test_prompting_asks_and_takes_the_answer():
    users = database()
    asked = run(users, "ALTUSER USER1 PASSWORD(ABCDEFGHI) EXPIRED", prompting=True)
    assert asked.prompt is not None
    assert asked.prompt.text == "IKJ56703A REENTER THIS OPERAND -"
    assert asked.prompt.answered("NEWPW123") == "ALTUSER USER1 PASSWORD(NEWPW123) EXPIRED"
    missing = run(users, "ALTUSER", prompting=True)
    assert missing.prompt is not None
    assert missing.prompt.text == "IKJ56700A ENTER USERID -"
    assert missing.prompt.answered("USER1") == "ALTUSER USER1"


def test_unknown_users_and_issuers():
    users = database()
    assert run(users, "ALTUSER NOBODY PASSWORD(A)").lines == ("ICH21009I UNABLE TO LOCATE NOBODY",)
    assert run(users, "LISTUSER NOBODY") == Result(("ICH30001I UNABLE TO LOCATE USER    ENTRY NOBODY",), 4)
    assert run(users, "ALTUSER USER1 RESUME", "GHOST").lines == ("ICH21010I NOT AUTHORIZED TO ISSUE ALTUSER",)
    assert run(users, "ALTUSER 123456789").lines == ("IKJ56702I INVALID USERID, 123456789",)
    assert run(users, "DELUSER USER1").lines == ("IKJ56500I COMMAND DELUSER NOT FOUND",)


def test_read_does_not_give_a_credential_to_one_who_has_none():
    users = database()
    assert run(users, "ALTUSER PHRASED PASSWORD(NEWPW123)").lines[0].startswith("ICH21005I")
    assert run(users, "ALTUSER USER1 PHRASE('Long enough 12345')").lines[0].startswith("ICH21005I")
    assert run(users, "ALTUSER PHRASED PHRASE('it''s long enough 12')").lines == ()
    assert users.user("PHRASED").phrase.matches("it's long enough 12")
    assert users.user("PHRASED").phrase.expired


def test_phrases_always_meet_the_rules():
    users = database()
    assert "REJECTED BY RACF RULES" in run(users, "ALTUSER PHRASED PHRASE('short 1')").lines[0]
    assert "REJECTED BY RACF RULES" in run(users, "ALTUSER PHRASED PHRASE('with PHRASED in it 12')").lines[0]


def test_revoke_is_not_delegated():
    users = database()
    assert run(users, "ALTUSER USER1 REVOKE").lines == ("ICH21005I NOT AUTHORIZED TO SPECIFY REVOKE, OPERAND IGNORED",)
    assert run(users, "ALTUSER USER1 REVOKE", "OWNER1").lines == ()
    assert run(users, "ALTUSER USER1 REVOKE", "OWNER1").lines == (
        "ICH21022I 'REVOKE' IGNORED. USER1 IS CURRENTLY REVOKED",
    )


def test_bare_resume_on_an_active_user():
    assert run(database(), "ALTUSER USER1 RESUME").lines == ()
    assert run(database(resume_remark=True), "ALTUSER USER1 RESUME").lines == (
        "ICH21019I 'RESUME' IGNORED. USER1 NOT CURRENTLY REVOKED",
    )


def test_scope_by_owner_tree_and_exclusion():
    users = database()
    users.define("SCOPED", password="SCOPE123")
    users.define("USER2", password="USERPW12", owner="SUBGRP")
    users.groups["SUBGRP"] = "PAYGRP"
    users.permit("IRR.PWRESET.OWNER.OWNER1", "SCOPED")
    users.permit("IRR.PWRESET.TREE.PAYGRP", "SCOPED")
    assert run(users, "ALTUSER USER1 PASSWORD(NEWPW123)", "SCOPED").lines == ()
    assert run(users, "ALTUSER USER2 PASSWORD(NEWPW123)", "SCOPED").lines == ()
    assert run(users, "ALTUSER OWNER1 PASSWORD(NEWPW123)", "SCOPED").lines != ()
    users.permit("IRR.PWRESET.EXCLUDE.USER1", "*", "NONE")
    assert run(users, "ALTUSER USER1 PASSWORD(NEWPW124)", "SCOPED").lines != ()
    assert run(users, "ALTUSER USER1 PASSWORD(NEWPW124)", "HELP1").lines == ()


def test_the_listing_is_laid_out_as_captured():
    users = database()
    user = users.user("USER1")
    user.revoked, user.last_access, user.connects = True, NOW - timedelta(days=2), 5905
    assert run(users, "LU USER1").lines == (
        "USER=USER1    NAME=JOHN SMITH           OWNER=OWNER1    CREATED=19.094",
        " DEFAULT-GROUP=PAYROLL  PASSDATE=26.299 PASS-INTERVAL= 90 PHRASEDATE=N/A",
        " ATTRIBUTES=REVOKED",
        " REVOKE DATE=NONE   RESUME DATE=NONE",
        " LAST-ACCESS=26.327/14:30:00",
        " CLASS AUTHORIZATIONS=NONE",
        " NO-INSTALLATION-DATA",
        " NO-MODEL-NAME",
        " LOGON ALLOWED   (DAYS)          (TIME)",
        " ---------------------------------------------",
        " ANYDAY                          ANYTIME",
        "  GROUP=PAYROLL   AUTH=USE      CONNECT-OWNER=OWNER1    CONNECT-DATE=19.094",
        "    CONNECTS= 5,905  UACC=NONE     LAST-CONNECT=26.327/14:30:00",
        "    CONNECT ATTRIBUTES=NONE",
        "    REVOKE DATE=NONE   RESUME DATE=NONE",
        "SECURITY-LEVEL=NONE SPECIFIED",
        "CATEGORY-AUTHORIZATION",
        " NONE SPECIFIED",
        "SECURITY-LABEL=NONE SPECIFIED",
    )


def test_passdate_is_zero_until_the_user_has_chosen():
    users = database()
    run(users, "ALTUSER USER1 PASSWORD(NEWPW123) EXPIRED")
    assert "PASSDATE=00.000" in run(users, "LU USER1").lines[1]
    users.set_password(users.user("USER1"), "CHOSEN12", NOW, expired=False)
    assert "PASSDATE=26.329" in run(users, "LU USER1").lines[1]
    assert "PASSDATE=N/A    PASS-INTERVAL=N/A PHRASEDATE=N/A" in run(users, "LU STC1").lines[1]


def test_who_may_look():
    users = database()
    assert run(users, "LU BOSS").lines == ("ICH30002I NOT AUTHORIZED TO LIST BOSS",)
    assert run(users, "LU STC1").code == 0
    assert run(users, "LU", "USER1").code == 0
    assert run(users, "LU USER1", "PHRASED").lines == ("ICH30002I NOT AUTHORIZED TO LIST USER1",)
    assert run(users, "LU USER1 TSO NORACF").lines == ("IRR52021I You are not authorized to view TSO segments.",)


def test_one_s_own_password():
    users = database(history=2)
    assert run(users, "PASSWORD PASSWORD(WRONGPW1 NEWPW123)", "USER1").lines == (
        "IKJ56708I INVALID CURRENT PASSWORD, WRONGPW1",
    )
    assert run(users, "PASSWORD PASSWORD(USERPW12 USERPW12)", "USER1").lines[0].startswith("ICH08002I")
    assert run(users, "PASSWORD PASSWORD(USERPW12 NEWPW123)", "USER1") == Result()
    assert run(users, "PASSWORD PASSWORD(NEWPW123 USERPW12)", "USER1").lines[0].startswith("ICH08015I")
    assert run(users, "PASSWORD USER(USER1)").lines[0].startswith("ICH08027I")


def test_options_are_for_those_who_may_see_them():
    users = database(rules=("LLLLLLLL",), mixed_case=True)
    assert run(users, "SETROPTS LIST").code == 8
    listed = run(users, "SETROPTS LIST", "AUDIT1").lines
    assert "    RULE 1  LENGTH(8)       LLLLLLLL" in listed
    assert "  MIXED CASE PASSWORD SUPPORT IS IN EFFECT" in listed


def test_rlist_shows_one_s_own_access():
    users = database()
    shown = run(users, "RLIST FACILITY IRR.PASSWORD.RESET").lines
    assert any("READ" in line for line in shown)
    assert run(users, "RLIST FACILITY IRR.PASSWORD.RESET", "USER1").lines == (
        "ICH13002I NOT AUTHORIZED TO LIST IRR.PASSWORD.RESET",
    )


def test_passwords_are_kept_hashed():
    users = database()
    run(users, "ALTUSER USER1 PASSWORD(NEWPW123)")
    assert "NEWPW123" not in repr(users.user("USER1"))


def test_what_only_special_or_the_owner_may_do():
    users = database()
    assert run(users, "ALTUSER USER1 SPECIAL").lines == (
        "ICH21005I NOT AUTHORIZED TO SPECIFY SPECIAL, OPERAND IGNORED",
    )
    assert run(users, "ALTUSER USER1 AUDITOR NAME('ANN O''HARA') DATA('DESK 4711')", "BOSS").lines == ()
    user = users.user("USER1")
    assert (user.attributes, user.name, user.data) == ({"AUDITOR"}, "ANN O'HARA", "DESK 4711")
    assert " INSTALLATION-DATA=DESK 4711" in run(users, "LU USER1", "BOSS").lines
    run(users, "ALTUSER USER1 NOAUDITOR", "BOSS")
    assert user.attributes == set()
    assert run(users, "ALTUSER USER1 NAME(X)").lines[0].startswith("ICH21005I")


def test_long_installation_data_goes_on_indented():
    users = database()
    users.user("USER1").data = "A" * 60 + "ATTRIBUTES=SPECIAL"
    listing = run(users, "LU USER1").lines
    assert listing[listing.index(" INSTALLATION-DATA=" + "A" * 60) + 1] == " " * 19 + "ATTRIBUTES=SPECIAL"


def test_dates_of_revocation_and_resumption():
    users = database()
    assert run(users, "ALTUSER USER1 RESUME(12/01/26)").lines[0].startswith("ICH21005I")
    run(users, "ALTUSER USER1 REVOKE(10/22/26) RESUME(11/02/26)", "OWNER1")
    assert " REVOKE DATE=OCTOBER 22, 2026   RESUME DATE=NOVEMBER 2, 2026" in run(users, "LU USER1").lines
    run(users, "ALTUSER USER1 REVOKE(SOON)", "OWNER1")
    assert users.user("USER1").revoke_date is None


def test_nopassword_protects():
    users = database()
    assert run(users, "ALTUSER USER1 NOPASSWORD NOPHRASE").lines == (
        "ICH21005I NOT AUTHORIZED TO SPECIFY NOPASSWORD, OPERAND IGNORED",
        "ICH21005I NOT AUTHORIZED TO SPECIFY NOPHRASE, OPERAND IGNORED",
    )
    run(users, "ALTUSER USER1 NOPASSWORD", "BOSS")
    assert " ATTRIBUTES=PROTECTED" in run(users, "LU USER1").lines
    run(users, "ALTUSER USER1 PASSWORD(NEWPW123)", "BOSS")
    assert " ATTRIBUTES=NONE" in run(users, "LU USER1").lines
    assert run(users, "ALTUSER PHRASED NOPASSWORD", "BOSS").lines == ("ICH21041I NOPASSWORD OPERAND IGNORED",)
    assert run(users, "ALTUSER PHRASED NOPHRASE", "BOSS").lines == ()


def test_an_auditor_is_told_what_it_may_do():
    assert run(database(), "ALTUSER USER1 PASSWORD(NEWPW123)", "AUDIT1").lines == (
        "ICH21012I AUTHORIZED TO ISSUE ONLY UAUDIT/NOUAUDIT FOR USER1; REMAINING OPERANDS IGNORED",
    )


def test_intervals():
    users = database()
    assert run(users, "PASSWORD INTERVAL(30)", "USER1").lines == ()
    assert "PASS-INTERVAL= 30" in run(users, "LU USER1").lines[1]
    assert run(users, "PASSWORD NOINTERVAL", "USER1").lines[0].startswith("ICH08007I")
    assert run(users, "PASSWORD USER(USER1) NOINTERVAL", "BOSS").lines == ()
    assert "PASS-INTERVAL=N/A" in run(users, "LU USER1").lines[1]
    assert run(users, "PASSWORD USER(USER1) INTERVAL(60)").lines[0].startswith("ICH08007I")
    assert run(users, "PASSWORD USER(NOBODY) INTERVAL(60)").lines[0].startswith("ICH08001I")


def test_several_users_in_one_command():
    users = database()
    answer = run(users, "ALTUSER (USER1 NOBODY) PASSWORD(NEWPW123)")
    assert answer == Result(("ICH21009I UNABLE TO LOCATE NOBODY",), 8)
    assert users.accepts("USER1", "NEWPW123")

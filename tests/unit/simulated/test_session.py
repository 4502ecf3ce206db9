"""TSO without a terminal: commands, prompts, the profile; VTAM; and the faults' bookkeeping."""

from datetime import UTC, datetime

import pytest

from connectors.simulated.faults import Fault, Faults
from connectors.simulated.options import HostOptions
from connectors.simulated.session import Place, Session
from connectors.simulated.settings import SecuritySettings, breaks_rules, well_formed
from connectors.simulated.tampering import flags_lost
from connectors.simulated.users import UserDatabase
from connectors.simulated.vtam import Request, read_command
from connectors.simulated.witness import Lines, Witness

NOW = datetime(2026, 11, 25, 14, 30, 5, tzinfo=UTC)


@pytest.fixture
def session() -> Session:
    users = UserDatabase(clock=lambda: NOW)
    users.define("USER1", password="USERPW12")
    return Session("USER1", users, "SYSA", NOW)


def said(session: Session, line: str) -> list[str]:
    session.take(line, NOW)
    lines = list(session.output)
    session.output.clear()
    return lines


def test_time_and_logoff(session):
    assert said(session, "time") == [
        "IKJ56650I TIME-02:30:05 PM. CPU-00:00:00 SERVICE-1042 SESSION-00:00:00 NOVEMBER 25,2026"
    ]
    assert said(session, "LOGOFF") == ["IKJ56470I USER1 LOGGED OFF TSO AT 14:30:05 ON NOVEMBER 25, 2026"]
    assert session.place is Place.LOGGED_OFF


def test_profile_is_kept_with_the_user(session):
    assert said(session, "PROFILE NOPROMPT NOINTERCOM") == []
    assert session.profile["PROMPT"] is False
    later = Session("USER1", session.database, "SYSA", NOW)
    assert "NOPROMPT NOINTERCOM" in said(later, "PROF")[0]
    assert said(session, "PROFILE FOO") == ["IKJ56712I INVALID KEYWORD, FOO"]


def test_without_msgid_messages_have_no_numbers(session):
    said(session, "PROFILE NOMSGID")
    assert said(session, "FOO") == ["COMMAND FOO NOT FOUND"]


def test_a_prompt_stays_until_answered_or_attention(session):
    said(session, "ALTUSER")
    assert session.ask() == ("IKJ56700A ENTER USERID -", False)
    assert session.complete("USER9") == "ALTUSER USER9"
    session.attention()
    assert session.ask() == ("READY", False)


def test_a_hyphen_or_plus_continues_the_line(session):
    assert session.complete("LU -") is None
    assert session.complete("  USER1") == "LU USER1"
    assert session.complete("LU +") is None
    session.attention()
    assert session.complete("TIME") == "TIME"


@pytest.mark.parametrize(("typed", "answer"), [
    ("logon applid(tso)", Request("TSO")),
    ("LOGON APPLID(TSO) DATA(USER1)", Request("TSO", "USER1")),
    ("LOGON APPLID=TSO,LOGMODE=D4C32XX3", Request("TSO")),
    ("TSO USER1", Request("TSO", "USER1")),
    ("L TSO", Request("TSO")),
    ("IBMTEST", "IBMECHO ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
    ("LOGOFF", "SESSIONS ENDED"),
    ("LOGON", "REQUIRED PARAMETER OMITTED"),
    ("ALTUSER X", "ALTUSER COMMAND UNRECOGNIZED"),
])  # fmt: skip
def test_uss_commands(typed, answer):
    assert read_command(HostOptions(), typed) == answer


def test_faults_fire_as_often_as_they_are_told():
    faults = Faults()
    faults.arm(Fault.DROP_AFTER, "altuser", times=2)
    assert faults.take(Fault.DROP_AFTER, "LU X") is None
    assert faults.take(Fault.DROP_AFTER, "ALTUSER X")
    assert faults.take(Fault.DROP_AFTER, "ALTUSER Y")
    assert faults.take(Fault.DROP_AFTER, "ALTUSER Z") is None
    assert faults.fired(Fault.DROP_AFTER) == 2
    faults.arm(Fault.FROZEN)
    faults.clear()
    assert faults.take(Fault.FROZEN) is None


def test_a_lost_flag_leaves_the_password(session):
    faults = Faults()
    faults.arm(Fault.FLAG_IGNORED, times=1)
    users = session.database
    with flags_lost(faults, users, "ALTUSER"):
        users.set_password(users.user("USER1"), "TEMP2345", NOW, expired=True)
    assert users.accepts("USER1", "TEMP2345")
    assert not users.user("USER1").password.expired


def test_the_witness_counts_what_occurs():
    witness = Witness()
    witness.ran("ALTUSER X PASSWORD(Y)")
    witness.ran("LU X")
    assert witness.typed.count("ALTUSER") == 1
    assert isinstance(witness.typed, Lines)
    assert not witness.wait_until(lambda seen: len(seen.typed) > 2, 0)


@pytest.mark.parametrize(("mask", "good", "bad"), [
    ("LLLLLLLL", "ABCDEFG1", "ABCDEFGH"), ("ANNN", "#123", "1234"), ("VCVC", "ABEC", "BACE"), ("*", "1", "12"),
    ("W", "B", "A"), ("$", "@", "A"), ("mmmm", "Ab1c", "abcd"), ("ssss", "_:=.", "A:=."), ("cv", "ba", "ab"),
])  # fmt: skip
def test_rule_masks(mask, good, bad):
    settings = SecuritySettings(rules=(mask,), mixed_case=True, specials=True)
    assert not breaks_rules(settings, good)
    assert breaks_rules(settings, bad)


def test_the_alphabet_follows_the_page_of_the_host():
    """# @ $ are bytes, which the line has translated already; specials are what the page has at theirs."""
    german = SecuritySettings(codepage="273", specials=True)
    assert well_formed(german, "AB@")
    assert not well_formed(german, "AB§")

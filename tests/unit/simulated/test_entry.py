"""Logon as RACF and ACF2 see it: what lets in, what is counted, what has to be changed."""

from datetime import UTC, datetime, timedelta

import pytest

from connectors.simulated.entry import Outcome, enter
from connectors.simulated.settings import SecuritySettings
from connectors.simulated.users import UserDatabase

NOW = datetime(2026, 11, 25, 14, 30, tzinfo=UTC)


def database(product: str = "racf", **settings) -> UserDatabase:
    users = UserDatabase(settings=SecuritySettings(product=product, **settings), clock=lambda: NOW)
    users.define("USER1", password="USERPW12")
    return users


def test_a_welcome_says_when_one_was_last_here():
    users = database()
    enter(users, "USER1", "USERPW12", NOW)
    said = enter(users, "user1", "userpw12", NOW + timedelta(hours=1))
    assert said.outcome is Outcome.IN
    assert said.lines == ("ICH70001I USER1    LAST ACCESS AT 14:30:00 ON WEDNESDAY, NOVEMBER 25, 2026",)


def test_wrong_ones_are_counted_until_revoked_and_a_right_one_clears_them():
    users = database(revoke_after=3)
    enter(users, "USER1", "WRONG", NOW)
    enter(users, "USER1", "USERPW12", NOW)
    outcomes = [enter(users, "USER1", "WRONG", NOW).outcome for _ in range(3)]
    assert outcomes == [Outcome.WRONG] * 3
    assert users.user("USER1").revoked
    assert enter(users, "USER1", "USERPW12", NOW).outcome is Outcome.REVOKED


def test_the_flag_demands_a_new_password():
    users = database()
    users.user("USER1").password.expired = True
    assert enter(users, "USER1", "USERPW12", NOW).outcome is Outcome.EXPIRED
    assert enter(users, "USER1", "USERPW12", NOW, new="USERPW12").outcome is Outcome.NEW_REFUSED
    assert enter(users, "USER1", "USERPW12", NOW, new="TOOLONG99").outcome is Outcome.NEW_REFUSED
    assert enter(users, "USER1", "USERPW12", NOW, new="CHOSEN12").outcome is Outcome.IN
    assert users.accepts("USER1", "CHOSEN12")
    assert enter(users, "USER1", "CHOSEN12", NOW).outcome is Outcome.IN


def test_age_demands_it_too():
    assert enter(database(), "USER1", "USERPW12", NOW + timedelta(days=61)).outcome is Outcome.EXPIRED
    users = database()
    users.user("USER1").interval = None
    assert enter(users, "USER1", "USERPW12", NOW + timedelta(days=900)).outcome is Outcome.IN


def test_remembered_passwords_are_refused():
    users = database(history=3)
    for old, new in (("USERPW12", "CHOSEN12"), ("CHOSEN12", "CHOSEN13")):
        assert enter(users, "USER1", old, NOW, new=new).outcome is Outcome.IN
    assert enter(users, "USER1", "CHOSEN13", NOW, new="USERPW12").outcome is Outcome.NEW_REFUSED


def test_a_minimum_interval_does_not_delay_the_forced_change():
    users = database(minimum_interval=5)
    user = users.user("USER1")
    users.set_password(user, "TEMP2345", NOW, expired=True)
    assert enter(users, "USER1", "TEMP2345", NOW, new="CHOSEN12").outcome is Outcome.IN
    assert enter(users, "USER1", "CHOSEN12", NOW, new="CHOSEN13").outcome is Outcome.NEW_REFUSED


def test_a_revocation_may_come_with_a_date_and_end_with_one():
    users = database()
    users.user("USER1").revoke_date = NOW.date()
    assert enter(users, "USER1", "USERPW12", NOW).outcome is Outcome.REVOKED
    users.user("USER1").resume_date = NOW.date()
    assert enter(users, "USER1", "USERPW12", NOW).outcome is Outcome.IN


def test_without_a_tso_segment_one_is_unknown():
    users = database()
    users.user("USER1").tso = None
    assert enter(users, "USER1", "USERPW12", NOW).lines == ("IKJ56420I Userid USER1 not authorized to use TSO",)


def test_acf2_suspends_by_its_counter_alone():
    users = database("acf2", revoke_after=2)
    for _ in range(2):
        assert enter(users, "USER1", "WRONG", NOW).lines == ("ACF01012 PASSWORD NOT MATCHED",)
    locked = enter(users, "USER1", "USERPW12", NOW)
    assert locked.lines == ("ACF01013 LOGONID USER1 SUSPENDED BECAUSE OF PASSWORD VIOLATIONS",)
    assert not users.user("USER1").suspended
    users.user("USER1").violations = 0
    assert enter(users, "USER1", "USERPW12", NOW, source="TCPA0012").lines == (
        "ACF01137 USER1 LAST SYSTEM ACCESS 00.00-00/00/00 FROM TCPA0012",
    )


def test_acf2_counts_anew_each_day():
    users = database("acf2", revoke_after=2)
    enter(users, "USER1", "WRONG", NOW)
    enter(users, "USER1", "WRONG", NOW + timedelta(days=1))
    assert users.user("USER1").violations == 1


@pytest.mark.parametrize(("field", "number"), [("cancelled", "ACF01006"), ("suspended", "ACF01005")])
def test_acf2_locks(field, number):
    users = database("acf2")
    setattr(users.user("USER1"), field, True)
    assert enter(users, "USER1", "USERPW12", NOW).lines[0].startswith(number)


def test_acf2_wants_a_new_one():
    users = database("acf2")
    users.user("USER1").password.expired = True
    assert enter(users, "USER1", "USERPW12", NOW).lines == ("ACF01017 PASSWORD FOR LOGONID USER1 HAS EXPIRED",)
    assert enter(users, "USER1", "USERPW12", NOW, new="CHOSEN12").outcome is Outcome.IN

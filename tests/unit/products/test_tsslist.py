"""Top Secret's listing: the words of its lines, one by one, since their places are a reconstruction."""

from __future__ import annotations

import pytest

from bridge.domain.names import Userid
from bridge.domain.outcome import Profile, Standing
from connectors.hosts.products.tsslist import covered, interval, listing, profile, shown_in_clear

USERID = Userid("JSMITH")
HEAD = "ACCESSORID = JSMITH    NAME       = JOHN SMITH"
DOTTED = "PASSWORD   = ........  EXPIRES=06/10/26  INTERVAL=060"


def read(*more: str, kind: str = "USER", password: str = DOTTED) -> Profile:
    rows = (HEAD, f"TYPE       = {kind}      SIZE       =      512  BYTES", *more, password)
    record, around = listing(rows, USERID)
    assert around == ()
    found = profile(record, USERID, rows)
    assert found is not None
    return found


@pytest.mark.parametrize("word", ["EXP", "EXPIRE", "EXPIRES"])
@pytest.mark.parametrize("sign", ["=", " = ", "("])
@pytest.mark.parametrize("date", ["01/01/80", "80.01.01", "1980-01-01", "01.01.1980"])
def test_the_day_that_exp_leaves_is_known_in_each_site_s_way_of_writing(word: str, sign: str, date: str) -> None:
    """Whatever order, whatever stands between, whatever the word."""
    seen = read(password=f"PASSWORD   = ........  {word}{sign}{date}")
    assert (seen.must_change, seen.standing, seen.stamp) == (True, Standing.EXPIRED, date)


@pytest.mark.parametrize("date", ["06/10/26", "01/01/81", "01/02/80", "1/1/2080", "2026-6-1"])
def test_any_other_day_is_none_that_has_to_be_changed(date: str) -> None:
    """1/1/2080 too: its numbers are written without zeros."""
    seen = read(password=f"PASSWORD   = ........  EXPIRES={date}")
    assert (seen.must_change, seen.stamp) == (False, date)


@pytest.mark.parametrize(
    ("word", "by"),
    [
        ("PSUSPEND", "violations"),
        ("VSUSPEND", "violations"),
        ("ASUSPEND", "administrator"),
        ("XSUSPEND", "administrator"),
        ("SUSPEND", "administrator"),
        ("PSUSPEND,ASUSPEND", "administrator"),
    ],
)
def test_who_suspended_is_told_by_the_word(word: str, by: str) -> None:
    """REMOVE SUSPEND is ours to say for violations alone."""
    for line in (f"ATTRIBUTES = CONSOLE,{word}", f"ATTRIBUTE  = {word}", f"ATTRIBUTES = CONSOLE({word.lower()})"):
        seen = read(line)
        assert (seen.standing, seen.suspended_by) == (Standing.SUSPENDED, by)
    assert read(f"INSTDATA   = {word}").suspended_by is None


def test_a_timed_suspension_is_an_administrator_s() -> None:
    """It has a line of its own."""
    assert read("SUSPENDED  = UNTIL 12/31/26").suspended_by == "administrator"


@pytest.mark.parametrize("kind", ["PROFILE", "GROUP", "DEPARTMENT", "DEPT", "DIVISION", "DIV", "ZONE"])
def test_what_nobody_logs_on_with_is_protected(kind: str) -> None:
    """An ACID that holds others together."""
    seen = read(kind=kind)
    assert (seen.protected, seen.privileged) == (True, ())


@pytest.mark.parametrize("kind", ["SCA", "LSCA", "MASTER", "CENTRAL", "DCA", "whatever comes"])
def test_whatever_is_no_user_is_privileged(kind: str) -> None:
    """Administrators, and kinds that nobody has thought of; two passwords as well."""
    assert read(kind=kind).privileged == (kind.upper(),)
    assert read().privileged == ()
    assert read("ATTRIBUTES = MULTIPW").privileged == ("MULTIPW",)
    assert read("PASSWORD(2)= ........  EXPIRES=06/10/26").privileged == ("MULTIPW",)


def test_who_may_not_choose_a_password_is_protected() -> None:
    """They could not change it at first use."""
    assert read("ATTRIBUTES = NOPWCHG").protected
    assert not read("ATTRIBUTES = NOADSP").protected


@pytest.mark.parametrize("key", ["PHRASE     =", "PASSPHRASE =", "PHRASE(1)  ="])
def test_a_phrase_is_seen_and_covered(key: str) -> None:
    """By either name."""
    assert read(f"{key} ........").has_phrase
    assert not read().has_phrase
    rows = covered((HEAD, f"{key} hush one", "             hush two", f"{key} ........"))
    assert shown_in_clear(rows)
    assert not any("hush" in row for row in rows)
    assert not shown_in_clear(covered((HEAD, f"{key} ........", DOTTED)))


@pytest.mark.parametrize(
    "about", ["EXPIRES=06/10/26", "EXPIRE=06/10/26", "EXP=06/10/26", "EXPIRED = NO", "INTERVAL=060", "FAC(TSO)",
              "FACILITY=TSO"],
)  # fmt: skip
def test_what_is_said_about_a_password_stays_to_be_read(about: str) -> None:
    """The value goes, the rest does not, whatever it begins with."""
    for value, shown in (("HUSH2345", "(in clear)"), ("........", "........"), ("NOPW", "NOPW"), ("", "........")):
        assert covered((HEAD, f"PASSWORD   = {value}  {about}"))[1] == f"PASSWORD   = {shown}  {about}"
    assert interval((f"PASSWORD   = ........  EXP=06/10/26 {about}", "PASSWORD   = ........  INTERVAL(030)")) == (
        "060" if "060" in about else "030"
    )


def test_a_password_that_nobody_needs_is_none() -> None:
    """NOPW; or no line of it, but a phrase."""
    assert not read(password="PASSWORD   = NOPW  EXPIRES=06/10/26").has_password
    assert not read(password="PHRASE     = ........").has_password
    assert read().has_password


@pytest.mark.parametrize(("dashes", "counts"), [("-----", False), ("----", True)])
def test_a_later_segment_is_another_s(dashes: str, counts: bool) -> None:
    """It begins with dashes; lines of it say nothing of this one."""
    rows = (HEAD, "TYPE       = USER", DOTTED, f"{dashes} SEGMENT TSO", "ATTRIBUTES = ASUSPEND", "             MULTIPW")
    record, _ = listing(rows, USERID)
    assert (("ATTRIBUTES", "ASUSPEND MULTIPW") in record) is counts


@pytest.mark.parametrize(("indent", "found"), [(0, True), (2, True), (3, False)])
def test_columns_count_from_where_the_listing_stands(indent: int, found: bool) -> None:
    """Two at most: an attribute of the 3270's, and one ahead of it."""
    rows = tuple(" " * indent + row for row in (HEAD, "TYPE       = USER", DOTTED))
    record, around = listing(rows, USERID)
    assert ([key for key, _ in record], around) == ((["ACCESSORID", "TYPE", "PASSWORD"], ()) if found else ([], rows))

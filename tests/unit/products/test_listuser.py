"""RACF's listing, line by line: where it begins and ends, words of power, and when a revocation's day has come."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bridge.domain.names import Userid
from bridge.domain.outcome import Profile, Standing
from connectors.hosts.products.listuser import listing, profile

USERID = Userid("JSMITH")
TODAY = date(2026, 10, 22)
HEAD = "USER=JSMITH  NAME=JOHN SMITH           OWNER=PAYROLL   CREATED=19.094"
SECOND = " DEFAULT-GROUP=PAYROLL  PASSDATE=26.101 PASS-INTERVAL= 90 PHRASEDATE=N/A"
BEHIND = (" LAST-ACCESS=26.130/14:37:04", " CLASS AUTHORIZATIONS=NONE", "SECURITY-LABEL=NONE SPECIFIED")
MONTHS = ("JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE", "JULY", "AUGUST", "SEPTEMBER", "OCTOBER", "NOVEMBER",
          "DECEMBER")  # fmt: skip


def whole(*attributes: str, revoke: str = "NONE") -> tuple[str, ...]:
    return (HEAD, SECOND, *attributes, f" REVOKE DATE={revoke}   RESUME DATE=NONE", *BEHIND)


def read(*attributes: str, revoke: str = "NONE", today: date | None = TODAY) -> Profile:
    found = profile(whole(*attributes, revoke=revoke), USERID, today)
    assert found is not None
    return found


@pytest.mark.parametrize("word", ["SPECIAL", "OPERATIONS", "AUDITOR", "ROAUDIT"])
def test_each_word_of_power_makes_privileged(word: str) -> None:
    """Beside others, in a second line of attributes, and wrapped."""
    for lines in ((f" ATTRIBUTES={word} REVOKED",), (" ATTRIBUTES=NONE", f" ATTRIBUTES={word}"),
                  (" ATTRIBUTES=GRPACC", f"            {word}")):  # fmt: skip
        assert read(*lines).privileged == (word,)
    assert read(" ATTRIBUTES=GRPACC", f" MODEL-NAME={word}").privileged == ()
    assert read(f" {word}", " ATTRIBUTES=NONE").privileged == ()


@pytest.mark.parametrize(("length", "powerful"), [(78, True), (77, False)])
def test_a_word_is_put_together_where_a_full_row_broke_it(length: int, powerful: bool) -> None:
    """And nowhere else: a second line of attributes begins anew."""
    full = " ATTRIBUTES=" + "GRPACC ".ljust(length - len(" ATTRIBUTES=") - 3, "X") + "SPE"
    broken = full.replace("XSPE", " SPE")
    assert len(broken) == length
    assert read(broken, "CIAL").privileged == (("SPECIAL",) if powerful else ())
    assert read(broken, " ATTRIBUTES=CIAL").privileged == ()


@pytest.mark.parametrize("month", range(1, 13))
@pytest.mark.parametrize("day", [7, 22])
def test_a_revocation_counts_from_its_day_on(month: int, day: int) -> None:
    """In every month, as RACF writes it or in small letters."""
    at = date(2026, month, day)
    for name in (MONTHS[month - 1], MONTHS[month - 1].capitalize()):
        told = f"{name} {day}, 2026"
        assert read(" ATTRIBUTES=REVOKED", revoke=told, today=at).suspended_by == "administrator"
        assert read(" ATTRIBUTES=REVOKED", revoke=told, today=at - timedelta(days=1)).suspended_by is None


@pytest.mark.parametrize("told", ["SOMETIME", "OKTOBER 22, 2030", "OCTOBER 2030"])
def test_a_day_that_cannot_be_read_has_come(told: str) -> None:
    """Better an administrator's word too many than a leaver let in."""
    assert read(" ATTRIBUTES=REVOKED", revoke=told).suspended_by == "administrator"


@pytest.mark.parametrize("told", ["NONE", ""])
def test_wrong_passwords_revoke_without_a_day(told: str) -> None:
    """That one RESUME may lift."""
    seen = read(" ATTRIBUTES=REVOKED", revoke=told)
    assert (seen.standing, seen.suspended_by) == (Standing.SUSPENDED, None)


def test_who_was_resumed_since_is_suspended_by_nobody() -> None:
    """A day that is past says nothing where REVOKED is gone."""
    seen = read(" ATTRIBUTES=NONE", revoke="OCTOBER 22, 2023")
    assert (seen.standing, seen.suspended_by) == (Standing.ACTIVE, None)


@pytest.mark.parametrize(("indent", "found"), [(0, True), (1, True), (2, True), (3, False)])
def test_columns_count_from_where_the_listing_stands(indent: int, found: bool) -> None:
    """Two columns at most: an attribute of the 3270's, and one ahead of it."""
    rows = tuple(" " * indent + row for row in whole(" ATTRIBUTES=NONE"))
    assert listing(rows, USERID) == ((whole(" ATTRIBUTES=NONE"), ()) if found else ((), rows))


def test_what_stands_around_a_listing_is_no_part_of_it() -> None:
    """Before USER= and behind SECURITY-LABEL=; without that label, all that follows belongs to it."""
    rows = whole(" ATTRIBUTES=NONE")
    assert listing(("BEFORE", *rows, "BEHIND", "MORE"), USERID) == (rows, ("BEFORE", "BEHIND", "MORE"))
    assert listing(("BEFORE", *rows[:-1]), USERID) == (rows[:-1], ("BEFORE",))
    assert listing((*rows, *rows), USERID) == ((), (*rows, *rows))
    assert listing(rows, Userid("JSMYTH")) == ((), rows)


@pytest.mark.parametrize("without", range(1, 6))
def test_a_listing_that_lacks_a_line_is_none(without: int) -> None:
    """The dates, the attributes, the revocation, the last access, the classes."""
    rows = whole(" ATTRIBUTES=NONE")
    assert profile((*rows[:without], *rows[without + 1 :]), USERID, TODAY) is None
    assert profile(rows[:without], USERID, TODAY) is None

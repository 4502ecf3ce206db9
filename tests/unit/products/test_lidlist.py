"""ACF2's listing, field by field: where a record begins and ends, and which words in it mean what."""

from __future__ import annotations

import pytest

from bridge.domain.names import Userid
from bridge.domain.outcome import Profile
from connectors.hosts.products.lidlist import interrupted, narrowed, profile, records

USERID = Userid("JSMITH")
HEAD = "JSMITH               PAY1CLKJSMITH            JOHN SMITH"
BELOW = "    PASSWORD        KERB-VIO(0) PSWD-TOD(04/11/26-14:02)"


def read(*fields: str) -> Profile:
    """What a record with these lines below its first says."""
    return profile((HEAD, *(f"    {row}" for row in fields)), USERID)


@pytest.mark.parametrize("word", ["SECURITY", "ACCOUNT", "AUDIT", "LEADER", "CONSULT", "NON-CNCL", "READALL"])
def test_each_word_of_power_makes_privileged(word: str) -> None:
    """Privileged ids want another person's word."""
    assert read(f"PRIVILEGES      {word}").privileged == (word,)


@pytest.mark.parametrize("word", ["STC", "RESTRICT"])
def test_ids_that_nobody_logs_on_with_are_protected(word: str) -> None:
    """A started task's, and one without a password."""
    assert read(f"PRIVILEGES      JOB {word}").protected
    assert not read("PRIVILEGES      JOB TSO").protected


def test_a_record_is_its_own_lines_and_no_others() -> None:
    """Of a listing that something stands before, between and behind, each record is whole and alone."""
    rows = ("CANCEL", HEAD, BELOW, "    MISCELLANEOUS   PSWD-EXP", "READY", HEAD, BELOW, "SUSPEND")
    assert records(rows, USERID) == ((rows[1:4], rows[5:7]), ("CANCEL", "READY", "SUSPEND"))


@pytest.mark.parametrize(("margin", "count"), [(0, 1), (4, 1), (5, 0)])
def test_the_first_line_stands_in_by_four_at_most(margin: int, count: int) -> None:
    """Further in it is another record's field."""
    found, _ = records((" " * margin + HEAD, " " * margin + BELOW), USERID)
    assert len(found) == count


@pytest.mark.parametrize("margin", [0, 3])
def test_the_lines_below_stand_in_by_four_more(margin: int) -> None:
    """One that does not is no part of it."""
    first, part, none = " " * margin + HEAD, " " * (margin + 4) + "PSWD-EXP", " " * (margin + 3) + "CANCEL"
    assert records((first, part, none), USERID) == (((first, part),), (none,))


@pytest.mark.parametrize(("length", "part"), [(78, True), (77, False)])
def test_only_a_full_row_goes_on_at_the_edge(length: int, part: bool) -> None:
    """A screen breaks a field where it ends; blanks that fill a shorter row up do not make it full."""
    full = BELOW + "X" * (length - len(BELOW) - 5) + " PSWD"
    rows = (HEAD, full.ljust(80), "-EXP")
    assert len(full) == length
    assert records(rows, USERID) == (((rows,), ()) if part else ((rows[:2],), rows[2:]))
    assert profile(rows, USERID).must_change is part


@pytest.mark.parametrize("row", ["he said: nothing?", "ACF6C004 NOT FOUND", "acf6c004 not found"])
def test_what_is_said_in_between_is_no_field(row: str) -> None:
    """Words with other signs and a message, however it is written, end the record; what follows stands outside."""
    said, lost = f"    {row}", "    SUSPEND"
    found, around = records((HEAD, BELOW, said, lost), USERID)
    assert (found, around) == (((HEAD, BELOW),), (said, lost))
    assert interrupted(around)


@pytest.mark.parametrize(
    "field", ["#OWN", "@OWN", "$OWN(1)", "A/B(2)", "OWN2", "EMPTY()", "NOTHING('')", "ANY('O''X)')"]
)
def test_a_site_s_own_fields_belong_to_it(field: str) -> None:
    """Names with national characters, values that are empty or in quotes."""
    rows = (HEAD, f"    {field}", BELOW)
    assert records(rows, USERID) == ((rows,), ())
    assert profile(rows, USERID).stamp == "04/11/26-14:02"


@pytest.mark.parametrize("text", ["X) CANCEL", "O''X) CANCEL", "'') CANCEL", " CANCEL "])
def test_what_somebody_wrote_into_a_field_is_no_bit(text: str) -> None:
    """A value in quotes may hold anything, doubled quotes and parentheses too."""
    told = read(f"NOTE('{text}') PSWD-TOD('04/11/26-14:02')")
    assert (told.suspended_by, told.stamp) == (None, "04/11/26-14:02")


def test_a_scope_is_read_from_the_fields() -> None:
    """Not from the name that a person has been given."""
    assert narrowed((HEAD, BELOW, "    PRIVILEGES      SCPLIST(MINE) TSO")) == "MINE"
    assert narrowed((HEAD.replace("JOHN SMITH", "SCPLIST(HIS)"), BELOW)) == ""
    assert narrowed((HEAD, "    SCPLIST(ONE)", "    SUSPEND")) == "ONE"

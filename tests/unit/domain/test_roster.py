"""The table of people."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.names import Account, LoginName, SystemName, Userid
from bridge.domain.roster import COLUMNS, doubts, read_roster

HEADER = ",".join(COLUMNS[:8]) + "\n"


def test_columns_may_come_in_any_order_and_be_left_out() -> None:
    """Only person is needed; the name is the person's where there is none; a mark of byte order does no harm."""
    roster = read_roster("\ufeffAccounts,person\nPRODA:jo ; PRODB:J,jo\n\n")

    assert not roster.faults
    assert roster.entries[0].name == "jo"
    assert roster.entries[0].language == "en"
    assert roster.entries[0].accounts == (
        Account(SystemName("PRODA"), Userid("JO")),
        Account(SystemName("PRODB"), Userid("J")),
    )


def test_who_has_no_language_of_their_own_has_the_site_s() -> None:
    """Else everybody at a German bank whose table has no such column would get English mail."""
    table = "person,language\njo,\nann,fr\n"
    assert [one.language for one in read_roster(table, language="de").entries] == ["de", "fr"]
    assert read_roster("person\njo\n", language="de").entries[0].language == "de"


def test_userids_have_the_form_of_their_system() -> None:
    """anna on UNIX is anna; on the mainframe she is ANNA."""
    roster = read_roster("person,accounts\njo,UNIX1:anna;PRODA:anna\n", {"UNIX1": LoginName})

    assert [str(one) for one in roster.entries[0].accounts] == ["UNIX1:anna", "PRODA:ANNA"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: the columns are expected, separated by commas: person,name"),
        ("name,email\n", "line 1: the columns are expected, separated by commas: person,name"),
        ("person,person\n", "line 1: the columns are expected, separated by commas: person,name"),
        ("person,e-mail\n", "'e-mail' is none of them"),
        (HEADER + "jo,Jo\n", "line 2: columns: 8 are expected, 2 stand here"),
        (HEADER + "jo,Jo,,,,,,,more\n", "line 2: columns: 8 are expected, 9 stand here"),
        (HEADER + "jo,Jo,jo@x@y,,,,,\n", "line 2: email: an e-mail address is expected"),
        (HEADER + "jo,Jo,j\0o@x.com,,,,,\n", "line 2: email: an e-mail address is expected"),
        (HEADER + "jo,Jo,j\x1bo@x.com,,,,,\n", "line 2: email: an e-mail address is expected"),
        (HEADER + 'jo,Jo,"a@x.com\nBcc: b@x.com",,,,,\n', "email: an e-mail address is expected"),
        (HEADER + "jo,J\x1b[2J,,,,,,\n", "line 2: name: one line of text without control characters"),
        (HEADER + "jo,Jo,,,english,,,\n", "line 2: language: a language is expected"),
        (HEADER + "jo,Jo,,,,,,PRODA:PAYROLL77\n", "line 2: userid: a userid"),
        (HEADER + "jo,Jo,,,,,,\njo,Jo,,,,,,\n", "line 3: person: jo stands here twice; the first is in line 2"),
        (HEADER + "a,A,,,,,,S:X\nb,B,,,,,,S:x\n", "line 3: accounts: S:X belongs to the person in line 2 already"),
        (HEADER + 'jo,"Jo', "not CSV"),
    ],
)
def test_each_mistake_has_its_line(text: str, said: str) -> None:
    """A table with a mistake has no entries at all."""
    roster = read_roster(text)

    assert any(said in fault for fault in roster.faults), roster.faults
    assert not roster.entries


@given(st.text(max_size=200))
def test_whatever_stands_there_is_read_or_refused(text: str) -> None:
    """No table makes the reader raise."""
    roster = read_roster(HEADER + text)

    assert not (roster.entries and roster.faults)


def test_whom_no_code_can_reach_is_named() -> None:
    """Of those alone whose system's policy sends codes."""
    rows = ("jo,j@x.de,0171 1234512,PRODA:JO", "kim,k@x.de,+49 171 1234512,PRODA:KIM", "lee,l@x.de,,PRODB:L")
    table = "\n".join(("person,email,phone,accounts", *rows))
    people = read_roster(table).entries

    assert list(doubts(people, ["PRODA", "PRODB"])) == []
    assert list(doubts(people, ["PRODA", "PRODB"], ["PRODA"])) == [
        "no telephone number with + and country, so no code can be sent: jo"
    ]


def test_who_has_one_mailbox_alone_is_named() -> None:
    """Of those alone whose system's policy sends codes to another; one written in two ways is one."""
    rows = ("jo,j@x.de,,PRODA:JO", "kim,k@x.de,K+codes@x.de,PRODA:KIM", "lee,l@x.de,,PRODB:L", "moe,,m@y.de,PRODA:M",
            "ned,n@x.de,n@y.de,PRODA:N")  # fmt: skip
    people = read_roster("\n".join(("person,email,other_email,accounts", *rows))).entries

    assert list(doubts(people, ["PRODA", "PRODB"], mails=["PRODA"])) == [
        "no second e-mail address, so no code can be sent there: jo, kim, moe"
    ]


@pytest.mark.parametrize(
    "domain", ["bücher.example", "xn--bcher-kva.example", "例え.テスト", "हिन्दी.example", "EXA\u0308MPLE.com"]
)
def test_a_domain_may_be_in_any_letters(domain: str) -> None:
    """As mail may."""
    (entry,) = read_roster(f"person,email\ndora,dora@{domain}\n").entries
    assert entry.email == f"dora@{domain}"


@pytest.mark.parametrize(
    "domain", ["ex\u202eample.com", "ex\u200bample.com", "a\u3000b.com", "-b.com", "b.com-", "a_b.com", "ü ü.com"]
)
def test_a_domain_has_no_character_that_is_not_seen(domain: str) -> None:
    """Nor blanks; marks of direction would show another one."""
    assert "line 2: email" in read_roster(f"person,email\ndora,dora@{domain}\n").faults[0]

"""Names are checked once, at the border."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.errors import BadInput
from bridge.domain.names import (
    Account,
    LoginName,
    Name,
    Operator,
    Person,
    ProfileName,
    ResetId,
    SystemName,
    Userid,
    account,
    checked_userid,
    free_text,
    typed_userid,
)

GOOD = [
    (SystemName, "P"),
    (SystemName, "PROD_A-1"),
    (SystemName, "A" * 32),
    (Userid, "A"),
    (Userid, "#PAY@R$7"),
    (Userid, "1234"),
    (ProfileName, "Q"),
    (ProfileName, "PAY_ROLL10"),
    (ProfileName, "$#@"),
    (LoginName, "a"),
    (LoginName, "_"),
    (LoginName, "anna.berg-2"),
    (LoginName, "a" * 32),
    (ResetId, "R0123456789AB"),
    (Person, "john.smith+x@example.com"),
    (Person, "A" * 64),
    (Operator, "agent-7"),
]
BAD = [
    (SystemName, ""),
    (SystemName, "prod"),
    (SystemName, "1PROD"),
    (SystemName, "A" * 33),
    (SystemName, "PROD A"),
    (SystemName, "PROD\n"),
    (Userid, ""),
    (Userid, "NINECHARS"),
    (Userid, "A B"),
    (Userid, "A)B"),
    (Userid, "*"),
    (Userid, "A\x00"),
    (Userid, "ÄB"),
    (Userid, "ſMITH"),  # upper() would make an S of it
    (Userid, "JSMITH\u2028"),
    (Userid, "A'B"),
    (ProfileName, ""),
    (ProfileName, "ELEVENCHARS"),
    (ProfileName, "1ST"),
    (ProfileName, "_A"),
    (ProfileName, "A.B"),
    (ProfileName, "A'B"),
    (ProfileName, "*ALL"),
    (LoginName, ""),
    (LoginName, "Anna"),
    (LoginName, "1anna"),
    (LoginName, "-anna"),
    (LoginName, ".anna"),
    (LoginName, "anna-"),
    (LoginName, "anna."),
    (LoginName, "an na"),
    (LoginName, "anna:x"),
    (LoginName, "anna$(id)"),
    (LoginName, "anna;id"),
    (LoginName, "anna'"),
    (LoginName, "anna/../root"),
    (LoginName, "anna\nroot"),
    (LoginName, "ännä"),
    (LoginName, "a" * 33),
    (ResetId, "R0123456789AI"),
    (ResetId, "r0123456789AB"),
    (ResetId, "R0123456789A"),
    (Person, ".john"),
    (Person, "john smith"),
    (Person, "A" * 65),
    (Operator, "a+b"),
    (Operator, "-a"),
]


@pytest.mark.parametrize(("kind", "text"), GOOD, ids=str)
def test_good_name_is_itself(kind: type[Name], text: str) -> None:
    """A name is its text and nothing else."""
    assert kind(text) == text
    assert isinstance(kind(text), str)


@pytest.mark.parametrize(("kind", "text"), BAD, ids=repr)
def test_bad_name_is_refused_and_says_what_is_expected(kind: type[Name], text: str) -> None:
    """BadInput names the place and what belongs there, not what was typed."""
    with pytest.raises(BadInput) as raised:
        kind(text)
    assert raised.value.place == kind.place
    assert raised.value.expected == kind.expected
    assert not text or text not in str(raised.value) or len(text) < 3


@pytest.mark.parametrize("kind", [SystemName, Userid, ProfileName, LoginName, ResetId, Person, Operator])
@pytest.mark.parametrize("value", [None, 7, b"JSMITH", ["JSMITH"], {"a": 1}], ids=repr)
def test_what_is_no_text_is_no_name(kind: type[Name], value: object) -> None:
    """A number, bytes, a list out of JSON: refused like any other."""
    with pytest.raises(BadInput):
        kind(value)  # type: ignore[arg-type]


def test_userid_is_raised_to_upper_case_and_stripped() -> None:
    """People type userids in any case; the host has one."""
    assert Userid("  jsmith ") == "JSMITH"
    assert Userid("jsmith") == Userid("JSMITH")


@given(st.text(max_size=12))
def test_no_userid_can_carry_a_command(text: str) -> None:
    """Whatever is typed, what passes is one to eight of A-Z 0-9 @ # $."""
    try:
        userid = Userid(text)
    except BadInput:
        return
    assert 1 <= len(userid) <= 8
    assert set(userid) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@#$")


@given(st.text(max_size=40))
def test_no_login_name_can_carry_a_command(text: str) -> None:
    """Whatever is typed, what passes begins with a letter or _ and holds nothing that a shell or chpasswd minds."""
    try:
        name = LoginName(text)
    except BadInput:
        return
    assert 1 <= len(name) <= 32
    assert name[0] in "abcdefghijklmnopqrstuvwxyz_"
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789_.-")


def test_forms_fold_as_their_hosts_do() -> None:
    """IBM i folds like the mainframe; UNIX tells case apart, so nothing is folded there."""
    assert ProfileName(" pay_roll ") == "PAY_ROLL"
    assert LoginName(" anna ") == "anna"
    with pytest.raises(BadInput):
        LoginName("ANNA")


@pytest.mark.parametrize(
    ("text", "form"), [("JSMITH", Userid), ("1234", Userid), ("PAY_ROLL", ProfileName), ("anna", LoginName)]
)
def test_a_userid_that_was_checked_is_read_back_as_it_is(text: str, form: type[Userid]) -> None:
    """Out of the database nothing is folded: anna stays anna."""
    assert checked_userid(text) == text
    assert type(checked_userid(text)) is form


@pytest.mark.parametrize("text", ["", "Anna", "A)B", "anna;id", "a" * 33])
def test_a_userid_that_fits_no_form_is_not_read_back(text: str) -> None:
    """A row that somebody edited is no userid."""
    with pytest.raises(BadInput):
        checked_userid(text)


def test_a_caller_who_does_not_know_the_system_leaves_the_form_to_the_daemon() -> None:
    """What fits any form passes as it was typed; what fits none is refused."""
    assert typed_userid(" jsmith ") == "jsmith"
    assert typed_userid("anna.berg") == "anna.berg"
    with pytest.raises(BadInput):
        typed_userid("anna;id")


def test_account_takes_the_form_of_its_system() -> None:
    """The same text is another account on another system."""
    forms = {"UNIX1": LoginName, "POWER": ProfileName}
    assert account("UNIX1:anna", forms).userid == "anna"
    assert account("POWER:long_name", forms).userid == "LONG_NAME"
    assert account("PRODA:anna", forms).userid == "ANNA"
    with pytest.raises(BadInput):
        account("PRODA:anna.berg", forms)


def test_account_reads_what_it_prints() -> None:
    """SYSTEM:USERID, there and back, blanks around it forgiven."""
    assert account(" PRODA : jsmith ") == Account(SystemName("PRODA"), Userid("JSMITH"))
    assert str(account("PRODA:JSMITH")) == "PRODA:JSMITH"


@pytest.mark.parametrize("text", ["", "PRODA", ":", "PRODA:", ":JSMITH", "PRODA:JSMITH:X", "proda:JSMITH"])
def test_account_that_is_none_is_refused(text: str) -> None:
    """Both halves are checked."""
    with pytest.raises(BadInput):
        account(text)


@pytest.mark.parametrize(
    "text",
    ["", "   ", "a\nb", "a\rb", "a\tb", "a\x00b", "a\x1bb", "a\x85b", "a\u2028b", "a\u202eb", "x" * 201, None, 7],
    ids=repr,
)
def test_free_text_is_one_line_within_its_limits(text: object) -> None:
    """Nothing that could start a new line, colour a terminal or turn the reading direction."""
    with pytest.raises(BadInput) as raised:
        free_text(text, "reason", most=200)
    assert raised.value.place == "reason"


def test_free_text_is_stripped_and_may_be_empty_where_allowed() -> None:
    """Blanks around it do not count."""
    assert free_text("  forgotten, über Nacht ", "reason", most=200) == "forgotten, über Nacht"
    assert free_text("  ", "ticket", most=20, least=0) == ""

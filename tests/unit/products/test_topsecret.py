"""Top Secret: what is typed, what two listings prove. How answers are read stands in tests/dialogs/topsecret."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.domain.errors import BadInput, HostRefused, Interrupted, UnexpectedAnswer
from bridge.domain.failure import Reason
from bridge.domain.names import Userid
from bridge.domain.outcome import Profile, Reply, Standing, Verb, Verdict
from bridge.domain.secret import Secret
from connectors.hosts.products import PRODUCTS
from connectors.hosts.products.topsecret import TopSecret
from connectors.hosts.products.tsslist import covered

USERID = Userid("JSMITH")
TSS = TopSecret("PRODT")
DONE = "TSS0300I  LIST     FUNCTION SUCCESSFUL"


def listed(password: str, *more: str) -> Profile:
    rows = ("ACCESSORID = JSMITH    NAME       = JOHN SMITH", "TYPE       = USER      SIZE       =      512  BYTES",
            *more, f"PASSWORD   = {password}", DONE)  # fmt: skip
    return TSS.read_status((Reply(rows=rows, prompt="READY"),), USERID)


BEFORE = listed("........  EXPIRES=06/10/26  INTERVAL=060")
AFTER = listed("........  EXPIRES=01/01/80  INTERVAL=060")


@pytest.mark.parametrize("resume", [True, False])
def test_reset_says_all_three_sub_operands_and_removes_the_suspension_behind_it(resume: bool) -> None:
    """Password, the interval left empty, EXP; REMOVE SUSPEND only where it is wanted, and only after success."""
    order = TSS.reset(USERID, Secret("NEWPW234"), resume=resume)
    assert [(typed.line.expose(), typed.after) for typed in order.typed] == [
        ("TSS REPLACE(JSMITH) PASSWORD(NEWPW234,,EXP)", ""),
        ("TSS REMOVE(JSMITH) SUSPEND", "FUNCTION SUCCESSFUL"),
    ][: 1 + resume]
    assert (order.verb, order.new) == (Verb.RESET, Secret("NEWPW234"))
    assert str(order.asked) == "reset;JSMITH;«secret»;nonce={nonce},expired" + ",resume" * resume
    assert "NEWPW234" not in repr(order)


def test_status_asks_for_the_password_section() -> None:
    """DATA(ALL) would leave it out."""
    order = TSS.status(USERID)
    assert [typed.line.expose() for typed in order.typed] == ["TSS LIST(JSMITH) DATA(BASIC,PASSWORD)"]
    assert order.verb is Verb.STATUS


def test_unlock_never_lifts_what_an_administrator_suspended() -> None:
    """SUSPEND, not ASUSPEND; and no password."""
    order = TSS.unlock(USERID)
    assert [typed.line.expose() for typed in order.typed] == ["TSS REMOVE(JSMITH) SUSPEND"]
    assert (order.verb, order.new, TSS.resumes_anybody) == (Verb.UNLOCK, None, False)


@pytest.mark.parametrize(
    "value",
    ["", "*", "NOPW", "nopw", "RANDOM", "Random", "A/B", "NEW,,EXP", "NEW)", "(NEW", "NEW PW", "NINECHARS", "A'B", "Ä"],
)
def test_a_value_that_would_mean_something_else_is_never_sent(value: str) -> None:
    """Keep the old one, need none, draw one, old/new, another operand, the end of the command."""
    with pytest.raises(BadInput):
        TSS.reset(USERID, Secret(value), resume=False)


def test_a_reset_is_proven_by_the_expiration_date() -> None:
    """01/01/80 and the interval as before: to be changed at the next signon."""
    proof = TSS.judge(BEFORE, AFTER)
    assert (proof.verdict, proof.note) == (Verdict.YES, "")


def test_a_second_reset_rests_on_what_the_command_said() -> None:
    """The date is the same; the note says what the evidence is."""
    proof = TSS.judge(AFTER, AFTER)
    assert proof.verdict is Verdict.YES
    assert "only TSS0300I says" in proof.note


def test_a_changed_interval_is_reported() -> None:
    """Two manuals disagree on what an empty interval does."""
    proof = TSS.judge(BEFORE, listed("........  EXPIRES=01/01/80  INTERVAL=090"))
    assert (proof.verdict, proof.note) == (Verdict.YES, "the interval was 060 and is 090 days")


def test_a_suspension_or_a_phrase_that_stays_is_reported() -> None:
    """The password took; logging on may still fail, or work without it."""
    after = listed("........  EXPIRES=01/01/80  INTERVAL=060", "ATTRIBUTES = PSUSPEND", "PHRASE     = ........")
    proof = TSS.judge(BEFORE, after)
    assert proof.verdict is Verdict.YES
    assert proof.note == "the ACID is still suspended; its pass phrase is unchanged and still good"


def test_i11_a_date_other_than_the_flag_is_an_ignored_flag() -> None:
    """Whether or not it moved: TSS0300I has said that the password was set."""
    for expires in ("06/10/26", "07/24/26"):
        proof = TSS.judge(BEFORE, listed(f"........  EXPIRES={expires}  INTERVAL=060"))
        assert (proof.verdict, proof.flag_ignored) == (Verdict.NO, True)


def test_no_date_proves_nothing() -> None:
    """A listing that does not show it."""
    assert TSS.judge(BEFORE, listed("........")).verdict is Verdict.UNKNOWN
    for gone in (Profile(userid=USERID, standing=Standing.UNKNOWN), replace(AFTER, has_password=False)):
        proof = TSS.judge(BEFORE, gone)
        assert (proof.verdict, proof.flag_ignored) == (Verdict.NO, False)


def test_the_user_has_moved_on_with_another_date() -> None:
    """And not before; nor where the listing does not say."""
    later = listed("........  EXPIRES=08/14/26  INTERVAL=060")
    assert TSS.moved_on("01/01/80", later)
    assert not TSS.moved_on("01/01/80", AFTER)
    assert not TSS.moved_on(None, later)
    assert not TSS.moved_on("01/01/80", listed("........"))
    assert not TSS.moved_on(later.stamp, later)
    assert not TSS.moved_on("01/01/80", replace(later, has_password=False))
    assert not TSS.moved_on("01/01/80", replace(later, standing=Standing.UNKNOWN))
    assert not TSS.moved_on("08/14/26", AFTER)


@pytest.mark.parametrize("message", ["TSS9999E SOMETHING", "TSS9999 SOMETHING", "IKJ56999I SOME", "IKJ56999 SOME"])
def test_a_listing_with_an_unknown_message_beside_it_is_not_believed(message: str) -> None:
    """Whatever component says it; words without a number, an operator's for one, do no harm."""
    rows = AFTER.raw
    assert TSS.read_status((Reply(rows=("COFFEE AT 3?", *rows), prompt="READY"),), USERID).must_change
    for said in ((message, *rows), (f"  {message}", *rows), (*rows, message)):
        with pytest.raises(UnexpectedAnswer):
            TSS.read_status((Reply(rows=said, prompt="READY"),), USERID)


def test_a_listing_beside_a_refusal_is_no_unknown_acid() -> None:
    """Of two answers that contradict each other neither is believed; nor one without an end."""
    unknown = "TSS0314E  ACID DOES NOT EXIST"
    for rows, prompt in (((unknown, *AFTER.raw), "READY"), ((unknown,), "")):
        with pytest.raises(HostRefused):
            TSS.read_status((Reply(rows=rows, prompt=prompt),), USERID)
    assert TSS.read_status((Reply(rows=(unknown,), prompt="READY"),), USERID).standing is Standing.UNKNOWN


@pytest.mark.parametrize("indent", ["", " "])
def test_i1_a_password_that_pwview_shows_is_covered(indent: str) -> None:
    """Passwords and phrases, over two lines too; what is said about them stays, and the proof says so."""
    rows = [
        "ACCESSORID = JSMITH    NAME       = JOHN SMITH",
        "TYPE       = USER      SIZE       =      512  BYTES",
        "PASSWORD   = HUSH2345  EXPIRES=01/01/80  INTERVAL=060",
        "PHRASE     = my old phrase that goes on and",
        "             on  EXPIRES=07/10/26  INTERVAL=090",
        "LAST USED  = 04/10/26  09:12 CPU(PRDA)",
        DONE,
    ]
    found = TSS.read_status((Reply(rows=tuple(indent + row for row in rows), prompt="READY"),), USERID)
    assert not any(word in row for row in found.raw for word in ("HUSH", "phrase that", "on  EXP"))
    assert (found.stamp, found.last_use, found.has_phrase) == ("01/01/80", "04/10/26 09:12", True)
    assert "DATA(PWVIEW)" in TSS.judge(BEFORE, found).note


@pytest.mark.parametrize("indent", ["", " ", "  "])
def test_i1_a_phrase_is_covered_to_its_last_line_and_no_further(indent: str) -> None:
    """Three lines of it; then another key, though it begins with a blank, or what the command says; or a line of it."""
    head, phrase = "ACCESSORID = JSMITH    NAME       = JOHN SMITH", "PHRASE     = HUSH one"
    more = "             HUSH two", "             HUSH three"
    for end in (
        " LAST USED = 04/10/26",
        "  TSS0300I  LIST     FUNCTION SUCCESSFUL",
        "TYPE       = USER",
        "----------- TSO",
    ):
        after = end, "             goes on"
        rows = [indent + row for row in (head, phrase, *more, *after)]
        done = covered(rows)
        assert not any("HUSH" in row for row in done)
        assert done[1].startswith(f"{indent}PHRASE     =")
        assert [done[0], *done[4:]] == [rows[0], *rows[4:]]


def test_i1_a_password_is_covered_in_what_is_raised() -> None:
    """An unexpected answer is recorded; the listing in it is covered as well."""
    rows = ("ACCESSORID = JSMITH    NAME       = JOHN SMITH", "PASSWORD   = HUSH2345  EXPIRES=01/01/80", "TSS9999E X")
    with pytest.raises(UnexpectedAnswer) as raised:
        TSS.read_status((Reply(rows=rows, prompt="READY"),), USERID)
    assert "HUSH" not in str(raised.value) + " ".join(raised.value.said)


@pytest.mark.parametrize(
    ("said", "raised"),
    [
        ("THE SYSTEM GOES DOWN AT 18:00 CN(01)", Interrupted),
        ("TSS9650I PASSWORD SYNCHRONIZED", UnexpectedAnswer),
        (DONE, UnexpectedAnswer),
    ],
)
def test_somebodys_message_beside_success_has_it_begun_anew(said: str, raised: type[UnexpectedAnswer]) -> None:
    """Words without a number are nobody's answer: once more, with another password. A number nobody knows ends it."""
    rows = ("TSS0300I  REPLACE  FUNCTION SUCCESSFUL", said)
    for order in (rows, rows[::-1]):
        with pytest.raises(UnexpectedAnswer) as found:
            TSS.read_reset((Reply(rows=order, prompt="READY"),), USERID)
        assert type(found.value) is raised
        assert said in str(found.value)


def test_covering_leaves_other_lines_alone() -> None:
    """Rows that are no password's and no continuation of one."""
    rows = (
        "TSS0314E  ACID DOES NOT EXIST",
        "INSTDATA   = A",
        "             B",
        " TSS0300I  LIST     FUNCTION SUCCESSFUL",
    )
    assert covered(rows) == rows


def test_it_is_registered() -> None:
    """By the name that the configuration has."""
    assert PRODUCTS["topsecret"] is TopSecret


@pytest.mark.parametrize("replaced", [True, False])
def test_a_suspension_that_may_not_be_lifted_leaves_the_password_set(replaced: bool) -> None:
    """REPLACE was successful, REMOVE is refused: the row has to say that the host has another password."""
    refused = Reply(rows=("TSS7251E  Access Denied to CASECAUT <TSSCMD.USER.REMOVE.SUSPEND>",), prompt="READY")
    done = Reply(rows=("TSS0300I  REPLACE  FUNCTION SUCCESSFUL",), prompt="READY")
    with pytest.raises(HostRefused) as raised:
        TSS.read_reset((done, refused) if replaced else (refused,), USERID)
    assert (raised.value.reason, raised.value.partly) == (Reason.NOT_AUTHORIZED, replaced)

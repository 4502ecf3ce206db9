"""ACF2: what is typed, what two listings prove. How answers are read stands in tests/dialogs/acf2."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.domain.errors import BadInput, HostRefused, UnexpectedAnswer
from bridge.domain.names import Userid
from bridge.domain.outcome import Profile, Reply, Standing, Verb, Verdict
from bridge.domain.secret import Secret
from connectors.hosts.products import PRODUCTS
from connectors.hosts.products.acf2 import Acf2

USERID = Userid("JSMITH")
ACF2 = Acf2("PRODB")


def profile(stamp: str | None = "04/11/26-14:02", *, flag: bool = False, **facts: object) -> Profile:
    told = {"standing": Standing.EXPIRED if flag else Standing.ACTIVE, "must_change": flag, "stamp": stamp, **facts}
    return Profile(userid=USERID, **told)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("resume", "command", "added"),
    [
        (True, "CHANGE JSMITH PASSWORD(NEWPW234) PSWD-EXP PSWD-VIO(0)", ",expired,resume"),
        (False, "CHANGE JSMITH PASSWORD(NEWPW234) PSWD-EXP", ",expired"),
    ],
)
def test_reset_is_a_dialog_inside_the_acf_environment(resume: bool, command: str, added: str) -> None:
    """ACF, SET LID, CHANGE, each with the prompt it has to come back to; END leaves in every case."""
    order = ACF2.reset(USERID, Secret("NEWPW234"), resume=resume)
    assert [(typed.line.expose(), typed.ends) for typed in order.typed] == [
        ("ACF", ("ACF",)),
        ("SET LID", ("LID",)),
        (command, ("LID",)),
    ]
    assert [(typed.line.expose(), typed.ends) for typed in order.leave] == [("END", ("READY",))]
    assert (order.verb, order.new) == (Verb.RESET, Secret("NEWPW234"))
    assert str(order.asked) == "reset;JSMITH;«secret»;nonce={nonce}" + added
    assert "NEWPW234" not in repr(order)


def test_status_lists_one_logonid() -> None:
    """LIST with the logonid in full, never a mask."""
    order = ACF2.status(USERID)
    assert [typed.line.expose() for typed in order.typed] == ["ACF", "SET LID", "LIST JSMITH"]
    assert order.verb is Verb.STATUS


@pytest.mark.parametrize("margin", [0, 1, 2, 3])
def test_listing_is_read_however_far_it_stands_in(margin: int) -> None:
    """LIST indents the logonid by up to two columns, and a 3270 has an attribute ahead of each row."""
    rows = [
        "JSMITH               PAY1CLKJSMITH            JOHN SMITH",
        "    PASSWORD        KERB-VIO(0) PSWD-DAT(04/11/26) PSWD-EXP PSWD-INV(0)",
        "                    PSWD-TOD(04/11/26-14:02) PSWD-VIO(0)",
    ]
    reply = Reply(rows=tuple(" " * margin + row for row in rows), prompt="LID")
    read = ACF2.read_status([reply], USERID)
    assert (read.must_change, read.stamp) == (True, "04/11/26-14:02")


LISTED = ("JSMITH               PAY1CLKJSMITH            JOHN SMITH", "    PSWD-TOD(04/11/26-14:02) PSWD-EXP")


@pytest.mark.parametrize(
    "message", ["ACF0C999 SOMETHING ELSE", "acf0c999 something", "IKJ56999I SOME", "IKJ56999 SOME", "ICH70001I SOME"]
)
def test_a_listing_with_an_unknown_message_beside_it_is_not_believed(message: str) -> None:
    """Whatever component says it; words without a number, an operator's for one, do no harm."""
    for rows in ((message, *LISTED), (*LISTED, f"  {message}")):
        with pytest.raises(UnexpectedAnswer):
            ACF2.read_status([Reply(rows=rows, prompt="LID")], USERID)
    assert ACF2.read_status([Reply(rows=("COFFEE AT 3?", *LISTED), prompt="LID")], USERID).must_change


def test_a_listing_beside_a_refusal_is_no_unknown_logonid() -> None:
    """Of two answers that contradict each other neither is believed."""
    no = "ACF01004 LOGONID JSMITH NOT FOUND"
    with pytest.raises(HostRefused):
        ACF2.read_status([Reply(rows=(*LISTED, no), prompt="LID")], USERID)
    assert ACF2.read_status([Reply(rows=(no,), prompt="LID")], USERID).standing is Standing.UNKNOWN


def test_the_last_listing_counts() -> None:
    """CHANGE may have shown the record as well, or LIST been asked twice."""
    older = (LISTED[0], "    PSWD-TOD(03/02/26-09:00)")
    assert ACF2.read_status([Reply(rows=(*older, *LISTED), prompt="LID")], USERID).stamp == "04/11/26-14:02"


def test_unlock_clears_the_violations_alone() -> None:
    """PSWD-VIO(0) without a password."""
    order = ACF2.unlock(USERID)
    assert order.typed[-1].line.expose() == "CHANGE JSMITH PSWD-VIO(0)"
    assert (order.verb, order.new) == (Verb.UNLOCK, None)


def test_site_that_relies_on_pswdfrc_does_not_say_the_flag() -> None:
    """CASECAUT cannot delegate PSWD-EXP: the site's option sets it, and the listing has to show it."""
    order = Acf2("PRODB", rely_on_pswdfrc=True).reset(USERID, Secret("NEWPW234"), resume=True)
    assert order.typed[-1].line.expose() == "CHANGE JSMITH PASSWORD(NEWPW234) PSWD-VIO(0)"
    assert str(order.asked) == "reset;JSMITH;«secret»;nonce={nonce},resume"


@pytest.mark.parametrize("value", ["", "NINECHARS", "A)B", "A B", "A'B", "¬"])
def test_value_that_is_unsafe_to_type_is_refused(value: str) -> None:
    """An empty value would ask for passwords instead."""
    with pytest.raises(BadInput):
        ACF2.reset(USERID, Secret(value), resume=True)


@pytest.mark.parametrize("word", ["LIKE", "UID", "IF"])
def test_logonid_that_reads_like_a_mask_is_refused(word: str) -> None:
    """CHANGE LIKE…, UID…, IF… change many records at once."""
    for build in (ACF2.status, ACF2.unlock, lambda userid: ACF2.reset(userid, Secret("NEWPW234"), resume=True)):
        with pytest.raises(BadInput):
            build(Userid(word))


def test_i11_a_newer_minute_and_the_flag_prove_the_change() -> None:
    """PSWD-TOD differs and PSWD-EXP is there."""
    proof = ACF2.judge(profile("03/02/26-09:00"), profile(flag=True))
    assert (proof.verdict, proof.note, proof.again) == (Verdict.YES, "", None)
    assert ACF2.judge(profile(None), profile(flag=True)).verdict is Verdict.YES


def test_i11_a_newer_minute_without_the_flag_is_a_flag_ignored() -> None:
    """Set, but need not be changed: to be spoiled."""
    proof = ACF2.judge(profile("03/02/26-09:00"), profile())
    assert (proof.verdict, proof.flag_ignored) == (Verdict.NO, True)


@pytest.mark.parametrize("flag", [True, False])
def test_i11_the_same_minute_cannot_be_told_and_may_be_tried_again(flag: bool) -> None:
    """PSWD-TOD has minutes: what cannot be told now can be told after the next change in a minute."""
    proof = ACF2.judge(profile(flag=flag), profile(flag=flag))
    assert (proof.verdict, proof.again) == (Verdict.UNKNOWN, timedelta(seconds=61))
    assert proof.again == ACF2.proof_grain


def test_i11_without_pswd_tod_nothing_can_be_proven() -> None:
    """No stamp, no proof, however often it is tried; and none from a logonid that is gone."""
    proof = ACF2.judge(profile(), profile(None, flag=True))
    assert (proof.verdict, proof.again) == (Verdict.UNKNOWN, None)
    assert ACF2.judge(profile(), Profile(userid=USERID, standing=Standing.UNKNOWN)).verdict is Verdict.NO


def test_note_tells_what_else_the_listing_shows() -> None:
    """Violations that were not cleared; a phrase that opens the door as before."""
    after = profile(flag=True, suspended_by="violations", has_phrase=True)
    proof = ACF2.judge(profile("03/02/26-09:00"), after)
    assert proof.verdict is Verdict.YES
    assert "PSWD-VIO" in proof.note
    assert "phrase" in proof.note


@pytest.mark.parametrize(
    ("seen", "now", "moved"),
    [
        ("04/11/26-14:02", profile("04/11/26-14:05"), True),
        ("04/11/26-14:02", profile("04/11/26-14:05", flag=True), False),
        ("04/11/26-14:02", profile("04/11/26-14:02", flag=True), False),
        ("04/11/26-14:02", profile("04/11/26-14:02"), False),
        ("04/11/26-14:02", profile("04/11/26-14:02", last_use="04/10/26-14:02"), False),
        ("04/11/26-14:02", profile("04/11/26-14:02", last_use="04/11/26-14:01"), False),
        ("04/11/26-14:02", profile("04/11/26-14:02", last_use="04/11/26-14:02"), True),
        ("04/11/26-14:02", profile(None), False),
        ("04/11/26-14:02", Profile(userid=USERID, standing=Standing.UNKNOWN), False),
        ("04/11/26-14:02:30", profile("04/11/26-14:02:30", last_use="04/11/26-14:02"), True),
        ("04/11/26", profile("04/11/26", last_use="04/11/26"), False),
        (None, profile(), False),
    ],
)
def test_user_has_moved_on_when_the_flag_is_gone_and_the_minute_newer(
    seen: str | None, now: Profile, moved: bool
) -> None:
    """Or the minute is the same and the user has logged on since; a flag taken off by others is not enough."""
    assert ACF2.moved_on(seen, now) is moved


def test_products_are_found_by_their_names() -> None:
    """The table's names are the products' own."""
    for name, make in PRODUCTS.items():
        assert make("PRODA", patterns={"unknown_user": ("X",)}, ignore=("Y",)).name == name

"""RACF: what is typed, what two listings prove. How answers are read stands in tests/dialogs/racf."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bridge.domain.errors import BadInput, HostRefused, UnexpectedAnswer
from bridge.domain.failure import Reason
from bridge.domain.names import Userid
from bridge.domain.outcome import Profile, Reply, Standing, Verb, Verdict
from bridge.domain.secret import Secret
from connectors.hosts.products.racf import Racf

USERID = Userid("PAY@ROL7")
RACF = Racf("PRODA")


def profile(stamp: str | None = "26.101", **facts: object) -> Profile:
    must_change = stamp == "00.000"
    standing = Standing.EXPIRED if must_change else Standing.ACTIVE
    told = {
        "standing": standing,
        "must_change": must_change,
        "has_password": stamp is not None,
        "stamp": stamp,
        **facts,
    }
    return Profile(userid=USERID, **told)  # type: ignore[arg-type]


def test_status_asks_for_the_base_segment_alone() -> None:
    """LISTUSER with nothing behind the userid."""
    order = RACF.status(USERID)
    assert (order.verb, order.userid, order.new) == (Verb.STATUS, USERID, None)
    assert str(order.asked) == "status;PAY@ROL7;;nonce={nonce}"
    assert [typed.line.expose() for typed in order.typed] == ["LISTUSER PAY@ROL7"]
    assert order.typed[0].ends == ("READY",)
    assert order.leave == ()


@pytest.mark.parametrize("resume", [True, False])
def test_reset_says_expired_and_never_noexpired(resume: bool) -> None:
    """The first-use flag is said aloud; RESUME has no date; the line does not end with what continues it."""
    order = RACF.reset(USERID, Secret("NEW_PW.4"), resume=resume)
    (typed,) = order.typed
    assert typed.line.expose() == "ALTUSER PAY@ROL7 PASSWORD(NEW_PW.4) EXPIRED" + " RESUME" * resume
    assert str(order.asked) == "reset;PAY@ROL7;«secret»;nonce={nonce},expired" + ",resume" * resume
    assert order.verb is Verb.RESET
    assert order.new == Secret("NEW_PW.4")


def test_i1_reset_shows_a_mask() -> None:
    """Printing the order or its line shows no password."""
    order = RACF.reset(USERID, Secret("NEWPW234"), resume=True)
    assert str(order.typed[0].line) == "ALTUSER PAY@ROL7 PASSWORD(«secret») EXPIRED RESUME"
    assert "NEWPW234" not in repr(order)


def test_unlock_sets_nothing() -> None:
    """RESUME alone, for the terminal and for a helper."""
    order = RACF.unlock(USERID)
    assert [typed.line.expose() for typed in order.typed] == ["ALTUSER PAY@ROL7 RESUME"]
    assert (order.verb, order.new) == (Verb.UNLOCK, None)
    assert str(order.asked) == "unlock;PAY@ROL7;;nonce={nonce},resume"
    RACF.read_reset((Reply(rows=(), prompt="READY"),), USERID)


@pytest.mark.parametrize(
    "value",
    ["", " ", "NINECHARS", "A B", "A)B", "A(B", "A'B", 'A"B', "A,B", "A;B", "A/*B", "*", "A+", "A-", "A&B", "A<B",
     "A?B", "A\nB", "A\x00B", "Ä", "A£", "A!B", "A|B", "A\\B"],
)  # fmt: skip
def test_value_that_is_unsafe_to_type_is_refused_before_an_order_exists(value: str) -> None:
    """Empty, too long, or with a character that could end, split, quote or continue the command; never named."""
    with pytest.raises(BadInput) as raised:
        RACF.reset(USERID, Secret(value), resume=True)
    assert str(raised.value) == "password: 1 to 8 letters, digits or @ # $ _ : = . % are expected"


def test_i11_a_date_before_and_none_after_proves_the_change() -> None:
    """PASSDATE went from a date to 00.000: set, and to be changed at first use."""
    proof = RACF.judge(profile("26.101"), profile("00.000"))
    assert (proof.verdict, proof.note, proof.flag_ignored, proof.again) == (Verdict.YES, "", False, None)


def test_i11_already_expired_before_leaves_only_silence_as_evidence() -> None:
    """PASSDATE was 00.000 already: accepted, and the note says what it rests on."""
    proof = RACF.judge(profile("00.000"), profile("00.000"))
    assert proof.verdict is Verdict.YES
    assert "silence" in proof.note


def test_i11_a_new_date_means_that_the_flag_was_ignored() -> None:
    """PASSDATE became today: the password is set but need not be changed."""
    for before in ("26.101", "00.000", None):
        proof = RACF.judge(profile(before), profile("26.131"))
        assert (proof.verdict, proof.flag_ignored) == (Verdict.NO, True)


def test_i11_the_old_date_means_that_nothing_was_set() -> None:
    """PASSDATE stayed: no change, and no flag that could have been ignored."""
    proof = RACF.judge(profile("26.101"), profile("26.101"))
    assert (proof.verdict, proof.flag_ignored) == (Verdict.NO, False)


@pytest.mark.parametrize(
    ("day", "ignored"), [("26.129", False), ("26.130", True), ("26.131", True), ("26.132", True), ("26.133", False)]
)
def test_i11_todays_date_before_and_after_means_that_the_flag_was_ignored(day: str, ignored: bool) -> None:
    """The second reset of a day: ALTUSER said nothing, so that a password is set. The host's day may be another."""
    proof = Racf("PRODA", today=lambda: date(2026, 5, 11)).judge(profile(day), profile(day))
    assert (proof.verdict, proof.flag_ignored) == (Verdict.NO, ignored)


def test_i11_no_password_afterwards_proves_nothing() -> None:
    """PASSDATE=N/A, or a userid that is gone."""
    for after in (profile(None), Profile(userid=USERID, standing=Standing.UNKNOWN)):
        proof = RACF.judge(profile("26.101"), after)
        assert (proof.verdict, proof.flag_ignored) == (Verdict.NO, False)


def test_note_tells_what_else_the_listing_shows() -> None:
    """Still revoked; and a phrase that opens the door as before."""
    proof = RACF.judge(profile(), profile("00.000", standing=Standing.SUSPENDED, has_phrase=True))
    assert proof.verdict is Verdict.YES
    assert "revoked" in proof.note
    assert "phrase" in proof.note


@pytest.mark.parametrize(
    ("seen", "now", "moved"),
    [
        ("00.000", profile("26.131"), True),
        ("00.000", profile("00.000"), False),
        ("00.000", profile(None), False),
        ("00.000", Profile(userid=USERID, standing=Standing.UNKNOWN), False),
        ("26.131", profile("26.131"), False),
        ("26.131", profile("26.132"), True),
        (None, profile("26.131"), False),
    ],
)
def test_user_has_moved_on_when_passdate_is_a_day_again(seen: str | None, now: Profile, moved: bool) -> None:
    """A date in PASSDATE, other than what the change left, is the user's own password."""
    assert RACF.moved_on(seen, now) is moved


def test_what_is_said_in_an_error_are_the_hosts_lines() -> None:
    """HostRefused and UnexpectedAnswer carry the rows, and the return code where it is all there is."""
    with pytest.raises(HostRefused, match="ICH21009I UNABLE TO LOCATE") as refused:
        RACF.read_reset((Reply(rows=("ICH21009I UNABLE TO LOCATE PAY@ROL7", ""), prompt="READY"),), USERID)
    assert refused.value.said == ("ICH21009I UNABLE TO LOCATE PAY@ROL7",)
    with pytest.raises(UnexpectedAnswer, match="return code 12"):
        RACF.read_reset((Reply(rows=(), prompt="READY", code=12),), USERID)


LISTED = (
    "USER=PAY@ROL7  NAME=JOHN SMITH           OWNER=PAYROLL   CREATED=19.094",
    " DEFAULT-GROUP=PAYROLL  PASSDATE=26.101 PASS-INTERVAL= 90 PHRASEDATE=N/A",
    " ATTRIBUTES=REVOKED",
    " REVOKE DATE=OCTOBER 22, 2026   RESUME DATE=NONE",
    " LAST-ACCESS=26.130/14:37:04",
    " CLASS AUTHORIZATIONS=NONE",
    "SECURITY-LABEL=NONE SPECIFIED",
)


@pytest.mark.parametrize(
    ("today", "suspended_by"),
    [(date(2026, 10, 21), None), (date(2026, 10, 22), "administrator"), (None, "administrator")],
)
def test_revocation_by_date_is_an_administrators_once_the_day_has_come(
    today: date | None, suspended_by: str | None
) -> None:
    """RESUME would undo a leaver's last day; where nobody says what day it is, the date counts as come."""
    racf = Racf("PRODA", today=(lambda: today) if today else None)
    assert racf.read_status((Reply(rows=LISTED, prompt="READY"),), USERID).suspended_by == suspended_by


@pytest.mark.parametrize(
    "site",
    [{"patterns": {"no_such_reason": ["X"]}}, {"patterns": {"unknown_user": ["("]}}, {"ignore": ["*"]}],
    ids=str,
)
def test_site_expressions_that_are_none_are_refused_at_once(site: dict[str, object]) -> None:
    """A wrong reason code or expression is a fault of the configuration, not of the first reset."""
    with pytest.raises(BadInput):
        Racf("PRODA", **site)  # type: ignore[arg-type]


NOTED = "ICH21019I 'RESUME' IGNORED. PAY@ROL7 NOT CURRENTLY REVOKED"


@pytest.mark.parametrize(
    ("rows", "code", "fine"),
    [((), 0, True), ((), None, True), ((), 4, False), ((NOTED,), 4, True), ((NOTED,), 5, False), ((NOTED,), 8, False)],
)
def test_a_return_code_needs_the_message_that_says_why(rows: tuple[str, ...], code: int | None, fine: bool) -> None:
    """4 beside ICH21019I is that message's own; anything worse, or without a word, is no silence."""
    reply = Reply(rows=rows, prompt="READY", code=code)
    if fine:
        RACF.read_reset((reply,), USERID)
    else:
        with pytest.raises(UnexpectedAnswer):
            RACF.read_reset((reply,), USERID)


def test_a_listing_beside_a_refusal_is_no_unknown_userid() -> None:
    """Of two answers that contradict each other neither is believed."""
    unknown = "ICH30001I UNABLE TO LOCATE USER    ENTRY PAY@ROL7"
    with pytest.raises(HostRefused):
        RACF.read_status((Reply(rows=(unknown, *LISTED), prompt="READY"),), USERID)
    with pytest.raises(HostRefused):
        RACF.read_status((Reply(rows=(unknown,), prompt=""),), USERID)
    assert RACF.read_status((Reply(rows=(unknown,), prompt="READY"),), USERID).standing is Standing.UNKNOWN


def test_reasons_of_refusals_are_in_the_closed_list() -> None:
    """Not allowed to list is not_authorized: RACF says the same for out of scope and for privileged."""
    with pytest.raises(HostRefused) as raised:
        RACF.read_status((Reply(rows=("ICH30002I NOT AUTHORIZED TO LIST PAY@ROL7",), prompt="READY"),), USERID)
    assert raised.value.reason is Reason.NOT_AUTHORIZED
    assert RACF.proof_grain == timedelta(0)


@pytest.mark.parametrize(
    ("refused", "partly"),
    [(("RESUME",), True), (("PASSWORD", "RESUME"), False), (("PASSWORD",), False), (("PHRASE", "RESUME"), False)],
)
def test_a_refusal_that_names_no_credential_left_a_password_behind(refused: tuple[str, ...], partly: bool) -> None:
    """RACF ignores one operand and goes on with the next: without RESUME the password is set all the same."""
    rows = tuple(f"ICH21005I NOT AUTHORIZED TO SPECIFY {word}, OPERAND IGNORED" for word in refused)
    with pytest.raises(HostRefused) as raised:
        RACF.read_reset((Reply(rows=rows, prompt="READY"),), USERID)
    assert (raised.value.reason, raised.value.partly) == (Reason.NOT_AUTHORIZED, partly)

"""What a host said: message numbers, refusals, whether a reset may touch an account."""

from __future__ import annotations

import inspect

import pytest

from bridge.domain import errors
from bridge.domain.errors import BridgeError, Broken, HostRefused, Refusal, TryLater, UnexpectedAnswer, Unsure
from bridge.domain.failure import WORDS, Reason
from bridge.domain.names import Userid
from bridge.domain.outcome import Profile, Reply, Standing, message_numbers
from bridge.domain.standing import why_not

USERID = Userid("JSMITH")
ERRORS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, BridgeError)]


@pytest.mark.parametrize(
    ("row", "number"),
    [
        ("ICH21005I NOT AUTHORIZED TO SPECIFY PASSWORD", "ICH21005I"),
        (" IKJ56702I INVALID PASSWORD", "IKJ56702I"),
        ("ACF0A017 NOT AUTHORIZED FOR REQUESTED FUNCTION", "ACF0A017"),
        ("ACF01004 LOGONID X NOT FOUND", "ACF01004"),
        ("TSS0300I  REPLACE FUNCTION SUCCESSFUL", "TSS0300I"),
        ("IRR52021I You are not authorized", "IRR52021I"),
        ("CPF2204: User profile not found", "CPF2204"),
        ("ICH21004I", "ICH21004I"),
    ],
)
def test_message_number_begins_its_row(row: str, number: str) -> None:
    """The products' ids are found at the beginning of a row, blanks in front forgiven."""
    assert message_numbers([row]) == {number}


@pytest.mark.parametrize(
    "row",
    ["", "READY", "USER=ICH21005I", "THE MESSAGE ICH21005I MEANS", "ICHOR IS BLOOD", "ACF", "ACF2 IS HERE", "ICH"],
)
def test_what_does_not_begin_a_row_is_no_message(row: str) -> None:
    """A number inside a sentence, or a word that begins alike, says nothing."""
    assert message_numbers([row]) == frozenset()


def test_reply_leaves_blank_rows_out_of_what_was_said() -> None:
    """said has no blank rows and no blanks at the end; text has all rows."""
    reply = Reply(rows=("", " A  ", "   ", "B"), prompt="READY")
    assert reply.said == (" A", "B")
    assert reply.text == "\n A  \n   \nB"


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"standing": Standing.UNKNOWN}, Reason.UNKNOWN_USER),
        ({"protected": True, "privileged": ("SPECIAL",), "has_password": False}, Reason.PROTECTED_USER),
        ({"privileged": ("SPECIAL",), "suspended_by": "administrator"}, Reason.PRIVILEGED_USER),
        (
            {"standing": Standing.SUSPENDED, "suspended_by": "administrator", "has_password": False},
            Reason.SUSPENDED_BY_ADMINISTRATOR,
        ),
        ({"has_password": False}, Reason.NO_PASSWORD),
        ({}, None),
        ({"standing": Standing.EXPIRED, "must_change": True}, None),
        ({"standing": Standing.SUSPENDED}, None),
        ({"standing": Standing.SUSPENDED, "suspended_by": "violations"}, None),
        ({"has_phrase": True}, None),
    ],
    ids=str,
)
def test_account_that_must_not_be_reset_says_why(facts: dict[str, object], why: Reason | None) -> None:
    """The gravest reason comes first; a suspension by wrong passwords is what resets are for."""
    profile = Profile(userid=USERID, **{"standing": Standing.ACTIVE, **facts})  # type: ignore[arg-type]
    assert why_not(profile) is why


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_words_an_agent_can_act_on(reason: Reason) -> None:
    """One sentence, no code, no full stop."""
    assert reason.words == WORDS[reason]
    assert len(reason.words) > 20
    assert not reason.words.endswith(".")
    assert "_" not in reason.words


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
def test_every_error_is_of_exactly_one_family(kind: type[BridgeError]) -> None:
    """Give up, try later, begin again, or mend: nobody has to guess."""
    families = [family for family in (Refusal, TryLater, Unsure, Broken) if issubclass(kind, family)]
    assert len(families) == (0 if kind is BridgeError else 1)
    assert isinstance(kind.reason, Reason)


@pytest.mark.parametrize("kind", [HostRefused, UnexpectedAnswer])
def test_error_repeats_what_the_host_said_but_not_without_end(kind: type[BridgeError]) -> None:
    """Its lines are in the text, up to 300 characters of them, and whole beside it."""
    second = Reason.NOT_AUTHORIZED if kind is HostRefused else "ALTUSER"
    raised = kind("PRODA", second, ["", "ICH21005I NO", "X" * 1000])  # type: ignore[arg-type]
    assert "ICH21005I NO" in str(raised)
    assert len(str(raised)) < 500
    assert raised.said[1:] == ("ICH21005I NO", "X" * 1000)  # type: ignore[attr-defined]

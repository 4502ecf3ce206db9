"""RACF where users have password phrases: a credential of its own beside the password."""

from __future__ import annotations

import pytest

from bridge.domain.errors import BadInput
from bridge.domain.failure import Reason
from bridge.domain.names import Userid
from bridge.domain.outcome import Profile, Standing, Verdict
from bridge.domain.secret import Secret
from bridge.domain.standing import why_not
from connectors.hosts.products.racf import Racf

USERID = Userid("JSMITH")
PHRASE = Secret("k7mq-2xrt-9hfe-w4nb")


def seen(stamp: str | None, *, password: bool = True) -> Profile:
    return Profile(
        userid=USERID, standing=Standing.ACTIVE, stamp=stamp, must_change=stamp == "00.000", phrased=True,
        has_password=password, has_phrase=stamp is not None,
    )  # fmt: skip


def test_a_phrase_is_typed_in_apostrophes_and_its_proof_says_which_of_the_two_was_set() -> None:
    """PHRASE alone: neither credential is touched by the other, and the proof says so."""
    racf = Racf("PRODA", phrase=True)
    (typed,) = racf.reset(USERID, PHRASE, resume=True).typed
    assert typed.line.expose() == "ALTUSER JSMITH PHRASE('k7mq-2xrt-9hfe-w4nb') EXPIRED RESUME"
    assert "k7mq" not in str(typed.line)
    both, alone = (racf.judge(seen("26.101"), seen("00.000", password=password)) for password in (True, False))
    assert (both.verdict, both.note) == (
        Verdict.YES,
        "the pass phrase was set; its password is unchanged and still good",
    )
    assert (alone.verdict, alone.note) == (Verdict.YES, "the pass phrase was set")


def test_i11_a_phrase_that_need_not_be_changed_is_told_from_one_that_was_not_set() -> None:
    """By PHRASEDATE, whatever PASSDATE is."""
    racf = Racf("PRODA", phrase=True)
    ignored = racf.judge(seen("26.101"), seen("26.140"))
    assert (ignored.verdict, ignored.flag_ignored) == (Verdict.NO, True)
    assert "PHRASEDATE is 26.140" in ignored.note
    assert racf.judge(seen("26.101"), seen("26.101")).note == "PHRASEDATE is 26.101 as before: nothing was set"
    assert "PHRASEDATE was 00.000 before as well" in racf.judge(seen("00.000"), seen("00.000")).note
    assert racf.judge(seen("26.101"), seen(None)).verdict is Verdict.NO
    assert racf.moved_on("00.000", seen("26.141"))
    assert not racf.moved_on("00.000", seen("00.000"))


def test_who_has_no_phrase_is_given_none() -> None:
    """A delegated service id could not, and a second door is nobody's wish; the other way round for passwords."""
    assert why_not(seen(None)) is Reason.NO_PASSWORD
    assert why_not(seen("26.101", password=False)) is None


@pytest.mark.parametrize("text", ["NEWPW234", "it's-a-long-enough-one-9", "two words are one phrase", "x" * 101])
def test_what_the_apostrophes_could_not_carry_is_not_typed(text: str) -> None:
    """A password, an apostrophe, a blank, one that is too long."""
    with pytest.raises(BadInput, match="a phrase is expected"):
        Racf("PRODA", phrase=True).reset(USERID, Secret(text), resume=False)

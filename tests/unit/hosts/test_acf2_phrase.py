"""ACF2 where users have password phrases: a record of its own beside the logonid's."""

from __future__ import annotations

import pytest

from bridge.domain.errors import BadInput
from bridge.domain.failure import Reason
from bridge.domain.names import Userid
from bridge.domain.outcome import Profile, Standing, Verdict
from bridge.domain.secret import Secret
from bridge.domain.standing import why_not
from connectors.hosts.products.acf2 import Acf2

USERID = Userid("JSMITH")
PHRASE = Secret("k7mq-2xrt-9hfe-w4nb")


def lines(order) -> list[str]:  # type: ignore[no-untyped-def]
    return [typed.line.expose() for typed in order.typed]


def seen(stamp: str | None, *, must: bool = False, locked: bool = False) -> Profile:
    return Profile(
        userid=USERID, standing=Standing.ACTIVE, stamp=stamp, must_change=must, phrased=True,
        has_phrase=stamp is not None, suspended_by="violations" if locked else None,
    )  # fmt: skip


def test_a_phrase_is_typed_in_apostrophes_with_fields_of_its_own() -> None:
    """PWPHRASE and PWP-EXP; PASSWORD and PSWD-EXP are not touched; only the lock by wrong passwords is lifted too."""
    acf2 = Acf2("PRODB", phrase=True)
    assert lines(acf2.reset(USERID, PHRASE, resume=False)) == [
        "ACF", "SET LID", "CHANGE JSMITH PWPHRASE('k7mq-2xrt-9hfe-w4nb') PWP-EXP",
    ]  # fmt: skip
    assert lines(acf2.reset(USERID, PHRASE, resume=True))[-1].endswith(" PWP-EXP PSWD-VIO(0) PWP-VIO(0)")
    assert lines(acf2.unlock(USERID))[-1] == "CHANGE JSMITH PSWD-VIO(0) PWP-VIO(0)"
    assert "k7mq" not in str(acf2.reset(USERID, PHRASE, resume=False).typed[-1].line)


def test_the_phrase_is_listed_only_where_it_counts() -> None:
    """A system of passwords types what it always did."""
    listed = lines(Acf2("PRODB", phrase=True).status(USERID))
    assert listed[2:] == ["LIST JSMITH", "SET PROFILE(USER) DIV(PWPHRASE)", "LIST JSMITH"]
    assert lines(Acf2("PRODB").status(USERID)) == ["ACF", "SET LID", "LIST JSMITH"]
    assert lines(Acf2("PRODB").unlock(USERID)) == ["ACF", "SET LID", "CHANGE JSMITH PSWD-VIO(0)"]
    assert lines(Acf2("PRODB").reset(USERID, Secret("NEWPW234"), resume=True))[2:] == [
        "CHANGE JSMITH PASSWORD(NEWPW234) PSWD-EXP PSWD-VIO(0)"
    ]


def test_i11_a_phrase_that_need_not_be_changed_is_told_from_one_that_was_not_set() -> None:
    """By PWP-TOD and PWP-EXP, and the proof says which of the two credentials it was."""
    acf2 = Acf2("PRODB", phrase=True)
    ignored = acf2.judge(seen("10/12/26-11:32"), seen("10/12/26-12:00"))
    assert (ignored.verdict, ignored.flag_ignored) == (Verdict.NO, True)
    assert "PWP-TOD is 10/12/26-12:00 but PWP-EXP is not there: the phrase need not" in ignored.note
    same = acf2.judge(seen("10/12/26-11:32"), seen("10/12/26-11:32", must=True))
    assert (same.verdict, same.note[:7]) == (Verdict.UNKNOWN, "PWP-TOD")
    done = acf2.judge(seen("10/12/26-11:32"), seen("10/12/26-12:00", must=True, locked=True))
    assert done.verdict is Verdict.YES
    assert done.note == (
        "PSWD-VIO or PWP-VIO is not 0: the logonid may still be locked; "
        "the pass phrase was set; its password is unchanged and still good"
    )


def test_who_has_no_phrase_is_given_none() -> None:
    """A second door is nobody's wish."""
    assert why_not(seen(None)) is Reason.NO_PASSWORD


@pytest.mark.parametrize("text", ["NEWPW234", "it's-a-long-enough-one-9", "two words are one phrase", "x" * 101])
def test_what_the_apostrophes_could_not_carry_is_not_typed(text: str) -> None:
    """A password, an apostrophe, a blank, one that is too long."""
    with pytest.raises(BadInput, match="a phrase is expected"):
        Acf2("PRODB", phrase=True).reset(USERID, Secret(text), resume=False)

"""How lines of an answer are told apart, whatever the product."""

from __future__ import annotations

import pytest

from bridge.domain.errors import HostRefused, Interrupted, UnexpectedAnswer
from bridge.domain.failure import Reason
from connectors.hosts.products.patterns import Patterns, Table, with_code

TABLE = Table(
    numbers={"ICH21005I": Reason.NOT_AUTHORIZED, "SITE7": Reason.UNKNOWN_USER},
    words=[(r"\bNOT YOUR BUSINESS\b", Reason.NOT_AUTHORIZED)],
    harmless=frozenset({"ICH21019I", "OURS1"}),
    noise=[r"^COFFEE\b"],
)
PATTERNS = Patterns("PRODA", TABLE, {"password_rejected": ("TOO OLD",)}, ["^--"])


@pytest.mark.parametrize("row", ["", "   ", "READY", " READY", "READY  ", "***", " *** ", "-- ignored here"])
def test_prompts_and_blanks_say_nothing(row: str) -> None:
    """Nor what the site ignores; the rest is left as it is, but for blanks behind it."""
    assert PATTERNS.meant([row, "  SAID  "]) == ("  SAID",)
    assert Patterns("PRODA", TABLE, {}).meant([row]) == (("-- ignored here",) if row.startswith("--") else ())


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (["ICH21005I NO"], Reason.NOT_AUTHORIZED),
        (["  ich21005i no"], Reason.NOT_AUTHORIZED),
        (["SITE7 WHO?"], Reason.UNKNOWN_USER),
        (["site7: who?"], Reason.UNKNOWN_USER),
        (["SEE SITE7"], None),
        (["it is not your business"], Reason.NOT_AUTHORIZED),
        (["NOT YOUR  ", "   BUSINESS"], Reason.NOT_AUTHORIZED),
        (["NOT YO  ", "   UR BUSINESS"], Reason.NOT_AUTHORIZED),
        (["too old"], Reason.PASSWORD_REJECTED),
        (["ICH21005I NO", "TOO OLD"], Reason.PASSWORD_REJECTED),
        (["NOT YOUR BUSINESS", "SITE7"], Reason.UNKNOWN_USER),
        (["ICH99999I NO"], None),
    ],
)
def test_a_refusal_is_known_by_the_site_s_words_its_number_or_its_words(rows: list[str], why: Reason | None) -> None:
    """In this order, in any case, and across a line's end."""
    assert PATTERNS.refusal(rows) is why


@pytest.mark.parametrize(
    ("row", "harmless"),
    [
        ("ICH21019I IGNORED", True),
        ("ich21019i ignored", True),
        ("OURS1 hello", True),
        ("ours1: hello", True),
        ("COFFEE AT 3", True),
        ("coffee at 3", True),
        ("ICH99999I COFFEE", False),
        ("TEA", False),
    ],
)
def test_what_is_on_no_list_is_left_over(row: str, harmless: bool) -> None:
    """Noise is what has no number: a number nobody knows is never taken for it."""
    assert PATTERNS.unlisted([row]) == (() if harmless else (row,))
    table = Table(numbers={}, words=[], noise=["COFFEE"])
    assert Patterns("PRODA", table, {}).unlisted(["ich99999i coffee"]) == ("ich99999i coffee",)


@pytest.mark.parametrize(("row", "kind"), [("ich99999i x", UnexpectedAnswer), ("TEA", Interrupted)])
def test_words_without_a_number_are_somebody_s_who_came_between(row: str, kind: type[UnexpectedAnswer]) -> None:
    """Begun anew once; a number nobody knows ends it."""
    assert type(PATTERNS.unclear("ALTUSER", [row], None)) is kind


def test_what_is_raised_says_why() -> None:
    """A site may declare an answer unexpected; only what is told so has left a password behind."""
    with pytest.raises(UnexpectedAnswer, match="X"):
        PATTERNS.raise_for(Reason.UNEXPECTED_ANSWER, "ALTUSER", ["X"])
    with pytest.raises(HostRefused) as raised:
        PATTERNS.raise_for(Reason.UNKNOWN_USER, "ALTUSER", ["X"])
    assert not raised.value.partly
    assert with_code(["X"], None) == ("X",)
    assert with_code(["X"], 0) == ("X", "return code 0")

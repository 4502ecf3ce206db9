"""Secrets are taken out of rows, however the host has laid them out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.secret import Secret
from connectors.hosts.transports.masking import Mask, without_quoted

SECRET = "Qx7#kP2m"


def masked(*rows: str) -> tuple[str, ...]:
    return Mask([Secret(SECRET)]).rows(rows)


@pytest.mark.parametrize("text", [SECRET, SECRET.upper(), SECRET.lower()])
def test_in_any_case(text: str) -> None:
    """RACF folds what it prints; columns keep their places."""
    assert masked(f"INVALID PASSWORD, {text} .") == ("INVALID PASSWORD, ******** .",)


@pytest.mark.parametrize("at", range(1, len(SECRET)))
def test_broken_over_two_rows(at: int) -> None:
    """With and without the attribute that begins the next row."""
    assert masked("x" * 9 + SECRET[:at], SECRET[at:] + " y") == ("x" * 9 + "*" * at, "*" * (8 - at) + " y")
    assert masked("x" + SECRET[:at] + "  ", f" {SECRET[at:]}") == ("x" + "*" * at + "  ", " " + "*" * (8 - at))


@given(st.lists(st.text("abQqXx7#kKpP2mM *", max_size=12), max_size=8), st.integers(0, 7))
def test_nothing_of_it_is_left(rows: list[str], at: int) -> None:
    """Whatever stands around it, twice or overlapping: the rows without blanks do not hold it."""
    rows.insert(min(at, len(rows)), SECRET)
    left = masked(*rows)

    assert SECRET.lower() not in "".join("".join(left).split()).lower()
    assert [len(row) for row in left] == [len(row) for row in rows]


def test_rows_without_it_stay_as_they_are() -> None:
    """Nothing to mask, nothing changed; no secrets, no rows: no trouble."""
    assert masked("READY", "", " ***") == ("READY", "", " ***")
    assert Mask([]).rows(["READY"]) == ("READY",)
    assert Mask([Secret("")]).rows(["READY"]) == ("READY",)
    assert masked() == ()


def test_a_mask_does_not_show_what_it_masks() -> None:
    """In a traceback or a log."""
    assert repr(Mask([Secret(SECRET)])) == "Mask()"


@pytest.mark.parametrize(
    ("rows", "left"),
    [
        (["ALTUSER X PASSWORD(ABC) EXPIRED"], ["ALTUSER X PASSWORD(***) EXPIRED"]),
        ([" tss replace(x) password(abc,,exp)"], [" tss replace(x) password(********)"]),
        (["CHANGE X PASSWORD(AB", " C) PSWD-EXP", "READY"], ["CHANGE X PASSWORD(**", " *) PSWD-EXP", "READY"]),
        (["x PHRASE('a b"], ["x PHRASE(** *"]),
        (["IKJ56702I INVALID PASSWORD, AB", "CD", "READY"], ["IKJ56702I INVALID PASSWORD, **", "**", "READY"]),
        (["INVALID CURRENT PASSWORD, A", "ICH70001I X"], ["INVALID CURRENT PASSWORD, *", "ICH70001I X"]),
        (["IKJ56710I INVALID USERID, SVC", "PASSWORD OLD"], ["IKJ56710I INVALID USERID, SVC", "PASSWORD OLD"]),
        ([], []),
    ],
)  # fmt: skip
def test_i1_what_stands_where_a_password_would_is_covered_whoever_typed_it(rows: list[str], left: list[str]) -> None:
    """Up to the bracket, or to the next message or prompt; columns keep their places."""
    assert list(without_quoted(rows)) == left


def test_a_mask_can_take_more() -> None:
    """What it has masked before stays masked."""
    assert Mask([Secret("ABCD")]).with_these([Secret("WXYZ")]).rows(["ABCD WXYZ"]) == ("**** ****",)

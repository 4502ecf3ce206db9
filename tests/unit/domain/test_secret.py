"""What must not be seen."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import traceback
from collections.abc import Callable
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.secret import MASK, Line, Secret

HIDDEN = "Xq7Rm4Zk"
WAYS: dict[str, Callable[[object], str]] = {
    "repr": repr,
    "str": str,
    "format": format,
    "format with a width": lambda secret: f"{secret!s:>40}",
    "format as repr": lambda secret: f"{secret!r}",
    "percent": lambda secret: "%s %r" % (secret, secret),  # noqa: UP031
    "in a list": lambda secret: f"{[secret]} {({1: secret},)}",
    "ascii": ascii,
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("make", [Secret, lambda text: Line("PASSWORD(", Secret(text), ")")], ids=["Secret", "Line"])
def test_i1_printing_gives_a_mask(way: str, make: Callable[[str], object]) -> None:
    """However it is printed, the text is not in it."""
    shown = WAYS[way](make(HIDDEN))
    assert HIDDEN not in shown
    assert MASK in shown or "\\xab" in shown


@pytest.mark.parametrize("travel", [copy.copy, copy.deepcopy, pickle.dumps, json.dumps, hash, iter, vars, dict])
@pytest.mark.parametrize("level", [1, 2])
def test_i1_a_secret_does_not_travel(travel: Callable[[object], object], level: int) -> None:
    """It is not copied, pickled, serialised, hashed, iterated over or taken apart, alone or inside something else."""
    carried: object = Secret(HIDDEN) if level == 1 else {"password": [Secret(HIDDEN)]}
    if level == 2 and travel not in {copy.deepcopy, pickle.dumps, json.dumps}:
        return
    with pytest.raises((TypeError, ValueError)) as raised:
        travel(carried)
    assert HIDDEN not in str(raised.value)


def test_i1_a_line_with_a_secret_does_not_travel() -> None:
    """Neither copied nor pickled."""
    line = Line("PASSWORD(", Secret(HIDDEN), ")")
    for travel in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError):
            travel(line)


def test_i1_a_traceback_with_all_its_locals_shows_a_mask() -> None:
    """An exception that carries it, and frames that hold it, print masks."""
    try:
        password, line = Secret(HIDDEN), Line("PASSWORD(", Secret(HIDDEN), ")")
        raise ValueError(password, line)
    except ValueError as fault:
        shown = "".join(traceback.TracebackException.from_exception(fault, capture_locals=True).format())
    assert HIDDEN not in shown
    assert shown.count(MASK) >= 4


def test_i1_a_log_record_shows_a_mask() -> None:
    """Logged as an argument, as the message, or as an extra."""
    stream = StringIO()
    logger = logging.Logger("test")
    logger.addHandler(logging.StreamHandler(stream))
    logger.error("set %s %r", Secret(HIDDEN), Secret(HIDDEN))
    logger.error(Secret(HIDDEN))
    assert HIDDEN not in stream.getvalue()
    assert stream.getvalue().count(MASK) == 3


def test_i1_a_format_with_a_width_gives_a_bare_mask() -> None:
    """Nothing of the text's length can be told from it."""
    assert f"{Secret(HIDDEN):>40}" == f"{Secret(HIDDEN):.3}" == MASK


def test_secret_has_no_attributes_to_look_into() -> None:
    """No __dict__, and nothing can be hung on it."""
    with pytest.raises(AttributeError):
        Secret(HIDDEN).other = 1  # type: ignore[attr-defined]


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"])))
def test_secrets_compare_by_text(one: str, two: str) -> None:
    """Equal when the texts are; never equal to a plain string."""
    assert (Secret(one) == Secret(two)) is (one == two)
    assert Secret(one) != one
    assert len(Secret(one)) == len(one)
    assert bool(Secret(one)) is bool(one)
    assert Secret(one).expose() == one


@given(st.lists(st.one_of(st.text(), st.text(min_size=1).map(Secret)), max_size=6))
def test_line_masks_and_exposes_the_same_way(parts: list[str | Secret]) -> None:
    """The exposed line is its parts; the shown one has a mask for each secret, and lists them in order."""
    line = Line(*parts)
    assert line.expose() == "".join(part.expose() if isinstance(part, Secret) else part for part in parts)
    assert str(line) == "".join(MASK if isinstance(part, Secret) else part for part in parts)
    assert list(line.secrets) == [part for part in parts if isinstance(part, Secret)]

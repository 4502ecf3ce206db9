"""The bytes that the audit's chain seals."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.record import Event, canonical, micros
from bridge.domain.secret import Secret

EVENT = Event(
    at=datetime(2026, 11, 25, 12, 0, 0, 7, tzinfo=UTC),
    kind="reset.published",
    by="worker:NODE",
    reset_id="R0123456789AB",
    detail={"b": 1, "a": "ü\n", "c": None, "d": True},
)


def test_i8_canonical_text_is_fixed_for_ever() -> None:
    """These bytes are in chains that exist: a change here would make honest records look forged."""
    assert canonical(7, EVENT) == (
        b'{"at":1795608000000007,"by":"worker:NODE","detail":{"a":"\\u00fc\\n","b":1,"c":null,"d":true},'
        b'"kind":"reset.published","reset":"R0123456789AB","seq":7}'
    )


@pytest.mark.parametrize(
    "other",
    [
        replace(EVENT, at=EVENT.at + timedelta(microseconds=1)),
        replace(EVENT, kind="reset.revealed"),
        replace(EVENT, by="worker:NODF"),
        replace(EVENT, reset_id=None),
        replace(EVENT, detail={**EVENT.detail, "b": 2}),
        replace(EVENT, detail={**EVENT.detail, "b": "1"}),
        replace(EVENT, detail={key: value for key, value in EVENT.detail.items() if key != "c"}),
    ],
)
def test_i8_any_change_to_an_event_changes_its_bytes(other: Event) -> None:
    """Each field, and each detail down to its type, is sealed; so is the place in the chain."""
    assert canonical(7, other) != canonical(7, EVENT)
    assert canonical(8, EVENT) != canonical(7, EVENT)


def test_order_of_details_and_time_zone_do_not_matter() -> None:
    """The same facts are the same bytes."""
    detail = dict(reversed(list(EVENT.detail.items())))
    elsewhere = EVENT.at.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert canonical(7, replace(EVENT, detail=detail, at=elsewhere)) == canonical(7, EVENT)


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9999, 1, 1)))
def test_micros_are_exact(at: datetime) -> None:
    """No float comes in between: from the number the time can be had back."""
    aware = at.replace(tzinfo=UTC)
    assert datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros(aware)) == aware


def test_time_without_a_zone_is_no_time() -> None:
    """A naive time is a mistake, not a guess."""
    with pytest.raises(ValueError, match="zone"):
        micros(datetime(2026, 11, 25, 12))


def test_i1_a_secret_in_a_detail_does_not_become_text() -> None:
    """It is a mistake that is refused, not masked into a record."""
    with pytest.raises(TypeError):
        canonical(1, replace(EVENT, detail={"password": Secret("Xq7Rm4Zk")}))  # type: ignore[dict-item]


@given(st.dictionaries(st.text(), st.one_of(st.text(), st.integers(), st.booleans(), st.none())))
def test_canonical_text_is_one_line_of_ascii_json(detail: dict[str, str | int | bool | None]) -> None:
    """Whatever the detail holds, nothing of it can look like another record."""
    raw = canonical(1, replace(EVENT, detail=detail))
    assert raw.isascii()
    assert b"\n" not in raw
    assert json.loads(raw)["detail"] == detail

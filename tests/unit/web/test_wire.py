"""The strict reader, fed with anything."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from web import wire

GOOD = b"POST /r/X?a=b HTTP/1.1\r\nHost: a.example:8443\r\nContent-Length: 3\r\nX: y\r\n\r\n"


def judged(data: bytes) -> wire.Head | int | None:
    try:
        return wire.read(data)
    except wire.Refused as refused:
        return refused.status


@given(st.binary(max_size=300))
@example(b"")
@example(b"\r\n\r\n")
@example(b"\r")
def test_bytes_are_a_head_or_refused_or_not_yet_whole(data: bytes) -> None:
    """Nothing else comes out, and nothing is raised that nobody expects."""
    found = judged(data)
    assert found is None or isinstance(found, wire.Head | int)


@given(st.integers(0, len(GOOD) - 1), st.binary(max_size=3), st.integers(0, 3))
def test_a_damaged_head_is_read_in_one_way_or_not_at_all(at: int, instead: bytes, cut: int) -> None:
    """What is let through is let through again unchanged, ends where it says, and has no stray line end."""
    found = judged(GOOD[:at] + instead + GOOD[at + cut :])
    if isinstance(found, wire.Head):
        again = wire.read(found.text)
        assert again is not None
        assert again.text == found.text
        assert again.size == len(found.text)
        assert wire.STRAY.search(found.text) is None


@given(st.integers(0, len(GOOD) - 1))
def test_half_a_head_is_never_whole(end: int) -> None:
    """Whatever has come so far, the rest may still come; and then it is read."""
    assert judged(GOOD[:end]) is None
    found = wire.read(GOOD + b"abc")
    assert found is not None
    assert found.size == len(GOOD)


@given(st.binary(min_size=1, max_size=24))
def test_a_chunk_has_a_plain_size_or_none(line: bytes) -> None:
    """Hexadecimal digits, nothing before, between or behind."""
    try:
        size = wire.chunk_size(line + b"\r\n")
    except wire.Refused as refused:
        assert refused.status == 400
    else:
        assert size == int(line, 16)
        assert line.isalnum()

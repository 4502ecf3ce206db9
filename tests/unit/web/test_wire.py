"""The strict reader, fed with anything."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from web import wire

GOOD = b"POST /r/X?a=b HTTP/1.1\r\nHost: a.example:8443\r\nContent-Length: 3\r\nX: y\r\n\r\n"


START = b"GET / HTTP/1.1"
ONE_OF_THESE = {
    "Authorization": b"Bearer x",
    "Content-Length": b"0",
    "Content-Type": b"text/plain",
    "Expect": b"100-continue",
    "Host": b"a.example",
    "Idempotency-Key": b"x",
    "Origin": b"null",
    "Sec-Fetch-Site": b"none",
    "Transfer-Encoding": b"chunked",
}


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


def head(*fields: bytes, host: bytes = b"Host: a.example") -> bytes:
    """One with these fields."""
    return b"\r\n".join([START, *([host] if host else []), *fields, b"", b""])


@pytest.mark.parametrize("name", ONE_OF_THESE)
def test_what_decides_is_said_once(name: str) -> None:
    """Of two tokens, origins or lengths two readers could take one each; in whatever case they are written."""
    host = b"" if name == "Host" else b"Host: a.example"
    once, again = (written.encode() + b": " + ONE_OF_THESE[name] for written in (name, name.upper()))
    assert isinstance(judged(head(once, host=host)), wire.Head)
    assert judged(head(once, again, host=host)) == 400
    assert isinstance(judged(head(once, b"X: a", b"X: b", host=host)), wire.Head)


def test_two_ways_to_say_how_long_a_body_is_are_one_too_many() -> None:
    """Refused here, whoever reads it next; and pieces are unknown to 1.0."""
    length, pieces = b"Content-Length: 5", b"Transfer-Encoding: chunked"
    assert isinstance(judged(head(pieces)), wire.Head)
    for both in (head(length, pieces), head(pieces, length), head(pieces).replace(b"1.1", b"1.0")):
        assert judged(both) == 400


@pytest.mark.parametrize("length", ["", "+5", "-5", "0x5", "5, 5", "1 0", "5.0", "1e3", "²", "9" * 19])
def test_a_length_is_digits_and_nothing_else(length: str) -> None:
    """What int() takes, another reader may not."""
    assert judged(head(b"Content-Length: " + length.encode("latin-1"))) == 400


def test_blanks_around_a_value_are_none_of_it() -> None:
    """RFC 9112: a value begins and ends with what can be seen."""
    found = wire.read(head(b"Content-Length:\t 3 \t", b"X: a b ", host=b"Host: a.example "))
    assert found is not None
    assert found.text == head(b"Content-Length: 3", b"X: a b")


def test_headers_are_taken_up_to_their_size_and_not_beyond() -> None:
    """16 KiB; of one that is not whole yet, too."""
    room = wire.MOST_HEADERS - len(head()) + len(START) + len(wire.END) - len(b"X: \r\n")
    within, beyond = (head(b"X: " + b"a" * size) for size in (room - 4, room + 4))
    assert isinstance(judged(within), wire.Head)
    assert judged(within[:-1]) is None
    assert judged(beyond) == judged(beyond[:-1]) == 431
    lines = [b"X: a"] * wire.MOST_LINES
    assert isinstance(judged(head(*lines[1:])), wire.Head)
    assert judged(head(*lines)) == judged(head(*lines, b"X: a", b"X: a")[:-2]) == 431


@pytest.mark.parametrize("version", [b"0.9", b"1.2", b"2.0"])
def test_another_version_is_not_read(version: bytes) -> None:
    """Nobody knows what a head would mean there."""
    assert judged(head().replace(b"1.1", version)) == 505


def test_a_body_is_not_judged_as_a_head_is() -> None:
    """What comes behind the end may hold anything."""
    whole = head(b"Content-Length: 9")
    found = wire.read(whole + b"\n\x00\r\r\n" * 9_000)
    assert found is not None
    assert found.size == len(whole)

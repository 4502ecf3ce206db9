"""Short codes and names: as long as promised, every sign of them as likely as another."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle

import pytest

from bridge.domain.codes import new_id, new_master, new_release_code, new_reset_id
from bridge.domain.link import CROCKFORD
from bridge.domain.names import ResetId


def throwing(*thrown: int) -> Callable[[int], bytes]:
    """Dice that show these bytes, one after the other, over and over."""
    faces = cycle(thrown)
    return lambda count: bytes(next(faces) for _ in range(count))


@pytest.mark.parametrize("beside", [0, 32, 224])
def test_ids_have_sixty_bits_in_crockfords_letters(beside: int) -> None:
    """A letter that says what it is, twelve of 32 signs behind; each sign is what five bits of a byte say."""
    for value, sign in enumerate(CROCKFORD):
        assert new_reset_id(throwing(value + beside)) == ResetId("R" + sign * 12)
        assert new_id(throwing(value + beside), "F") == "F" + sign * 12


def test_a_release_code_has_eight_digits_and_no_favourite() -> None:
    """25 of the 250 bytes that count stand for each digit; the other six are thrown again."""
    digits = [new_release_code(throwing(byte)).expose() for byte in range(250)]
    assert sorted(digits) == sorted(str(digit) * 8 for digit in range(10) for _ in range(25))
    assert new_release_code(throwing(250, 251, 252, 253, 254, 255, 7)).expose() == "77777777"


def test_what_opens_a_file_is_typed_as_it_stands() -> None:
    """Five groups of five, hyphens in between, in the order in which they were drawn."""
    assert new_master(throwing(*range(10))).expose() == "01234-56789-01234-56789-01234"

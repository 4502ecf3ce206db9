"""What the two sides of a second factor agree on: telephone numbers, as they are written down and as they are shown."""

from __future__ import annotations

import pytest

from bridge.domain.second import e164, masked


@pytest.mark.parametrize(
    ("written", "number"),
    [("+49 171 123-4512", "+491711234512"), ("+1.202.555.0100", "+12025550100"),
     (" +44 20 7946 0000 ", "+442079460000"),
     ("+1 (202) 555-0100", "+12025550100"), ("+1(202)555-0100", "+12025550100"), ("+39 (06) 698 1234", None),
     ("+(1) 202 555 0100", None), ("+49 () 171 1234512", None), ("+1 ((202)) 555 0100", None),
     ("+1 202 555 0100 (12)", None), ("+49 30 1234567 (89)", None), ("+44 20 7946 (1) 0000", None),
     ("+7 (495) 123-45-67", "+74951234567"), ("+7 (8) 495 123-45-67", None), ("+370 (8) 5 212 3456", None),
     ("+61 (8) 8123 4567", "+61881234567"), ("+370 (5) 212 3456", "+37052123456"),
     ("0171 1234512", None), ("+49 (0)171 1234512", None), ("+0491711234512", None), ("+49", None), ("", None),
     ("+491711234512345", "+491711234512345"), ("+4917112345123456", None), (None, None),
     ("+49171123451２", None), ("+49171;ext=1234", None)],
)  # fmt: skip
def test_a_number_is_whole_or_none(written: str | None, number: str | None) -> None:
    """E.164: what lacks its country could be anybody's."""
    assert e164(written) == number


def test_a_number_is_shown_as_its_owner_knows_it() -> None:
    """Country and the last two digits."""
    assert masked("+491711234512") == "+49 ••• ••12"

"""The drawings of the first logon: each product's, narrow enough for a phone, with a field for both passwords."""

from __future__ import annotations

import pytest

from bridge.config.products import USERIDS
from bridge.domain.password import Rules
from web.settings import SystemFacts
from web.user.page import _most
from web.user.terminal import lines, panel

LONGEST = {"ibmi": "WWWWWWWWWW", "unix": "wwwwwwwwwwww"}


@pytest.mark.parametrize("product", USERIDS)
def test_every_product_is_drawn_in_forty_columns(product: str) -> None:
    """With the longest userid that people have; the old password's field and the new one's are in each drawing."""
    userid = USERIDS[product](LONGEST.get(product, "WWWWWWWW"))
    drawings = [drawing for drawing in (panel(product, userid), lines(product, userid)) if drawing]
    assert drawings
    for drawing in drawings:
        slots = [piece.slot for row in drawing for piece in row if piece.slot]
        assert {"old", "new"} == set(slots)
        assert max(sum(8 if piece.slot else len(piece.text) for piece in row) for row in drawing) <= 40


def test_the_most_characters_are_said_where_there_are_few() -> None:
    """8 on the mainframe, 10 on IBM i below password level 2."""
    assert _most(SystemFacts(title="A", product="racf")) == 8
    assert _most(SystemFacts(title="A", product="ibmi")) == 10
    assert _most(SystemFacts(title="A", product="ibmi", rules=Rules(mixed_case=True))) == 0
    assert _most(SystemFacts(title="A", product="unix")) == 0

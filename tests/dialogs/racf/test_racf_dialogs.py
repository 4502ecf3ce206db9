"""RACF: recorded answers, each with its verdict; and no piece of one is taken for success."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dialogs.replay import (
    SPLITS,
    Dialog,
    Split,
    cut_at_every_character,
    cut_at_every_line,
    dialogs,
    expected,
    product_of,
    replies_of,
    succeeds,
    verdict,
)

HERE = Path(__file__).parent
DIALOGS = dialogs(*sorted(HERE.glob("*.yaml")))


@pytest.mark.parametrize("dialog", DIALOGS)
def test_answer_has_the_verdict_that_it_names(dialog: Dialog) -> None:
    """Each recorded answer gets the verdict written beside it."""
    assert verdict(product_of("racf", dialog), dialog["asked"], replies_of(dialog)) == expected(dialog)


@pytest.mark.parametrize("split", SPLITS, ids=lambda split: split.__name__)
@pytest.mark.parametrize("dialog", DIALOGS)
def test_verdict_does_not_depend_on_how_rows_are_split(dialog: Dialog, split: Split) -> None:
    """One reply for the whole order, or one for each row: the same texts mean the same."""
    replies = split(replies_of(dialog)) if dialog["replies"] else ()
    assert verdict(product_of("racf", dialog), dialog["asked"], replies) == expected(dialog)


@pytest.mark.parametrize("dialog", DIALOGS)
def test_i7_no_piece_of_an_answer_is_success(dialog: Dialog) -> None:
    """Cut at every line and at every character, no answer proves anything: what is lost stays unknown."""
    product, replies = product_of("racf", dialog), replies_of(dialog)
    assert not any(succeeds(product, dialog["asked"], cut) for cut in cut_at_every_line(replies))
    assert not any(succeeds(product, dialog["asked"], cut) for cut in cut_at_every_character(replies))


@pytest.mark.parametrize("dialog", DIALOGS)
def test_answer_of_somebody_else_is_no_success(dialog: Dialog) -> None:
    """A listing of another userid is not read as this one's."""
    product = product_of("racf", dialog)
    replies = tuple(
        type(reply)(rows=tuple(row.replace("JSMITH", "JSMYTH") for row in reply.rows), prompt=reply.prompt)
        for reply in replies_of(dialog)
    )
    if dialog["asked"] == "status":
        assert not succeeds(product, "status", replies)


@pytest.mark.parametrize("dialog", [param for param in DIALOGS if param.values[0]["asked"] == "status"])
def test_a_listing_that_lacks_what_is_read_is_no_listing(dialog: Dialog) -> None:
    """Screens lost from the end, though READY came: no profile without the line behind the last that is read."""
    product = product_of("racf", dialog)
    for reply in replies_of(dialog):
        ends = [at for at, row in enumerate(reply.rows) if "CLASS AUTHORIZATIONS=" in row]
        for count in range(ends[0] if ends else 0):
            cut = type(reply)(rows=reply.rows[:count], prompt="READY")
            assert not succeeds(product, "status", (cut,))

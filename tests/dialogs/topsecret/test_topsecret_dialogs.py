"""Top Secret: answers as they are documented, each with its verdict; and no piece of one is taken for success."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dialogs.replay import (
    Dialog,
    cut_at_every_character,
    cut_at_every_line,
    dialogs,
    expected,
    in_one_reply,
    product_of,
    replies_of,
    succeeds,
    verdict,
)

HERE = Path(__file__).parent
DIALOGS = dialogs(*sorted(HERE.glob("*.yaml")))


@pytest.mark.parametrize("dialog", DIALOGS)
def test_answer_has_the_verdict_that_it_names(dialog: Dialog) -> None:
    """Each answer gets the verdict written beside it."""
    assert verdict(product_of("topsecret", dialog), dialog["asked"], replies_of(dialog)) == expected(dialog)


@pytest.mark.parametrize("dialog", DIALOGS)
def test_a_helper_that_gives_one_reply_for_all_commands_is_read_alike(dialog: Dialog) -> None:
    """The same texts in one reply mean the same."""
    replies = in_one_reply(replies_of(dialog)) if dialog["replies"] else ()
    assert verdict(product_of("topsecret", dialog), dialog["asked"], replies) == expected(dialog)


@pytest.mark.parametrize("dialog", DIALOGS)
def test_i7_no_piece_of_an_answer_is_success(dialog: Dialog) -> None:
    """Cut at every line and at every character, no answer proves anything: what is lost stays unknown."""
    product, replies = product_of("topsecret", dialog), replies_of(dialog)
    assert not any(succeeds(product, dialog["asked"], cut) for cut in cut_at_every_line(replies))
    assert not any(succeeds(product, dialog["asked"], cut) for cut in cut_at_every_character(replies))


@pytest.mark.parametrize("dialog", [param for param in DIALOGS if param.values[0]["asked"] == "status"])
def test_answer_of_somebody_else_is_no_success(dialog: Dialog) -> None:
    """A listing of another ACID is not read as this one's."""
    product = product_of("topsecret", dialog)
    replies = tuple(
        type(reply)(rows=tuple(row.replace("JSMITH", "JSMYTH") for row in reply.rows), prompt=reply.prompt)
        for reply in replies_of(dialog)
    )
    assert not succeeds(product, "status", replies)


@pytest.mark.parametrize("dialog", [param for param in DIALOGS if param.values[0]["asked"] == "status"])
def test_a_listing_that_lacks_its_end_is_no_listing(dialog: Dialog) -> None:
    """Screens lost from the end, though READY came: no profile without TSS0300I."""
    product = product_of("topsecret", dialog)
    for reply in replies_of(dialog):
        ends = [at for at, row in enumerate(reply.rows) if "TSS0300I" in row]
        for count in range(ends[0] if ends else 0):
            assert not succeeds(product, "status", (type(reply)(rows=reply.rows[:count], prompt="READY"),))


@pytest.mark.parametrize("second", ["", "TSS0300I  REPLACE  FUNCTION SUCCESSFUL"])
def test_each_command_that_was_typed_has_to_say_that_it_was_successful(second: str) -> None:
    """A second answer that says nothing, or the first's words again, is not the suspension's end."""
    product = product_of("topsecret", {})
    said = replies_of(
        {
            "replies": [
                {"prompt": "READY", "rows": "TSS0300I  REPLACE  FUNCTION SUCCESSFUL"},
                {"prompt": "READY", "rows": second},
            ]
        }
    )
    assert verdict(product, "reset", said) == "unexpected_answer"

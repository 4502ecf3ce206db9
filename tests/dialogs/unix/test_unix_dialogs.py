"""UNIX: what its tools answer, each with its verdict; and no piece of one is taken for success."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bridge.config.model import Unix as Settings
from bridge.domain.names import LoginName
from connectors.hosts.products.unix import Unix
from tests.dialogs.replay import (
    Dialog,
    cut_at_every_character,
    cut_at_every_line,
    dialogs,
    expected,
    replies_of,
    succeeds,
    verdict,
)

HERE = Path(__file__).parent
DIALOGS = dialogs(*sorted(HERE.glob("*.yaml")))
ANNA = LoginName("anna")


def product(dialog: Dialog) -> Unix:
    told = dict(dialog.get("settings", {}))
    told["privileged_groups"] = tuple(told.get("privileged_groups", Settings().privileged_groups))
    return Unix("UNIX1", today=lambda: date(2026, 5, 11), settings=Settings(**told))


@pytest.mark.parametrize("dialog", DIALOGS)
def test_answer_has_the_verdict_that_it_names(dialog: Dialog) -> None:
    """Each answer gets the verdict written beside it."""
    assert verdict(product(dialog), dialog["asked"], replies_of(dialog), ANNA) == expected(dialog, ANNA)


@pytest.mark.parametrize("dialog", DIALOGS)
def test_i7_no_piece_of_an_answer_is_success(dialog: Dialog) -> None:
    """Cut at every line and at every character, no answer proves anything: what is lost stays unknown."""
    unix, asked, replies = product(dialog), dialog["asked"], replies_of(dialog)
    assert not any(succeeds(unix, asked, cut, ANNA) for cut in cut_at_every_line(replies))
    assert not any(succeeds(unix, asked, cut, ANNA) for cut in cut_at_every_character(replies))


@pytest.mark.parametrize("dialog", [one for one in DIALOGS if len(one.values[0]["replies"]) > 2])
def test_fewer_answers_than_lines_are_no_success(dialog: Dialog) -> None:
    """Whole replies from the beginning alone: no profile, but for what the second line may say by itself."""
    replies = replies_of(dialog)
    if dialog["asked"] == "status":
        for count in range(3, len(replies)):
            assert not succeeds(product(dialog), "status", replies[:count], ANNA)


@pytest.mark.parametrize("dialog", [one for one in DIALOGS if one.values[0]["asked"] == "status"])
def test_answer_of_somebody_else_is_no_success(dialog: Dialog) -> None:
    """An entry of another name is not read as this one's."""
    replies = replies_of(dialog)
    if len(replies) > 2:
        assert not succeeds(product(dialog), "status", replies, LoginName("berta"))

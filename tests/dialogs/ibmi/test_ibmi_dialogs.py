"""IBM i: what it answers, each with its verdict; and no piece of one is taken for success."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.config.model import IbmI as Settings
from bridge.domain.names import ProfileName
from connectors.hosts.products.ibmi import IbmI
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
ANNA = ProfileName("ANNA")


def product(dialog: Dialog) -> IbmI:
    told = dict(dialog.get("settings", {}))
    told["ordinary"] = tuple(told.get("ordinary", ()))
    return IbmI("POWER1", settings=Settings(**told), **dialog.get("site", {}))


@pytest.mark.parametrize("dialog", DIALOGS)
def test_answer_has_the_verdict_that_it_names(dialog: Dialog) -> None:
    """Each answer gets the verdict written beside it."""
    assert verdict(product(dialog), dialog["asked"], replies_of(dialog), ANNA) == expected(dialog, ANNA)


@pytest.mark.parametrize("dialog", DIALOGS)
def test_i7_no_piece_of_an_answer_is_success(dialog: Dialog) -> None:
    """Cut at every line and at every character, no answer proves anything: what is lost stays unknown."""
    ibmi, asked, replies = product(dialog), dialog["asked"], replies_of(dialog)
    assert not any(succeeds(ibmi, asked, cut, ANNA) for cut in cut_at_every_line(replies))
    assert not any(succeeds(ibmi, asked, cut, ANNA) for cut in cut_at_every_character(replies))


@pytest.mark.parametrize("dialog", DIALOGS)
def test_answer_of_somebody_else_is_no_success(dialog: Dialog) -> None:
    """A profile whose name begins the same, or holds this one."""
    for other in ("ANN", "ANNAB"):
        if other not in str(dialog["replies"]).split():
            assert not succeeds(product(dialog), dialog["asked"], replies_of(dialog), ProfileName(other))


def test_refusals_are_the_same_in_small_letters() -> None:
    """Message numbers are compared in any case."""
    for one in DIALOGS:
        (dialog,) = one.values
        if dialog["verdict"] in {"unknown_user", "not_authorized", "password_rejected", "not_proven"}:
            low = [{**each, "rows": each.get("rows", "").lower()} for each in dialog["replies"]]
            assert (
                verdict(product(dialog), dialog["asked"], replies_of({**dialog, "replies": low}), ANNA)
                == (dialog["verdict"])
            )

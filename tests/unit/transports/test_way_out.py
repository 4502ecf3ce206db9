"""The way out: confirmed, or left by attention; never for ever."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.config.model import LogonSettings
from connectors.hosts.dialogs.reader import load, shipped
from connectors.hosts.dialogs.shapes import Entry, Way
from connectors.hosts.transports.logoff import MOST_STEPS, keys, log_off
from connectors.hosts.transports.screens import Screen
from connectors.machine import Deadline
from tests.dialogs.branches import Shows
from tests.rules.tree import ROOT
from tests.unit.transports.walks import LONG, READY, STATUS, changed, field, panel, screen

# --- the way out ----------------------------------------------------------------------------------


def leave(desk: Shows, *, within: timedelta = LONG, at_ready: bool = False, inside: bool = False) -> bool:
    return log_off(desk, shipped().dialog, LogonSettings(), Deadline(within), at_ready=at_ready, inside=inside)


def test_a_way_out_without_time_is_no_confirmed_one() -> None:
    """Nothing is typed any more."""
    desk = Shows([panel()])
    assert not leave(desk, within=timedelta(0))
    assert desk.done == []


def test_ready_again_after_logoff_is_no_confirmation() -> None:
    """The host did not take LOGOFF for it."""
    assert not leave(Shows([screen(READY), screen(" SOMETHING", READY)]))


@pytest.mark.parametrize("screens", [[screen(" NOBODY KNOWS THIS")], [screen(f" NOBODY {n}") for n in range(40)]])
def test_a_place_that_nobody_knows_is_left_by_attention_and_not_for_ever(screens: list[Screen]) -> None:
    """Once; then the line is cut without a confirmation."""
    assert not leave(Shows(screens))


def test_i7_a_session_that_was_let_in_is_logged_off_from_where_nobody_knows() -> None:
    """Attention, PF3, and LOGOFF at last: first where PF3 leads to READY, then where nothing does."""
    menu, logo = screen(" MASTER MENU"), screen(" EXAMPLE BANK", " ===> ENTER LOGON APPLID(xxxx)")
    behind = Shows([menu, screen(" MASTER MENU", " PA1 IS NOT USED"), screen(READY), logo])
    assert leave(behind, inside=True)
    assert [key for _, key in behind.done if "(" in key] == ["PA(1)", "PF(3)", "Clear()", "Enter()"]
    nothing = Shows([*(screen(" SYSA READY", *[" SYSA READY"] * n) for n in range(3)), logo])
    assert leave(nothing, inside=True)
    assert [key for _, key in nothing.done if "(" in key][-2:] == ["Clear()", "Enter()"]


LEFT = {
    "log data": screen("     Specify Disposition of Log Data Set", " Process Option . . ."),
    "more": screen(" SOME OUTPUT", " ***", cursor=(1, 5)),
}


@pytest.mark.parametrize("first", LEFT.values(), ids=list(LEFT))
def test_what_stands_ahead_of_ready_is_left_first(first: Screen) -> None:
    """Then LOGOFF, and the logo is back."""
    desk = Shows([first, screen(READY), screen(" EXAMPLE BANK", " ===> ENTER LOGON APPLID(xxxx)")])
    assert leave(desk)
    assert [key for _, key in desk.done if key == "Enter()"] == ["Enter()", "Enter()"]


def test_a_locked_screen_that_nobody_knows_is_reset_first() -> None:
    """Attention needs a keyboard; where that brings nothing either, it is over."""
    locked = replace(screen(" NOBODY KNOWS THIS"), status=replace(STATUS, unlocked=False))
    desk = Shows([locked])
    assert not leave(desk)
    assert [key for _, key in desk.done] == ["PA(1)"]


def test_a_screen_is_left_by_the_field_that_the_dialog_names() -> None:
    """The cursor goes there first; a screen without a way out has no keys."""
    menu = screen("  MENU", "  Option ===>", cursor=(5, 5), fields=(field(1, 15),))
    rule = changed("menu", leave=Way(type=(Entry(text="{leave}", behind="Option ===>"),), press="PF3"))
    assert [str(each) for each in keys(rule, LogonSettings(), menu)] == ["MoveCursor(1,15)", "=X", "PF(3)"]
    assert keys(changed("menu", leave=None), LogonSettings(), menu) == ()


# --- what a screen says of a new password ---------------------------------------------------------


def test_a_way_out_that_leads_nowhere_is_given_up() -> None:
    """The same panel again and again, whatever is pressed."""
    desk = Shows([panel()] * (MOST_STEPS + 1))
    assert not log_off(desk, shipped().dialog, LogonSettings(), Deadline(LONG), at_ready=False)
    assert len(desk.done) >= MOST_STEPS


# --- behind a manager -----------------------------------------------------------------------------

ASKS = {
    "for the userid": screen(" IKJ56420I USERID RSTBRDG NOT AUTHORIZED TO USE TSO", " IKJ56700A ENTER USERID -"),
    "for LOGON": screen(" IKJ56400A ENTER LOGON OR LOGOFF-"),
}


@pytest.mark.parametrize("first", ASKS.values(), ids=list(ASKS))
def test_where_tso_asks_behind_a_manager_it_is_left_and_the_manager_too(first: Screen) -> None:
    """LOGOFF, and the menu is left, for its session would stand in the way of the next. Without one nobody is there."""
    menu, gone = screen(" EXGATE20  MENU", "  1 TSO"), screen(" EXGATE02  SIGN ON")
    desk = Shows([first, menu, gone])
    dialog = load(ROOT / "deploy" / "handbook" / "exgate.yaml").dialog
    assert log_off(desk, dialog, LogonSettings(), Deadline(LONG), at_ready=False, inside=False)
    assert [key for _, key in desk.done] == ["Enter()", "PF(3)"]
    rules = [dialog.screens[name] for name in ("userid", "logon_line")]
    assert {rule.leave.type[0].text for rule in rules if rule.leave} == {"LOGOFF"}
    assert leave(desk := Shows([first]))
    assert desk.done == []

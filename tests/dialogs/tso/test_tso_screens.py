"""TSO: screens as they are met, each with the place that it is taken for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from bridge.config.model import LogonSettings
from connectors.hosts.transports import tso
from connectors.hosts.transports.screens import Field, Screen, Status
from connectors.hosts.transports.tso import Place

STATUS = Status.read(b"U F U C(192.0.2.1) I 2 24 80 0 0 0x0 0.000")
SCREENS = list(yaml.safe_load_all((Path(__file__).parent / "screens.yaml").read_text("utf-8")))


def screen_of(shown: dict[str, Any]) -> Screen:
    rows = tuple(row.ljust(80) for row in (*shown["rows"], *[""] * (24 - len(shown["rows"]))))
    row, column = shown.get("cursor", (len(shown["rows"]), 1))
    fields = ()
    if kind := shown.get("input"):
        field = Field(
            start=row * 80 + column, length=8, protected=False, hidden=kind == "hidden", text=" " * 8, filled=0
        )
        fields = (field,)
    return Screen(rows, replace(STATUS, cursor=(row, column), unlocked=not shown.get("locked", False)), fields)


def settings_of(shown: dict[str, Any]) -> LogonSettings:
    given = {key: tuple(value) if isinstance(value, list) else value for key, value in shown.get("logon", {}).items()}
    return LogonSettings(**given)


def place_of(shown: dict[str, Any], screen: Screen) -> Place:
    begun, accepted = shown.get("begun", True), shown.get("accepted", False)
    return tso.classify(screen, settings_of(shown), begun=begun, accepted=accepted).place


@pytest.mark.parametrize("shown", [pytest.param(each, id=each["name"]) for each in SCREENS])
def test_a_screen_is_the_place_that_it_names(shown: dict[str, Any]) -> None:
    """Each screen in the file is taken for the place written beside it."""
    assert place_of(shown, screen_of(shown)) is Place[shown["place"]]


@pytest.mark.parametrize("shown", [pytest.param(each, id=each["name"]) for each in SCREENS])
def test_the_case_of_a_screen_does_not_matter(shown: dict[str, Any]) -> None:
    """Releases write the same text in upper or in mixed case; prompts alone are always the same."""
    screen = screen_of(shown)
    prompt = screen.last.strip() in {"READY", "***", "ACF", "LID", "PROFILE"}
    raised = replace(screen, rows=tuple(row.upper() for row in screen.rows))
    lowered = raised if prompt else replace(screen, rows=tuple(row.lower() for row in screen.rows))

    assert {place_of(shown, raised), place_of(shown, lowered)} == {Place[shown["place"]]}


@pytest.mark.parametrize("shown", [pytest.param(each, id=each["name"]) for each in SCREENS])
def test_a_closed_line_is_closed_whatever_stands_there(shown: dict[str, Any]) -> None:
    """The emulator keeps the last screen: the connection is asked first."""
    screen = screen_of(shown)

    assert place_of(shown, replace(screen, status=replace(screen.status, connected=False))) is Place.CLOSED


@pytest.mark.parametrize("shown", [pytest.param(each, id=each["name"]) for each in SCREENS if each["place"] == "READY"])
def test_silence_is_not_success_ready_needs_all_its_signs(shown: dict[str, Any]) -> None:
    """READY with the keyboard locked, or with anything behind it, is not READY."""
    screen = screen_of(shown)
    more = list(screen.rows)
    more[len(screen.lines)] = " MORE OUTPUT".ljust(80)

    assert place_of(shown, replace(screen, status=replace(screen.status, unlocked=False))) is Place.WAIT
    assert place_of(shown, replace(screen, rows=tuple(more))) is not Place.READY


@pytest.mark.parametrize(
    ("line", "asks"),
    [
        (" IKJ56700A ENTER USERID -", True),
        (" IKJ56703A REENTER THIS OPERAND -", True),
        (" IKJ56718A REENTER -", True),
        (" ICH21013A ENTER OPERATOR IDENTIFICATION CARD", True),
        (" ENTER NEW PASSWORD -", True),
        (" IKJ56702I INVALID USERID, X", False),
        (" USER=JSMITH   NAME=CENTER COURT -", False),
        (" ICH30001I UNABLE TO LOCATE USER    ENTRY X", False),
        (" READY", False),
    ],
)
def test_a_question_is_told_from_output(line: str, asks: bool) -> None:
    """Action messages and ENTER … ask; information does not."""
    assert bool(tso.QUESTION.search(line)) is asks

"""What a scenario makes of a simulated host, without a line to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

import pytest

from connectors.simulated import racf
from connectors.simulated.acf2_listing import show
from connectors.simulated.faults import Fault, Faults
from connectors.simulated.scenarios import SCENARIOS, TARGET
from connectors.simulated.seeds import SERVICE, seeded
from connectors.simulated.session import Session
from connectors.simulated.settings import SecuritySettings
from connectors.simulated.users import UserDatabase

NOW = datetime(2026, 11, 25, 14, 30, 5, tzinfo=UTC)
ROWS = 24
PAGES = ("037", "1047", "273", "277", "278", "280", "284", "285", "297", "500", *map(str, range(1140, 1150)))


def users_of(scenario: str, product: Literal["racf", "acf2"] = "racf") -> UserDatabase:
    chosen = SCENARIOS[scenario]
    settings = replace(SecuritySettings(product=product), **chosen.security)
    users = seeded(product, service_password="SERV1CE9", user_password="OLDPASS1", settings=settings)
    chosen.users(users)
    return users


def test_each_code_page_is_one() -> None:
    """By its number."""
    assert {f"codepage-{page}" for page in PAGES} <= set(SCENARIOS)


def test_a_listing_of_two_screens_is_longer_than_one() -> None:
    """On both products, so that *** stands in the middle of what is read."""
    racf_users, acf2_users = users_of("two-screens"), users_of("two-screens", "acf2")

    assert len(racf.execute(f"LISTUSER {TARGET}", SERVICE, racf_users, NOW).lines) > ROWS
    assert len(show(acf2_users.settings, acf2_users.user(TARGET), NOW)) > ROWS


@pytest.mark.parametrize(("scenario", "english"), [("language", True), ("language-stays", False)])
def test_a_language_that_planguage_changes_or_does_not(scenario: str, english: bool) -> None:
    """Numbers stay in either; words do where the installation lets PROFILE choose."""
    session = Session(SERVICE, users_of(scenario), "SYSA", NOW)

    def said(line: str) -> str:
        session.output.clear()
        session.take(line, NOW)
        return "\n".join(session.output)

    assert "ICH30001I BENUTZEREINTRAG NICHT GEFUNDEN: NOBODY" in said("LISTUSER NOBODY")
    assert said("PROFILE PLANGUAGE(ENU)") == ""
    assert ("UNABLE TO LOCATE" in said("LISTUSER NOBODY")) is english
    assert ("PASSDATE=" in said(f"LISTUSER {TARGET}")) is english
    assert f"PLANGUAGE({'ENU' if english else 'DEU'})" in said("PROFILE")


def test_what_is_half_done_can_be_made_worthless() -> None:
    """RESUME is refused where somebody specified it, and a password alone is set as ever."""
    faults = Faults()
    SCENARIOS["half-done"].arm(faults)
    assert faults.take(Fault.AFTERWORD, "ALTUSER PAYROLL7 PASSWORD(NEWPW234) EXPIRED") is None
    assert faults.take(Fault.AFTERWORD, "ALTUSER PAYROLL7 PASSWORD(NEWPW234) EXPIRED RESUME") is not None


def test_who_has_a_phrase_shows_both_credentials() -> None:
    """So that a system with `password: {phrase: true}` can be tried against it."""
    users = users_of("phrase")
    rows = racf.execute(f"LISTUSER {TARGET}", SERVICE, users, NOW).lines
    assert any("PASSDATE=26." in row and "PHRASEDATE=26.301" in row for row in rows)
    assert racf.execute(f"ALTUSER {TARGET} PHRASE('k7mq-2xrt-9hfe-w4nb') EXPIRED", SERVICE, users, NOW).lines == ()

"""The page where a code would be sent, and there is nowhere to send one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bridge.domain.policy import Policy
from tests.fakes.kit import house
from tests.fakes.web import Browser


@pytest.mark.parametrize(
    ("kind", "way", "says"), [("phone", "code", "telephone number"), ("mail", "mail-code", "mail address")]
)
def test_what_cannot_be_had_is_not_offered_again(tmp_path: Path, kind: str, way: str, says: str) -> None:
    """Neither by the button nor by the hint at the field; the other codes are taken as before."""
    factors = ("totp", kind, "release_code")
    with house(tmp_path, policy=Policy(factors=factors)) as bridge:
        bridge.ask()
        bridge.work()
        browser = Browser(bridge, factors=factors)
        path, _ = browser.link()
        before = browser.get(path).text
        page = browser.post(f"{path}/{way}", browser.held("key"))
        assert page.status_code == 409
        assert f"{says} of yours to send a code to" in page.text
        assert (f"/{way}" in before, f"/{way}" in page.text) == (True, False)
        assert ("message we sent you" in before, "message we sent you" in page.text) == (True, False)
        assert browser.reveal(bridge.totp()).status_code == 200


def test_a_page_that_asks_for_sent_codes_alone_asks_for_others_then(tmp_path: Path) -> None:
    """Under an alert that speaks of app and help desk."""
    with house(tmp_path, policy=Policy(factors=("phone",)), enrolled=False, phone="+442079460000") as bridge:
        bridge.ask()
        bridge.work()
        people = bridge.directory.people
        people[0] = replace(people[0], phone=None)
        browser = Browser(bridge, factors=("phone",))
        path, _ = browser.link()
        page = browser.post(f"{path}/code", browser.held("key"))
        assert "the 8 digits the help desk gave you" in page.text
        assert "can send to your telephone" not in page.text

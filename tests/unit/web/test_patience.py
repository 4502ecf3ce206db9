"""A short pause between wrong answers is waited out, by few."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from threading import BoundedSemaphore

import pytest

from bridge.domain.errors import Paused, WrongAnswer
from bridge.domain.secret import Secret
from tests.fakes.kit import House, house
from tests.fakes.web import Browser
from web.user import patience
from web.user.patience import patiently


def waited(bridge: House, act: Callable[[], object]) -> timedelta:
    before = bridge.clock.now()
    act()
    return bridge.clock.now() - before


def wrong(bridge: House) -> None:
    with pytest.raises(WrongAnswer):
        patiently(lambda: bridge.open("000000"), bridge.web.clock)


def test_one_answer_after_the_other_is_judged(tmp_path: Path) -> None:
    """None waits after the first wrong one; then 1 and 2 s, and the right one is looked at as well."""
    with house(tmp_path, pause=1) as bridge:
        asked = bridge.ask()
        bridge.work()
        assert [waited(bridge, lambda: wrong(bridge)).seconds for _ in range(3)] == [0, 0, 1]
        code = asked.release_code or Secret("")
        assert waited(bridge, lambda: patiently(lambda: bridge.open(code), bridge.web.clock)).seconds == 2


def test_with_every_seat_taken_nobody_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor where the pause is long; and a seat is free again after a wait."""
    monkeypatch.setattr(patience, "SEATS", seats := BoundedSemaphore(1))
    with house(tmp_path, pause=1) as bridge:
        bridge.ask()
        bridge.work()
        wrong(bridge)
        wrong(bridge)
        with seats, pytest.raises(Paused):
            wrong(bridge)
        wrong(bridge)
        assert seats.acquire(blocking=False)
        seats.release()
    with house(tmp_path / "long", pause=5) as bridge:
        bridge.ask()
        bridge.work()
        wrong(bridge)
        wrong(bridge)
        with pytest.raises(Paused):
            wrong(bridge)


def test_the_page_waits(tmp_path: Path) -> None:
    """The third wrong code is a wrong code, and no request to come back."""
    with house(tmp_path, pause=1) as bridge:
        bridge.ask()
        bridge.work()
        browser = Browser(bridge)
        assert [browser.reveal("000000").status_code for _ in range(3)] == [403, 403, 403]


def test_the_page_names_a_minute_in_which_a_code_is_looked_at(tmp_path: Path) -> None:
    """It names no seconds: the minute in which a pause began would be named as its end, and be too early."""
    with house(tmp_path, pause=12) as bridge:
        bridge.ask()
        bridge.work()
        browser = Browser(bridge)
        for _ in range(2):
            browser.reveal("000000")
        page = browser.reveal("000000")
        assert page.status_code == 429
        said = re.search(r'time on: <strong><time datetime="([^"]+)"', page.get_data(as_text=True))
        assert said and said[1]
        until = bridge.clock.at + timedelta(seconds=int(page.headers["Retry-After"]) - 1)
        assert until <= datetime.fromisoformat(said[1]) < until + timedelta(minutes=1)
        bridge.clock.at = datetime.fromisoformat(said[1])
        assert browser.reveal("000000").status_code == 403

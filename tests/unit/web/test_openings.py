"""Openings that wait to be written down: none is lost when the database is away for a moment, none is kept for ever."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bridge.domain.errors import NotFound, StoreBusy
from bridge.flows import look
from tests.fakes.kit import House
from tests.fakes.web import settings
from web.user import openings
from web.user.openings import Openings


def a_visit(number: int) -> look.Visit:
    """One."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return look.Visit(locator=f"L{number}", opening=look.Opening(at=at, source="192.0.2.1", agent=""))


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is recorded."""
    recorded: list[Any] = []
    monkeypatch.setattr(look, "record", lambda visits, kit: recorded.append(visits))
    return recorded


def test_whoever_waits_is_written_down_together(bridge: House, told: list[Any]) -> None:
    """In the order in which they came; the second one's turn finds nothing left."""
    waiting = Openings(bridge.web, settings())
    waiting._waiting.extend(map(a_visit, range(3)))
    waiting.note()
    waiting.note()
    assert told == [[a_visit(0), a_visit(1), a_visit(2)]]


def test_a_database_that_is_away_loses_none(bridge: House, told: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """They are ahead of those who have come since."""
    waiting, recording = Openings(bridge.web, settings()), look.record

    def away(visits: object, kit: object) -> None:
        raise StoreBusy("busy")

    waiting._waiting.extend(map(a_visit, range(2)))
    monkeypatch.setattr(look, "record", away)
    with pytest.raises(StoreBusy):
        waiting.note()
    monkeypatch.setattr(look, "record", recording)
    waiting._waiting.append(a_visit(2))
    waiting.note()
    assert told == [[a_visit(0), a_visit(1), a_visit(2)]]


def test_what_can_never_be_recorded_does_not_come_back(bridge: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reset that was purged meanwhile."""

    def gone(visits: object, kit: object) -> None:
        raise NotFound("no reset")

    waiting = Openings(bridge.web, settings())
    waiting._waiting.append(a_visit(0))
    monkeypatch.setattr(look, "record", gone)
    with pytest.raises(NotFound):
        waiting.note()
    assert not waiting._waiting


def test_there_is_an_end_to_how_many_wait(bridge: House) -> None:
    """While the database is away the oldest go."""
    waiting = Openings(bridge.web, settings())
    waiting._waiting.extend(map(a_visit, range(openings.MOST + 1)))
    assert len(waiting._waiting) == openings.MOST

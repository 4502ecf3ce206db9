"""Openings that wait to be written down: none is lost when the database is away for a moment, none is kept for ever."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event
from typing import Any

import pytest
from flask import Response, g, request

from bridge.domain.errors import NotFound, StoreBusy
from bridge.flows import look
from tests.fakes.kit import House
from tests.fakes.web import settings
from web.app import create_app
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
    """Whatever is wrong with it would be wrong the next time."""

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


def test_who_was_taken_along_waits_until_it_is_on_record(bridge: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A daemon that stops waits for each: whose opening another one writes down may not be done before."""
    waiting, inside, go = Openings(bridge.web, settings()), Event(), Event()
    recorded: list[Any] = []

    def slowly(visits: object, kit: object) -> None:
        inside.set()
        assert go.wait(10)
        recorded.append(visits)

    monkeypatch.setattr(look, "record", slowly)
    waiting._waiting.extend(map(a_visit, range(2)))
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(waiting.note)
        assert inside.wait(10)
        second = threads.submit(waiting.note)
        with pytest.raises(TimeoutError):
            second.result(0.1)
        go.set()
        first.result(10)
        second.result(10)
    assert recorded == [[a_visit(0), a_visit(1)]]


@pytest.mark.parametrize(
    ("source", "network"), [("192.0.2.77", "192.0.2.0/24"), ("2001:db8:0:1ff::1", "2001:db8:0:100::/56")]
)
def test_an_opening_tells_when_and_whence_and_is_written_down_after_the_answer(
    bridge: House, told: list[Any], source: str, network: str
) -> None:
    """It counts for its network; while the page is on its way nothing is written, which would tell that there is such
    a link."""
    came = bridge.clock.now()
    waiting, response = Openings(bridge.web, settings()), Response("page")
    with create_app(bridge.web, settings()).test_request_context("/", headers={"User-Agent": "ä" * 300}):
        g.source = source
        waiting.note_after(response, "L1")
        assert request.environ["bridge.afterwards"] is True
    assert told == []
    bridge.clock.move(seconds=5)
    response.close()
    opening = look.Opening(at=came, source=source, agent="?" * 200)
    assert told == [[look.Visit(locator="L1", opening=opening, network=network)]]

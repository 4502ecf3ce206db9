"""Openings on their way into the record: who comes while one is written down is written down together with the next.

Each waits until its own is on record, so that a daemon that stops has none left.
"""

from __future__ import annotations

from collections import deque
from threading import Lock
from typing import Final

from flask import Response, g, request

from bridge.domain.errors import StoreFault
from bridge.flows import look
from bridge.ports import WebKit
from web import guard
from web.settings import WebSettings

MOST: Final = 4096  # that wait while the database is away


class Openings:
    """Safe for threads."""

    def __init__(self, kit: WebKit, settings: WebSettings) -> None:
        self._kit, self._prefixes = kit, settings.prefixes
        self._waiting: deque[look.Visit] = deque(maxlen=MOST)
        self._turn = Lock()

    def note_after(self, response: Response, locator: str) -> None:
        """Record the request's, if the locator is a link's, when the answer has left: whether it is one cannot be told
        from how long the page took."""
        opening = look.Opening(at=self._kit.clock.now(), source=g.source, agent=guard.agent_of(request))
        request.environ["bridge.afterwards"] = True  # web/office.py
        network = guard.network_of(g.source, *self._prefixes)
        self._waiting.append(look.Visit(locator=locator, opening=opening, network=network))
        response.call_on_close(self.note)

    def note(self) -> None:
        """Record whatever waits: after this the caller's own is on record, whoever wrote it down."""
        with self._turn:
            mine = []
            while self._waiting:
                mine.append(self._waiting.popleft())
            if not mine:
                return
            try:
                look.record(mine, self._kit)
            except StoreFault:  # the next one's turn may find it well again
                self._waiting.extendleft(reversed(mine))
                raise

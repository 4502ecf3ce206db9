"""Another server that judges answers, in memory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from bridge.domain.errors import FactorUnreached
from bridge.domain.reset import Reset
from bridge.domain.second import Challenge
from bridge.domain.secret import Secret
from bridge.ports import PersonRecord

RIGHT, WRONG, NEXT = "pin123456", "pin999999", "yes"


class FakeJudge:
    """Says what the test wants; `meanwhile` runs while it is being asked."""

    kind, patience, lapse, most = "radius", timedelta(seconds=30), timedelta(minutes=2), 6

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None]] = []
        self.away = self.asks = False
        self.meanwhile: Callable[[], object] = lambda: None

    def offered(self, reset: Reset, owner: PersonRecord) -> bool:
        return reset.person is not None

    def shaped(self, answer: Secret, *, asked: bool) -> bool:
        return asked or answer.expose()[-6:].isdigit()

    def ask(self, reset: Reset, answer: Secret, state: Secret | None) -> bool | Challenge:
        self.asked.append((answer.expose(), state.expose() if state else None))
        self.meanwhile()
        if self.away:
            raise FactorUnreached("away")
        if state is not None:
            return answer.expose() == NEXT and state == Secret("0:abcd")
        if self.asks and answer.expose() == RIGHT:
            return Challenge("Sure <b>now</b>?", Secret("0:abcd"))
        return answer.expose() == RIGHT

"""A company's sign-on in memory: the code that comes back is the name of who signed on."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlencode

from bridge.domain.errors import FactorUnreached, NotSignedOn
from bridge.domain.reset import Reset
from bridge.domain.secret import Secret
from bridge.ports import PersonRecord, Return, Start

WEAK = "somebody without a second step"


class FakeSignOn:
    """`away`: it does not answer. Keeps what was begun, and what came back."""

    lapse = timedelta(minutes=10)

    def __init__(self) -> None:
        self.away = False
        self.begun: list[Start] = []
        self.back: list[Return] = []

    def address(self, start: Start, at: datetime) -> str:
        if self.away:
            raise FactorUnreached("oidc: away")
        self.begun.append(start)
        return f"https://login.example.com/?{urlencode({'state': start.state})}"

    def name(self, back: Return, at: datetime) -> str:
        self.back.append(back)
        if self.away:
            raise FactorUnreached("oidc: away")
        name = back.code.expose()
        if name == WEAK:
            raise NotSignedOn("amr: not all of those required")
        return name

    def same(self, name: str, reset: Reset, owner: PersonRecord) -> bool:
        return name == owner.person


def code(name: str) -> Secret:
    """What the provider gives the browser of who signed on."""
    return Secret(name)

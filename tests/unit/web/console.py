"""An operator at the console."""

from __future__ import annotations

from datetime import timedelta

from werkzeug.test import TestResponse

from bridge.domain.outcome import Condition, Reach
from bridge.domain.policy import Role
from tests.fakes.kit import House
from tests.fakes.web import Browser, token_for

COOKIE = "__Host-console"


class Operator:
    """A browser, and the token of somebody with these roles."""

    def __init__(self, house: House, *roles: Role, name: str = "anna", **changes: object) -> None:
        self.house = house
        self.browser = Browser(house, **changes)
        self.text = token_for(house, name, *roles)

    def get(self, path: str = "") -> TestResponse:
        return self.browser.get(f"/console{path}")

    def post(self, path: str = "", **fields: str) -> TestResponse:
        return self.browser.post(f"/console{path}", {"token": self.browser.token(), **fields})

    def sign_in(self, text: str | None = None) -> TestResponse:
        return self.post(operator_token=self.text if text is None else text)

    @property
    def cookie(self) -> str:
        kept = self.browser.client.get_cookie(COOKIE, "reset.example.com")
        return kept.value if kept else ""

    @cookie.setter
    def cookie(self, value: str) -> None:
        self.browser.client.set_cookie(COOKIE, value, domain="reset.example.com", secure=True)

    @property
    def inside(self) -> bool:
        """Whether the next page is one for who is signed in."""
        answer = self.get("/systems")
        assert answer.status_code == 200 or (answer.status_code, answer.location) == (303, "/console")
        return answer.status_code == 200


def reached(house: House, reach: Reach, words: str = "", *, node: str = "n1", ago: int = 0) -> None:
    """What a worker last said of the system, and when."""
    at = house.clock.now() - timedelta(minutes=ago)
    with house.store.work() as work:
        work.conditions.put(Condition(system="PRODA", node=node, reach=reach, words=words, at=at, heard=at))

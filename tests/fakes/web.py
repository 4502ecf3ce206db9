"""The web application over a House, and a browser's manners: forms from pages, Origin, Sec-Fetch-Site."""

from __future__ import annotations

import re
from hashlib import sha256

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bridge.config.model import Site, Support
from bridge.domain.names import Operator
from bridge.domain.password import Rules
from bridge.domain.policy import Role
from bridge.domain.secret import Secret
from bridge.ports import OperatorRecord, TokenRecord
from bridge.texts import languages
from tests.fakes.kit import House, proof_of
from web.app import create_app
from web.settings import SystemFacts, WebSettings

BASE = "https://reset.example.com"


def settings(base_url: str = BASE, **changes: object) -> WebSettings:
    """What a small site would have."""
    values: dict[str, object] = {
        "site": Site(
            name="Example Bank mainframe access",
            base_url=base_url,
            languages=languages(),
            support=Support(email="help@example.com", phone="+44 20 7946 0000"),
        ),
        "secret": Secret("not a secret at all, but long enough"),
        "systems": {
            "PRODA": SystemFacts(title="Production A", rules=Rules(length=8, mixed_case=False, rules=("LLLLLLLL",)))
        },
    }
    return WebSettings(**(values | changes))  # type: ignore[arg-type]


class Browser:
    """A Flask client that posts forms the way Chromium does."""

    def __init__(self, house: House, **changes: object) -> None:
        self.house = house
        self.app = create_app(house.web, settings(**changes))  # type: ignore[arg-type]
        self.client: FlaskClient = self.app.test_client()

    def get(self, path: str, **headers: str) -> TestResponse:
        with self.client.get(path, base_url=BASE, headers=_dashed(headers)) as response:
            response.get_data()
        return response

    def post(self, path: str, data: dict[str, str], **headers: str) -> TestResponse:
        sent = {"Origin": BASE, "Sec-Fetch-Site": "same-origin"} | _dashed(headers)
        with self.client.post(path, base_url=BASE, data=data, headers={k: v for k, v in sent.items() if v}) as response:
            response.get_data()
        return response

    def link(self, mail: int = -1) -> tuple[str, str]:
        """(path, key) of a mail's link."""
        path, _, key = self.house.mail.links[mail].url.expose().removeprefix(BASE).partition("#")
        return path, key

    def token(self) -> str:
        """A form token, as any page holds one."""
        found = re.search(r'name="token" value="([^"]+)"', self.get("/").text)
        assert found
        return found[1]

    def reveal(self, code: str, *, path: str = "", key: str = "", **headers: str) -> TestResponse:
        """Fill the form and press the button."""
        own_path, own_key = self.link() if self.house.mail.links else ("", "")
        data = {"token": self.token(), "key": key or own_key, "code": code}
        return self.post(path or own_path, data, **headers)

    def held(self, how: str) -> dict[str, str]:
        """What a form has to hold for the newest mail's link: the key, or, with script, a proof of it."""
        _, key = self.link()
        return {"token": self.token()} | (
            {"key": key} if how == "key" else {"proof": proof_of(self.house.attempt("")).expose()}
        )


def _dashed(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def token_for(house: House, name: str, *roles: Role) -> str:
    """An operator and a token of theirs."""
    text = f"rbt_{name}_0123456789"
    with house.store.work() as work:
        work.operators.put(OperatorRecord(name=Operator(name), roles=frozenset(roles)))
        digest = sha256(text.encode()).digest()
        work.operators.add_token(
            TokenRecord(
                id=f"T{name}", operator=Operator(name), digest=digest, created_at=house.clock.now(), expires_at=None
            )
        )
    return text

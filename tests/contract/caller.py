"""A caller of the API with a token."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import jsonschema_rs
from werkzeug.test import TestResponse

from tests.fakes.web import BASE, Browser

ASK = {"system": "PRODA", "userid": "JSMITH", "reason": "forgotten", "ticket": "INC1"}
CALLS = [
    ("GET", "/resets"),
    ("POST", "/resets"),
    ("GET", "/resets/R0123456789AB"),
    ("POST", "/resets/R0123456789AB/revoke"),
    ("POST", "/resets/R0123456789AB/approve"),
    ("POST", "/resets/R0123456789AB/reject"),
    ("GET", "/systems"),
    ("GET", "/audit"),
]


@dataclass
class Caller:
    """Somebody with a token. Every answer is held against the description that the API gives of itself."""

    browser: Browser
    token: str

    def __call__(self, method: str, path: str, body: Any = None, /, **headers: str) -> TestResponse:
        sent = {"Authorization": f"Bearer {self.token}"} | {
            name.replace("_", "-"): text for name, text in headers.items()
        }
        data = body if body is None or isinstance(body, bytes) else json.dumps(body)
        kind = None if body is None else sent.pop("Content-Type", "application/json")
        answer = self.browser.client.open(
            f"/api/v1{path}", method=method, base_url=BASE, data=data, content_type=kind, headers=sent
        )
        self._judge(method, path.partition("?")[0], answer)
        return answer

    def _judge(self, method: str, path: str, answer: TestResponse) -> None:
        described = self.browser.client.get("/api/v1/openapi.json", base_url=BASE).json
        assert described
        pattern = re.sub(r"/R[0-9A-Z]{12}", "/{id}", f"/api/v1{path}")
        operation = described["paths"].get(pattern, {}).get(method.lower())
        if operation is None:
            return
        assert str(answer.status_code) in {*operation["responses"], "405", "415"}
        schema = (
            "Problem"
            if answer.status_code >= 400
            else operation["responses"][str(answer.status_code)]["content"]["application/json"]["schema"][
                "$ref"
            ].rpartition("/")[2]
        )
        whole = {"$ref": f"#/components/schemas/{schema}", "components": described["components"]}
        jsonschema_rs.validator_for(whole).validate(answer.json)
        assert answer.mimetype == ("application/problem+json" if answer.status_code >= 400 else "application/json")

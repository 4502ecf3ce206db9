"""An API that answers as it is told, for the commands that speak to the daemon."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "rb_" + "a" * 32


def a_reset(state: str = "queued", **values: Any) -> dict[str, Any]:
    """A reset as the API shows it."""
    plain = {"id": "R7K2M9QX4TB0C", "system": "PRODA", "userid": "PAYROLL7", "person": "maria", "state": state,
             "reason": "forgotten", "ticket": None, "requested_by": "anna", "requested_at": "2026-11-25T12:00:00.000Z",
             "expires_at": None, "failure": None, "events": []}  # fmt: skip
    return plain | values


class StandIn:
    """An API that gives its answers in order, the last one for ever, and keeps what it was asked."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, Any, dict[str, str]]] = []
        self.asked: list[tuple[str, str, dict[str, str], Any]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                outer.asked.append((self.command, self.path, dict(self.headers), body))
                status, document, headers = outer.answers.pop(0) if len(outer.answers) > 1 else outer.answers[0]
                raw = document if isinstance(document, bytes) else json.dumps(document).encode()
                self.send_response(status)
                for name, value in {"Content-Length": str(len(raw)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(raw)

            do_GET = do_POST = answer  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def say(self, document: Any, status: int = 200, **headers: str) -> None:
        """One more answer."""
        self.answers.append((status, document, {name.replace("_", "-"): text for name, text in headers.items()}))

"""Answers given where no application is reached: to the API a problem document (RFC 9457), to others a line of text."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import Final

API: Final = re.compile(rb"[A-Z]+ /api/")
TEXT: Final = "text/plain; charset=utf-8"
PROBLEM: Final = "application/problem+json"


def document(status: int, code: str, title: str, **more: str | None) -> bytes:
    """A problem document; of `more` what is there."""
    body = {"type": f"urn:resetbridge:problem:{code}", "title": title, "status": status, "code": code}
    return (json.dumps(body | {name: value for name, value in more.items() if value}) + "\n").encode()


def bare(status: int, words: str, *, api: bool, reference: str | None = None) -> tuple[str, bytes]:
    """The Content-Type and the body. `words` repeat nothing of what was sent."""
    if not api:
        return TEXT, f"{words}\n".encode()
    return PROBLEM, document(status, HTTPStatus(status).name.lower(), words, reference=reference)

"""The API's caller: where the daemon is, who asks, and a problem document turned into words.

RESETBRIDGE_URL, RESETBRIDGE_TOKEN and RESETBRIDGE_CA, or url, token and ca in ~/.config/resetbridge/client.yaml.
"""

from __future__ import annotations

import json
import os
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote, urlsplit
from uuid import uuid4

import requests

from bridge.config.checks import loopback
from bridge.config.reader import read_tree
from bridge.config.tree import Faults, Table, Text
from bridge.domain.errors import BridgeError, ConfigFault
from bridge.domain.secret import Secret

KEYS: Final = ("url", "token", "ca")
TIMES: Final = (10.0, 60.0)  # seconds to connect, and between two pieces of an answer
LARGEST: Final = 16 * 1024 * 1024
PAGES: Final = 1000
UNKNOWN_TOKEN, FORBIDDEN, BUSY, NO_SUCH = 401, 403, 429, 404


class Refused(BridgeError):
    """The daemon answered no; the text is its own words."""

    def __init__(self, status: int, words: str, retry_after: int | None = None) -> None:
        super().__init__(words)
        self.status, self.retry_after = status, retry_after


class Unreached(BridgeError):
    """No answer came. What was asked may or may not have been done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where the daemon is and who asks."""

    url: str
    token: Secret = field(repr=False)
    ca: Path | None = None


def settings() -> Settings:
    """From the environment, and what it does not say from client.yaml. Raises ConfigFault."""
    file = Path.home() / ".config/resetbridge/client.yaml"
    found = {key: os.environ.get(f"RESETBRIDGE_{key.upper()}") for key in KEYS}
    if any(found[key] is None for key in ("url", "token")) and file.exists():
        kept = _from_file(file)
        found = {key: found[key] or kept.get(key) for key in KEYS}
    faults = [
        f"RESETBRIDGE_{key.upper()}: is expected in the environment, or {key} in {file}"
        for key in ("url", "token")
        if not found[key]
    ]
    url, ca = (found["url"] or "").rstrip("/"), found["ca"]
    parts = urlsplit(url)
    if url and parts.scheme != "https" and not (parts.scheme == "http" and loopback(parts.hostname or "")):
        faults.append("RESETBRIDGE_URL: https://HOST is expected: the token would travel in clear")
    if ca and not Path(ca).is_file():
        faults.append(f"RESETBRIDGE_CA: there is no file {ca}")
    if faults:
        raise ConfigFault(faults)
    return Settings(url=url, token=Secret((found["token"] or "").strip()), ca=Path(ca) if ca else None)


def _from_file(file: Path) -> dict[str, str]:
    """Read client.yaml; it holds a token, so nobody else may read it."""
    if file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigFault([f"{file}: can be read by others and holds a token; mend it with: chmod 600 {file}"])
    faults = Faults(str(file))
    tree = read_tree(file, faults)
    made: dict[str, str] = {}
    for name, node in tree.entries.items() if isinstance(tree, Table) else ():
        key = name.lower().removeprefix("resetbridge_")
        if key not in KEYS or not isinstance(node, Text):
            faults.add(node.line, name, f"one of {', '.join(KEYS)} is expected, each with one value")
        elif not node.nothing:
            made[key] = str(file.parent / node.text) if key == "ca" else node.text
    if len(faults):
        raise ConfigFault(faults.lines())
    return made


class Client:
    """One connection to the daemon's API. Raises Refused and Unreached."""

    def __init__(self, where: Settings) -> None:
        self._where = where
        self._session = requests.Session()
        self._session.trust_env = False  # a .netrc would replace the token, a proxy would see it
        self._session.verify = str(where.ca) if where.ca else True
        self._session.headers["Accept"] = "application/json"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()

    def get(self, path: str, query: Mapping[str, str | None] | None = None) -> Any:
        """Ask for something."""
        return self._call("GET", path, params={key: value for key, value in (query or {}).items() if value})

    def post(self, path: str, body: Mapping[str, object], *, key: str | None = None) -> Any:
        """Have something done; under one key, its own by default, it is done once, however often it is sent."""
        return self._call("POST", path, json=body, headers={"Idempotency-Key": key or str(uuid4())})

    def pages(self, path: str, name: str, query: Mapping[str, str | None], most: int) -> Iterator[Any]:
        """The first `most` items of a list that comes in pages."""
        cursor: str | None = None
        left = most
        for _ in range(PAGES):
            page = self.get(path, {**query, "cursor": cursor})
            for item in page[name][:left]:
                left -= 1
                yield item
            cursor = page["cursor"]
            if not cursor or left <= 0:
                return

    def _call(self, method: str, path: str, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {self._where.token.expose()}", **more.pop("headers", {})}
        address = f"{self._where.url}/api/v1{path}"
        try:
            answer = self._session.request(
                method, address, headers=headers, timeout=TIMES, allow_redirects=False, stream=True, **more
            )
            with answer:
                body = answer.raw.read(LARGEST, decode_content=True)
        except requests.exceptions.SSLError as error:
            raise Unreached(f"{self._where.url}: {_certificate(error)}; RESETBRIDGE_CA names the authority") from None
        except (requests.exceptions.RequestException, OSError) as error:
            after = "" if method == "GET" else "; it may have been done all the same: look with `resetbridge resets`"
            raise Unreached(f"{self._where.url}: {_network(error)}{after}") from None
        return _read(answer, body, self._where.url)


def pause(seconds: float) -> None:
    """Wait between two questions. Only what a person watches waits here; the daemon has its own clock."""
    time.sleep(seconds)


def reset_path(reset_id: str, deed: str = "") -> str:
    """The address of a reset, or of something to do with it."""
    return f"/resets/{quote(reset_id, safe='')}" + (f"/{deed}" if deed else "")


def _read(answer: requests.Response, body: bytes, url: str) -> Any:
    try:
        document = json.loads(body)
    except ValueError:
        document = None
    if answer.ok and answer.status_code < 300 and document is not None:
        return document
    if not isinstance(document, dict):
        raise Refused(answer.status_code, f"{url}: this is not Reset Bridge's API (status {answer.status_code})")
    later = answer.headers.get("Retry-After", "")
    raise Refused(answer.status_code, _words(answer, document), int(later) if later.isdecimal() else None)


def _words(answer: requests.Response, problem: Mapping[str, Any]) -> str:
    """A problem document (RFC 9457) as one sentence, with what to do."""
    title, detail = str(problem.get("title") or "refused"), str(problem.get("detail") or "")
    words = detail or title
    if answer.status_code == UNKNOWN_TOKEN:
        words = f"{words}; set RESETBRIDGE_TOKEN to a token that `resetbridge token create` made"
    if answer.status_code == BUSY and answer.headers.get("Retry-After"):
        words = f"{title}; try again in {answer.headers['Retry-After']} s"
    if problem.get("reference"):
        words = f"{words} (reference {problem['reference']} in the daemon's log)"
    return words


def _certificate(error: BaseException) -> str:
    text = str(error)
    known = {
        "self-signed certificate": "its certificate's authority is not known here",
        "self signed certificate": "its certificate's authority is not known here",
        "unable to get local issuer": "its certificate's authority is not known here",
        "certificate has expired": "its certificate has expired",
        "Hostname mismatch": "its certificate is for another name",
        "IP address mismatch": "its certificate is for another address",
        "doesn't match": "its certificate is for another name",
    }
    return next((words for part, words in known.items() if part in text), "no secure connection could be agreed on")


def _network(error: BaseException) -> str:
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return "no connection within 10 s"
    if isinstance(error, requests.exceptions.Timeout):
        return "no answer in time"
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror and not isinstance(cause, requests.RequestException):
            return cause.strerror.lower()
        inner = cause.args[-1] if cause.args and isinstance(cause.args[-1], BaseException) else None
        with suppress(AttributeError):
            inner = inner or getattr(cause, "reason", None)
        cause = cause.__cause__ or cause.__context__ or (inner if isinstance(inner, BaseException) else None)
    return "the connection broke off"

"""The API's caller: where the daemon is, who asks, and a problem document turned into words.

RESETBRIDGE_URL, RESETBRIDGE_TOKEN and RESETBRIDGE_CA, or url, token and ca in ~/.config/resetbridge/client.yaml.
"""

from __future__ import annotations

import json
import os
import re
import socket
import stat
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote, urlsplit
from uuid import uuid4

import requests

from bridge.config.reader import read_tree
from bridge.config.tree import Faults, Table, Text
from bridge.config.values import loopback
from bridge.domain.errors import BridgeError, ConfigFault, Misuse
from bridge.domain.secret import Secret

KEYS: Final = ("url", "token", "ca")
TIMES: Final = (10.0, 60.0)  # seconds to connect, and between two pieces of an answer
LARGEST: Final = 16 * 1024 * 1024
PAGES: Final = 1000
NEVER_THERE: Final = (requests.exceptions.ConnectTimeout, ConnectionRefusedError, socket.gaierror)
BAD, UNKNOWN_TOKEN, FORBIDDEN, NO_SUCH, BUSY = 400, 401, 403, 404, 429


class Refused(BridgeError):
    """The daemon answered no; the text is its own words."""

    def __init__(self, status: int, words: str, retry_after: int | None = None) -> None:
        super().__init__(words)
        self.status, self.retry_after = status, retry_after


class Misused(Refused, Misuse):
    """It found that what was typed is not as expected."""


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
    if ca and (trouble := _unread(Path(ca))):
        faults.append(f"RESETBRIDGE_CA: {trouble}")
    token = (found["token"] or "").strip()
    if not re.fullmatch(r"[\x21-\x7e]*", token):
        faults.append("RESETBRIDGE_TOKEN: one word is expected, as `resetbridge token create` prints it and no more")
    if faults:
        raise ConfigFault(faults)
    return Settings(url=url, token=Secret(token), ca=Path(ca) if ca else None)


def _unread(file: Path) -> str:
    """Why a file cannot be read; "" where it can."""
    try:
        with file.open("rb"):
            return ""
    except FileNotFoundError:
        return f"there is no file {file}"
    except OSError as error:
        return f"{file} cannot be read: {error.strerror}"


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
            raise Unreached(f"{self._where.url}: {_certificate(error)}") from None
        except (requests.exceptions.RequestException, OSError) as error:
            raise Unreached(f"{self._where.url}: {_network(error)}; {_after(error, method)}") from None
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
    kind = Misused if answer.status_code == BAD else Refused
    raise kind(answer.status_code, _words(answer, document), int(later) if later.isdecimal() else None)


def _words(answer: requests.Response, problem: Mapping[str, Any]) -> str:
    """A problem document (RFC 9457) as one sentence, with what to do."""
    title, detail = str(problem.get("title") or "refused"), str(problem.get("detail") or "")
    words = detail or title
    if answer.status_code == UNKNOWN_TOKEN:
        words = f"{words}; set RESETBRIDGE_TOKEN to a token that `resetbridge token create` made"
    if answer.status_code == BUSY and answer.headers.get("Retry-After"):
        words = f"{words}; try again in {answer.headers['Retry-After']} s"
    if problem.get("reference"):
        words = f"{words} (reference {problem['reference']} in the daemon's log)"
    return words


STRANGE: Final = "its certificate's authority is not known here; RESETBRIDGE_CA names the file that holds it"
OTHER: Final = "; RESETBRIDGE_URL has to name the daemon as its certificate does"
CERTIFICATES: Final = {
    "self-signed certificate": STRANGE,
    "self signed certificate": STRANGE,
    "unable to get local issuer": STRANGE,
    "certificate has expired": "its certificate has expired; renew it under web.tls",
    "Hostname mismatch": f"its certificate is for another name{OTHER}",
    "IP address mismatch": f"its certificate is for another address{OTHER}",
    "doesn't match": f"its certificate is for another name{OTHER}",
}
"""What OpenSSL and urllib3 say of a certificate → what it means here."""


def _certificate(error: BaseException) -> str:
    nothing = "no secure connection could be agreed on; is that the daemon's port?"
    return next((words for part, words in CERTIFICATES.items() if part in str(error)), nothing)


def _after(error: BaseException, method: str) -> str:
    """What to do next; whether anything can have been asked shows in whether a connection was ever there."""
    if any(isinstance(cause, NEVER_THERE) for cause in _causes(error)):
        return "nothing was asked. Is `resetbridge serve` running there, and RESETBRIDGE_URL right?"
    if method == "GET":
        return "is RESETBRIDGE_URL right?"
    return "it may have been done all the same: look with `resetbridge resets`"


def _network(error: BaseException) -> str:
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return "no connection within 10 s"
    if isinstance(error, requests.exceptions.Timeout):
        return "no answer in time"
    words = (cause.strerror for cause in _causes(error)
             if isinstance(cause, OSError) and not isinstance(cause, requests.RequestException))  # fmt: skip
    return next((said.lower() for said in words if said), "the connection broke off")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what it came from: requests wraps urllib3, which wraps what the operating system says."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        inner = cause.args[-1] if cause.args and isinstance(cause.args[-1], BaseException) else None
        inner = inner or getattr(cause, "reason", None)
        cause = cause.__cause__ or cause.__context__ or (inner if isinstance(inner, BaseException) else None)

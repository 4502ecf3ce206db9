"""Between Tornado and the WSGI application: how many at once, who gets which share, and what the log shows."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from time import perf_counter, time
from typing import Any, Final, cast
from wsgiref.types import StartResponse, WSGIApplication

from tornado.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    HTTPServerRequest,
    RequestStartLine,
    ResponseStartLine,
)
from tornado.iostream import StreamClosedError
from tornado.wsgi import WSGIContainer

from bridge.observe import events
from web import guard
from web.bare import bare
from web.turns import Turns

log = events.logger("web")

SHOWABLE: Final = re.compile(
    r"/(?:static/[a-z.]{1,20}|api/v1/(?:resets(?:/R[0-9A-Z]{12}(?:/[a-z]{1,10})?)?|systems|audit|openapi\.json)"
    r"|console(?:/(?:systems|sign-out|ask|unlocks(?:/E[0-9A-Z]{12})?|resets(?:/R[0-9A-Z]{12}(?:/[a-z]{1,10})?)?))?"
    r"|healthz|readyz|metrics|robots\.txt|forgotten)?"
)

LOOKING: Final = 0.2  # seconds for which a look lets those go first who have sent a form
AFTERWARDS: Final = 0.5  # the same of what is done when the answer has left

MOST_KEPT: Final = 64  # answers: some files, by the few names that are ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds and numbers.

    head_within    from the connection, or the last answer, to the end of the next head; the TLS handshake included
    write_within   for the client to take an answer
    at_once        requests that run; one that takes long waits for somebody else, and does not count (web/turns.py)
    away           threads beside those, for requests that wait for another machine: web/turns.py
    in_flight      requests begun and not answered; past it 503. per_source: of these, one address or IPv6 /64
    connections    open at once; past it the one that has been waiting longest is closed, or else sending longest
    stop_within    for what was begun before SIGTERM
    """

    head_within: float = 5.0
    body_within: float = 5.0
    write_within: float = 10.0
    threads: int = 16
    at_once: int = 1
    away: int = 64
    in_flight: int = 256
    per_source: int = 128
    connections: int = 2000
    stop_within: float = 20.0


class Office(WSGIContainer, HTTPServerConnectionDelegate):
    """Takes requests from the listener to the application and answers back."""

    executor: ThreadPoolExecutor

    def __init__(
        self, app: WSGIApplication, *, limits: Limits, proxies: tuple[guard.Network, ...], threads: int, monitor: bool
    ) -> None:
        super().__init__(app, ThreadPoolExecutor(threads + limits.away, thread_name_prefix="web"))
        self._limits, self._proxies, self._monitor = limits, proxies, monitor
        self._turns = Turns(self.executor, at_once=limits.at_once, threads=threads)
        self._shares: Counter[str] = Counter()
        self._kept: dict[tuple[str | None, ...], Answer] = {}
        self.in_flight = 0
        self.closing = False

    def start_request(self, server_conn: object, request_conn: HTTPConnection) -> HTTPMessageDelegate:
        """Tornado begins to read."""
        return Exchange(self, request_conn)

    async def handle_request(self, request: HTTPServerRequest) -> None:
        """One request, from its last byte to the last byte of its answer."""
        begun = perf_counter()
        forwarded = request.headers.get("X-Forwarded-For", "")
        share = guard.share_of(guard.client_address(request.remote_ip or "", forwarded, self._proxies))
        self.in_flight += 1
        try:
            done = await self._in_share(share, request, begun)
            try:
                self._send(request, done)
                _log(request, done.status, share, begun)
            finally:  # whoever hangs up has opened the page all the same
                if done.close:
                    await self._turns.run(AFTERWARDS, done.close)
        except StreamClosedError:
            pass
        except Exception as error:
            log.error("web.afterwards", error=type(error).__name__)
        finally:
            self.in_flight -= 1

    async def _in_share(self, share: str, request: HTTPServerRequest, begun: float) -> Answer:
        """The answer, or that there are too many. What is done when it has left is nobody's share: it may wait until
        hundreds of others have been answered."""
        if self._shares.total() >= self._limits.in_flight or self._shares[share] >= self._limits.per_source:
            return _busy(api=_api(request))
        self._shares[share] += 1
        try:
            return await self._answer(request, begun)
        finally:
            self._shares[share] -= 1
            if not self._shares[share]:
                del self._shares[share]

    async def _answer(self, request: HTTPServerRequest, begun: float) -> Answer:
        asked = (request.method, request.headers.get("Host"), request.uri)  # that the host is ours was judged once
        done = self._kept.get(asked) or await self._run(request, begun)
        if done.keep and "?" not in asked[-1] and len(self._kept) < MOST_KEPT:  # else made-up queries fill it
            self._kept[asked] = done
        return done

    async def _run(self, request: HTTPServerRequest, begun: float) -> Answer:
        try:
            environ = self.environ(request) | {"bridge.begun": begun, "bridge.monitor": self._monitor}
            if environ.pop("HTTP_TRANSFER_ENCODING", None):  # it came in chunks, and is whole
                environ["CONTENT_LENGTH"] = str(len(request.body))
            patience = 0.0 if request.method == "POST" else LOOKING
            return await self._turns.run(patience, _call, self.wsgi_application, environ)
        except Exception as error:
            reference = os.urandom(4).hex().upper()
            log.error("web.escaped", reference=reference, error=type(error).__name__)
            words = f"Something went wrong here. The help desk can look it up as {reference}."
            return _apology(500, words, api=_api(request), reference=reference)

    def _send(self, request: HTTPServerRequest, done: Answer) -> None:
        headers = HTTPHeaders()
        for name, value in done.headers:
            headers.add(name, value)
        if "Content-Length" not in headers and done.status not in {204, 304}:
            headers["Content-Length"] = str(len(done.body))
        headers["Date"] = _date(int(time()))
        if self.closing or done.hang_up:
            headers["Connection"] = "close"
        connection = request.connection
        assert connection is not None
        connection.write_headers(ResponseStartLine("HTTP/1.1", done.status, done.reason), headers, chunk=done.body)
        connection.finish()


class Exchange(HTTPMessageDelegate):
    """Gathers one request. Tornado's own adapter would also parse forms, in the loop that serves everybody."""

    def __init__(self, office: Office, connection: HTTPConnection) -> None:
        self._office, self._connection = office, connection
        self._request: HTTPServerRequest | None = None
        self._body = bytearray()

    def headers_received(self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders) -> None:
        """The head is there."""
        line = cast(RequestStartLine, start_line)
        self._request = HTTPServerRequest(connection=self._connection, start_line=line, headers=headers)

    def data_received(self, chunk: bytes) -> None:
        """A piece of the body is there."""
        self._body += chunk

    def finish(self) -> None:
        """All of it is there."""
        assert self._request is not None
        self._request.body = bytes(self._body)
        self._office(self._request)

    def on_connection_close(self) -> None:
        """The rest will not come."""
        self._body.clear()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the application said. `close` is its work for after the answer, where it says that it has some.

    keep   it says the same to everybody who asks the same host for the same path: no thread is needed again
    """

    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes
    close: Callable[[], object] | None = None
    hang_up: bool = False
    keep: bool = False


def _call(app: WSGIApplication, environ: dict[str, Any]) -> Answer:
    """In a thread: run the application to its end."""
    said: dict[str, Any] = {}

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> Callable[[bytes], None]:
        said.update(status=status, headers=headers)
        return _unwritable

    result = app(environ, cast(StartResponse, start_response))
    body, close = b"".join(result), getattr(result, "close", None)
    if close and not environ.get("bridge.afterwards"):
        close()
        close = None
    code, _, reason = said["status"].partition(" ")
    keep = bool(environ.get("bridge.keep"))
    return Answer(status=int(code), reason=reason, headers=said["headers"], body=body, close=close, keep=keep)


def _unwritable(data: bytes) -> None:
    raise NotImplementedError("Flask answers with an iterable")


def _api(request: HTTPServerRequest) -> bool:
    return (request.uri or "").startswith("/api/")


def _busy(*, api: bool) -> Answer:
    words = "Too many people are here at once. Please try again in a moment; nothing has happened."
    return _apology(503, words, api=api)


def _apology(status: int, words: str, *, api: bool, reference: str | None = None) -> Answer:
    kind, body = bare(status, words, api=api, reference=reference)
    headers = [*guard.HEADERS.items(), ("Content-Type", kind)]
    if status == 503:
        headers.append(("Retry-After", "2"))
    return Answer(status=status, reason=HTTPStatus(status).phrase, headers=headers, body=body, hang_up=True)


@lru_cache(1)
def _date(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)


def _log(request: HTTPServerRequest, status: int, source: str, begun: float) -> None:
    log.info("web.answered", method=request.method, path=masked(request.uri or ""), status=status, source=source,
             ms=round((perf_counter() - begun) * 1000, 1))  # fmt: skip


def masked(uri: str) -> str:
    """What the log shows of an address: known paths as they are, a link as /r/…, anything else not at all."""
    path = uri.partition("?")[0]
    if SHOWABLE.fullmatch(path):
        return path
    if path.lower() == "/r" or path.lower().startswith("/r/"):
        return "/r/…/not-me" if path.endswith("/not-me") else "/r/…"
    return "…"

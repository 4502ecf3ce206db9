"""Ways out over HTTPS: straight there, or through the company's proxy by CONNECT. The environment has no say.

Through a proxy TLS is with the server all the same: the proxy learns its name, and nothing that is said.
Source: RFC 9110, 9.3.6 (CONNECT), 11.7 (Proxy-Authorization). Not by set_tunnel(), which keeps its socket on a refusal.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from threading import Event, Timer
from typing import Self
from urllib.parse import urlsplit

from bridge.domain.secret import Secret
from bridge.observe import elsewhere


class ProxyRefused(OSError):
    """The proxy does not let this machine through, or is none; the text says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """Where it is, and what it is shown: USER:PASSWORD."""

    host: str
    port: int
    login: Secret | None = None

    @classmethod
    def at(cls, url: str | None, login: Secret | None = None) -> Self | None:
        """Of http://HOST:PORT, as the configuration has it; None without one."""
        parts = urlsplit(url or "")
        return cls(host=parts.hostname, port=parts.port or 80, login=login) if parts.hostname else None

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    def lead(self, line: socket.socket, host: str, port: int) -> None:
        """Have it pass on whatever follows on this line. Raises ProxyRefused."""
        there = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        head = f"CONNECT {there} HTTP/1.1\r\nHost: {there}\r\nUser-Agent: resetbridge\r\n"
        if self.login is not None:
            head += f"Proxy-Authorization: Basic {b64encode(self.login.expose().encode()).decode()}\r\n"
        line.sendall(f"{head}\r\n".encode("ascii"))
        with closing(http.client.HTTPResponse(line, method="CONNECT")) as answer:
            try:
                answer.begin()
            except http.client.HTTPException:
                raise ProxyRefused(f"{self} does not answer as a proxy does: correct proxy") from None
            status = answer.status
        if 200 <= status < 300:
            return
        need = "give proxy_login, or correct it" if status == 407 else "have it let this machine through to there"
        raise ProxyRefused(f"the proxy {self} answered {status} to CONNECT: {need}")


class _Through(http.client.HTTPSConnection):
    """HTTPS through a proxy."""

    def __init__(self, proxy: Proxy, host: str, port: int | None, *, seconds: float, context: ssl.SSLContext) -> None:
        super().__init__(host, port, timeout=seconds, context=context)
        self._proxy, self._trust = proxy, context

    def connect(self) -> None:
        """To the proxy, by it to the server, and TLS with that."""
        line = socket.create_connection((self._proxy.host, self._proxy.port), self.timeout)
        self.sock = line  # who is late with it is hung up on, too
        try:
            self._proxy.lead(line, self.host, self.port)
            self.sock = self._trust.wrap_socket(line, server_hostname=self.host)
        except BaseException:
            self.sock = None
            line.close()
            raise


def https(
    host: str, port: int | None, *, within: timedelta, context: ssl.SSLContext, proxy: Proxy | None
) -> http.client.HTTPSConnection:
    """A way there; nothing is sent yet. What uses it raises OSError or HTTPException: ProxyRefused is an OSError.

    within   how long each step may take: to connect, and to each piece of an answer
    """
    elsewhere.waits()
    seconds = within.total_seconds()
    if proxy is None:
        return http.client.HTTPSConnection(host, port, timeout=seconds, context=context)
    return _Through(proxy, host, port, seconds=seconds, context=context)


@contextmanager
def answered_within(line: http.client.HTTPConnection, limit: timedelta) -> Iterator[None]:
    """Connect, and hang up on whom the block is still waiting for `limit` later, whatever they have said by then: a
    socket's own limit is for each piece of an answer, and begins anew with every byte. Raises TimeoutError."""
    late, wires = Event(), list[socket.socket]()

    def hang_up() -> None:
        late.set()
        for wire in {*wires, line.sock} - {None}:
            with suppress(OSError):
                socket.socket.shutdown(wire, socket.SHUT_RDWR)  # TLS's own would pull it from under who reads

    timer = Timer(limit.total_seconds(), hang_up)
    timer.daemon = True
    timer.start()
    try:
        line.connect()
        wires.append(line.sock)  # the line lets go of it where the answer is the last one
        if not late.is_set():
            yield
    finally:
        timer.cancel()
    if late.is_set():
        raise TimeoutError


def refusal(error: Exception) -> str:
    """What the proxy has against it, and what to do; "" where it was not the proxy that said no."""
    return str(error) if isinstance(error, ProxyRefused) else ""

"""Hundreds of slow or silent clients harm nobody."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.live.web import Listening, listening, status
from web.office import Limits

CROWD = 500
QUICK = Limits(head_within=2.0, body_within=2.0, write_within=2.0)


def answer(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"x" * (8 * 1024 * 1024) if environ["PATH_INFO"] == "/large" else b"fine"]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Listening]:
    with listening(answer, tmp_path, limits=QUICK) as running:
        yield running


def silent(server: Listening) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=10)


def begun(server: Listening) -> ssl.SSLSocket:
    line = server.connect()
    line.sendall(b"GET / HTTP/1.1\r\nHost: loc")
    return line


def half_sent(server: Listening) -> ssl.SSLSocket:
    line = server.connect()
    line.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nx")
    return line


def idle(server: Listening) -> ssl.SSLSocket:
    line = server.connect()
    line.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert status(line.recv(4096)) == 200
    return line


def unread(server: Listening) -> ssl.SSLSocket:
    line = server.connect()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.sendall(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
    return line


@pytest.mark.parametrize(
    ("kind", "number"), [(silent, CROWD), (begun, CROWD), (half_sent, CROWD), (idle, CROWD), (unread, 40)]
)
def test_slow_clients_harm_nobody(server: Listening, kind: Callable[[Listening], socket.socket], number: int) -> None:
    """No hello, half a head, half a body, nothing after the answer, an answer not read: each is dropped within its
    limit, and meanwhile others are served quickly."""
    with ExitStack() as stack:
        for _ in range(number):
            stack.enter_context(kind(server))
        times = []
        for _ in range(60):
            began = time.monotonic()
            assert status(server.get("/")) == 200
            times.append(time.monotonic() - began)
        assert sorted(times)[56] < 0.5
        end = time.monotonic() + 10
        while server.daemon.connections:
            assert time.monotonic() < end
            time.sleep(0.05)


@pytest.mark.parametrize("kind", [silent, half_sent])
def test_past_the_most_connections_the_longest_waiting_one_goes(
    tmp_path: Path, kind: Callable[[Listening], socket.socket]
) -> None:
    """Somebody who holds every connection open, or half a body back on each, keeps nobody out."""
    limits = Limits(head_within=30, body_within=30, connections=20)
    with listening(answer, tmp_path, limits=limits) as server, ExitStack() as stack:
        for _ in range(60):
            stack.enter_context(kind(server))
        assert status(server.get("/")) == 200
        end = time.monotonic() + 10
        while server.daemon.connections > 21:
            assert time.monotonic() < end
            time.sleep(0.05)

"""A proxy that passes TLS on by CONNECT, and remembers what it was asked for and what went through."""

from __future__ import annotations

import socket
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from select import select
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread


class Line(StreamRequestHandler):
    """One CONNECT."""

    timeout = 10
    server: Server

    def handle(self) -> None:
        if self.server.kept.greeting:
            self.wfile.write(self.server.kept.greeting)
            return
        request = self.rfile.readline().decode()
        heads = {}
        while (line := self.rfile.readline().decode().strip()) != "":
            name, _, value = line.partition(": ")
            heads[name] = value
        kept = self.server.kept
        kept.asked.append(request.strip())
        if kept.login and heads.get("Proxy-Authorization") != f"Basic {b64encode(kept.login.encode()).decode()}":
            self.wfile.write(b"HTTP/1.1 407 who are you\r\nProxy-Authenticate: Basic\r\n\r\n")
            return
        if kept.closed:
            self.wfile.write(b"HTTP/1.1 403 not there\r\n\r\n")
            return
        host, _, port = request.split()[1].rpartition(":")
        with socket.create_connection((host, int(port)), timeout=10) as there:
            self.wfile.write(b"HTTP/1.1 200 established\r\n\r\n")
            self._pass_on(there)

    def _pass_on(self, there: socket.socket) -> None:
        ways = {self.connection: there, there: self.connection}
        with suppress(OSError):
            while ready := select(list(ways), [], [], 10)[0]:
                for end in ready:
                    if not (piece := end.recv(65536)):
                        return
                    self.server.kept.passed += piece
                    ways[end].sendall(piece)


class Server(ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, kept: Kept) -> None:
        super().__init__(("127.0.0.1", 0), Line)
        self.kept = kept


@dataclass
class Kept:
    """login: USER:PASSWORD that it wants. closed: it lets nobody through. greeting: it is something else."""

    login: str = ""
    greeting: bytes = b""
    closed: bool = False
    port: int = 0
    asked: list[str] = field(default_factory=list)
    passed: bytes = b""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def proxy(**wants: object) -> Iterator[Kept]:
    """Run one until the end of the block."""
    kept = Kept(**wants)  # type: ignore[arg-type]
    with Server(kept) as server:
        kept.port = server.server_address[1]
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield kept
        finally:
            server.shutdown()
            thread.join(10)

"""The web role's listener in a thread, over a House, with a certificate of its own; raw connections to it."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from wsgiref.types import WSGIApplication

import trustme

from bridge.domain.secret import Secret
from tests.ports import free_port
from web.office import Limits
from web.server import Daemon, tls_context

NAME = "localhost"


@dataclass
class Listening:
    """A daemon that runs. `client` trusts its certificate."""

    port: int
    monitor_port: int
    daemon: Daemon
    client: ssl.SSLContext
    loop: asyncio.AbstractEventLoop
    stop: Callable[[], None]
    thread: threading.Thread
    folder: Path
    base_url: str = field(init=False)

    def __post_init__(self) -> None:
        self.base_url = f"https://{NAME}:{self.port}"

    def connect(self, timeout: float = 10.0) -> ssl.SSLSocket:
        raw = socket.create_connection(("127.0.0.1", self.port), timeout=timeout)
        return self.client.wrap_socket(raw, server_hostname=NAME)

    def say(self, data: bytes, timeout: float = 10.0) -> bytes:
        """Send bytes as they are; return everything until the other side closes."""
        with self.connect(timeout) as wire:
            wire.sendall(data)
            return until_closed(wire)

    def get(self, path: str = "/healthz", *more: str) -> bytes:
        lines = [f"GET {path} HTTP/1.1", f"Host: {NAME}:{self.port}", "Connection: close", *more, "", ""]
        return self.say("\r\n".join(lines).encode())

    def on_loop(self, call: Callable[[], None]) -> None:
        """Run something on the daemon's loop and wait until it has run."""
        done = threading.Event()
        self.loop.call_soon_threadsafe(lambda: (call(), done.set()))
        assert done.wait(5)


def until_closed(wire: socket.socket) -> bytes:
    """Everything until the other side closes, however it does."""
    taken = bytearray()
    try:
        while piece := wire.recv(65536):
            taken += piece
    except (ConnectionError, ssl.SSLError):
        pass
    return bytes(taken)


def status(answer: bytes) -> int:
    """The status of the first answer, 0 if there is none."""
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0


def certificate(folder: Path, authority: trustme.CA) -> None:
    """Issue a certificate into the files that the daemon reads."""
    issued = authority.issue_cert(NAME)
    (folder / "cert.pem").write_bytes(b"".join(pem.bytes() for pem in issued.cert_chain_pems))
    (folder / "key.pem").write_bytes(issued.private_key_pem.bytes())


@contextmanager
def listening(
    app: WSGIApplication, folder: Path, *, limits: Limits | None = None, port: int = 0
) -> Iterator[Listening]:
    """A daemon in a thread, and its end."""
    authority = trustme.CA()
    certificate(folder, authority)
    client = ssl.create_default_context()
    authority.configure_trust(client)
    ready, begun = threading.Event(), {}
    monitor_port = free_port()

    async def main() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        daemon = Daemon(app, tls=lambda: tls_context(folder / "cert.pem", Secret((folder / "key.pem").read_text())),
                        limits=limits or Limits())  # fmt: skip
        begun.update(stop=lambda: loop.call_soon_threadsafe(stop.set), loop=loop, daemon=daemon)

        def say(at: int) -> None:
            begun["port"] = at
            ready.set()

        await daemon.run(f"127.0.0.1:{port}", stop, monitor=f"127.0.0.1:{monitor_port}", ready=say)

    thread = threading.Thread(target=asyncio.run, args=(main(),))
    thread.start()
    assert ready.wait(10)
    running = Listening(
        begun["port"], monitor_port, begun["daemon"], client, begun["loop"], begun["stop"], thread, folder
    )
    running.__dict__["authority"] = authority
    try:
        yield running
    finally:
        if thread.is_alive():
            begun["stop"]()
        thread.join(30)

"""A server that begins an answer and never ends it: a byte every tenth of a second, which keeps a socket's own limit
from ever being reached."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

import trustme


@contextmanager
def dripping(begun: bytes, folder: Path | None = None) -> Iterator[int]:
    """Its port, until the end of the block. With a folder it speaks TLS, and `ca.pem` is written there."""
    over, context = Event(), None
    if folder:
        authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
        authority.cert_pem.write_to_path(str(folder / "ca.pem"))

    def serve(listener: socket.socket) -> None:
        with suppress(OSError):
            line, _ = listener.accept()
            with context.wrap_socket(line, server_side=True) if context else line as wire:
                wire.recv(65536)
                wire.sendall(begun)
                while not over.wait(0.1):
                    wire.sendall(b"x")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        thread = Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            over.set()
            thread.join(10)

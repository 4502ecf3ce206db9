"""Ports for servers that have to know theirs before they listen."""

from __future__ import annotations

import random
import socket


def free_port() -> int:
    """One that is free now, below those that the system gives to whoever connects, so that it stays free."""
    while True:
        port = random.randrange(15000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port

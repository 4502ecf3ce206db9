"""Ports for servers that have to know theirs before they listen."""

from __future__ import annotations

import itertools
import os
import random
import socket
from typing import Final

WORKERS: Final = 4  # of pytest at once, each with a share of the ports

_ours = range(15000 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % WORKERS, 32000, WORKERS)
_next = itertools.cycle(random.SystemRandom().sample(_ours, len(_ours)))


def free_port() -> int:
    """One that is free now, below those that the system gives to whoever connects, and not given out a moment ago.

    So it stays free until it is listened on: another process of the same tests has ports of its own.
    """
    while True:
        port = next(_next)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port

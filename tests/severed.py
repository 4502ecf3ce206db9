"""A way to PostgreSQL that breaks at a commit of our choice: a socket between the store and the server."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from select import select

from tests.postgres import PORT, USER, Postgres


class Cut(Enum):
    """What the server has heard of the commit at which the way breaks."""

    NOTHING = auto()
    EVERYTHING = auto()
    """It has answered, and the answer is lost."""
    JUST_NOW = auto()
    """It is still at it."""


@dataclass
class Way:
    """`cut` breaks the way once; `closed` lets nobody through any more."""

    folder: Path
    server: Postgres
    closed: bool = False
    broken: threading.Event = field(default_factory=threading.Event)
    _planned: tuple[Cut, bytes, bool] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def url(self, database: str) -> str:
        """How `storage.url` names a database at its other end."""
        return f"postgresql+psycopg://{USER}@/{database}?host={self.folder}&port={PORT}"

    def cut(self, cut: Cut, *, in_which: str = "", for_good: bool = False) -> None:
        """Break at the commit of the next transaction in which these words are stored."""
        self.broken.clear()
        self._planned = (cut, in_which.encode(), for_good)

    def take(self, said: bytes) -> Cut | None:
        """Whether this is the transaction. `said`: all of it, with its commit."""
        with self._lock:
            if self._planned is None or self._planned[1] not in said:
                return None
            (cut, _, self.closed), self._planned = self._planned, None
            return cut


@contextmanager
def severed(folder: Path, server: Postgres) -> Iterator[Way]:
    """One in that folder; what is open on it ends with the block."""
    way, over = Way(folder, server), threading.Event()
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(folder / f".s.PGSQL.{PORT}"))
        door.listen(64)
        door.settimeout(0.1)
        threads = [threading.Thread(target=_doorman, args=(door, way, over, threads := []), daemon=True)]
        threads[0].start()
        try:
            yield way
        finally:
            over.set()
            for thread in list(threads):
                thread.join(10)


def _doorman(door: socket.socket, way: Way, over: threading.Event, threads: list[threading.Thread]) -> None:
    while not over.is_set():
        with suppress(TimeoutError):
            near = door.accept()[0]
            threads.append(threading.Thread(target=_carry, args=(near, way, over), daemon=True))
            threads[-1].start()


def _carry(near: socket.socket, way: Way, over: threading.Event) -> None:
    with near, socket.socket(socket.AF_UNIX) as far, suppress(OSError):
        if way.closed:
            return
        far.connect(str(way.server.folder / f".s.PGSQL.{PORT}"))
        said = b""
        while not over.is_set() and not way.closed:
            ready = select([near, far], [], [], 0.1)[0]
            if far in ready:
                if not (piece := far.recv(65536)):
                    return
                near.sendall(piece)
            if near in ready:
                if not (piece := near.recv(65536)):
                    return
                said += piece
                if b"COMMIT" in piece:
                    if (cut := way.take(said)) is not None:
                        _break(cut, piece, far)
                        way.broken.set()
                        return
                    said = b""
                elif b"ROLLBACK" in piece:
                    said = b""
                far.sendall(piece)


def _break(cut: Cut, piece: bytes, far: socket.socket) -> None:
    if cut is not Cut.NOTHING:
        far.sendall(piece)
    if cut is Cut.EVERYTHING:
        far.recv(65536)

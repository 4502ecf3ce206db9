"""Tornado's HTTPServer with a gate before each connection, a bound on connections and a way down."""

from __future__ import annotations

import asyncio
import contextlib
import resource
from typing import Any, cast

from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream

from bridge.observe import events
from web.gate import Gate
from web.office import Limits, Office

log = events.logger("web")


class Listener(HTTPServer):
    """Tornado's server with a gate before each connection."""

    def prepare(self, office: Office, limits: Limits) -> None:
        """What Tornado's own constructor has no room for."""
        self.office, self._limits = office, limits
        self._gates: dict[Gate, None] = {}  # oldest first
        self._most = max(16, min(limits.connections, _file_handles() - 200))

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._gates)

    def handle_stream(self, stream: IOStream, address: tuple[Any, ...]) -> None:
        """Let a connection in; past the limit another one makes room."""
        with contextlib.suppress(OSError):
            stream.set_nodelay(True)
        gate = Gate(stream, write_within=self._limits.write_within, refused=_log_refusal)
        if len(self._gates) >= self._most:
            self._make_room()
        self._gates[gate] = None
        super().handle_stream(cast(IOStream, gate), address)

    def on_close(self, server_conn: object) -> None:
        """Tornado says that a connection has ended."""
        super().on_close(server_conn)
        self._gates.pop(cast(Gate, server_conn.stream), None)  # type: ignore[attr-defined]

    def _make_room(self) -> None:
        """The one that has been idle longest, or else has been sending a body longest: an honest one takes no time."""
        open_ = [gate for gate in self._gates if not gate.closed()]
        gone = next((gate for gate in open_ if gate.waiting), None) or next((one for one in open_ if one.taking), None)
        if gone is not None:
            gone.close()

    async def finish(self, limits: Limits) -> None:
        """No new connections; idle ones go; what was begun, or may have been sent already, is answered."""
        self.stop()
        self.office.closing = True
        loop = asyncio.get_running_loop()
        end, fresh_end = loop.time() + limits.stop_within, loop.time() + limits.head_within
        while loop.time() < end:
            for gate in list(self._gates):
                if gate.waiting and not (gate.fresh and loop.time() < fresh_end):
                    gate.close()
            if self.office.in_flight == 0 and not self._gates:
                break
            await asyncio.sleep(0.02)
        await self.close_all_connections()
        self.office.executor.shutdown(wait=False, cancel_futures=True)


def _log_refusal(status: int) -> None:
    log.info("web.refused", status=status)


def _file_handles() -> int:
    """How many files this process may have open, after asking for as many as it may ask for (up to 8192)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(8192, hard) if hard != resource.RLIM_INFINITY else 8192
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    return 8192 if soft == resource.RLIM_INFINITY else soft

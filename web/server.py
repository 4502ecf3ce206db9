"""The listener: Tornado's HTTPServer around the WSGI application, and what keeps slow or hostile clients harmless."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Final
from wsgiref.types import WSGIApplication

from tornado.netutil import bind_sockets

from bridge.domain.errors import ConfigFault
from bridge.domain.secret import Secret
from bridge.observe import events
from web import guard, wire
from web.listener import Listener
from web.office import Limits, Office

log = events.logger("web")

LOW_PORT: Final = "; a port below 1024 needs a privilege: install.md of the handbook, In front of users"
CIPHERS: Final = "ECDHE+AESGCM:ECDHE+CHACHA20"


def serve(
    app: WSGIApplication, *, listen: str, tls: Callable[[], ssl.SSLContext] | None, monitor: str | None = None,
    trusted_proxies: tuple[str, ...] = (), limits: Limits | None = None, ready: Callable[[int], None] | None = None,
) -> None:  # fmt: skip
    """Serve until SIGTERM or SIGINT, then finish what was begun. SIGHUP reads the certificate again.

    tls      makes the context; called once more on each SIGHUP. None: plain HTTP, for a proxy in front
    monitor  HOST:PORT of a plain listener for health and metrics alone
    ready    called with the port once connections are accepted
    """

    async def main() -> None:
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        daemon = Daemon(app, tls=tls, trusted_proxies=trusted_proxies, limits=limits or Limits())
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        loop.add_signal_handler(signal.SIGHUP, daemon.reload)
        await daemon.run(listen, stop, monitor=monitor, ready=ready)

    asyncio.run(main())


def tls_context(certificate: Path, private_key: Secret) -> ssl.SSLContext:
    """TLS 1.2 and 1.3, forward secrecy only. Raises ConfigFault in words; the key never touches a disk from here."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    context.set_alpn_protocols(["http/1.1"])
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    context.options |= ssl.OP_NO_TICKET  # in TLS 1.2 a ticket key in memory would undo forward secrecy
    memory = os.memfd_create("key")  # the ssl module reads keys from paths only
    try:
        os.write(memory, private_key.expose().encode())
        context.load_cert_chain(certificate, f"/proc/self/fd/{memory}", password=_no_passphrase)
    except (OSError, ValueError) as error:
        why = getattr(error, "reason", None) or type(error).__name__
        raise ConfigFault([f"web.tls: certificate {certificate} and its key cannot be used: {why}"]) from None
    finally:
        os.close(memory)
    return context


def _no_passphrase() -> str:
    raise ValueError("the key is encrypted; an unencrypted one is expected")


def address_of(listen: str) -> tuple[str, int]:
    """HOST:PORT; an IPv6 host in brackets."""
    host, _, port = listen.rpartition(":")
    if not port.isdigit() or int(port) > 65535:
        raise ConfigFault([f"web.listen: HOST:PORT is expected, not {listen}"])
    return host.strip("[]"), int(port)


class Daemon:
    """Listeners, threads and the way down."""

    def __init__(
        self, app: WSGIApplication, *, tls: Callable[[], ssl.SSLContext] | None,
        trusted_proxies: tuple[str, ...] = (), limits: Limits,
    ) -> None:  # fmt: skip
        self._app, self._tls, self._limits = app, tls, limits
        self._proxies = guard.networks(trusted_proxies)
        self._listeners: list[Listener] = []
        for name in ("tornado.access", "tornado.general"):  # the second one writes whole heads, keys and all
            logging.getLogger(name).setLevel(logging.CRITICAL)

    async def run(
        self, listen: str, stop: asyncio.Event, *, monitor: str | None = None,
        ready: Callable[[int], None] | None = None,
    ) -> None:  # fmt: skip
        """Serve until `stop` is set, then finish what was begun."""
        port = self._open(listen, tls=self._tls, threads=self._limits.threads)
        if monitor:
            self._open(monitor, tls=None, threads=2, monitor=True)
        log.info("web.listening", listen=listen, port=port, tls=self._tls is not None, monitor=monitor)
        if ready:
            ready(port)
        await stop.wait()
        log.info("web.stopping", in_flight=sum(listener.office.in_flight for listener in self._listeners))
        await asyncio.gather(*(listener.finish(self._limits) for listener in self._listeners))
        log.info("web.stopped")

    @property
    def connections(self) -> int:
        """How many are open."""
        return sum(listener.connections for listener in self._listeners)

    def reload(self) -> None:
        """Take a new certificate for new connections; one that cannot be used changes nothing."""
        if self._tls is None:
            return
        try:
            context = self._tls()
        except Exception as error:
            log.error("web.certificate_refused", error=type(error).__name__, why=str(error))
            return
        self._listeners[0].ssl_options = context
        log.info("web.certificate_renewed")

    def _open(
        self, listen: str, *, tls: Callable[[], ssl.SSLContext] | None, threads: int, monitor: bool = False
    ) -> int:
        office = Office(self._app, limits=self._limits, proxies=self._proxies, threads=threads, monitor=monitor)
        listener = Listener(
            office,
            ssl_options=tls() if tls else None,
            protocol="https" if tls else "http",
            idle_connection_timeout=self._limits.head_within,
            body_timeout=self._limits.body_within,
            max_header_size=wire.MOST_HEAD,
            max_body_size=wire.MOST_BODY,
            max_buffer_size=4 * wire.MOST_BODY,
        )
        listener.prepare(office, self._limits)
        host, port = address_of(listen)
        try:
            sockets = bind_sockets(port, host or None, backlog=512)
        except OSError as error:
            low = LOW_PORT if isinstance(error, PermissionError) else ""
            name = "monitor" if monitor else "listen"
            raise ConfigFault([f"web.{name}: {listen} cannot be listened on: {error.strerror}{low}"]) from None
        listener.add_sockets(sockets)
        self._listeners.append(listener)
        return int(sockets[0].getsockname()[1])

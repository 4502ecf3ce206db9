"""The doctor where a web server answers in the host's place, and where the CA's file is none."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

from bridge.config.model import HostTls, Ssh, System, Tn3270
from tests.live.test_doctor import failures, host, said, served, system_at, trusting


@contextmanager
def web_server(tls: ssl.SSLContext | None) -> Iterator[int]:
    """It waits to be asked, as all of them do."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), QuietHandler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class QuietHandler(BaseHTTPRequestHandler):
    """Answers 501 to everything, without a word in the test's output."""

    timeout = 10

    def log_message(self, *_: Any) -> None:
        """Nowhere."""


@pytest.mark.parametrize("its_tls", [True, False])
@pytest.mark.parametrize("our_tls", [True, False])
def test_a_web_server_is_called_one(its_tls: bool, our_tls: bool, tmp_path: Path) -> None:
    """Though it does not speak first; but where it speaks TLS and we do not, that is what is seen."""
    authority = trustme.CA()
    ours = {"tls": trusting(authority, tmp_path)} if our_tls else {}
    with web_server(served(authority.issue_cert("localhost")) if its_tls else None) as port:
        found = failures(said(impatient(system_at(port, tmp_path, **ours))))

    if its_tls and not our_tls:
        assert "this port speaks TLS" in found
    else:
        assert f"no TN3270 server: a web server answers on port {port}; correct port" in found


@pytest.mark.parametrize("its_tls", [True, False])
def test_a_web_server_where_ssh_is_expected(its_tls: bool, tmp_path: Path) -> None:
    """It waits to be asked, and is called by its name all the same; nothing is said of ciphers."""
    transport = Ssh(host="localhost", port=1, host_key=("ssh-ed25519 AAAA",), connect_within=timedelta(seconds=3))
    with web_server(served(trustme.CA().issue_cert("localhost")) if its_tls else None) as port:
        unix = replace(system_at(port, tmp_path), product="unix", transport=replace(transport, port=port))
        found = failures(said(unix))

    who = "a server with TLS" if its_tls else "a web server"
    assert found.splitlines() == [f"fail no SSH server: {who} answers on port {port}; correct port"]


def impatient(system: System) -> System:
    """One that gives up after three seconds."""
    assert isinstance(system.transport, Tn3270)
    return replace(system, transport=replace(system.transport, connect_within=timedelta(seconds=3)))


@pytest.mark.parametrize("content", [None, "no certificate\n"])
def test_a_file_of_the_ca_that_is_none(content: str | None, tmp_path: Path) -> None:
    """Where it is expected, what is, and how RACF writes it."""
    file = tmp_path / "ca.pem"
    if content:
        file.write_text(content)
    with host() as zos:
        found = failures(said(system_at(zos.port, tmp_path, tls=HostTls(ca=file))))

    assert f"transport.tls.ca: {file}: " in found
    assert "the certificate of the CA that signed the host's is expected there, as PEM (RACDCERT … EXPORT" in found

"""The console on the wire: what the listener sends, keeps, logs and refuses. Its pages are tried elsewhere."""

from __future__ import annotations

import re
import socket
from pathlib import Path
from urllib.parse import urlencode

from structlog.testing import capture_logs

from bridge.domain.policy import Role
from tests.fakes.kit import house
from tests.fakes.web import settings, token_for
from tests.live.web import NAME, Listening, listening, status, until_closed
from tests.ports import free_port
from web import guard
from web.app import create_app


def send(server: Listening, path: str, fields: dict[str, str], *more: str) -> bytes:
    body = urlencode(fields)
    lines = [f"POST {path} HTTP/1.1", f"Host: {NAME}:{server.port}", f"Origin: {server.base_url}", "Connection: close",
             "Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}", *more, "",
             body]  # fmt: skip
    return server.say("\r\n".join(lines).encode())


def test_signing_in_and_out_on_the_wire(tmp_path: Path) -> None:
    """Every answer is hardened and kept nowhere, none is kept for the next who asks; neither token nor cookie nor what
    was looked for is in the log; two nodes know one session, and its end; the listener for probes has no console."""
    with house(tmp_path) as bridge, capture_logs() as logged:
        text, port = token_for(bridge, "anna", Role.AGENT), free_port()
        made = settings(base_url=f"https://{NAME}:{port}")
        with listening(create_app(bridge.web, made), tmp_path, port=port) as server:
            first = server.get("/console")
            form = re.search(rb'name="token" value="([^"]+)"', first)
            assert form
            fields = {"token": form[1].decode(), "operator_token": text}
            inside = send(server, "/console", fields)
            cookie = re.search(rb"Set-Cookie: (__Host-console=[0-9A-Z]{32}); Secure; HttpOnly; Path=/; SameSite=Strict",
                               inside)  # fmt: skip
            assert cookie
            held = f"Cookie: {cookie[1].decode()}"
            pages = {path: server.get(path, held) for path in ("/console/systems", "/console/resets?userid=JSMITH")}
            assert all(status(page) == 200 and b"Signed in as" in page for page in pages.values())
            assert b"Signed in as" not in server.get("/console/systems")
            other = create_app(bridge.web, made).test_client()
            other.set_cookie("__Host-console", held.partition("=")[2], domain=NAME, secure=True)
            assert other.get("/console/systems", base_url=made.site.base_url).status_code == 200
            out = send(server, "/console/sign-out", {"token": fields["token"]}, held)
            assert status(out) == 200
            assert status(server.get("/console/systems", held)) == 303
            assert other.get("/console/systems", base_url=made.site.base_url).status_code == 303
            for answer in (first, inside, *pages.values(), out):
                for name, value in guard.HEADERS.items():
                    assert f"\r\n{name}: {value}\r\n".encode() in answer
                assert text.encode() not in answer
            assert status(on_monitor(server, "/console")) == 404
        said = str(logged)
        assert "/console/systems" in said
        assert not [secret for secret in (text, held.partition("=")[2], "JSMITH") if secret in said]


def on_monitor(server: Listening, path: str) -> bytes:
    """Ask the listener of health and metrics."""
    with socket.create_connection(("127.0.0.1", server.monitor_port), timeout=10) as wire:
        wire.sendall(f"GET {path} HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n".encode())
        return until_closed(wire)

"""The listener over real sockets and real TLS: strict reading, sizes, certificates, the way down, the log."""

from __future__ import annotations

import json
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import trustme
from structlog.testing import capture_logs

from tests.live.web import NAME, Listening, certificate, listening, status, until_closed
from web import guard, wire
from web.office import Limits

BODY = b"x" * 10


def echo(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Says which header names and how long a body reached the application; does what the path says."""
    path = environ["PATH_INFO"]
    if path == "/fail":
        raise RuntimeError("secret detail")
    if path == "/wait":
        environ["wsgi.input"].read()
        GATE.wait(10)
    names = sorted(name for name in environ if name.startswith("HTTP_"))
    body = f"{len(environ['wsgi.input'].read())} {' '.join(names)}".encode()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]


GATE = threading.Event()


@pytest.fixture(autouse=True)
def closed_gate() -> Iterator[None]:
    GATE.clear()
    yield
    GATE.set()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Listening]:
    with listening(echo, tmp_path) as running:
        yield running


def head(*lines: str, start: str = "POST / HTTP/1.1", host: str = "Host: localhost") -> bytes:
    return "\r\n".join([start, *([host] if host else []), *lines, "", ""]).encode("latin-1")


NEXT = head(start="GET /next HTTP/1.1")
SMUGGLED = {
    "CL and TE": head("Content-Length: 5", "Transfer-Encoding: chunked") + b"0\r\n\r\n",
    "TE and CL": head("Transfer-Encoding: chunked", "Content-Length: 5") + b"0\r\n\r\n",
    "two CL": head("Content-Length: 5", "Content-Length: 6") + BODY,
    "two equal CL": head("Content-Length: 5", "Content-Length: 5") + BODY,
    "CL list": head("Content-Length: 5, 5") + BODY,
    "CL signed": head("Content-Length: +5") + BODY,
    "CL negative": head("Content-Length: -5") + BODY,
    "CL hexadecimal": head("Content-Length: 0x5") + BODY,
    "CL blank inside": head("Content-Length: 1 0") + BODY,
    "CL empty": head("Content-Length:") + BODY,
    "CL huge": head("Content-Length: " + "9" * 40) + BODY,
    "CL superscript": head("Content-Length: ²") + BODY,
    "bare LF in the head": b"GET / HTTP/1.1\nHost: localhost\n\n",
    "bare LF in one line": b"GET / HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n",
    "bare CR": b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\rb\r\n\r\n",
    "bare CR before the end": b"GET / HTTP/1.1\r\nHost: localhost\r\r\n\r\n",
    "space before colon": head("Content-Length : 5") + BODY,
    "tab before colon": head("Content-Length\t: 5") + BODY,
    "fold": head("X: a", " b"),
    "fold at the start": head(" X: a", host=""),
    "no Host": head(host=""),
    "no Host in 1.0": head(host="", start="GET / HTTP/1.0"),
    "two Hosts": head("Host: localhost"),
    "Host list": head(host="Host: localhost, evil.example"),
    "Host with path": head(host="Host: localhost/x"),
    "Host with user": head(host="Host: a@localhost"),
    "Host with bad port": head(host="Host: localhost:99x"),
    "Host empty": head(host="Host:"),
    "NUL in a value": head("X: a\0b"),
    "NUL in the line": head(start="GET /\0 HTTP/1.1"),
    "control in a value": head("X: a\x01b"),
    "no colon": head("nonsense"),
    "empty name": head(": x"),
    "bad name": head("X(: y"),
    "TE unknown in 1.0": head("Transfer-Encoding: chunked", start="POST / HTTP/1.0") + b"0\r\n\r\n",
    "TE twice": head("Transfer-Encoding: chunked", "Transfer-Encoding: chunked") + b"0\r\n\r\n",
    "chunk extension": head("Transfer-Encoding: chunked") + b"5;a=b\r\nhello\r\n0\r\n\r\n",
    "chunk size signed": head("Transfer-Encoding: chunked") + b"+5\r\nhello\r\n0\r\n\r\n",
    "chunk size 0x": head("Transfer-Encoding: chunked") + b"0x5\r\nhello\r\n0\r\n\r\n",
    "chunk size blank": head("Transfer-Encoding: chunked") + b" 5\r\nhello\r\n0\r\n\r\n",
    "chunk size overflow": head("Transfer-Encoding: chunked") + b"1" + b"0" * 16 + b"\r\nhello\r\n0\r\n\r\n",
    "chunk without CRLF": head("Transfer-Encoding: chunked") + b"5\r\nhelloX0\r\n\r\n",
    "chunk trailer": head("Transfer-Encoding: chunked") + b"0\r\nX: y\r\n\r\n",
    "chunk bare LF": head("Transfer-Encoding: chunked") + b"5\nhello\n0\n\n" + b"x" * 20,
    "absolute form": head(start="GET https://evil.example/ HTTP/1.1"),
    "authority form": head(start="CONNECT evil.example:443 HTTP/1.1"),
    "asterisk form": head(start="OPTIONS * HTTP/1.1"),
    "two blanks": head(start="GET  / HTTP/1.1"),
    "lower-case method": head(start="get / HTTP/1.1"),
    "no version": head(start="GET /"),
    "raw eight bit": head(start="GET /\xe9 HTTP/1.1"),
    "two origins": head("Origin: https://a", "Origin: https://b"),
    "not HTTP": b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
}


@pytest.mark.parametrize("name", SMUGGLED)
def test_what_two_could_read_in_two_ways_is_refused(server: Listening, name: str) -> None:
    """400, the connection closed, and the request behind it is not answered; hardened, and nothing is repeated."""
    answer = server.say(SMUGGLED[name] + NEXT)
    assert status(answer) == 400
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"evil" not in answer
    for header, value in guard.HEADERS.items():
        assert f"{header}: {value}\r\n".encode() in answer


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"GET /" + b"a" * wire.MOST_LINE, 414),
        (b"x" * (wire.MOST_LINE + 1), 400),
        (head("X: " + "a" * wire.MOST_HEADERS)[:-4], 431),
        (head(*[f"X{n}: y" for n in range(wire.MOST_LINES)]), 431),
        (head(f"Content-Length: {wire.MOST_BODY + 1}"), 413),
        (head(f"Content-Length: {2**30}"), 413),
        (head("Transfer-Encoding: chunked") + b"10001\r\n", 413),
        (head("Transfer-Encoding: chunked") + (b"8000\r\n" + b"x" * 0x8000 + b"\r\n") * 2 + b"1\r\n", 413),
        (head("Content-Encoding: gzip", "Content-Length: 5") + BODY, 415),
        (head("Transfer-Encoding: gzip, chunked"), 501),
        (head("Expect: miracles"), 417),
        (head(start="GET / HTTP/2.0"), 505),
    ],
)
def test_sizes_are_bounded_early(server: Listening, data: bytes, expected: int) -> None:
    """One byte over: the right status at once, before the rest is sent."""
    began = time.monotonic()
    with server.connect() as line:
        line.sendall(data)
        assert status(line.recv(65536)) == expected
        assert time.monotonic() - began < 1
        assert until_closed(line) is not None


@pytest.mark.parametrize(
    ("lines", "expected"), [((f"Content-Length: {wire.MOST_BODY + 1}",), 413), (("Transfer-Encoding: chunked",), 413)]
)
def test_the_api_is_refused_in_problem_documents(server: Listening, lines: tuple[str, ...], expected: int) -> None:
    """RFC 9457 also where no request came of it; a page's visitor gets a line of text."""
    for start, kind in (("POST /api/v1/resets", b"application/problem+json"), ("POST /r/X", b"text/plain")):
        with server.connect() as line:
            line.sendall(head(*lines, start=f"{start} HTTP/1.1") + b"10001\r\n")
            answer = until_closed(line)
        assert status(answer) == expected
        assert b"Content-Type: " + kind in answer
        body = answer.partition(b"\r\n\r\n")[2]
        assert kind == b"text/plain" or json.loads(body)["code"] == "request_entity_too_large"


def test_what_is_just_within_the_limits_is_taken(server: Listening) -> None:
    """8 KiB of address, 64 lines, 64 KiB of body whole or in chunks, after an announcement too."""
    long = f"GET /{'a' * (wire.MOST_LINE - 14)} HTTP/1.1"
    assert len(long) == wire.MOST_LINE
    assert status(server.say(head("Connection: close", start=long))) == 200
    many = [f"X{n}: y" for n in range(wire.MOST_LINES - 2)]
    assert status(server.say(head(*many, "Connection: close", start="GET / HTTP/1.1"))) == 200
    body = b"x" * wire.MOST_BODY
    whole = server.say(head(f"Content-Length: {len(body)}", "Connection: close") + body)
    assert f"{len(body)} HTTP_".encode() in whole
    pieces = b"8000\r\n" + body[:0x8000] + b"\r\n8000\r\n" + body[0x8000:] + b"\r\n0\r\n\r\n"
    assert f"{len(body)} HTTP_".encode() in server.say(head("Transfer-Encoding: chunked", "Connection: close") + pieces)
    with server.connect() as line:
        line.sendall(head("Content-Length: 3", "Expect: 100-continue", "Connection: close"))
        assert line.recv(100).startswith(b"HTTP/1.1 100")
        line.sendall(b"abc")
        assert b"\r\n\r\n3 HTTP_" in until_closed(line)


def test_requests_follow_each_other_on_one_connection(server: Listening) -> None:
    """Kept alive, sent one behind the other, and HEAD without a body."""
    first = head("Content-Length: 3") + b"abc"
    last = head("Connection: close", start="HEAD / HTTP/1.1")
    answer = server.say(first + NEXT + last)
    assert answer.count(b"HTTP/1.1 200 OK") == 3
    assert answer.endswith(b"\r\n\r\n")


def test_names_with_an_underscore_never_arrive(server: Listening) -> None:
    """X_Forwarded_For cannot pose as X-Forwarded-For."""
    answer = server.get("/", "X_Forwarded_For: 1.2.3.4", "X_Y: z", "X-Z: fine")
    assert b"HTTP_X_FORWARDED_FOR" not in answer
    assert b"HTTP_X_Y" not in answer
    assert b"HTTP_X_Z" in answer


def test_what_escapes_the_application_is_a_500_with_a_number(server: Listening) -> None:
    """No stack, no words of the error; the log has the number."""
    with capture_logs() as lines:
        answer = server.get("/fail")
    assert status(answer) == 500
    assert b"secret" not in answer
    assert b"Traceback" not in answer
    [line] = [line for line in lines if line["event"] == "web.escaped"]
    assert line["reference"].encode() in answer


def test_the_log_shows_no_link(server: Listening) -> None:
    """Whatever a gateway made of it: locator, key and query are not in the line."""
    locator, key = "0123456789ABCDEFGHJKMNPQRS", "ABCDEFGHJKMNPQRSTVWXYZ0123456789"
    with capture_logs() as lines:
        for path in (
            f"/r/{locator}", f"/r/{locator}%23{key}", f"/R/{locator.lower()}%2523{key.lower()}", f"/r/{locator}/not-me",
            f"/https://reset.example.com/r/{locator}%23{key}", f"/?u={locator}%23{key}", f"/{key}",
            "/api/v1/resets?userid=PAYROLL7", "/api/v1/resets/R0123456789AB/revoke", f"/api/v1/resets/{key}",
        ):  # fmt: skip
            server.get(path)
        server.say(f"GET /r/{locator}#{key} HTTP/1.1\nHost: x\n\n".encode())
    text = str(lines)
    for secret in (locator, key, "PAYROLL7"):
        assert secret.lower() not in text.lower()
    paths = [line["path"] for line in lines if line["event"] == "web.answered"]
    assert paths == ["/r/…", "/r/…", "/r/…", "/r/…/not-me", "…", "/", "…", "/api/v1/resets",
                     "/api/v1/resets/R0123456789AB/revoke", "…"]  # fmt: skip


def test_only_tls_with_forward_secrecy(server: Listening) -> None:
    """1.2 and 1.3; nothing older, no RSA key exchange, no CBC, no compression; plain HTTP gets no content."""
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        server.client.minimum_version = server.client.maximum_version = version
        with server.connect() as line:
            assert line.version() == version.name.replace("_", ".")
            assert line.compression() is None
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    for ciphers in ("AES128-GCM-SHA256", "AES256-SHA", "ECDHE-RSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384"):
        old.set_ciphers(ciphers)
        with (
            pytest.raises((ssl.SSLError, ConnectionError)),
            socket.create_connection(("127.0.0.1", server.port)) as raw,
        ):
            old.wrap_socket(raw, server_hostname=NAME)
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as raw:
        raw.sendall(NEXT)
        assert b"HTTP/1.1 200" not in until_closed(raw)


def test_a_new_certificate_is_taken_without_losing_a_request(server: Listening) -> None:
    """Signal: new handshakes get the new one, open connections go on; a broken file changes nothing and is logged."""
    authority: trustme.CA = server.__dict__["authority"]
    with server.connect() as old:
        before = old.getpeercert(binary_form=True)
        certificate(server.folder, authority)
        server.on_loop(server.daemon.reload)
        with server.connect() as new:
            after = new.getpeercert(binary_form=True)
        assert before != after
        old.sendall(NEXT)
        assert status(old.recv(65536)) == 200
    with capture_logs() as lines:
        for file, text in (("cert.pem", "garbage"), ("key.pem", "garbage"), ("key.pem", "")):
            (server.folder / file).write_text(text)
            server.on_loop(server.daemon.reload)
            with server.connect() as line:
                assert line.getpeercert(binary_form=True) == after
    assert [line["event"] for line in lines].count("web.certificate_refused") == 3


def test_certificates_change_under_load_without_a_failure(server: Listening) -> None:
    """Four people ask without pause while it is renewed ten times: every answer is a 200."""
    authority: trustme.CA = server.__dict__["authority"]
    done = threading.Event()

    def ask() -> list[int]:
        seen = []
        while not done.is_set():
            seen.append(status(server.get("/")))
        return seen

    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(ask) for _ in range(4)]
        for _ in range(10):
            certificate(server.folder, authority)
            server.on_loop(server.daemon.reload)
        done.set()
        statuses = [one for seen in asked for one in seen.result()]
    assert statuses
    assert set(statuses) == {200}


def test_a_key_of_another_certificate_changes_nothing(server: Listening) -> None:
    """Each file is fine, together they are not."""
    other = trustme.CA().issue_cert(NAME)
    (server.folder / "key.pem").write_bytes(other.private_key_pem.bytes())
    server.on_loop(server.daemon.reload)
    assert status(server.get()) == 200


def test_stopping_finishes_what_was_begun(tmp_path: Path) -> None:
    """Twenty requests are being worked on: all are answered, nobody new gets in, idle connections do not hold it up."""
    with listening(echo, tmp_path, limits=Limits(threads=20)) as server, ThreadPoolExecutor(20) as pool:
        idle = server.connect()
        idle.sendall(NEXT)
        assert status(idle.recv(65536)) == 200
        asked = [pool.submit(server.get, "/wait") for _ in range(20)]
        office = server.daemon._listeners[0].office
        _until(lambda: office.in_flight == 20)
        server.stop()
        _until(lambda: office.closing)
        with pytest.raises(ConnectionError):
            server.connect()
        GATE.set()
        assert [status(answer.result()) for answer in asked] == [200] * 20
        server.thread.join(10)
        assert not server.thread.is_alive()
        idle.close()


def test_past_the_limit_it_says_503(tmp_path: Path) -> None:
    """At once, with Retry-After; those who were let in are answered, and then it goes on."""
    limits = Limits(threads=2, in_flight=8, per_source=6)
    with listening(echo, tmp_path, limits=limits) as server, ThreadPoolExecutor(6) as pool:
        asked = [pool.submit(server.get, "/wait") for _ in range(6)]
        office = server.daemon._listeners[0].office
        _until(lambda: office.in_flight == 6)
        refused = server.get("/")
        assert status(refused) == 503
        assert b"Retry-After: " in refused
        document = server.get("/api/v1/resets").partition(b"\r\n\r\n")[2]
        assert json.loads(document)["status"] == 503
        GATE.set()
        assert [status(answer.result()) for answer in asked] == [200] * 6
        assert status(server.get("/")) == 200


def test_the_monitor_listener_is_marked(server: Listening) -> None:
    """Plain HTTP of its own; the application is told which door it was."""
    with socket.create_connection(("127.0.0.1", server.monitor_port), timeout=5) as line:
        line.sendall(head("Connection: close", start="GET / HTTP/1.1"))
        assert status(until_closed(line)) == 200


def _until(true: Any) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_sigterm_ends_the_process_with_0(tmp_path: Path) -> None:
    """serve() as a process of its own: HUP reads the certificate again, TERM ends it."""
    certificate(tmp_path, trustme.CA())
    program = (
        "import sys\nfrom pathlib import Path\nfrom bridge.domain.secret import Secret\n"
        "from web.server import serve, tls_context\nhere = Path(sys.argv[1])\n"
        "serve(lambda e, s: [], listen='127.0.0.1:0', tls=lambda: tls_context(here / 'cert.pem', "
        "Secret((here / 'key.pem').read_text())), ready=lambda port: print('ready', flush=True))"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        lines = iter(process.stdout.readline, "")
        assert any("ready" in line for line in lines)
        process.send_signal(signal.SIGHUP)
        assert any("web.certificate_renewed" in line for line in lines)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0

"""The reveal over real connections: at once, exactly once, with the same face for every dead end."""

from __future__ import annotations

import io
import itertools
import random
import re
import socket
import ssl
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest

from bridge.domain.policy import Policy
from tests.fakes.kit import House, house, proof_of
from tests.fakes.web import BASE, Browser, settings
from tests.live.web import NAME, Listening, listening, status, until_closed
from tests.ports import free_port
from web.app import create_app


@dataclass
class Door:
    """A daemon over a house."""

    house: House
    server: Listening
    browser: Browser

    def posted(self, code: str, *, key: str = "", path: str = "", proof: str = "") -> bytes:
        """The whole request that hands in a code, with the key or a proof of it."""
        own_path, own_key = self.browser.link()
        held = {"proof": proof} if proof else {"key": key or own_key}
        body = urlencode({"token": self.browser.token(), **held, "code": code}).encode()
        base = self.server.base_url
        lines = [
            f"POST {path or own_path} HTTP/1.1", f"Host: {NAME}:{self.server.port}", f"Origin: {base}",
            "Sec-Fetch-Site: same-origin", "Content-Type: application/x-www-form-urlencoded",
            f"Content-Length: {len(body)}", "Connection: close", "", "",
        ]  # fmt: skip
        return "\r\n".join(lines).encode() + body

    def together(self, requests: list[bytes]) -> list[bytes]:
        """Send all but the last byte of each, then all the last bytes at once."""
        with ExitStack() as stack:
            lines: list[ssl.SSLSocket] = [stack.enter_context(self.server.connect()) for _ in requests]
            for line, request in zip(lines, requests, strict=True):
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                line.sendall(request[:-1])
            for line, request in zip(lines, requests, strict=True):
                line.sendall(request[-1:])
            with ThreadPoolExecutor(len(lines)) as pool:
                return list(pool.map(until_closed, lines))


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    port = free_port()
    with house(tmp_path, policy=Policy(factors=("totp", "release_code"))) as bridge:
        app = create_app(bridge.web, settings(base_url=f"https://{NAME}:{port}"))
        with listening(app, tmp_path, port=port) as server:
            yield Door(bridge, server, Browser(bridge))


def test_i4_of_sixteen_at_once_one_gets_it(door: Door) -> None:
    """Ten rounds: one password each, and everybody else is told that it has been shown."""
    for _ in range(10):
        door.house.clock.move(seconds=60)
        door.house.ask()
        door.house.work(2)
        answers = door.together([door.posted(door.house.totp())] * 16)
        password = door.house.host.passwords_ever_set[-1].encode()
        assert sorted(status(answer) for answer in answers) == [200] + [410] * 15
        assert sum(password in answer for answer in answers) == 1


def test_a_body_that_comes_in_chunks_is_a_body(door: Door) -> None:
    """As a proxy sends it that does not wait for the end; the application sees all of it, whole."""
    door.house.ask()
    door.house.work()
    head, _, body = door.posted(door.house.totp()).partition(b"\r\n\r\n")
    head = re.sub(rb"Content-Length: \d+", b"Transfer-Encoding: chunked", head)
    pieces = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (body[:7], body[7:50], body[50:]))
    answer = door.server.say(head + b"\r\n\r\n" + pieces + b"0\r\n\r\n")
    assert (status(answer), door.house.host.passwords_ever_set[-1].encode() in answer) == (200, True)


def test_i4_of_keys_and_proofs_at_once_one_gets_it(door: Door) -> None:
    """Whichever wins is answered, with the password or with what the key opens; the rest hears that it is over."""
    for _ in range(5):
        door.house.clock.move(seconds=60)
        door.house.ask()
        door.house.work(2)
        proof = proof_of(door.house.attempt("")).expose()
        code = door.house.totp()
        answers = door.together([door.posted(code), door.posted(code, proof=proof)] * 8)
        password = door.house.host.passwords_ever_set[-1].encode()
        assert sorted(status(answer) for answer in answers) == [200] + [410] * 15
        assert sum(password in answer or b"data-inner=" in answer for answer in answers) == 1


def test_i5_of_a_hundred_wrong_ones_at_once_five_are_judged(door: Door) -> None:
    """In parallel as one after the other: the limit holds, and the right one comes too late."""
    door.house.ask()
    door.house.work()
    wrong = str((int(door.house.totp()) + 1) % 10**6).zfill(6)
    answers = door.together([door.posted(wrong)] * 100)
    kinds = door.house.kinds(door.house.mail.links[-1].reset_id)
    assert kinds.count("factor.wrong") == 5
    assert sorted(status(answer) for answer in answers) == [403] * 4 + [410] * 96
    assert status(door.server.say(door.posted(door.house.totp()))) == 410


def test_a_stranger_without_the_key_locks_nobody_out(door: Door) -> None:
    """Thousands of wrong keys from the same address: counted for nobody, and the person is served."""
    door.house.ask()
    door.house.work()
    _, key = door.browser.link()
    request = door.posted("123456", key="0" * 32).replace(b"Connection: close\r\n", b"")
    with door.server.connect() as line:
        for _ in range(20):
            line.sendall(request * 25)
            seen = b""
            while seen.count(b"HTTP/1.1 404") < 25:
                seen += line.recv(65536)
    assert "factor.wrong" not in door.house.kinds(door.house.mail.links[-1].reset_id)
    assert status(door.server.say(door.posted(door.house.totp(), key=key))) == 200


def test_a_wrong_key_and_an_unknown_locator_take_as_long(door: Door) -> None:
    """First character wrong, last character wrong, all wrong, no such link: one answer, and no time tells which."""
    door.house.ask()
    door.house.work()
    _, key = door.browser.link()
    other = {True: "1", False: "2"}
    _alike(
        door,
        door.posted("123456", key=other[key[0] != "1"] + key[1:]),
        door.posted("123456", key=key[:-1] + other[key[-1] != "1"]),
        door.posted("123456", key="0" * 32),
        door.posted("123456", path="/r/0123456789ABCDEFGHJKMNPQRS"),
    )


def test_a_wrong_proof_and_an_unknown_locator_take_as_long(door: Door) -> None:
    """As with keys: one answer, and no time tells which; nothing that the database holds is a proof."""
    door.house.ask()
    door.house.work()
    proof = proof_of(door.house.attempt("")).expose()
    with door.house.store.look() as work:
        kept = work.links.of(door.house.mail.links[-1].reset_id)
    assert kept
    _alike(
        door,
        door.posted("123456", proof=("1" if proof[0] != "1" else "2") + proof[1:]),
        door.posted("123456", proof=kept.verifier.hex()),
        door.posted("123456", proof="0" * 64),
        door.posted("123456", proof=proof, path="/r/0123456789ABCDEFGHJKMNPQRS"),
    )


@pytest.mark.parametrize("damage", ["%23{key}", "%2523{key}", "/%23{lower}", "?%23{key}", "%23{groups}", "&x=%23{key}"])
def test_a_damaged_link_is_in_no_log_and_no_file(
    door: Door, written: io.StringIO, capfd: pytest.CaptureFixture[str], damage: str
) -> None:
    """A gateway that moved the key into the path: opened fifty times, and neither log, record nor database has it."""
    door.house.ask()
    door.house.work()
    path, key = door.browser.link()
    groups = "%20".join(key[at : at + 4] for at in range(0, 32, 4))
    at = path + damage.format(key=key, lower=key.lower(), groups=groups)
    for _ in range(50):
        door.server.get(at)
    door.server.get(path.lower() + damage.format(key=key, lower=key.lower(), groups=groups))
    assert status(door.server.say(door.posted(door.house.totp()))) == 200
    said = "".join((written.getvalue(), *capfd.readouterr())).encode()
    assert said.count(b"web.answered") > 50
    folder = door.server.folder
    everything = said + b"".join(file.read_bytes() for file in folder.iterdir() if file.is_file())
    for form in (key, key.lower(), groups, key[:8], key[-8:]):
        assert form.encode() not in everything


def test_the_page_takes_as_long_for_every_locator(door: Door) -> None:
    """Opening a live link is recorded after its answer has left."""
    door.house.ask()
    door.house.work()
    end = f" HTTP/1.1\r\nHost: {NAME}:{door.server.port}\r\nConnection: close\r\n\r\n"
    paths = (door.browser.link()[0], "/r/0123456789ABCDEFGHJKMNPQRS", "/r/ZZZZZZZZZZZZZZZZZZZZZZZZZZ")
    _alike(door, *(f"GET {path}{end}".encode() for path in paths))


def _alike(door: Door, *variants: bytes) -> None:
    """Ask each in random order, many times. No pair may be told apart: one is the quicker in half of the cases.

    What the server still does after an answer is let pass: it would count against whoever comes next.
    """
    times: list[list[float]] = [[] for _ in variants]
    bodies = set()
    order = random.Random(7)
    with ExitStack() as stack:
        lines = [stack.enter_context(door.server.connect()) for _ in variants]
        between = stack.enter_context(door.server.connect())
        for _ in range(200):
            for place in order.sample(range(len(variants)), len(variants)):
                for _ in range(2):
                    between.sendall(variants[-1].replace(b"Connection: close", b"X-Fill: xxxxx"))
                    between.recv(65536)
                began = time.perf_counter()
                lines[place].sendall(variants[place].replace(b"Connection: close", b"X-Fill: xxxxx"))
                bodies.add(_same(lines[place].recv(65536)))
                times[place].append(time.perf_counter() - began)
    assert len(bodies) == 1
    for one, other in itertools.combinations(times, 2):
        quicker = statistics.mean(a < b for a, b in itertools.product(one, other))
        assert 0.35 < quicker < 0.65, [statistics.median(taken) for taken in times]


def _same(answer: bytes) -> bytes:
    """An answer without token, locator and date."""
    return re.sub(rb"Date: [^\r]+|value=\"[^\"]*\"|action=\"[^\"]*\"", b"", answer)


def test_a_lost_answer_shows_nobody_anything(door: Door) -> None:
    """The line is cut right behind the request: it may be spent, but then for everybody, and that is on record."""
    door.house.ask()
    door.house.work()
    with door.server.connect() as line:
        line.sendall(door.posted(door.house.totp()))
    office = door.server.daemon._listeners[0].office
    end = time.monotonic() + 5
    while office.in_flight or door.server.daemon.connections:
        assert time.monotonic() < end
        time.sleep(0.01)
    again = door.server.say(door.posted(door.house.totp()))
    spent = "reset.revealed" in door.house.kinds(door.house.mail.links[-1].reset_id)
    assert status(again) == (410 if spent else 200)
    assert BASE.encode() not in again

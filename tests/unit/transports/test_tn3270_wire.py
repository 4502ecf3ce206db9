"""A wire over TN3270 and what it asks of the emulator, before the first secret and where a session is in the way."""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import cast

import pytest

from bridge.config.model import HostTls, Tn3270
from bridge.domain.errors import AnswerLost, ConfigFault, HostUnreached
from bridge.domain.outcome import Order, Reply, Typed, Verb
from bridge.domain.secret import Line, Secret
from connectors.hosts.own import Untouched
from connectors.hosts.transports.logon import AlreadyLoggedOn
from connectors.hosts.transports.reach import certificates_of, first_words, reach, speaks_tls
from connectors.hosts.transports.ready import Ready
from connectors.hosts.transports.s3270 import Answer, Emulator
from connectors.hosts.transports.screens import Status
from connectors.hosts.transports.tn3270 import MOST_UNREAD, SECURE, Tn3270Wire
from connectors.machine import Deadline

STATUS = Status.read(b"U F U C(192.0.2.1) I 2 24 80 0 0 0x0 0.000")
PLAIN = Tn3270(host="127.0.0.1", port=1, tls=None, insecure=True, reconnect_wait=timedelta(hours=1))
GOOD = {"CodePage": "cp1047 1047", "Tls": SECURE, "LuName": "RSTB01", "ConnectionState": "connected-tn3270e-3270"}
WITHIN = timedelta(seconds=5)


class Answers:
    """An emulator that only answers queries."""

    def __init__(self, **said: str) -> None:
        self._said = {**GOOD, **said}

    def do(self, action: str, *, within: float) -> Answer:
        del within
        text = self._said.get(action.removeprefix("Query(").rstrip(")"), "")
        return Answer(ok=True, data=(text.encode(),), status=STATUS)


class InTheWay(Tn3270Wire):
    """Each logon meets another session, so many times."""

    def __init__(self, times: int, own: Untouched | None = None, settings: Tn3270 = PLAIN) -> None:
        self.slept: list[float] = []
        self.tried: list[bool] = []
        self._times = times
        super().__init__(
            "PRODA",
            settings,
            "RSTBRDG",
            Secret("x"),
            own=own,
            sleep=lambda for_: self.slept.append(for_.total_seconds()),
        )

    def _open(self, *, take_over: bool, by_panel: bool) -> None:
        del by_panel
        self.tried.append(take_over)
        if len(self.tried) <= self._times:
            raise AlreadyLoggedOn(("IKJ56425I LOGON REJECTED, USERID RSTBRDG IN USE",))


@pytest.mark.parametrize(
    ("said", "tls", "lu", "words"),
    [
        ({"ConnectionState": "not-connected"}, False, (), "ended the connection while"),
        ({"ConnectionState": "not-connected"}, False, ("A",), "may not give the LU names A"),
        ({"Tls": "secure host-unverified"}, True, (), "could not prove the host's certificate: secure host-unverified"),
        ({"Tls": "not-secure"}, True, (), "could not prove the host's certificate: not-secure"),
        ({"LuName": "TCP00123"}, False, ("A", "B"), "none of the LU names A, B, but TCP00123"),
        ({"LuName": ""}, False, ("A",), "none of the LU names A, but none by name"),
    ],
)
def test_nothing_is_typed_where_the_emulator_did_not_get_what_was_asked(
    said: dict[str, str], tls: bool, lu: tuple[str, ...], words: str
) -> None:
    """A certificate that it did not prove is none, whatever was proven ahead of it on another connection."""
    wire = Tn3270Wire("PRODA", PLAIN, "RSTBRDG", Secret("x"))
    wire._settings = replace(PLAIN, tls=HostTls(ca=Path("ca.pem")) if tls else None, lu=lu)
    with pytest.raises(HostUnreached, match=words):
        wire._check(cast("Emulator", Answers(**said)))


def test_what_was_asked_for_is_enough() -> None:
    """Certificate, page and LU."""
    wire = Tn3270Wire("PRODA", PLAIN, "RSTBRDG", Secret("x"))
    wire._settings = replace(PLAIN, tls=HostTls(ca=Path("ca.pem")), lu=("RSTB00", "RSTB01"))
    wire._check(cast("Emulator", Answers()))
    with pytest.raises(ConfigFault, match="s3270 does not know it"):
        wire._check(cast("Emulator", Answers(CodePage="bracket")))


def test_a_session_in_the_way_is_looked_for_in_growing_pauses() -> None:
    """Plain and by RECONNECT each time: each logon goes through all of the host's, and may be counted there."""
    wire = InTheWay(9)
    wire.open()
    assert wire.slept == [5, 10, 20, 40]
    assert wire.tried == [False, True] * 4 + [False, True, False]  # the last two: taken over to be logged off, and in


def test_a_session_in_the_way_is_tried_twice_where_nobody_waits() -> None:
    """The circuit's pause comes next, and this service id has been waited for before."""
    wire = InTheWay(99, settings=replace(PLAIN, reconnect_wait=timedelta(0)))
    with pytest.raises(HostUnreached, match="logged on elsewhere: IKJ56425I") as raised:
        wire.open()
    assert raised.value.answered
    assert (wire.tried, wire.slept) == ([False, True], [])


def test_what_may_have_reached_the_host_is_not_typed_on() -> None:
    """A new password that was drawn in this logon: the next one finds out which of the two counts."""
    own = Untouched(lambda: Secret("x"))
    own.outstanding = True
    wire = InTheWay(1, own)
    with pytest.raises(HostUnreached, match="logged on elsewhere"):
        wire.open()
    assert wire.tried == [False]


def test_a_session_that_is_not_open_takes_no_order() -> None:
    """Nothing was sent."""
    wire = Tn3270Wire("PRODA", PLAIN, "RSTBRDG", Secret("x"))
    with pytest.raises(HostUnreached, match="not open"):
        wire.run(None)  # type: ignore[arg-type]
    assert not wire.alive()


class Speaks:
    """A port that says something, or nothing, and closes."""

    def __init__(self, words: bytes) -> None:
        self._words, self._socket = words, socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            line, _ = self._socket.accept()
            with line:
                line.sendall(self._words)
                line.recv(1)


def test_what_a_port_says_by_itself() -> None:
    """Telnet's first byte; nothing where nobody listens; and what is no TLS has no certificate."""
    plain = Speaks(b"\xff\xfd\x28")
    assert first_words("127.0.0.1", plain.port, Deadline(WITHIN)) == b"\xff\xfd\x28"
    assert not speaks_tls("127.0.0.1", plain.port, Deadline(WITHIN))
    assert certificates_of("127.0.0.1", plain.port, Deadline(WITHIN)) is None
    assert first_words("127.0.0.1", 1, Deadline(WITHIN)) == b""
    assert certificates_of("127.0.0.1", 1, Deadline(WITHIN)) is None


def test_an_address_that_drops_leaves_time_for_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """It used up all of `connect_within`, so that a name with one dead address was no way to the host at all."""
    port = Speaks(b"").port
    with socket.socket() as drops:
        drops.bind(("127.0.0.2", port))
        drops.listen(0)
        crowd = [socket.socket() for _ in range(4)]
        for each in crowd:
            each.setblocking(False)
            with suppress(BlockingIOError):
                each.connect(("127.0.0.2", port))
        monkeypatch.setattr(
            "connectors.hosts.transports.reach.addresses", lambda *_: ["127.0.0.2", "127.0.0.1"]
        )  # fmt: skip
        deadline = Deadline(timedelta(seconds=3))
        assert reach("PRODA", "zos.example.com", port, tls=None, name="", deadline=deadline) == "127.0.0.1"
        assert deadline.left() > 1
        for each in crowd:
            each.close()


class Listens(Speaks):
    """A port that hears out what it is told, and closes without a word."""

    def _serve(self) -> None:
        while True:
            line, _ = self._socket.accept()
            with line:
                line.recv(65536)


def test_a_host_that_closes_during_the_handshake_is_said_so() -> None:
    """And a port that only wants to be heard out shows no certificate."""
    port = Listens(b"").port
    with pytest.raises(HostUnreached, match="closed the connection during the TLS handshake"):
        reach("PRODA", "127.0.0.1", port, tls=ssl.create_default_context(), name="zos.example.com",
              deadline=Deadline(WITHIN))  # fmt: skip
    assert certificates_of("127.0.0.1", port, Deadline(WITHIN)) is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (b"\xff\xfd\x28", "does not speak TLS"),
        (b"\x15\x03\x03\x00\x02\x02\x28", "no TLS cipher in common"),
        (b"\x15\x03\x03\x00\x02\x02\x50", "TLS failed: TLSV1_ALERT_INTERNAL_ERROR"),
    ],
    ids=["telnet", "handshake failure", "alert on no list"],
)
def test_a_handshake_that_fails_is_said_in_words(words: bytes, said: str) -> None:
    """By the first record that came, known or not."""
    port = Speaks(words).port
    with pytest.raises(HostUnreached, match=said):
        reach("PRODA", "127.0.0.1", port, tls=ssl.create_default_context(), name="zos.example.com",
              deadline=Deadline(WITHIN))  # fmt: skip


class Forgetful:
    """A session at READY whose answers are lost, as long as it is told so."""

    lost = True

    def run(self, order: Order) -> tuple[Reply, ...]:
        if self.lost:
            raise AnswerLost("PRODA", str(order.verb), timedelta(0))
        return ()


def test_i1_what_was_never_answered_is_masked_and_no_more_of_it_than_a_screen_can_show_again() -> None:
    """The last so many, the newest among them; what has been answered is not kept at all."""
    wire, ready, unread = InTheWay(0), Forgetful(), []
    wire._unread, wire._ready = unread, cast(Ready, ready)
    for number in range(MOST_UNREAD + 5):
        line = Line("ALTUSER JSMITH PASSWORD(", Secret(f"NEWPW{number:03}"), ")")
        with pytest.raises(AnswerLost):
            wire.run(Order(verb=Verb.RESET, typed=(Typed(line=line),)))
    assert [each.expose() for each in unread] == [f"NEWPW{number:03}" for number in range(5, MOST_UNREAD + 5)]
    ready.lost = False
    wire.run(Order(verb=Verb.PING, typed=(Typed(line=Line("TIME")),)))
    assert unread == []

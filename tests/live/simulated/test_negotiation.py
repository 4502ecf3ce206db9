"""What goes over the wire before the first screen, byte for byte (RFC 2355)."""

import socket

import pytest

from connectors.simulated.codepages import codepage
from connectors.simulated.faults import Fault

PAGE = codepage("1047")


class Wire:
    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), 10)

    def expect(self, data: str) -> None:
        expected = bytes.fromhex(data)
        assert self.read(len(expected)).hex(" ") == expected.hex(" ")

    def read(self, length: int) -> bytes:
        received = b""
        while len(received) < length:
            more = self.socket.recv(length - len(received))
            assert more, f"hung up after {received.hex(' ')}"
            received += more
        return received

    def record(self) -> bytes:
        received = b""
        while not received.endswith(b"\xff\xef"):
            received += self.read(1)
        return received

    def say(self, data: str) -> None:
        self.socket.sendall(bytes.fromhex(data))


@pytest.fixture
def wire(start):
    opened = Wire(start().port)
    yield opened
    opened.socket.close()


def agree(wire: Wire) -> None:
    wire.expect("FF FD 28")
    wire.say("FF FB 28")
    wire.expect("FF FA 28 08 02 FF F0")
    wire.say("FF FA 28 02 07" + b"IBM-3279-2-E\x01RSTB01".hex() + "FF F0")
    wire.expect("FF FA 28 02 04" + b"IBM-3279-2-E\x01RSTB01".hex() + "FF F0")
    wire.say("FF FA 28 03 07 00 02 04 FF F0")
    wire.expect("FF FA 28 03 04 00 02 04 FF F0")


def test_tn3270e_from_the_first_byte_to_tso_s_question(wire):
    agree(wire)
    logo = wire.record()
    assert logo[:3] == b"\x07\x00\x00"
    assert PAGE.encode("LU RSTB01") in logo
    wire.say("07 00 00 00 00" + PAGE.encode("TSO").hex() + "FF EF")
    bind = wire.record()
    assert bind[:1] == b"\x03"
    assert bind[5] == 0x31
    query = wire.record()
    assert (query[0], query[2]) == (0x00, 0x02)
    assert query[5:] == bytes.fromhex("F3 00 05 01 FF FF 02 FF EF")
    wire.say("00 00 00 00 00 88 00 06 81 80 80 81 FF EF")
    question = wire.record()
    assert question[5:12] == bytes.fromhex("F5 C3 11 40 40 1D C8")
    assert PAGE.encode("IKJ56700A ENTER USERID -") in question


def test_functions_that_are_not_known_are_asked_out(start):
    wire = Wire(start().port)
    wire.expect("FF FD 28")
    wire.say("FF FB 28")
    wire.expect("FF FA 28 08 02 FF F0")
    wire.say("FF FA 28 02 07" + b"IBM-3279-2-E".hex() + "FF F0")
    wire.expect("FF FA 28 02 04" + b"IBM-3279-2-E\x01TCP00001".hex() + "FF F0")
    wire.say("FF FA 28 03 07 00 02 04 05 FF F0")
    wire.expect("FF FA 28 03 07 00 02 04 FF F0")
    wire.say("FF FA 28 03 04 00 02 04 FF F0")
    assert wire.record()[:1] == b"\x07"
    wire.socket.close()


def test_a_refused_lu_has_a_reason(start):
    zos = start()
    zos.faults.arm(Fault.LU_REFUSED, "RSTB01", count=1)
    wire = Wire(zos.port)
    wire.expect("FF FD 28")
    wire.say("FF FB 28")
    wire.expect("FF FA 28 08 02 FF F0")
    wire.say("FF FA 28 02 07" + b"IBM-3279-2-E\x01RSTB01".hex() + "FF F0")
    wire.expect("FF FA 28 02 06 05 01 FF F0")
    wire.socket.close()


def test_a_refusal_of_tn3270e_leads_to_classic(wire):
    wire.expect("FF FD 28")
    wire.say("FF FC 28")
    wire.expect("FF FD 18")
    wire.say("FF FB 18")
    wire.expect("FF FA 18 01 FF F0")
    wire.say("FF FA 18 00" + b"IBM-3279-2-E".hex() + "FF F0")
    wire.expect("FF FD 19 FF FB 19 FF FD 00 FF FB 00")
    wire.say("FF FB 19 FF FD 19 FF FB 00 FF FD 00")
    assert wire.record()[:2] == b"\xf5\xc3"

"""Bytes: telnet in any portions, the 3270 data stream, code pages, a screen of our own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.hosts.transports import charset
from connectors.simulated.codepages import codepage, host_page, numbers
from connectors.simulated.datastream import (
    ERASE_WRITE,
    Aid,
    Attribute,
    Control,
    Typed,
    Writer,
    address,
    cell,
    read_address,
    read_typed,
)
from connectors.simulated.emulator import Screen
from connectors.simulated.line import bind_image
from connectors.simulated.telnet import Negotiated, Option, Parser, Record, Signal, Sub, Verb, record, say, sub

PAGE = codepage("1047")


def test_events_are_the_same_one_byte_at_a_time():
    stream = say(Verb.WILL, Option.TN3270E) + sub(40, b"\x02\xff\x07") + record(b"\x7d\xff\x11") + b"\xff\xf4\xff\xf1"
    whole = Parser().feed(stream)
    parser = Parser()
    assert [event for byte in stream for event in parser.feed(bytes((byte,)))] == whole
    assert whole == [
        Negotiated(Verb.WILL, Option.TN3270E), Sub(40, b"\x02\xff\x07"), Record(b"\x7d\xff\x11"), Signal(0xF4),
    ]  # fmt: skip


@given(st.lists(st.binary(max_size=20), max_size=5))
def test_records_come_back_whole(records):
    assert Parser().feed(b"".join(map(record, records))) == [Record(each) for each in records]


@given(st.binary(max_size=60))
def test_no_bytes_confuse_the_parser(noise):
    Parser().feed(noise)
    read_typed(noise)


@given(st.integers(0, 1919))
def test_addresses_return(at):
    first, second = address(at)
    assert read_address(first, second) == at
    assert read_address(at >> 8, at & 0xFF) == at


def test_known_addresses_and_attributes():
    assert address(cell(23, 2)) == b"\x5b\x61"
    writer = Writer(PAGE, ERASE_WRITE, Control.RESTORE_KEYBOARD | Control.RESET_MODIFIED)
    assert writer.field(Attribute.BRIGHT).bytes() == b"\xf5\xc3\x1d\xc8"
    assert Writer(PAGE, ERASE_WRITE, Control.NONE).field(Attribute.HIDDEN).bytes() == b"\xf5\x40\x1d\x4c"
    assert Writer(PAGE, ERASE_WRITE, Control.NONE).field(Attribute.SKIP).bytes() == b"\xf5\x40\x1d\xf0"


def test_inbound_records_as_seen():
    assert read_typed(bytes.fromhex("7D40C91140C7A7A883")) == Typed(Aid.ENTER, 9, ((7, b"\xa7\xa8\x83"),))
    assert read_typed(b"\x6c") == Typed(Aid.PA1)
    assert read_typed(bytes.fromhex("7D40C5E4D5C6D4E3")) == Typed(Aid.ENTER, 5, ((-1, bytes.fromhex("E4D5C6D4E3")),))


def test_bind_names_the_application():
    image = bind_image("TSO", PAGE, "IBM-3279-2-E")
    assert image[0] == 0x31
    assert image[20:24] == bytes((24, 80, 24, 80))
    assert image[27] == 3
    assert image[28:31] == PAGE.encode("TSO")
    assert len(image) == 32


@pytest.mark.parametrize(
    ("number", "text", "expected"),
    [
        ("1047", "[]^¬!|", "ADBD5FB05A4F"), ("037", "[]^¬!|", "BABBB05F5A4F"), ("273", "@[]!|", "B563FC4FBB"),
        ("297", "@#$", "44B15B"), ("285", "$£", "4A5B"), ("277", "@#$", "804A67"), ("1141", "€", "9F"),
    ],
)  # fmt: skip
def test_characters_that_move(number, text, expected):
    assert codepage(number).encode(text).hex().upper() == expected


@pytest.mark.parametrize("number", numbers())
def test_letters_and_digits_do_not_move(number):
    text = "ABCXYZabcxyz0189 %&'()*+,-./:;<=>?_"
    assert codepage(number).encode(text) == codepage("1047").encode(text)
    assert codepage(number).decode(codepage(number).encode(text)) == text


def test_what_a_page_does_not_have_is_an_error():
    with pytest.raises(UnicodeEncodeError):
        PAGE.encode("€")
    with pytest.raises(LookupError):
        codepage("9999")
    assert codepage("IBM-1047") is not None
    assert PAGE.nationals() == "#@$"
    assert PAGE.specials() == ".<+|&!*-%_>?:="


def test_national_characters_are_bytes_to_the_host_whatever_a_page_shows():
    """Both ends of the line have tables of their own, and agree."""
    for number in sorted({*charset.PAGES}):
        page, host = codepage(number), host_page(number)
        typed = page.encode(charset.national("A#@$Z", number))
        assert typed.hex().upper() == "C17B7C5BE9"
        assert host.decode(typed) == "A#@$Z"
        assert host.encode("A#@$Z") == typed
        if number in charset.SHOWN:
            assert host.decode(page.encode("A#@$Z")) != "A#@$Z"


def test_a_screen_of_our_own():
    screen = Screen(PAGE)
    writer = Writer(PAGE, ERASE_WRITE, Control.RESTORE_KEYBOARD)
    writer.at(1, 1).field(Attribute.SKIP).text("NAME").field(Attribute.PLAIN).cursor().at(1, 11).field(Attribute.SKIP)
    writer.at(2, 1).field(Attribute.HIDDEN).text("X").field(Attribute.SKIP)
    screen.apply(writer.bytes())
    screen.type("abc")
    assert screen.text() == " NAME abc"
    assert screen.inputs() == [6, 81]
    assert screen.press(Aid.ENTER) == b"\x7d" + address(9) + b"\x11" + address(6) + PAGE.encode("abc")
    with pytest.raises(ValueError, match="no input"):
        screen.type("x")

"""Telnet as 3270 uses it: bytes in any portions to events, and the bytes of what we say.

Source: RFC 854, 885 (end of record), 1091 (terminal type), 1576 (TN3270), 2355 (TN3270E).
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

IAC: Final = 0xFF
EOR_MARK: Final = 0xEF
SB, SE = 0xFA, 0xF0
BREAK, INTERRUPT, ABORT_OUTPUT = 0xF3, 0xF4, 0xF5


class Verb(IntEnum):
    WILL = 0xFB
    WONT = 0xFC
    DO = 0xFD
    DONT = 0xFE


class Option(IntEnum):
    BINARY = 0x00
    TERMINAL_TYPE = 0x18
    EOR = 0x19
    NEW_ENVIRON = 0x27
    TN3270E = 0x28
    START_TLS = 0x2E


@dataclass(frozen=True, slots=True)
class Negotiated:
    verb: int
    option: int


@dataclass(frozen=True, slots=True)
class Sub:
    """A sub-negotiation: the option and what followed it."""

    option: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Record:
    data: bytes


@dataclass(frozen=True, slots=True)
class Signal:
    """BRK, IP, AO and the like."""

    code: int


VERBS: Final = frozenset(int(verb) for verb in Verb)
Event = Negotiated | Sub | Record | Signal


class Parser:
    """Feed it what arrives; it returns what is complete."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._pending = bytearray()
        self._sub: bytearray | None = None

    def feed(self, received: bytes) -> list[Event]:
        self._pending += received
        events: list[Event] = []
        while True:
            taken = self._take(events)
            if not taken:
                return events
            del self._pending[:taken]

    def _take(self, events: list[Event]) -> int:
        """Consume one data byte or one command; return its length, 0 while it is incomplete."""
        if not self._pending:
            return 0
        target = self._data if self._sub is None else self._sub
        if self._pending[0] != IAC:
            target.append(self._pending[0])
            return 1
        if len(self._pending) < 2:
            return 0
        code = self._pending[1]
        if code == IAC:
            target.append(IAC)
            return 2
        if code in VERBS:
            return self._negotiated(events)
        self._command(code, events)
        return 2

    def _negotiated(self, events: list[Event]) -> int:
        if len(self._pending) < 3:
            return 0
        events.append(Negotiated(self._pending[1], self._pending[2]))
        return 3

    def _command(self, code: int, events: list[Event]) -> None:
        if code == SB:
            self._sub = bytearray()
        elif code == SE and self._sub is not None:
            if self._sub:
                events.append(Sub(self._sub[0], bytes(self._sub[1:])))
            self._sub = None
        elif code == EOR_MARK:
            events.append(Record(bytes(self._data)))
            self._data.clear()
        elif code in {BREAK, INTERRUPT, ABORT_OUTPUT}:
            events.append(Signal(code))


def escaped(data: bytes) -> bytes:
    return data.replace(b"\xff", b"\xff\xff")


def record(data: bytes) -> bytes:
    return escaped(data) + bytes((IAC, EOR_MARK))


def say(verb: Verb, option: int) -> bytes:
    return bytes((IAC, verb, option))


def sub(option: int, data: bytes) -> bytes:
    return bytes((IAC, SB, option)) + escaped(data) + bytes((IAC, SE))

"""The TN3270 transport against a host that each test scripts: odd panels, odd answers, and what must not be typed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from bridge.domain.errors import AnswerLost, BadInput, HostUnreached
from bridge.domain.secret import Line, Secret
from tests.live.tn3270_host import CLEAR, ENTER, PA1, Key, ScriptedHost, Terminal
from tests.live.tn3270_panels import LOGO
from tests.live.tn3270_wires import LIST, NEW, opened, order, reset, said, wire_to

ONE_SECOND = timedelta(seconds=1)


def at_ready(then: Callable[[Terminal], None]) -> Callable[[Terminal], None]:
    def play(terminal: Terminal) -> None:
        terminal.log_on()
        then(terminal)

    return play


# --- at READY -------------------------------------------------------------------------------------


def test_ready_on_the_last_line_is_ready() -> None:
    """The screen is full, READY on its last row, the cursor back at the top."""

    def then(terminal: Terminal) -> None:
        terminal.typed()
        terminal.lines(*(f"LINE {number}" for number in range(23)), "READY")
        terminal.log_off()

    with ScriptedHost(at_ready(then)) as host, opened(wire_to(host.port)) as wire:
        assert said(wire.run(LIST)) == [f"LINE {number}" for number in range(23)]


def test_output_that_scrolls_is_read_once() -> None:
    """A host that moves its lines up instead of asking with ***: what was read before is not read again."""

    def then(terminal: Terminal) -> None:
        terminal.typed()
        rows = [f"LINE {number}" for number in range(30)]
        for end in range(22, 31):
            terminal.lines(*rows[end - 22 : end], unlock=False)
            shown.wait(0.2)
        terminal.lines(*rows[8:30], "READY")
        terminal.log_off()

    shown = threading.Event()  # never set: the host's own pace
    with ScriptedHost(at_ready(then)) as host, opened(wire_to(host.port)) as wire:
        lines = said(wire.run(LIST))

    assert lines[-22:] == [f"LINE {number}" for number in range(8, 30)]
    assert len(lines) == len(set(lines))


def test_a_message_behind_ready_is_passed_with_enter() -> None:
    """READY has been pushed up by somebody's message: ENTER brings it back, and the answer is whole."""

    def then(terminal: Terminal) -> None:
        terminal.typed()
        terminal.lines("USER=PAYROLL7", "READY", "BACK AT NOON CN(01)", at=1, erase=False)
        assert terminal.key(ENTER).text == ""
        terminal.lines("READY", at=5, erase=False)
        terminal.log_off()

    with ScriptedHost(at_ready(then)) as host, opened(wire_to(host.port)) as wire:
        (reply,) = wire.run(LIST)

    assert reply.prompt == "READY"
    assert "USER=PAYROLL7" in reply.text
    assert "BACK AT NOON" in reply.text


def test_a_question_nobody_listed_ends_with_attention_at_the_limit() -> None:
    """No prompt within the limit: PA1, back at READY, and the answer counts as lost."""
    keys: list[int] = []

    def then(terminal: Terminal) -> None:
        terminal.typed()
        terminal.lines("What now, operator", at=1, erase=False)
        keys.append(terminal.key().aid)
        terminal.ready(at=3)
        terminal.log_off()

    with (
        ScriptedHost(at_ready(then)) as host,
        opened(wire_to(host.port, answer_within=ONE_SECOND)) as wire,
        pytest.raises(AnswerLost, match="ALTUSER"),
    ):
        wire.run(reset())

    assert keys == [PA1]


def test_i1_the_secret_is_wiped_off_the_screen() -> None:
    """CLEAR follows a line with a secret at once, without waiting for the next order."""
    cleared = threading.Event()

    def then(terminal: Terminal) -> None:
        assert NEW in terminal.typed()
        terminal.ready()
        assert terminal.key().aid == CLEAR
        terminal.send(b"", erase=False)
        cleared.set()
        terminal.log_off()

    with ScriptedHost(at_ready(then)) as host, opened(wire_to(host.port)) as wire:
        wire.run(reset())
        assert cleared.wait(5)


def test_a_line_goes_out_whole_under_a_flood_of_messages() -> None:
    """The host writes without pause and moves the cursor: what is sent is the line, whole, each time."""
    got: list[str] = []

    def then(terminal: Terminal) -> None:
        stop = threading.Event()

        def flood() -> None:
            number = 0
            while not stop.is_set():
                number += 1
                try:
                    terminal.lines(f"MESSAGE {number}", at=10 + number % 5, erase=False)
                except OSError:
                    return

        for _ in range(20):
            while (key := terminal.key()).aid != ENTER or not key.text:
                terminal.send(b"", erase=False)
            got.append(key.text)
            terminal.ready()
        terminal.log_off()

    with ScriptedHost(at_ready(then)) as host, opened(wire_to(host.port)) as wire:
        for _ in range(20):
            wire.run(reset())

    assert got == [f"ALTUSER PAYROLL7 PASSWORD({NEW}) EXPIRED RESUME"] * 20


@pytest.mark.parametrize("odd", ['")', "\\n", "\\", '"', '\\"', "\\x22d", '") Quit() String("', "'(),;", "«", "é£¬¢"])
def test_text_arrives_as_it_is(odd: str) -> None:
    """Quotes, backslashes and what s3270 would take for an action are typed, never carried out."""
    got: list[str] = []

    def then(terminal: Terminal) -> None:
        got.append(terminal.typed())
        terminal.ready()
        terminal.log_off()

    with ScriptedHost(at_ready(then)) as host, opened(wire_to(host.port, codepage="037")) as wire:
        wire.run(order(Line("SEND ", Secret(f"A{odd}B"), " .")))

    assert got == [f"SEND A{odd}B ."]


@pytest.mark.parametrize("odd", ["\n", "\t", "\x00", "\x7f", "\x9f", "€", "–", "日", "\u202e"])
def test_what_the_code_page_lacks_is_refused_before_anything_is_typed(odd: str) -> None:
    """s3270 would drop it and say ok. The words name no character of the secret."""
    with (
        ScriptedHost(at_ready(lambda terminal: terminal.log_off())) as host,
        opened(wire_to(host.port)) as wire,
        pytest.raises(BadInput, match="code page") as refused,
    ):
        wire.run(order(Line("SEND ", Secret(f"A{odd}B"))))

    assert odd not in str(refused.value)


@pytest.mark.parametrize("line", ["ALTUSER X PASSWORD(ABC-", "LISTUSER +", "X" * 1800])
def test_a_line_that_tso_would_continue_is_refused(line: str) -> None:
    """A line that ends in - or +, or is longer than the screen, would not be one command."""
    with (
        ScriptedHost(at_ready(lambda terminal: terminal.log_off())) as host,
        opened(wire_to(host.port)) as wire,
        pytest.raises(BadInput),
    ):
        wire.run(order(line))


def test_a_session_that_has_moved_is_not_typed_into() -> None:
    """Logged off by the host meanwhile: no READY, so not a character of the order is sent."""
    keys: list[Key] = []
    moved = threading.Event()

    def then(terminal: Terminal) -> None:
        assert terminal.key().aid == CLEAR
        terminal.send(LOGO)
        moved.set()
        while True:
            keys.append(terminal.key())
            terminal.send(LOGO)

    with ScriptedHost(at_ready(then)) as host, opened(wire_to(host.port)) as wire:
        assert moved.wait(5)
        with pytest.raises(HostUnreached):
            wire.run(reset())

    assert all(NEW not in key.text for key in keys)

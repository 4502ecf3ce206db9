"""The TN3270 transport against a host that each test scripts: odd panels, odd answers, and what must not be typed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from bridge.domain.errors import AnswerLost, BadInput, HostUnreached, ServiceIdRejected
from bridge.domain.secret import Line, Secret
from tests.live.tn3270_host import (
    BRIGHT,
    CLEAR,
    ENTER,
    HIDDEN,
    PA1,
    PF3,
    PLAIN,
    Key,
    ScriptedHost,
    Terminal,
    cursor,
    text,
)
from tests.live.tn3270_wires import LIST, NEW, PASSWORD, SERVICE, opened, order, reset, said, wire_to

ONE_SECOND = timedelta(seconds=1)
PAINTING = 0.5  # seconds in which a host is busy drawing
LOGO = (
    text(5, 10, "EXAMPLE BANK") + text(22, 0, "===> ENTER LOGON APPLID(XXX)") + text(23, 0, "", PLAIN) + cursor(23, 1)
)


def panel(terminal: Terminal, *messages: str, length: int = 8, attribute: int = HIDDEN, extra: bytes = b"") -> Key:
    """A logon panel with the usual labels, not in the usual places; the next key."""
    data = text(0, 20, "TSO/E LOGON")
    data += b"".join(text(1 + row, 1, message) for row, message in enumerate(messages))
    data += text(3, 4, "Enter LOGON parameters below:") + text(5, 2, f"Userid ===> {SERVICE}")
    data += text(9, 2, "Password  ===>") + text(9, 22, "", attribute) + text(9, 23 + length, "")
    data += text(9, 45, "New Password ===>") + text(9, 64, "", HIDDEN) + text(9, 73, "")
    data += text(17, 2, "Command   ===>") + text(17, 18, "ISPF", PLAIN) + text(17, 70, "")
    data += (
        text(20, 2, "", PLAIN) + text(20, 4, "-Nomail") + text(20, 30, "", PLAIN) + text(20, 32, "-Reconnect") + extra
    )
    terminal.send(data + cursor(9, 23))
    return terminal.key()


def after_userid(then: Callable[[Terminal], None]) -> Callable[[Terminal], None]:
    def play(terminal: Terminal) -> None:
        terminal.lines("IKJ56700A ENTER USERID -")
        assert terminal.typed() == SERVICE
        then(terminal)

    return play


def at_ready(then: Callable[[Terminal], None]) -> Callable[[Terminal], None]:
    def play(terminal: Terminal) -> None:
        terminal.log_on()
        then(terminal)

    return play


# --- on the way in --------------------------------------------------------------------------------


@pytest.mark.parametrize("more", [b"", text(12, 2, "Seclabel  ===>") + text(12, 22, "", PLAIN) + text(12, 31, "")])
def test_the_panel_is_filled_in_by_its_labels(more: bytes) -> None:
    """The password goes behind Password, wherever that is; Command is blanked; nothing else is touched."""
    seen: list[Key] = []

    def then(terminal: Terminal) -> None:
        seen.append(panel(terminal, extra=more))
        terminal.lines("IKJ56455I SVCRST1 LOGON IN PROGRESS AT 09:12:00 ON NOVEMBER 20, 2026", "READY")
        for _ in range(2):
            terminal.typed()
            terminal.ready()
        terminal.log_off()

    with ScriptedHost(after_userid(then)) as host, opened(wire_to(host.port)):
        pass

    assert seen[0].aid == ENTER
    assert [field.strip() for field in seen[0].fields] == [PASSWORD, ""]


def test_a_panel_that_comes_in_two_writes_is_filled_in_once_it_is_there() -> None:
    """The first write frees the keyboard and has no fields yet; Command, in the second, is blanked all the same."""
    seen: list[Key] = []

    def then(terminal: Terminal) -> None:
        terminal.send(text(0, 20, "TSO/E LOGON") + text(3, 4, "Enter LOGON parameters below:"))
        time.sleep(PAINTING)
        terminal.send(text(9, 2, "Password  ===>") + text(9, 22, "", HIDDEN) + text(9, 31, ""), erase=False)
        terminal.send(text(17, 2, "Command   ===>") + text(17, 18, "ISPF", PLAIN) + text(17, 70, ""), erase=False)
        seen.append(terminal.key())
        terminal.lines("IKJ56455I SVCRST1 LOGON IN PROGRESS AT 09:12:00 ON NOVEMBER 20, 2026", "READY")
        for _ in range(2):
            terminal.typed()
            terminal.ready()
        terminal.log_off()

    with ScriptedHost(after_userid(then)) as host, opened(wire_to(host.port)):
        pass

    assert seen[0].aid == ENTER
    assert [field.strip() for field in seen[0].fields] == [PASSWORD, ""]


def test_a_phrase_fits_into_a_field_of_two_rows() -> None:
    """The field of the pass phrase panel runs over the end of the row; it is measured, not guessed."""
    phrase = "correct horse 4 staples, battery " * 2 + "x"
    seen: list[Key] = []

    def then(terminal: Terminal) -> None:
        data = text(0, 20, "TSO/E LOGON") + text(3, 4, "Enter LOGON parameters below:")
        data += text(7, 2, "Password/phrase ===>") + text(7, 23, "", HIDDEN) + text(8, 45, "")
        terminal.send(data + cursor(7, 24))
        seen.append(terminal.key())
        terminal.lines("ICH70001I SVCRST1  LAST ACCESS AT 09:12:00 ON FRIDAY, NOVEMBER 20, 2026", "READY")
        for _ in range(2):
            terminal.typed()
            terminal.ready()
        terminal.log_off()

    with ScriptedHost(after_userid(then)) as host, opened(wire_to(host.port, password=phrase)):
        pass

    assert seen[0].fields == [phrase]


@pytest.mark.parametrize("attribute", [PLAIN, BRIGHT])
def test_i1_the_password_is_not_typed_where_it_can_be_read(attribute: int) -> None:
    """A panel whose password field shows what is typed gets nothing but PF3."""
    seen: list[Key] = []

    with (
        ScriptedHost(after_userid(lambda terminal: seen.append(panel(terminal, attribute=attribute)))) as host,
        pytest.raises(HostUnreached, match="no hidden field"),
    ):
        wire_to(host.port).open()

    assert seen[0].aid == PF3
    assert all(PASSWORD not in field for field in seen[0].fields)


def test_i1_a_password_that_does_not_fit_is_not_typed() -> None:
    """Longer than the field, its end would run into the next one."""
    seen: list[Key] = []

    with (
        ScriptedHost(after_userid(lambda terminal: seen.append(panel(terminal, length=8)))) as host,
        pytest.raises(ServiceIdRejected, match="8 characters"),
    ):
        wire_to(host.port, password="A-PASS-PHRASE-OF-27-LETTERS").open()

    assert seen[0].aid == PF3
    assert not seen[0].text


def test_i1_a_line_prompt_that_echoes_gets_no_password() -> None:
    """ENTER PASSWORD with an input field that can be read is not answered."""
    keys: list[Key] = []

    def then(terminal: Terminal) -> None:
        terminal.lines("IKJ56714A ENTER CURRENT PASSWORD FOR SVCRST1-")
        while True:
            keys.append(terminal.key())

    with ScriptedHost(after_userid(then)) as host, pytest.raises(HostUnreached, match="not known"):
        wire_to(host.port).open()

    assert all(PASSWORD not in key.text for key in keys)


@pytest.mark.parametrize("message", ["IKJ56421I password not authorized for userid", "Something that nobody knows", ""])
def test_the_panel_coming_back_means_no(message: str) -> None:
    """Whatever stands on it, or nothing: the password is not typed a second time."""
    keys: list[Key] = []

    def then(terminal: Terminal) -> None:
        keys.append(panel(terminal))
        keys.append(panel(terminal, *([message] if message else [])))

    with (
        ScriptedHost(after_userid(then)) as host,
        pytest.raises(ServiceIdRejected) as refused,
    ):
        wire_to(host.port).open()

    assert message in str(refused.value)
    assert [key.aid for key in keys] == [ENTER, PF3]
    assert PASSWORD not in keys[1].text


def test_a_password_asked_ahead_of_the_panel_is_typed_once() -> None:
    """PASSWORDPREPROMPT(ON): the panel behind the prompt is passed with ENTER alone."""
    keys: list[Key] = []

    def then(terminal: Terminal) -> None:
        terminal.lines("IKJ56476I ENTER PASSWORD -", hidden=True)
        keys.append(terminal.key(ENTER))
        keys.append(panel(terminal))
        terminal.more("ICH70001I SVCRST1  LAST ACCESS AT 09:12:00 ON FRIDAY, NOVEMBER 20, 2026")
        terminal.lines("READY")
        for _ in range(2):
            terminal.typed()
            terminal.ready()
        terminal.log_off()

    with ScriptedHost(after_userid(then)) as host, opened(wire_to(host.port)):
        pass

    assert PASSWORD in keys[0].text
    assert PASSWORD not in keys[1].text


def test_a_session_manager_is_passed_by_the_sites_own_screens() -> None:
    """expect, send, key and field: menus ahead of TSO and behind it are a matter of configuration."""
    seen: list[str] = []

    def play(terminal: Terminal) -> None:
        data = text(2, 20, "Example Session Manager") + text(10, 2, "User ===>") + text(10, 14, "", PLAIN)
        terminal.send(data + text(10, 40, "") + text(20, 2, "Option ===>") + text(20, 14, "", PLAIN) + cursor(20, 15))
        seen.append(terminal.key(ENTER).text)
        terminal.send(
            text(1, 2, "SELECT AN APPLICATION") + text(22, 2, "===>") + text(22, 8, "", PLAIN) + cursor(22, 9)
        )
        seen.append(terminal.key(0xF5).text)
        terminal.log_on()
        assert terminal.typed() == "LOGOFF"
        terminal.send(
            text(1, 2, "SELECT AN APPLICATION") + text(22, 2, "===>") + text(22, 8, "", PLAIN) + cursor(22, 9)
        )
        terminal.silence()

    screens = (
        {"expect": "example session manager", "field": "USER *=+>", "send": "{userid}"},
        {"expect": "Select an application", "send": "TSO", "key": "PF5"},
    )
    with ScriptedHost(play) as host, opened(wire_to(host.port, logon={"screens": screens})) as wire:
        assert wire.alive()

    assert seen == [SERVICE, "TSO"]


@pytest.mark.parametrize("attribute", [HIDDEN, PLAIN])
def test_i1_a_session_manager_gets_the_password_once_and_only_where_it_is_hidden(attribute: int) -> None:
    """`{password}` goes into a hidden field; one that shows it gets nothing; asked a second time, it is a refusal."""
    keys: list[Key] = []

    def play(terminal: Terminal) -> None:
        data = text(2, 20, "Example Session Manager") + text(10, 2, "Password ===>") + text(10, 18, "", attribute)
        for _ in range(2):
            terminal.send(data + text(10, 40, "") + cursor(10, 19))
            keys.append(terminal.key())
        terminal.silence()

    screens = ({"expect": "example session manager", "field": "PASSWORD *=+>", "send": "{password}"},)
    with ScriptedHost(play) as host:
        wire = wire_to(host.port, logon={"screens": screens})
        with pytest.raises(ServiceIdRejected if attribute == HIDDEN else HostUnreached) as raised:
            wire.open()
        wire.close()

    assert PASSWORD not in str(raised.value)
    entered = [key.text for key in keys if key.aid == ENTER]
    assert entered == ([PASSWORD] if attribute == HIDDEN else [])


def test_a_logo_that_nobody_described_is_taken_for_one() -> None:
    """A first screen on no list that stays as it is gets the logon command."""

    def play(terminal: Terminal) -> None:
        terminal.send(text(8, 30, "* * *  ACME  * * *") + text(23, 0, "", PLAIN) + cursor(23, 1))
        assert terminal.key(ENTER).text == "LOGON APPLID(TSO)"
        terminal.log_on()
        terminal.log_off()

    with ScriptedHost(play) as host, opened(wire_to(host.port)):
        pass


def test_a_logo_that_comes_back_is_not_answered_for_ever() -> None:
    """VTAM shows its logo again after each command: the logon gives up and says where."""
    typed: list[str] = []

    def play(terminal: Terminal) -> None:
        while True:
            terminal.send(LOGO)
            typed.append(terminal.key().text)

    with ScriptedHost(play) as host, pytest.raises(HostUnreached, match="does not get past LOGO"):
        wire_to(host.port).open()

    assert len(typed) <= 3


def test_words_on_the_logo_refuse_nobody() -> None:
    """A logo that warns of expired passwords and revoked users is a logo."""

    def play(terminal: Terminal) -> None:
        terminal.send(text(2, 2, "YOUR PASSWORD HAS EXPIRED? USERID REVOKED? CALL 4711") + LOGO)
        terminal.key(ENTER)
        terminal.log_on()
        terminal.log_off()

    with ScriptedHost(play) as host, opened(wire_to(host.port)) as wire:
        assert wire.alive()


def test_screen_erasure_is_passed_once() -> None:
    """IKT00405I is answered with ENTER once; the second time the logon is given up."""

    def play(terminal: Terminal) -> None:
        terminal.send(LOGO)
        terminal.key(ENTER)
        terminal.lines("IKT00405I SCREEN ERASURE CAUSED BY ERROR RECOVERY PROCEDURE")
        terminal.key(ENTER)
        terminal.lines("IKT00405I SCREEN ERASURE CAUSED BY ERROR RECOVERY PROCEDURE", "AGAIN")
        terminal.silence()

    with ScriptedHost(play) as host, pytest.raises(HostUnreached, match="get past ERASED"):
        wire_to(host.port).open()


@pytest.mark.parametrize(
    "said",
    [
        "IKT00201I MAXIMUM USERS LOGGED ON TRY LATER",
        "IKJ56454I LOGON TERMINATED IKTLOGR ERROR 0012",
        "INSUFFICIENT STORAGE",
    ],
)
def test_a_host_that_has_no_room_is_tried_later(said: str) -> None:
    """What passes by itself is no fault of the service id."""

    def play(terminal: Terminal) -> None:
        terminal.send(LOGO)
        terminal.key(ENTER)
        terminal.lines(said)
        terminal.silence()

    with ScriptedHost(play) as host, pytest.raises(HostUnreached, match=said):
        wire_to(host.port).open()


@pytest.mark.parametrize(
    "said",
    [
        "IKJ56420I Userid SVCRST1 not authorized to use TSO",
        "IKJ56424I logon rejected, access of userid SVCRST1 revoked",
        "ICH70003I YOU HAVE EXCEEDED THE MAXIMUM NUMBER OF RACF PASSWORD OR PASS PHRASE ATTEMPTS",
        "IKJ56487I THE ACCOUNT NUMBER ACCT001 HAS NOT BEEN AUTHORIZED FOR THIS USERID",
        "ACF01013 LOGONID SVCRST1 SUSPENDED BECAUSE OF PASSWORD VIOLATIONS",
        "TSS7101E Password is Incorrect",
        "IKJ56710I INVALID USERID, SVCRST1",
    ],
)
def test_refusals_are_known_in_any_case(said: str) -> None:
    """Message numbers decide; upper and lower case differ from release to release."""

    def then(terminal: Terminal) -> None:
        terminal.lines("IKJ56714A ENTER CURRENT PASSWORD FOR SVCRST1-", hidden=True)
        terminal.key(ENTER)
        terminal.lines(said, "IKJ56400A ENTER LOGON OR LOGOFF-")
        terminal.silence()

    with ScriptedHost(after_userid(then)) as host, pytest.raises(ServiceIdRejected, match=said[:9]):
        wire_to(host.port).open()


def test_a_reconnect_that_lands_in_a_question_is_left_by_attention() -> None:
    """The old session waits in the middle of a command: PA1, LOGOFF, and a new logon; nothing is answered."""
    first, third = threading.Event(), threading.Event()

    def in_use(terminal: Terminal) -> None:
        terminal.lines("IKJ56700A ENTER USERID -")
        assert terminal.typed() == SERVICE
        terminal.lines("IKJ56425I LOGON REJECTED, USERID SVCRST1 ALREADY LOGGED ON TO SYSTEM SYSA")
        first.set()
        terminal.silence()

    def left_behind(terminal: Terminal) -> None:
        terminal.lines("IKJ56700A ENTER USERID -")
        assert terminal.typed() == f"{SERVICE} RECONNECT"
        terminal.lines("IKJ56714A ENTER CURRENT PASSWORD FOR SVCRST1-", hidden=True)
        terminal.key(ENTER)
        terminal.lines("IKT00300I LOGON RECONNECT SUCCESSFUL, SESSION ESTABLISHED", "IKJ56703A REENTER THIS OPERAND -")
        terminal.key(PA1)
        terminal.lines("READY")
        terminal.log_off()

    def anew(terminal: Terminal) -> None:
        third.set()
        terminal.log_on()
        terminal.log_off()

    with ScriptedHost(in_use, left_behind, anew) as host, opened(wire_to(host.port)) as wire:
        assert wire.alive()

    assert first.is_set()
    assert third.is_set()


def test_where_the_panel_asks_for_the_lost_session_the_userid_stands_alone_ahead_of_it() -> None:
    """TSO's parser may refuse `userid RECONNECT`; the panel has a field for it, and nothing else is needed."""
    selected: list[Key] = []

    def in_use(terminal: Terminal) -> None:
        panel(terminal)
        panel(terminal, "IKJ56425I LOGON REJECTED, USERID SVCRST1 ALREADY LOGGED ON TO SYSTEM SYSA")

    def left_behind(terminal: Terminal) -> None:
        selected.append(panel(terminal))
        terminal.lines("IKT00300I LOGON RECONNECT SUCCESSFUL, SESSION ESTABLISHED", "READY")
        terminal.log_off()

    def anew(terminal: Terminal) -> None:
        terminal.log_on()
        terminal.log_off()

    with ScriptedHost(after_userid(in_use), after_userid(left_behind), anew) as host, opened(wire_to(host.port)):
        pass

    assert [field.strip() for field in selected[0].fields] == [PASSWORD, "", "S"]


def test_a_userid_refused_together_with_reconnect_is_no_refused_service_id() -> None:
    """The host knew it a moment ago: what it does not take is the asking, and the session's end is waited for."""

    def in_use(terminal: Terminal) -> None:
        terminal.lines("IKJ56425I LOGON REJECTED, USERID SVCRST1 ALREADY LOGGED ON TO SYSTEM SYSA")
        terminal.key()

    def asking(terminal: Terminal) -> None:
        terminal.lines("IKJ56700A ENTER USERID -")
        assert terminal.typed() == f"{SERVICE} RECONNECT"
        terminal.lines(f"IKJ56710I INVALID USERID, {SERVICE} RECONNECT", "IKJ56703A REENTER THIS OPERAND -")
        terminal.key()

    with (
        ScriptedHost(after_userid(in_use), asking) as host,
        pytest.raises(HostUnreached, match="logged on elsewhere: IKJ56710I"),
    ):
        wire_to(host.port).open()


@pytest.mark.parametrize("together", [True, False])
def test_a_lost_session_is_asked_for_where_tso_wants_logon(together: bool) -> None:
    """The first prompt takes the userid alone; behind IKJ56425I, or in a write of its own, LOGON is asked for."""
    seen: list[str] = []
    in_use = "IKJ56425I LOGON REJECTED, USERID SVCRST1 ALREADY LOGGED ON TO SYSTEM SYSA"

    def password(terminal: Terminal, *above: str) -> None:
        terminal.lines(*above, "IKJ56714A ENTER CURRENT PASSWORD FOR SVCRST1-", hidden=True)
        assert terminal.key(ENTER).text == PASSWORD

    def refused(terminal: Terminal) -> None:
        terminal.lines("IKJ56700A ENTER USERID -")
        seen.append(terminal.typed())
        password(terminal)
        if together:
            terminal.lines(in_use, "IKJ56400A ENTER LOGON OR LOGOFF-")
        else:
            terminal.lines(in_use)
            time.sleep(PAINTING)
            terminal.lines("IKJ56400A ENTER LOGON OR LOGOFF-", at=1, erase=False)

    def left_behind(terminal: Terminal) -> None:
        refused(terminal)
        seen.append(terminal.typed())
        password(terminal, in_use, "IKJ56400A ENTER LOGON OR LOGOFF-")
        terminal.lines("IKT00300I LOGON RECONNECT SUCCESSFUL, SESSION ESTABLISHED", "READY")
        terminal.log_off()

    def found(terminal: Terminal) -> None:
        refused(terminal)
        terminal.key()

    def anew(terminal: Terminal) -> None:
        terminal.log_on()
        terminal.log_off()

    with ScriptedHost(found, left_behind, anew) as host, opened(wire_to(host.port)):
        pass

    assert seen == [SERVICE, f"{SERVICE} RECONNECT", f"LOGON {SERVICE} RECONNECT"]


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

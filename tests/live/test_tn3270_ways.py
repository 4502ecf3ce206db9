"""What stands ahead of the panel or comes in between: session managers, logos, refusals, sessions that were lost."""

from __future__ import annotations

import threading
import time

import pytest

from bridge.domain.errors import HostUnreached, ServiceIdRejected
from tests.live.tn3270_host import ENTER, HIDDEN, PA1, PLAIN, Key, ScriptedHost, Terminal, cursor, text
from tests.live.tn3270_panels import LOGO, PAINTING, after_userid, panel
from tests.live.tn3270_wires import PASSWORD, SERVICE, opened, wire_to


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
